"""Decide which databases may be written to, by the lists `protected` and `allowed` in snap.toml and by marks.

The lists are in [target]; a mark is in the database itself (snap_restorer.pg.mark).

A pattern is [USER@]HOST[:PORT]/DATABASE, with * ? [ ] as in a shell; an IPv6 address with a port needs brackets. Hosts
are compared without case, users and databases with it. A Unix socket is the host `local`. Names are compared as they
are given, addresses as they are connected to. Nothing is looked up, so list a server by name and by address if both are
used. The user distinguishes databases with the same host and name: projects behind one pooler.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, Literal

import psycopg
from psycopg import pq

from snap.errors import TargetError
from snap_restorer.pg import mark
from snap_restorer.pg.catalog import one_row
from snap_restorer.pg.target import Target

Standing = Literal["protected", "allowed", "unlisted"]
LOCAL = "local"
_PATTERN = re.compile(
    r"(?:(?P<user>[^/]+)@)?(?:\[(?P<six>[^/\]]*:[^/\]]*)\]|(?P<host>[^/]+?))(?::(?P<port>\d+))?/(?P<database>.+)",
    re.DOTALL,
)
_PORT = "5432"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardedServer:
    """One server that a conninfo may mean: all its names and addresses, and its port."""

    names: tuple[str, ...]
    port: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """The possible locations of a session: every server, every name of its database, and every name of its user.

    The first user is the name that the session logged in with. A second name is the server's, if a pooler in between
    changes the name.
    """

    servers: tuple[GuardedServer, ...]
    databases: tuple[str, ...]
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """The patterns of databases that may be changed.

    A `protected` database may never be changed. Databases on the list `allowed`, and those that carry a mark, need no
    confirmation. If there is such a list, all other databases need `yes`. `yes` also confirms replacing rows that snap
    did not put there.
    """

    protected: tuple[str, ...] = ()
    allowed: tuple[str, ...] | None = None
    yes: bool = False

    def confirmed(self) -> Guard:
        """Return the same guard with `yes`."""
        return replace(self, yes=True)

    def judge(self, host: str, dbname: str, *, port: str = _PORT, user: str = "") -> Standing:
        """Return the standing of one database on one server in the lists.

        `protected` takes precedence over `allowed`.
        """
        if any(_fits(pattern, host, port, dbname, user) for pattern in self.protected):
            return "protected"
        allowed = any(_fits(pattern, host, port, dbname, user) for pattern in self.allowed or ())
        return "allowed" if allowed else "unlisted"

    def standing(self, location: Location) -> Standing:
        """Return "protected" if any name is protected, "allowed" if all names are allowed, else "unlisted".

        Only the names for the user that logged in have to be allowed, those of every server and database.
        """
        by_server = [
            [self.judge(host, dbname, port=server.port, user=user) for host in server.names]
            for user in location.users
            for server in location.servers
            for dbname in location.databases
        ]
        if any("protected" in standings for standings in by_server):
            return "protected"
        of_login = by_server[: len(location.servers) * len(location.databases)]
        return "allowed" if of_login and all("allowed" in standings for standings in of_login) else "unlisted"

    def admit(self, connection: psycopg.Connection[Any], target: Target) -> bool:
        """Return whether the database is allowed, by the list or by its mark.

        Raise TargetError if the database is protected. Raise TargetError, too, if there is a list `allowed` without the
        database, and `yes` was not given.
        """
        standing = self.standing(locate(connection, target.parameters()))
        if standing == "unlisted" and mark.is_marked(connection):
            standing = "allowed"
        if standing == "protected":
            raise TargetError(
                f"{target.redacted} is protected: nothing may replace its rows",
                "check the URL; snap.toml lists protected databases under [target]",
            )
        if standing == "unlisted" and self.allowed is not None and not self.yes:
            raise TargetError(
                f"{target.redacted} is not among the databases that snap.toml allows",
                "check the URL; add it to allowed under [target] in snap.toml, or mark it: snap db allow",
                option="yes",
            )
        return standing == "allowed"

    def allows(self, target: Target) -> bool:
        """Connect, and return whether the database is allowed. Raise TargetError if it is protected."""
        with target.connect() as connection:
            return self.confirmed().admit(connection, target)


NO_GUARD = Guard()


def well_formed(pattern: str) -> bool:
    """Return whether `pattern` names hosts and databases."""
    return _PATTERN.fullmatch(pattern) is not None


def locate(connection: psycopg.Connection[Any], given: Mapping[str, str]) -> Location:
    """Return the location of `connection`, and the locations to which it might have connected.

    `given` is the conninfo; environment and service files count too. The server itself reports its address and the
    database's name, which a pooler or a tunnel may hide.
    """
    info = connection.info
    address, dbname, user = one_row(
        connection, "SELECT pg_catalog.host(pg_catalog.inet_server_addr()), pg_catalog.current_database(), session_user"
    )
    here = GuardedServer(
        names=_distinct(map(_host, filter(None, (info.host or LOCAL, info.hostaddr, address)))), port=str(info.port)
    )
    defaults = {o.keyword.decode(): o.val.decode() for o in pq.Conninfo.get_defaults() if o.val}
    used = {o.keyword.decode(): o.val.decode() for o in connection.pgconn.info if o.val}
    # If the conninfo names a server, libpq ignores the servers in the environment.
    if {"host", "hostaddr", "service"} & given.keys():
        defaults |= {"host": "", "hostaddr": ""}
    wanted = {**defaults, **given}
    others = [
        server
        for parameters in (wanted, used)
        for server in servers(parameters)
        if not (set(server.names) <= set(here.names) and server.port == here.port)
    ]
    return Location(
        servers=tuple(dict.fromkeys([here, *others])),
        databases=_distinct((info.dbname, dbname)),
        users=_distinct((info.user, user)),
    )


def servers(parameters: Mapping[str, str]) -> Iterator[GuardedServer]:
    """Yield every server that libpq's parameters name. Hosts, addresses and ports may be lists."""
    hosts = (parameters.get("host") or "").split(",")
    addresses = (parameters.get("hostaddr") or "").split(",")
    ports = (parameters.get("port") or _PORT).split(",")
    if hosts == addresses == [""]:
        return
    count = max(len(hosts), len(addresses))
    for i in range(count):
        names = [part[i] for part in (hosts, addresses) if i < len(part) and part[i]] or [LOCAL]
        port = (ports[i] if len(ports) == count else ports[0]) or _PORT
        yield GuardedServer(names=_distinct(map(_host, names)), port=port)


def _host(name: str) -> str:
    return LOCAL if name.startswith(("/", "@")) else name.lower().rstrip(".")


def _fits(pattern: str, host: str, port: str, dbname: str, user: str) -> bool:
    match = _PATTERN.fullmatch(pattern)
    if match is None or not fnmatchcase(user, match["user"] or "*"):
        return False
    wanted = (match["six"] or match["host"]).lower().rstrip(".")
    same_host = fnmatchcase(_host(host), wanted)
    if not same_host and match["port"] and match["six"] is None and ":" in match["host"]:
        # In ::1:5432/x, without brackets, all before the slash may be an address.
        same_host = fnmatchcase(_host(host), f"{wanted}:{match['port']}")
        return same_host and fnmatchcase(dbname, match["database"])
    return same_host and match["port"] in {None, port} and fnmatchcase(dbname, match["database"])


def _distinct(names: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
