"""Test rows that the schema's script inserts: every build begins the table with them, and other rows respect them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings

from snap.schema import Column, ForeignKey, Schema, Table
from snap.types import parse
from snap_builder import declare
from tests.builder.compiled import tenants
from tests.builder.compiled.declarations import SCHEMA, built, dataset_of, declarations, fixed_rows, inputs_of

MOMENT = dt.datetime(2026, 1, 2, 3, 4, 5, 678, dt.UTC)


def _uuid(number: int) -> bytes:
    return UUID(int=number).bytes


PEOPLE, THINGS, ORDERS, LINES, LIKES = SCHEMA.tables
ROWS = {
    "people": {
        "id": [_uuid(7), _uuid(8)],
        "name": ["Ann", "Bo"],
        "kind": ["no kind of the declaration", "kind 0"],
        "rank": [1, 9],
        "joined": [MOMENT, MOMENT],
    },
    "things": {"id": [50, 70], "owner_id": [_uuid(8), None], "made": [MOMENT.date()] * 2, "title": ["a", "b"]},
    "orders": {
        "id": [9],
        "person_id": [_uuid(8)],
        "state": ["paid"],
        "at": [MOMENT.replace(tzinfo=None)],
        "total": [5],
    },
    "lines": {"id": [3, 4], "order_id": [9, 9], "amount": [2, 3]},
    "likes": {"person_id": [_uuid(7), _uuid(8)], "thing_id": [50, 70], "at": [MOMENT, MOMENT]},
}
FIXED = replace(SCHEMA, fixed=tuple(fixed_rows(t, ROWS[t.label]) for t in SCHEMA.tables))


def _values(table: pa.Table, name: str) -> list:
    return table[name].to_pylist()


@pytest.mark.slow
@given(declarations())
@settings(max_examples=25, deadline=None)
def test_the_first_rows_are_fixed_and_all_keys_hold_whatever_is_declared(declared: declare.Dataset) -> None:
    rows = built(declared, 1, FIXED)
    for label, columns in ROWS.items():
        for name, values in columns.items():
            made = [v.bytes if isinstance(v, UUID) else v for v in _values(rows[label], name)]
            assert made[: len(values)] == values
    for table in SCHEMA.tables:
        keys = list(zip(*(_values(rows[table.label], name) for name in table.primary_key), strict=True))
        assert len(set(keys)) == len(keys)
        for key in table.foreign_keys:
            named = set(_values(rows[table.label], key.columns[0])) - {None}
            assert named <= set(_values(rows[key.references], key.to[0]))


@pytest.mark.slow
@given(declarations())
@settings(max_examples=15, deadline=None)
def test_a_larger_build_begins_with_a_smaller_one_and_parts_are_its_slices(declared: declare.Dataset) -> None:
    small, large = built(declared, 1, FIXED), built(declared, 2, FIXED)
    dataset = dataset_of(declared, FIXED)
    plan, inputs = dataset.plan(inputs_of(dataset, 2)), inputs_of(dataset, 2)
    for table in SCHEMA.tables:
        label = table.label
        kept = [name for name in small[label].column_names if (label, name) != ("orders", "total")]
        assert large[label].select(kept).slice(0, len(small[label])).equals(small[label].select(kept))
        cut = [plan.part(label, start, stop) for start, stop in ((0, 1), (1, 3), (3, inputs.rows[label]))]
        assert pa.Table.from_batches(cut).combine_chunks().equals(large[label].combine_chunks())


def test_a_table_with_fixed_rows_has_no_others_until_it_is_declared_and_never_fewer() -> None:
    undeclared = dataset_of(declare.Dataset(rows={"people": 20}), FIXED)
    assert undeclared.profiles["dev"]["things"] == 2
    assert undeclared.fixed["things"] == 2
    few = dataset_of(declare.Dataset(rows={"people": 1}), FIXED)
    assert few.profiles["dev"]["people"] == 2
    assert inputs_of(undeclared, 2).rows["things"] == 2
    assert undeclared.profiles["dev"] == dict(inputs_of(undeclared).rows)
    assert dataset_of(declare.Dataset(rows={"people": 20}, profiles={"load": 9}), FIXED).profiles["load"]["things"] == 2
    same = dataset_of(declare.Dataset(rows={"people": 20, "things": 2}, profiles={"dev": 1, "load": 9}), FIXED)
    assert inputs_of(same, 3).rows["things"] == same.profiles["load"]["things"] == 2
    more = dataset_of(declare.Dataset(rows={"people": 20, "things": 3}), FIXED)
    assert inputs_of(more, 3).rows["things"] == 9
    small = dataset_of(declare.Dataset(rows={"people": 40, "things": 40}), FIXED)
    assert inputs_of(small, "1/40").rows["things"] == 2


@pytest.mark.parametrize("scale", [1, 3])
def test_rows_name_all_rows_of_a_table_that_does_not_grow(scale: int) -> None:
    codes = Table(name="codes", columns=tenants.columns("id bigint"), primary_key=("id",))
    schema = Schema(
        tables=(
            codes,
            Table(
                name="notes",
                columns=tenants.columns("id bigint", "code_id bigint"),
                primary_key=("id",),
                foreign_keys=(tenants.key("code_id", "codes"),),
            ),
            Table(
                name="marks",
                columns=tenants.columns("note_id bigint", "code_id bigint"),
                primary_key=("note_id", "code_id"),
                foreign_keys=(tenants.key("note_id", "notes"), tenants.key("code_id", "codes")),
            ),
        ),
        enums=(),
        sql="",
        fixed=(fixed_rows(codes, {"id": [*range(1, 41)]}),),
    )
    declared = declare.Dataset(rows={"notes": 900, "marks": 2_700})
    small, rows = built(declared, 1, schema), built(declared, scale, schema)
    assert {table: len(made) for table, made in rows.items()} == {
        "codes": 40, "notes": 900 * scale, "marks": 2_700 * scale,
    }  # fmt: skip
    for table in ("notes", "marks"):
        assert set(rows[table]["code_id"].to_pylist()) == set(range(1, 41))
        assert rows[table].slice(0, len(small[table])).equals(small[table])
    assert len(set(zip(*rows["marks"].to_pydict().values(), strict=True))) == 2_700 * scale


def test_fixed_children_count_for_their_parents() -> None:
    tables = [
        declare.Table("people", 20),
        declare.Table("orders", 30, {"total": declare.sum_of("lines.amount")}),
        declare.Table("lines", 2),
    ]
    rows = built(declare.Dataset(tables=tables), 1, replace(FIXED, fixed=FIXED.fixed[:2]))
    without = built(declare.Dataset(tables=tables), 1, replace(FIXED, fixed=(*FIXED.fixed[:2], *FIXED.fixed[3:4])))
    assert pc.sum(rows["orders"]["total"]).as_py() > 0
    assert pc.sum(without["orders"]["total"]).as_py() == 0  # what fixed lines name is no row of this build


@pytest.mark.parametrize("fixed", [[2, 5], [4, 1, 3], [0, 1], [9]])
def test_where_a_parent_has_one_row_fixed_and_made_rows_share_the_parents(fixed: list[int]) -> None:
    users = Table(name="users", columns=(_column("id", "integer"),), primary_key=("id",))
    profiles = Table(
        name="profiles",
        columns=(_column("user_id", "integer"),),
        primary_key=("user_id",),
        foreign_keys=(ForeignKey(columns=("user_id",), references="users", to=("id",)),),
    )
    schema = Schema(
        tables=(users, profiles),
        enums=(),
        sql="",
        fixed=(
            fixed_rows(users, {"id": [100 + i for i in range(10)]}),
            fixed_rows(profiles, {"user_id": [100 + i for i in fixed]}),
        ),
    )
    for rows in (7, 10):
        made = built(declare.Dataset(rows={"users": 10, "profiles": rows}), 1, schema)
        named = _values(made["profiles"], "user_id")
        assert named[: len(fixed)] == [100 + i for i in fixed]
        assert len(set(named)) == rows


def _column(name: str, kind: str) -> Column:
    return Column(name=name, type=parse(kind, set()), nullable=False)


def test_a_trait_has_no_fixed_rows_its_word_makes_those_too() -> None:
    people = declare.Table("people", 20, {"rank": declare.copy("activity")}, traits={"activity": declare.weights(5, 6)})
    things = declare.Table("things", 20, {"price": declare.copy("owner.activity")})
    rows = built(declare.Dataset(tables=(people, things)), 1, FIXED)
    assert _values(rows["people"], "rank")[:2] == [1, 9]
    owners = dict(zip(_values(rows["people"], "id"), _values(rows["people"], "rank"), strict=True))
    named = set()
    for owner, price in list(zip(_values(rows["things"], "owner_id"), _values(rows["things"], "price"), strict=True))[
        2:
    ]:
        assert price in (5, 6) or owner is None
        assert price == owners[owner] or owners[owner] in (1, 9)
        named.add(owners[owner])
    assert named & {1, 9}  # rows that the script inserted


def test_a_function_makes_the_rows_that_follow_the_fixed_ones() -> None:
    seen = []

    def ranked(rows) -> dict:
        seen.append((rows.start, rows.stop))
        return {"rank": rows.numbers, "score": 10_000 * rows.numbers}

    people = declare.Table(
        "people",
        20,
        {"rank": declare.made_by(ranked, "score")},
        traits={"twice": declare.formula(lambda rank: 2 * rank)},
    )
    rows = built(declare.Dataset(tables=(people,)), 1, FIXED)["people"]
    assert _values(rows, "rank") == [1, 9, *range(2, 20)]
    assert _values(rows, "score")[:4] == [None, None, 2, 3]
    assert seen == [(2, 20), (2, 11), (11, 20)]
