"""Shapes of a live database's tables: pg_stats, filtered in the database, and one count for each foreign key.

No row is read except by that count, whose result is only numbers of rows. All of it is one read-only transaction.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from snap.errors import TargetError
from snap.schema import Details, Enum, ForeignKey, Schema, Table, table_label
from snap.shapes import LEAST, ColumnShape, Privacy, ReferenceShape, Shapes, TableShape
from snap.types import Logical, parse
from snap.units import some
from snap_restorer.pg import transaction
from snap_restorer.pg.catalog import query, records
from snap_restorer.pg.row_relations import relation
from snap_restorer.pg.target import Connection, Target

_LOCK_S = 10
_STATISTICS_S = 60  # for all of pg_stats
_COUNT_S = 60  # for the count of one reference
# A server's errors for a statement that takes too long, or too much disk or memory.
_TOO_MUCH = (
    psycopg.errors.QueryCanceled,
    psycopg.errors.ConfigurationLimitExceeded,
    psycopg.errors.DiskFull,
    psycopg.errors.OutOfMemory,
)
_MOST = 50  # the most values of a category that are read
_QUOTED = re.compile(r"'((?:[^']|'')*)'")
_KINDS: Mapping[Logical, str] = {
    **dict.fromkeys((Logical.INT16, Logical.INT32, Logical.INT64), "number"),
    **dict.fromkeys((Logical.DECIMAL, Logical.FLOAT32, Logical.FLOAT64), "number"),
    **dict.fromkeys((Logical.DATE, Logical.TIMESTAMP, Logical.TIMESTAMPTZ), "moment"),
    **dict.fromkeys((Logical.BOOL, Logical.ENUM), "label"),
    Logical.STRING: "text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """A table's state in the statistics. `rows` is None if the table was never analysed.

    `readable` are the columns whose statistics this role may read. `elsewhere`: some rows are on another server.
    `restricted`: row-level security hides the statistics.
    """

    schema: str
    name: str
    partitioned: bool
    rows: int | None
    elsewhere: bool
    restricted: bool
    readable: tuple[str, ...]


def read_shapes(target: Target, schema: Schema, privacy: Privacy) -> Shapes:
    """Return the shapes of the tables of `schema`, read from the target.

    Errors: TargetError if this role may not read pg_stats, or no table has statistics; ServiceError.
    """
    with target.connect() as connection:
        connection.read_only = True
        transaction.begin_reading(connection, _LOCK_S)
        states = _states(connection, schema.tables)
        _limit(connection, _STATISTICS_S)
        try:
            columns = _columns(connection, schema, states, privacy)
        except psycopg.errors.InsufficientPrivilege as error:
            raise TargetError(
                f"this role may not read the planner's statistics: {error.diag.message_primary}",
                "GRANT SELECT ON pg_catalog.pg_stats to this role; a role sees there only the statistics of "
                "columns that it may read",
            ) from None
        warnings = [_untold(table, states.get(table.label), columns.get(table.label, ())) for table in schema.tables]
        if schema.tables and not columns:
            raise TargetError(
                f"no table has statistics that this role may see: {some([text for text in warnings if text], most=2)}",
                "run ANALYZE as the tables' owner, or grant SELECT on them",
            )
        references, slow = _references(connection, schema, states)
    return Shapes(
        tables=tuple(
            TableShape(
                label=table.label,
                rows=states[table.label].rows or 0,
                columns=tuple(columns.get(table.label, ())),
                references=tuple(references.get(table.label, ())),
            )
            for table in schema.tables
            if table.label in states and states[table.label].rows is not None
        ),
        warnings=(*filter(None, warnings), *slow),
    )


def _limit(connection: Connection, seconds: float) -> None:
    transaction.set_local(connection, "statement_timeout", f"{transaction.milliseconds(seconds)}ms")


def _states(connection: Connection, tables: Sequence[Table]) -> dict[str, _State]:
    rows = records(
        connection,
        _State,
        "shape_tables",
        schemas=[table.schema for table in tables],
        names=[table.name for table in tables],
    )
    return {table_label(state.schema, state.name): state for state in rows}


def _untold(table: Table, state: _State | None, columns: Sequence[ColumnShape]) -> str:
    """Return a message about a table whose statistics are missing or incomplete, "" if they are complete."""
    if state is None:
        return f"{table.label} does not exist, or is in a schema that this role may not use"
    if state.restricted:
        return f"{table.label}: row-level security hides its statistics from this role"
    hidden = [column.name for column in table.stored if column.name not in state.readable]
    if hidden:
        return f"{table.label}: this role may not read {some(hidden)}, so their statistics are hidden from it"
    if state.rows is None or (state.rows and not columns):
        return (
            f"{table.label} has no statistics: run ANALYZE {sql.Identifier(state.schema, state.name).as_string(None)}"
        )
    return f"{table.label} is empty: its rows are guessed" if not state.rows else ""


# -- columns


def _columns(
    connection: Connection, schema: Schema, states: Mapping[str, _State], privacy: Privacy
) -> dict[str, list[ColumnShape]]:
    enums = {enum.name: enum for enum in schema.enums}
    asked = [
        {
            "schema": table.schema,
            "table": table.name,
            "column": name,
            "kind": kind,
            "labels": labels,
            "rows": states[table.label].rows,
            "partitioned": states[table.label].partitioned,
        }
        for table in schema.tables
        if table.label in states and states[table.label].rows
        for name, kind, labels in _asked(table, schema.detail(table.label), enums, privacy)
    ]
    parameters = {"asked": json.dumps(asked), "least": LEAST, "most": _MOST, "people": list(privacy.names)}
    shapes: dict[str, list[ColumnShape]] = {}
    for row in connection.execute(query("shape_columns"), parameters).fetchall():
        shapes.setdefault(table_label(*row[:2]), []).append(_column(*row[2:]))
    return shapes


def _asked(
    table: Table, details: Details, enums: Mapping[str, Enum], privacy: Privacy
) -> Iterator[tuple[str, str, list[str]]]:
    """Yield each column with the kind of statistics to read for it, and the values that the schema itself names.

    No values are read of key, foreign key and unique columns.
    """
    bases = dict(details.bases)
    keys = {name for key in (table.primary_key, *table.unique) for name in key if len(key) == 1}
    keys |= {name for key in _keys(table, details) for name in key.columns}
    for column in table.stored:
        kind = _KINDS.get(parse(bases.get(column.name, column.type.pg), enums).logical, "plain")
        if column.name in keys or (table.label, column.name) in privacy.private:
            kind = "plain"
        labels = [
            text.replace("''", "'")
            for check in details.checks
            if column.name in check.columns
            for text in _QUOTED.findall(check.sql)
        ]
        yield column.name, kind, labels


def _column(
    name: str, nulls: float, distinct: float, width: int, frequencies: list[float], quantiles: list[str], shares: str
) -> ColumnShape:
    values: list[tuple[str, float]] = [(value, float(share)) for value, share in json.loads(shares)]
    return ColumnShape(
        name=name,
        nulls=round(nulls, 4),
        distinct=distinct,
        width=width,
        frequencies=tuple(frequencies),
        quantiles=tuple(point.removesuffix(" 00:00") for point in quantiles),
        shares=tuple(values),
    )


# -- references


def _references(
    connection: Connection, schema: Schema, states: Mapping[str, _State]
) -> tuple[dict[str, list[ReferenceShape]], list[str]]:
    """Return the shapes of foreign keys by table, and messages about those that took too long to count."""
    shapes: dict[str, list[ReferenceShape]] = {}
    slow = []
    _limit(connection, _COUNT_S)
    for table in schema.tables:
        state = states.get(table.label)
        if state is None or not state.rows or state.restricted or state.elsewhere:
            continue
        for key in _keys(table, schema.detail(table.label)):
            if not set(key.columns) <= set(state.readable):
                continue
            try:
                with connection.transaction():
                    row = connection.execute(_count(table, key, partitioned=state.partitioned)).fetchone()
            except _TOO_MUCH as error:
                slow.append(
                    f"{table.label}: its rows for each row of {key.references} were not counted, and their "
                    f"number is guessed: {error.diag.message_primary}"
                )
                continue
            if row is not None and row[0] >= LEAST:
                shapes.setdefault(table.label, []).append(_reference(key, *row))
    return shapes, slow


def _keys(table: Table, details: Details) -> tuple[ForeignKey, ...]:
    return details.references or table.foreign_keys


def _count(table: Table, key: ForeignKey, *, partitioned: bool) -> sql.Composed:
    columns = [sql.Identifier("t", name) for name in key.columns]
    return sql.SQL(query("shape_reference")).format(
        table=relation((table.schema, table.name), partitioned=partitioned),
        known=sql.SQL(" AND ").join(sql.SQL("{} IS NOT NULL").format(name) for name in columns),
        columns=sql.SQL(", ").join(columns),
    )


def _reference(key: ForeignKey, parents: int, rows: list[Any]) -> ReferenceShape:
    return ReferenceShape(columns=key.columns, parent=key.references, parents=parents, rows=tuple(map(int, rows)))
