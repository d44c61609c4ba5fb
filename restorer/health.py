"""Whether a live database is what a snapshot says, and holds what its dataset promises: checks as SQL, all in one
transaction that changes nothing.

Row security never shortens what is counted: where it binds this role, that is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from restorer import ledger, nights, session
from restorer.target import Target
from snap.check.rules import Rule
from snap.manifest import Finding, Manifest, TableData
from snap.schema import Table

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

    Connection = psycopg.Connection[Any]

_LOCK_TIMEOUT_S = 10.0
_SHOWN = 3  # rows that a finding names


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRules:
    """What a dataset checks in a living database: `prelude` runs first and may make functions in pg_temp."""

    prelude: str = ""
    rules: tuple[Rule, ...] = ()


def examine(
    target: Target,
    manifest: Manifest,
    rules: LiveRules,
    *,
    media_bytes: int,
    most_bytes: int,
    night: int | None = None,
) -> tuple[Finding, ...]:
    """Look at the ledger, counts, keys, references, the dataset's rules, and the size with the media's bytes.

    `night` is one's own, which is under way. Errors: TargetError where this role may not read all; ServiceError.
    """
    with target.connect() as connection:
        _begin(connection)
        found = list(_settled(connection, manifest, night))
        there = _there(connection, [data.table for data in manifest.tables])
        found.extend(_counts(connection, manifest.tables, there))
        found.append(_twice(connection, [data.table for data in manifest.tables if data.table.label in there]))
        found.append(_orphans(connection, [data.table for data in manifest.tables], there))
        found.extend(_ruled(connection, rules, complete=len(there) == len(manifest.tables)))
        found.append(_size(connection, manifest, there, media_bytes, most_bytes))
        connection.rollback()
    return tuple(found)


def recorded(target: Target) -> ledger.Entry | None:
    """Give what was restored last, by the ledger."""
    return ledger.last(target)


def sample(target: Target, statement: str, size: int) -> tuple[Any, ...]:
    """Give the first column of each row of a SELECT that takes a number of rows as $1."""
    from psycopg import RawCursor

    with target.connect() as connection:
        session.settle(connection, _LOCK_TIMEOUT_S)
        rows = RawCursor(connection).execute(statement.encode(), [size]).fetchall()
        connection.rollback()
        return tuple(row[0] for row in rows)


def _begin(connection: Connection) -> None:
    """Begin a transaction of one snapshot. It is not READ ONLY: the prelude makes functions, which are rolled back."""
    from psycopg import IsolationLevel

    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = False
    session.settle(connection, _LOCK_TIMEOUT_S)


def _settled(connection: Connection, manifest: Manifest, night: int | None) -> Iterator[Finding]:
    entry = ledger.read(connection)
    if entry is None:
        yield Finding(name="ledger", ok=True, value="none", limit="done", detail="snap recorded nothing here")
    elif entry.state != "done":
        detail = "a restore was not finished; the next one finishes or redoes it"
        yield Finding(name="ledger", ok=False, value=entry.state, limit="done", detail=detail)
    elif entry.digest != manifest.digest:
        detail = f"{entry.version} was restored last, which is not this {manifest.version}"
        yield Finding(name="ledger", ok=False, value=entry.version, limit=manifest.version, detail=detail)
    else:
        yield Finding(name="ledger", ok=True, value="done", limit="done", detail=f"{entry.version}, {entry.loaded_at}")
    cut = nights.unsettled(connection, but=night)
    if cut is not None:
        what = f"the night that {cut.holder} began at {cut.started:%Y-%m-%d %H:%M:%S %Z}"
        detail = f"{what} changes this database, or was cut while it did; the next one puts it back"
        yield Finding(name="night", ok=False, value="not ended", limit="ended", detail=detail)


def _there(connection: Connection, tables: Sequence[Table]) -> frozenset[str]:
    rows = connection.execute(
        "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c "
        "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')"
    ).fetchall()
    known = set(rows)
    return frozenset(table.label for table in tables if (table.schema, table.name) in known)


def _counts(connection: Connection, tables: Sequence[TableData], there: frozenset[str]) -> Iterator[Finding]:
    from psycopg import sql

    asked = [data for data in tables if data.table.label in there]
    counts = [sql.SQL("(SELECT pg_catalog.count(*) FROM {})").format(_relation(data.table)) for data in asked]
    row = connection.execute(sql.SQL("SELECT {}").format(sql.SQL(", ").join(counts))).fetchone() if counts else ()
    held = dict(zip((data.table.label for data in asked), row or (), strict=True))
    for data in tables:
        label = data.table.label
        value = held.get(label, "no table")
        yield Finding(name=f"rows.{label}", ok=value == data.rows, value=value, limit=data.rows)


def _twice(connection: Connection, tables: Sequence[Table]) -> Finding:
    """Count keys that occur more than once: a constraint may have been dropped."""
    from psycopg import sql

    parts = []
    for table in tables:
        for key in dict.fromkeys(key for key in (table.primary_key, *table.unique) if key):
            columns = sql.SQL(", ").join(map(sql.Identifier, key))
            known = sql.SQL(" AND ").join(sql.SQL("{} IS NOT NULL").format(sql.Identifier(name)) for name in key)
            inner = sql.SQL("SELECT FROM {} WHERE {} GROUP BY {} HAVING pg_catalog.count(*) > 1").format(
                _relation(table), known, columns
            )
            parts.append(_part(f"{table.label} ({', '.join(key)})", inner))
    return _summed(connection, "keys", parts)


def _orphans(connection: Connection, tables: Sequence[Table], there: frozenset[str]) -> Finding:
    """Count rows that refer to nothing: a constraint may have been dropped, or was never proved."""
    from psycopg import sql

    known = {table.label: table for table in tables if table.label in there}
    parts = []
    for table in known.values():
        for key in table.foreign_keys:
            if key.references not in known:
                continue
            same = [
                sql.SQL("p.{} = c.{}").format(sql.Identifier(to), sql.Identifier(own))
                for own, to in zip(key.columns, key.to, strict=True)
            ]
            whole = [sql.SQL("c.{} IS NOT NULL").format(sql.Identifier(own)) for own in key.columns]
            inner = sql.SQL("SELECT FROM {} c WHERE {} AND NOT EXISTS (SELECT FROM {} p WHERE {})").format(
                _relation(table),
                sql.SQL(" AND ").join(whole),
                _relation(known[key.references]),
                sql.SQL(" AND ").join(same),
            )
            parts.append(_part(f"{table.label} ({', '.join(key.columns)}) to {key.references}", inner))
    return _summed(connection, "references", parts)


def _part(about: str, inner: sql.Composed) -> sql.Composed:
    from psycopg import sql

    return sql.SQL("SELECT {} AS about, pg_catalog.count(*) AS n FROM ({}) AS found").format(sql.Literal(about), inner)


def _summed(connection: Connection, name: str, parts: Sequence[sql.Composed]) -> Finding:
    from psycopg import sql

    rows = connection.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall() if parts else []
    wrong = [(about, count) for about, count in rows if count]
    return Finding(
        name=name,
        ok=not wrong,
        value=sum(count for _, count in wrong),
        limit=0,
        detail="; ".join(f"{about}: {count:,}" for about, count in wrong),
    )


def _ruled(connection: Connection, live: LiveRules, *, complete: bool) -> Iterator[Finding]:
    """Run the dataset's rules. One whose SQL fails has failed: a column may be gone."""
    import psycopg

    if not complete:
        return  # the missing tables are findings already
    if live.prelude:
        cursor = connection.execute(live.prelude.encode())
        while cursor.nextset():
            pass
    for rule in live.rules:
        try:
            with connection.transaction():
                cursor = connection.execute(rule.sql.encode())
                finding = _measured(rule, cursor) if rule.between else _offending(rule, cursor)
        except psycopg.errors.InsufficientPrivilege:
            raise
        except psycopg.Error as error:
            detail = error.diag.message_primary or str(error)
            finding = Finding(name=rule.name, ok=False, value="failed", limit=rule.limit, detail=detail)
        yield finding


def _measured(rule: Rule, cursor: psycopg.Cursor[Any]) -> Finding:
    assert rule.between is not None
    row = cursor.fetchone()
    low, high = rule.between
    value = None if row is None else row[0]
    if value is None:
        return Finding(name=rule.name, ok=False, value="nothing", limit=low, detail="there are no rows to measure")
    names = [column.name for column in cursor.description or ()]
    rest = ", ".join(f"{one:,} {name}" for one, name in zip((row or ())[1:], names[1:], strict=True))
    return Finding(name=rule.name, ok=low <= value <= high, value=round(float(value), 4), limit=low, detail=rest)


def _offending(rule: Rule, cursor: psycopg.Cursor[Any]) -> Finding:
    count = cursor.rowcount
    shown = "; ".join(", ".join(map(str, row)) for row in cursor.fetchmany(_SHOWN))
    more = " …" if count > _SHOWN else ""
    return Finding(name=rule.name, ok=count <= rule.limit, value=count, limit=rule.limit, detail=shown + more)


def _size(
    connection: Connection, manifest: Manifest, there: frozenset[str], media_bytes: int, most_bytes: int
) -> Finding:
    from psycopg import sql

    names = [
        sql.Literal(_relation(data.table).as_string(None)) for data in manifest.tables if data.table.label in there
    ]
    row = connection.execute(
        sql.SQL(
            "SELECT pg_catalog.pg_database_size(pg_catalog.current_database()), (SELECT COALESCE(pg_catalog.sum("
            "pg_catalog.pg_total_relation_size(COALESCE(tree.relid, top.name::pg_catalog.regclass))), 0)::bigint "
            "FROM pg_catalog.unnest(ARRAY[{}]::text[]) AS top (name) "
            "LEFT JOIN LATERAL pg_catalog.pg_partition_tree(top.name::pg_catalog.regclass) AS tree ON true)"
        ).format(sql.SQL(", ").join(names))
    ).fetchone()
    assert row is not None
    whole, tables = row
    detail = f"{tables:,} bytes in the snapshot's tables" + (f", {media_bytes:,} of images" if media_bytes else "")
    value = whole + media_bytes
    return Finding(name="database_bytes", ok=value <= most_bytes, value=value, limit=most_bytes, detail=detail)


def _relation(table: Table) -> sql.Identifier:
    from psycopg import sql

    return sql.Identifier(table.schema, table.name)
