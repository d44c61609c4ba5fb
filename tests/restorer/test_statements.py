"""A file of SQL is split where its statements end, and nowhere else; Postgres itself is the judge."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restorer.statements import Statement, statements
from tests.postgres import execute


def texts(sql: str) -> list[str]:
    return [one.text for one in statements(sql)]


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("", []),
        (" ; ;\n-- nothing\n/* at; all */;", []),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';', 'it''s;', E'\\';', \";\"\";\" ; x", ["SELECT ';', 'it''s;', E'\\';', \";\"\";\"", "x"]),
        ("DO $$ BEGIN; END $$; DO $a$ ; $$ ; $a$", ["DO $$ BEGIN; END $$", "DO $a$ ; $$ ; $a$"]),
        ("SELECT a$1; SELECT $1$2", ["SELECT a$1", "SELECT $1$2"]),
        ("a /* ; /* ; */ ; */ b; c", ["a /* ; /* ; */ ; */ b", "c"]),
        ("a -- ; it's\n b; c", ["a -- ; it's\n b", "c"]),
        ("-- first\nSELECT 1;", ["-- first\nSELECT 1"]),
        ("SELECT 'open; ended", ["SELECT 'open; ended"]),
        ("SELECT $x$ open; ended", ["SELECT $x$ open; ended"]),
        ("/* open; ended", []),
        (
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3",
            [
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
                "SELECT 3",
            ],
        ),
        ("BEGIN; SELECT 1; END; x", ["BEGIN", "SELECT 1", "END", "x"]),
    ],
)
def test_statements_end_at_semicolons_that_end_them(sql: str, found: list[str]) -> None:
    assert texts(sql) == found


def test_lines_are_those_of_the_code_and_not_of_its_comments() -> None:
    sql = "\n-- about a\n/* and\n more */ SELECT a;\n\n\nSELECT\nb;"
    assert [one.line for one in statements(sql)] == [4, 7]


def test_commands_of_psql_are_told_apart() -> None:
    found = list(statements("SELECT 1;\n\\connect other\nSELECT '\n\\no command';"))
    assert found == [
        Statement("SELECT 1", "SELECT 1", 1),
        Statement("\\connect other", "\\connect other", 2, meta=True),
        Statement("SELECT '\n\\no command'", "SELECT '\n\\no command'", 3),
    ]


PIECES = st.sampled_from(
    ["'a;b'", "E'\\';'", '"x;y"', "$$;$$", "$t$ ; $$ $t$", "/* ; /* */ ; */", "--;\n", " ", "\n", "1", "+", "a"]
)


@given(st.lists(st.lists(PIECES, min_size=1).map(" ".join), max_size=6))
def test_joined_statements_are_split_again(parts: list[str]) -> None:
    found = texts(" 0 ;\n".join(["", *parts, ""]))
    assert len(found) == len(parts) + 1
    assert found[1:] == [f"{part} 0".strip() for part in parts]


def test_postgres_runs_what_was_split_as_it_runs_the_whole(database: str) -> None:
    sql = """
    CREATE TABLE t (v text DEFAULT ';');
    CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC
        INSERT INTO t VALUES (CASE WHEN true THEN 'case; end' ELSE 'x' END); SELECT 1; END;
    CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN NEW.v := 'g;'; RETURN NEW; END $body$;
    CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION g();
    SELECT f(); INSERT INTO t DEFAULT VALUES
    """
    for one in statements(sql):
        execute(database, one.text)
    assert execute(database, "SELECT v FROM t") == [("g;",), ("g;",)]
