"""Who does what with which recipe: the draws behind likes, ratings, follows and collections.

Every draw takes the best of a few candidates by an integer score: how popular a thing is and how well it fits the
person's taste. That gives heavy tails and clusters at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from snap_builder.datasets.worldchef.users import Users, ranks
from snap_builder.datasets.worldchef.vocabulary import CUISINES, DIETS, MEALS
from snap_builder.engine.calendar import HOUR, sociable, spread
from snap_builder.engine.columns import NEVER
from snap_builder.engine.pairs import Events, Schedule, best_of, first_events
from snap_builder.engine.streams import Ints, Seeds, Stream, below, chance

PUBLISHED = 1  # index into recipe_status
THEMES = ("cuisine", "diet", "meal", "any")
_KINDS = np.array([0, 0, 0, 1, 1, 2, 2, 3, 3, 3])  # indices into THEMES, in every ten collections

_MARGIN = HOUR  # an event needs at least this long between what it needs and its end


Score = Callable[[Ints], Ints]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipes:
    """Recipes [0, rows): what the rest of the dataset needs to know of them. Moments as in Users."""

    author: Ints
    created: Ints
    published: Ints
    updated: Ints
    deleted: Ints
    status: Ints
    cuisine: Ints
    meal: Ints
    tags: Ints
    appeal: Ints  # 16 bits; the more, the likelier it is to be liked
    quality: Ints  # 0 to 9; what ratings follow
    keys: NDArray[np.uint8]

    opened: Ints  # the rows of published recipes, in order
    opened_before: Ints  # (rows + 1,): how many of the first i recipes are published

    def best(self, stream: Stream, events: Ints, available: int, candidates: int, score: Score) -> Ints:
        """Choose among the published ones of the first `available` recipes; where there is none, among the first."""
        among = max(int(self.opened_before[available]), 1)
        return self.opened[best_of(stream, events, among, candidates, lambda i: score(self.opened[i]))]

    def open_to(self, index: Ints) -> NDArray[np.bool_]:
        """Whether recipes have an audience at all."""
        return self.status[index] == PUBLISHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Collections:
    """Collections [0, rows): a theme is a kind of THEMES and a value of that kind."""

    user: Ints
    created: Ints
    updated: Ints
    deleted: Ints
    until: Ints
    kind: Ints
    value: Ints
    keys: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Between what and what each event lies, and when it happened; each of shape (rows,)."""

    low: Ints
    high: Ints
    at: Ints


def taste(people: Users, recipes: Recipes, user: Ints, recipe: Ints) -> Ints:
    """Score recipes for people: appeal, more for their cuisines and diet, much less for what their diet rules out."""
    cuisine = recipes.cuisine[recipe]
    score = recipes.appeal[recipe] + np.where(people.favourite[user] == cuisine, 60_000, 0)
    score = score + np.where(people.second[user] == cuisine, 30_000, 0)
    diet = people.diet[user]
    strict = diet < len(DIETS)
    fits = (recipes.tags[recipe] >> np.minimum(diet, len(DIETS) - 1)) & 1
    return score + np.where(strict, np.where(fits == 1, 22_000, -22_000), 0)


def recipe_events(
    seeds: Seeds,
    rows: int,
    schedules: Mapping[str, Schedule],
    people: Users,
    recipes: Recipes,
    candidates: tuple[int, int],
) -> Events:
    """Give who likes (or rates) what: `candidates` people and recipes are weighed per event."""

    def draw(events: Ints, available: Mapping[str, int]) -> tuple[Ints, Ints, NDArray[np.bool_]]:
        user = best_of(
            seeds.stream("user"),
            events,
            available["users"],
            candidates[0],
            lambda who: people.activity[who],
        )
        recipe = recipes.best(
            seeds.stream("recipe"),
            events,
            available["recipes"],
            candidates[1],
            lambda what: taste(people, recipes, user, what),
        )
        low, high = window(people, recipes, user, recipe)
        valid = recipes.open_to(recipe) & (recipes.author[recipe] != user) & (high - low > _MARGIN)
        return user, recipe, valid

    return first_events(table=seeds.table, rows=rows, schedules=schedules, draw=draw)


def window(people: Users, recipes: Recipes, user: Ints, recipe: Ints) -> tuple[Ints, Ints]:
    """Give from when to when a user may react to a recipe."""
    low = np.maximum(people.created[user], recipes.published[recipe])
    return low, np.minimum(people.until[user], recipes.deleted[recipe])


def follows(seeds: Seeds, rows: int, schedules: Mapping[str, Schedule], people: Users) -> Events:
    """Give who follows whom: people of one's region and those who publish are followed more."""

    def draw(events: Ints, available: Mapping[str, int]) -> tuple[Ints, Ints, NDArray[np.bool_]]:
        follower = best_of(seeds.stream("follower"), events, available["users"], 2, lambda who: people.activity[who])

        def fame(who: Ints) -> Ints:
            near = people.region[who] == people.region[follower]
            return people.fame[who] + np.where(near, 14_000, 0) + np.where(people.role[who] > 0, 12_000, 0)

        followee = best_of(seeds.stream("followee"), events, available["users"], 4, fame)
        low, high = together(people, follower, followee)
        return follower, followee, (follower != followee) & (high - low > _MARGIN)

    return first_events(table=seeds.table, rows=rows, schedules=schedules, draw=draw)


def together(people: Users, left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """Give from when to when both are members."""
    low = np.maximum(people.created[left], people.created[right])
    return low, np.minimum(people.until[left], people.until[right])


def collections(seeds: Seeds, rows: int, schedule: Schedule, people: Users, keys: NDArray[np.uint8]) -> Collections:
    """Make collections [0, rows): whose they are, when, and about what."""
    numbers = np.arange(rows)
    user = best_of(seeds.stream("user"), numbers, schedule.available(numbers), 3, lambda who: people.activity[who])
    low, high = people.created[user], people.until[user]
    created = sociable(
        seeds.bits("created_hour", 0, rows),
        spread(seeds.bits("created_at", 0, rows), low, high),
        low,
        high,
        people.offset[user],
    )
    gone = (below(seeds.bits("deleted", 0, rows), 100) < 3) & (high - created > 2 * HOUR)
    removed = spread(seeds.bits("deleted_at", 0, rows), created + HOUR * gone, np.where(gone, high, created + 2 * HOUR))
    deleted = np.where(gone, removed, NEVER)
    edited = chance(seeds.bits("edited", 0, rows), 40) & (high - created > HOUR)
    changed = spread(seeds.bits("updated_at", 0, rows), created, np.where(edited, high, created + HOUR))
    kind = _KINDS[ranks(seeds, "kind", rows, slice(0), len(_KINDS))]
    other = seeds.bits("theme", 0, rows)
    own_diet = np.where(people.diet[user] < len(DIETS), people.diet[user], below(other, 2) * 3)
    cuisine = np.where(below(other, 4) > 0, people.favourite[user], below(other << np.uint64(8), len(CUISINES)))
    value = np.choose(kind, [cuisine, own_diet, below(other, len(MEALS)), 0])
    return Collections(
        user=user,
        created=created,
        updated=np.where(gone, deleted, np.where(edited, changed, created)),
        deleted=deleted,
        until=np.minimum(deleted, high),
        kind=kind,
        value=value,
        keys=keys,
    )


def collected(
    seeds: Seeds,
    rows: int,
    schedules: Mapping[str, Schedule],
    shelves: Collections,
    recipes: Recipes,
) -> Events:
    """Give what is in which collection: recipes that fit its theme."""

    def draw(events: Ints, available: Mapping[str, int]) -> tuple[Ints, Ints, NDArray[np.bool_]]:
        shelf = best_of(seeds.stream("collection"), events, available["recipe_collections"], 1, lambda which: which)

        def suits(recipe: Ints) -> Ints:
            fit = fits_theme(shelves, recipes, shelf, recipe)
            return np.where(fit, 1 + (recipes.appeal[recipe] >> 14), 0)

        recipe = recipes.best(seeds.stream("recipe"), events, available["recipes"], 24, suits)
        low, high = shelf_window(shelves, recipes, shelf, recipe)
        fits = fits_theme(shelves, recipes, shelf, recipe)
        return shelf, recipe, fits & recipes.open_to(recipe) & (high - low > _MARGIN)

    return first_events(table=seeds.table, rows=rows, schedules=schedules, draw=draw)


def fits_theme(shelves: Collections, recipes: Recipes, shelf: Ints, recipe: Ints) -> NDArray[np.bool_]:
    """Whether recipes belong into collections by their themes."""
    value = shelves.value[shelf]
    fits: NDArray[np.bool_] = np.choose(
        shelves.kind[shelf],
        [
            recipes.cuisine[recipe] == value,
            ((recipes.tags[recipe] >> value) & 1) == 1,
            recipes.meal[recipe] == value,
            True,
        ],
    )
    return fits


def shelf_window(shelves: Collections, recipes: Recipes, shelf: Ints, recipe: Ints) -> tuple[Ints, Ints]:
    """Give from when to when a recipe may be put into a collection."""
    low = np.maximum(shelves.created[shelf], recipes.published[recipe])
    return low, np.minimum(shelves.until[shelf], recipes.deleted[recipe])


def happen(seeds: Seeds, events: Ints, low: Ints, high: Ints, offsets: Ints) -> Ints:
    """Give when events happened, each from its own number: early in its window rather than late, at sociable hours.

    `events` are event numbers in order; only their own words are used, so any slice gives the same moments.
    """
    words = seeds.wide("created_at", 0, 0, 1) if len(events) == 0 else _words(seeds, events)
    half = low + (high - low) // 2
    soon = (words[:, 0] & np.uint64(3)) != 0  # three of four within the first half
    at = spread(words[:, 0], low, np.where(soon, half, high))
    return sociable(words[:, 1], at, low, high, offsets)


def _words(seeds: Seeds, events: Ints) -> NDArray[np.uint64]:
    first = int(events[0])
    return seeds.wide("created_at", first, int(events[-1]) + 1, 2)[events - first]
