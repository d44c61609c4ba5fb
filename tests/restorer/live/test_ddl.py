"""Test which entries of a dump a capture takes, and the SQL made from them, without pg_dump and without a server."""

from __future__ import annotations

from snap_restorer.live.ddl import SchemaSelection, choose, render
from snap_restorer.pg.archive_entries import ArchiveEntry
from tests.goldens import require_golden_sql

CLASS, CONSTRAINT, NAMESPACE, TYPE = 1259, 2606, 2615, 1247


def entry(id_: int, catalog: int, kind: str, *needs: int) -> ArchiveEntry:
    return ArchiveEntry(
        id=id_, catalog=catalog, oid=1000 + id_, kind=kind, title=f"{kind} public x{id_} me", needs=frozenset(needs)
    )


ENTRIES = (
    entry(1, NAMESPACE, "SCHEMA"),
    entry(2, TYPE, "TYPE", 1),
    entry(3, CLASS, "TABLE", 1, 2),
    entry(4, CLASS, "TABLE", 1),
    entry(5, CONSTRAINT, "CONSTRAINT", 3),
    entry(6, CONSTRAINT, "FK CONSTRAINT", 3, 4),
    entry(7, CLASS, "VIEW", 3, 4),
)


def test_a_whole_schema_is_taken() -> None:
    assert choose(ENTRIES, SchemaSelection(tables=frozenset({1003, 1004}))) == ((1, 2, 3, 4, 5, 6, 7), ())


def test_what_needs_a_table_that_is_left_out_is_left_out() -> None:
    wanted = SchemaSelection(tables=frozenset({1003}), banned=frozenset({1004}), keys=frozenset({1006}))
    assert choose(ENTRIES, wanted) == ((1, 2, 3, 5), (6,))


def test_of_some_tables_only_what_they_need_comes_and_parts_that_need_more_are_left_out() -> None:
    assert choose(ENTRIES, SchemaSelection(tables=frozenset({1004}), whole=False)) == ((1, 4), (6,))


def test_the_schemas_sql_says_what_it_needs_and_what_was_left_out() -> None:
    text = "\nCREATE SCHEMA public;\n\nCREATE FUNCTION f() RETURNS int;\n\nCREATE TABLE a (id int);\n"
    require_golden_sql(
        "live_ddl.sql",
        {
            "nothing": render("", "", ()),
            "a function": render(text, "", ()),
            "needs": render("CREATE TABLE a (id int);\n", "", [(17, "a built-in\n   collation")]),
            "left out": render(text, "-- Name: k\n\nALTER TABLE a ADD k;\nALTER TABLE a ADD l;\n", [(15, "x")]),
        },
    )
