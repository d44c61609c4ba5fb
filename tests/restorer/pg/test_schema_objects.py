"""Test dropping the objects of schemas in one message. Tests of reset and of backups run it."""

from __future__ import annotations

from snap_restorer.pg.schema_objects import SchemaObject, drop_sql
from tests.goldens import require_golden_sql


def schema_object(kind: str, identity: str, **flags: bool) -> SchemaObject:
    flags = {"direct": True, "inside": True, "whole": True, "part": False, "able": True} | flags
    return SchemaObject(schema="ship", kind=kind, identity=identity, definition=None, comment=None, **flags)


def test_what_schemas_hold_is_dropped_by_kind() -> None:
    objects = [
        schema_object("collation", 'ship."by rank"'),
        schema_object("type", "ship.mood"),
        schema_object("aggregate", "ship.total(integer)"),
        schema_object("statistics object", "ship.stats"),
        schema_object("materialized view", "ship.ranks"),
        schema_object("table", 'ship."Log book"'),
        schema_object("table constraint", 'ship."Log book".pkey', direct=False),
        schema_object("table column", "ship.crew.mood", part=True),
        schema_object("trigger", "changed on public.other", whole=False),
    ]
    require_golden_sql("schema_objects.sql", {"by kind": drop_sql(objects).replace("; ", ";\n")})
    assert drop_sql([]) == ""
