"""The texts that people write: bios and comments in the writer's language, names and descriptions of collections."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from snap_builder.datasets.worldchef.tables import Ragged, ragged
from snap_builder.datasets.worldchef.vocabulary import (
    CUISINES,
    DIETS,
    MEALS,
    food_words,
    foods,
    own_foods,
    phrases,
    places,
)
from snap_builder.engine import columns
from snap_builder.engine.streams import Bits, Ints, below, chance
from snap_builder.engine.templates import Entry, Pool, Program, Programs, template

if TYPE_CHECKING:
    from snap.dataset import OwnRows

ROLES = ("standard", "creator", "moderator", "admin")
SPEECH = ("en", "es", "fr", "ja", "ar", "de", "it", "ko", "hi", "pt", "zh", "pl", "th", "bn", "ne", "he", "tr")
THEMES = ("cuisine", "diet", "meal", "any")
_YEARS, _NUMBERS = (11, 41), (3, 10)  # the half-open ranges of {years} and {number}
_COMMENTED = 70  # percent of the ratings that have a comment
_MOODS = ("bad", "bad", "mixed", "good", "good")  # the moods of comments with one to five stars
_STEPS = 24
_FEW = 15  # with fewer suitable foods than this, comments name any food


@cache
def _people(language: str) -> Mapping[str, Any]:
    folder = files("snap_builder.datasets.worldchef") / "vocab" / "languages"
    return tomllib.loads((folder / language / "people.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class _Lists:
    """Lists of programs. Each row renders one program of one list."""

    programs: Programs
    numbers: Ragged  # the numbers of the programs of each list

    @classmethod
    def of(cls, pool: Pool, lists: Sequence[Sequence[Program]]) -> _Lists:
        number = count()
        numbers = ragged([[next(number) for _ in each] for each in lists])
        return cls(Programs(pool, [program for each in lists for program in each]), numbers)

    def choose(self, lists: Ints, bits: Bits) -> Ints:
        """Return, for each row, the number of one program of the row's list."""
        return self.numbers.choose(lists, bits)

    def choose_other(self, lists: Ints, chosen: Ints, bits: Bits) -> Ints:
        """Return, for each row, the number of a program of its list other than `chosen`. Lists have two or more."""
        starts, counts = self.numbers.starts[lists], self.numbers.counts[lists]
        return starts + (chosen - starts + 1 + below(bits, counts - 1)) % counts


# -- bios


@cache
def _bios() -> tuple[_Lists, _Lists, _Lists]:
    """Return the programs of whole bios, of first sentences and of further sentences, by language and role.

    Their variables are (place, cuisine, years, number).
    """
    pool = Pool()
    shared = {
        "{place}": (pool.block(place.place for place in places()), 0),
        "{years}": (pool.block(map(str, range(*_YEARS))), 2),
        "{number}": (pool.block(map(str, range(*_NUMBERS))), 3),
    }
    made: list[list[list[Program]]] = [[], [], []]
    for language in SPEECH:
        known = _people(language)
        words = shared | {"{cuisine}": (pool.block(known["cuisines"][name] for name in CUISINES), 1)}
        for kind, lists in zip(("whole", "first", "second"), made, strict=True):
            joint = known["joiner"] if kind == "second" else ""
            lists += [[template(pool, joint + text, words) for text in known["bio"][kind][role]] for role in ROLES]
    whole, first, second = (_Lists.of(pool, lists) for lists in made)
    return whole, first, second


def bios(rows: OwnRows) -> dict[str, pa.Array]:
    """Return bios. Nearly every user who may publish has one, and it mostly names a cuisine that they like to cook."""
    whole, first, second = _bios()
    role = _places_of(rows.texts("role"), ROLES)
    which = _places_of(rows.texts("speech"), SPEECH) * len(ROLES) + role
    variables = np.stack(
        [
            rows.integers("home"),
            rows.integers("favourite"),
            below(rows.bits("years"), _YEARS[1] - _YEARS[0]),
            below(rows.bits("number"), _NUMBERS[1] - _NUMBERS[0]),
        ],
        axis=1,
    )
    one = whole.programs.render(whole.choose(which, rows.bits("whole")), variables)
    closing = second.choose(which, rows.bits("second"))
    other = second.choose_other(which, closing, rows.bits("third"))
    two = columns.concat(
        first.programs.render(first.choose(which, rows.bits("first")), variables),
        second.programs.render(closing, variables),
    )
    three = columns.concat(two, second.programs.render(other, variables))
    more = columns.either(chance(rows.bits("of three"), 50), three, two)
    text = columns.either(chance(rows.bits("in one"), 6), one, more)
    return {"bio": columns.only(text, chance(rows.bits("written"), np.where(role > 0, 95, 60)))}


# -- comments


@cache
def _comments() -> tuple[_Lists, _Lists, _Lists, NDArray[np.bool_], Ints]:
    """Return the programs of comments, with what is needed to choose and to render them.

    They are: openings by language and stars; the texts before and after the dish's title, by language, mood and whether
    a food is known; for each pair of these, whether the title stands between them; and the code of each food's word by
    language, -1 for none. The variables of the programs are the code of the food's word and the step's number.
    """
    pool = Pool()
    steps = pool.block(map(str, range(_STEPS + 1)))
    opening: list[list[Program]] = []
    before: list[list[Program]] = []
    after: list[list[Program]] = []
    named: list[bool] = []
    words = np.full((len(SPEECH), len(foods())), -1)
    for place, language in enumerate(SPEECH):
        known, told = _people(language), _masses(language)
        for number, food in enumerate(foods()):
            if food.name in told:
                words[place, number] = pool.code(told[food.name])
        joint = known["joiner"]
        opening += [[(Entry(pool.code(text)),) for text in known["comment"]["opening"][str(stars)]] for stars in _STARS]
        for mood in ("bad", "mixed", "good"):
            middles = known["comment"]["middle"][mood]
            endings = ["", *(joint + text for text in known["comment"]["ending"]["any"])]
            for allowed in (middles, [text for text in middles if "{food}" not in text]):
                cut = [(joint + text).partition("{dish}") for text in allowed]
                before.append([_with(pool, text, steps) for text, _, _ in cut for _ in endings])
                after.append([_with(pool, text + ending, steps) for _, _, text in cut for ending in endings])
                named += [bool(dish) for _, dish, _ in cut for _ in endings]
    return _Lists.of(pool, opening), _Lists.of(pool, before), _Lists.of(pool, after), np.array(named), words


_STARS = range(1, 6)


def _masses(language: str) -> Mapping[str, str]:
    """Return, by food, the words of the language that are the same for one piece and for several.

    If there are fewer than _FEW of them, return the words of all foods for which the language has its own.
    """
    told = {name: words for name, words in food_words(language).items() if name in own_foods(language)}
    masses = {name: words.display for name, words in told.items() if words.display == words.single}
    return masses if len(masses) >= _FEW else {name: words.display for name, words in told.items()}


def _with(pool: Pool, text: str, steps: int) -> Program:
    return template(pool, text, {"{food}": (0, 0), "{step}": (steps, 1)})


READ = (
    "rating",
    "user.speech",
    "recipe.title",
    "recipe.food",
    "recipe.steps",
)  # the paths that a comment reads


def comments(rows: OwnRows) -> dict[str, pa.Array]:
    """Return comments that agree with the stars, in the writer's language. Many name the dish, a food or a step."""
    opening, before, after, names_dish, words = _comments()
    speech, stars = _places_of(rows.texts("user.speech"), SPEECH), rows.integers("rating")
    food = words[speech, rows.integers("recipe.food")]
    mood = np.array([("bad", "mixed", "good").index(name) for name in _MOODS])[stars - 1]
    step = 1 + below(rows.bits("step"), np.maximum(1, rows.integers("recipe.steps")))
    variables = np.stack([np.maximum(food, 0), step], axis=1)
    middle = before.choose((speech * 3 + mood) * 2 + (food < 0), rows.bits("middle"))
    first = before.programs.render(middle, variables)
    text = columns.concat(
        opening.programs.render(opening.choose(speech * 5 + stars - 1, rows.bits("opening")), variables),
        first,
        pc.if_else(pa.array(names_dish[middle]), rows.texts("recipe.title"), ""),
        after.programs.render(middle, variables),
    )
    return {"comment": columns.only(text, chance(rows.bits("commented"), _COMMENTED))}


# -- collections


def themes(rows: OwnRows) -> dict[str, Ints]:
    """Return the kind and the value of each collection's theme. A theme mostly follows the owner's taste."""
    kind = np.array([0, 0, 0, 1, 1, 2, 2, 3, 3, 3])[below(rows.bits("kind"), 10)]
    words, diets = rows.bits("value"), rows.integers("user.diets")
    own = np.array([_lowest(mask & _COMMON) for mask in range(1 << len(DIETS))])[diets]
    cuisine = np.where(below(words, 4) > 0, rows.integers("user.favourite"), below(rows.bits("other"), len(CUISINES)))
    diet = np.where(own >= 0, own, below(words, 2) * 3)
    meal = np.array([MEALS.index(name) for name in _MEALS])[below(words, len(_MEALS))]
    return {"theme": kind, "theme_value": np.choose(kind, [cuisine, diet, meal, 0])}


# Diets that many recipes suit, so that a collection with such a theme always finds some.
_COMMON = sum(
    1 << DIETS.index(name) for name in ("vegetarian", "vegan", "gluten_free", "dairy_free", "halal", "kosher")
)
_MEALS = ("breakfast", "lunch", "dinner", "dessert")


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


@cache
def _shelves(what: str) -> _Lists:
    """Return the programs of collections' names or descriptions, as `what` says, by kind of theme.

    Their variable is the theme's value.
    """
    pool = Pool()
    words: Mapping[str, Callable[[], Iterable[str]]] = {
        "cuisine": lambda: (name.capitalize() for name in CUISINES),
        "diet": lambda: (name.replace("_", "-") for name in DIETS),
        "meal": lambda: MEALS,
        "any": lambda: (),
    }
    lists = []
    for kind in THEMES:
        values = pool.block(words[kind]())
        texts = phrases()["collection"][kind][what]
        lists.append([template(pool, text, {f"{{{kind}}}": (values, 0)}) for text in texts])
    return _Lists.of(pool, lists)


def shelves(rows: OwnRows) -> dict[str, pa.Array]:
    """Return the names and descriptions of collections, which fit the theme."""
    kind, value = rows.integers("theme"), rows.integers("theme_value")[:, None]
    names, texts = _shelves("names"), _shelves("descriptions")
    return {
        "name": names.programs.render(names.choose(kind, rows.bits("name")), value),
        "description": columns.only(
            texts.programs.render(texts.choose(kind, rows.bits("description")), value),
            chance(rows.bits("described"), 65),
        ),
    }


def _places_of(texts: pa.Array, known: Sequence[str]) -> Ints:
    return pc.index_in(texts, pa.array(known)).to_numpy(zero_copy_only=False).astype(np.int64)
