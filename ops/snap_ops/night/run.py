"""One night: its steps in order, each timed and recorded; what happens when one fails; what a cut night left.

    start     the lease, the guard, the snapshot's files; a night that was cut is put back first
    backup    before anything is touched
    diff      what people changed since the last restore; never fails a night
    reset, migrate, restore     a failure puts the database back from tonight's backup
    storage, health             a failure is reported; where the data themselves are wrong, put back too
    report, notify              afterwards, whatever happened; what fails there is a warning

What is one transaction and was refused before its commit has changed nothing, and is not put back.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from snap import __version__
from snap.errors import CheckError, SnapError, SnapshotError, TargetError, UsageError
from snap.manifest import Finding
from snap.progress import Progress
from snap.redact import scrub
from snap.store import Snapshot
from snap_ops.night.lease import BusyError, Lease, gone, leased
from snap_ops.night.watch import Watch
from snap_ops.record import NightRecord, StepRecord
from snap_ops.step import Night, Outcome, Step, StepError
from snap_restorer import PutBack, Target
from snap_restorer.pg import journal
from snap_restorer.pg.guard import NO_GUARD, Guard

CHANGING = ("reset", "migrate", "restore")
_ATOMIC = ("reset", "restore")  # one transaction
# Said before the commit. After any other error, a signal or a lost connection say, it may have been done or not.
_REFUSED = (TargetError, CheckError, SnapshotError, UsageError)
_AFTER = ("storage", "health")  # what fails there is reported, and the night goes on
_ASIDE = ("diff",)
_UNHEALTHY = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What a night is made of. `steps` in order; `skipped` says why others are not among them, by name.

    `resolve` gives the snapshot, its files compared with their hashes. `put_back` takes a backup's id. `wrong` tells
    the findings that make a database worse than yesterday's. `owned`: the database is snap's own, so nobody guards it.
    Without `repair` a night that was cut is forgotten, and not put back.
    """

    steps: tuple[Step, ...]
    skipped: tuple[tuple[str, str], ...]
    version: str
    resolve: Callable[[], Snapshot]
    target: Target
    direct: Target
    put_back: Callable[[Night, str], PutBack]
    wrong: Callable[[Finding], bool]
    limits: dict[str, float]
    limit_s: float
    lease_s: float
    guard: Guard = NO_GUARD
    owned: bool = False
    repair: bool = True

    def changes(self) -> bool:
        """Whether the database may change."""
        return any(step.name in CHANGING for step in self.steps)


@dataclass(slots=True, kw_only=True)
class _State:
    """Where a night is."""

    night: Night
    records: list[StepRecord] = field(default_factory=list)
    backup: str | None = None
    touched: bool = False  # the journal says so
    changed: bool = False  # the database differs from what it was
    unsure: bool = False  # it may differ by what the step that failed did in one transaction
    failed: bool = False  # nothing but the end may follow
    rolled_back: str = ""
    stuck: bool = False  # the database could not be put back


def run(course: Course, *, now: datetime, progress: Progress) -> NightRecord:
    """Run a night and give its record; a night that fails is a record too. `now` is UTC, the night's one clock reading.

    Errors: TargetError while another night is under way, or the database is not one that snap.toml allows: then
    nothing was touched and there is nothing to report.
    """
    began = time.monotonic()
    records: list[StepRecord] = []
    state = None
    with Watch(course.limit_s) as watch:
        try:
            if course.changes():
                require_allowed(course)
            with leased(course.direct, course.lease_s, progress, watch.lose, watch.require_going) as lease:
                try:
                    state = _begun(course, lease, now, progress, records)
                except Exception:
                    with contextlib.suppress(SnapError):
                        lease.end("failed")
                    raise
                if not state.failed:
                    _steps(course, state, lease, watch)
                _end(state, lease)
        except (BusyError, NotAllowedError):
            raise
        except Exception as error:  # noqa: BLE001 - people are told of it, whatever it was
            records.append(_failure("start", _known(error), time.monotonic() - began, progress))
    records.extend(StepRecord(name=name, state="skipped", seconds=0, detail=why) for name, why in course.skipped)
    return _record(course, state, _ordered(records), now, time.monotonic() - began)


class NotAllowedError(TargetError):
    """The database is not one that snap.toml allows a night to change."""


def require_allowed(course: Course) -> None:
    """Refuse a database that the settings do not allow. Errors: NotAllowedError; TargetError for a protected one."""
    if course.owned:
        return
    if not course.guard.on_list(course.direct):
        raise NotAllowedError(
            f"{course.direct.redacted} is not among the databases that snap.toml allows, and a night replaces its rows",
            "if it is the right one, add it to allowed under [target] as HOST/DATABASE",
        )


def plan(course: Course, *, now: datetime, progress: Progress) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Say what a night would do, by step, and change nothing. Errors: SnapError, those that the night would meet."""
    if course.changes():
        require_allowed(course)
    night = _night(course, course.resolve(), now, progress)
    found: list[tuple[str, tuple[str, ...]]] = []
    for one in journal.cut(course.direct):
        if one.silent_s < course.lease_s:
            found.append(("start", (f"a night of {one.holder} seems to be under way; it would be waited for",)))
        elif one.touched and course.repair and one.backup is not None:
            found.append(("start", (f"put back backup {one.backup}: the night of {one.started:%Y-%m-%d} was cut",)))
            found.extend((step.name, ("not known before that is done",)) for step in course.steps)
            return tuple(found)
    for step in course.steps:
        found.append((step.name, step.plan(night)))
        night = replace(night, done=(*night.done, step.name))
    return tuple(found)


def _night(course: Course, snapshot: Snapshot, now: datetime, progress: Progress) -> Night:
    return Night(
        snapshot=snapshot,
        target=course.target,
        direct=course.direct,
        now=now,
        progress=progress,
        stop=threading.Event(),
    )


def _begun(course: Course, lease: Lease, now: datetime, progress: Progress, records: list[StepRecord]) -> _State:
    """Look at the snapshot and put right what a night that was cut has left."""
    night = replace(_night(course, course.resolve(), now, progress), number=lease.night)
    state = _State(night=night, records=records)
    left = journal.cut(course.direct, but=lease.night)
    touched = next((one for one in left if one.touched), None)
    if touched is not None:
        began = time.monotonic()
        said = f"the night of {touched.started:%Y-%m-%d %H:%M} UTC was cut"
        warnings: tuple[str, ...] = ()
        if not course.repair:
            detail, warnings = f"{said}; it is left as it is", (f"{said}, and is not put back, as was asked for",)
        elif touched.backup is None:
            detail, warnings = f"{said}; it had made no backup", (f"{said}, and there is no backup to put back",)
        else:
            progress.note(f"{said}: putting the database back to backup {touched.backup}")
            try:
                done = course.put_back(state.night, touched.backup)
            except SnapError as error:
                state.failed = state.stuck = True
                # The night that was cut stays in the journal; ours has touched nothing.
                lease.end("failed")
                hint = (
                    f"{error.advice()}; backup {touched.backup} was made by {touched.holder}; once the database is "
                    "right, snap nightly --skip repair goes on without it"
                )
                records.append(_failure("repair", error, time.monotonic() - began, progress, hint))
                return state
            detail = f"{said}; {_proved(done, touched.backup)}"
        records.append(
            StepRecord(
                name="repair",
                state="warned" if warnings else "done",
                seconds=time.monotonic() - began,
                detail=detail,
                warnings=warnings,
            )
        )
    journal.bury(course.direct, left, "cut")
    return state


def _steps(course: Course, state: _State, lease: Lease, watch: Watch) -> None:
    for step in course.steps:
        if state.failed:
            state.records.append(
                StepRecord(name=step.name, state="skipped", seconds=0, detail="not run: an earlier step failed")
            )
            continue
        record, wrong = _step(course, state, lease, watch, step)
        state.records.append(record)
        if record.ok:
            state.night = replace(state.night, done=(*state.night.done, step.name))
            continue
        reason = watch.reason is not None  # a signal, the night's time, the lease
        state.failed = wrong or reason or step.name not in _AFTER
        # A restore whose commit is not known of has left the old rows or the new ones, a reset perhaps none.
        unsure = state.unsure and (state.backup is not None or step.name == "reset")
        if state.failed and (state.changed or unsure):
            _put_back(course, state, lease)


def _step(course: Course, state: _State, lease: Lease, watch: Watch, step: Step) -> tuple[StepRecord, bool]:
    """Run one step; give its record, and whether it found the data to be wrong."""
    began = time.monotonic()
    progress = state.night.progress
    try:
        watch.require_going()
        if step.name in CHANGING:
            lease.touch(state.backup)  # each time: nobody else may have come in meanwhile
            state.touched = True
        if step.name in CHANGING and step.name not in _ATOMIC:
            state.changed = True
        progress.note(f"{step.name} …")
        stop = threading.Event()
        with watch.over(step.name, course.limits[step.name], stop):
            outcome = step.run(replace(state.night, stop=stop))
    except Exception as raised:  # noqa: BLE001 - a bug of ours too must not leave a database half changed
        seconds, error = time.monotonic() - began, _known(raised)
        if step.name in _ASIDE and watch.reason is None:
            progress.warn(f"{step.name}: {error.message}")
            return StepRecord(
                name=step.name, state="warned", seconds=seconds, detail="could not be told", warnings=(error.message,)
            ), False
        state.unsure = state.touched and step.name in _ATOMIC and not isinstance(error, _REFUSED)
        return _failure(step.name, error, seconds, progress), False
    if step.name in CHANGING:
        state.changed = True
    if step.name == "backup":
        state.backup = outcome.facts["id"]
    record = _told(step, outcome, time.monotonic() - began)
    for warning in outcome.warnings:
        progress.warn(f"{step.name}: {warning}")
    progress.note(f"{step.name}: {outcome.detail} ({record.seconds:.1f} s)")
    return record, any(course.wrong(finding) for finding in outcome.findings if not finding.ok)


def _put_back(course: Course, state: _State, lease: Lease) -> None:
    """Undo the night. What cannot be undone stays in the journal, and health refuses the database."""
    began = time.monotonic()
    progress = state.night.progress
    name = "put back"
    if lease.lost.is_set():
        state.stuck = True  # whoever took over puts it back
        return
    if state.backup is None:
        state.stuck = True
        error = TargetError("tonight there was no backup, so the database stays as the failed step left it")
        state.records.append(_failure(name, error, 0, progress, "snap backup list; snap backup restore ID"))
        return
    progress.note(f"putting the database back to backup {state.backup}")
    try:
        lease.touch(state.backup)  # it is still ours to put back
        done = course.put_back(replace(state.night, stop=threading.Event()), state.backup)
    except Exception as error:  # noqa: BLE001 - whatever it was, the night stays in the journal
        state.stuck = True
        hint = f"snap backup restore {state.backup}, or run the nightly again, which begins with that"
        state.records.append(_failure(name, _known(error), time.monotonic() - began, progress, hint))
        return
    state.rolled_back = _proved(done, state.backup)
    progress.note(state.rolled_back)
    seconds = time.monotonic() - began
    warnings = tuple(f"{lost} is gone: it came after the backup" for lost in done.lost)
    state.records.append(
        StepRecord(
            name=name,
            state="warned" if warnings else "done",
            seconds=seconds,
            detail=state.rolled_back,
            warnings=warnings,
        )
    )


def _end(state: _State, lease: Lease) -> None:
    """Close the journal, or leave it open where something is left to put back."""
    try:
        if state.stuck:
            lease.leave()
        elif not lease.end("failed" if state.failed else "done") and not lease.lost.is_set():
            raise gone()
    except SnapError as error:
        hint = f"the next night begins by putting backup {state.backup} back" if state.touched else ""
        state.records.append(_failure("end", error, 0, state.night.progress, hint))


def _proved(done: PutBack, backup: str) -> str:
    rows = sum(done.tables.values())
    return f"the database is what backup {backup} holds, proved: {rows:,} rows in {len(done.tables):,} tables"


def _told(step: Step, outcome: Outcome, seconds: float) -> StepRecord:
    bad = [finding for finding in outcome.findings if not finding.ok]
    return StepRecord(
        name=step.name,
        state="failed" if bad else "warned" if outcome.warnings else "done",
        seconds=seconds,
        detail=scrub(outcome.detail),
        warnings=tuple(map(scrub, outcome.warnings)),
        findings=outcome.findings,
        facts=outcome.facts,
        code=_UNHEALTHY if bad else 0,
        log=outcome.log,
    )


def _failure(name: str, error: SnapError, seconds: float, progress: Progress, hint: str = "") -> StepRecord:
    progress.warn(f"{name} failed: {error.message}")
    return StepRecord(
        name=name,
        state="failed",
        seconds=seconds,
        detail=scrub(error.message),
        hint=scrub(hint or error.advice()),
        code=error.code,
        log=error.log if isinstance(error, StepError) else (),
    )


def _known(error: Exception) -> SnapError:
    if isinstance(error, SnapError):
        return error
    return SnapError(f"{type(error).__name__}: {error}", "this is a bug of snap; please report it")


def _ordered(records: Sequence[StepRecord]) -> tuple[StepRecord, ...]:
    """Put the skipped steps where they would have run."""
    place = {name: i for i, name in enumerate(ORDER)}
    found = list(records)
    for one in [record for record in records if record.state == "skipped" and record.name in place]:
        found.remove(one)
        at = next((i for i, r in enumerate(found) if place.get(r.name, -1) > place[one.name]), len(found))
        found.insert(at, one)
    return tuple(found)


ORDER = ("backup", "diff", *CHANGING, *_AFTER)


def _record(
    course: Course, state: _State | None, records: tuple[StepRecord, ...], now: datetime, seconds: float
) -> NightRecord:
    changes: Any = next((record.facts.get("tables") for record in records if record.name == "diff"), None)
    return NightRecord(
        started=now,
        seconds=seconds,
        version=course.version,
        digest=state.night.snapshot.manifest.digest if state else "",
        db=course.direct.redacted,
        snap_version=__version__,
        steps=records,
        rolled_back=state.rolled_back if state else "",
        changes=changes,
    )
