"""Test that every rule of shop can fail: a fault is planted, and that rule reports it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from snap import checks
from snap.store import Snapshot
from snap_builder import bundled
from tests.builder.datasets.faults import assert_reported, batches, faulty, tables_of
from tests.builder.datasets.shop.faults import FAULTS

pytestmark = pytest.mark.slow

RULES = bundled("shop").rules()


@pytest.fixture(scope="module")
def connection(built: Snapshot) -> Iterator[duckdb.DuckDBPyConnection]:
    with tables_of(built, RULES) as connection:
        yield connection


def test_every_rule_has_a_fault_and_there_are_enough() -> None:
    assert [*FAULTS] == [rule.name for rule in RULES.rules]
    assert len(FAULTS) >= 120


def test_without_a_fault_every_rule_holds_and_none_is_skipped(built: Snapshot) -> None:
    findings = checks.check_files(built.manifest, built.folder, RULES, enforce_budget=True)
    assert [finding for finding in findings if not finding.ok or finding.value == "skipped"] == []


@pytest.mark.parametrize("names", batches([*FAULTS]), ids=lambda names: names[0])
def test_a_fault_is_reported_by_its_rule(
    names: list[str], built: Snapshot, connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    def unreported(planted: list[str], folder: Path) -> set[str]:
        manifest = faulty(built, connection, [FAULTS[name] for name in planted], folder)
        findings = checks.check_files(manifest, folder, RULES, enforce_budget=True)
        return {*planted} - {finding.name for finding in findings if not finding.ok}

    assert_reported(names, unreported, tmp_path)
