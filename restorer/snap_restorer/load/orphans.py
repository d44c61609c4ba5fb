"""Find rows that would reference nothing after a restore, by foreign keys between the snapshot and other tables.

This happens before anything is changed.

Outwards: keys of the snapshot that a table outside it (auth.users) does not hold. Inwards: rows of a table outside it
whose keys the snapshot does not hold. Keys travel in blocks of bounded size. No temporary table is used, since not
every role may create one. The caller has set row_security off: a table whose policies apply to this role cannot be
read, and a problem or note says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql
from psycopg.sql import Composable, Composed

from snap.manifest import TableData
from snap.schema import Column
from snap.store import Snapshot
from snap.types import is_padded
from snap.units import plural
from snap_restorer.load import key_blocks
from snap_restorer.pg import transaction
from snap_restorer.pg.boundary_keys import CrossingKey
from snap_restorer.pg.catalog import one_row
from snap_restorer.pg.introspect import TargetColumn, columns_of
from snap_restorer.pg.target import Connection
from snap_restorer.values import canonical_sql

_EXAMPLES = 3
_LONGEST = 40  # the most characters of an example


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphans:
    """Findings about rows that would lose their parent. `problems` are reasons to refuse the restore.

    `notes` tell what only the load itself will check.
    """

    problems: tuple[str, ...]
    notes: tuple[str, ...]


def find_orphans(
    connection: Connection, snapshot: Snapshot, keys: Iterable[CrossingKey], *, shift_days: int = 0
) -> Orphans:
    """Return problems and notes about rows that would violate one of `keys` once the snapshot's rows are loaded."""
    tables = {(data.table.schema, data.table.name): data for data in snapshot.manifest.tables}
    problems: list[str] = []
    notes: list[str] = []
    for key in keys:
        look = _outwards if key.outgoing else _inwards
        finding = look(connection, snapshot, tables[key.inside], key, shift_days)
        if finding is not None:
            (problems if finding.refuses else notes).append(finding.text)
    return Orphans(problems=tuple(problems), notes=tuple(notes))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    """The finding about one foreign key: a reason to refuse, or a note."""

    text: str
    refuses: bool


def _outwards(
    connection: Connection, snapshot: Snapshot, data: TableData, key: CrossingKey, shift_days: int
) -> _Finding | None:
    """Find keys of the snapshot that the table outside lacks.

    A table that cannot be read is only noted, since Postgres checks each row as it is loaded, with the rights of the
    owner.
    """
    stored = {column.name: column for column in data.table.stored}
    head = f"table {data.table.label} references {key.outside_label}"
    tail = f"(constraint {key.name})"
    if not set(key.columns).union(key.routing) <= stored.keys():
        return None  # these are the target's own columns, which get their defaults
    columns = tuple(stored[name] for name in key.columns)
    routed = (*columns, *(stored[name] for name in key.routing))
    if key.period or _has_arrays(key):
        return _Finding(
            text=f"{head}: snap cannot check a key of this type before it loads the rows {tail}", refuses=False
        )
    if not key.readable or key.restricted:
        why = _unread(key)
        return _Finding(
            text=f"{head}, and {why}: Postgres checks the foreign key only when the rows are loaded {tail}",
            refuses=False,
        )
    gone, broken = key_blocks.KeyCounts(columns), 0
    for block, mixed in key_blocks.key_blocks(snapshot, data, routed, shift_days):
        broken += mixed
        if block.num_rows:
            gone.add(block.take(_absent(connection, key, routed, block)))
    if key.match_full and broken and key.bounds is None:
        return _Finding(
            text=f"{head} with MATCH FULL, but in {plural(broken, 'row')} of the snapshot only a part of the key is "
            f"NULL {tail}",
            refuses=True,
        )
    missing = gone.merged()
    if not missing.num_rows:
        return None
    rows = pc.sum(missing[key_blocks.ROWS]).as_py()
    examples = _examples(connection, key.columns, _unnest(columns, key.types, missing.slice(0, _EXAMPLES)))
    keys = f"{plural(missing.num_rows, 'key')} of {plural(rows, 'row')} of the snapshot"
    return _Finding(text=f"{head}, which lacks {keys} {tail}: {examples}", refuses=True)


def _inwards(
    connection: Connection, snapshot: Snapshot, data: TableData, key: CrossingKey, shift_days: int
) -> _Finding | None:
    """Find rows of the table outside whose keys the snapshot lacks.

    A table that cannot be read is a problem, since nobody would check its rows once the rows that they reference are
    replaced.
    """
    stored = {column.name: column for column in data.table.stored}
    head = f"table {key.outside_label} is outside the snapshot and references {data.table.label}"
    tail = f"(constraint {key.name})"
    if not key.readable or key.restricted:
        why = _unread(key)
        return _Finding(
            text=f"{head}, and {why}, so snap cannot check that the rows that it references would still exist {tail}",
            refuses=True,
        )
    if key.period or not set(key.to_columns) <= stored.keys():
        text = (
            f"{head} by a key that the snapshot does not hold, so snap cannot check that the rows that it "
            f"references would still exist {tail}"
        )
        return _Finding(text=text, refuses=True)
    columns = tuple(stored[name] for name in key.to_columns)
    by_name = {column.name: column for column in columns_of(connection, [key.outside_oid])[key.outside_oid]}
    theirs = tuple(by_name[name] for name in key.columns)
    hashed = _hash(columns, theirs, shift_days)
    hashes, counts = _outside_keys(connection, key, hashed)
    known = np.zeros(len(hashes), np.bool_)
    if len(hashes):
        for block in key_blocks.hash_blocks(snapshot, data, columns):
            known |= key_blocks.is_in(hashes, block)
    if not known.all() and not _bytes_decide(key, columns, theirs):
        known |= _equal_by_operator(connection, snapshot, data, key, columns, hashed, hashes, shift_days)
    if known.all():
        return None
    dangling = hashes.filter(pa.array(~known))
    examples = _examples(connection, key.columns, _rows_of(key, hashed, dangling.slice(0, _EXAMPLES).to_pylist()))
    count, rows = plural(len(dangling), "key"), plural(int(counts[~known].sum()), "row")
    text = f"{head}: {count} of {rows} of it are not in the snapshot {tail}: {examples}"
    return _Finding(text=text, refuses=key.valid)


def _unread(key: CrossingKey) -> str:
    """Return why the rows of the table outside cannot be read."""
    label = key.outside_label
    return f"row-level security hides rows of {label}" if key.readable else f"this role may not read {label}"


def _absent(connection: Connection, key: CrossingKey, columns: Sequence[Column], block: pa.Table) -> Any:
    """Return the positions in `block` of the keys that the table outside the snapshot does not hold."""
    with transaction.printed_types(connection):
        (places,) = one_row(connection, _absent_sql(key, columns, block))
    return np.frombuffer(places or b"", ">i4").astype(np.int64)


def _absent_sql(key: CrossingKey, columns: Sequence[Column], block: pa.Table) -> Composed:
    return sql.SQL(
        "SELECT pg_catalog.string_agg(pg_catalog.int4send(k.place::integer OPERATOR(pg_catalog.-) 1),"
        " ''::pg_catalog.bytea) FROM {} AS k ({}, place)"
        " WHERE NOT EXISTS (SELECT FROM {} AS o WHERE {}){}"
    ).format(
        _unnest(columns, (*key.types, *key.routing_types), block),
        _numbered(len(columns)),
        key.outside_only(),
        _equal(key, [sql.Identifier("o", n) for n in key.to_columns], _numbers("k", len(key.types))),
        _bound(key),
    )


def _bound(key: CrossingKey) -> Composable:
    """Return a SQL condition that leaves out keys that belong to other partitions."""
    if key.bounds is None:
        return sql.SQL("")
    names = (*key.columns, *key.routing)
    numbers = _numbers("k", len(names))
    values = [sql.SQL("{} AS {}").format(n, sql.Identifier(name)) for n, name in zip(numbers, names, strict=True)]
    return sql.SQL(" AND EXISTS (SELECT FROM (SELECT {}) AS routing WHERE {})").format(
        sql.SQL(", ").join(values), sql.SQL(key.bounds)
    )


def _unnest(columns: Sequence[Column], types: Sequence[str], block: pa.Table) -> Composed:
    """Return SQL for the rows of `block` with their positions.

    The SQL has no parameters, since a % in a name would be taken for one.
    """
    arrays = [
        sql.SQL("pg_catalog.unnest({}::{}[])").format(
            sql.Literal(key_blocks.literal(block, column)),
            sql.SQL(type_),  # Postgres printed the type
        )
        for column, type_ in zip(columns, types, strict=True)
    ]
    return sql.SQL("ROWS FROM ({}) WITH ORDINALITY").format(sql.SQL(", ").join(arrays))


def _hash(columns: Sequence[Column], theirs: Sequence[TargetColumn], shift_days: int) -> Composable:
    """Return SQL for the hash of a referencing key, as one of the snapshot's `columns`."""
    payloads = [
        canonical_sql.payload(
            ours.type, canonical_sql.natural(their), sql.Identifier(their.name), shift_days=shift_days
        )
        for ours, their in zip(columns, theirs, strict=True)
    ]
    return canonical_sql.row_hash(payloads)


def _outside_keys(
    connection: Connection, key: CrossingKey, hashed: Composable
) -> tuple[pa.FixedSizeBinaryArray, np.ndarray[Any, Any]]:
    """Return the hashes of all keys in the table outside, and how many rows hold each.

    The server sends 40 bytes for each key.
    """
    with transaction.printed_types(connection):
        found = connection.execute(_outside_keys_sql(key, hashed)).fetchall()
    counts = np.frombuffer(b"".join(n for _, n in found), ">i8").astype(np.int64)
    return key_blocks.hashes_of(b"".join(h for h, _ in found)), counts


def _outside_keys_sql(key: CrossingKey, hashed: Composable) -> Composed:
    return sql.SQL(
        # Grouped by the first byte, since a Postgres value holds 1 GB, which is 33 million hashes.
        "SELECT pg_catalog.string_agg(h, ''::pg_catalog.bytea),"
        " pg_catalog.string_agg(pg_catalog.int8send(n), ''::pg_catalog.bytea)"
        " FROM (SELECT {} AS h, pg_catalog.count(*) AS n FROM {} WHERE {} GROUP BY 1) AS keys"
        " GROUP BY pg_catalog.get_byte(h, 0)"
    ).format(hashed, key.outside_only(), _whole(key))


def _bytes_decide(key: CrossingKey, columns: Sequence[Column], theirs: Sequence[TargetColumn]) -> bool:
    """Return whether Postgres compares keys as their canonical bytes compare. It does not for citext and char(n)."""
    return _has_arrays(key) or (
        key.deterministic
        and all(
            ours.type.facts.exact and into.facts.exact and not (is_padded(ours.type) or is_padded(into))
            for ours, into in zip(columns, map(canonical_sql.natural, theirs), strict=True)
        )
    )


def _equal_by_operator(
    connection: Connection,
    snapshot: Snapshot,
    data: TableData,
    key: CrossingKey,
    columns: Sequence[Column],
    hashed: Composable,
    hashes: pa.FixedSizeBinaryArray,
    shift_days: int,
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which keys of the table outside are in the snapshot, compared with the constraint's own operators."""
    known = np.zeros(len(hashes), np.bool_)
    for block, _ in key_blocks.key_blocks(snapshot, data, columns, shift_days):
        if not block.num_rows:
            continue
        with transaction.printed_types(connection):
            (equal,) = one_row(connection, _equal_by_operator_sql(key, columns, hashed, block))
        known |= key_blocks.is_in(hashes, key_blocks.hashes_of(equal or b""))
    return known


def _equal_by_operator_sql(
    key: CrossingKey, columns: Sequence[Column], hashed: Composable, block: pa.Table
) -> Composed:
    return sql.SQL(
        "SELECT pg_catalog.string_agg(h, ''::pg_catalog.bytea) FROM (SELECT DISTINCT {} AS h FROM {} AS o"
        " WHERE EXISTS (SELECT FROM {} AS k ({}, place) WHERE {})) AS keys"
    ).format(
        hashed,
        key.outside_only(),
        _unnest(columns, key.to_types, block),
        _numbered(len(columns)),
        _equal(key, _numbers("k", len(columns)), [sql.Identifier("o", n) for n in key.columns]),
    )


def _rows_of(key: CrossingKey, hashed: Composable, some: Sequence[bytes]) -> Composed:
    """Return SQL for the keys of the table outside that have these hashes, each with position 0."""
    return sql.SQL(
        "(SELECT DISTINCT {}, 0 FROM {} WHERE {} OPERATOR(pg_catalog.=) ANY (ARRAY[{}]::pg_catalog.bytea[]))"
    ).format(
        sql.SQL(", ").join(map(sql.Identifier, key.columns)),
        key.outside_only(),
        hashed,
        sql.SQL(", ").join(map(sql.Literal, some)),
    )


def _examples(connection: Connection, names: Sequence[str], rows: Composed) -> str:
    """Return a few keys as text for a message: `user_id = 1, 2`, or `(a, b) = (1, x), (2, y)`.

    The last column of `rows` is a position.
    """
    with transaction.printed_types(connection):
        keys = connection.execute(_examples_sql(len(names), rows)).fetchall()
    found = [[text if len(text) <= _LONGEST else text[:_LONGEST] + "…" for text in row] for row in keys]
    if len(names) == 1:
        return f"{names[0]} = " + ", ".join(row[0] for row in found)
    return f"({', '.join(names)}) = " + ", ".join(f"({', '.join(row)})" for row in found)


def _examples_sql(columns: int, rows: Composed) -> Composed:
    printed = sql.SQL(", ").join(sql.SQL("pg_catalog.concat({})").format(n) for n in _numbers("k", columns))
    return sql.SQL("SELECT {} FROM {} AS k ({}, place) ORDER BY place, 1 LIMIT {}").format(
        printed, rows, _numbered(columns), sql.Literal(_EXAMPLES)
    )


def _numbers(alias: str, count: int) -> list[Composable]:
    return [sql.Identifier(alias, f"c{i}") for i in range(count)]


def _numbered(count: int) -> Composed:
    return sql.SQL(", ").join(sql.Identifier(f"c{i}") for i in range(count))


def _equal(key: CrossingKey, referenced: Sequence[Composable], referencing: Sequence[Composable]) -> Composed:
    """Return the constraint's own comparison, independent of the search path (citext has an = of its own)."""
    return sql.SQL(" AND ").join(
        sql.SQL("{} OPERATOR({}.{}) {}").format(left, sql.Identifier(schema), sql.SQL(operator), right)
        for (schema, operator), left, right in zip(key.operators, referenced, referencing, strict=True)
    )


def _whole(key: CrossingKey) -> Composed:
    return sql.SQL(" AND ").join(sql.SQL("{} IS NOT NULL").format(sql.Identifier(name)) for name in key.columns)


def _has_arrays(key: CrossingKey) -> bool:
    """Return whether a key holds an array, since an array of such keys would get more dimensions."""
    return any(type_.endswith("[]") for type_ in key.types)
