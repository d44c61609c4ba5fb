"""Test loading values of every type, and tables without columns, under every encoding and collation of the target."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from snap.errors import TargetError
from snap.schema import Enum
from snap_restorer import Server, Target, restore
from tests.cases.snapshots import snapshot, table
from tests.cases.targets import ROWS, Load, rows_of
from tests.cases.values import LISTS, TYPES
from tests.params import few
from tests.postgres import execute


def test_every_logical_type_arrives(tmp_path: Path, database: str) -> None:
    kinds = TYPES | LISTS
    held = table("t", *((f"c{i}", kind) for i, kind in enumerate(kinds)))
    count = max(map(len, kinds.values())) + 1
    values = [tuple((kind[n] if n < len(kind) else None) for kind in kinds.values()) for n in range(count)]
    columns = ", ".join(f"c{i} {kind}" for i, kind in enumerate(kinds))
    made = snapshot(
        tmp_path, [(held, values)], f"CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); CREATE TABLE t ({columns})"
    )
    restore(made, Target(database))
    (found,) = execute(database, "SELECT " + ", ".join(f"count(c{i})" for i in range(len(kinds))) + " FROM t")
    assert list(found) == [len(kind) for kind in kinds.values()]


def test_a_type_without_a_binary_form_sends_its_table_as_text(tmp_path: Path, database: str) -> None:
    kinds = ["inet", "tsvector", "int4range", "date", "numeric", "timestamp(0) without time zone"]
    held = table("t", *((f"c{i}", kind) for i, kind in enumerate(kinds)), ("v", "bytea"), ("w", "text[]"))
    made = snapshot(
        tmp_path,
        [
            (
                held,
                [
                    (
                        "10.0.0.1/8",
                        "'a\\\\b' 'it''s':1A",
                        "[1,5)",
                        0,
                        "NaN",
                        "infinity",
                        b"\\\0",
                        ["a\tb", None, '"\\'],
                    ),
                    (None,) * 8,
                ],
            )
        ],
        "CREATE TABLE t (" + ", ".join(f"c{i} {kind}" for i, kind in enumerate(kinds)) + ", v bytea, w text[])",
    )
    restore(made, Target(database))
    found = execute(database, "SELECT c0::text, c1::text, c2::text, c3::text, c4::text, c5::text, v, w FROM t")
    assert found == [
        ("10.0.0.1/8", "'a\\\\b' 'it''s':1A", "[1,5)", "1970-01-01", "NaN", "infinity", b"\\\0", ["a\tb", None, '"\\']),
        (None,) * 8,
    ]


def test_tables_without_rows_and_without_columns(tmp_path: Path, database: str) -> None:
    made = snapshot(
        tmp_path,
        [(table("bare"), [()] * 3), (table("void", ("id", "integer")), [])],
        "CREATE TABLE bare (); CREATE TABLE void (id serial)",
    )
    for _ in range(2):
        result = restore(made, Target(database))
    assert [(t.name, t.rows, t.deleted) for t in result.tables] == [("bare", 3, 3), ("void", 0, 0)]
    assert execute(database, "SELECT count(*) FROM bare") == [(3,)]
    assert execute(database, "INSERT INTO void DEFAULT VALUES RETURNING id") == [(1,)]


def test_a_table_without_columns_to_copy_takes_as_many_rows_past_its_rules(load: Load, database: str) -> None:
    bare = table("bare", ("twice", "integer"), generated=["twice"])
    load("CREATE TABLE bare (twice int GENERATED ALWAYS AS (2) STORED)", (bare, [()] * 3))
    assert execute(database, "SELECT count(*), sum(twice) FROM bare") == [(3, 6)]


def test_views_and_rules_neither_hinder_nor_change_a_load(load: Load, database: str) -> None:
    load(
        """CREATE TABLE t (id int, v text); CREATE TABLE log (id int);
        CREATE VIEW seen AS SELECT * FROM t WHERE v IS NOT NULL;
        CREATE RULE noted AS ON INSERT TO t DO ALSO INSERT INTO log VALUES (NEW.id);
        CREATE RULE never AS ON INSERT TO t WHERE NEW.id = 2 DO INSTEAD NOTHING"""
    )
    assert rows_of(database) == ROWS
    assert rows_of(database, "seen") == [(1, "a"), (5, "b")]
    assert execute(database, "SELECT count(*) FROM log") == [(0,)]
    assert len(execute(database, "SELECT 1 FROM pg_rules WHERE tablename = 't'")) == 2


@pytest.mark.slow
def test_collations_of_columns_and_domains_take_any_text(load: Load, database: str) -> None:
    held = table("t", ("id", "integer"), ("v", "text"), ("w", "character varying(5)"), ("x", "sorted"))
    load(
        """CREATE DOMAIN sorted AS text COLLATE "C"; CREATE TABLE t (id int, v text COLLATE "POSIX" UNIQUE,
        w varchar(5) COLLATE "C", x sorted)""",
        (held, [(1, "ä", "Z", "é"), (2, "a", "z", "😀")]),
    )
    assert rows_of(database, "t", "id, v, w, x") == [(1, "ä", "Z", "é"), (2, "a", "z", "😀")]


@pytest.mark.slow
def test_a_generated_column_of_the_target_computes_what_the_snapshot_held(load: Load, database: str) -> None:
    load("CREATE TABLE t (id int, v text GENERATED ALWAYS AS ('n' || id) STORED)")
    assert rows_of(database) == [(1, "n1"), (2, "n2"), (5, "n5")]


@pytest.fixture
def encoded(pg: Server) -> Iterator[Callable[[str], str]]:
    """Yield a function that creates a database with an encoding and returns its URL."""
    made = []

    def database_of(encoding: str) -> str:
        made.append(f"in {encoding}")
        how = f"ENCODING '{encoding}' TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C'"
        execute(pg.url("postgres"), f'CREATE DATABASE "in {encoding}" {how}')
        return pg.url(f"in {encoding}")

    yield database_of
    for name in made:
        execute(pg.url("postgres"), f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "EUC_JP"])
@pytest.mark.parametrize("kind", few(["text", "jsonb", "mood", "text[]", "inet"], 2))
def test_a_database_of_another_encoding_takes_what_it_can_write(
    tmp_path: Path, encoded: Callable[[str], str], encoding: str, kind: str
) -> None:
    url = encoded(encoding)
    word = "日本" if encoding == "EUC_JP" else "ünï"
    value: Any = {"jsonb": f'"{word}"', "text[]": [word, None], "inet": "::1"}.get(kind, word)
    held = table("t", ("id", "integer"), ("v", "text"), ("w", kind))
    sql = f"CREATE TYPE mood AS ENUM ('{word}'); CREATE TABLE t (id int, v text, w {kind})"
    made = snapshot(tmp_path, [(held, [(1, word, value)])], sql, enums=[Enum(name="mood", labels=(word,))])
    restore(made, Target(url))
    utf8 = "SELECT set_config('client_encoding', 'UTF8', false); SELECT v, position(v IN w::text) > 0 FROM t"
    assert execute(url, utf8) == [(word, kind != "inet")]
    worse = snapshot(tmp_path / "worse", [(held, [(1, "😀", None)])], sql, enums=[Enum(name="mood", labels=(word,))])
    if encoding != "SQL_ASCII":  # which takes any bytes
        with pytest.raises(TargetError, match="has no equivalent in encoding"):
            restore(worse, Target(url))
        assert execute(url, utf8) == [(word, kind != "inet")]
