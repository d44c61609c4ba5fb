"""Test that every rule of WorldChef can fail: a fault is planted in the published v3, and that rule reports it.

A fault is SQL over the snapshot's tables in DuckDB. Changed tables are written as new Parquet under a new manifest, so
row counts and digests are those of the changed files, and only rules can find the fault. Only those other rules may
fail that the rule declares as implied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import duckdb
import pytest

from snap import checks
from snap.checks import each, load_rules
from snap.manifest import Finding, Manifest, Parameters
from snap.progress import Silent
from snap.store import Snapshot, Store
from snap_builder import BuildRequest, build, bundled
from tests.builder.datasets.faults import assert_reported, batches, cut, faulty, tables_of
from tests.builder.datasets.worldchef.behaviour_faults import BEHAVIOUR, TEXTS, VOICES
from tests.builder.datasets.worldchef.rule_faults import FAULTS as SOUND
from tests.paths import ROOT

# Without the reference tables, because each worker reads this module to collect its tests.
RULES = {rule.name: rule for rule in load_rules(ROOT / "builder/snap_builder/datasets/worldchef/rules", {}).rules}
FAULTS = {**SOUND, **BEHAVIOUR, **TEXTS, **VOICES}
# Rules of more rows than v3 has: their faults are planted in a larger snapshot.
V3_ROWS = {"users": 300, "recipes": 600, "nutrition": 2_000, "recipe_likes": 2_500, "recipe_ratings": 1_000} | {
    "user_follows": 700,
    "recipe_collections": 100,
    "recipe_collection_items": 700,
}
LARGE_ROWS = {
    "users": 4_000,
    "recipes": 14_000,
    "nutrition": 2_000,
    "recipe_likes": 100_000,
    "recipe_ratings": 12_000,
} | {
    "user_follows": 10_000,
    "recipe_collections": 500,
    "recipe_collection_items": 3_000,
}
LARGE = [name for name, rule in RULES.items() if any(V3_ROWS[table] < rows for table, rows in rule.needs)]
SMALL = [name for name in FAULTS if name not in LARGE]


@pytest.fixture(scope="module")
def built() -> Snapshot:
    return Store(ROOT).resolve("v3")


@pytest.fixture(scope="module")
def connection(built: Snapshot) -> Iterator[duckdb.DuckDBPyConnection]:
    with tables_of(built, bundled("worldchef").rules()) as connection:
        yield connection


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Snapshot, duckdb.DuckDBPyConnection]]:
    """Yield WorldChef with enough rows for its rules of behaviour, built once."""
    worldchef = bundled("worldchef")
    parameters = Parameters(
        dataset="worldchef",
        profile="poc2",
        scale="1",
        sets=tuple(LARGE_ROWS.items()),
        seed=worldchef.seed,
        as_of=worldchef.as_of,
    )
    store = Store(tmp_path_factory.mktemp("large"))
    request = BuildRequest(version="large", dataset=worldchef, parameters=parameters, created="2026-11-28T00:00:00Z")
    build(store, request, Silent())
    built = store.resolve("large")
    with tables_of(built, worldchef.rules()) as connection:
        yield built, connection


@cache
def _implied(name: str) -> frozenset[str]:
    """Return all rules that fail with a rule: the rules that it implies, and theirs."""
    return frozenset({name}).union(*(_implied(other) for other in RULES[name].implies))


def test_every_rule_has_a_fault() -> None:
    assert FAULTS.keys() == RULES.keys()


def test_rules_imply_rules() -> None:
    assert {other for rule in RULES.values() for other in rule.implies} <= RULES.keys()


@pytest.mark.slow
def test_without_a_fault_every_rule_holds_and_only_those_of_many_rows_are_skipped(built: Snapshot) -> None:
    findings = checks.check_files(built.manifest, built.folder, bundled("worldchef").rules(), enforce_budget=True)
    assert [finding for finding in findings if not finding.ok] == []
    assert {finding.name for finding in findings if finding.value == "skipped"} == set(LARGE)


@pytest.mark.slow
@pytest.mark.parametrize("names", batches(SMALL), ids=lambda names: names[0])
def test_a_fault_is_reported_by_its_rule_and_by_no_other(
    names: list[str], built: Snapshot, connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    def wrong(planted: list[str], folder: Path) -> list[object]:
        return _wrong(planted, built, connection, folder, enforce_budget=True)

    assert_reported(names, wrong, tmp_path)


@pytest.mark.slow
def test_a_fault_among_many_rows_is_reported_by_its_rule_and_by_no_other(
    large: tuple[Snapshot, duckdb.DuckDBPyConnection], tmp_path: Path
) -> None:
    def wrong(planted: list[str], folder: Path) -> list[object]:
        return _wrong(planted, *large, folder, enforce_budget=False)

    rush = "no_rush_before_as_of"  # the other faults take the last rows away, in which its fault is
    for names in ([rush], [name for name in LARGE if name != rush]):
        folder = tmp_path / names[0]
        folder.mkdir()
        assert_reported(names, wrong, folder)


def _wrong(
    planted: list[str],
    built: Snapshot,
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    *,
    enforce_budget: bool,
) -> list[object]:
    """Return the rules that do not report their fault, and what others report."""
    manifest = faulty(built, connection, [FAULTS[name] for name in planted], folder)
    findings = checks.check_files(manifest, folder, bundled("worldchef").rules(), enforce_budget=enforce_budget)
    failed = {finding.name: finding for finding in findings if not finding.ok}
    implied = frozenset[str]().union(*map(_implied, planted))
    wrong: list[object] = [name for name in planted if name not in failed]
    wrong += [finding for name, finding in failed.items() if name not in implied]
    if not wrong:
        assert all(failed[name].detail or RULES[name].between for name in planted)
        _cut([failed[name] for name in planted if RULES[name].each], manifest, folder)
    return wrong


def _cut(whole: list[Finding], manifest: Manifest, folder: Path) -> None:
    """Assert that rules of each row give the same findings over other files, read one row at a time."""
    (folder / "anew").mkdir()
    names = [finding.name for finding in whole]
    made = cut(manifest, folder, folder / "anew", Random(" ".join(names)))
    rules = replace(bundled("worldchef").rules(), rules=tuple(RULES[name] for name in names))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(each, "_ROWS", 1)
        findings = checks.check_files(made, folder / "anew", rules)
    assert [_rounded(finding) for finding in findings if finding.name in names] == [*map(_rounded, whole)]


def _rounded(finding: Finding) -> Finding:
    """Return a finding without the last digits of its fractions: there a sum depends on the order of its summands."""
    return replace(finding, detail=finding.detail and re.sub(r"(\.\d{9})\d+", r"\1", finding.detail))
