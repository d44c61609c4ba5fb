"""Test scales that give no whole numbers of rows: children still have parents, and parents the children they need."""

from __future__ import annotations

from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.errors import UsageError
from snap.manifest import Parameters
from snap.schema import Schema, Table
from snap_builder.dataset import Inputs
from snap_builder.declare import Dataset, ref
from snap_builder.declare import Table as Declared
from snap_builder.inputs import make_inputs
from tests.builder.compiled.declarations import built, dataset_of
from tests.builder.compiled.tenants import columns, key
from tests.params import examples

LINES = Schema(
    tables=(
        Table(name="orders", columns=columns("id bigint"), primary_key=("id",)),
        Table(name="things", columns=columns("id bigint"), primary_key=("id",)),
        Table(
            name="lines",
            columns=columns("id bigint", "order_id bigint", "thing_id bigint"),
            primary_key=("id",),
            foreign_keys=(key("order_id", "orders"), key("thing_id", "things")),
        ),
    ),
    enums=(),
    sql="",
)


@pytest.mark.parametrize("scale", [Fraction(7, 3), Fraction(8, 3), Fraction(5, 7), Fraction(11, 6), 4])
@pytest.mark.parametrize("at_least", [1, 2, 3])
def test_of_two_parents_one_that_rounds_down_leaves_the_other_its_children(at_least, scale):
    tables = (
        Declared("orders", 80),
        Declared("things", 40),
        Declared("lines", 300, {"order_id": ref("orders", at_least=at_least)}),
    )
    made = built(Dataset(tables=tables), scale, LINES)
    named = made["lines"]["order_id"].to_pylist()
    assert min(named.count(order) for order in made["orders"]["id"].to_pylist()) >= at_least
    assert set(made["lines"]["thing_id"].to_pylist()) <= set(made["things"]["id"].to_pylist())
    assert abs(len(made["orders"]) - 80 * scale) <= 2


BY_ROWS = Dataset(
    profiles={"dev": 1, "twice": 2, "load": {"orders": 900, "lines": 1_000}},
    tables=[Declared("orders", 90), Declared("things", 60, {})],
)


def inputs(declared: Dataset, profile: str, scale: str = "1", *sets: tuple[str, int]) -> Inputs:
    parameters = Parameters(dataset="d", profile=profile, scale=scale, sets=sets, seed=1, as_of="2026-01-01")
    return make_inputs(dataset_of(declared, LINES), parameters)


def test_a_profile_is_a_scale_or_the_rows_of_some_tables() -> None:
    assert inputs(BY_ROWS, "dev").rows == {"orders": 90, "things": 60, "lines": 270}
    assert inputs(BY_ROWS, "twice").rows == {"orders": 180, "things": 120, "lines": 540}
    assert inputs(BY_ROWS, "load").rows == {"orders": 900, "things": 60, "lines": 1_000}
    assert inputs(BY_ROWS, "load", "1/10").rows == {"orders": 90, "things": 6, "lines": 100}
    assert inputs(BY_ROWS, "load", "1", ("lines", 30)).rows["lines"] == 30


def test_a_table_that_nothing_declares_follows_the_parents_of_a_profile() -> None:
    declared = Dataset(profiles={"dev": 1, "load": {"orders": 500}}, tables=[Declared("orders", 90)])
    assert inputs(declared, "load").rows == {"orders": 500, "things": 10, "lines": 1_500}


def test_halves_are_rounded_up_and_a_childs_rows_follow_its_parents_rounded_down() -> None:
    declared = Dataset(profiles={"staging": {"orders": 100, "things": 2_001, "lines": 700}})
    assert inputs(declared, "staging", "1/2").rows == {"orders": 50, "things": 1_001, "lines": 350}
    assert inputs(declared, "staging", "1/3").rows == {"orders": 33, "things": 667, "lines": 231}


@examples(3, 30)
@given(st.fractions(1, 3, max_denominator=9), st.integers(0, 99))
def test_within_a_profile_a_larger_build_begins_with_a_smaller_one(scale: Fraction, seed: int) -> None:
    declared = Dataset(seed=seed, profiles={"load": {"orders": 70, "things": 40, "lines": 333}})
    made = []
    for each in ("1", str(scale)):
        given_rows = inputs(declared, "load", each)
        plan = dataset_of(declared, LINES).plan(given_rows)
        made.append({t: pa.Table.from_batches([plan.part(t, 0, n)]) for t, n in given_rows.rows.items()})
    small, large = made
    assert all(large[table].slice(0, len(rows)).equals(rows) for table, rows in small.items())


def test_a_profile_of_a_table_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError) as refusal:
        dataset_of(Dataset(profiles={"load": {"orderz": 5}}), LINES)
    assert refusal.value.message == "profile 'load' names a table that the schema does not have: 'orderz'"
    assert refusal.value.hint == "did you mean 'orders'?"
