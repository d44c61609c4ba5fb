"""Restore missing rows, each time first as a dry run, and return the reports."""

from __future__ import annotations

from typing import Any

from snap.store import Snapshot
from snap_restorer import RestoreResult, Target, restore
from snap_restorer.request import Request


def missing(made: Snapshot, url: str, **options: Any) -> RestoreResult:
    """Restore missing rows as a dry run and then for real; both must report the same."""
    planned = restore(made, Target(url), Request(mode="missing", dry_run=True, **options))
    result = restore(made, Target(url), Request(mode="missing", **options))
    assert told(planned) == told(result)
    return result


def told(result: RestoreResult) -> Any:
    for t in result.tables:
        assert t.rows == t.inserted + t.updated + t.unchanged + t.skipped
        assert (t.updated, t.deleted) == (0, 0)
    assert sum(t.skipped for t in result.tables) == len(result.conflicts)
    return [(t.name, t.inserted, t.unchanged, t.skipped) for t in result.tables], result.conflicts


def inserted(result: RestoreResult) -> dict[str, int]:
    told(result)
    return {t.name: t.inserted for t in result.tables if t.inserted}


def reasons(result: RestoreResult) -> list[tuple[str, str, str]]:
    told(result)
    return [(each.table, each.key, each.reason) for each in result.conflicts]
