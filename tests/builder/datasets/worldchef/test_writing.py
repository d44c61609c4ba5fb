"""Test what people write: in their own language, about what they cook, and about the recipe that they cooked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from snap_builder.datasets.worldchef import writing
from snap_builder.datasets.worldchef.vocabulary import CUISINES, DIETS, MEALS, food_words, foods, places
from tests.builder.datasets.worldchef.given_rows import GivenRows

ROWS = 2_000
NULL = GivenRows.NULL
# What a text in a language has that none in another has.
SCRIPTS: Mapping[str, str] = {
    "ja": "[\u3041-\u30ff]",
    "ar": "[\u0600-\u06ff]",
    "ko": "[\uac00-\ud7af]",
    "hi": "[\u0900-\u097f]",
    "ne": "[\u0900-\u097f]",
    "zh": "[\u4e00-\u9fff]",
    "th": "[\u0e00-\u0e7f]",
    "bn": "[\u0980-\u09ff]",
    "he": "[\u0590-\u05ff]",
}
TITLE = "«X»"  # of no script


def _bios(role: str, speech: str, **said: Any) -> list[str | None]:
    known = {"role": role, "speech": speech, "home": 0, "favourite": 4}
    return writing.bios(GivenRows(ROWS, known | said))["bio"].to_pylist()


def _comments(stars: int, speech: str, food: int = 0, steps: int = 4) -> list[str | None]:
    known = {"rating": stars, "user.speech": speech, "recipe.title": TITLE, "recipe.food": food, "recipe.steps": steps}
    return writing.comments(GivenRows(ROWS, known))["comment"].to_pylist()


def test_every_place_has_a_language_in_which_people_write() -> None:
    assert {place.language for place in places()} <= set(writing.SPEECH)


@pytest.mark.parametrize(("role", "share"), [("standard", 0.6), ("creator", 0.95), ("moderator", 0.95)])
def test_who_publishes_nearly_always_has_a_bio(role: str, share: float) -> None:
    assert abs(sum(bio is not None for bio in _bios(role, "fr")) / ROWS - share) < 0.05


@pytest.mark.parametrize("speech", writing.SPEECH)
def test_a_bio_names_no_cuisine_but_the_favourite_one(speech: str) -> None:
    cuisines = writing._people(speech)["cuisines"]
    own, others = cuisines["thai"], [words for name, words in cuisines.items() if name != "thai"]
    bios = [bio for bio in _bios("creator", speech, favourite=CUISINES.index("thai")) if bio]
    assert sum(own in bio for bio in bios) / len(bios) > 0.4
    strange = [words for words in others if words not in own and own not in words]
    assert [bio for bio in bios if any(words in bio.replace(own, "") for words in strange)] == []


@pytest.mark.parametrize(("speech", "script"), SCRIPTS.items())
def test_bios_and_comments_are_in_the_script_of_their_language(speech: str, script: str) -> None:
    texts = [*_bios("creator", speech), *_bios("standard", speech)]
    texts += [text for stars in (1, 3, 5) for text in _comments(stars, speech)]
    wrong = [text for text in texts if text and not re.search(script, text)]
    assert wrong == []


@pytest.mark.parametrize("speech", ["en", "es", "de"])
def test_placeholders_are_filled(speech: str) -> None:
    texts = [*_bios("creator", speech), *_bios("standard", speech)]
    texts += [text for stars in range(1, 6) for text in _comments(stars, speech)]
    assert [text for text in texts if text and re.search("[{}]", text)] == []


@pytest.mark.parametrize("speech", writing.SPEECH)
def test_many_comments_name_the_dish_a_food_or_a_step_of_it(speech: str) -> None:
    words = food_words(speech)
    food = next((n for n, each in enumerate(foods()) if each.name in words), 0)
    said = [text for stars in (1, 3, 5) for text in _comments(stars, speech, food) if text]
    named = [text for text in said if TITLE in text or re.search(r"\d", text)]
    assert len(named) / len(said) > 0.25
    assert any(TITLE in text for text in said)


def test_a_comment_names_a_step_that_the_recipe_has() -> None:
    said = [text for stars in range(1, 6) for text in _comments(stars, "en", steps=3) if text]
    steps = [int(number) for text in said for number in re.findall(r"[Ss]tep (\d+)", text)]
    assert set(steps) == {1, 2, 3}


def test_a_food_without_words_in_a_language_is_not_named() -> None:
    known = {food.name: number for number, food in enumerate(foods())}
    named = writing._masses("en")
    lacking = next(number for name, number in known.items() if name not in named)
    holding = next(number for name, number in known.items() if name in named)
    word = named[foods()[holding].name]
    assert any(word in text for text in _comments(5, "en", holding) if text)
    assert not any(foods()[lacking].display in text for text in _comments(5, "en", lacking) if text)


def test_most_ratings_have_a_comment_and_few_comments_are_alike() -> None:
    said = [text for stars in (3, 4, 5) for text in _comments(stars, "en") if text]
    assert 0.66 < len(said) / (3 * ROWS) < 0.74
    assert len(set(said)) / len(said) > 0.4


def test_the_stars_decide_how_a_comment_begins() -> None:
    for stars in range(1, 6):
        openings = writing._people("en")["comment"]["opening"][str(stars)]
        assert [t for t in _comments(stars, "en") if t and not t.startswith(tuple(openings))] == []


def test_collections_have_the_themes_of_their_owners() -> None:
    halal = DIETS.index("halal")
    made = writing.themes(GivenRows(ROWS, {"user.favourite": 5, "user.diets": 1 << halal}))
    kind, value = made["theme"], made["theme_value"]
    assert set(kind.tolist()) == {0, 1, 2, 3}
    assert set(value[kind == 1].tolist()) == {halal}
    assert (value[kind == 0] == 5).mean() > 0.6
    assert {MEALS[meal] for meal in value[kind == 2]} == {"breakfast", "lunch", "dinner", "dessert"}
    none = writing.themes(GivenRows(ROWS, {"user.favourite": 5, "user.diets": 0}))
    assert {DIETS[diet] for diet in none["theme_value"][none["theme"] == 1]} == {"vegetarian", "dairy_free"}


@pytest.mark.parametrize(
    ("kind", "value", "word"),
    [
        (0, 3, CUISINES[3].capitalize()),
        (1, DIETS.index("gluten_free"), "gluten-free"),
        (2, 1, MEALS[1]),
    ],
)
def test_a_collection_says_its_theme(kind: int, value: int, word: str) -> None:
    made = writing.shelves(GivenRows(ROWS, {"theme": kind, "theme_value": value}))
    assert [name for name in made["name"].to_pylist() if word not in name] == []
    described = made["description"].to_pylist()
    assert 0.6 < 1 - described.count(None) / ROWS < 0.7


def test_any_cut_gives_the_same_texts() -> None:
    known = {"role": "creator", "speech": "es", "home": 0, "favourite": 4}
    whole = writing.bios(GivenRows(100, known))["bio"].to_pylist()
    parts = [writing.bios(GivenRows(stop, known, start=start))["bio"] for start, stop in ((0, 33), (33, 100))]
    assert whole == [text for part in parts for text in part.to_pylist()]
    assert np.unique([text for text in whole if text]).size > 30
