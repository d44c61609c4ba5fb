"""Test CHECKs that no value meets: they are left to people, and the other columns are made as ever."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snap.schema import Check, Column, Details, Schema, Table
from snap.types import parse
from snap_builder import declare
from snap_builder.compiled.compile import understand
from tests.builder.compiled.declarations import built


def _schema(kind: str, *checks: str) -> Schema:
    columns = (
        Column(name="id", type=parse("integer"), nullable=False),
        Column(name="x", type=parse(kind), nullable=False),
        Column(name="email", type=parse("text"), nullable=False),
    )
    details = Details(table="t", checks=tuple(Check(columns=("x",), sql=f"CHECK ({sql})") for sql in checks))
    return Schema(tables=(Table(name="t", columns=columns, primary_key=("id",)),), enums=(), sql="", details=(details,))


DECLARED = declare.Dataset(as_of="2026-11-01", rows={"t": 20})


@pytest.mark.parametrize(
    ("kind", "checks"),
    [
        ("integer", ("((x > 10) AND (x < 5))",)),
        ("integer", ("(x >= 0)", "(x <= '-1'::integer)")),
        ("smallint", ("(x > 100000)",)),
        ("bigint", ("(x >= '9223372036854775000'::bigint)",)),
        ("double precision", ("(x > '1000000000000'::double precision)",)),
        ("numeric(3,1)", ("(x > (1000)::numeric)",)),
        ("text", ("(x = 'a'::text)", "(x = ANY (ARRAY['b'::text, 'c'::text]))")),
        ("text", ("((length(x) > 5) AND (length(x) < 3))",)),
        ("character varying(4)", ("(length((x)::text) > 6)",)),
        ("text[]", ("((cardinality(x) > 5) AND (cardinality(x) < 3))",)),
        ("date", ("((x >= '2026-05-01'::date) AND (x < '2025-01-01'::date))",)),
        ("timestamp with time zone", ("(x > '2030-01-01 00:00:00+00'::timestamp with time zone)",)),
    ],
)
def test_checks_that_no_value_meets_are_left_to_people(kind: str, checks: tuple[str, ...]) -> None:
    schema = _schema(kind, *checks)
    left = understand("app", DECLARED, schema).inferred["t"].others
    assert {check.sql for check in left} <= {f"CHECK ({sql})" for sql in checks}
    assert left
    assert built(DECLARED, 1, schema)["t"].num_rows == 20


def test_a_key_may_have_numbers_that_no_curve_makes() -> None:
    schema = _schema("bigint", "(x >= '9007199254740993'::bigint)")
    (table,) = schema.tables
    schema = replace(schema, tables=(replace(table, unique=(("x",),)),))
    assert understand("app", DECLARED, schema).inferred["t"].others == ()
    assert min(built(DECLARED, 1, schema)["t"]["x"].to_pylist()) == 2**53 + 1


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        ("integer", "((x >= 0) AND (x <= 0))"),
        ("numeric(3,1)", "(x <= 99.9)"),
        ("character varying(4)", "(length((x)::text) >= 4)"),
        ("date", "((x >= '2026-10-31'::date) AND (x < '2026-11-01'::date))"),
    ],
)
def test_a_check_that_one_value_meets_is_met(kind: str, check: str) -> None:
    assert understand("app", DECLARED, _schema(kind, check)).inferred["t"].others == ()
    assert built(DECLARED, 1, _schema(kind, check))["t"].num_rows == 20
