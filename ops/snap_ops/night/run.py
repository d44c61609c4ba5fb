"""Run one night: its steps in order, each timed and recorded, and the recovery after this or an earlier failure.

    start     all URLs are one database, the guard, the lease, the snapshot's files; an interrupted night is repaired
    backup    before anything is touched
    diff      what people changed since the last restore; never fails a night
    survey    what the database holds, for the step losses; never fails a night
    reset, migrate, restore, after_restore    a failure puts the database back from tonight's backup
    losses, storage, health     a failure or a signal is reported; wrong data put the database back
    drill     weekly; a failure is reported
    report, notify              at the end of every night; a failed message is a warning

A step that is one transaction and is refused before its commit has changed nothing: it is no reason to put back.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from snap.errors import CheckError, SnapError, SnapshotError, TargetError, UsageError
from snap.progress import Progress
from snap.version import __version__
from snap_ops.night import recovery
from snap_ops.night.lease import BusyError, leased
from snap_ops.night.lock_waits import LockWaits
from snap_ops.night.pipeline import CHANGING, ORDER, REPORTED, NotAllowedError, Pipeline
from snap_ops.night.state import NightState, as_snap_error, failure, success
from snap_ops.night.watch import Watch
from snap_ops.record import Left, NightRecord, StepRecord
from snap_ops.step import Step

_ATOMIC = ("reset", "restore")  # one transaction
# Raised before the commit. After any other error, such as a lost connection, the change may have been made or not.
_REFUSED = (TargetError, CheckError, SnapshotError, UsageError)
_HARMLESS = ("diff", "survey", "losses")


def run_night(pipeline: Pipeline, *, now: datetime, progress: Progress) -> NightRecord:
    """Run a night and return its record, even if the night fails. `now` is UTC, the only clock reading of the night.

    Errors: TargetError while another night is under way, or if snap.toml does not allow this database. In both cases
    nothing was changed and there is nothing to report.
    """
    began = time.monotonic()
    records: list[StepRecord] = []
    state, limits = None, pipeline.limits
    with Watch(limits.night_s) as watch:
        try:
            pipeline.require_database()
            with leased(
                pipeline.database.direct, limits.lease_s, progress, watch.lose_lease, watch.require_going
            ) as lease:
                try:
                    context = pipeline.context(now, progress, number=lease.night)
                    begun = NightState(pipeline=pipeline, lease=lease, context=context, records=records)
                    recovery.repair(begun, watch.require_going)
                    for check in () if begun.failed else pipeline.preflight:
                        check(context)
                    state = begun
                except Exception:
                    with contextlib.suppress(SnapError):
                        lease.end("failed")
                    raise
                if not state.failed:
                    _run_steps(state, watch)
                recovery.close(state)
        except (BusyError, NotAllowedError):
            raise
        except Exception as error:  # noqa: BLE001 - people are told of it, whatever it was
            records.append(failure("start", error, began, progress))
    records.extend(StepRecord.skipped(name, why) for name, why in pipeline.skipped)
    return _record(pipeline, state, _ordered(records), now, time.monotonic() - began)


def _run_steps(state: NightState, watch: Watch) -> None:
    for step in state.pipeline.steps:
        if state.failed:
            state.records.append(StepRecord.skipped(step.name, "not run: an earlier step failed"))
            continue
        record, wrong = _run_step(state, watch, step)
        state.records.append(record)
        if record.ok:
            state.context = replace(state.context, done=(*state.context.done, step.name))
            if step.name == state.pipeline.last_change:
                state.refreshed = True
                with contextlib.suppress(SnapError):  # if the restore is the last change, the ledger tells
                    state.lease.settle()
            continue
        ended = watch.reason is not None  # by a signal, the night's time, the lease
        state.failed = wrong or ended or step.name not in REPORTED
        # If a commit's outcome is unknown, a restore left the old rows or the new ones, and a reset perhaps none.
        unsure = state.unsure and (state.backup is not None or step.name == "reset")
        if state.failed and (wrong or not state.refreshed) and (state.changed or unsure):
            recovery.put_back(state)


def _run_step(state: NightState, watch: Watch, step: Step) -> tuple[StepRecord, bool]:
    """Run one step. Return its record, and whether the step found wrong data."""
    began, progress, pipeline = time.monotonic(), state.context.progress, state.pipeline
    changing, atomic, unchanged = step.name in CHANGING, step.name in _ATOMIC, not state.changed
    try:
        watch.require_going()
        if changing:
            state.lease.touch(state.backup)  # before each step: another night must not have taken the lease meanwhile
            state.touched = True
            state.changed = state.changed or not atomic
        progress.note(f"{step.name} …")
        stop, limit_s = threading.Event(), pipeline.limits.steps[step.name]
        with watch.limited(step.name, limit_s, stop):
            waits = LockWaits(limit_s=limit_s, end_idle_s=pipeline.limits.end_idle_s)
            result = waits.run(step, replace(state.context, stop=stop))
    except Exception as error:  # noqa: BLE001 - a bug of ours too must not leave a database half changed
        if step.name in _HARMLESS and watch.reason is None:
            message = as_snap_error(error).message
            progress.warn(f"{step.name}: {message}")
            return StepRecord.ended(step.name, time.monotonic() - began, "could not be found out", (message,)), False
        state.unsure = state.touched and atomic and not isinstance(error, _REFUSED)
        return failure(step.name, error, began, progress, unchanged=unchanged and not state.unsure), False
    state.changed = state.changed or changing
    if step.name == "backup":
        state.backup = result.facts["id"]
        state.context = replace(state.context, backup=state.backup)
    if result.surveyed is not None:
        state.context = replace(state.context, surveyed=result.surveyed)
    record = success(step, result, began)
    for warning in result.warnings:
        progress.warn(f"{step.name}: {warning}")
    progress.note(f"{step.name}: {result.detail} ({record.seconds:.1f} s)")
    return record, any(pipeline.is_wrong(finding) for finding in result.findings if not finding.ok)


def _ordered(records: Sequence[StepRecord]) -> tuple[StepRecord, ...]:
    """Insert the records of skipped steps at the places where the steps would have run."""
    places = {name: i for i, name in enumerate(ORDER)}
    ordered = list(records)
    for skipped in [record for record in records if record.state == "skipped" and record.name in places]:
        ordered.remove(skipped)
        at = next(
            (i for i, record in enumerate(ordered) if places.get(record.name, -1) > places[skipped.name]), len(ordered)
        )
        ordered.insert(at, skipped)
    return tuple(ordered)


def _record(
    pipeline: Pipeline, state: NightState | None, records: tuple[StepRecord, ...], now: datetime, seconds: float
) -> NightRecord:
    changes: Any = next((record.facts.get("tables") for record in records if record.name == "diff"), None)
    return NightRecord(
        started=now,
        seconds=seconds,
        version=pipeline.version,
        digest=state.context.snapshot.manifest.digest if state else "",
        db=pipeline.database.direct.redacted,
        urls=pipeline.database.redacted,
        snap_version=__version__,
        steps=records,
        rolled_back=state.rolled_back if state else "",
        changes=changes,
        left=_left(state),
    )


def _left(state: NightState | None) -> Left:
    """Return the state in which the night left the database, as far as that was proved."""
    if state is None:
        return "kept"
    if state.stuck:
        return "broken"
    if state.rolled_back:
        return "put back"
    return "refreshed" if state.refreshed or state.changed else "" if state.unsure else "kept"
