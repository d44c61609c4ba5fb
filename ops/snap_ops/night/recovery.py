"""Put a database back: by a night that fails, or by the next one after a night that was cut."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from snap.errors import SnapError, TargetError
from snap_ops.night import hints
from snap_ops.night.lease import lease_lost
from snap_ops.night.state import NightState, proof
from snap_ops.record import StepRecord
from snap_restorer.pg import journal
from snap_restorer.pg.journal import UnendedNight


def repair(state: NightState) -> None:
    """Put back what a night that was cut has left, and close its entry in the journal."""
    database = state.pipeline.database.direct
    unended = journal.unended(database, own=state.lease.night)
    cut = next((night for night in unended if night.touched), None)
    if cut is None or _repaired(state, cut):
        journal.end_unended(database, unended, "cut")


def _repaired(state: NightState, cut: UnendedNight) -> bool:
    """Put one night back, where that is asked for and possible. False: it stays in the journal, and this one ends."""
    began = time.monotonic()
    event = f"the night of {cut.started:%Y-%m-%d %H:%M} UTC was cut"
    warnings: tuple[str, ...] = ()
    if not state.pipeline.repair:
        detail, warnings = f"{event}; it is left as it is", (f"{event}, and is not put back, as was asked for",)
    elif cut.backup is None:
        detail, warnings = f"{event}; it had made no backup", (f"{event}, and there is no backup to put back",)
    else:
        state.context.progress.note(f"{event}: putting the database back to backup {cut.backup}")
        try:
            result = state.pipeline.put_back(state.context, cut.backup)
        except SnapError as error:
            state.failed = state.stuck = True
            state.lease.end("failed")  # this night has touched nothing
            hint = (
                f"{hints.hint(error)}; backup {cut.backup} was made by {cut.holder}; once the database is "
                "right, snap nightly goes on if it skips the step repair"
            )
            state.fail("repair", error, began, hint)
            return False
        detail = f"{event}; {proof(result, cut.backup)}"
    state.records.append(StepRecord.ended("repair", time.monotonic() - began, detail, warnings))
    return True


def put_back(state: NightState) -> None:
    """Undo the night. What cannot be undone stays in the journal, and health refuses the database."""
    began, name, progress = time.monotonic(), "put back", state.context.progress
    if state.lease.lost.is_set():
        state.stuck = True  # whoever took over puts it back
        return
    if state.backup is None:
        state.stuck = True
        error = TargetError("tonight there was no backup, so the database stays as the failed step left it")
        state.fail(name, error, began, "snap backup list; snap backup restore ID")
        return
    progress.note(f"putting the database back to backup {state.backup}")
    try:
        state.lease.touch(state.backup)  # it is still this night's to put back
        result = state.pipeline.put_back(replace(state.context, stop=threading.Event()), state.backup)
    except Exception as error:  # noqa: BLE001 - whatever it was, the night stays in the journal
        state.stuck = True
        hint = f"snap backup restore {state.backup}, or run the nightly again, which begins with that"
        state.fail(name, error, began, hint)
        return
    state.rolled_back = proof(result, state.backup)
    progress.note(state.rolled_back)
    warnings = tuple(f"{lost} is gone: it came after the backup" for lost in result.lost)
    state.records.append(StepRecord.ended(name, time.monotonic() - began, state.rolled_back, warnings))


def close(state: NightState) -> None:
    """Close the journal, or leave it open where something is left to put back."""
    began = time.monotonic()
    try:
        if state.stuck:
            state.lease.leave()
        elif not state.lease.end("failed" if state.failed else "done") and not state.lease.lost.is_set():
            raise lease_lost()
    except SnapError as error:
        hint = f"the next night begins by putting backup {state.backup} back" if state.touched else ""
        state.fail("end", error, began, hint)
