"""Test texts that a CHECK requires to be all lower or all upper case."""

from __future__ import annotations

import pytest

from snap.schema import Check, Column, Details, Schema, Table
from snap.types import parse
from snap_builder import declare
from snap_builder.compiled.compile import understand
from tests.builder.compiled.declarations import built


def schema(column: str, kind: str, condition: str) -> Schema:
    columns = (
        Column(name="id", type=parse("bigint"), nullable=False),
        Column(name=column, type=parse(kind), nullable=False),
    )
    table = Table(name="people", columns=columns, primary_key=("id",))
    check = Check(columns=(column,), sql=f"CHECK (({condition}))")
    return Schema(tables=(table,), enums=(), sql="", details=(Details(table="people", checks=(check,)),))


@pytest.mark.parametrize(
    ("column", "kind", "condition"),
    [
        ("email", "text", "email = lower(email)"),
        ("full_name", "text", "full_name = lower(full_name)"),
        ("title", "text", "(title)::text = lower((title)::text)"),
        ("currency", "character(3)", "currency = lower(currency)"),
        ("currency", "character(3)", "currency = upper(currency)"),
    ],
)
def test_letters_are_what_the_check_asks_for(column: str, kind: str, condition: str) -> None:
    asked = schema(column, kind, condition)
    values = built(declare.Dataset(), 5, asked)["people"][column].to_pylist()
    fold = str.lower if "lower" in condition else str.upper
    assert values == [fold(value) for value in values]
    assert any(value[0].isalpha() for value in values)
    assert not understand("app", declare.Dataset(), asked).inferred["people"].others


def test_what_no_word_writes_in_capitals_is_left_to_people() -> None:
    (left,) = (
        understand("app", declare.Dataset(), schema("title", "text", "title = upper(title)")).inferred["people"].others
    )
    assert left.sql == "CHECK (title = upper(title))"
