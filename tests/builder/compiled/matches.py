"""Draw random declarations of unique pairs that choose their partners, over one small schema."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from snap.schema import Column, ForeignKey, Schema, Table
from snap.types import parse
from snap_builder import declare
from tests.builder.compiled.declarations import built

Rows = dict[str, NDArray[Any]]
Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]


def _columns(*named: str) -> tuple[Column, ...]:
    """Return columns from texts `name type`; a question mark at the end makes a column nullable."""
    parted = [[*text.rstrip("?").split(" ", 1), text[-1]] for text in named]
    return tuple(Column(name=n, type=parse(kind, set()), nullable=end == "?") for n, kind, end in parted)


def _key(column: str, parent: str) -> ForeignKey:
    return ForeignKey(columns=(column,), references=parent, to=("id",))


def _joined(name: str, *keys: tuple[str, str]) -> Table:
    return Table(
        name=name,
        columns=_columns(*(f"{column} bigint" for column, _ in keys)),
        primary_key=tuple(column for column, _ in keys),
        foreign_keys=tuple(_key(column, parent) for column, parent in keys),
    )


SCHEMA = Schema(
    tables=(
        Table(
            name="users",
            columns=_columns(
                *("id bigint", "activity integer?", "region text", "level integer", "name text"),
                *("joined timestamp with time zone", "friend_id bigint?", "followed bigint"),
            ),
            primary_key=("id",),
            foreign_keys=(_key("friend_id", "users"),),
        ),
        Table(
            name="things",
            columns=_columns(
                *("id bigint", "activity integer", "region text", "level integer", "price numeric(10,2)"),
                *("made timestamp with time zone", "owner_id bigint"),
            ),
            primary_key=("id",),
            foreign_keys=(_key("owner_id", "users"),),
        ),
        _joined("follows", ("follower_id", "users"), ("followee_id", "users")),
        _joined("likes", ("user_id", "users"), ("thing_id", "things")),
    ),
    enums=(),
    sql="-- read from nothing: these tests make rows without a database\n",
)

USERS = {
    "activity": declare.weights(0, 1, 2, 4),
    "region": declare.choice(eu=50, us=40, apac=10),
    "level": declare.integer(1, 9),
}
THINGS = {
    "activity": declare.integer(0, 5),
    "region": declare.choice(us=20, eu=60, asia=20),
    "level": declare.integer(3, 12),
    "price": declare.money(1, 90),
}
EUROPE = {"region": "eu"}
WEST = {"region": ["eu", "us"]}


def taste(meeting: declare.Meeting) -> object:
    """Return a score that is never negative."""
    return meeting.left["level"] + 3 * (meeting.left["activity"] == meeting.right["activity"])


def picky(meeting: declare.Meeting) -> object:
    """Return a score that rejects about two thirds of all pairs."""
    return 3 - abs(meeting.left["level"] - 1 - meeting.right["level"]) * 2


def dataset(*tables: declare.Table, seed: int = 7) -> declare.Dataset:
    """Return a declaration of some tables. Tables that are not named have few rows."""
    given = {table.name for table in tables}
    others = (
        declare.Table("users", 120, USERS),
        declare.Table("things", 60, THINGS),
        declare.Table("follows", 10, pairs=declare.pairs("follower_id", "followee_id", differ=True)),
        declare.Table("likes", 10, pairs=declare.pairs("user_id", "thing_id")),
    )
    tables = (*tables, *(table for table in others if table.name not in given))
    return declare.Dataset(seed=seed, as_of="2026-11-01", profiles={"dev": 1}, tables=tables)


@st.composite
def matches(draw: st.DrawFn) -> declare.Dataset:
    """Draw a declaration of two tables of pairs, each with its own options."""
    users = draw(st.integers(80, 200))
    weight = draw(st.sampled_from((None, ("activity", None), (None, "activity"), ("activity", "activity"))))
    options = {
        "score": draw(st.sampled_from((None, taste, picky))),
        "none_have": draw(st.sampled_from((0, 20))),
        "weight": weight,
        "where": draw(st.sampled_from((None, (WEST, None), (None, WEST), (WEST, WEST)))),
        "near": draw(st.sampled_from((None, ("region", "region", 70), ("level", "level", 25)))),
        "fanout": None if weight == ("activity", "activity") else declare.zipf("0.9"),
    }
    likes = {name: given for name, given in options.items() if name != "none_have"}
    return dataset(
        declare.Table("users", users, USERS),
        declare.Table("things", users * draw(st.integers(1, 3)), THINGS),
        declare.Table(
            "follows",
            users * 2,
            pairs=declare.pairs(
                "follower_id", "followee_id", differ=True, mutual=draw(st.sampled_from((0, 30, 38))), **options
            ),
        ),
        declare.Table("likes", users * 2, pairs=declare.pairs("user_id", "thing_id", **likes)),
        seed=draw(st.integers(0, 99)),
    )


def joined(declared: declare.Dataset, table: str, scale: Fraction | int = 1) -> tuple[Rows, Rows, Pairs]:
    """Return the rows of both parent tables, as columns, and the row numbers of a table's pairs."""
    made = built(declared, scale, SCHEMA)
    keys = next(each.foreign_keys for each in SCHEMA.tables if each.name == table)
    sides, numbers = [], []
    for key in keys:
        parent = made[key.references]
        rows = {name: np.array(parent[name].to_pylist()) for name in ("activity", "region", "level")}
        place = {value: number for number, value in enumerate(parent["id"].to_pylist())}
        sides.append(rows)
        numbers.append(np.array([place[value] for value in made[table][key.columns[0]].to_pylist()]))
    return sides[0], sides[1], (numbers[0], numbers[1])
