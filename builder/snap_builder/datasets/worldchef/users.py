"""Users: who they are, where they live and what they like, by row number alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from snap_builder.datasets.worldchef.vocabulary import CUISINES, DIETS, names, phrases, places
from snap_builder.engine import columns
from snap_builder.engine.calendar import DAY, sociable, spread
from snap_builder.engine.columns import NEVER
from snap_builder.engine.streams import Ints, Seeds, Weights, below, chance
from snap_builder.engine.templates import Pool, Programs, template

ROLES = ("standard", "creator", "moderator", "admin")
BLOCK = 100  # roles and deletions are exact in every hundred rows
_ROLE_OF_RANK = np.array([2] * 4 + [1] * 15 + [0] * 81)  # of those who are not the admin
_DELETED = 2  # per BLOCK
# Who may publish comes among the first rows of a block. Recipe i draws its author among the users that the smallest
# build with a recipe i has: were publishers spread evenly, the first few would write most of the early recipes.
_EARLY = 40
HISTORY = 730 * DAY  # people joined in the two years before as-of
_NEWEST = 2 * DAY  # and not in the last two days, so that everybody has had time to do something
_DOMAINS = ("mail", "post", "inbox", "kitchen", "letters")
_FAMILY_FIRST = {"ja_JP": " ", "ko_KR": "", "zh_CN": ""}
# How often a region's people favour a cuisine, in the order of CUISINES.
_TASTES: Mapping[str, Weights] = {
    "north_america": Weights([34, 14, 14, 10, 6, 6, 5, 6, 7, 5]),
    "latin_america": Weights([10, 14, 40, 5, 3, 3, 6, 10, 4, 3]),
    "europe": Weights([8, 26, 4, 6, 9, 6, 20, 18, 6, 4]),
    "south_asia": Weights([5, 7, 3, 12, 50, 7, 3, 6, 4, 3]),
    "east_asia": Weights([6, 8, 2, 26, 5, 10, 5, 3, 24, 22]),
    "middle_east_africa": Weights([7, 10, 3, 5, 14, 4, 8, 42, 3, 3]),
}
# How often people keep a diet, in the order of DIETS; the rest eat everything.
_DIETS = Weights([20, 12, 11, 8, 7, 5, 8, 5, 9, 3, 62])


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """Users [0, rows): what the rest of the dataset needs to know of them. Moments are microseconds, NEVER is none."""

    role: Ints
    place: Ints  # index into places()
    offset: Ints  # minutes from UTC
    region: Ints  # one number per region
    created: Ints
    deleted: Ints
    until: Ints  # the last moment at which they may do something
    favourite: Ints  # index into CUISINES
    second: Ints
    diet: Ints  # index into DIETS, len(DIETS) for none
    activity: Ints  # 16 bits; the more, the more often they do something
    fame: Ints
    keys: NDArray[np.uint8]  # (rows, 16)


@cache
def _geography() -> tuple[Ints, Ints, tuple[str, ...], Weights]:
    """Offsets and region numbers by place, the region names, and the weights of places; regions are alike in size."""
    every = places()
    regions = tuple(dict.fromkeys(place.region for place in every))
    totals = {region: sum(p.weight for p in every if p.region == region) for region in regions}
    return (
        np.array([place.utc_offset_minutes for place in every]),
        np.array([regions.index(place.region) for place in every]),
        regions,
        Weights([place.weight * 100_000 // totals[place.region] for place in every]),
    )


def ranks(seeds: Seeds, column: str, rows: int, lowest: slice, block: int = BLOCK) -> Ints:
    """Give every row its rank within its block of rows, by random words; rows `lowest` rank below the others."""
    blocks = -(-rows // block)
    words = seeds.bits(column, 0, blocks * block).reshape(blocks, block) | np.uint64(1 << 63)
    words[:, lowest] ^= np.uint64(1 << 63)
    order = np.argsort(words, axis=1, kind="stable")
    result = np.empty_like(order)
    np.put_along_axis(result, order, np.broadcast_to(np.arange(block), order.shape), axis=1)
    return result.reshape(-1)[:rows]


def users(seeds: Seeds, rows: int, as_of: int, keys: NDArray[np.uint8]) -> Users:
    """Make users [0, rows). The first of every hundred is the admin, who is never deleted."""
    offsets, region_of, regions, weights = _geography()
    place = weights.choose(seeds.bits("place", 0, rows))
    offset, region = offsets[place], region_of[place]
    low = np.full(rows, as_of - HISTORY)
    high = np.full(rows, as_of - _NEWEST)
    joined = spread(seeds.bits("created", 0, rows), low, high)
    created = sociable(seeds.bits("created_hour", 0, rows), joined, low, high, offset)
    leaves = ranks(seeds, "deleted", rows, slice(1, BLOCK)) < _DELETED
    left = spread(seeds.bits("deleted_at", 0, rows), created + DAY, np.full(rows, as_of))
    deleted = np.where(leaves, left, NEVER)
    rank = ranks(seeds, "role", rows, slice(1, _EARLY))
    favourite, second = (_taste(seeds.bits(c, 0, rows), region, regions) for c in ("favourite", "second"))
    return Users(
        role=np.where(np.arange(rows) % BLOCK == 0, ROLES.index("admin"), _ROLE_OF_RANK[rank]),
        place=place,
        offset=offset,
        region=region,
        created=created,
        deleted=deleted,
        until=np.minimum(deleted, as_of),
        favourite=favourite,
        second=second,
        diet=_DIETS.choose(seeds.bits("diet", 0, rows)),
        activity=below(seeds.bits("activity", 0, rows), 1 << 16),
        fame=below(seeds.bits("fame", 0, rows), 1 << 16),
        keys=keys,
    )


def _taste(bits: NDArray[np.uint64], region: Ints, regions: tuple[str, ...]) -> Ints:
    choices = np.stack([_TASTES[name].choose(bits) for name in regions])
    chosen: Ints = choices[region, np.arange(len(region))]
    return chosen


def part(seeds: Seeds, people: Users, start: int, stop: int, last_active: Ints) -> dict[str, pa.Array]:
    """Make the columns of users [start, stop)."""
    rows = slice(start, stop)
    place, role = people.place[rows], people.role[rows]
    where = places()
    locations = [f"{p.place}, {p.country}" for p in where]
    created, deleted = people.created[rows], people.deleted[rows]
    edited = spread(seeds.bits("updated_at", start, stop), created, people.until[rows])
    updated = np.where(chance(seeds.bits("edited", start, stop), 55), edited, created)
    given, family, joiner, handle = _names(seeds, place, start, stop)
    number = columns.texts_of(np.arange(start, stop) + 1)
    domain = columns.texts(_DOMAINS, below(seeds.bits("domain", start, stop), len(_DOMAINS)))
    has_avatar = chance(seeds.bits("avatar", start, stop), 78)
    avatar = columns.concat(
        "https://cdn.worldchef.example/avatars/",
        columns.hex_digits(seeds.bits("avatar_key", start, stop), 16),
        columns.texts([".webp", ".jpg"], np.where(has_avatar, below(seeds.bits("format", start, stop), 2), -1)),
    )
    return {
        "id": columns.uuid(people.keys[rows]),
        "email": columns.concat(handle, number, "@", domain, ".example"),
        "display_name": columns.concat(given, joiner, family),
        "role": columns.texts(ROLES, role),
        "region": columns.texts([p.region for p in where], place),
        "location": columns.texts(locations, place),
        "bio": _bios(seeds, people, start, stop),
        "avatar_url": avatar,
        "dietary_preferences": columns.flags(DIETS, _preferences(seeds, people.diet[rows], start, stop)),
        "is_verified": columns.booleans((role > 0) & chance(seeds.bits("verified", start, stop), 85)),
        "created_at": columns.times(created),
        "updated_at": columns.times(np.where(deleted == NEVER, updated, deleted)),
        "last_active_at": columns.times(last_active[rows]),
        "deleted_at": columns.times(deleted),
    }


def base_activity(seeds: Seeds, people: Users) -> Ints:
    """Give a moment at which each user was seen, whatever else they did."""
    return spread(seeds.bits("last_active_at", 0, len(people.created)), people.created, people.until)


def _preferences(seeds: Seeds, diet: Ints, start: int, stop: int) -> Ints:
    """A user's diet, and for some of them one more that goes along with it."""
    more = below(seeds.bits("preference", start, stop), len(DIETS))
    also = (diet < len(DIETS)) & chance(seeds.bits("preferences", start, stop), 35)
    one = np.ones(len(diet), np.int64)
    first: Ints = np.where(diet < len(DIETS), one << np.minimum(diet, len(DIETS) - 1), 0)
    second: Ints = np.where(also, one << more, 0)
    return np.bitwise_or(first, second)


def _names(seeds: Seeds, place: Ints, start: int, stop: int) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
    """Give what is written first, what is written last, what stands between, and the e-mail address's name."""
    first: list[tuple[str, str]] = []
    last: list[tuple[str, str]] = []
    bounds: dict[str, tuple[int, int, int, int]] = {}
    for locale, known in names().items():
        bounds[locale] = (len(first), len(known.first), len(last), len(known.last))
        first += known.first
        last += known.last
    where = places()
    table = np.array([bounds[p.locale] for p in where])[place]
    given = table[:, 0] + below(seeds.bits("given_name", start, stop), table[:, 1])
    family = table[:, 2] + below(seeds.bits("family_name", start, stop), table[:, 3])
    reverse = np.array([p.locale in _FAMILY_FIRST for p in where])[place]
    joiners = columns.texts([_FAMILY_FIRST.get(p.locale, " ") for p in where], place)
    written_given = columns.texts([name for name, _ in first], given)
    written_family = columns.texts([name for name, _ in last], family)
    handle = columns.concat(
        columns.texts([ascii_name for _, ascii_name in first], given),
        columns.texts([".", "_", ""], below(seeds.bits("handle", start, stop), 3)),
        columns.texts([ascii_name for _, ascii_name in last], family),
    )
    mask = columns.booleans(reverse)
    return (
        pc.if_else(mask, written_family, written_given),
        pc.if_else(mask, written_given, written_family),
        joiners,
        handle,
    )


@cache
def _bio_programs() -> tuple[Programs, Ints, Ints]:
    """Bios by role as programs of (place, cuisine); where each role's begin, and how many there are."""
    pool = Pool()
    place = pool.block(p.place for p in places())
    cuisine = pool.block(name.capitalize() for name in CUISINES)
    variables = {"{place}": (place, 0), "{cuisine}": (cuisine, 1)}
    lists = [phrases()["bio"][role] for role in ROLES]
    programs = [template(pool, text, variables) for texts in lists for text in texts]
    counts = np.array([len(texts) for texts in lists])
    return Programs(pool, programs), np.cumsum(counts) - counts, counts


def _bios(seeds: Seeds, people: Users, start: int, stop: int) -> pa.Array:
    programs, starts, counts = _bio_programs()
    role = people.role[start:stop]
    which = starts[role] + below(seeds.bits("bio", start, stop), counts[role])
    variables = np.stack([people.place[start:stop], people.favourite[start:stop]], axis=1)
    written = chance(seeds.bits("has_bio", start, stop), np.where(role > 0, 95, 60))
    return columns.only(programs.render(which, variables), written)
