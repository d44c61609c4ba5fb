"""The planner's statistics of a snapshot, and the text of their file. docs/format.md defines the format.

One real ANALYZE collected them, so they are samples of the rows: they are not part of the digest, and a rebuild does
not make them again. A restore imports them instead of running ANALYZE if a table matches the one that they were taken
from (snap_restorer.load).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace

from snap.errors import SnapshotError
from snap.fields import Field, FieldError
from snap.manifest import STATISTICS, Manifest
from snap.store import Snapshot

_FORMAT = 1
_VALUES = 64 << 20  # the most characters of one array: 10,000 values, each below 1 kB, and room for escapes
_SQL = 1_000_000  # the most characters of an expression
_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?(e[-+]?[0-9]{1,3})?")
_ARRAY = re.compile(rf"\{{({_NUMBER.pattern}(,{_NUMBER.pattern})*)?\}}")
_NUMBERS = ("null_frac", "avg_width", "n_distinct", "correlation", "range_empty_frac")
_ARRAYS = ("most_common_freqs", "most_common_elem_freqs", "elem_count_histogram")
_TEXTS = (
    "most_common_vals",
    "histogram_bounds",
    "most_common_elems",
    "range_length_histogram",
    "range_bounds_histogram",
)
_OF_ORDER = frozenset({"histogram_bounds", "correlation"})
NAMES = (*_NUMBERS, *_ARRAYS, *_TEXTS)  # columns of pg_stats, and arguments of pg_restore_attribute_stats


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A column of a table, or an expression of one of its indexes, as the planner sees it.

    `name` is the column's name, or the expression as Postgres prints it. `index` is the expression's index, and
    `number` the expression's position there. `labels` are an enum's labels. `target` and `options` are the settings of
    ALTER COLUMN. `collation` is the sort order of texts, None if no value depends on it. `values` are the columns of
    pg_stats in NAMES that are not NULL, as Postgres prints them, and empty if ANALYZE stored none.
    """

    index: str | None
    number: int
    name: str
    type: str
    labels: tuple[str, ...]
    collation: str | None
    target: int | None
    options: str | None
    values: Mapping[str, str]

    @property
    def key(self) -> tuple[str | None, int, str]:
        return self.index, self.number, self.name

    def with_values(self, values: Mapping[str, str | None]) -> Attribute:
        """Return the attribute with those `values` that are not None.

        The attribute keeps its collation only if one of these values depends on the sort order of texts.
        """
        known = {name: value for name in NAMES if (value := values.get(name)) is not None}
        ordered = not _OF_ORDER.isdisjoint(known)
        return replace(self, values=known, collation=self.collation if ordered else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialIndex:
    """A partial index, and the planner's estimate of the number of its rows."""

    name: str
    predicate: str
    rows: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableStatistics:
    """The planner's statistics of a table: of its columns, of its index expressions and of its partial indexes."""

    schema: str
    name: str
    attributes: tuple[Attribute, ...]
    partial: tuple[PartialIndex, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannerStatistics:
    """The planner's statistics of some tables, taken from a Postgres of version number `server` (such as 180004).

    `target` is the default_statistics_target of that Postgres.
    """

    server: int
    target: int
    tables: tuple[TableStatistics, ...]


def to_text(statistics: PlannerStatistics) -> str:
    """Return the text of the statistics file. Reading and writing this text again gives the same bytes.

    Each column or index expression is on a line of its own, so that a diff is readable.
    """
    head = f'"format": {_FORMAT}, "server": {statistics.server}, "target": {statistics.target}'
    return f'{{{head}, "tables": {_lines(map(_table_text, statistics.tables))}}}\n'


def _table_text(table: TableStatistics) -> str:
    names = _json({"schema": table.schema, "name": table.name})[1:-1]
    attributes = _lines(_json(_members(each)) for each in table.attributes)
    partial = _lines(_json(_members(each)) for each in table.partial)
    return f'{{{names}, "attributes": {attributes}, "partial": {partial}}}'


def _members(value: Attribute | PartialIndex) -> dict[str, object]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _json(value: dict[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False)


def _lines(texts: Iterable[str]) -> str:
    """Return a JSON list with each element on its own line."""
    return "[" + ",".join(f"\n{text}" for text in texts) + "\n]"


def room_for(manifest: Manifest) -> bool:
    """Return whether no file of a table has the path of the statistics file."""
    return not any(f"{file.path}/".startswith(f"{STATISTICS}/") for file in manifest.files)


def read_statistics(snapshot: Snapshot) -> PlannerStatistics | None:
    """Return the statistics of a snapshot, or None. The caller must have verified their hash.

    Errors: SnapshotError for a file that is not as `to_text` writes it.
    """
    file = snapshot.manifest.planner_statistics
    if file is None:
        return None
    source = f"snapshots/{snapshot.manifest.version}/{file.path}"
    try:
        return from_text(snapshot.path(file).read_bytes().decode())
    except (FieldError, ValueError, RecursionError) as error:
        raise SnapshotError(
            f"{source} cannot be read by this version of snap: {str(error) or 'it is nested too deeply'}",
            f"restore snapshots/{snapshot.manifest.version} from version control, or build it again",
            option="force",
            version=snapshot.manifest.version,
        ) from None


def from_text(text: str) -> PlannerStatistics:
    """Parse the text that `to_text` has written. Errors: ValueError, FieldError."""
    body = Field(json.loads(text))
    _require_only(body, "format", "server", "target", "tables")
    if body["format"].integer() != _FORMAT:
        raise body["format"].error(str(_FORMAT))
    statistics = PlannerStatistics(
        server=body["server"].count(), target=body["target"].count(), tables=tuple(map(_table, body["tables"]))
    )
    names = [(table.schema, table.name) for table in statistics.tables]
    if len(set(names)) < len(names):
        raise body["tables"].error("a list of tables, each once")
    return statistics


def _require_only(body: Field, *names: str) -> None:
    """Raise FieldError if a JSON object has a member that is not among `names`."""
    others = set(body.value) - set(names) if isinstance(body.value, dict) else set()
    if others:
        raise FieldError(
            f"{body.place or 'the file'}: it has {', '.join(map(repr, sorted(others)))[:80]}, which is unknown"
        )


def _table(body: Field) -> TableStatistics:
    _require_only(body, "schema", "name", "attributes", "partial")
    table = TableStatistics(
        schema=body["schema"].name(),
        name=body["name"].name(),
        attributes=tuple(map(_attribute, body["attributes"])),
        partial=tuple(map(_partial, body["partial"])),
    )
    if len({attribute.key for attribute in table.attributes}) < len(table.attributes):
        raise body["attributes"].error("a list of columns and expressions, each once")
    return table


def _attribute(body: Field) -> Attribute:
    _require_only(body, *(field.name for field in fields(Attribute)))
    index, target = body["index"], body["target"]
    return Attribute(
        index=None if index.value is None else index.name(),
        number=body["number"].count(),
        name=body["name"].text(_SQL),
        type=body["type"].name(),
        labels=tuple(label.label() for label in body["labels"]),
        collation=_optional(body["collation"]),
        target=None if target.value is None else target.integer(-1),
        options=_optional(body["options"]),
        values={name: _value(name, value) for name, value in body["values"].members()},
    )


def _partial(body: Field) -> PartialIndex:
    _require_only(body, *(field.name for field in fields(PartialIndex)))
    return PartialIndex(
        name=body["name"].name(),
        predicate=body["predicate"].text(_SQL),
        rows=body["rows"].matching(_NUMBER, "a number"),
    )


def _optional(field: Field) -> str | None:
    return None if field.value is None else field.text()


def _value(name: str, field: Field) -> str:
    """Return a value of pg_stats: a number, an array of numbers, or an array of values of any type."""
    if name in _NUMBERS:
        return field.matching(_NUMBER, "a number")
    if name not in (*_ARRAYS, *_TEXTS):
        raise field.error(f"one of {', '.join(NAMES)}")
    text = field.text(_VALUES)
    if name in _ARRAYS and _ARRAY.fullmatch(text) is None:
        raise field.error("an array of numbers")
    return text
