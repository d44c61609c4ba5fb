"""Test that the form of a DEFAULT decides the texts of a column, whatever its name is."""

from __future__ import annotations

import re

import pytest

from snap.schema import Check, Details
from snap.types import parse
from tests.builder.infer.inferred import values_of


@pytest.mark.parametrize(
    ("name", "kind", "default", "form"),
    [
        ("color", "text", "#cccccc", "#[0-9a-f]{6}"),
        ("color", "character varying(7)", "#CCCCCC", "#[0-9A-F]{6}"),
        ("background_color", "character(4)", "#fff", "#[0-9a-f]{3}"),
        ("city", "text", "#11223344", "#[0-9a-f]{8}"),
        ("title", "text", "09:00", r"[01]\d:[0-5]\d"),
        ("status", "text", "23:59:00", r"[01]\d:[0-5]\d:[0-5]\d"),
        ("title", "text", "1970-01-01", r"20[0-2]\d-0[1-9]-[0-2][1-8]"),
        ("type", "text", "1.0.0", r"\d\.\d\.\d"),
        ("type", "text", "v1.0.0", r"v\d\.\d\.\d"),
        ("name", "text", "00000000-0000-0000-0000-000000000000", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("image", "text", "https://cdn.example/none.png", r"https://www\.[a-z]+\.example/\d+"),
        ("owner", "text", "nobody@mail.example", r"[a-z]+\.[a-z]+\d+@mail\.example"),
        ("kind", "text", "application/json", "text/plain"),
        ("city", "text", "America/New_York", "Europe/Berlin"),
    ],
)
def test_a_form_of_a_default_outranks_the_columns_name(name: str, kind: str, default: str, form: str) -> None:
    values, how = values_of(name, kind, Details(table="things", defaults=((name, default),)))
    assert how == "default"
    assert all(re.fullmatch(form, value) for value in values), values
    assert parse(kind).length is None or max(map(len, values)) <= parse(kind).length


@pytest.mark.parametrize("default", ["free", "", "0", "#hashtag", "12:99", "http:", "a@b", "application/", "EUR"])
def test_a_default_without_such_a_form_leaves_the_name_its_say(default: str) -> None:
    values, how = values_of("city", "text", Details(table="things", defaults=(("city", default),)))
    assert (values, how) == values_of("city", "text", Details(table="things"))
    assert how == "name"


def test_a_check_outranks_a_default() -> None:
    check = Check(columns=("color",), sql="CHECK ((color ~ '^[A-Z]{4}$'::text))")
    values, how = values_of("color", "text", Details(table="things", checks=(check,), defaults=(("color", "#ccc"),)))
    assert how == "constraint"
    assert all(re.fullmatch("[A-Z]{4}", value) for value in values)
