"""The plan of a WorldChef build: all that couples rows (authors, pairs, counters), fixed before any part is made.

What a part needs of other tables lies here in integer arrays; texts and documents are made part by part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from snap.errors import UsageError
from snap.types.arrow import schema_of
from snap_builder.dataset import Inputs
from snap_builder.datasets.worldchef import audience, nutrition, recipes, users, writing
from snap_builder.datasets.worldchef.audience import PUBLISHED, Recipes
from snap_builder.datasets.worldchef.kitchen import PHOTOS, kitchen
from snap_builder.datasets.worldchef.schema import TABLES
from snap_builder.datasets.worldchef.vocabulary import CUISINES, DIETS, DIFFICULTIES, MEALS
from snap_builder.engine import columns, pairs, streams
from snap_builder.engine.calendar import DAY, HOUR, SECOND, sociable, spread
from snap_builder.engine.columns import NEVER
from snap_builder.engine.pairs import Events, Schedule
from snap_builder.engine.streams import Ints, Seeds, Weights, below, chance

STATUSES = ("draft", "published", "archived", "admin_removed")
_STATUS = Weights([11, 79, 8, 2])
_BLOCK = 16_384  # recipes composed at once while planning
# Ratings of 1 to 5 stars per 100, by the recipe's quality from 0 to 9: J-shaped in sum.
_STARS = tuple(
    Weights(row)
    for row in (
        [26, 17, 22, 20, 15],
        [18, 12, 20, 26, 24],
        [13, 8, 16, 29, 34],
        [10, 6, 13, 29, 42],
        [8, 4, 11, 28, 49],
        [7, 3, 9, 26, 55],
        [6, 3, 8, 24, 59],
        [5, 2, 6, 22, 65],
        [4, 2, 5, 19, 70],
        [3, 1, 4, 16, 76],
    )
)


class WorldChef:
    """The plan. Making it fixes keys and counters; `part` then makes any rows of any table."""

    def __init__(self, inputs: Inputs) -> None:
        self._rows, self._seed, self._as_of = inputs.rows, inputs.seed, inputs.as_of
        self._proportions = inputs.proportions
        self._makers: Mapping[str, Callable[[int, int], dict[str, pa.Array]]] = {
            "users": self._users,
            "recipes": self._recipes,
            "nutrition": self._nutrition,
            "recipe_likes": self._likes,
            "recipe_ratings": self._ratings,
            "user_follows": self._follows,
            "recipe_collections": self._collections,
            "recipe_collection_items": self._items,
        }
        self._schemas = {table.name: schema_of(table) for table in TABLES}
        self._people = users.users(self._seeds("users"), self._rows["users"], self._as_of, self._uuids("users"))
        self._cookbook = self._plan_recipes()
        people, cookbook = self._people, self._cookbook
        both = ("users", "recipes")
        self._liked = audience.recipe_events(*self._events("recipe_likes", *both), people, cookbook, (3, 10))
        self._rated = audience.recipe_events(*self._events("recipe_ratings", *both), people, cookbook, (3, 8))
        self._followed = audience.follows(*self._events("user_follows", "users"), people)
        self._shelves = audience.collections(
            self._seeds("recipe_collections"),
            self._rows["recipe_collections"],
            self._schedule("recipe_collections", "users"),
            people,
            self._uuids("recipe_collections"),
        )
        self._collected = audience.collected(
            *self._events("recipe_collection_items", "recipe_collections", "recipes"),
            self._shelves,
            cookbook,
        )
        self._cache = nutrition.keys(self._rows["nutrition"])
        self._stars = self._rate()
        self._seen = self._last_active()

    def part(self, table: str, start: int, stop: int) -> pa.RecordBatch:
        """Make rows [start, stop) of `table`."""
        made, schema = self._makers[table](start, stop), self._schemas[table]
        return pa.RecordBatch.from_arrays([made[name] for name in schema.names], schema=schema)

    def _seeds(self, table: str) -> Seeds:
        return Seeds(self._seed, table)

    def _uuids(self, table: str) -> NDArray[np.uint8]:
        return streams.uuids(self._seeds(table).stream("id"), 0, self._rows[table])

    def _schedule(self, child: str, parent: str, other: str | None = None) -> Schedule:
        """The parents of `child` in table `parent`, each of which may meet each row of `other` once."""
        share = self._proportions
        return Schedule(
            parents=share[parent],
            children=share[child],
            pairs=share[parent] * share[other] if other else None,
            present=self._rows[parent],
        )

    def _events(self, table: str, *parents: str) -> tuple[Seeds, int, Mapping[str, Schedule]]:
        schedules = {parent: self._schedule(table, parent, parents[i - 1]) for i, parent in enumerate(parents)}
        return self._seeds(table), self._rows[table], schedules

    # -- what the plan fixes

    def _plan_recipes(self) -> Recipes:
        rows, seeds, people = self._rows["recipes"], self._seeds("recipes"), self._people
        numbers = np.arange(rows)
        available = self._schedule("recipes", "users").available(numbers)
        if int(available[-1]) > self._rows["users"]:
            raise UsageError(
                f"{rows} recipes are impossible with {self._rows['users']} users",
                "ask for more users, or choose another scale",
                option="set",
            )
        publishers = np.flatnonzero(people.role > 0)
        among = np.cumsum(people.role > 0, dtype=np.int64)[available - 1]
        author = publishers[
            pairs.best_of(seeds.stream("author"), numbers, among, 2, lambda who: people.activity[publishers[who]])
        ]
        low, high = people.created[author] + HOUR, people.until[author]
        created = sociable(
            seeds.bits("created_hour", 0, rows),
            spread(seeds.bits("created_at", 0, rows), low, high),
            low,
            high,
            people.offset[author],
        )
        status = _STATUS.choose(seeds.bits("status", 0, rows))
        wait = below(seeds.bits("published_at", 0, rows), np.minimum(high - created, 4 * DAY) // SECOND + 1)
        at_once = chance(seeds.bits("at_once", 0, rows), 45)
        published = np.where(status == 0, NEVER, created + np.where(at_once, 0, wait * SECOND))
        latest = np.where(status == 0, created, published)
        gone = chance(seeds.bits("deleted", 0, rows), 3) & (high - latest > 2 * HOUR)
        removed = spread(seeds.bits("deleted_at", 0, rows), latest, np.where(gone, high, latest + HOUR))
        deleted = np.where(gone, removed, NEVER)
        room = high - latest > HOUR
        edited = (chance(seeds.bits("edited", 0, rows), 60) | (status > PUBLISHED)) & room
        changed = spread(seeds.bits("updated_at", 0, rows), latest, np.where(room, high, latest + HOUR))
        made = [recipes.compose(kitchen(), seeds, first, min(first + _BLOCK, rows)) for first in range(0, rows, _BLOCK)]
        return Recipes(
            author=author,
            created=created,
            published=published,
            deleted=deleted,
            updated=np.where(deleted != NEVER, deleted, np.where(edited, changed, latest)),
            status=status,
            cuisine=_join([kitchen().cuisine[block.dish] for block in made]),
            meal=_join([block.meal for block in made]),
            tags=_join([block.tags for block in made]),
            appeal=below(seeds.bits("appeal", 0, rows), 1 << 16),
            quality=below(seeds.bits("quality", 0, rows), len(_STARS)),
            keys=self._uuids("recipes"),
            opened=np.flatnonzero(status == PUBLISHED) if (status == PUBLISHED).any() else np.zeros(1, np.int64),
            opened_before=np.concatenate([[0], np.cumsum(status == PUBLISHED)]),
        )

    def _rate(self) -> Ints:
        """The stars of every rating."""
        bits = self._seeds("recipe_ratings").bits("rating", 0, len(self._rated.number))
        choices = np.stack([weights.choose(bits) for weights in _STARS])
        stars: Ints = 1 + choices[self._cookbook.quality[self._rated.right], np.arange(len(bits))]
        return stars

    def _last_active(self) -> Ints:
        """When each user was last seen: no earlier than anything that they did."""
        people, cookbook, shelves = self._people, self._cookbook, self._shelves
        seen = users.base_activity(self._seeds("users"), people)

        def did(who: Ints, when: Ints) -> None:
            np.maximum.at(seen, who, when)

        did(cookbook.author, cookbook.updated)
        did(self._liked.left, self._liked_at(slice(None)))
        did(self._rated.left, self._rated_at(slice(None))[1])
        did(self._followed.left, self._followed_at(slice(None)))
        did(shelves.user, shelves.updated)
        did(shelves.user[self._collected.left], self._collected_at(slice(None)))
        return seen

    # -- when events happened

    def _liked_at(self, rows: slice) -> Ints:
        return self._reacted_at("recipe_likes", self._liked, rows)

    def _reacted_at(self, table: str, events: Events, rows: slice) -> Ints:
        user, recipe = events.left[rows], events.right[rows]
        low, high = audience.window(self._people, self._cookbook, user, recipe)
        return audience.happen(self._seeds(table), events.number[rows], low, high, self._people.offset[user])

    def _rated_at(self, rows: slice) -> tuple[Ints, Ints]:
        """When ratings were made, and when last changed: one in ten is, later."""
        created = self._reacted_at("recipe_ratings", self._rated, rows)
        user, recipe = self._rated.left[rows], self._rated.right[rows]
        _, high = audience.window(self._people, self._cookbook, user, recipe)
        first, last, _ = rows.indices(len(self._rated.number))
        bits = self._seeds("recipe_ratings").bits("updated_at", first, last)
        changed = chance(bits, 10) & (high - created > HOUR)
        later = spread(bits << np.uint64(24), created, np.where(changed, high, created + HOUR))
        return created, np.where(changed, later, created)

    def _followed_at(self, rows: slice) -> Ints:
        left, right = self._followed.left[rows], self._followed.right[rows]
        low, high = audience.together(self._people, left, right)
        return audience.happen(
            self._seeds("user_follows"), self._followed.number[rows], low, high, self._people.offset[left]
        )

    def _collected_at(self, rows: slice) -> Ints:
        shelf, recipe = self._collected.left[rows], self._collected.right[rows]
        low, high = audience.shelf_window(self._shelves, self._cookbook, shelf, recipe)
        offsets = self._people.offset[self._shelves.user[shelf]]
        seeds = self._seeds("recipe_collection_items")
        return audience.happen(seeds, self._collected.number[rows], low, high, offsets)

    # -- parts

    def _users(self, start: int, stop: int) -> dict[str, pa.Array]:
        return users.part(self._seeds("users"), self._people, start, stop, self._seen)

    def _nutrition(self, start: int, stop: int) -> dict[str, pa.Array]:
        return nutrition.part(self._seeds("nutrition"), self._cache, start, stop, self._as_of)

    def _recipes(self, start: int, stop: int) -> dict[str, pa.Array]:
        book, seeds, rows = kitchen(), self._seeds("recipes"), slice(start, stop)
        made = recipes.compose(book, seeds, start, stop)
        title = recipes.titles(book, seeds, start, stop, made)
        cookbook, total = self._cookbook, self._rows["recipes"]
        created, published, deleted = cookbook.created[rows], cookbook.published[rows], cookbook.deleted[rows]
        author = cookbook.author[rows]
        latest = np.where(published == NEVER, created, published)
        edits = np.where(cookbook.updated[rows] > latest, below(seeds.bits("version", start, stop), 4) + 1, 0)
        ratings, stars = (
            np.bincount(self._rated.right, weights=weights, minlength=total).astype(np.int64)[rows]
            for weights in (None, self._stars)
        )
        photo = np.where(
            chance(seeds.bits("media", start, stop), 86),
            below(seeds.bits("media_key", start, stop), PHOTOS),
            -1,
        )
        return {
            "id": columns.uuid(cookbook.keys[rows]),
            "author_id": columns.uuid(self._people.keys[author]),
            "title": title,
            "slug": recipes.slugs(title, start),
            "description": columns.only(
                recipes.descriptions(book, seeds, start, stop, made),
                chance(seeds.bits("described", start, stop), 92),
            ),
            "ingredients": columns.json(book.ingredients.render(made.dish, made.variables)),
            "instructions": columns.json(book.instructions.render(made.dish, made.variables)),
            "prep_duration": columns.interval_minutes(made.prep),
            "cook_duration": columns.interval_minutes(made.cook),
            "servings": columns.integers(made.servings, "int32"),
            "difficulty": columns.texts(DIFFICULTIES, made.difficulty),
            "cuisine_type": columns.texts(CUISINES, book.cuisine[made.dish]),
            "meal_type": columns.texts(MEALS, made.meal),
            "dietary_tags": columns.flags(DIETS, made.tags),
            "nutrition": recipes.macros_json(made.macros, made.lines),
            "media_url": columns.texts([f"recipes/{number:02d}.jpg" for number in range(PHOTOS)], photo),
            "status": columns.texts(STATUSES, cookbook.status[rows]),
            "published_at": columns.times(published),
            "likes_count": columns.integers(np.bincount(self._liked.right, minlength=total)[rows], "int32"),
            "ratings_count": columns.integers(ratings, "int32"),
            "rating_average": columns.decimals(
                recipes.half_up(100 * stars, np.maximum(ratings, 1)), 3, 2, ratings == 0
            ),
            "collections_count": columns.integers(np.bincount(self._collected.right, minlength=total)[rows], "int32"),
            "version": columns.integers(1 + edits, "int32"),
            "created_at": columns.times(created),
            "updated_at": columns.times(cookbook.updated[rows]),
            "deleted_at": columns.times(deleted),
        }

    def _likes(self, start: int, stop: int) -> dict[str, pa.Array]:
        rows = slice(start, stop)
        return {
            "user_id": columns.uuid(self._people.keys[self._liked.left[rows]]),
            "recipe_id": columns.uuid(self._cookbook.keys[self._liked.right[rows]]),
            "created_at": columns.times(self._liked_at(rows)),
        }

    def _ratings(self, start: int, stop: int) -> dict[str, pa.Array]:
        rows, seeds = slice(start, stop), self._seeds("recipe_ratings")
        created, updated = self._rated_at(rows)
        stars = self._stars[rows]
        said, counts, starts, details = writing.comments()
        comment = starts[stars - 1] + below(seeds.bits("comment", start, stop), counts[stars - 1])
        more = chance(seeds.bits("detailed", start, stop), 35)
        detail = columns.texts(details, below(seeds.bits("detail", start, stop), len(details)))
        text = columns.concat(
            columns.texts(said, comment),
            columns.texts(["", " "], more.astype(np.int64)),
            columns.either(more, detail, ""),
        )
        return {
            "id": columns.integers(np.arange(start, stop) + 1, "int64"),
            "user_id": columns.uuid(self._people.keys[self._rated.left[rows]]),
            "recipe_id": columns.uuid(self._cookbook.keys[self._rated.right[rows]]),
            "rating": columns.integers(stars, "int16"),
            "comment": columns.only(text, chance(seeds.bits("commented", start, stop), 70)),
            "created_at": columns.times(created),
            "updated_at": columns.times(updated),
        }

    def _follows(self, start: int, stop: int) -> dict[str, pa.Array]:
        rows = slice(start, stop)
        return {
            "follower_id": columns.uuid(self._people.keys[self._followed.left[rows]]),
            "followee_id": columns.uuid(self._people.keys[self._followed.right[rows]]),
            "created_at": columns.times(self._followed_at(rows)),
        }

    def _collections(self, start: int, stop: int) -> dict[str, pa.Array]:
        rows, seeds, shelves = slice(start, stop), self._seeds("recipe_collections"), self._shelves
        name, description = writing.shelf_texts(seeds, shelves, start, stop)
        return {
            "id": columns.uuid(shelves.keys[rows]),
            "user_id": columns.uuid(self._people.keys[shelves.user[rows]]),
            "name": name,
            "description": columns.only(description, chance(seeds.bits("described", start, stop), 65)),
            "is_public": columns.booleans(chance(seeds.bits("public", start, stop), 72)),
            "items_count": columns.integers(
                np.bincount(self._collected.left, minlength=len(shelves.user))[rows], "int32"
            ),
            "created_at": columns.times(shelves.created[rows]),
            "updated_at": columns.times(shelves.updated[rows]),
            "deleted_at": columns.times(shelves.deleted[rows]),
        }

    def _items(self, start: int, stop: int) -> dict[str, pa.Array]:
        rows = slice(start, stop)
        return {
            "collection_id": columns.uuid(self._shelves.keys[self._collected.left[rows]]),
            "recipe_id": columns.uuid(self._cookbook.keys[self._collected.right[rows]]),
            "position": columns.integers(_positions(self._collected.left)[rows], "int32"),
            "added_at": columns.times(self._collected_at(rows)),
        }


def _positions(group: Ints) -> Ints:
    """Number the members of each group from 1, in the order in which they stand."""
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    first = np.searchsorted(ordered, ordered, side="left")
    result = np.empty_like(group)
    result[order] = np.arange(len(group)) - first + 1
    return result


def _join(blocks: list[Ints]) -> Ints:
    return np.concatenate(blocks) if blocks else np.empty(0, np.int64)
