"""Make plans of one table, with and without a server."""

from __future__ import annotations

import psycopg

from snap.manifest import Manifest, TableData
from snap.schema import Table
from snap_restorer.load.restore_plan import TablePlan, plan_restore
from snap_restorer.pg.introspect import TargetColumn, TargetTable, introspect
from snap_restorer.values.fit import ColumnPlan, Wire, fit
from tests.cases.snapshots import table
from tests.cases.values import MOOD
from tests.postgres import execute

MOOD_OID = 100_000  # in goldens; a real one depends on the database


def pure_target(name: str, kind: str, *, base: str | None = None, not_null: bool = False) -> TargetColumn:
    """Describe a column of a target without a server, with the OIDs that every server gives its built-in types."""
    item = kind.removesuffix("[]")
    known = psycopg.postgres.types.get(item.partition("(")[0])
    return TargetColumn(
        name=name,
        type=kind,
        base=base or kind,
        element=(known.oid if known else MOOD_OID) if item != kind else None,
        kind="e" if item == "mood" else "b",
        not_null=not_null,
        has_default=False,
        generated=False,
        labels=MOOD.labels if item == "mood" else (),
    )


def pure_column(kind: str, name: str = "v") -> ColumnPlan:
    """Plan a column without a server."""
    column = table("t", (name, kind)).columns[0]
    wire = fit(column.type, MOOD if kind.removesuffix("[]") == "mood" else None, pure_target(name, kind))
    assert isinstance(wire, Wire)
    return ColumnPlan(name=name, type=column.type, wire=wire)


def pure_table(definition: Table, *, kind: str = "r") -> TablePlan:
    """Plan a table without a server; `kind` is p for a partitioned table."""
    columns = [(column.name, column.type.pg, not column.nullable) for column in definition.stored]
    target = TargetTable(
        name=(definition.schema, definition.name),
        oid=16_384,
        kind=kind,
        forced=False,
        restricted=False,
        owned=True,
        other_owner=False,
        foreign_partitions=None,
        readable=True,
        writable=True,
        insertable=True,
        changeable=True,
        columns=tuple(pure_target(name, pg, not_null=not_null) for name, pg, not_null in columns),
    )
    return TablePlan(
        data=TableData(table=definition, rows=0, digest="", files=()),
        target=target,
        columns=tuple(pure_column(pg, name) for name, pg, _ in columns),
        rebuilt=False,
    )


def planned_for(url: str, held: Table, *, create: bool = True) -> TablePlan:
    if create:
        columns = ", ".join(f"{column.name} {column.type.pg}" for column in held.columns)
        execute(url, f"CREATE TABLE {held.name} ({columns})")
    data = TableData(table=held, rows=0, digest="", files=())
    manifest = Manifest(
        version="v1",
        parameters=None,
        created="",
        digest="",
        estimated_db_bytes=0,
        enums=(MOOD,),
        tables=(data,),
        extra_files=(),
        checks=(),
        schema_sql="",
        written_by=(),
    )
    with psycopg.connect(url) as connection:
        return plan_restore(manifest, introspect(connection, [held])).tables[0]
