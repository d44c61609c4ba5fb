"""Replace the rows of a target's tables by a snapshot's.

On one connection it is one transaction: survey, guard, clear, load, finish, ledger, commit (restorer.replace has the
steps). With more than one it is restorer.parallel. The caller has compared the files with their hashes.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from restorer import ledger, objects, parallel, replace, session
from restorer.plan import RestorePlan
from restorer.request import Mode, Request, Verify
from restorer.result import RestoreResult, replaced
from restorer.survey import Survey, survey
from restorer.target import Target
from snap import __version__
from snap.errors import UsageError
from snap.manifest import Manifest
from snap.progress import Progress, Silent
from snap.store import Snapshot

if TYPE_CHECKING:
    import datetime

    import psycopg

    Connection = psycopg.Connection[Any]

_LONGEST_TIMEOUT_S = 86_400


def restore(
    snapshot: Snapshot,
    target: Target,
    *,
    mode: Mode = "replace",
    verify: Verify | None = None,
    jobs: int = 1,
    as_of: datetime.date | None = None,
    dry_run: bool = False,
    yes: bool = False,
    lock_timeout_s: float = 10,
    progress: Progress | None = None,
) -> RestoreResult:
    """Load `snapshot` into `target`, creating its schema where none of its tables is there.

    `as_of` moves all dates and times by the whole days between the snapshot's own day and it. `yes` lets it replace rows that snap did not put there. With `jobs` over 1 it is quicker and not atomic: the ledger
    says `loading` until it is done. Errors: TargetError when the target does not fit, is guarded or locked; CheckError
    when what was loaded is not what the snapshot holds; ServiceError. After each the target is as it was, or `loading`.
    """
    if mode != "replace":
        raise UsageError(f"mode {mode} is not available yet", "use --mode replace")
    if jobs < 1:
        raise UsageError(f"jobs is {jobs}, not a number of connections", "give 1 or more")
    if not 0 < lock_timeout_s <= _LONGEST_TIMEOUT_S:
        raise UsageError(f"the lock timeout is {lock_timeout_s:g} s", f"give up to {_LONGEST_TIMEOUT_S} seconds")
    started = time.perf_counter()
    request = Request(mode=mode, verify=verify, jobs=jobs, yes=yes, lock_timeout_s=lock_timeout_s)
    progress = progress or Silent()
    if dry_run:
        found, before, seconds = _look(snapshot, target, request, progress)
    elif jobs > 1:
        manifest = snapshot.manifest
        found, before, seconds = parallel.restore(
            snapshot, target, request, lambda state: _entry(manifest, request, state), progress
        )
    else:
        found, before, seconds = _at_once(snapshot, target, request, progress)
    return RestoreResult(
        version=snapshot.manifest.version,
        db=target.redacted,
        mode=mode,
        schema_created=found.created,
        tables=replaced(snapshot.manifest, found.made.tables, before, seconds),
        conflicts=(),
        verified=False if dry_run else "counts",
        seconds=time.perf_counter() - started,
    )


Done = tuple[Survey, dict[str, int], dict[str, float]]  # the plan, the rows before and the seconds, both by label


def _look(snapshot: Snapshot, target: Target, request: Request, progress: Progress) -> Done:
    """Do all up to the point where something would be touched."""
    with target.connect() as connection:
        session.begin(connection, request.lock_timeout_s)
        session.exclude_others(connection, request.lock_timeout_s)
        found = survey(connection, target, snapshot.manifest, request, progress)
        return found, found.before, {}


def _at_once(snapshot: Snapshot, target: Target, request: Request, progress: Progress) -> Done:
    """Replace all rows in one transaction."""
    with target.connect() as connection:
        session.begin(connection, request.lock_timeout_s)
        session.exclude_others(connection, request.lock_timeout_s)
        found = survey(connection, target, snapshot.manifest, request, progress)
        before = {} if found.created else replace.lock(connection, found.made, found.before, yes=request.yes)
        seconds = _replace(connection, snapshot, found.made, progress)
        if not ledger.write(connection, _entry(snapshot.manifest, request, "done")):
            progress.warn(
                "this role may not write the table snap.ledger: what was restored is not recorded, and the next "
                "restore will want --yes"
            )
        connection.commit()
        return found, before, seconds


def _replace(connection: Connection, snapshot: Snapshot, made: RestorePlan, progress: Progress) -> dict[str, float]:
    replace.clear(connection, made)
    objects.wait_with_references(connection, made)
    seconds: dict[str, float] = {}
    session.search(connection, None)
    for table in made.tables:
        began = time.perf_counter()
        progress.start(table.label, table.data.rows)
        replace.expect(
            snapshot, table, replace.load(connection, snapshot, table, table.data.files, progress, freeze=True)
        )
        seconds[table.label] = time.perf_counter() - began
    session.search(connection, session.PINNED)
    replace.build(connection, made)
    replace.finish(connection, made)
    objects.analyze(connection, made.tables)
    replace.refresh(connection, made)
    return seconds


def _entry(manifest: Manifest, request: Request, state: ledger.State) -> ledger.Entry:
    return ledger.Entry(
        version=manifest.version,
        digest=manifest.digest,
        as_of_shift_days=request.shift_days,
        mode=request.mode,
        state=state,
        rows=tuple((data.table.label, data.rows) for data in manifest.tables),
        snap_version=__version__,
    )
