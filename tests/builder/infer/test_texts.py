"""Test texts that a CHECK with a regular expression holds for, whatever their column is called."""

from __future__ import annotations

import re

import pytest

from snap.schema import Check, Details
from tests.builder.infer.inferred import values_of


def _matching(name: str, regex: str, *, unique: bool = False) -> tuple[list[str], str]:
    check = Check(columns=(name,), sql=f"CHECK (({name} ~ '{regex}'::text))")
    values, how = values_of(name, "text", Details(table="things", checks=(check,)), unique=unique)
    assert all(re.search(regex, value) for value in values), values
    assert not unique or len({*values}) == len(values)
    return values, how


@pytest.mark.parametrize(
    ("name", "regex"),
    [
        ("color", "^#[0-9a-f]{6}$"),
        ("background_color", "^#([0-9a-f]{3}|[0-9a-f]{6})$"),
        ("status", "^(draft|in review|live)$"),
        ("email", "^[A-Z]+$"),
        ("slug", "^[0-9]+(-[0-9]+)*$"),
        ("title", r"^\S+$"),
        ("url", "^ftp://"),
        ("postcode", "^[0-9]{5}$"),
    ],
)
def test_a_regular_expression_outranks_a_name_whose_texts_contradict_it(name: str, regex: str) -> None:
    assert _matching(name, regex)[1] == "constraint"


@pytest.mark.parametrize("unique", [False, True])
@pytest.mark.parametrize(
    ("name", "regex"),
    [
        ("email", "@"),
        ("email", r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$"),
        ("slug", "^[a-z0-9]+(-[a-z0-9]+)*$"),
        ("homepage_url", "^https?://"),
    ],
)
def test_a_name_whose_texts_all_match_keeps_its_say(name: str, regex: str, unique: bool) -> None:
    assert _matching(name, regex, unique=unique)[1] == "name"


def test_all_alternatives_are_made_where_they_are_words() -> None:
    assert {*_matching("status", "^(draft|in review|live)$")[0]} == {"draft", "in review", "live"}


def test_a_class_of_postgres_is_read() -> None:
    check = Check(columns=("label",), sql="CHECK ((label ~ '^[[:upper:]][[:alnum:]_]{2}$'::text))")
    values, how = values_of("label", "text", Details(table="things", checks=(check,)))
    assert how == "constraint"
    assert all(re.fullmatch("[A-Z][a-zA-Z0-9_]{2}", value) for value in values)


@pytest.mark.parametrize("room", [1, 2, 3, 6])
def test_a_narrow_column_holds_its_texts_at_every_number_of_rows(room: int) -> None:
    values, _ = values_of("state_abbr", f"character varying({room})", Details(table="things"))
    assert len(values) > 99
    assert max(map(len, values)) <= room
    assert len({*values}) > 5
