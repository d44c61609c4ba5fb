"""A running embedded server, with the URLs and roles to connect to its databases."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from snap_restorer.local import roles
from snap_restorer.pg.target import Target

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running embedded server, and the role in its URLs.

    `socket` is None if no folder has a path short enough.
    """

    version: str
    port: int
    socket: Path | None
    passfile: Path
    data: Path
    log: Path
    user: str = roles.OWNER

    def as_superuser(self) -> Server:
        """Return the server with URLs of the superuser, which give code in the databases all rights on the server."""
        return replace(self, user=roles.SUPERUSER)

    def target(self, database: str) -> Target:
        """Return a database as a target, with the superuser that snap itself may need there."""
        return Target(self.url(database), self.as_superuser().url(database))

    def url(self, database: str, *, password: bool = False) -> str:
        """Return a URL for libpq's clients (psql, psycopg). The URL names the file with the password.

        Clients without libpq (JDBC, node, many GUIs) do not know `passfile`. With `password` the URL holds the password
        itself and is a secret.
        """
        name = quote(database, safe="")
        if password:
            return f"postgresql://{self.user}:{self._password()}@{HOST}:{self.port}/{name}"
        return f"postgresql://{self.user}@{HOST}:{self.port}/{name}?passfile={quote(str(self.passfile), safe='/')}"

    def variables(self, database: str) -> dict[str, str]:
        """Return the environment variables for libpq and similar clients to connect to `database`. None is a secret."""
        return {
            "PGHOST": HOST,
            "PGPORT": str(self.port),
            "PGUSER": self.user,
            "PGDATABASE": database,
            "PGPASSFILE": str(self.passfile),
        }

    def jdbc_url(self, database: str, *, password: bool = False) -> str:
        """Return a URL for JDBC, which accepts user and password only as parameters. With `password` it is a secret."""
        secret = f"&password={self._password()}" if password else ""
        return f"jdbc:postgresql://{HOST}:{self.port}/{quote(database, safe='')}?user={self.user}{secret}"

    def _password(self) -> str:
        return roles.passwords(self.passfile)[self.user]
