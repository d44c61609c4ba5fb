"""Test the records of nights."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from snap.manifest import Finding
from snap_ops.record import CiRun, NightRecord, StepRecord

FINDING = Finding(name="size", ok=False, value=51, limit=50, detail="MB")


def record(*steps: StepRecord) -> NightRecord:
    started = datetime(2026, 11, 23, 3, tzinfo=UTC)
    return NightRecord(
        started=started, seconds=9, version="v3", digest="d", db="postgresql://h/d", snap_version="1", steps=steps
    )


def step(name: str, **given: object) -> StepRecord:
    return StepRecord(**{"name": name, "state": "done", "seconds": 1.5, "detail": "", **given})  # type: ignore[arg-type]


def test_a_record_survives_json() -> None:
    made = record(step("backup", facts={"bytes": 3}, warnings=("w",)), step("health", findings=(FINDING,), log=("l",)))
    made = replace(made, changes={"users": {"added": 1, "removed": 0, "changed": 2}}, left="put back", usable=True)
    ci = CiRun(url="https://h/run", commit="b0c4", commit_url="https://h/commit")
    made = replace(made, last_good=made.started - timedelta(days=3), ci=ci)
    assert NightRecord.from_document(json.loads(json.dumps(made.document()))) == made


def test_a_record_of_before_logs_and_changes_is_read() -> None:
    document = record(step("backup")).document()
    for name in ("changes", "left", "usable", "last_good", "ci"):
        del document[name]
    del document["steps"][0]["log"]
    assert NightRecord.from_document(document) == record(step("backup"))


def test_a_night_exits_with_the_code_of_its_first_failure() -> None:
    assert (record(step("backup", state="warned"), step("reset", state="skipped")).ok, record().code) == (True, 0)
    failed = record(step("backup"), step("health", state="failed", code=1), step("notify", state="failed", code=6))
    assert (failed.ok, failed.code) == (False, 1)
