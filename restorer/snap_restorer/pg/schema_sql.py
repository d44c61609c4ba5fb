"""What a snapshot's schema SQL says of itself: the server versions that it needs, and what each statement creates."""

from __future__ import annotations

import re

from snap.errors import TargetError
from snap_restorer.pg.archive_entries import FIRST

_NEED = re.compile(r"^-- needs Postgres (\d+): (.*)$", re.MULTILINE)
_ENTRY = re.compile(r"^-- Name: (.*); Type: ([A-Z ]+); Schema: (.*); Owner: .*$", re.MULTILINE)


def needed(schema_sql: str) -> tuple[tuple[int, str], ...]:
    """Return the server versions that a schema's SQL needs, and what for, as the capture headed it."""
    head, _, _ = schema_sql.partition(FIRST)
    return tuple((int(match[1]), match[2]) for match in _NEED.finditer(head))


def require_server(schema_sql: str, server: int) -> None:
    """Refuse a server (a major version) that cannot hold the schema. Errors: TargetError that names every reason."""
    lacking = [f"{what} (since Postgres {version})" for version, what in needed(schema_sql) if version > server]
    if lacking:
        newest = max(version for version, _ in needed(schema_sql))
        raise TargetError(
            f"Postgres {server} cannot hold the snapshot's schema: {'; '.join(lacking)}",
            f"restore into Postgres {newest} or later",
            unchanged=True,
        )


def entry_at(schema_sql: str, position: int) -> str:
    """Return what the statement at a character position (from 1, as Postgres counts) creates; "" if nothing says."""
    found = [m for m in _ENTRY.finditer(schema_sql) if m.start() < position]
    if not found:
        return ""
    name, kind, schema = found[-1].groups()
    return f"{kind.lower()} {name if schema == '-' else f'{schema}.{name}'}"
