"""Template databases kept for copies: one for each snapshot, shift, server version, role, locale and settings.

A template is an ordinary database of the role that made it. Only templates of this role and of superusers are used. Its
name is random. Its comment tells people what the template is and when it was last used, and holds its key: a hash of
everything that decides its contents. Until a template is full, only its owner may connect to it, and afterwards nobody
may. An ordinary restore fills the template, which is marked ready last: the comment that says so and ALLOW_CONNECTIONS
false are one transaction, which also holds the lock. A template that is not ready was left by a run that died, and is
made again.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import secrets
from collections.abc import Generator
from dataclasses import dataclass

import psycopg
from psycopg import sql

from snap.errors import Interruption, SnapError
from snap.manifest import Manifest
from snap.progress import Progress
from snap.store import Snapshot
from snap_restorer.clones import database_objects, databases
from snap_restorer.clones.carry import attach_settings
from snap_restorer.clones.databases import Database, Locale, ServerSessions, Setting
from snap_restorer.local.superuser import prepared
from snap_restorer.pg import ledger, transaction
from snap_restorer.pg.catalog import query
from snap_restorer.pg.marks import TEMPLATE
from snap_restorer.pg.target import Target
from snap_restorer.replace.create_schema import admit_schema
from snap_restorer.request import REQUEST, Request, shift_days
from snap_restorer.restoring import restore
from snap_restorer.result import RestoreResult

_LAYOUT = 1  # raise it when the objects that snap adds to a template change
_KEPT = 8  # the most templates of one role on one server: a few versions times a few locales and settings
_DAYS = 14  # since a template was last used
_READY = f"{TEMPLATE}, ready: "
_BASE, _BARE = "template1", "template0"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSpec:
    """The inputs that decide a template's contents, besides server and role.

    If `locale` is None, the template has the locale of the server's new databases. `trust_code`: the snapshot's code
    may run with a superuser's rights. Only runs that trust the code copy such a template.
    """

    snapshot: Snapshot
    as_of: dt.date | None
    trust_code: bool
    locale: Locale | None
    settings: frozenset[Setting]

    @property
    def manifest(self) -> Manifest:
        return self.snapshot.manifest

    @property
    def shift_days(self) -> int:
        return shift_days(self.manifest, self.as_of)


def spec_for(snapshot: Snapshot, old: Database | None, request: Request) -> TemplateSpec:
    """Return the spec of a template whose copies replace `old`: loaded under the locale and the settings of `old`."""
    return TemplateSpec(
        snapshot=snapshot,
        as_of=request.as_of,
        trust_code=request.trust_code,
        locale=None if old is None else old.locale,
        settings=frozenset() if old is None else frozenset(s for s in old.settings if s.role is None),
    )


def key_of(server: ServerSessions, spec: TemplateSpec) -> str:
    """Return the key of a spec's template on this server."""
    base, locale = _base(server, spec)
    parts = (
        _LAYOUT,
        spec.manifest.digest,
        spec.manifest.schema_sql,
        spec.manifest.sequences,
        spec.shift_days,
        spec.trust_code,
        server.worker.info.server_version,
    )
    settings = sorted((setting.name, setting.value) for setting in spec.settings)
    return databases.digest(*parts, server.role.oid, server.role.name, base, locale, settings)


def find_ready(server: ServerSessions, key: str) -> str | None:
    """Return the name of a template with this key that is marked ready, None if there is none."""
    return next((database.name for database in _with_key(server, key) if _ready(database)), None)


def lock_ready(server: ServerSessions, key: str) -> str | None:
    """Lock a ready template with this key against removal, in the keeper's transaction, and return its name."""
    name = find_ready(server, key)
    if name is not None:
        databases.lock(server, name, shared=True)
    return name if name == find_ready(server, key) else None


def make(
    server: ServerSessions, spec: TemplateSpec, progress: Progress, *, request: Request = REQUEST
) -> Generator[str, None, RestoreResult | None]:
    """Make the template of a spec unless one is ready, or wait for another run that makes the template.

    Yield each step's name when it is done. Return the result of the restore, None if the template was ready. The
    keeper's transaction is used, and ended.
    """
    key = key_of(server, spec)
    if find_ready(server, key) is not None:  # without waiting for the lock of another run that copies it
        return None
    databases.begin(server)
    if not databases.try_lock(server, f"template {key}"):
        progress.note(f"waiting for another run, which makes the template of {spec.manifest.version}")
        databases.lock(server, f"template {key}")
    for existing in _with_key(server, key):
        if _ready(existing):
            server.keeper.rollback()
            return None
        if existing.owner == server.role.name:
            databases.drop(server, existing.name, force=True)
    admit_schema(server.worker, spec.manifest, trust_code=spec.trust_code)
    name = f"snap_tpl_{secrets.token_hex(16)}"
    databases.lock(server, name)
    base, locale = _base(server, spec)
    try:
        databases.create(server, name, base, locale=locale, private=True)
        databases.comment(server.worker, name, f"{TEMPLATE}, unfinished: {_describe(spec)}{_key_mark(key)}")
        yield "template created"
        attach_settings(server.worker, name, spec.settings)
        fill = Request(as_of=spec.as_of, jobs=request.jobs, verify=request.verify, trust_code=spec.trust_code)
        # No other session is in this database, so several connections are as safe as one.
        with prepared(server.target.at(name), spec.manifest, fill) as target:
            result = restore(spec.snapshot, target, fill, progress=progress)
        yield "template filled"
        _finish(spec, server.target.at(name))
        yield "template recorded"
        _mark(server, name, spec, key)
    except BaseException as error:
        with contextlib.suppress(SnapError, psycopg.Error):
            databases.drop(server, name, force=True)
        known = error.error if isinstance(error, Interruption) else error
        if isinstance(known, SnapError):
            known.state = ""  # the state was the template's
        raise
    yield "template ready"
    prune(server, name)
    return result


def touch(server: ServerSessions, name: str) -> None:
    """Record today as the day of last use in a template's comment."""
    database = databases.find(server.worker, name)
    ((today,),) = server.worker.execute("SELECT CURRENT_DATE::text")
    if database is not None and database.comment is not None and _used(database.comment) != today:
        text = re.sub(r"last used \d{4}-\d\d-\d\d", f"last used {today}", database.comment)
        databases.comment(server.worker, name, text)


def prune(server: ServerSessions, current: str) -> tuple[str, ...]:
    """Drop this role's templates that are long unused or too many, except those in use and `current`.

    Return the names of the dropped templates. The keeper's transaction is used, and ended.
    """
    rows = server.worker.execute(query("clone_ours"), {"kinds": "tpl"}).fetchall()
    ours = [
        (_used(comment) or "", name, today)
        for name, owner, comment, today in rows
        if owner == server.role.name and (comment is None or comment.startswith(TEMPLATE)) and name != current
    ]
    dropped = []
    for place, (used, name, today) in enumerate(sorted(ours, reverse=True), start=2):
        old = not used or (today - dt.date.fromisoformat(used)).days > _DAYS
        if place <= _KEPT and not old:
            continue
        databases.begin(server)
        if databases.try_lock(server, name):
            databases.drop(server, name, force=True)
            dropped.append(name)
        server.keeper.rollback()
    return tuple(dropped)


def _finish(spec: TemplateSpec, target: Target) -> None:
    """Record the contents of the template, and vacuum the template so that its copies need no vacuum.

    The restore's statistics stay. Only relations that have none are analysed, such as tables that the schema fills.
    """
    with target.connect() as connection:
        connection.autocommit = True
        connection.execute("SET statement_timeout = 0")
        transaction.pin_session(connection)
        without = [sql.Identifier(*name) for name in connection.execute(query("without_statistics"))]
        connection.execute("VACUUM (FREEZE)")
        if without:
            connection.execute(sql.SQL("ANALYZE {}").format(sql.SQL(", ").join(without)))
        definitions = database_objects.listing(connection)
        rows = database_objects.counts(connection, private=True)
        database_objects.write_record(
            connection, database_objects.Record(fingerprint=database_objects.fingerprint(definitions), rows=rows)
        )
        ledger.write_entry(connection, entry(spec))


def entry(spec: TemplateSpec) -> ledger.LedgerEntry:
    """Return what a copy's ledger says of the restore into its template."""
    return ledger.new_entry(spec.manifest, mode="clone", shift_days=spec.shift_days, state="done")


def _mark(server: ServerSessions, name: str, spec: TemplateSpec, key: str) -> None:
    ((today,),) = server.keeper.execute("SELECT CURRENT_DATE::text")
    text = f"{_READY}{_describe(spec)}, made {today}, last used {today}{_key_mark(key)}"
    databases.comment(server.keeper, name, text)
    server.keeper.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
    server.keeper.commit()


def _describe(spec: TemplateSpec) -> str:
    shifted = f", shifted by {spec.shift_days} days" if spec.shift_days else ""
    return f"{spec.manifest.version} (digest {spec.manifest.digest[:12]}{shifted})"


def _ready(database: Database) -> bool:
    return (database.comment or "").startswith(_READY) and not database.connectable and not database.broken


def _key_mark(key: str) -> str:
    return f", key {key}"


def _with_key(server: ServerSessions, key: str) -> list[Database]:
    """Return the databases of this role and of superusers whose comment holds the key."""
    names = server.worker.execute(query("clone_templates"), {"mark": _key_mark(key)}).fetchall()
    existing = (databases.find(server.worker, name) for (name,) in names)
    return [database for database in existing if database is not None]


def _base(server: ServerSessions, spec: TemplateSpec) -> tuple[str, Locale]:
    """Return the database to start from: createdb's default, or template0 if another locale is wanted."""
    usual = databases.find(server.worker, _BASE)
    if usual is not None and spec.locale in {None, usual.locale}:
        return _BASE, ()
    return _BARE, spec.locale or ()


def _used(comment: str | None) -> str | None:
    match = re.search(r"last used (\d{4}-\d\d-\d\d)", comment or "")
    return match[1] if match else None
