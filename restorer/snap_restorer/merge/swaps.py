"""Apply staged changes in one statement. If rows exchange unique values, move some of them out of the way first.

A unique index is checked row by row, so no order of updates works when two rows exchange a value. Deferrable keys are
checked later. For the other indexes, rows whose value changes are either deleted and inserted again (if no foreign key
acts on that), or get a temporary value that no row uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.sql import Composable, Composed

from snap.digest import sum_of_hashes
from snap.errors import CheckError, TargetError
from snap.units import reasons
from snap_restorer.merge.locked_target import LockedTarget
from snap_restorer.merge.staging import StagingTable
from snap_restorer.pg.constraints import Unique
from snap_restorer.pg.target import Connection

# Compared as printed, since the search path, which is the target's own, would choose the comparison operator.
_DIFFERS = (
    "(t.{c} IS NULL) OPERATOR(pg_catalog.<>) (s.{c} IS NULL)"
    " OR pg_catalog.concat(t.{c}) OPERATOR(pg_catalog.<>) pg_catalog.concat(s.{c})"
)


@dataclass(slots=True, kw_only=True)
class Change:
    """The changes to one table. `columns` are the columns that differ in any updated row.

    `hashed` is SQL for the hash of a row under alias t, None if a hash would prove nothing. `expected` is the sum of
    the hashes of all written rows. `again`: the number of updated rows that are deleted and inserted again instead, so
    that the statement counts them differently.
    """

    label: str
    stage: StagingTable
    key: Unique | None
    inserts: int
    updates: int
    deletes: int
    columns: tuple[str, ...]
    hashed: Composed | None
    expected: int
    again: int = 0


def paired(stage: StagingTable) -> Composed:
    """Return SQL for FROM: the table's rows (t), each with its new version (s)."""
    return stage.sql(
        "{g} AS g JOIN {t} AS t ON t.ctid OPERATOR(pg_catalog.=) g.tid AND t.tableoid"
        " OPERATOR(pg_catalog.=) g.leaf JOIN {s} AS s ON s.{row} OPERATOR(pg_catalog.=) g.{row}"
    )


def replace_rows(connection: Connection, change: Change, columns: Sequence[str]) -> None:
    """Mark the pairs that differ in any of `columns`, to delete and insert their rows instead of updating them."""
    stage = change.stage
    change.again += connection.execute(
        stage.sql(
            "UPDATE {g} SET {row} = NULL WHERE ctid IN (SELECT g.ctid FROM {pairs} WHERE {differ})",
            pairs=paired(stage),
            differ=_differ(columns),
        )
    ).rowcount


def apply(connection: Connection, locked: LockedTarget, changes: Sequence[Change]) -> None:
    """Write all changes. Errors: TargetError if rows exchange values and no temporary value exists; CheckError."""
    try:
        with connection.transaction():
            _write(connection, changes)
    except (psycopg.errors.UniqueViolation, psycopg.errors.ExclusionViolation) as error:
        for change in changes:
            _step_aside(connection, locked, change, str(error.diag.message_primary))
        with connection.transaction():
            _write(connection, changes)


def _write(connection: Connection, changes: Sequence[Change]) -> None:
    """Run the one statement, and compare the counts and hashes that it returns with the planned ones."""
    parts: list[Composable] = []
    answers: list[Composable] = []
    for i, change in enumerate(changes):
        for kind, statement in _statements(change, i):
            name = sql.Identifier(f"{kind}{i}")
            parts.append(sql.SQL("{} AS ({})").format(name, statement))
            answers.append(
                sql.SQL(
                    "SELECT {}, {}, pg_catalog.count(*), pg_catalog.string_agg(h, ''::pg_catalog.bytea) FROM {}"
                ).format(sql.Literal(i), sql.Literal(kind), name)
            )
    statement = sql.SQL("WITH {} {}").format(sql.SQL(", ").join(parts), sql.SQL(" UNION ALL ").join(answers))
    found: dict[tuple[int, str], tuple[int, bytes]] = {}
    for i, kind, count, hashes in connection.cursor(binary=True).execute(statement):
        found[i, kind] = count, hashes or b""
    wrong = []
    for i, change in enumerate(changes):
        done = tuple(found.get((i, kind), (0, b""))[0] for kind in "iud")
        wanted = (change.inserts + change.again, change.updates - change.again, change.deletes + change.again)
        hashes = b"".join(found.get((i, kind), (0, b""))[1] for kind in "iu")
        if done != wanted:
            wrong.append(f"{change.label}: {done} rows inserted, updated, deleted, not {wanted}")
        elif change.hashed is not None and sum_of_hashes(hashes) % (1 << 256) != change.expected:
            wrong.append(f"{change.label} holds other values than the snapshot")
    if wrong:
        raise CheckError(
            reasons("after writing, these tables differ from the snapshot", wrong),
            "look for rules, generated columns and types of the target that change, drop or add rows",
            unchanged=True,
        )


def _statements(change: Change, i: int) -> Iterator[tuple[str, Composed]]:
    """Yield the statement's parts for one table. Each part waits for those before it."""
    stage = change.stage
    hashed = sql.SQL("{} AS h").format(change.hashed or sql.SQL("NULL::pg_catalog.bytea"))
    after: list[Composable] = [sql.SQL("true")]
    if change.deletes or change.again:
        yield (
            "d",
            stage.sql(
                "DELETE FROM {t} AS t USING {g} AS g WHERE t.ctid OPERATOR(pg_catalog.=) g.tid"
                " AND t.tableoid OPERATOR(pg_catalog.=) g.leaf AND g.{row} IS NULL"
                " RETURNING NULL::pg_catalog.bytea AS h"
            ),
        )
        after.append(_done("d", i))
    if change.updates > change.again:
        sets = sql.SQL(", ").join(sql.SQL("{c} = s.{c}").format(c=sql.Identifier(name)) for name in change.columns)
        yield (
            "u",
            stage.sql(
                "UPDATE {t} AS t SET {sets} FROM {g} AS g, {s} AS s WHERE t.ctid"
                " OPERATOR(pg_catalog.=) g.tid AND t.tableoid OPERATOR(pg_catalog.=) g.leaf"
                " AND s.{row} OPERATOR(pg_catalog.=) g.{row} AND {after} RETURNING {hashed}",
                sets=sets,
                after=sql.SQL(" AND ").join(after),
                hashed=hashed,
            ),
        )
        after.append(_done("u", i))
    if change.inserts or change.again:
        yield (
            "i",
            stage.sql(
                "{head} FROM {s} AS s WHERE NOT EXISTS (SELECT FROM {g} AS g WHERE g.{row}"
                " OPERATOR(pg_catalog.=) s.{row}) AND {after}"
                " RETURNING {hashed}",
                head=stage.insert_head(" AS t"),
                after=sql.SQL(" AND ").join(after),
                hashed=hashed,
            ),
        )


def _done(kind: str, i: int) -> Composed:
    """Return SQL that is true, but is evaluated only after a part of the statement has run to its end.

    The part is the common table expression that `kind` and `i` name.
    """
    return sql.SQL("(SELECT pg_catalog.count(*) FROM {}) OPERATOR(pg_catalog.>=) 0").format(
        sql.Identifier(f"{kind}{i}")
    )


def _differ(columns: Sequence[str]) -> Composed:
    return sql.SQL("({})").format(
        sql.SQL(" OR ").join(sql.SQL(_DIFFERS).format(c=sql.Identifier(name)) for name in columns)
    )


def _step_aside(connection: Connection, locked: LockedTarget, change: Change, message: str) -> None:
    """Move aside the rows whose values in a unique index change. Errors: TargetError."""
    oid = change.stage.table.target.oid
    for unique in locked.uniques[oid]:
        moving = [name for name in change.columns if name in unique.uses]
        if not moving or change.updates == change.again:
            continue
        if not any(r.parent == oid and (r.on_delete != "a" or r.on_update != "a") for r in locked.references):
            replace_rows(connection, change, moving)
        elif not any(_dodge(connection, locked, change, unique, name) for name in moving):
            raise TargetError(
                f"rows of {change.label} exchange values of the unique key {unique.said()}, and no temporary "
                f"value is possible: {message}",
                "make the key deferrable",
                option="mode",
                unchanged=True,
            )


def _dodge(connection: Connection, locked: LockedTarget, change: Change, unique: Unique, name: str) -> bool:
    """Assign each moving row a temporary value that no row uses, in one column.

    Return whether the constraints accept such a value.
    """
    stage, oid = change.stage, change.stage.table.target.oid
    bound = {
        n
        for r in locked.references
        for n in (r.columns if r.child == oid else ()) + (r.to_columns if r.parent == oid else ())
    }
    if name in bound:
        return False
    for value in _values(stage, name):
        statement = stage.sql(
            "WITH moved AS (UPDATE {t} AS t SET {c} = {value} FROM {g} AS g, {s} AS s"
            " WHERE t.ctid OPERATOR(pg_catalog.=) g.tid AND t.tableoid OPERATOR(pg_catalog.=) g.leaf"
            " AND s.{row} OPERATOR(pg_catalog.=) g.{row} AND {differ}"
            " RETURNING g.ctid AS place, t.ctid AS tid, t.tableoid AS leaf)"
            " UPDATE {g} AS g SET tid = m.tid, leaf = m.leaf FROM moved AS m WHERE g.ctid"
            " OPERATOR(pg_catalog.=) m.place",
            c=sql.Identifier(name),
            value=value,
            differ=_differ([n for n in change.columns if n in unique.uses]),
        )
        try:
            with connection.transaction():
                connection.execute(statement)
        except psycopg.Error as error:
            if not error.sqlstate or error.sqlstate[:2] not in {"22", "23", "42"}:
                raise
        else:
            return True
    return False


def _values(stage: StagingTable, name: str) -> Iterator[Composable]:
    """Yield expressions for values that no row has, likely ones first.

    A text keeps most of its characters, so that it looks like other texts of its kind.
    """
    target_column = next(column for column in stage.table.target.columns if column.name == name)
    c, row = sql.Identifier("t", name), sql.Identifier("s", stage.row)
    word = sql.SQL("pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), {}))").format(row)
    kind = target_column.base.split("(")[0]
    if not target_column.not_null:
        yield sql.SQL("NULL")
    if kind in {"text", "character varying", "character", "citext"}:
        length = target_column.base.split("(")[1].rstrip(")") if "(" in target_column.base else "1000000"
        for form in (
            "pg_catalog.concat({w}, {c})",
            "pg_catalog.concat({c}, '-', {w})",
            "pg_catalog.concat({c}, {w})",
            "{w}",
        ):
            whole = sql.SQL(form).format(w=word, c=c)
            yield sql.SQL("pg_catalog.left({}, {})").format(whole, sql.SQL(length))
    elif kind == "uuid":
        yield sql.SQL("pg_catalog.gen_random_uuid()")
    elif kind == "bytea":
        yield sql.SQL("pg_catalog.decode({}, 'hex')").format(word)
    else:
        both = "(SELECT {end}(v) FROM (SELECT {c} AS v FROM {t} UNION ALL SELECT {c} FROM {s}) AS all_values)"
        steps = (
            ("{end} OPERATOR(pg_catalog.+) {row}", "pg_catalog.max"),
            ("{end} OPERATOR(pg_catalog.-) {row}", "pg_catalog.min"),
            ("{end} OPERATOR(pg_catalog.+) ({row} OPERATOR(pg_catalog.*) '1 microsecond'::interval)", "pg_catalog.max"),
            ("{end} OPERATOR(pg_catalog.-) ({row} OPERATOR(pg_catalog.*) '1 microsecond'::interval)", "pg_catalog.min"),
        )
        for form, end in steps:
            bound = stage.sql(both, end=sql.SQL(end), c=sql.Identifier(name))
            yield sql.SQL("({})::{}").format(sql.SQL(form).format(end=bound, row=row), sql.SQL(target_column.base))
