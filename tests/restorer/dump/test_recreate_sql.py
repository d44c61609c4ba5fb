"""Test, as text, the statements that recreate what a backup records. Tests of backups run them."""

from __future__ import annotations

from snap_restorer.dump.inventory import Extension
from snap_restorer.dump.recreate import _extension_sql, _outside_comment_sql, _schema_comment_sql, _schema_sql
from snap_restorer.pg.schema_objects import SchemaObject
from tests.goldens import require_golden_sql

SCHEMA = 'Back "Room" %s {}'
CITEXT = Extension(name="cit-ext", schema="extensions", version="1.6")


def outside(kind: str, identity: str, comment: str) -> SchemaObject:
    """Describe an object outside the schemas. `identity` is quoted as pg_identify_object quotes it."""
    return SchemaObject(
        schema="other",
        kind=kind,
        identity=identity,
        direct=True,
        inside=False,
        whole=True,
        part=False,
        definition="",
        able=True,
        comment=comment,
    )


def extension(*schemas: str) -> str:
    return ";\n".join(statement.as_string(None) for statement in _extension_sql(CITEXT, schemas))


def test_schemas_extensions_and_comments_are_created_by_quoted_names() -> None:
    require_golden_sql(
        "recreate.sql",
        {
            "schema": _schema_sql(SCHEMA),
            "comment of a schema": _schema_comment_sql(SCHEMA, "it's \\ 100 %"),
            "no comment of a schema": _schema_comment_sql(SCHEMA, None),
            "extension in a schema of the backup": extension("public", "extensions"),
            "extension in another schema": extension("public"),
            "comment of a view": _outside_comment_sql(outside("view", 'other."Seen %s {}"', "it's")),
            "comment of a constraint": _outside_comment_sql(
                outside("table constraint", "to_crew on other.boat", "whose")
            ),
            "comment of a trigger": _outside_comment_sql(outside("trigger", "counted on other.boat", "counts")),
        },
    )
