"""Test the inputs of a build: numbers of rows at a scale, and volumes that rounding would miss."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from snap.manifest import Parameters
from snap.schema import Schema, Table
from snap_builder import make_inputs
from snap_builder.declare import Dataset, ref
from snap_builder.declare import Table as Declared
from tests.builder.compiled.declarations import dataset_of
from tests.builder.compiled.tenants import columns, key

SHELVES = Schema(
    enums=(),
    sql="",
    tables=(
        Table(name="shelves", columns=columns("id bigint"), primary_key=("id",)),
        Table(
            name="books",
            columns=columns("id bigint", "shelf_id bigint"),
            primary_key=("id",),
            foreign_keys=(key("shelf_id", "shelves"),),
        ),
    ),
)
DECLARED = Dataset(
    as_of="2026-11-01", tables=(Declared("shelves", 100), Declared("books", 700, {"shelf_id": ref("shelves")}))
)


def _rows(percent: int, scale: str) -> dict[str, int]:
    dataset = replace(dataset_of(DECLARED, SHELVES), ahead={"books": percent} if percent else {})
    inputs = make_inputs(dataset, replace(dataset.default_parameters, scale=scale))
    plan = dataset.plan(inputs)
    assert len(plan.part("books", 0, inputs.rows["books"])) == inputs.rows["books"]
    return dict(inputs.rows)


@pytest.mark.parametrize(("scale", "shelves", "books"), [("1/3", 33, 233), ("5/6", 83, 583), ("1", 100, 700)])
def test_rows_that_come_ahead_meet_the_volume_that_is_asked_for(scale: str, shelves: int, books: int) -> None:
    assert _rows(2, scale) == {"shelves": shelves, "books": books}
    assert _rows(0, scale) == {"shelves": shelves, "books": min(books, 7 * shelves)}


def test_proportions_of_what_is_set_are_those_of_scale_1() -> None:
    dataset = dataset_of(DECLARED, SHELVES)
    parameters = Parameters(
        dataset=dataset.name,
        profile=dataset.default_profile,
        scale="1/2",
        sets=(("books", 300),),
        seed=1,
        as_of="2026-11-01",
    )
    assert make_inputs(dataset, parameters).proportions == {"shelves": Fraction(100), "books": Fraction(600)}
