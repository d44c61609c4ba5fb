"""Databases for the tests of one process: each a copy of a template, lent and taken back over one pair of sessions.

A run is one process. Its number is part of the name of every database that it makes, and the session that makes them
holds the run's lock. So a run counts as alive while its lock is held, even if its process was killed and the server
still copies. The locks show which databases are in use and which belong to dead runs.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

from snap.errors import SnapError
from snap.progress import Silent
from snap.store import Store
from snap.units import plural
from snap.verify import require_intact
from snap_restorer.clones import databases, template
from snap_restorer.clones.databases import ServerSessions
from snap_restorer.clones.dropping import drop_together
from snap_restorer.clones.handout import MARK, conninfo_at, embedded_server
from snap_restorer.clones.template import TemplateSpec
from snap_restorer.pg.catalog import query
from snap_restorer.pg.target import Target
from snap_restorer.request import Request

_LENT = f"{MARK}lent to a test, dropped after it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    """A lent database. `url` has the form of the server's conninfo and holds its password."""

    name: str
    url: str


class Lender:
    """A lender of databases on one server, each filled with a version of the snapshots in `root`.

    `server` is the conninfo of any database on the server; without it the embedded Postgres is started. While databases
    are dropped there are up to `sessions` more sessions. The lender connects at the first loan, which also drops what
    dead runs left. One thread at a time may use a lender; take_back() is the exception.
    """

    def __init__(
        self, *, root: Path, server: str | None, trust_code: bool, environment: Mapping[str, str], sessions: int = 8
    ) -> None:
        self.sessions = sessions
        self._root = root
        self._conninfo = server
        self._fill = Request(trust_code=trust_code)
        self._environment = environment
        self._run = secrets.token_hex(8)
        self._numbers = count(1)
        self._open = contextlib.ExitStack()
        self._server: ServerSessions | None = None
        self._sources: dict[tuple[str, dt.date | None], str] = {}
        self._lent: dict[str, Loan] = {}

    def lend(self, version: str, as_of: dt.date | None = None) -> Loan:
        """Lend a fresh database that holds `version`, with its dates moved to `as_of`.

        Errors: UsageError, SnapshotError, TargetError if the role may not create databases, ServiceError.
        """
        server = self._connected()
        with _translated(server.target):
            name = self._copy(server, version, as_of)
        loan = Loan(name=name, url=conninfo_at(server.target.conninfo, name))
        self._lent[name] = loan
        return loan

    def take_back(self, *loans: Loan) -> None:
        """Drop lent databases and end the sessions in them. close() tries again to drop databases that remain.

        Another thread than the lending one may call this.
        """
        if self._server is not None:
            self._drop(self._server, [loan.name for loan in loans])

    def keep(self, loan: Loan, reason: str) -> str:
        """Keep a database on the server when all others are dropped, and return its URL without a password.

        The database's comment says why it was kept. snap.drop() drops it. Errors: TargetError, ServiceError.
        """
        server = self._connected()
        with _translated(server.target):
            databases.comment(server.worker, loan.name, f"{MARK}kept, {reason}")
        self._lent.pop(loan.name, None)
        return Target(loan.url).redacted

    def close(self) -> list[str]:
        """Drop all databases that are still lent, and end the sessions. Return messages about databases that remain."""
        said = []
        if self._lent:
            try:
                failed = self._drop(self._connected(), list(self._lent))
                said = [f"database {name} was not dropped: {error.message}" for name, error in failed.items()]
            except SnapError as error:
                left = plural(len(self._lent), "database")
                said = [f"{left} of this run remain until the next run drops them: {error.message}"]
        self._lent.clear()
        self._forget()
        return said

    def _drop(self, server: ServerSessions, names: list[str]) -> dict[str, SnapError]:
        failed = drop_together(server, names, self.sessions)
        for name in names:
            if name not in failed:
                self._lent.pop(name, None)
        return failed

    def _forget(self) -> None:
        self._server = None
        self._sources.clear()
        with contextlib.suppress(SnapError, psycopg.Error):
            self._open.close()

    def _connected(self) -> ServerSessions:
        """Return the sessions, opened anew if the server has ended them."""
        if self._server is not None and not (self._server.worker.closed or self._server.keeper.closed):
            return self._server
        self._forget()
        target = Target(self._conninfo) if self._conninfo else embedded_server(self._environment, self._root)
        server = self._open.enter_context(databases.serve(target, option=None))
        with _translated(target):
            databases.hold(server, _run_lock(self._run))
            sweep(server)
        self._server = server
        return server

    def _copy(self, server: ServerSessions, version: str, as_of: dt.date | None) -> str:
        while True:
            source = self._source(server, version, as_of)
            name = f"snap_test_{self._run}_{next(self._numbers)}"
            try:
                databases.create(server, name, source)
            except psycopg.errors.InvalidCatalogName:  # another session has dropped the template
                self._sources.clear()
                continue
            databases.comment(server.worker, name, _LENT)
            return name

    def _source(self, server: ServerSessions, version: str, as_of: dt.date | None) -> str:
        """Return the template of a version, made if needed.

        The template stays locked against removal until the lender closes.
        """
        known = self._sources.get((version, as_of))
        if known is not None:
            return known
        snapshot = Store(self._root).resolve(version)
        spec = TemplateSpec(
            snapshot=snapshot, as_of=as_of, trust_code=self._fill.trust_code, locale=None, settings=frozenset()
        )
        key = template.key_of(server, spec)
        while (source := self._held(server, key)) is None:
            require_intact(snapshot)
            for _ in template.make(server, spec, Silent(), request=self._fill):
                pass
        template.touch(server, source)
        self._sources[version, as_of] = source
        return source

    @staticmethod
    def _held(server: ServerSessions, key: str) -> str | None:
        name = template.find_ready(server, key)
        if name is not None:
            databases.hold(server, name)
        return name if name == template.find_ready(server, key) else None


def sweep(server: ServerSessions) -> tuple[str, ...]:
    """Drop the databases that dead runs left on the server, and return their names.

    A database that cannot be dropped is skipped, since no later run needs its name. The keeper's transaction is used,
    and ended.
    """
    rows = server.worker.execute(query("clone_runs"), {"mark": _LENT}).fetchall()
    databases.begin(server)
    dead = {run for run in {run for _, run in rows} if databases.try_lock(server, _run_lock(run))}
    names = [name for name, run in rows if run in dead]
    failed = drop_together(server, names)
    server.keeper.rollback()
    return tuple(name for name in names if name not in failed)


def _run_lock(run: str) -> str:
    return f"test run {run}"


@contextlib.contextmanager
def _translated(target: Target) -> Iterator[None]:
    """Raise psycopg's errors of the block as errors of this project. Errors: TargetError, ServiceError."""
    try:
        yield
    except psycopg.Error as error:
        raise target.translate(error) from None
