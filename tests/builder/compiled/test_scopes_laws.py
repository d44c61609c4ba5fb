"""Test the laws of references over random declarations: trees, tenants, parents chosen by weight and values."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import lcm

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.declare import Dataset
from tests.builder.compiled.declarations import built, dataset_of, inputs_of
from tests.builder.compiled.tenants import SCHEMA, tenants
from tests.params import examples

scales = st.sampled_from((1, 2, 5, Fraction(3, 2), Fraction(7, 3)))


def _made(declared: Dataset, scale: Fraction | int = 1):
    return {table: rows.to_pylist() for table, rows in built(declared, scale, SCHEMA).items()}


@examples(5, 30)
@given(tenants(), st.data())
def test_any_cut_of_a_table_gives_the_same_rows(declared: Dataset, data: st.DataObject) -> None:
    whole = built(declared, 1, SCHEMA)
    dataset = dataset_of(declared, SCHEMA)
    inputs = inputs_of(dataset)
    plan = dataset.plan(inputs)
    for table in data.draw(st.permutations([table.label for table in dataset.tables])):
        rows = inputs.rows[table]
        start, stop = sorted((data.draw(st.integers(0, rows)), data.draw(st.integers(0, rows))))
        if start < stop:
            assert plan.part(table, start, stop).equals(whole[table].to_batches()[0].slice(start, stop - start)), table


@pytest.mark.slow
@examples(8, 40)
@given(tenants(), scales)
def test_a_larger_build_begins_with_the_smaller_one(declared: Dataset, scale: Fraction | int) -> None:
    small, large = built(declared, 1, SCHEMA), built(declared, scale, SCHEMA)
    for table, rows in small.items():
        for column in rows.column_names:
            assert rows[column].equals(large[table][column].slice(0, len(rows))), (table, column)


@pytest.mark.slow
@examples(8, 40)
@given(tenants(), scales)
def test_every_parent_is_of_the_same_tenant(declared: Dataset, scale: Fraction | int) -> None:
    made = _made(declared, scale)
    for table in SCHEMA.tables:
        for key in table.foreign_keys:
            parents = {tuple(row[name] for name in key.to) for row in made[key.references]}
            named = {tuple(row[name] for name in key.columns) for row in made[table.label]}
            assert {names for names in named if None not in names} <= parents, (table.label, key)


@pytest.mark.slow
@examples(8, 40)
@given(tenants(), scales)
def test_pairs_are_unique_and_of_one_tenant(declared: Dataset, scale: Fraction | int) -> None:
    made = _made(declared, scale)
    for table, key in (("members", ("project_id", "user_id")), ("mentors", ("user_id", "mentor_id"))):
        assert len({tuple(row[name] for name in key) for row in made[table]}) == len(made[table])
    tenant = {row["id"]: row["org_id"] for row in made["users"]}
    for row in made["mentors"]:
        assert row["user_id"] != row["mentor_id"]
        assert tenant[row["user_id"]] == tenant[row["mentor_id"]]


@pytest.mark.slow
@examples(8, 40)
@given(tenants(), scales)
def test_rows_of_one_table_are_a_forest_of_earlier_rows_and_few_levels(
    declared: Dataset, scale: Fraction | int
) -> None:
    word = declared.tables[1].columns["manager_id"]
    level = {}
    for user in _made(declared, scale)["users"]:
        manager = user["manager_id"]
        level[user["id"]] = 1 if manager is None else level[manager] + 1  # an earlier row, or a KeyError
    assert max(level.values()) <= word.tree


@pytest.mark.slow
@examples(8, 40)
@given(tenants(), scales)
def test_rows_without_a_parent_are_exactly_their_share(declared: Dataset, scale: Fraction | int) -> None:
    made = _made(declared, scale)
    for table, column in (("users", "manager_id"), ("tasks", "assignee_id")):
        word = next(each for each in declared.tables if each.name == table).columns[column]
        share = Fraction(str(word.none)) / 100
        size = share.denominator
        empty = [row[column] is None for row in made[table]]
        whole = len(empty) // size * size
        # What the first rows of trees have too many, the blocks after them have less.
        assert sum(empty[:whole]) >= whole * share
        assert len(empty) * share - size < sum(empty) or not share


@pytest.mark.slow
@examples(8, 40)
@given(tenants(), scales)
def test_parents_are_those_that_the_filter_leaves_and_weigh_something(declared: Dataset, scale: Fraction | int) -> None:
    made = _made(declared, scale)
    products = {row["id"]: row for row in made["products"]}
    sold = Counter(row["product_id"] for row in made["sales"])
    assert all(products[product]["active"] and products[product]["popularity"] > 0 for product in sold)
    assert all(products[row["gift_id"]]["kind"] != "tool" for row in made["sales"] if row["gift_id"] is not None)


@pytest.mark.slow
@examples(8, 40)
@given(tenants(), scales)
def test_rows_of_several_tables_are_there_and_have_their_shares(declared: Dataset, scale: Fraction | int) -> None:
    made = _made(declared, scale)
    word = next(each for each in declared.tables if each.name == "comments").columns["subject_id"]
    keys = {value: {str(row["id"]) for row in made[table]} for value, table in (("task", "tasks"), ("org", "orgs"))}
    named = [(row["subject_type"], row["subject_id"]) for row in made["comments"]]
    assert all(subject in keys[kind] if kind else subject is None for kind, subject in named)
    options = dict(word.kinds.options)
    empty = Fraction(str(word.none)) / 100
    shares = {kind: (1 - empty) * share / sum(options.values()) for kind, share in options.items()} | {None: empty}
    size = lcm(*(share.denominator for share in shares.values()))
    for start in range(0, len(named) - size + 1, size):
        counts = Counter(kind for kind, _ in named[start : start + size])
        assert all(counts[kind] == share * size for kind, share in shares.items())
    products = {row["id"] for row in made["products"]}
    for row in made["comments"]:
        assert row["item"] in products if row["shelf"] == "a" else row["item"] <= row["id"]


@pytest.mark.slow
@examples(8, 40)
@given(tenants(), scales)
def test_the_first_row_of_each_parent_is_its_primary_one(declared: Dataset, scale: Fraction | int) -> None:
    made = _made(declared, scale)
    share = next(each for each in declared.tables if each.name == "cards").columns["main"].none_have
    seen: set[int] = set()
    for row in made["cards"]:
        first = row["user_id"] not in seen
        assert (row["state"] == "new") == (row["until"] is None) == first
        assert first or not row["main"]
        assert (row["no"] == 1) == (row["id"] == 1)
        seen.add(row["user_id"])
    chosen = {row["user_id"] for row in made["cards"] if row["main"]}
    assert share or chosen == seen
    assert not share or len(made["users"]) - len(chosen) >= len(made["users"]) * share // 100 - 1


@pytest.mark.slow
@examples(8, 40)
@given(tenants(), scales)
def test_no_parent_has_more_rows_than_it_may(declared: Dataset, scale: Fraction | int) -> None:
    word = next(each for each in declared.tables if each.name == "cards").columns.get("user_id")
    counts = Counter(row["user_id"] for row in _made(declared, scale)["cards"])
    assert word is None or max(counts.values()) <= word.at_most
