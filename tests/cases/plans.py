"""Plans of one table, made with a server and without one."""

from __future__ import annotations

import psycopg

from snap.manifest import Manifest, TableData
from snap.schema import Table
from snap_restorer.load.restore_plan import TablePlan, plan_restore
from snap_restorer.pg.introspect import TargetColumn, introspect
from snap_restorer.values.fit import ColumnPlan, Wire, fit
from tests.cases.snapshots import table
from tests.cases.values import MOOD
from tests.postgres import execute

MOOD_OID = 100_000  # in goldens; a real one depends on the database


def pure_column(kind: str) -> ColumnPlan:
    """Plan column `v` without a server, with the OIDs that every server gives to its own types."""
    held = table("t", ("v", kind)).columns[0]
    item = kind.removesuffix("[]")
    known = psycopg.postgres.types.get(item.partition("(")[0])
    element = (known.oid if known else MOOD_OID) if item != kind else None
    target = TargetColumn(
        name="v",
        type=kind,
        base=kind,
        element=element,
        kind="e" if item == "mood" else "b",
        not_null=False,
        has_default=False,
        generated=False,
        labels=MOOD.labels if item == "mood" else (),
    )
    wire = fit(held.type, MOOD if item == "mood" else None, target)
    assert isinstance(wire, Wire)
    return ColumnPlan(name="v", type=held.type, wire=wire)


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
