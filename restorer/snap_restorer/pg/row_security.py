"""Whether this role can read every row of a table: privileges, row-level security, and FORCE ROW LEVEL SECURITY."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from psycopg import sql

from snap.errors import Option, TargetError
from snap_restorer.pg.target import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """This role's right to read a table. `restricted`: row-level security hides rows from the role."""

    label: str
    readable: bool
    restricted: bool


def require_readable(tables: Sequence[Access], role: str, *, option: Option | None = None) -> None:
    """Raise TargetError that names the tables of which `role` could not read every row, if there are any.

    `option` is the parameter that leaves tables out.
    """
    hidden = [table.label for table in tables if not table.readable]
    if hidden:
        raise TargetError(f"role {role} may not read {', '.join(hidden)}", "grant SELECT on them", option=option)
    bound = [table.label for table in tables if table.restricted]
    if bound:
        raise TargetError(
            f"row-level security applies to role {role}, which would not see every row of {', '.join(bound)}",
            "connect as a role with BYPASSRLS (for a table without FORCE ROW LEVEL SECURITY, also as its owner)",
            option=option,
        )


def switch_forced(connection: Connection, tables: Iterable[tuple[str, str]], *, on: bool) -> None:
    """Turn the tables' FORCE ROW LEVEL SECURITY on or off in one round trip, which locks the tables."""
    action = sql.SQL("FORCE" if on else "NO FORCE")
    statement = sql.SQL("ALTER TABLE ONLY {} {} ROW LEVEL SECURITY")
    statements = [statement.format(sql.Identifier(*name), action) for name in tables]
    if statements:
        connection.execute(sql.SQL("; ").join(statements))


@contextlib.contextmanager
def every_row(connection: Connection, forced: Iterable[tuple[str, str]]) -> Iterator[None]:
    """Make statements of the block read every row or fail, with forced row security of the tables `forced` lifted."""
    with connection.transaction(force_rollback=True):
        connection.execute("SELECT pg_catalog.set_config('row_security', 'off', true)")
        switch_forced(connection, forced, on=False)
        yield
