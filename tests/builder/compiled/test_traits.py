"""Test traits, columns that no file holds: they are read like columns, and a new one changes only what reads it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.errors import UsageError
from snap_builder import declare
from snap_builder.declare import (
    Dataset,
    Table,
    after,
    array,
    average_of,
    case,
    choice,
    copy,
    count_of,
    document,
    duration,
    during,
    first_of,
    formula,
    integer,
    joint,
    last_of,
    lifecycle,
    moment,
    money,
    pairs,
    pattern,
    polymorphic,
    position,
    primary,
    ref,
    sum_of,
    text,
    weights,
)
from tests.builder.compiled.declarations import SCHEMA, built, dataset_of, declarations, inputs_of
from tests.params import examples

TRAITS = {
    "activity": weights(1, 2, 4, 8),
    "left_at": moment(after("joined"), none=40),
    "tier": case("kind", {"a": choice(gold=1, silver=1)}, other=choice(plain=1)),
}
PEOPLE = Table(
    "people",
    40,
    {
        "kind": choice(a=50, b=50),
        "rank": formula(lambda activity: activity * 10),
        "joined": moment(during("-2y")),
        "name": text("{tier} {n}"),
    },
    traits=TRAITS,
)


def made(*tables: Table, scale: Fraction | int = 1) -> dict[str, list[dict[str, Any]]]:
    rows = built(Dataset(as_of="2026-11-01", tables=tables), scale)
    return {table: each.to_pylist() for table, each in rows.items()}


def refused(*tables: Table) -> UsageError:
    with pytest.raises(UsageError) as refusal:
        made(*tables)
    return refusal.value


def test_no_file_holds_a_trait() -> None:
    dataset = dataset_of(Dataset(as_of="2026-11-01", tables=(PEOPLE,)))
    (people,) = (table for table in dataset.tables if table.label == "people")
    assert people == SCHEMA.tables[0]
    inputs = inputs_of(dataset)
    assert dataset.plan(inputs).part("people", 0, 40).schema.names == [column.name for column in people.columns]


def test_words_of_its_own_row_read_a_trait() -> None:
    rows = made(PEOPLE)["people"]
    assert Counter(row["rank"] for row in rows) == {10: 10, 20: 10, 40: 10, 80: 10}
    for row in rows:
        tier = row["name"].split()[0]
        assert (tier in ("gold", "silver")) == (row["kind"] == "a")


def test_children_read_a_trait_of_their_parent_by_its_path() -> None:
    things = Table(
        "things",
        120,
        {
            "owner_id": ref("people"),
            "price": copy("owner.activity"),
            "title": text("of {owner.tier}"),
            "made": moment(after("owner.joined")),
        },
    )
    rows = made(PEOPLE, things)
    people = {row["id"]: row for row in rows["people"]}
    for row in rows["things"]:
        owner = people[row["owner_id"]]
        assert row["price"] * 10 == owner["rank"]
        assert row["title"] == f"of {owner['name'].split()[0]}"


def test_moments_come_after_a_trait_and_are_null_where_it_is() -> None:
    orders = Table("orders", 200, {"person_id": ref("people"), "paid_at": moment(after("person.left_at"))})
    people = replace(PEOPLE, columns={**PEOPLE.columns, "score": money(1, 2)})
    rows = made(people, orders)
    joined = {row["id"]: row["joined"] for row in rows["people"]}
    paid = [row for row in rows["orders"] if row["paid_at"] is not None]
    assert 0 < len(paid) < 200
    assert all(row["paid_at"] >= joined[row["person_id"]].replace(tzinfo=None) for row in paid)


def test_references_weigh_and_choose_parents_by_traits() -> None:
    things = Table("things", 900, {"owner_id": ref("people", weight="activity", where={"tier": ["gold", "silver"]})})
    rows = made(PEOPLE, things)
    people = {row["id"]: row for row in rows["people"]}
    each = Counter(row["owner_id"] for row in rows["things"])
    assert all(people[owner]["kind"] == "a" for owner in each)
    many = [n for owner, n in each.items() if people[owner]["rank"] == 80]
    few = [n for owner, n in each.items() if people[owner]["rank"] == 10]
    assert sum(many) / len(many) > 4 * sum(few) / len(few)


def test_scores_read_traits_of_both_sides() -> None:
    seen = set[int]()

    def score(pair: declare.Meeting) -> object:
        seen.update(pair.left["activity"])
        seen.update(pair.right["weight"])
        return pair.left["activity"] * pair.right["weight"]

    things = Table("things", 80, traits={"weight": integer(100, 200)})
    made(PEOPLE, things, Table("likes", 200, pairs=pairs("person_id", "thing_id", score=score)))
    assert {1, 2, 4, 8} < seen
    assert max(seen) > 100


def test_words_over_children_compute_with_their_traits() -> None:
    things = Table("things", 160, {"owner_id": ref("people"), "price": copy("size")}, traits={"size": integer(1, 9)})
    people = Table("people", 40, {"rank": sum_of("things.size")}, traits={"things": count_of("things")})
    rows = made(people, things)
    sums = Counter[str]()
    for row in rows["things"]:
        sums[row["owner_id"]] += row["price"]
    assert {row["id"]: row["rank"] for row in rows["people"]} == {row["id"]: sums[row["id"]] for row in rows["people"]}


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        (weights(1, 2), "bigint"),
        (integer(1, 9), "bigint"),
        (money("0.125", 9), "numeric(18,3)"),
        (money(1, 9), "numeric(18,2)"),
        (choice(a=1, b=1), "text"),
        (choice({True: 1, False: 2}), "boolean"),
        (choice({1.5: 1, 2.25: 2}), "numeric(18,2)"),
        (moment(during("-1y")), "timestamp with time zone"),
        (text("{word}"), "text"),
        (pattern("^[0-9]{4}$"), "text"),
        (duration("1h", "2h"), "interval"),
        (array(0, 3, choice(a=1, b=1)), "text[]"),
        (array(0, 3, money(1, 2)), "numeric(18,2)[]"),
        (document({"a": 1}), "jsonb"),
        (copy("joined"), "timestamp with time zone"),
        (copy("name"), "text"),
        (formula(lambda rank: rank), "bigint"),
        (count_of("things"), "bigint"),
        (sum_of("things.price"), "numeric(18,2)"),
        (sum_of("things.id"), "bigint"),
        (average_of("things.id"), "numeric(18,2)"),
        (first_of("things.made"), "date"),
        (last_of("orders.at"), "timestamp without time zone"),
        (case("kind", a=integer(1, 2), b=money(1, 2)), "numeric(18,2)"),
        (case("kind", a=choice(x=1), b=choice(y=1)), "text"),
        (primary(), "boolean"),
        (primary(value=3, otherwise=integer(4, 5)), "bigint"),
        (position("kind"), "bigint"),
    ],
)
def test_the_type_of_a_trait_follows_from_its_word_and_its_values_can_be_read(
    word: declare.maker.Maker, kind: str
) -> None:
    table = Table("people", 20, {"kind": choice(a=1, b=1)}, traits={"it": word})
    dataset = dataset_of(Dataset(as_of="2026-11-01", tables=(table,)))
    plan: Any = dataset.purity(inputs_of(dataset)) if dataset.purity else None
    planned = plan.tables["people"]
    assert planned.kinds["it"].pg == kind
    assert len(plan.array("people", "it")) == 20


def test_combinations_and_states_make_several_traits() -> None:
    people = Table(
        "people",
        40,
        {"name": text("{town} {state} {n}"), "joined": moment(during("-2y"))},
        traits={
            "town": joint(["town", "state"], {("Austin", "TX"): 1, ("Boston", "MA"): 1}),
            "stage": lifecycle("joined", fresh=1, done=("done_at", 1)),
            "late": formula(lambda done_at, joined: done_at > joined),
        },
    )
    names = Counter(row["name"].rpartition(" ")[0] for row in made(people)["people"])
    assert names == {"Austin TX": 20, "Boston MA": 20}


def test_an_edge_case_may_name_a_trait_and_what_reads_it_follows() -> None:
    people = replace(PEOPLE, edges={"busy": {"activity": 8, "kind": "a"}, "rare": {"tier": "silver", "left_at": None}})
    dataset = dataset_of(Dataset(as_of="2026-11-01", tables=(people,)))
    assert [(edge.name, edge.row, edge.values) for edge in dataset.edges] == [
        ("busy", 0, {"kind": "a"}),
        ("rare", 1, {}),
    ]
    rows = made(people)["people"]
    assert rows[0]["rank"] == 80
    assert rows[1]["name"] == "silver 2"


def test_standard_edge_cases_are_of_columns_alone() -> None:
    people = replace(PEOPLE, traits={**TRAITS, "note": text("{word}")}, standard_edges=True)
    dataset = dataset_of(Dataset(as_of="2026-11-01", tables=(people,)))
    assert dataset.edges
    assert {name for edge in dataset.edges for name in edge.values} <= {c.name for c in SCHEMA.tables[0].columns}
    assert "no column 'note'" in refused(replace(people, standard_edges=["note"])).message


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (Table("people", 9, traits={"rank": weights(1)}), "table people has a column 'rank', and a trait of that name"),
        (Table("people", 9, traits={"a.b": weights(1)}), "has a trait 'a.b', which cannot stand in a path"),
        (
            Table("things", 9, traits={"owner": weights(1)}),
            "a trait 'owner', but in paths 'owner' means the reference owner_id",
        ),
        (Table("people", 9, traits={"friend": ref("people")}), "people.friend: a trait cannot reference another table"),
        (
            Table("people", 9, traits={"it": polymorphic({"a": "things"}, kind="what")}),
            "people.it: a trait cannot reference another table",
        ),
        (Table("people", 9, traits={"it": copy("ranc")}), "table people has no column 'ranc'"),
        (Table("people", 9, traits={"it": copy("rank.x")}), "people.rank references no table, so it has no x"),
        (
            Table("people", 9, traits={"one": copy("two"), "two": copy("one")}),
            "columns depend on each other: people.one → people.two → people.one",
        ),
        (Table("people", 9, {"rank": copy("it")}, traits={"it": copy("rank")}), "columns depend on each other"),
        (Table("people", 9, {"rank": copy("activty")}, traits=TRAITS), "no column 'activty'"),
        (Table("people", 9, {"rank": copy("left_at")}, traits=TRAITS), "people.rank reads left_at"),
        (
            Table("people", 9, {"rank": copy("it")}, traits={"it": integer(1, 2, none=5)}),
            "people.rank is NOT NULL, and it reads people.it, which may be NULL",
        ),
        (
            Table("people", 9, traits={"a": joint(["a", "b"], {(1, 2): 1}), "b": weights(1)}),
            "people.b is made by joint() of a",
        ),
        (
            Table("people", 9, traits={"a": joint(["a", "c"], {(1, 2): 1}), "b": joint(["b", "c"], {(1, 2): 1})}),
            "people.c is made by two words",
        ),
        (Table("people", 9, traits={"it": case("kind", a=None)}), "people.it: its word makes nothing but NULL"),
        (
            Table("people", 9, traits={"it": case("kind", a=integer(1, 2), b=moment(during("-1y")))}),
            "people.it: its words make bigint and timestamp with time zone",
        ),
        (Table("people", 9, traits={"it": choice({1: 1, "a": 1})}), "people.it: its values 1, 'a' have no common type"),
        (Table("people", 9, traits={"it": count_of("thing")}), "people.it: the schema has no table 'thing'"),
        (Table("people", 9, traits={"it": sum_of("things.x")}), "table things has no column 'x'"),
        (Table("people", 9, traits={"it": money(9, 1)}), "people.it: no number lies between 9 and 1"),
        (
            Table("people", 9, traits={"it": weights(1)}, edges={"a": {"it": None}}),
            "is NULL, and the column is NOT NULL",
        ),
        (Table("people", 9, traits={"it": weights(1, 3)}, edges={"a": {"it": "x"}}), "which is no value of bigint"),
        (
            Table("people", 9, traits={"it": choice(a=1)}, edges={"a": {"it": "x"}}),
            "the column's word gives listed values",
        ),
    ],
)
def test_what_no_trait_can_be_is_refused_with_its_place(table: Table, message: str) -> None:
    refusal = refused(table)
    assert message in refusal.message
    assert "test_traits.py, line " in refusal.message
    assert refusal.hint


def test_two_words_that_make_one_column_are_refused() -> None:
    columns = {"rank": joint(["rank", "score"], {(1, 2): 1}), "kind": joint(["kind", "score"], {("a", 2): 1})}
    assert "people.score is made by two words" in refused(Table("people", 9, columns)).message


@pytest.mark.slow
@examples(5, 40)
@given(declarations(), st.sampled_from((1, 2, Fraction(7, 3))), st.data())
def test_a_new_trait_changes_nothing_and_values_that_read_it_hold_for_any_cut_and_scale(
    declared: declare.Dataset, scale: Fraction | int, data: st.DataObject
) -> None:
    people, things, *others = declared.tables
    with_trait = replace(people, traits={"activity": integer(1, 90), "seen": moment(after("joined"), none=20)})
    before, after_it = built(declared), built(replace(declared, tables=[with_trait, things, *others]))
    assert before == after_it
    reading = replace(things, columns={**things.columns, "price": copy("owner.activity")})
    changed = replace(declared, tables=[with_trait, reading, *others])
    small, large = built(changed), built(changed, scale)
    assert large["things"].slice(0, len(small["things"])).equals(small["things"])
    dataset = dataset_of(changed)
    inputs = inputs_of(dataset)
    start, stop = sorted(data.draw(st.integers(0, inputs.rows["things"])) for _ in range(2))
    if start < stop:
        part = dataset.plan(inputs).part("things", start, stop)
        assert part.equals(small["things"].to_batches()[0].slice(start, stop - start))
