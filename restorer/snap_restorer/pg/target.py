"""The target database: its name without password, its sessions, and readable errors."""

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
from snap_restorer.pg.lock_holders import lock_holders
from snap_restorer.pg.pinned_session import PinnedSession
from snap_restorer.pg.server_errors import LOCK_HELD, LockHeldError, ServerWords, words

Connection = psycopg.Connection[Any]

_SECRETS = ("password", "sslpassword", "oauth_client_secret")
_VARIABLES = {"password": "PGPASSWORD", "options": "PGOPTIONS"}
_PLACE = ("user", "host", "port", "dbname", *_SECRETS)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_DEFAULTS = {
    "application_name": "snap",
    "connect_timeout": "10",
    "keepalives_idle": "60",  # seconds; a connection that a firewall dropped is noticed within two minutes
    "keepalives_interval": "15",
    "keepalives_count": "4",
}

_LOGIN = "check the user and the password (also $PGPASSWORD and ~/.pgpass)"
# Before a session exists libpq gives only texts, without a SQLSTATE.
_TEXTS = (
    ("password authentication failed", _LOGIN),
    ("no password supplied", "give the password in the URL, in $PGPASSWORD or in ~/.pgpass"),
    ("authentication failed", _LOGIN),
    ("no pg_hba.conf entry", "the server does not let this user in from here; check pg_hba.conf and sslmode"),
    ("the database system is", "the server is starting or stopping; try again"),
    ('database "', "create the database first, for example with createdb"),
    ('role "', _LOGIN),
    ("resolve", "check the host's name in the URL"),
    ("translate host name", "check the host's name in the URL"),
    ("refused", "is Postgres running there? check the host and the port"),
    ("No such file or directory", "is Postgres running there? check the socket's folder and the port"),
    ("timeout expired", "the server does not answer; check the host, the port, and firewalls"),
    ("too many", "the server has no free connection; try again, or raise the limit that the message names"),
)


def _wrong(message: str) -> UsageError:
    return UsageError(
        message,
        "write postgresql://USER@HOST:5432/DATABASE, %40 for an @ in a name; the password goes into ~/.pgpass",
    )


@dataclass(frozen=True, slots=True)
class Target:
    """A database by its URL or libpq key=value string. Its repr and `redacted` hold no secret.

    `superuser` is the conninfo of a superuser for work that this role may not do, only on the embedded server.
    """

    conninfo: str = field(repr=False)
    superuser: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.parameters()

    def parameters(self) -> dict[str, str]:
        """Return the conninfo's parameters.

        Errors: UsageError without the conninfo's text, since it may hold a password.
        """
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
            # in user:password/database, with the host forgotten, the password would be the port
            raise _wrong("the port of the database is not a number from 1 to 65535")
        return given

    @property
    def redacted(self) -> str:
        """Return the database's URL without its password."""
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
        """Return `text` without the passwords of this target, both plain and URL-encoded."""
        given = self.parameters()
        for secret in (given[key] for key in _SECRETS if given.get(key)):
            for form in {secret, quote(secret, safe=""), quote(secret)}:
                text = text.replace(form, "***")
        return text

    def session(self) -> str:
        """Return the conninfo, a secret, with the settings that all of snap's sessions use."""
        return make_conninfo("", **(_DEFAULTS | self.parameters() | {"client_encoding": "UTF8"}))

    def at(self, database: str) -> Target:
        """Return the target for another database on the same server."""
        admin = None if self.superuser is None else make_conninfo(self.superuser, dbname=database)
        return Target(make_conninfo(self.conninfo, dbname=database), admin)

    def split(self) -> tuple[str, dict[str, str]]:
        """Return the conninfo without secrets for a program's arguments, and the secrets for its environment.

        Everything that `redacted` hides is a secret, since all users of a machine can see a program's arguments.
        """
        given = self.parameters()
        secrets = {variable: given[key] for key, variable in _VARIABLES.items() if given.get(key)}
        public: dict[str, Any] = {key: value for key, value in given.items() if key not in {*_SECRETS, *_VARIABLES}}
        return make_conninfo("", **public), secrets

    @contextlib.contextmanager
    def connect(self) -> Iterator[PinnedSession]:
        """Open a session that works through a pooler in transaction mode: no prepared statements, no startup options.

        Its transactions run under pinned_session.SAFE.

        Uncommitted changes are rolled back at the end. Errors: every psycopg error as a ServiceError or TargetError.
        """
        # psycopg would print errors to stderr that it cannot raise while another error is being handled.
        logging.getLogger("psycopg").addHandler(logging.NullHandler())
        try:
            connection = PinnedSession.connect(self.session(), prepare_threshold=None)
        except psycopg.Error as error:
            raise self.unreachable(words(error).whole) from None
        try:
            yield connection
        except LockHeldError as error:
            raise self.name_holders(error, connection) from None
        except psycopg.Error as error:
            known = self.translate(error)
            if isinstance(known, LockHeldError):
                known = self.name_holders(known, connection)
            raise known from None
        finally:
            _end(connection)

    def name_holders(self, error: LockHeldError, failed: Connection | None = None) -> LockHeldError:
        """Return the error with the sessions that hold locks, if the server names any, after closing `failed`."""
        if error.holders:
            return error
        if failed is not None:
            _end(failed)
        with contextlib.suppress(SnapError), self.connect() as connection:
            holders = lock_holders(connection, error.ours)
            return error.named(holders) if holders else error
        return error

    def commit(self, connection: Connection) -> None:
        """Commit. Errors: ServiceError if the connection is lost meanwhile, since the outcome is then unknown."""
        try:
            connection.commit()
        except psycopg.Error as error:
            if not connection.closed:
                raise  # the server answered: the transaction was undone
            raise ServiceError(
                f"{self.redacted}: the connection was lost during the commit, so it is unknown whether the "
                f"transaction was committed: {self.scrub(words(error).whole)}",
                "run the command again; either all rows are new and recorded in snap.ledger, or all rows are "
                "as they were",
            ) from None

    def translate(self, error: psycopg.Error) -> SnapError:
        """Return a session's error as a SnapError: TargetError if the database refuses, else ServiceError."""
        return self.explain(words(error))

    def explain(self, said: ServerWords) -> SnapError:
        """Return a message of the server as a SnapError without secrets. The server's own HINT is preferred to ours."""
        text, reported, hint = self.scrub(said.whole), self.scrub(said.reported), self.scrub(said.advice)
        if said.state == LOCK_HELD:
            return LockHeldError(f"lock held: {text}", hint, unchanged=said.undone, reported=f"lock held: {reported}")
        if said.refusal:
            return TargetError(text, hint, unchanged=said.undone, reported=reported)
        where = self.redacted
        return ServiceError(f"{where}: {text}", hint, unchanged=said.undone, reported=f"{where}: {reported}")

    def unreachable(self, text: str) -> ServiceError:
        """Return the error for libpq's message when no session could be opened."""
        text = self.scrub(text)
        hint = next((hint for part, hint in _TEXTS if part in text), "check the URL, and that the server runs")
        return ServiceError(f"{self.redacted}: {text}", hint)


def _end(connection: Connection) -> None:
    """Close a session in any state, and cancel its running statement, so that its locks are released now.

    A pooler discards a server session whose client leaves inside a transaction. So the transaction is ended first.
    """
    with contextlib.suppress(psycopg.Error):
        if connection.info.transaction_status == TransactionStatus.ACTIVE:
            connection.cancel_safe(timeout=2)
        elif connection.info.transaction_status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}:
            connection.rollback()
    connection.close()
