"""Test differences between a snapshot and a target: refused by name, or accepted if nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest

from snap.errors import TargetError
from snap.schema import Column, Enum, Table
from snap.store import Snapshot
from snap.types import parse
from snap_restorer import Target, restore
from tests.cases.crew import SQL
from tests.cases.snapshots import table
from tests.cases.targets import ROWS, Load, Refused, T, rows_of
from tests.postgres import execute


def test_all_differences_come_in_one_message(small: Snapshot, database: str) -> None:
    execute(
        database,
        """CREATE TYPE mood AS ENUM ('sad', 'fine');
        CREATE TABLE crew (id integer PRIMARY KEY, name text, loud text, must text NOT NULL);""",
    )
    with pytest.raises(TargetError) as refused:
        restore(small, Target(database))
    assert refused.value.message.splitlines()[1:] == [
        "- table note is missing",
        "- column crew.id is integer, which cannot hold every value of bigint",
        "- column crew.boss is missing from its table",
        "- column crew.loud is generated in the snapshot, which holds no values for it, but not in the target",
        "- column crew.must is NOT NULL without a default, and the snapshot lacks it",
    ]


def test_narrower_types_and_missing_labels_are_refused(small: Snapshot, database: str) -> None:
    narrow = SQL.replace("varchar(20)", "varchar(19)").replace("'ok', 'happy'", "'ok'")
    execute(database, narrow)
    with pytest.raises(TargetError) as refused:
        restore(small, Target(database))
    assert refused.value.message.splitlines()[1:] == [
        "- column note.line is character varying(19), which cannot hold every value of character varying(20)",
        "- column note.mood lacks the labels 'happy' of mood",
    ]


def test_a_view_in_a_tables_place_is_refused(small: Snapshot, database: str) -> None:
    execute(database, SQL + "ALTER TABLE note RENAME TO n; CREATE VIEW note AS TABLE n")
    with pytest.raises(TargetError, match="note is a view, not a table"):
        restore(small, Target(database))


def test_one_name_in_several_schemas(load: Load, database: str) -> None:
    tables = [
        (table("t", ("id", "integer"), ("v", f"{schema}.mood" if schema != "public" else "mood"), schema=schema), rows)
        for schema, rows in (("public", [(1, "sad")]), ("b", [(2, "glad")]))
    ]
    made = Table(
        name="t", schema="b", columns=(tables[1][0].columns[0], Column(name="v", type=parse("b.mood", ["b.mood"])))
    )
    load(
        """CREATE SCHEMA b; CREATE TYPE mood AS ENUM ('sad'); CREATE TYPE b.mood AS ENUM ('glad');
        CREATE TABLE t (id int, v mood); CREATE TABLE b.t (id int, v b.mood)""",
        tables[0],
        (made, tables[1][1]),
        enums=[Enum(name="mood", labels=("sad",)), Enum(name="b.mood", labels=("glad",))],
    )
    assert rows_of(database) == [(1, "sad")]
    assert rows_of(database, "b.t") == [(2, "glad")]


def test_dropped_reordered_and_extra_columns(load: Load, database: str) -> None:
    load(
        """CREATE TABLE t (gone int, v text, extra int, with_default int NOT NULL DEFAULT 7, gone_too int NOT NULL,
            id int, computed int NOT NULL GENERATED ALWAYS AS (id + 1) STORED,
            numbered int GENERATED ALWAYS AS IDENTITY);
        ALTER TABLE t DROP gone; ALTER TABLE t DROP gone_too; ALTER TABLE t ADD late int DEFAULT 3"""
    )
    assert execute(database, "SELECT * FROM t ORDER BY id") == [
        ("a", None, 7, 1, 2, 4, 3),
        (None, None, 7, 2, 3, 5, 3),
        ("b", None, 7, 5, 6, 6, 3),
    ]


@pytest.mark.parametrize(
    ("column", "needs"),
    [
        ("int NOT NULL", True),
        ("int NOT NULL DEFAULT 1", False),
        ("strict", True),
        ("strict_default", False),
        ("strict_child", True),
        ("strict DEFAULT 1", False),
        ("int CHECK (extra > 0)", False),
    ],
)
def test_an_extra_column_that_takes_no_null_needs_a_default(
    load: Load, refused: Refused, database: str, column: str, needs: bool
) -> None:
    sql = f"""CREATE DOMAIN strict AS int NOT NULL; CREATE DOMAIN strict_default AS int DEFAULT 4 NOT NULL;
        CREATE DOMAIN strict_child AS strict; CREATE TABLE t (id int, v text, extra {column})"""
    if needs:
        assert refused(sql) == ["- column t.extra is NOT NULL without a default, and the snapshot lacks it"]
    else:
        load(sql)
        assert rows_of(database) == ROWS


@pytest.mark.parametrize("kind", ["mood", "mood[]", "happy_mood"])
def test_labels_that_were_added_or_moved_do_not_hinder(load: Load, database: str, kind: str) -> None:
    value: Any = {"mood": "ok", "mood[]": ["ok", None], "happy_mood": "ok"}[kind]
    load(
        f"""CREATE TYPE mood AS ENUM ('new', 'happy', 'ok', 'sad'); CREATE DOMAIN happy_mood AS mood;
        CREATE TABLE t (id int, v {kind})""",
        (table("t", ("id", "integer"), ("v", kind)), [(1, value)]),
    )
    assert execute(database, "SELECT v::text FROM t") == [("{ok,NULL}" if kind == "mood[]" else "ok",)]


NARROWER = (
    ("bigint", "integer"),
    ("integer", "smallint"),
    ("integer", "numeric(9,0)"),
    ("double precision", "real"),
    ("numeric(8,2)", "numeric(8,3)"),
    ("numeric(8,2)", "numeric(8,1)"),
    ("numeric", "numeric(60,20)"),
    ("text", "character varying(9)"),
    ("character varying(9)", "character varying(8)"),
    ("character varying(9)", "character(9)"),
    ("character(3)", "character(2)"),
    ("text", "name"),
    ("text", "mood"),
    ("timestamp with time zone", "timestamp(3) with time zone"),
    ("timestamp with time zone", "timestamp without time zone"),
    ("timestamp(3) without time zone", "timestamp(2) without time zone"),
    ("timestamp without time zone", "date"),
    ("interval", "interval(0)"),
    ("bit varying(5)", "bit varying(4)"),
    ("bit(5)", "bit(6)"),
    ("inet", "cidr"),
    ("jsonb", "text"),
    ("uuid", "text"),
    ("boolean", "integer"),
    ("integer[]", "smallint[]"),
    ("integer", "integer[]"),
    ("text[]", "text"),
    ("text[]", "character varying(9)[]"),
    ("character varying(9)", "short"),
)


def test_every_narrower_or_foreign_type_is_named_before_anything_is_touched(refused: Refused) -> None:
    held = table("t", *((f"c{i}", ours) for i, (ours, _) in enumerate(NARROWER)))
    columns = ", ".join(f"c{i} {theirs}" for i, (_, theirs) in enumerate(NARROWER))
    sql = f"CREATE TYPE mood AS ENUM ('sad'); CREATE DOMAIN short AS varchar(8); CREATE TABLE t ({columns})"
    assert refused(sql, (held, [])) == [
        f"- column t.c{i} is {theirs}, which cannot hold every value of {ours}"
        for i, (ours, theirs) in enumerate(NARROWER)
    ]


@pytest.mark.parametrize("kind", ["mood", "mood[]"])
def test_renamed_labels_are_refused(refused: Refused, kind: str) -> None:
    sql = f"CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); CREATE TABLE t (id int, v {kind});"
    sql += "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'"
    held = table("t", ("id", "integer"), ("v", kind))
    assert refused(sql, (held, [(1, None)])) == [f"- column t.v lacks the labels 'ok' of {kind}"]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (
            "CREATE FOREIGN DATA WRAPPER far; CREATE SERVER away FOREIGN DATA WRAPPER far;"
            "CREATE FOREIGN TABLE t (id int, v text) SERVER away",
            "- t is a foreign table, not a table",
        ),
        ("CREATE VIEW t AS SELECT 1 AS id, 'a' AS v", "- t is a view, not a table"),
        ("CREATE MATERIALIZED VIEW t AS SELECT 1 AS id, 'a' AS v", "- t is a materialised view, not a table"),
        (
            "CREATE FOREIGN DATA WRAPPER far; CREATE SERVER away FOREIGN DATA WRAPPER far;"
            "CREATE TABLE t (id int, v text) PARTITION BY LIST (id); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);"
            "CREATE FOREIGN TABLE t2 PARTITION OF t DEFAULT SERVER away",
            "- partitions of table t are foreign tables: t2",
        ),
    ],
)
def test_what_only_looks_like_a_table_is_refused(refused: Refused, sql: str, reason: str) -> None:
    assert refused(sql) == [reason]


def test_an_index_or_a_sequence_of_a_tables_name_is_no_table(refused: Refused) -> None:
    held = table("other", ("id", "integer"))
    assert refused("CREATE SEQUENCE t; CREATE TABLE other (id int)", (T, ROWS), (held, [])) == ["- table t is missing"]
