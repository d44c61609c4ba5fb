"""Draw manifests with all possible field values, by Hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from snap.manifest import DataFile, Finding, Manifest, Parameters, SequencePosition, TableData
from snap.schema import Column, Enum, ForeignKey, Table
from snap.types import with_logical

# Characters that a terminal shows unchanged: no control characters, none that changes the text direction.
_letters = st.characters(
    exclude_categories=("Cs", "Cc"), exclude_characters="\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_texts = st.text(_letters, max_size=12)
_names = st.text(_letters, min_size=1, max_size=12)
_counts = st.integers(0, 2**63 - 1)
_small = st.integers(0, 2**40)
_digests = st.text("0123456789abcdef", min_size=64, max_size=64)
_numbers = st.floats(allow_nan=False, allow_infinity=False)
_positions = st.builds(
    SequencePosition,
    schema=_names,
    name=_names,
    last_value=st.integers(-(2**63), 2**63 - 1),
    is_called=st.booleans(),
)
_leaves = st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | _numbers | _texts
documents = st.dictionaries(
    _names,
    st.recursive(_leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=3)),
    max_size=3,
)
_findings = st.builds(
    Finding, name=_names, ok=st.booleans(), value=_numbers | _texts, limit=_numbers | _texts, detail=_texts
)
_parameters = st.builds(
    Parameters,
    dataset=_names,
    profile=_names,
    scale=st.sampled_from(("1", "5/6", "12")),
    sets=st.dictionaries(_names, _counts, max_size=2).map(lambda sets: tuple(sets.items())),
    seed=st.integers(0, 2**63 - 1),
    as_of=st.dates().map(str),
)
_types = st.sampled_from(("integer", "text", "numeric(8,2)", "uuid", "mood", "text[]"))
_LOGICAL = {"integer": "int32", "numeric(8,2)": "decimal", "uuid": "uuid", "mood": "enum", "text[]": "list"}


@st.composite
def _tables(draw: Any, number: int) -> TableData:
    names = draw(st.lists(_names, min_size=1, max_size=4, unique=True))
    columns = tuple(
        Column(
            name=name,
            type=with_logical(kind := draw(_types), _LOGICAL.get(kind, "string"), {"mood"}),
            nullable=draw(st.booleans()),
            derived=draw(st.booleans()),
        )
        for name in names
    )
    key = tuple(names[: draw(st.integers(0, 2))])
    files = tuple(
        DataFile(
            path=f"{number}/part-{part:04d}.parquet",
            bytes=draw(_small),
            sha256=draw(_digests),
            rows=draw(_small),
            key_min=ends,
            key_max=ends,
        )
        for part in range(draw(st.integers(0, 2)))
        for ends in (draw(st.none() | st.tuples(*(_texts for _ in key))) if key else None,)
    )
    table = Table(
        schema=draw(_names),
        name=f"{draw(_names)}{number}",
        columns=columns,
        primary_key=key,
        unique=(key,) if key else (),
        foreign_keys=(ForeignKey(columns=(names[0],), references="elsewhere.t", to=("id",)),) * draw(st.integers(0, 1)),
    )
    return TableData(table=table, rows=sum(file.rows or 0 for file in files), digest=draw(_digests), files=files)


@st.composite
def manifests(draw: Any) -> Manifest:
    """Draw a manifest whose fields are consistent with each other."""
    return Manifest(
        version=draw(_names),
        parameters=draw(st.none() | _parameters),
        created=draw(st.datetimes()).isoformat(),
        digest=draw(_digests),
        estimated_db_bytes=draw(_counts),
        enums=(Enum(name="mood", labels=tuple(draw(st.lists(_texts, max_size=3, unique=True)))),),
        tables=tuple(draw(_tables(number)) for number in range(draw(st.integers(0, 3)))),
        extra_files=tuple(
            DataFile(path=f"media/{number}.jpg", bytes=draw(_small), sha256=draw(_digests), role="media")
            for number in range(draw(st.integers(0, 2)))
        ),
        checks=tuple(draw(st.lists(_findings, max_size=2))),
        schema_sql=draw(_texts),
        written_by=tuple(draw(st.dictionaries(_names, _names, max_size=2)).items()),
        sequences=tuple(draw(st.lists(_positions, max_size=3, unique_by=lambda p: (p.schema, p.name)))),
        revision=draw(st.none() | _names),
        statistics=draw(st.none() | documents),
        edge_cases=draw(st.none() | documents),
    )
