"""Test that the tables a rule needs are found by the names in its SQL."""

from __future__ import annotations

import pytest

from snap.checks import Statement
from snap.checks.needs import dependent, made_by, needed, query_of, words

FOODS = Statement("foods", "CREATE TEMP TABLE foods AS SELECT * FROM larder")
LINES = Statement("lines", "CREATE TEMP TABLE lines AS SELECT * FROM recipes JOIN foods USING (food)")
SHORT = Statement("short_lines", "CREATE OR REPLACE TEMP TABLE lines AS SELECT food FROM lines")
PATTERN = Statement("pattern", "SET VARIABLE known = (SELECT string_agg(food, '|') FROM foods)")
LATER = Statement("later", "CREATE VIEW later AS SELECT * FROM users")
ALL = (FOODS, LINES, SHORT, PATTERN, LATER)


def test_what_a_statement_makes_is_named_in_it() -> None:
    assert [made_by(statement) for statement in ALL] == ["foods", "lines", "lines", "known", "later"]
    assert made_by(Statement("m", "CREATE TEMP MACRO Plain(said) AS lower(said)")) == "plain"
    assert made_by(Statement("t", 'CREATE TYPE IF NOT EXISTS "kind" AS ENUM (SELECT 1)')) == "kind"
    assert made_by(Statement("other", "COPY a TO 'b'")) == "other"


def test_texts_and_comments_are_no_names_but_variables_are() -> None:
    assert words("SELECT 'lines of it''s' -- foods\n, getvariable('known') FROM Users") == {
        "select",
        "getvariable",
        "known",
        "from",
        "users",
    } - {"getvariable"}


def test_rules_need_what_they_name_and_what_that_needs_in_order() -> None:
    assert needed(ALL, ["SELECT * FROM lines"]) == [FOODS, LINES, SHORT]
    assert needed(ALL, ["SELECT getvariable('known')"]) == [FOODS, PATTERN]
    assert needed(ALL, ["SELECT 'lines'"]) == []
    assert needed(ALL, ["SELECT * FROM lines"], given={"lines"}) == []


def test_what_depends_on_a_table_is_what_reads_it_or_what_is_made_of_it() -> None:
    assert dependent(ALL, ["recipes"]) == [LINES, SHORT]
    assert dependent(ALL, ["larder"]) == [FOODS, LINES, SHORT, PATTERN]
    assert dependent(ALL, ["users", "nothing"]) == [LATER]
    assert dependent(ALL, ["Full larder"]) == [FOODS, LINES, SHORT, PATTERN]
    assert dependent(ALL, ["!"]) == [*ALL]


@pytest.mark.parametrize(
    ("sql", "query"),
    [
        ("CREATE TEMP TABLE t AS SELECT 1 AS one", "SELECT 1 AS one"),
        ("CREATE OR REPLACE TEMP VIEW v (a) AS\nWITH x AS (SELECT 1) FROM x", "WITH x AS (SELECT 1) FROM x"),
        ("CREATE MACRO m(said) AS lower(said)", "lower(said)"),
        ("CREATE MACRO m(n) AS TABLE SELECT n", "SELECT n"),
        ("SET VARIABLE n = (SELECT max(a) FROM b)", "(SELECT max(a) FROM b)"),
        ("CREATE TYPE k AS ENUM (SELECT a FROM b)", "(SELECT a FROM b)"),
    ],
)
def test_the_query_of_a_statement_is_what_it_creates_something_from(sql: str, query: str) -> None:
    assert query_of(Statement("any", sql)) == query
