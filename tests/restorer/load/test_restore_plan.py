"""Test the decisions of a restore plan without a server: load order, guard, form of each column."""

from __future__ import annotations

import pytest

from snap.errors import TargetError
from snap.progress import Silent
from snap.types import parse
from snap_restorer.load.restore_plan import require_fitting, require_known_rows
from snap_restorer.pg.ledger import LedgerEntry
from snap_restorer.values.fit import Form, Misfit, Wire, fit
from tests.cases.plans import pure_target
from tests.progress import Recorded


def entry(state: str = "done", **rows: int) -> LedgerEntry:
    return LedgerEntry(
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
def test_what_snap_put_there_may_be_replaced(counts: dict[str, int], known: LedgerEntry | None) -> None:
    require_known_rows(counts, known, Silent())


@pytest.mark.parametrize(
    ("counts", "known", "message"),
    [
        ({"a": 1, "b": 0, "c": 2}, None, "no ledger says that snap put them there:\n- a has 1\n- c has 2"),
        ({"a": 4, "b": 2}, entry(a=3, b=2), "changed since snap restored v1: a has 4, 1 more than snap put there"),
        ({"a": 2495}, entry(a=2500), "a has 2,495, 5 fewer than snap put there"),
        ({"a": 3, "new": 1}, entry(a=3), "new has 1, of which the ledger knows none"),
    ],
)
def test_other_rows_are_refused_with_their_counts(
    counts: dict[str, int], known: LedgerEntry | None, message: str
) -> None:
    with pytest.raises(TargetError, match=message):
        require_known_rows(counts, known, Silent())


def test_a_table_that_was_emptied_is_noted() -> None:
    heard = Recorded()
    require_known_rows({"a": 0, "b": 2, "c": 0}, entry(a=2500, b=2), heard)
    assert heard.notes == ["a is empty: somebody removed the 2,500 rows that snap put there"]


@pytest.mark.parametrize(
    ("source", "target", "form"),
    [
        ("integer", "bigint", Form.INT8),
        ("bigint", "integer", None),
        ("integer", "text", None),
        ("integer", "numeric", Form.TEXT_ONLY),
        ("integer", "numeric(12,2)", Form.TEXT_ONLY),
        ("integer", "numeric(11,2)", None),
        ("smallint", "numeric(5,0)", Form.TEXT_ONLY),
        ("bigint", "numeric(18,0)", None),
        ("integer", "double precision", None),
        ("real", "double precision", Form.FLOAT8),
        ("double precision", "real", None),
        ("numeric(5,2)", "numeric(6,2)", Form.NUMERIC),
        ("numeric(5,2)", "numeric(6,1)", None),
        ("numeric(5,2)", "numeric(5,3)", None),
        ("numeric(5,2)", "numeric", Form.NUMERIC),
        ("numeric(5,2)", "numeric(60,20)", Form.NUMERIC),
        ("numeric(5,2)", "double precision", None),
        ("numeric", "numeric", Form.TEXT_ONLY),
        ("numeric", "numeric(5,2)", None),
        ("numeric(60,20)", "numeric(61,21)", Form.TEXT_ONLY),
        ("numeric(60,20)", "numeric(60,21)", None),
        ("numeric(3,-2)", "numeric(5,0)", Form.TEXT_ONLY),
        ("numeric(3,-2)", "numeric(4,0)", None),
        ("text", "character varying(9)", None),
        ("character varying(9)", "text", Form.BYTES),
        ("character varying(9)", "character varying(10)", Form.BYTES),
        ("character varying(9)", "character varying(8)", None),
        ("character varying(9)", "character(9)", None),
        ("character(3)", "character(4)", Form.BYTES),
        ("character(3)", "text", Form.BYTES),
        ("character varying(9)", "name", None),
        ("text", "citext", Form.BYTES),
        ("citext", "text", Form.BYTES),
        ("text", "uuid", None),
        ("text", "bytea", None),
        ("text[]", "citext[]", Form.ARRAY),
        ("text[]", "citext", None),
        ("numeric(5,2)[]", "numeric[]", Form.ARRAY),
        ("smallint[]", "numeric[]", Form.ARRAY),
        ("json", "jsonb", Form.JSONB),
        ("jsonb", "json", Form.BYTES),
        ("jsonb", "text", None),
        ("date", "timestamp without time zone", None),
        ("timestamp with time zone", "timestamp without time zone", None),
        ("timestamp(3) with time zone", "timestamp with time zone", Form.TEXT_ONLY),
        ("timestamp(3) with time zone", "timestamp(4) with time zone", Form.TEXT_ONLY),
        ("timestamp(3) with time zone", "timestamp(2) with time zone", None),
        ("timestamp(3) with time zone", "timestamp(3) without time zone", None),
        ("timestamp with time zone", "timestamp(3) with time zone", None),
        ("timestamp with time zone", "timestamp(6) with time zone", Form.TIMESTAMP),
        ("timestamp(6) with time zone", "timestamp with time zone", Form.TEXT_ONLY),
        ("time without time zone[]", "time(6) without time zone[]", Form.ARRAY),
        ("interval day to second(3)", "interval", Form.TEXT_ONLY),
        ("interval", "interval(0)", None),
        ("interval year", "interval day", None),
        ("bit(3)", "bit(4)", None),
        ("bit varying(3)", "bit varying(4)", Form.TEXT_ONLY),
        ("bit varying(3)", "bit varying", Form.TEXT_ONLY),
        ("vector(3)", "vector", Form.TEXT_ONLY),
        ("vector(3)", "vector(4)", None),
        ("inet", "inet", Form.TEXT_ONLY),
        ("inet", "cidr", None),
        ('"t(5)"', '"t(9)"', None),
        ("integer[]", "bigint[]", Form.ARRAY),
        ("bigint[]", "integer[]", None),
        ("integer[]", "integer", None),
        ("character varying(9)[]", "character varying(8)[]", None),
        ("inet[]", "inet[]", Form.TEXT_ONLY),
    ],
)
def test_a_column_takes_what_loses_nothing(source: str, target: str, form: Form | None) -> None:
    wire = fit(parse(source), None, pure_target("c", target))
    if form is None:
        assert isinstance(wire, Misfit)
        assert target in wire.reason
        assert source in wire.reason
    else:
        assert isinstance(wire, Wire)
        assert wire.form is form


@pytest.mark.parametrize(
    ("source", "declared", "base", "form"),
    [
        ("short", "short", "character varying(5)", Form.TEXT_ONLY),
        ("padded", "padded", "character(5)", Form.TEXT_ONLY),
        ("free", "free", "text", Form.TEXT_ONLY),
        ("other", "free", "text", Form.BYTES),
        ("other", "short", "character varying(5)", None),
        ("positive", "positive", "integer", Form.TEXT_ONLY),
        ("positive", "other", "integer", None),
        ("integer", "positive", "integer", Form.INT4),
        ("integer", "positive", "bigint", Form.INT8),
        ("character varying(5)", "short", "character varying(4)", None),
        ("pair[]", "pairs", "pair[]", Form.TEXT_ONLY),
    ],
)
def test_a_domain_takes_its_own_text_and_what_its_base_takes(
    source: str, declared: str, base: str, form: Form | None
) -> None:
    wire = fit(parse(source), None, pure_target("c", declared, base=base))
    assert (wire.form if isinstance(wire, Wire) else None) is form


def test_problems_of_one_cause_stand_on_one_line_and_every_one_is_a_reason() -> None:
    tables = [(f"table t{number}", "is missing") for number in range(38)]
    with pytest.raises(TargetError) as refused:
        require_fitting([("column a.b", "is missing from its table"), *tables], ["a row lacks its parent"])
    assert refused.value.listed == (
        "a row lacks its parent",
        "column a.b is missing from its table",
        "is missing: table t0, table t1, table t2 and 35 more",
    )
    assert refused.value.reasons == (
        "a row lacks its parent",
        "column a.b is missing from its table",
        *(f"table t{number} is missing" for number in range(38)),
    )
    require_fitting([])
