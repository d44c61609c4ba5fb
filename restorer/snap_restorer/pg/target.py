"""The database acted on: how to name it without its password, how to connect, and what its errors mean to people."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus

from snap.errors import ServiceError, SnapError, TargetError, UsageError
from snap_restorer.pg.pinned_session import PinnedSession
from snap_restorer.pg.server_errors import words

Connection = psycopg.Connection[Any]

_SECRETS = ("password", "sslpassword", "oauth_client_secret")
_PLACE = ("user", "host", "port", "dbname", *_SECRETS)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_DEFAULTS = {
    "application_name": "snap",
    "connect_timeout": "10",
    "keepalives_idle": "60",  # seconds; a line that a firewall forgot is noticed within two minutes
    "keepalives_interval": "15",
    "keepalives_count": "4",
}

# SQLSTATE, or its class, to what it means here; the first that matches counts.
_REFUSED = {
    "42501": "connect as the tables' owner (or grant it what the message names)",
    "55P03": "another session holds a lock on these tables; try again, or raise the lock timeout",
    "40P01": "other sessions work on these tables; try again",
    "40001": "other sessions work on these tables; try again",
    "25006": "this is a read-only database, perhaps a replica; connect to its primary",
    "0A": "the server lacks what the message names; install it there, or use another server",
    "23": "the target's constraints refuse the snapshot's rows",
    "22": "the target's types refuse a value of the snapshot",
    "42": "the target's schema differs from what snap read of it",
    "2BP01": "other objects depend on it",
}
_FAILED = {
    "28": "check the user and the password (also $PGPASSWORD and ~/.pgpass)",
    "3D": "create the database first, for example with createdb",
    "53100": "the server's disk is full; free some space",
    "53300": "the server has no free connection; try again, or raise max_connections",
    "57": "the server or an administrator ended the session; run the command again",
}
# What the transaction had changed by then is undone, and the hint says so.
_UNDONE = ("0A", "23", "22", "42", "2BP01", "53100", "57")
# Classes of failures: connection, resources, operating system, configuration file, a bug of Postgres.
_BROKEN = frozenset({"08", "53", "58", "F0", "XX"})
# Before a session exists libpq gives texts only, no SQLSTATE.
_TEXTS = (
    ("password authentication failed", _FAILED["28"]),
    ("no password supplied", "give the password in the URL, in $PGPASSWORD or in ~/.pgpass"),
    ("authentication failed", _FAILED["28"]),
    ("no pg_hba.conf entry", "the server does not let this user in from here; check pg_hba.conf and sslmode"),
    ("the database system is", "the server is starting or stopping; try again"),
    ('database "', _FAILED["3D"]),
    ('role "', _FAILED["28"]),
    ("resolve", "check the host's name in the URL"),
    ("translate host name", "check the host's name in the URL"),
    ("refused", "is Postgres running there? check the host and the port"),
    ("No such file or directory", "is Postgres running there? check the socket's folder and the port"),
    ("timeout expired", "the server does not answer; check the host, the port, and firewalls"),
    ("too many", _FAILED["53300"]),
)


def _wrong(message: str) -> UsageError:
    return UsageError(message, "write postgresql://user:password@host:5432/database, with %40 for an @ in the password")


@dataclass(frozen=True, slots=True)
class Target:
    """A database by its URL or libpq key=value string; its repr and `redacted` hold no secret."""

    conninfo: str = field(repr=False)

    def __post_init__(self) -> None:
        self.parameters()

    def parameters(self) -> dict[str, str]:
        """Return what the conninfo says. Errors: UsageError that does not quote it, for it may hold a password."""
        scheme, separator, _ = self.conninfo.strip().partition("://")
        if separator and _SCHEME.fullmatch(scheme) and scheme not in {"postgres", "postgresql"}:
            raise _wrong("the database's URL does not begin with postgresql://")
        authority, _, _ = self.conninfo.partition("?")
        if separator and authority.count("@") > 1:
            # libpq ends the password at the first @, so the rest of it would be taken for the host
            raise _wrong("the database's URL has more than one @")
        try:
            given = {key: str(value) for key, value in conninfo_to_dict(self.conninfo).items() if value is not None}
        except psycopg.Error:
            raise _wrong("the database is neither a URL nor a key=value string that libpq understands") from None
        port = given.get("port", "")
        if port and not all(each.isdecimal() and 0 < int(each) < 65536 for each in port.split(",") if each):
            # in user:password/database, where a host is forgotten, the password would be the port
            raise _wrong("the port of the database is no number from 1 to 65535")
        return given

    @property
    def redacted(self) -> str:
        """The database as a URL without its password."""
        given = self.parameters()
        host, port, user = given.get("host", ""), given.get("port", ""), given.get("user", "")
        rest = {key: "***" if key == "options" else value for key, value in given.items() if key not in _PLACE}
        if "/" in host or "," in host or "," in port:
            rest = {"host": host, **({"port": port} if port else {}), **rest}
            host = port = ""
        at = f"{quote(user, safe='')}@" if user else ""
        where = f"[{host}]" if ":" in host else host
        query = f"?{urlencode(rest, safe='/*')}" if rest else ""
        return f"postgresql://{at}{where}{f':{port}' if port else ''}/{quote(given.get('dbname', ''), safe='')}{query}"

    def scrub(self, text: str) -> str:
        """Return `text` without the passwords of this target, as they are and as a URL writes them."""
        given = self.parameters()
        for secret in (given[key] for key in _SECRETS if given.get(key)):
            for form in {secret, quote(secret, safe=""), quote(secret)}:
                text = text.replace(form, "***")
        return text

    def session(self) -> str:
        """Return the conninfo, a secret, with what all our sessions ask for."""
        return make_conninfo("", **(_DEFAULTS | self.parameters() | {"client_encoding": "UTF8"}))

    def at(self, database: str) -> Target:
        """Return the target of another database on the same server."""
        return Target(make_conninfo(self.conninfo, dbname=database))

    def split(self) -> tuple[str, dict[str, str]]:
        """Return the conninfo without secrets, for a program's arguments, and the password for its environment."""
        given = self.parameters()
        secrets = {"PGPASSWORD": given["password"]} if given.get("password") else {}
        public: dict[str, Any] = {key: value for key, value in given.items() if key not in _SECRETS}
        return make_conninfo("", **public), secrets

    @contextlib.contextmanager
    def connect(self) -> Iterator[PinnedSession]:
        """Open a session that works through a pooler in transaction mode: nothing prepared, no startup options.

        Its transactions run under pinned_session.SAFE.

        What is not committed by the end is rolled back. Errors: every psycopg error as a ServiceError or TargetError.
        """
        # psycopg would print to stderr what it cannot raise while another error is under way.
        logging.getLogger("psycopg").addHandler(logging.NullHandler())
        try:
            connection = PinnedSession.connect(self.session(), prepare_threshold=None)
        except psycopg.Error as error:
            raise self.unreachable(words(error).whole) from None
        try:
            yield connection
        except psycopg.Error as error:
            raise self.translate(error) from None
        finally:
            _end(connection)

    def commit(self, connection: Connection) -> None:
        """Commit. Errors: ServiceError where the connection is lost meanwhile: the outcome is unknown then."""
        try:
            connection.commit()
        except psycopg.Error as error:
            if not connection.closed:
                raise  # the server's answer: it was undone
            raise ServiceError(
                f"{self.redacted}: the connection was lost in the commit, which may or may not have been done: "
                f"{self.scrub(words(error).whole)}",
                "run the command again; the rows are all new, and recorded in snap.ledger, or all as they were",
            ) from None

    def translate(self, error: psycopg.Error) -> SnapError:
        """Return an error of a session as a SnapError: TargetError when the database refuses, else ServiceError."""
        said = words(error)
        return self.explain(error.sqlstate or "", self.scrub(said.whole), self.scrub(said.reported))

    def explain(self, state: str, text: str, reported: str = "") -> SnapError:
        """Return an error of SQLSTATE `state` as a SnapError; neither text holds a secret."""
        if state == "55P03":
            text, reported = f"lock held: {text}", reported and f"lock held: {reported}"
        unchanged = state.startswith(_UNDONE) and state != "42501"
        for hints, kind in ((_REFUSED, TargetError), (_FAILED, ServiceError)):
            for key, hint in hints.items():
                if state.startswith(key):
                    return kind(text, hint, unchanged=unchanged, reported=reported)
        if state and state[:2] not in _BROKEN:  # the server answers, so it is the target that does not want this
            hint = "do what the message asks for, then run the command again"
            return TargetError(text, hint, unchanged=True, reported=reported)
        hint = "check that the server still runs, then run the command again"
        reported = reported and f"{self.redacted}: {reported}"
        return ServiceError(f"{self.redacted}: {text}", hint, unchanged=True, reported=reported)

    def unreachable(self, text: str) -> ServiceError:
        """Return the error for what libpq said when no session came about."""
        text = self.scrub(text)
        hint = next((hint for part, hint in _TEXTS if part in text), "check the URL, and that the server runs")
        return ServiceError(f"{self.redacted}: {text}", hint)


def _end(connection: Connection) -> None:
    """Close a session whatever its state, and stop what it still runs, so that its locks go now and not later.

    A pooler throws a server's session away when its client leaves it inside a transaction: so that one ends first.
    """
    with contextlib.suppress(psycopg.Error):
        if connection.info.transaction_status == TransactionStatus.ACTIVE:
            connection.cancel_safe(timeout=2)
        elif connection.info.transaction_status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}:
            connection.rollback()
    connection.close()
