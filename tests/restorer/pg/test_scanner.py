"""Test that SQL is split into tokens as Postgres splits it."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_restorer.pg.scanner import statements
from tests.cases.hard_schemas import HARD, OPTIONAL
from tests.params import few


def texts(sql: str) -> list[str]:
    return [one.text for one in statements(sql)]


@pytest.mark.parametrize(
    "one",
    [
        "SELECT 'it''s; ok'",
        r"SELECT E'a\';b', e'\\'",
        """SELECT "a;""b", U&"x;", U&'d;'""",
        "SELECT $$;$$, $q$ $$; $q$, $été$;$été$",
        "SELECT a$b$c FROM t",
        "SELECT $1",
        "SELECT x'ab', B'01', N';'",
        "/* a /* nested; */ ; */ SELECT 1 -- ; not here\n",
        "-- a; b\nSELECT 1",
        "CREATE RULE r AS ON INSERT TO a DO ALSO (SELECT 1; SELECT 2)",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
        "create procedure p() begin /* x */ atomic insert into t values (1); end",
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $body$ begin return 1; end; $body$",
        "DO $$ begin perform 1; end $$",
        "BEGIN",
        "SELECT atomic FROM begin_atomic",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
        "SELECT E'a'\n -- no quote'\n '\\';b'",
        r"SELECT 'no\' || ';'",
    ],
)
def test_a_statement_is_one(one):
    assert texts(one) == [one.strip()]
    assert texts(f"{one};;\n SELECT 2 ;") == [one.strip(), "SELECT 2"]


def test_a_comment_ends_with_its_line_however_that_ends():
    assert texts("-- a\rCOMMIT; SELECT 1") == ["-- a\rCOMMIT", "SELECT 1"]
    assert statements("-- a\rCOMMIT; SELECT 1")[0].words == ("COMMIT",)


def test_tokens_are_all_but_spaces_and_comments():
    text = "SELECT 1;\n\n /* a */ copy \"T;\" (b) -- c\n from PROGRAM 'x;y' ;"
    statement = statements(text)[1]
    assert statement.tokens == ("COPY", '"T;"', "(", "B", ")", "FROM", "PROGRAM", "'x;y'")
    assert text[statement.start :].startswith(statement.text)
    assert (statement.line, statement.first) == (3, 3)


_PIECES = st.lists(
    st.sampled_from(
        ["a", "1", " ", "\n", "(b)", "(;)", "'x;'", "''", "E'\\';'", '";"', "$$;'$$", "$t$;$$;$t$", "/*;*/", "--;'\n"]
    ),
    min_size=1,
    max_size=12,
).map(lambda pieces: " ".join(pieces).strip())


@given(st.lists(_PIECES.filter(bool), max_size=6))
def test_what_is_joined_is_taken_apart(parts):
    joined = "".join(f"{part}\n;" for part in parts)  # a line's comment may be last
    assert texts(joined) == parts


@pytest.mark.parametrize("name", few(HARD, 4))
def test_hard_sql_is_taken_apart_as_the_server_does(database, name):
    ours = [one.text for one in statements(HARD[name]) if one.first is not None]
    with psycopg.connect(database) as connection:
        try:
            cursor = connection.execute(HARD[name].encode())
        except psycopg.Error:
            assert name in OPTIONAL
            pytest.skip("the server lacks what it needs")
        theirs = 1 if ours else 0
        while cursor.nextset():
            theirs += 1
    assert len(ours) == theirs
