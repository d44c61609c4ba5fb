"""Put a database back to its backup, after a night that failed or was interrupted.

A failing night does so itself. An interrupted one is put back by `snap nightly repair` or by the next night, but not if
its restore was verified and committed. A safety backup is made before anything else is replaced.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from snap.errors import SnapError, TargetError
from snap_ops.night import hints
from snap_ops.night.lease import lease_lost
from snap_ops.night.patience import patiently
from snap_ops.night.state import NightState, proof
from snap_ops.record import StepRecord
from snap_ops.step import StepContext
from snap_restorer import PutBack
from snap_restorer.pg import journal
from snap_restorer.pg.journal import UnendedNight

_REST = "its later steps may not have run; snap nightly --only STEP runs one"


def repair(state: NightState, require_going: Callable[[], None]) -> None:
    """Put the database back after an interrupted night if needed, and close the night's entry in the journal."""
    pipeline, database = state.pipeline, state.pipeline.database.direct
    unended = journal.unended(database, own=state.lease.night)
    cut = next((night for night in unended if night.unfinished), None)
    if cut is not None and pipeline.reads_only and pipeline.repair:
        unended = tuple(night for night in unended if not night.unfinished)
        warning = f"{_event(cut)}; steps that only read do not repair it: run snap nightly repair"
        state.records.append(StepRecord.ended("repair", 0, "left to a night that changes the database", (warning,)))
    elif cut is not None and not _repaired(state, cut, require_going):
        return
    elif refreshed := [night for night in unended if night.refreshed]:
        last = refreshed[-1]
        detail = f"{_event(last)} after its restore was verified and committed: nothing is put back"
        detail += f"; what it removed is in backup {last.backup}" if last.backup is not None else ""
        detail += f"; {_REST}" if not pipeline.steps else ""
        state.records.append(StepRecord.ended("repair", 0, detail))
    elif not pipeline.steps and cut is None:
        state.records.append(StepRecord.ended("repair", 0, "no night was cut while it changed this database"))
    journal.end_unended(database, unended, "cut")


def _event(cut: UnendedNight) -> str:
    return f"the night of {cut.started:%Y-%m-%d %H:%M} UTC was cut"


def _repaired(state: NightState, cut: UnendedNight, require_going: Callable[[], None]) -> bool:
    """Put the database back after one interrupted night, if that is requested and possible.

    Return False if the night's entry must stay in the journal.
    """
    began, event = time.monotonic(), _event(cut)
    warnings: tuple[str, ...] = ()
    if not state.pipeline.repair:
        detail, warnings = (
            f"{event}; it is left as it is",
            (f"{event}, and is not put back because the step repair is skipped",),
        )
    elif cut.backup is None and not state.pipeline.steps:
        state.failed = state.stuck = True
        error = TargetError(f"{event}, and had made no backup, so the database cannot be put back")
        state.fail("repair", error, began, "snap nightly refreshes it; snap backup list; snap backup restore ID")
        return False
    elif cut.backup is None:
        detail, warnings = f"{event}; it had made no backup", (f"{event}, and there is no backup to put back",)
    else:
        state.context.progress.note(f"{event}: putting the database back to backup {cut.backup}")
        back = _Return(state=state, context=state.context, backup=cut.backup)
        try:
            result = patiently(back.attempt, state.pipeline.limits.wait_s, state.context.progress, require_going)
        except SnapError as error:
            state.failed = state.stuck = True
            state.lease.end("failed")  # this night has touched nothing
            advice = (
                hints.hint(error, unchanged=False),
                f"backup {cut.backup} was made by {cut.holder}",
                "to try again: snap nightly repair",
                "once the database is right, snap nightly goes on if it skips the step repair",
            )
            state.fail("repair", error, began, "; ".join(filter(None, advice)))
            return False
        detail, warnings = f"{event}; {back.told(result)}", back.warnings
        if not state.pipeline.steps:
            state.rolled_back = back.told(result)
    state.records.append(StepRecord.ended("repair", time.monotonic() - began, detail, warnings))
    return True


def put_back(state: NightState) -> None:
    """Put the database back to the night's backup.

    If this fails, the night's entry stays in the journal, and health rejects the database.
    """
    began, name, progress = time.monotonic(), "put back", state.context.progress
    if state.lease.lost.is_set():
        state.stuck = True  # the night that took the lease puts the database back
        return
    if state.backup is None:
        state.stuck = True
        error = TargetError("this night made no backup, so the database stays as the failed step left it")
        state.fail(name, error, began, "snap backup list; snap backup restore ID")
        return
    progress.note(f"putting the database back to backup {state.backup}")
    context = replace(state.context, stop=threading.Event())
    back = _Return(state=state, context=context, backup=state.backup, own=True)
    try:
        result = patiently(back.attempt, state.pipeline.limits.wait_s, progress)
    except Exception as error:  # noqa: BLE001 - whatever it was, the night stays in the journal
        state.stuck = True
        advice = hints.hint(error, unchanged=False) if isinstance(error, SnapError) else ""
        again = (
            f"to put backup {state.backup} back, run snap nightly repair; the next night does it too, as its first step"
        )
        hint = "; ".join(filter(None, (advice, _holds(state), again)))
        state.fail(name, error, began, hint)
        return
    if result is None:
        state.refreshed = True
        state.records.append(StepRecord.skipped(name, "not needed: the restore was verified and committed"))
        return
    state.rolled_back = back.told(result)
    progress.note(state.rolled_back)
    warnings = (*back.warnings, *(f"{lost} is gone: it came after the backup" for lost in result.lost))
    state.records.append(StepRecord.ended(name, time.monotonic() - began, state.rolled_back, warnings))


@dataclass(slots=True, kw_only=True)
class _Return:
    """The restore of one backup by a night, in one attempt or several.

    `own`: the changes to undo are those of the running night. After another night, people may have worked in the
    database, so nothing is replaced without a safety backup.
    """

    state: NightState
    context: StepContext
    backup: str
    own: bool = False
    warnings: tuple[str, ...] = ()
    _saved: str | None = None
    _tried: bool = False

    def attempt(self) -> PutBack | None:
        """Put the database back. Return None if this night's restore turns out to be committed after all."""
        state, pipeline = self.state, self.state.pipeline
        if self.own:
            last = pipeline.last_change == "restore"
            if last and state.unsure and journal.refreshed(pipeline.database.direct, state.lease.night):
                return None
            state.unsure = False
            state.lease.touch(self.backup)  # fails if another night has taken the lease
        if not self._tried:
            self._save()
        return pipeline.put_back(self.context, self.backup)

    def _save(self) -> None:
        """Make a safety backup. If it fails, warn if only this night's changes are undone, else raise the error."""
        try:
            self._saved = self.state.pipeline.save(self.context, self.backup, self.state.elapsed())
        except SnapError as error:
            if not self.own:
                raise
            self.warnings = (error.reported,)
        self._tried = True

    def told(self, result: PutBack | None) -> str:
        """Return a text about what was proved after the restore, and the safety backup that holds the replaced data."""
        saved = f"; what was there before is in safety backup {self._saved}" if self._saved else ""
        assert result is not None
        return f"{proof(result, self.backup)}{saved}"


def _holds(state: NightState) -> str:
    """Return a text on whether the database answers after it could not be put back, and on its contents."""
    try:
        journal.unended(state.pipeline.database.direct)
    except SnapError:
        return "the database does not answer, so what it holds is not known"
    return "the database answers, and is as the failed step left it"


def close(state: NightState) -> None:
    """Close the night's entry in the journal, or leave it open if the database must still be put back."""
    began, wait_s = time.monotonic(), state.pipeline.limits.wait_s
    try:
        if state.stuck:
            patiently(state.lease.leave, wait_s)
        elif not state.lease.end("failed" if state.failed else "done", wait_s) and not state.lease.lost.is_set():
            raise lease_lost()
    except SnapError as error:
        if state.rolled_back or state.refreshed or not state.touched:
            hint = "the journal lacks only the end of this night; the next night adds it"
        else:
            hint = f"the next night begins by putting backup {state.backup} back"
        state.fail("end", error, began, hint)
