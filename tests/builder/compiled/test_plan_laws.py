"""Test the laws of declared datasets, over random declarations."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_builder import declare
from tests.builder.compiled.declarations import STATES, built, dataset_of, declarations, inputs_of
from tests.params import examples

DERIVED = {("orders", "total")}
scales = st.sampled_from((1, 2, 5, Fraction(3, 2), Fraction(7, 3)))


@examples(5, 30)
@given(declarations(), st.data())
def test_any_cut_of_a_table_gives_the_same_rows(declared: declare.Dataset, data: st.DataObject) -> None:
    whole = built(declared)
    dataset = dataset_of(declared)
    inputs = inputs_of(dataset)
    plan = dataset.plan(inputs)
    for table in data.draw(st.permutations([table.label for table in dataset.tables])):
        rows = inputs.rows[table]
        start, stop = sorted((data.draw(st.integers(0, rows)), data.draw(st.integers(0, rows))))
        if start < stop:
            assert plan.part(table, start, stop).equals(whole[table].to_batches()[0].slice(start, stop - start)), table


@pytest.mark.slow
@examples(5, 30)
@given(declarations(), scales)
def test_a_larger_build_begins_with_the_smaller_one(declared: declare.Dataset, scale: Fraction | int) -> None:
    small, large = built(declared), built(declared, scale)
    for table, rows in small.items():
        assert len(rows) <= len(large[table])
        for column in rows.column_names:
            if (table, column) not in DERIVED:
                assert rows[column].equals(large[table][column].slice(0, len(rows))), (table, column)


@pytest.mark.slow
@examples(5, 30)
@given(declarations(), st.integers(1, 9))
def test_another_column_changes_nothing_that_does_not_read_it(declared: declare.Dataset, most: int) -> None:
    people, *others = declared.tables
    changed = replace(
        people, columns={**people.columns, "score": declare.money(-most, most), "rank": declare.integer(1, 1)}
    )
    # The score of likes reads rank.
    before, after = (built(replace(declared, tables=tables)) for tables in (declared.tables, [changed, *others]))
    for table, rows in before.items():
        if table != "likes":
            kept = [
                name for name in rows.column_names if (table, name) not in (("people", "score"), ("people", "rank"))
            ]
            assert rows.select(kept).equals(after[table].select(kept))


@pytest.mark.slow
@examples(5, 30)
@given(declarations())
def test_every_reference_names_a_row_that_is_there_and_every_key_is_unique(declared: declare.Dataset) -> None:
    made, dataset = built(declared), dataset_of(declared)
    for table in dataset.tables:
        rows = made[table.label]
        for key in (table.primary_key, *table.unique):
            assert len(set(zip(*(rows[name].to_pylist() for name in key), strict=True))) == len(rows)
        for reference in table.foreign_keys:
            parents = set(made[reference.references][reference.to[0]].to_pylist())
            assert set(rows[reference.columns[0]].drop_null().to_pylist()) <= parents


@examples(5, 30)
@given(declarations(), scales)
def test_shares_are_exact_in_every_whole_block(declared: declare.Dataset, scale: Fraction | int) -> None:
    made = built(declared, scale)
    kinds = [share for _, share in declared.tables[0].columns["kind"].options]
    size = sum(kinds) // np.gcd.reduce(kinds)
    column = made["people"]["kind"].to_pylist()
    for start in range(0, len(column) - size + 1, size):
        block = Counter(column[start : start + size])
        assert {name: count * sum(kinds) for name, count in block.items()} == {
            f"kind {i}": share * size for i, share in enumerate(kinds)
        }


@pytest.mark.slow
@examples(5, 30)
@given(declarations(), scales)
def test_parents_without_children_are_exactly_their_share(declared: declare.Dataset, scale: Fraction | int) -> None:
    made = built(declared, scale)
    word = declared.tables[2].columns["person_id"]
    have = set(made["orders"]["person_id"].to_pylist())
    if word.none_have:
        size = 100 // np.gcd(100, word.none_have)
        people = made["people"]["id"].to_pylist()
        for start in range(0, len(people) - size + 1, size):
            assert sum(person not in have for person in people[start : start + size]) * 100 == word.none_have * size


@examples(5, 30)
@given(declarations(), scales)
def test_each_parent_has_at_least_its_rows(declared: declare.Dataset, scale: Fraction | int) -> None:
    made = built(declared, scale)
    if declared.tables[3].columns["order_id"].at_least:
        assert set(made["orders"]["id"].to_pylist()) == set(made["lines"]["order_id"].to_pylist())


@pytest.mark.slow
@examples(5, 30)
@given(declarations(), scales)
def test_moments_of_a_lifecycle_follow_each_other_and_states_have_their_shares(
    declared: declare.Dataset, scale: Fraction | int
) -> None:
    orders = built(declared, scale)["orders"]
    place = np.array([STATES.index(state) for state in orders["state"].to_pylist()])
    moments = [orders[name].cast(pa.int64()).to_numpy() for name in ("at", "paid_at", "sent_at")]
    for number in (1, 2):
        assert (orders[("at", "paid_at", "sent_at")[number]].is_null().to_numpy() == (place < number)).all()
        reached = place >= number
        assert (moments[number][reached] >= moments[number - 1][reached]).all()
    as_of = 1_793_491_200_000_000
    assert all(np.nanmax(column) < as_of for column in moments if not np.isnan(column).all())
    shares = [state.share for state in declared.tables[2].columns["state"].states]
    size = sum(shares) // np.gcd.reduce(shares)
    for start in range(0, len(place) - size + 1, size):
        assert [int((place[start : start + size] == i).sum()) * sum(shares) for i in range(3)] == [
            share * size for share in shares
        ]


@pytest.mark.slow
@examples(5, 30)
@given(declarations(), scales)
def test_what_is_derived_agrees_with_the_children(declared: declare.Dataset, scale: Fraction | int) -> None:
    made = built(declared, scale)
    sums = made["lines"].group_by("order_id").aggregate([("amount", "sum")])
    expected = dict(zip(sums["order_id"].to_pylist(), sums["amount_sum"].to_pylist(), strict=True))
    for number, total in zip(made["orders"]["id"].to_pylist(), made["orders"]["total"].to_pylist(), strict=True):
        assert total == expected.get(number, 0)


@pytest.mark.slow
@examples(5, 30)
@given(declarations())
def test_nothing_but_nullable_columns_is_null(declared: declare.Dataset) -> None:
    made, dataset = built(declared), dataset_of(declared)
    for table in dataset.tables:
        for column in table.columns:
            assert column.nullable or not made[table.label][column.name].null_count
    assert pc.min(made["lines"]["amount"]).as_py() >= 1
