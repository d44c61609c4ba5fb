"""Test that every rule of shop can fail: a fault is planted, and that rule reports it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from snap import checks
from snap.store import Snapshot
from snap_builder import bundled
from tests.builder.datasets.faults import faulty, tables_of
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


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_reported_by_its_rule(
    name: str, built: Snapshot, connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    manifest = faulty(built, connection, FAULTS[name], tmp_path)
    findings = checks.check_files(manifest, tmp_path, RULES, enforce_budget=True)
    assert name in {finding.name for finding in findings if not finding.ok}
