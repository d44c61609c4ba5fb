"""Test that records of nights written by others, as files or as rows of snap.night, are read or refused."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from snap.errors import SnapError, TargetError
from snap.manifest import Finding
from snap_ops.record import NightRecord, StepRecord
from snap_ops.report.files import ReportSettings, stem_of, write_report
from snap_restorer import Target
from snap_restorer.pg import journal
from tests.postgres import execute

PLAIN = "holder text NOT NULL, token text NOT NULL, started timestamptz, heartbeat timestamptz"


def night(day: int) -> NightRecord:
    finding = Finding(name="size", ok=False, value=51, limit=50, detail="MB")
    step = StepRecord(name="health", state="failed", seconds=1.5, detail="", code=1, findings=(finding,))
    started = datetime(2026, 11, day, 3, tzinfo=UTC)
    changes = {"users": {"added": 1, "removed": 0, "changed": 2}}
    return NightRecord(
        started=started, seconds=9, version="v3", digest="d", db="postgresql://h/d", snap_version="1", steps=(step,),
        changes=changes,
    )  # fmt: skip


WRONG: list[tuple[tuple[Any, ...], Any]] = [
    (("started",), "0001-01-01T00:00:00+14:00"),
    (("started",), 7),
    (("changes", "users", "added"), "many"),
    (("changes", "users", "added"), 10**400),
    (("left",), "gone"),
    (("left",), []),
    (("usable",), "yes"),
    (("last_good",), 7),
    (("last_good",), "2026-11-22T03:00:00"),
    (("ci",), "https://h"),
    (("ci",), {"url": "javascript:alert(1)", "commit": "b0c4", "commit_url": "https://h"}),
    (("steps", 0, "code"), "1"),
    (("steps", 0, "code"), None),
    (("steps", 0, "checks", 0, "ok"), "yes"),
    (("steps", 0, "checks", 0, "value"), {"a": 1}),
    (("steps", 0, "checks", 0, "limit"), [1]),
    (("steps", 0, "checks", 0), ["name"]),
]


@pytest.mark.parametrize(("place", "value"), WRONG, ids=lambda value: repr(value)[:40])
def test_a_record_with_a_field_of_another_type_is_skipped_with_a_warning(
    place: tuple[Any, ...], value: Any, tmp_path: Path
) -> None:
    document = night(22).document()
    within: Any = document
    for key in place[:-1]:
        within = within[key]
    within[place[-1]] = value
    name = f"{stem_of(night(22))}.json"
    (tmp_path / name).write_text(json.dumps(document))
    written = write_report(night(23), ReportSettings(folder=tmp_path), tmp_path, datetime(2026, 11, 23, 4, tzinfo=UTC))
    assert written.warnings == (f"{name} is no record of a night, and was skipped",)


@pytest.mark.parametrize(
    ("columns", "values", "error"),
    [
        (f"id bigint, {PLAIN}, backup int, touched text", "1, 'h', 't', now(), now(), 7, 'x'", TargetError),
        (f"id text, {PLAIN}, backup text, touched text", "'1', 'h', 't', now(), now(), 'b', 'x'", TargetError),
        (f"id bigint, {PLAIN}, backup text[], touched int", "1, 'h', 't', now(), now(), '{b}', 1", TargetError),
        (
            f"id bigint, {PLAIN}, backup text, touched timestamptz",
            "1, 'h', 't', 'infinity', now(), 'b', now()",
            SnapError,
        ),
        (f"id bigint, {PLAIN}, backup text, touched int", "1, 'h', 't', now(), now(), 'b', 1", TargetError),
        (f"id bigint, {PLAIN}, backup text, touched timestamptz", "1, 'h', 't', now(), 'infinity', 'b', now()", None),
    ],
)
def test_a_table_of_nights_of_another_form_is_named(
    columns: str, values: str, error: type[SnapError] | None, database: str
) -> None:
    execute(database, f"CREATE SCHEMA snap; CREATE TABLE snap.night ({columns}, ended timestamptz, outcome text)")
    execute(database, f"INSERT INTO snap.night VALUES ({values})")
    if error is None:
        assert isinstance(journal.take(Target(database), holder="h", token="t", lease_s=1), journal.UnendedNight)
        return
    with pytest.raises(error) as raised:
        journal.take(Target(database), holder="h", token="t", lease_s=1)
    assert raised.value.code in {5, 6}
    if error is TargetError:
        assert re.search(
            "snap.night (is not the plain table that snap creates|has values that snap does not write)",
            raised.value.message,
        )
