"""Databases for tests: each a fresh copy of a template, of its own, in milliseconds.

    @pytest.fixture
    def database():
        with snap.cloned("v3") as url:
            yield url

The first copy of a version makes the template, which later runs and other processes find again.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg

from snap.errors import TargetError
from snap.keywords import hinted
from snap.progress import Progress, Silent
from snap.project import find_root
from snap.store import Store
from snap.verify import require_intact
from snap_restorer.clones import databases, template
from snap_restorer.local.embedded import Embedded
from snap_restorer.pg.marks import COPY
from snap_restorer.pg.target import Target
from snap_restorer.request import Request, day

MARK = f"{COPY}: "  # begins the comment of every database that is made for tests


@hinted()
def clone(
    version: str,
    *,
    root: Path | str | None = None,
    server: str | None = None,
    name: str | None = None,
    as_of: str | None = None,
    trust_code: bool = False,
    environment: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> str:
    """Create a database that holds snapshot `version`, and return its conninfo. drop() removes the database.

    `root` is the project's folder, else $SNAP_ROOT, else the nearest project from the current folder upwards. `server`
    is the conninfo of any database on the server; without it the embedded Postgres is started. `name` is the new
    database's name; without it a new name is made. `as_of` is "now" or a date: all dates and times move by the whole
    days between the snapshot's own day and that one, and each day has a template of its own. `trust_code` applies to
    the restore that fills a template. The role must be able to create databases. Errors: UsageError for no such day,
    SnapshotError, TargetError if `name` is taken, ServiceError.
    """
    fill = Request(as_of=day(as_of, dt.datetime.now(dt.UTC).date()), trust_code=trust_code)
    environment = os.environ if environment is None else environment
    project = find_root(None if root is None else Path(root), environment, Path.cwd())
    snapshot = Store(project).resolve(version)
    target = embedded_server(environment, project) if server is None else Target(server)
    name = name or f"snap_test_{secrets.token_hex(8)}"
    with databases.serve(target) as running:
        spec = template.spec_for(snapshot, None, fill)
        key = template.key_of(running, spec)
        while (source := template.lock_ready(running, key)) is None:
            require_intact(snapshot)
            for _ in template.make(running, spec, progress or Silent(), request=fill):
                pass
        template.touch(running, source)
        if databases.find(running.worker, name) is not None:
            raise TargetError(f"database {name} already exists", "choose another name, or leave out the name")
        try:
            databases.create(running, name, source, replace=False)
        except psycopg.errors.DuplicateDatabase:
            raise TargetError(f"database {name} already exists", "choose another name, or leave out the name") from None
        databases.comment(running.worker, name, f"{MARK}{version}")
    return conninfo_at(target.conninfo, name)


@hinted()
def drop(conninfo: str) -> None:
    """Drop a database that clone() made, and end the sessions in it. A missing database is no error.

    Errors: TargetError.
    """
    target = Target(conninfo)
    name = databases.name_of(target)
    with databases.serve(target) as running:
        database = databases.find(running.worker, name)
        if database is None:
            return
        if not (database.comment or "").startswith(MARK):
            raise TargetError(f"database {name} was not made by clone()", "to remove this database, drop it yourself")
        databases.drop(running, name, force=True)


@contextlib.contextmanager
def cloned(
    version: str,
    *,
    root: Path | str | None = None,
    server: str | None = None,
    as_of: str | None = None,
    trust_code: bool = False,
    keep_failed: bool = False,
) -> Iterator[str]:
    """Lend the conninfo of a fresh database that holds snapshot `version`, and drop the database afterwards.

    `as_of` moves dates as it does in clone(). With `keep_failed` the database is kept for inspection if the block ends
    in an error.
    """
    conninfo = clone(version, root=root, server=server, as_of=as_of, trust_code=trust_code)
    try:
        yield conninfo
    except BaseException:
        if not keep_failed:
            drop(conninfo)
        raise
    drop(conninfo)


def embedded_server(environment: Mapping[str, str], project: Path) -> Target:
    """Start the embedded Postgres, and return the database from which others are created. Errors: ServiceError."""
    return Embedded(environment=environment, project=project).start().target(databases.MAINTENANCE)


def conninfo_at(conninfo: str, database: str) -> str:
    """Return a conninfo with another database in the same form.

    A URL stays a URL, for clients that do not use libpq.
    """
    if "://" not in conninfo.partition("=")[0]:
        return Target(conninfo).at(database).conninfo
    parts = urlsplit(conninfo)
    rest = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key != "dbname"]
    return urlunsplit(
        parts._replace(path="/" + quote(database, safe=""), query=urlencode(rest, safe="/", quote_via=quote))
    )
