"""Replace the rows of a target's tables by a snapshot's: all of it in one transaction, or none.

    session settings, lock against other restores
    introspect, create the schema if no table is there, plan, guard      refusals happen here
    lock, hold off triggers and FORCE ROW LEVEL SECURITY, lift foreign keys that close a cycle, TRUNCATE
    COPY each table
    foreign keys, row-level security, triggers, sequences as they were; ANALYZE
    verify, ledger, commit

The caller has compared the files with their hashes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from restorer import ledger, objects
from restorer.ahead import ahead, import_ahead
from restorer.catalog import query
from restorer.copy_in import Piece, copy_pieces, encoded
from restorer.introspect import introspect
from restorer.plan import RestorePlan, TablePlan, guard, plan, schema_is_missing
from restorer.target import Target
from snap import __version__, parquet
from snap.errors import CheckError, SnapshotError, TargetError, UsageError
from snap.manifest import Manifest
from snap.progress import Progress, Silent
from snap.store import Snapshot

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

Mode = Literal["replace", "missing", "sync"]
Verify = Literal["counts", "full"]

_LOCK = (0x736E6170, 1)  # "snap", restore: the key of the advisory lock
_PINNED = "public, pg_temp"  # under which types and constraints are printed, and constraints created again
_OWN = '"$user", public'  # Postgres' default, which a schema's SQL may expect


@dataclass(frozen=True, slots=True, kw_only=True)
class TableResult:
    """What happened to one table. rows = inserted + updated + unchanged + skipped."""

    name: str
    rows: int
    inserted: int
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    skipped: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A row of the snapshot that the target could not take."""

    table: str
    key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreResult:
    """What a restore did, or with dry_run would do. `db` holds no password; `verified` is False for a dry run."""

    version: str
    db: str
    mode: Mode
    schema_created: bool
    tables: tuple[TableResult, ...]
    conflicts: tuple[Conflict, ...]
    verified: Verify | Literal[False]
    seconds: float


def restore(
    snapshot: Snapshot,
    target: Target,
    *,
    mode: Mode = "replace",
    verify: Verify = "counts",
    dry_run: bool = False,
    yes: bool = False,
    lock_timeout_s: float = 10,
    progress: Progress | None = None,
) -> RestoreResult:
    """Load `snapshot` into `target`, creating its schema where none of its tables is there.

    `yes` lets it replace rows that snap did not put there. Errors: TargetError when the target does not fit, is guarded
    or locked; CheckError when what was loaded is not what the snapshot holds; ServiceError. After each the target is as
    it was.
    """
    if mode != "replace":
        raise UsageError(f"mode {mode} is not available yet", "use --mode replace")
    if verify != "counts":
        raise UsageError(f"verify {verify} is not available yet", "use --verify counts")
    started = time.perf_counter()
    manifest, progress = snapshot.manifest, progress or Silent()
    if not dry_run:
        import_ahead("pyarrow.parquet", "pyarrow.compute")
    with target.connect() as connection:
        _begin(connection, lock_timeout_s)
        _exclude_others(connection, lock_timeout_s)
        state = introspect(connection, _tables(manifest))
        created = schema_is_missing(manifest, state)
        if created:
            _create_schema(connection, target, manifest)
            _set(connection, lock_timeout_s)  # dumped SQL sets some of these itself
            state = introspect(connection, _tables(manifest))
        made = plan(manifest, state)
        for note in made.notes:
            progress.note(note)
        objects.lift_forced_security(connection, made)
        before = {} if created else objects.counts(connection, made.tables)
        if not yes:
            guard(before, ledger.read(connection))
        if dry_run:
            tables = tuple(_result(table, table.data.rows, before, 0.0) for table in made.tables)
        else:
            with ahead(_pieces(snapshot, made.tables)) as pieces:
                if not created:
                    before = _lock_tables(connection, made, before, yes=yes)
                tables = tuple(_replace(connection, snapshot, pieces, made, before, progress))
            _record(connection, manifest, mode, progress)
            connection.commit()
    return RestoreResult(
        version=manifest.version,
        db=target.redacted,
        mode=mode,
        schema_created=created,
        tables=_in_order(tables, manifest),
        conflicts=(),
        verified=False if dry_run else verify,
        seconds=time.perf_counter() - started,
    )


def _begin(connection: Connection, lock_timeout_s: float) -> None:
    """Begin the transaction, whatever defaults the role and the database have."""
    from psycopg import IsolationLevel

    connection.isolation_level = IsolationLevel.READ_COMMITTED
    connection.read_only = False
    connection.deferrable = False
    _set(connection, lock_timeout_s)


def _set(connection: Connection, lock_timeout_s: float) -> None:
    """Set, for this transaction, the timeouts and all that reading values and printing types depend on."""
    settings = {
        "lock_timeout": f"{max(1, round(lock_timeout_s * 1000))}ms",
        "statement_timeout": "0",
        "transaction_timeout": "0",
        "idle_in_transaction_session_timeout": "0",
        "row_security": "off",
        "search_path": _PINNED,
        "TimeZone": "UTC",
        "DateStyle": "ISO, MDY",
        "IntervalStyle": "postgres",
    }
    connection.execute(query("session"), {"names": list(settings), "values": list(settings.values())})


def _exclude_others(connection: Connection, lock_timeout_s: float) -> None:
    """Wait for another restore into this database. The lock ends with the transaction, so it holds through a pooler."""
    import psycopg

    try:
        connection.execute("SELECT pg_catalog.pg_advisory_xact_lock(%s, %s)", _LOCK)
    except psycopg.errors.LockNotAvailable:
        raise TargetError(
            f"lock held: another restore is running in this database, for over {lock_timeout_s:g} s",
            "wait until it is done, then run this again",
        ) from None


def _create_schema(connection: Connection, target: Target, manifest: Manifest) -> None:
    """Run the snapshot's own SQL, as it is, inside the transaction."""
    import psycopg
    from psycopg.pq import TransactionStatus

    transaction = connection.execute("SELECT pg_catalog.pg_current_xact_id()").fetchone()
    _search(connection, _OWN)
    try:
        connection.execute(manifest.schema_sql.encode())
    except psycopg.Error as error:
        translated = target.translate(error)
        raise type(translated)(
            f"the schema of {manifest.version} cannot be created: {translated.message}",
            "grant CREATE on the schema, or run the migrations first; nothing was changed",
        ) from None
    if (
        connection.info.transaction_status != TransactionStatus.INTRANS
        or connection.execute("SELECT pg_catalog.pg_current_xact_id()").fetchone() != transaction
    ):
        raise SnapshotError(
            f"the schema's SQL of {manifest.version} ends the transaction", "remove BEGIN and COMMIT from it"
        )


def _lock_tables(connection: Connection, made: RestorePlan, before: dict[str, int], *, yes: bool) -> dict[str, int]:
    """Shut others out, and count again: rows that came in since the guard looked are not to be lost unseen."""
    import psycopg

    try:
        objects.lock(connection, made.tables)
    except psycopg.errors.LockNotAvailable:
        raise TargetError(
            "lock held: another session uses the tables to be replaced",
            "end that session, try again later, or raise the lock timeout; nothing was changed",
        ) from None
    now = objects.counts(connection, made.tables)
    if now != before and not yes:
        raise TargetError("rows were written while the restore began", "stop the writers, or add --yes")
    return now


def _replace(
    connection: Connection,
    snapshot: Snapshot,
    pieces: Iterator[Piece | None],
    made: RestorePlan,
    before: dict[str, int],
    progress: Progress,
) -> Iterator[TableResult]:
    objects.hold_off_triggers(connection, made)
    objects.lift_references(connection, made)
    objects.truncate(connection, made.tables)
    # Functions that constraints and generated columns call find what they need where this role would find it.
    _search(connection, None)
    for table in made.tables:
        began = time.perf_counter()
        progress.start(table.label, table.data.rows)
        inserted = _load(connection, pieces, table, progress)
        if inserted != table.data.rows:
            raise CheckError(
                f"table {table.label} took {inserted} rows of {table.data.rows}",
                f"check the snapshot: snap check {snapshot.manifest.version}; nothing was changed",
            )
        yield _result(table, inserted, before, time.perf_counter() - began)
    _search(connection, _PINNED)
    objects.restore_references(connection, made)
    objects.move_sequences(connection, made.tables)
    _verify(connection, made)
    objects.restore_forced_security(connection, made)
    objects.restore_triggers(connection, made)
    objects.analyze(connection, made.tables)


def _pieces(snapshot: Snapshot, tables: tuple[TablePlan, ...]) -> Iterator[Piece | None]:
    """Read and encode tables in order; None ends each."""
    for table in tables:
        if table.columns:
            files = table.data.files
            yield from encoded(table, (b for f in files for b in parquet.read(snapshot.path(f), table.data.table)))
            yield None


def _load(connection: Connection, pieces: Iterator[Piece | None], table: TablePlan, progress: Progress) -> int:
    if not table.columns:
        return objects.insert_defaults(connection, table)
    inserted = 0
    own = iter(partial(next, pieces), None)
    for rows in copy_pieces(connection, table, (piece for piece in own if piece is not None)):
        inserted += rows
        progress.advance(table.label, rows)
    return inserted


def _verify(connection: Connection, made: RestorePlan) -> None:
    """Compare what the tables hold now with the manifest. Errors: CheckError that names every table that differs."""
    held = objects.counts(connection, made.tables)
    wrong = [
        f"{table.label} holds {held[table.label]} rows, not {table.data.rows}"
        for table in made.tables
        if held[table.label] != table.data.rows
    ]
    if wrong:
        raise CheckError(
            "after loading, " + "; ".join(wrong),
            "look for rules and triggers of the target that drop or add rows; nothing was changed",
        )


def _record(connection: Connection, manifest: Manifest, mode: Mode, progress: Progress) -> None:
    entry = ledger.Entry(
        version=manifest.version,
        digest=manifest.digest,
        as_of_shift_days=0,
        mode=mode,
        state="done",
        rows=tuple((data.table.label, data.rows) for data in manifest.tables),
        snap_version=__version__,
    )
    if not ledger.write(connection, entry):
        progress.warn(
            "this role may not write the table snap.ledger: what was restored is not recorded, and the next restore "
            "will want --yes"
        )


def _search(connection: Connection, path: str | None) -> None:
    """Set the search path for the rest of the transaction; None is the role's own in this database."""
    if path is None:
        connection.execute("SET LOCAL search_path TO DEFAULT")
    else:
        connection.execute("SELECT pg_catalog.set_config('search_path', %s, true)", [path])


def _result(table: TablePlan, inserted: int, before: dict[str, int], seconds: float) -> TableResult:
    return TableResult(
        name=table.label,
        rows=table.data.rows,
        inserted=inserted,
        deleted=before.get(table.label, 0),
        seconds=seconds,
    )


def _in_order(tables: tuple[TableResult, ...], manifest: Manifest) -> tuple[TableResult, ...]:
    place = {data.table.label: i for i, data in enumerate(manifest.tables)}
    return tuple(sorted(tables, key=lambda table: place[table.name]))


def _tables(manifest: Manifest) -> Iterator[Any]:
    return (data.table for data in manifest.tables)
