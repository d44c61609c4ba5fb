"""One side of a diff: a live database, read in one REPEATABLE READ transaction through one ADBC session.

describe the catalog; the ledger's shift       refusals happen here
per table: the digest, made by the server      if it equals the snapshot's, no row is read
else: one scan for values outside their type; then the rows, streamed into DuckDB as it requests them
"""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
from psycopg import sql

from snap.compare import Side, TableSide
from snap.duck import Views, quote
from snap.manifest import Manifest, TableData
from snap.progress import Progress, Silent
from snap.schema import Enum, Table
from snap.types import Logical
from snap_restorer.live.columns import LiveColumn
from snap_restorer.live.reader import Reader, open_reader
from snap_restorer.live.tables import (
    LiveDatabase,
    LiveTable,
    linked,
    read_locked,
    require_room,
    settled,
)
from snap_restorer.load import rowhash
from snap_restorer.pg import ledger
from snap_restorer.pg.introspect import TargetColumn
from snap_restorer.pg.row_security import require_readable
from snap_restorer.pg.target import Target

# Bytes that DuckDB may hold in a diff with a live database. Streams and Arrow's pool took another 290 MB, imports 130.
MEMORY = 448 << 20
_BATCH_BYTES = 1 << 20  # DuckDB reads some batches ahead, outside of the memory that it accounts for
_HASHES = 2_000_000  # tables of up to this many rows send all hashes: 64 MB
_numbers = itertools.count()


class _Session:
    """The one session with the live database.

    Each result is read to its end, or closed, before the next statement is sent.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._open: Iterator[pa.RecordBatch] | None = None

    def one(self, statement: str) -> dict[str, Any]:
        """Run a SELECT of one row."""
        self.finish()
        with self._reader.printing():
            (row,) = self._reader.rows(statement)
        return row

    def batches(self, statement: str, about: str) -> Iterator[pa.RecordBatch]:
        self.finish()
        self._open = reading = self._reader.batches(statement, about, size=_BATCH_BYTES)
        yield from reading

    def finish(self) -> None:
        """Close the current result if not all of its rows were read."""
        reading, self._open = self._open, None
        if reading is not None:
            reading.close()  # type: ignore[attr-defined]  # a generator's


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRows:
    """The rows of one live table, read again for each SELECT over them."""

    session: _Session
    live: LiveTable
    columns: Mapping[str, LiveColumn]

    def select(self, duck: Views, columns: tuple[str, ...]) -> str:
        """Return a SELECT over a stream of the rows. The stream is opened when its first row is requested."""
        chosen = [self.columns[name] for name in columns]
        names = [f"c{i}" for i in range(len(chosen))]
        schema = pa.schema([pa.field(name, column.arrow_type()) for name, column in zip(names, chosen, strict=True)])
        stream = f"live {next(_numbers)}"
        duck.stream(stream, schema, self._batches(chosen, schema))
        return f"SELECT {', '.join(names)} FROM {quote(stream)}"  # noqa: S608 - ours

    def _batches(self, columns: Sequence[LiveColumn], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        asked = [column.asked() for column in columns]
        statement = sql.SQL("SELECT {} FROM {} AS t").format(
            sql.SQL(", ").join(
                sql.SQL("{} AS {}").format(expression, sql.Identifier(f"e{i}"))
                for i, expression in enumerate(itertools.chain(*asked))
            ),
            self.live.source.relation(),
        )
        for batch in self.session.batches(statement.as_string(None), f"table {self.live.table.label}"):
            arrays = iter(batch.columns)
            arrived = [
                column.decode(list(itertools.islice(arrays, len(parts))))
                for column, parts in zip(columns, asked, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(arrived, schema=schema)


@contextmanager
def live_side(
    target: Target, *manifests: Manifest, trust_code: bool = False, progress: Progress | None = None
) -> Iterator[Side]:
    """Yield the tables of `manifests` as `target` holds them, to be compared with the first manifest, then the others.

    Other tables and enum types are left out, and so are tables that do not exist in the target. Digests are of the
    first manifest's tables. Writes by others meanwhile are not seen. `trust_code`: the database's code may run with a
    superuser's rights. Errors: TargetError if not every row can be read; ServiceError.
    """
    progress = progress or Silent()
    wanted = _wanted(manifests)
    with open_reader(target) as reader:
        database, tables = read_locked(
            reader, lambda database: _readable(reader, database, wanted), trust_code=trust_code
        )
        shift = _shift_days(reader, database, progress)
        session = _Session(reader)
        first = {data.table.label: data for data in manifests[0].tables} if manifests else {}
        progress.start("read", len(tables))
        sides = []
        for live in _linked(tables, wanted):
            label = live.table.label
            sides.append(_table_side(session, live, wanted[label], first.get(label), shift))
            progress.advance("read", 1)
        try:
            yield Side(
                name=target.redacted,
                tables=tuple(sides),
                enums=_enums(database.enums, [s.table for s in sides], manifests),
            )
        finally:
            session.finish()


def _wanted(manifests: Sequence[Manifest]) -> dict[str, Table]:
    """Return the tables of all manifests by label.

    A table is the first manifest's, plus columns that only others have.
    """
    wanted: dict[str, Table] = {}
    for manifest in manifests:
        for data in manifest.tables:
            known = wanted.setdefault(data.table.label, data.table)
            stored = {column.name for column in known.stored}
            more = {column.name: column for column in data.table.stored if column.name not in stored}
            if more:
                kept = [column for column in known.columns if column.name not in more]
                wanted[data.table.label] = replace(known, columns=(*kept, *more.values()))
    return wanted


def _linked(tables: Sequence[LiveTable], wanted: Mapping[str, Table]) -> tuple[LiveTable, ...]:
    """Return the tables with the foreign keys that a capture would declare, with the same columns stored as text."""

    def texts(live: LiveTable) -> list[str]:
        columns = wanted[live.table.label].columns
        return [column.name for column in columns if column.type.logical is Logical.TEXT]

    return linked([settled(live, texts(live)) for live in tables])


def _table_side(
    session: _Session, live: LiveTable, expected: Table, data: TableData | None, shift_days: int
) -> TableSide:
    target_columns = {column.name: _target_column(live, column.name) for column in live.table.stored}
    types = {column.name: column.type for column in expected.stored}  # samples also show columns that are new here
    columns = {
        c.name: LiveColumn(
            name=c.name,
            source=types.get(c.name, c.type),
            target_column=target_columns[c.name],
            shift_days=shift_days,
        )
        for c in live.table.stored
    }
    rows, digest = _digest(session, live, data, target_columns, shift_days)
    if data is None or digest != data.digest:
        columns = _fitted(session, live, columns)
    return TableSide(
        table=replace(
            live.table,
            columns=tuple(
                replace(c, type=columns[c.name].type) if c.name in columns else c for c in live.table.columns
            ),
        ),
        source=LiveRows(session=session, live=live, columns=columns),
        rows=rows,
        digest=digest,
        digested=tuple(column.name for column in data.table.stored) if data is not None else None,
    )


def _target_column(live: LiveTable, name: str) -> TargetColumn:
    column, base = live.table.column(name), live.bases[name]
    return TargetColumn(
        name=name,
        type=column.type.pg,
        base=base.pg,
        element=None,
        kind="e" if base.enum else "b",
        not_null=not column.nullable,
        has_default=False,
        generated=column.generated,
        labels=(),
    )


def _digest(
    session: _Session,
    live: LiveTable,
    data: TableData | None,
    columns: Mapping[str, TargetColumn],
    shift_days: int,
) -> tuple[int, str | None]:
    """Return a table's number of rows, and its digest if that can equal the digest of the snapshot's table.

    jsonb is hashed as Postgres prints it. So an equal digest proves the rows, and an unequal one proves nothing.
    """
    count = session.one(
        sql.SQL("SELECT pg_catalog.count(*) AS rows FROM {} AS t").format(live.source.relation()).as_string(None)
    )
    rows: int = count["rows"]
    if data is None or rows != data.rows or rowhash.unverifiable(data.table, columns):
        return rows, None
    hashed = rowhash.HashedRows(
        relation=live.source.relation(),
        columns=columns,
        table=data.table,
        shift_days=shift_days,
    )
    if rows <= _HASHES:
        row = session.one(hashed.hashes_statement(printed=True).as_string(None))
        digest = rowhash.digest_of_hashes(row["rows"], row["hashes"] or b"", data.table)
    else:
        row = session.one(hashed.digest_statement(printed=True).as_string(None))
        digest = rowhash.digest_of(list(row.values()), data.table)
    return digest.rows, digest.hexdigest()


def _fitted(session: _Session, live: LiveTable, columns: Mapping[str, LiveColumn]) -> dict[str, LiveColumn]:
    """Return the columns, marked `unfit` if they hold values that their own type's form cannot carry.

    One scan, if any column may hold such values.
    """
    conditions = {name: condition for name, c in columns.items() if (condition := c.unfit_condition()) is not None}
    if not conditions:
        return dict(columns)
    asked = sql.SQL(", ").join(
        sql.SQL("pg_catalog.bool_or({}) AS {}").format(condition, sql.Identifier(name))
        for name, condition in conditions.items()
    )
    statement = sql.SQL("SELECT {} FROM {} AS t").format(asked, live.source.relation())
    unfit = session.one(statement.as_string(None))
    return {name: replace(column, unfit=bool(unfit.get(name))) for name, column in columns.items()}


def _readable(reader: Reader, database: LiveDatabase, wanted: Container[str]) -> list[LiveTable]:
    """Return the tables to compare. Errors: TargetError if they cannot be read in full."""
    tables = [live for live in database.tables if live.table.label in wanted]
    require_readable([live.access for live in tables], database.role)
    require_room(reader, tables, "comparing these tables")
    return tables


def _shift_days(reader: Reader, database: LiveDatabase, progress: Progress) -> int:
    """Return by how many days the last restore moved the database's dates after the snapshot's."""
    if not database.ledger:
        return 0
    (state,) = reader.rows(ledger.question().as_string(None))
    if not state["readable"]:
        progress.warn(
            f"role {database.role} may not read snap.ledger, or other roles may write it, so dates are "
            "compared as they are; if the last restore moved dates, all of them differ"
        )
        return 0
    last = reader.rows("SELECT as_of_shift_days AS days FROM snap.ledger ORDER BY id DESC LIMIT 1")
    if not last:
        return 0
    days = last[0]["days"]
    if type(days) is not int:
        raise ledger.not_ours("as_of_shift_days")
    return days


def _enums(enums: Sequence[Enum], tables: Sequence[Table], manifests: Sequence[Manifest]) -> tuple[Enum, ...]:
    """Return the enum types that the tables' columns use or that the manifests declare."""
    used = {enum.name for manifest in manifests for enum in manifest.enums}
    used |= {column.type.enum for table in tables for column in table.columns if column.type.enum}
    return tuple(enum for enum in enums if enum.name in used)
