"""Live tables into record batches, in one read-only transaction. The one place that knows what ADBC reads wrong.

ADBC is exact for most types, and silently wrong for some: of those the SELECT asks for a form that it carries well.

| logical             | asked for                                                                               |
|---------------------|-----------------------------------------------------------------------------------------|
| decimal, enum, text | Postgres' own text                                                                      |
| interval            | the 16 bytes of interval_send: ADBC counts in nanoseconds, of which 64 bits are 292 years |
| lists of these      | arrays of the same                                                                      |
| all others          | the column as it is                                                                     |

What a column's own form cannot hold at all (infinite dates, NaN numerics, arrays of two dimensions) is found by
`unfit`, before a row is read; the caller then declares such columns `text`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from snap.errors import SnapError, TargetError
from snap.schema import Table
from snap.types import Logical, Type
from snap.types.arrow import arrow_type, schema_of, storage
from snap_restorer.pg.catalog import query
from snap_restorer.pg.session import SETTINGS
from snap_restorer.pg.target import Target

if TYPE_CHECKING:
    import pyarrow as pa
    from psycopg import sql

# All that printing a value depends on, besides what a snapshot's restore sets too.
_BEGIN = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_AS_TEXT = frozenset({Logical.DECIMAL, Logical.ENUM, Logical.TEXT})
_C_ORDER = frozenset({Logical.STRING, Logical.ENUM, Logical.TEXT})
_BY_TEXT = frozenset({Logical.JSON, Logical.JSONB, Logical.LIST})
# jsonb prints numbers without exponent, so only zeros behind a point differ from the canonical form. Strings are
# matched first, and given back as they are.
_STRING_OR_ZEROS = r'("(?:[^"\\]|\\.)*")|(\.[0-9]*[1-9])0+\b|\.0+\b'
_ZEROS = r"\.[0-9]*0(?:[^0-9]|$)"
_NOT_UTF8 = "22021"
_BATCH_BYTES = "adbc.postgresql.batch_size_hint_bytes"
_FIRST_DAY = "'0001-01-01'"
_AFTER_LAST = "'294247-01-01'"  # beyond lie microseconds that 64 bits from 1970 on do not hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where rows come from. `tree`: with those of partitions; `masks` replace columns, by name, by an expression."""

    schema: str
    name: str
    tree: bool = False
    masks: Mapping[str, sql.Composable] = field(default_factory=dict)

    def relation(self) -> sql.Composed:
        """Return what FROM takes."""
        from psycopg import sql

        return sql.SQL("{}" if self.tree else "ONLY {}").format(sql.Identifier(self.schema, self.name))


class Reader:
    """A session in one REPEATABLE READ, READ ONLY transaction; every error is one of ours."""

    def __init__(self, connection: Any, target: Target) -> None:
        self._connection = connection
        self._target = target
        self.encoding = ""

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """Run a SELECT of few rows and give them by column name."""
        with self._cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetch_arrow_table().to_pylist()

    def execute(self, statement: str) -> None:
        """Run a statement that gives nothing back."""
        with self._cursor() as cursor:
            cursor.execute(statement)

    def export(self) -> str:
        """Return the name under which other sessions, such as pg_dump's, see what this one sees."""
        name: str = self.rows("SELECT pg_catalog.pg_export_snapshot() AS name")[0]["name"]
        return name

    def read(self, source: Source, table: Table, *, ordered: bool = True) -> Iterator[pa.RecordBatch]:
        """Read all rows of `source` as batches of about 16 MB with `table`'s Arrow types, canonical as format.md wants.

        `table` has a stored column at least. `ordered`: by the primary key under C, else by the rows' text.
        Errors: TargetError for a text that is no UTF-8; ServiceError.
        """
        statement = select(source, table, ordered=ordered, utf8=self.encoding == "UTF8").as_string(None)
        for batch in self.batches(statement, f"table {table.label}"):
            yield _decoded(batch, table)

    def batches(self, statement: str, about: str, *, size: int | None = None) -> Iterator[pa.RecordBatch]:
        """Run a SELECT and give its rows as they come, `size` bytes or so at a time; nothing else may be asked
        meanwhile. `about` names in errors what is read. Errors as of `read`.
        """
        with self._cursor(about) as cursor:
            if size is not None:
                cursor.adbc_statement.set_options(**{_BATCH_BYTES: str(size)})
            cursor.execute(statement)
            yield from cursor.fetch_record_batch()

    def unfit(self, source: Source, table: Table) -> tuple[int, frozenset[str]]:
        """Count the rows, and name the columns that hold a value which their logical type does not. One scan."""
        statement, asked = probe(source, table)
        row = self.rows(statement.as_string(None))[0]
        return row["rows"], frozenset(name for i, name in enumerate(asked) if row[f"c{i}"])

    @contextlib.contextmanager
    def _cursor(self, about: str = "") -> Iterator[Any]:
        import adbc_driver_manager
        import pyarrow as pa

        cursor = self._connection.cursor()
        try:
            yield cursor
        except (adbc_driver_manager.Error, pa.ArrowException, OSError) as error:
            raise _translated(error, self._target, about) from None
        finally:
            cursor.close()


@contextlib.contextmanager
def open_reader(target: Target, *, snapshot: str | None = None) -> Iterator[Reader]:
    """Open a session that works through a pooler in transaction mode: all of it is one transaction.

    `snapshot` is what another session exported; this one then sees the same. Errors: ServiceError, TargetError.
    """
    import adbc_driver_manager
    import adbc_driver_postgresql.dbapi as postgres

    try:
        connection = postgres.connect(target.session())
    except (adbc_driver_manager.Error, OSError) as error:
        raise target.unreachable(_text(error)) from None
    try:
        reader = Reader(connection, target)
        reader.execute(_BEGIN)
        if snapshot is not None:
            from psycopg import sql

            reader.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(snapshot).as_string(None))
        reader.rows(_settings())
        reader.encoding = reader.rows("SELECT pg_catalog.current_setting('server_encoding') AS name")[0]["name"]
        yield reader
    finally:
        with contextlib.suppress(adbc_driver_manager.Error):
            connection.rollback()
        connection.close()


def select(source: Source, table: Table, *, ordered: bool, utf8: bool = True) -> sql.Composed:
    """Return the SELECT of `table`'s stored columns in the forms that ADBC carries."""
    from psycopg import sql

    stored = table.stored
    columns = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(expression(sql.Identifier("t", c.name), c.type), sql.Identifier(c.name))
        for c in stored
    )
    statement = sql.SQL("SELECT {} FROM {} AS t").format(columns, _masked(source, table))
    if not ordered:
        return statement
    if table.primary_key:
        keys = (_order(sql.Identifier("t", name), table.column(name).type, utf8) for name in table.primary_key)
        return statement + sql.SQL(" ORDER BY ") + sql.SQL(", ").join(keys)
    # r.* and not r: a column may have any name.
    return sql.SQL('SELECT r.* FROM ({}) AS r ORDER BY CAST(ROW(r.*) AS pg_catalog.text) COLLATE "C"').format(statement)


def probe(source: Source, table: Table) -> tuple[sql.Composed, tuple[str, ...]]:
    """Return a SELECT of the number of `rows` and, as c0, c1, ..., whether a column is unfit; and their names."""
    from psycopg import sql

    asked = [(c.name, condition) for c in table.stored if (condition := misfit(c.name, c.type)) is not None]
    parts = [
        sql.SQL("pg_catalog.bool_or({}) AS {}").format(condition, sql.Identifier(f"c{i}"))
        for i, (_, condition) in enumerate(asked)
    ]
    columns = sql.SQL(", ").join([sql.SQL("pg_catalog.count(*) AS rows"), *parts])
    statement = sql.SQL("SELECT {} FROM {} AS t").format(columns, _masked(source, table))
    return statement, tuple(name for name, _ in asked)


def decode(array: pa.Array, column: Type) -> pa.Array:
    """Return what ADBC read of a column as an array of `column`'s Arrow type."""
    import pyarrow as pa

    logical, wanted = column.logical, arrow_type(column)
    if logical is Logical.LIST:
        assert column.item is not None
        return _list(array, column.item)
    if logical is Logical.INTERVAL:
        return _intervals(array)
    if logical is Logical.JSONB:
        return pa.ExtensionArray.from_storage(wanted, canonical_jsonb(storage(array)))
    if array.type == wanted:
        return array
    if isinstance(wanted, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(wanted, storage(array).cast(wanted.storage_type))
    return storage(array).cast(wanted)


def canonical_jsonb(texts: pa.StringArray) -> pa.StringArray:
    """Strip trailing zeros of fractions from texts that Postgres printed for jsonb, outside of strings."""
    import pyarrow.compute as pc

    if not pc.any(pc.match_substring_regex(texts, _ZEROS)).as_py():
        return texts
    return pc.replace_substring_regex(texts, _STRING_OR_ZEROS, r"\1\2")


def _masked(source: Source, table: Table) -> sql.Composed:
    from psycopg import sql

    if not source.masks:
        return source.relation()
    columns = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(source.masks.get(c.name, sql.Identifier(c.name)), sql.Identifier(c.name))
        for c in table.stored
    )
    return sql.SQL("(SELECT {} FROM {})").format(columns, source.relation())


def expression(name: sql.Composable, kind: Type) -> sql.Composable:
    """Return a value of type `kind` in a form that ADBC carries well, and of which `decode` makes an array."""
    from psycopg import sql

    if kind.logical is Logical.TEXT:  # as its output function prints it: a cast adds /32 to an inet, trims a bpchar
        return sql.SQL("CASE WHEN {0} IS DISTINCT FROM NULL THEN pg_catalog.concat({0}) END").format(name)
    if kind.logical in _AS_TEXT:
        return sql.SQL("{}::pg_catalog.text").format(name)
    if kind.logical is Logical.INTERVAL:
        return sql.SQL("pg_catalog.interval_send({})").format(name)
    if kind.item is not None and kind.item.logical in _AS_TEXT:
        return sql.SQL("{}::pg_catalog.text[]").format(name)
    if kind.item is not None and kind.item.logical is Logical.INTERVAL:
        return sql.SQL(
            "CASE WHEN {0} IS NOT NULL THEN ARRAY(SELECT pg_catalog.interval_send(e) "
            "FROM pg_catalog.unnest({0}) WITH ORDINALITY AS u (e, o) ORDER BY o) END"
        ).format(name)
    return name


def _order(name: sql.Composable, kind: Type, utf8: bool) -> sql.Composable:
    from psycopg import sql

    if kind.logical is Logical.INTERVAL:
        return expression(name, kind)
    if kind.logical in _C_ORDER or kind.logical in _BY_TEXT:
        text = name if kind.logical is Logical.STRING else sql.SQL("{}::pg_catalog.text").format(name)
        if utf8:
            return sql.SQL('{} COLLATE "C"').format(text)
        return sql.SQL("pg_catalog.convert_to({}::pg_catalog.text, 'UTF8')").format(text)
    return name


def misfit(column: str, kind: Type) -> sql.Composable | None:
    """Return the condition under which a value of t's `column` does not fit its logical type; None where all do."""
    from psycopg import sql

    name = sql.Identifier("t", column)
    if kind.item is None:
        return _scalar_misfit(name, kind)
    shape = sql.SQL("pg_catalog.array_ndims({0}) > 1 OR pg_catalog.array_lower({0}, 1) <> 1").format(name)
    each = _scalar_misfit(sql.Identifier("e"), kind.item)
    if each is None:
        return shape
    return sql.SQL("{} OR EXISTS (SELECT FROM pg_catalog.unnest({}) AS u (e) WHERE {})").format(shape, name, each)


def _scalar_misfit(name: sql.Composable, kind: Type) -> sql.Composable | None:
    from psycopg import sql

    conditions = {
        Logical.DATE: f"{{0}} < {_FIRST_DAY} OR {{0}} = 'infinity'",
        Logical.TIMESTAMP: f"{{0}} < {_FIRST_DAY} OR {{0}} >= {_AFTER_LAST}",
        Logical.TIMESTAMPTZ: f"{{0}} < {_FIRST_DAY} OR {{0}} >= {_AFTER_LAST}",
        Logical.INTERVAL: "NOT pg_catalog.isfinite({0})",
        Logical.DECIMAL: "{0} = 'NaN'",
    }
    condition = conditions.get(kind.logical)
    return sql.SQL(condition).format(name) if condition else None


def _decoded(batch: pa.RecordBatch, table: Table) -> pa.RecordBatch:
    import pyarrow as pa

    wanted = schema_of(table)
    arrays = [decode(batch.column(i), column.type) for i, column in enumerate(table.stored)]
    return pa.RecordBatch.from_arrays(arrays, schema=wanted)


def _list(array: pa.Array, item: Type) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
    offsets = pa.array(_starts(lengths), pa.int32())
    mask = array.is_null() if array.null_count else None
    kind = pa.list_(arrow_type(item))
    return pa.ListArray.from_arrays(offsets, decode(array.flatten(), item), type=kind, mask=mask)


def _starts(lengths: Any) -> Any:
    import numpy as np

    return np.concatenate([[0], np.cumsum(lengths)])


def _intervals(array: pa.Array) -> pa.StructArray:
    """Return intervals from the bytes of interval_send: microseconds, days, months."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    flat = pc.fill_null(storage(array), bytes(16))
    start, stop = np.frombuffer(flat.buffers()[1], np.int32)[[flat.offset, flat.offset + len(flat)]]
    sent = np.dtype([("microseconds", ">i8"), ("days", ">i4"), ("months", ">i4")])
    values = np.frombuffer(flat.buffers()[2] or b"", np.uint8)[start:stop].view(sent)
    wanted = pa.struct([("months", pa.int32()), ("days", pa.int32()), ("microseconds", pa.int64())])
    parts = [pa.array(values[part.name].astype(part.type.to_pandas_dtype())) for part in wanted]
    mask = array.is_null() if array.null_count else None
    return pa.StructArray.from_arrays(parts, fields=list(wanted), mask=mask)


def _settings() -> str:
    from psycopg import sql

    names, values = list(SETTINGS), list(SETTINGS.values())
    text = query("session") % {"names": "{names}", "values": "{values}"}
    return sql.SQL(text).format(names=names, values=values).as_string(None)


def _translated(error: Exception, target: Target, about: str) -> SnapError:
    # What fails in the middle of a stream comes as an error of Arrow's, with the SQLSTATE in its text alone.
    found = re.search(r"SQLSTATE: ?(\w{5})", str(error))
    state = getattr(error, "sqlstate", None) or (found[1] if found else "")
    text = target.scrub(_text(error))
    if state == _NOT_UTF8 or "invalid byte sequence for encoding" in text:
        return TargetError(
            f"{about or 'the database'} holds text that is no UTF-8 ({text})",
            "mend the text (in a database of encoding SQL_ASCII it may be anything), or leave the table out",
        )
    return target.explain(state, text)


def _text(error: Exception) -> str:
    """Return what the server said, without the driver's frame and the query."""
    text = re.split(r"\s*Query was:|\. SQLSTATE:", str(error))[0]
    match = re.search(r"(?:ERROR|FATAL|PANIC):\s+(.*)", text, re.DOTALL)
    return " ".join((match[1] if match else text).split())


def require_readable(
    tables: Sequence[tuple[str, bool, bool]], role: str, *, otherwise: str = ", or leave them out with --exclude"
) -> None:
    """Refuse tables, given as (label, readable, restricted), of which `role` would not read every row.

    `otherwise` is what else people can do. Errors: TargetError that names all of them.
    """
    hidden = [label for label, readable, _ in tables if not readable]
    if hidden:
        raise TargetError(f"role {role} may not read {', '.join(hidden)}", f"grant SELECT on them{otherwise}")
    bound = [label for label, _, restricted in tables if restricted]
    if bound:
        raise TargetError(
            f"row-level security binds role {role}, which would not see every row of {', '.join(bound)}",
            f"connect as a role with BYPASSRLS (for tables without FORCE their owner will do){otherwise}",
        )
