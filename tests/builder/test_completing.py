"""Test that workers of an executor count no children, and that the command completes their parts."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from snap.checks import RuleSet, parse_rules
from snap.errors import CheckError, SnapshotError
from snap.manifest import Manifest
from snap.progress import Silent
from snap.store import Store
from snap_builder import BuildRequest, build, bundled, completing, workers
from snap_builder.compiled import children
from snap_builder.executors import Workers
from tests.cases.projects import make_project
from tests.cases.shares import found

SHOP = bundled("shop")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delitem(sys.modules, "pools", raising=False)
    return make_project(tmp_path)


def built(project: Path, version: str, executor: str | None = None, dataset: Any = SHOP) -> Manifest:
    request = BuildRequest(
        version=version,
        dataset=dataset,
        parameters=replace(dataset.default_parameters, scale="1/2"),
        created="2026-11-30T00:00:00Z",
        jobs=2,
        workers=None if executor is None else Workers(name=executor, project=project),
    )
    return build(Store(project), request, Silent()).manifest


@pytest.mark.slow
def test_an_executor_makes_the_files_and_findings_of_threads(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = built(project, "one")
    counted, gathered = set(), children._gathered

    def seen(plan: Any, planned: Any, name: str, word: Any) -> Any:
        counted.add(f"{planned.table.label}.{name} of {word.child}.{word.column}")
        return gathered(plan, planned, name, word)

    monkeypatch.setattr(children, "_gathered", seen)
    many = built(project, "many", "pools:threads")
    assert [data.files for data in many.tables] == [data.files for data in one.tables]
    assert (many.digest, found(many)) == (one.digest, found(one))
    assert not [path for path in (project / "snapshots/many").iterdir() if path.name.startswith(".")]
    late = {f"{label}.{name}" for label, names in SHOP.late.items() for name in names}
    assert late
    assert all(name.rpartition(" of ")[2] in late for name in counted), counted  # only sums of sums


@pytest.mark.slow
def test_a_rule_that_reads_late_columns_finds_the_same(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = parse_rules(
        "-- rule: few\n-- limit: 0\n-- each: orders\nSELECT id FROM orders WHERE total > 100", source="x"
    )
    broken = replace(SHOP, rules=lambda: RuleSet(rules=rules))
    monkeypatch.setattr(workers, "found_again", lambda origin: broken)
    messages = []
    for version, name in (("one", None), ("many", "pools:threads")):
        with pytest.raises(CheckError, match="few is") as refused:
            built(project, version, name, broken)
        messages.append(refused.value.message)
    assert messages[0] == messages[1]
    assert not Store(project).names()


@pytest.mark.slow
def test_nothing_is_left_if_parts_cannot_be_completed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise SnapshotError("the disk lost it")

    monkeypatch.setattr(completing, "complete", fail)
    with pytest.raises(SnapshotError, match="the disk lost it"):
        built(project, "many", "pools:threads")
    assert {path.name for path in (project / "snapshots").iterdir()} == {".lock-many"}
