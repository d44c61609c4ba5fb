"""Test schema.json beside a dataset's schema.sql: a written one is read back, and anything else is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snap.schema import Details
from snap.schema_json import read_schema_json, schema_json
from tests.builder.compiled.declarations import SCHEMA

SQL = b"CREATE TABLE people (id uuid);\n"
KEPT = schema_json(SCHEMA, SQL).encode()


def test_a_schema_that_was_kept_is_read_again() -> None:
    assert read_schema_json(KEPT, SQL) == SCHEMA


def test_defaults_are_kept_where_there_are_any() -> None:
    table = SCHEMA.tables[0].label
    plain, given = (
        replace(SCHEMA, details=(Details(table=table, defaults=each),)) for each in ((), (("name", "it's"),))
    )
    assert "defaults" not in schema_json(plain, SQL)
    assert read_schema_json(schema_json(plain, SQL).encode(), SQL) == plain
    assert read_schema_json(schema_json(given, SQL).encode(), SQL) == given


@pytest.mark.parametrize(
    ("kept", "source"),
    [(KEPT, SQL + b" "), (b"", SQL), (b"\xff{", SQL), (KEPT + b"\xe9", SQL), (b"[" * 100_000, SQL), (b"[]", SQL),
     (KEPT.replace(b'"columns"', b'"column"'), SQL)],
)  # fmt: skip
def test_what_is_no_schema_of_the_sql_is_none(kept: bytes, source: bytes) -> None:
    assert read_schema_json(kept, source) is None
