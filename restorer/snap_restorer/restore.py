"""Put a snapshot's rows into a target: all of them in place of what is there, those that are missing, or what differs.

On one connection it is one transaction. Replacing: survey, guard, clear, load, finish, ledger, commit (replace
has the steps, and those for several connections); merge has those of modes missing and sync. The caller has
compared the files with their hashes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace as with_changes
from typing import TYPE_CHECKING, Any

from snap.errors import UsageError
from snap.progress import Progress, Silent
from snap.store import Snapshot
from snap_restorer.load import objects
from snap_restorer.load.ahead import ahead, import_ahead
from snap_restorer.load.copy_in import Piece
from snap_restorer.load.plan import RestorePlan
from snap_restorer.pg import ledger, session
from snap_restorer.pg.guard import NO_GUARD, Guard
from snap_restorer.pg.target import Target
from snap_restorer.replace import steps
from snap_restorer.replace.outline import outline
from snap_restorer.replace.survey import survey
from snap_restorer.request import Mode, Request, Verify
from snap_restorer.result import Done, RestoreResult, replaced
from snap_restorer.values.shift import require_shiftable, shift_days

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
    strict: bool = False,
    dry_run: bool = False,
    guard: Guard = NO_GUARD,
    lock_timeout_s: float = 10,
    progress: Progress | None = None,
) -> RestoreResult:
    """Put `snapshot` into `target`, creating its schema where none of its tables is there.

    `mode`: replace all rows, put in missing ones, or sync: write what differs. `strict` refuses where mode missing
    would skip rows. Without `as_of` the modes missing and sync move dates as the last restore did. `as_of` moves all
    dates and times by the whole days between the snapshot's own day and it. `verify`: counts only, or full, every
    table's digest; None is full for small tables. `guard` says which databases may be changed, and whether rows may be
    replaced that snap did not put there. With `jobs` over 1 it is quicker and not atomic: the ledger says `loading`
    until it is done.

    Errors: TargetError when the target does not fit, is guarded or locked; CheckError when what was loaded is not what
    the snapshot holds; ServiceError. After each the target is as it was, or `loading`.
    """
    if mode != "replace" and jobs > 1:
        raise UsageError(f"--jobs {jobs} is for --mode replace", f"leave --jobs out: --mode {mode} is one transaction")
    if jobs < 1:
        raise UsageError(f"jobs is {jobs}, not a number of connections", "give 1 or more")
    if not 0 < lock_timeout_s <= _LONGEST_TIMEOUT_S:
        raise UsageError(f"the lock timeout is {lock_timeout_s:g} s", f"give up to {_LONGEST_TIMEOUT_S} seconds")
    started = time.perf_counter()
    days = 0 if as_of is None else shift_days(snapshot.manifest, as_of)
    require_shiftable(snapshot, days)
    request = Request(
        mode=mode,
        verify=verify,
        jobs=jobs,
        shift_days=days,
        dated=as_of is not None,
        strict=strict,
        guard=guard,
        lock_timeout_s=lock_timeout_s,
    )
    progress = progress or Silent()
    if not dry_run:
        import_ahead("pyarrow.parquet", "pyarrow.compute")  # while the server answers
    result = None
    if mode != "replace":
        from snap_restorer.merge import merge

        result = merge.restore(snapshot, target, request, progress, dry_run=dry_run)
    if result is None:
        result = _replaced(snapshot, target, request, progress, dry_run=dry_run)
    return with_changes(result, seconds=time.perf_counter() - started)


def _replaced(
    snapshot: Snapshot, target: Target, request: Request, progress: Progress, *, dry_run: bool
) -> RestoreResult:
    run = _look if dry_run else _at_once if request.jobs == 1 else _side_by_side
    done = run(snapshot, target, request, progress)
    return RestoreResult(
        version=snapshot.manifest.version,
        db=target.redacted,
        mode=request.mode,
        schema_created=done.survey.created,
        tables=replaced(snapshot.manifest, done),
        conflicts=(),
        verified=done.verified,
        outline=outline(snapshot.manifest, done.survey.made, done.before, request) if dry_run else None,
        seconds=0.0,
    )


def _look(snapshot: Snapshot, target: Target, request: Request, progress: Progress) -> Done:
    """Do all up to the point where something would be touched."""
    with target.connect() as connection:
        had = session.begin(connection, request.lock_timeout_s)
        session.exclude_others(connection, request.lock_timeout_s)
        found = survey(connection, had, target, snapshot, request, progress)
        return Done(survey=found, before=found.before, seconds={}, verified=False)


def _side_by_side(snapshot: Snapshot, target: Target, request: Request, progress: Progress) -> Done:
    """Replace all rows over several connections."""
    from snap_restorer.replace import parallel

    manifest = snapshot.manifest
    return parallel.restore(snapshot, target, request, lambda state: ledger.entry(manifest, request, state), progress)


def _at_once(snapshot: Snapshot, target: Target, request: Request, progress: Progress) -> Done:
    """Replace all rows in one transaction."""
    with target.connect() as connection:
        had = session.begin(connection, request.lock_timeout_s)
        session.exclude_others(connection, request.lock_timeout_s)
        found = survey(connection, had, target, snapshot, request, progress)
        with ahead(_pieces(snapshot, found.made, request)) as pieces:
            before = {} if found.created else steps.lock(connection, found.made, found.before, yes=request.guard.yes)
            seconds = _load(connection, snapshot, pieces, found.made, progress)
        verified = steps.finish(connection, found.made, request, progress)
        objects.analyze(connection, found.made.tables)
        steps.refresh(connection, found.made)
        if not ledger.write(connection, ledger.entry(snapshot.manifest, request, "done")):
            progress.warn(
                "this role may not write the table snap.ledger: what was restored is not recorded, and the next "
                "restore will want --yes"
            )
        target.commit(connection)
        return Done(survey=found, before=before, seconds=seconds, verified=verified)


def _pieces(snapshot: Snapshot, made: RestorePlan, request: Request) -> Iterator[Piece | None]:
    """Read and encode all tables in order; None ends each."""
    for table in made.tables:
        yield from steps.pieces(snapshot, table, table.data.files, request)
        yield None


def _own(pieces: Iterator[Piece | None]) -> Iterator[Piece]:
    while (piece := next(pieces)) is not None:
        yield piece


def _load(
    connection: Connection,
    snapshot: Snapshot,
    pieces: Iterator[Piece | None],
    made: RestorePlan,
    progress: Progress,
) -> dict[str, float]:
    steps.clear(connection, made)
    objects.wait_with_references(connection, made)
    seconds: dict[str, float] = {}
    session.search(connection, None)
    for table in made.tables:
        began = time.perf_counter()
        progress.start(table.label, table.data.rows)
        inserted = steps.load(connection, table, _own(pieces), progress, freeze=True)
        steps.expect(snapshot, table, inserted)
        seconds[table.label] = time.perf_counter() - began
    session.search(connection, session.PINNED)
    steps.build(connection, made)
    return seconds
