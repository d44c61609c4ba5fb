"""User-defined code that would run with a superuser's rights when rows are read or written: refused by name beforehand.

A session gives its rights to the code that it runs, and SET ROLE is no protection, since the code can reset the role.
So a session that has or may take a superuser's rights runs only code of roles that are equally powerful. The catalog
tells which code would run (sql/user_code.sql). Further functions that a function calls are its owner's responsibility.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from psycopg import sql
from psycopg.rows import dict_row

from snap.errors import TargetError
from snap.units import bullets
from snap_restorer.pg.catalog import of_row, one_row, query
from snap_restorer.pg.target import Connection

Work = Literal["read", "load", "insert"]  # load: triggers are disabled
_SHOWN = 10  # the most functions in a message


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCode:
    """A function that would run, with the object that it is attached to, and its owner.

    `holder` owns that object, None for a role as powerful as the session.
    """

    place: str
    function: str
    owner: str
    holder: str | None

    def __str__(self) -> str:
        called = "" if self.place == self.function else f" runs {self.function}"
        return f"{self.place}{called}, of role {self.owner}"


def may_be_superuser(connection: Connection) -> bool:
    """Return whether code in this session has, or may take, a superuser's rights or access to the server's files.

    Access to the server's programs counts too.
    """
    (answer,) = one_row(connection, query("may_be_superuser"))
    return bool(answer)


def require_trusted(
    connection: Connection,
    oids: Collection[int] | None,
    work: Work,
    *,
    created: bool = False,
    queries: Iterable[str] = (),
    trust_code: bool,
) -> None:
    """Refuse work on these tables that would give a superuser's rights to code of other roles, or of the snapshot.

    `oids` are the tables, None for every table. `created`: the schema was just created from the snapshot. `queries` are
    SQL that will run too, so functions and views that they may name are checked. Errors: TargetError that names the
    code.
    """
    if trust_code:
        return
    (possible,) = one_row(connection, first_question(created=created))
    if not possible:
        return
    cursor = connection.cursor(row_factory=dict_row)
    rows = cursor.execute(question(oids, work, created=created, queries=queries)).fetchall()
    refuse([of_row(UserCode, row) for row in rows], created=created)


def first_question(*, created: bool = False) -> sql.Composed:
    """Return a cheap query that tells whether the session has a superuser's rights and `question` could return rows."""
    return sql.SQL(query("untrusted_code_possible")).format(created=sql.Literal(created))


def question(
    oids: Collection[int] | None, work: Work, *, created: bool = False, queries: Iterable[str] = ()
) -> sql.Composed:
    """Return the query for the code that `work` on the tables with these OIDs would run, as rows of UserCode."""
    return sql.SQL(query("user_code")).format(
        tables=sql.Literal(list(oids or ())),
        every=sql.Literal(oids is None),
        queries=sql.Literal("\n".join(queries)),
        writes=sql.Literal(work != "read"),
        triggers=sql.Literal(work == "insert"),
        created=sql.Literal(created),
    )


def refuse(code: Iterable[UserCode], *, created: bool = False) -> None:
    """Raise TargetError if the list of code is not empty."""
    names = [str(each) for each in code]
    if not names:
        return
    holders = sorted({each.holder for each in code if each.holder is not None})
    role = f"role {' or '.join(holders)}" if holders and not created else "a role that owns the tables"
    whose = "the snapshot" if created else "other roles"
    raise TargetError(
        f"code of {whose} would run with a superuser's rights:\n{bullets(names, most=_SHOWN)}",
        f"read the code; connect as {role}" + (" and is not a superuser" if not holders or created else ""),
        unchanged=True,
        option="trust_code",
    )
