"""Test shop: the same rows by every way to build, growth that only appends, and a schema that Postgres accepts."""

from __future__ import annotations

import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pytest

from snap.manifest import Parameters
from snap.schema_json import read_schema_json
from snap.store import Snapshot
from snap_builder import Inputs, bundled, make_inputs
from snap_restorer import prove_in_postgres, read_schema
from tests.paths import ROOT

FOLDER = ROOT / "builder/snap_builder/datasets/shop"
SHOP = bundled("shop")
DIGEST = "3126d8d1ebe8509a7fae713c48bfea2ae1cf67b47fd9e5d8b9d0f1fb3d3150f5"
DERIVED = {
    "shops": {"customer_count", "revenue"},
    "products": {"review_count"},
    "customers": {"order_count", "spent", "last_order_at"},
    "orders": {"total"},
}


def inputs(scale: Fraction | int) -> Inputs:
    parameters = Parameters(dataset="shop", profile="dev", scale=str(scale), sets=(), seed=SHOP.seed, as_of=SHOP.as_of)
    return make_inputs(SHOP, parameters)


def rows(scale: Fraction | int) -> dict[str, pa.RecordBatch]:
    given = inputs(scale)
    plan = SHOP.plan(given)
    return {table.label: plan.part(table.label, 0, given.rows[table.label]) for table in SHOP.tables}


@pytest.mark.slow
@pytest.mark.parametrize("scale", [2, Fraction(7, 3)])
def test_a_larger_build_begins_with_the_smaller_one(scale: Fraction | int) -> None:
    small, large = rows(1), rows(scale)
    for table, batch in small.items():
        for column in set(batch.schema.names) - DERIVED.get(table, set()):
            assert batch.column(column).equals(large[table].column(column).slice(0, len(batch))), (table, column)


@pytest.mark.slow
def test_any_cut_of_a_table_gives_the_same_rows() -> None:
    whole, given = rows(1), inputs(1)
    plan = SHOP.plan(given)
    for table in reversed(SHOP.tables):
        count = given.rows[table.label]
        for start, stop in ((count // 3, count // 2), (count // 2, count)):
            assert plan.part(table.label, start, stop).equals(whole[table.label].slice(start, stop - start)), table


def test_every_table_has_the_rows_that_it_declares() -> None:
    assert {table: len(batch) for table, batch in rows(1).items()} == dict(SHOP.profiles["dev"])


@pytest.mark.slow
def test_its_digest_is_known(built: Snapshot) -> None:
    assert built.manifest.digest == DIGEST


@pytest.mark.slow
def test_a_postgres_takes_all_of_its_rows(built: Snapshot, home: Path) -> None:
    findings = prove_in_postgres(built, built, environment={**os.environ, "SNAP_DATA_DIR": str(home)}).findings
    assert [finding for finding in findings if not finding.ok] == []


@pytest.mark.slow
def test_the_kept_schema_is_what_a_postgres_makes_of_the_script(home: Path) -> None:
    script = FOLDER / "schema.sql"
    kept = read_schema_json((FOLDER / "schema.json").read_bytes(), script.read_bytes())
    assert kept is not None
    read = read_schema([script], environment={**os.environ, "SNAP_DATA_DIR": str(home)})
    assert kept == replace(read, sql=kept.sql)  # the text is another of each pg_dump
