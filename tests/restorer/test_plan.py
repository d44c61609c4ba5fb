"""What a plan decides from values alone: the order, the guard, the form of each column."""

from __future__ import annotations

import pytest

from restorer.fit import Form, Misfit, Wire, fit
from restorer.introspect import TargetColumn
from restorer.ledger import Entry
from restorer.plan import require_ours
from snap.errors import TargetError
from snap.types import parse


def entry(state: str = "done", **rows: int) -> Entry:
    return Entry(
        version="v1",
        digest="",
        as_of_shift_days=0,
        mode="replace",
        state=state,
        rows=tuple(rows.items()),
        snap_version="0",
    )


@pytest.mark.parametrize(
    ("counts", "known"),
    [
        ({}, None),
        ({"a": 0, "b": 0}, None),
        ({"a": 3}, entry(a=3)),
        ({"a": 0}, entry(a=3)),
        ({"a": 1}, entry("loading")),
    ],
)
def test_what_snap_put_there_may_be_replaced(counts: dict[str, int], known: Entry | None) -> None:
    require_ours(counts, known)


@pytest.mark.parametrize(
    ("counts", "known", "message"),
    [
        ({"a": 1, "b": 0, "c": 2}, None, "there: a 1, c 2"),
        ({"a": 4, "b": 2}, entry(a=3, b=2), r"there: a 4 \(snap put 3 there\)"),
        ({"a": 3, "new": 1}, entry(a=3), "there: new 1"),
    ],
)
def test_other_rows_are_refused_with_their_counts(counts: dict[str, int], known: Entry | None, message: str) -> None:
    with pytest.raises(TargetError, match=message):
        require_ours(counts, known)


@pytest.mark.parametrize(
    ("source", "target", "form"),
    [
        ("integer", "bigint", Form.INT8),
        ("bigint", "integer", None),
        ("integer", "text", None),
        ("real", "double precision", Form.FLOAT8),
        ("double precision", "real", None),
        ("numeric(5,2)", "numeric(6,2)", Form.NUMERIC),
        ("numeric(5,2)", "numeric(6,1)", None),
        ("numeric(5,2)", "numeric(5,3)", None),
        ("numeric(5,2)", "numeric", Form.NUMERIC),
        ("numeric", "numeric", Form.TEXT_ONLY),
        ("numeric", "numeric(5,2)", None),
        ("text", "character varying(9)", None),
        ("character varying(9)", "text", Form.BYTES),
        ("text", "citext", Form.BYTES),
        ("text", "uuid", None),
        ("json", "jsonb", Form.JSONB),
        ("timestamp with time zone", "timestamp without time zone", None),
        ("timestamp(3) with time zone", "timestamp with time zone", Form.TEXT_ONLY),
        ("timestamp with time zone", "timestamp(3) with time zone", None),
        ("inet", "inet", Form.TEXT_ONLY),
        ("inet", "cidr", None),
        ("integer[]", "bigint[]", Form.ARRAY),
        ("bigint[]", "integer[]", None),
        ("integer[]", "integer", None),
        ("inet[]", "inet[]", Form.TEXT_ONLY),
    ],
)
def test_a_column_takes_what_loses_nothing(source: str, target: str, form: Form | None) -> None:
    found = TargetColumn(
        name="c",
        type=target,
        base=target,
        element=23,
        kind="b",
        not_null=False,
        has_default=False,
        generated=False,
        labels=(),
    )
    wire = fit(parse(source), None, found)
    if form is None:
        assert isinstance(wire, Misfit)
        assert target in wire.reason
        assert source in wire.reason
    else:
        assert isinstance(wire, Wire)
        assert wire.form is form
