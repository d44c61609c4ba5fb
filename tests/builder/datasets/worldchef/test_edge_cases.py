"""Test edge cases: each kind of row that testers look for exists under its name, in the same row of every build."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest

from snap_builder import bundled
from snap_builder.dataset import DeclaredEdge

EDGES = {(edge.table, edge.name): edge for edge in bundled("worldchef").edges}


def _edge(table: str, name: str) -> DeclaredEdge:
    return EDGES[table, name]


def _script(text: str) -> set[str]:
    """Return the scripts of a text's letters, by their Unicode names."""
    return {unicodedata.name(letter).split()[0] for letter in text if letter.isalpha()}


NAMES: dict[str, Callable[[str], object]] = {
    "name of one word": lambda name: name.isalpha(),
    "name with an apostrophe": lambda name: "'" in name and "’" in name,
    "name of 100 characters": lambda name: len(name) == 100,
    "name in Cyrillic": lambda name: _script(name) == {"CYRILLIC"},
    "name in Greek": lambda name: _script(name) == {"GREEK"},
    "name from right to left": lambda name: _script(name) == {"ARABIC"},
    "name in decomposed letters": lambda name: unicodedata.normalize("NFC", name) != name,
    "name with emoji of several characters": lambda name: all(
        part in name for part in ("\u200d", "\U0001f3fd", "\U0001f1e7\U0001f1f7")
    ),
    "name with markup": lambda name: all(part in name for part in ("<b>", "&", '"', "%", "\\")),
}
TITLES: dict[str, Callable[[str], object]] = {
    "title of 255 characters": lambda title: len(title) == 255,
    "title in Cyrillic": lambda title: _script(title) == {"CYRILLIC"},
    "title in Greek": lambda title: _script(title) == {"GREEK"},
    "title from right to left": lambda title: _script(title) == {"ARABIC"},
    "title with emoji and markup": lambda title: all(part in title for part in ("<i>", '"', "\\", "%", "\u200d")),
}
COMMENTS: dict[str, Callable[[str], object]] = {
    "comment of several lines": lambda comment: "\n" in comment and "<br>" in comment,
    "comment that is empty": lambda comment: comment == "",
    "comment of emoji": lambda comment: not any(letter.isalnum() for letter in comment),
}
JOINED = {
    "joined on a leap day": "2024-02-29",
    "joined at midnight": "00:00:00",
    "joined in a whole second": "18:00:00",
    "joined in the hour that clocks repeat: first": "2025-10-26 00:30:00.5",
    "joined in the hour that clocks repeat: again": "2025-10-26 01:30:00.5",
    "joined as clocks went forward": "2026-03-29 01:00:00",
}
# Those that traits make: rows of these names are looked at where they are built.
MADE = {
    "users": ("more than 100 likes given",),
    "recipes": (
        "one ingredient",
        "20 ingredients",
        "24 steps",
        "ingredient without quantity and unit",
        "one serving",
        "50 servings",
        "no likes",
        "more than 100 likes",
        "archived with an audience",
        "removed with an audience",
        "scheduled for publication",
    ),
    "recipe_collections": ("50 items or more", "gap in the positions", "description of two lines"),
}


@pytest.mark.parametrize(
    ("table", "column", "name", "holds"),
    [
        (table, column, name, holds)
        for table, column, cases in (
            ("users", "display_name", NAMES),
            ("recipes", "title", TITLES),
            ("recipe_ratings", "comment", COMMENTS),
        )
        for name, holds in cases.items()
    ],
)
def test_a_text_is_what_its_name_says(table: str, column: str, name: str, holds: Callable[[str], object]) -> None:
    value = _edge(table, name).values[column]
    assert value is not None
    assert holds(value)


@pytest.mark.parametrize(("name", "moment"), JOINED.items())
def test_a_moment_is_what_its_name_says(name: str, moment: str) -> None:
    assert moment in str(_edge("users", name).values["created_at"])


def test_an_address_is_as_long_as_they_may_be_and_has_a_tag() -> None:
    address = str(_edge("users", "e-mail of 254 characters with a tag").values["email"])
    name, _, host = address.partition("@")
    assert len(address) == 254
    assert "+" in name
    assert host.endswith(".example")


def test_bios_are_empty_or_have_two_lines() -> None:
    assert _edge("users", "bio that is empty").values["bio"] == ""
    assert "\n" in str(_edge("users", "bio of two lines").values["bio"])


def test_five_users_have_one_name() -> None:
    five = [edge.values["display_name"] for (_, name), edge in EDGES.items() if name.startswith("name of five: ")]
    assert len(five) == 5
    assert len(set(five)) == 1


@pytest.mark.parametrize(("table", "name"), [(table, name) for table, names in MADE.items() for name in names])
def test_what_traits_make_is_there_by_name(table: str, name: str) -> None:
    assert _edge(table, name).row >= 0


def test_a_scheduled_recipe_is_a_draft_that_comes_after_as_of() -> None:
    values = _edge("recipes", "scheduled for publication").values
    assert values["status"] == "draft"
    assert str(values["published_at"]) > bundled("worldchef").as_of


def test_edge_cases_are_about_forty_and_of_rows_that_the_smallest_version_has() -> None:
    assert 40 <= len(EDGES) <= 60
    least = {"users": 100, "recipes": 200, "recipe_ratings": 333, "recipe_collections": 33}
    assert all(edge.row < least[edge.table] for edge in EDGES.values())
