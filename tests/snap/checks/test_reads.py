"""Test that DuckDB's parse tree tells whether some SQL may read certain columns of a table."""

from __future__ import annotations

import pytest

from snap.checks import Statement
from snap.checks.reads import Readers

STATEMENTS = (
    Statement("people", "CREATE TEMP TABLE people AS SELECT u.*, 1 AS one FROM users AS u"),
    Statement("named", "CREATE OR REPLACE TEMP VIEW named AS WITH a AS (SELECT id, name FROM users) SELECT * FROM a"),
    Statement("rich", "CREATE VIEW rich (id) AS SELECT id FROM users WHERE total > 9"),
    Statement("plain", "CREATE TEMP MACRO plain(said) AS lower(said)"),
    Statement("poor", "CREATE MACRO poor(most) AS TABLE SELECT id FROM users WHERE total < most"),
    Statement("most", "SET VARIABLE most = (SELECT max(total) FROM users)"),
    Statement("kinds", "CREATE TYPE kinds AS ENUM (SELECT DISTINCT kind FROM users)"),
    Statement("strange", "CREATE TEMP TABLE strange AS PIVOT users ON kind USING count(*)"),
)


@pytest.fixture(scope="module")
def readers() -> Readers:
    return Readers(STATEMENTS)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM users WHERE Total > 0",
        'SELECT "total" FROM users',
        "SELECT u.total.part FROM users AS u",
        "SELECT id FROM orders AS o WHERE (SELECT max(u.total) FROM users AS u) > 1",
        "SELECT * FROM users",
        "SELECT DISTINCT u.* FROM orders JOIN USERS AS u ON u.id = user_id",
        "SELECT * EXCLUDE (id) FROM users",
        "FROM users",
        "TABLE users",
        "SELECT count(*) FROM (SELECT * FROM users)",
        "WITH a AS (SELECT * FROM users) SELECT id FROM a",
        "SELECT count(COLUMNS('^t')) FROM users",
        "SELECT id FROM users WHERE COLUMNS(*) IS NULL",
        "SELECT to_json(u) FROM users AS u",
        "SELECT users FROM users",
        "SELECT id FROM users NATURAL JOIN orders",
        "SELECT id FROM users JOIN orders USING (total)",
        "SELECT id FROM orders UNION ALL SELECT id FROM users WHERE total = 0",
        "SELECT id /* a customer's */ FROM users WHERE total < 0 AND kind = 'paid'",
        'SELECT id, "l\'an" FROM users WHERE "net--gross" > total',
        "SELECT * FROM main.users",
        "SELECT #2 FROM users",
        "SELECT id FROM (PIVOT users ON kind USING count(*))",
        "SELECT id FROM users UNPIVOT (n FOR part IN (total, paid))",
        "SELECT count(*) FROM (SUMMARIZE users)",
        "SELECT id FROM query('SELECT total AS id FROM users')",
        "SELECT id FROM query_table('users')",
        "SELECT id FROM (VALUES ((SELECT max(total) FROM users))) AS v (id)",
        "SELECT id FROM people",
        "SELECT id FROM rich",
        "SELECT id FROM poor(1)",
        "SELECT id FROM users WHERE 1 > getvariable('most')",
        "SELECT id FROM strange",
        "SELECT id FROM users WHERE",
    ],
)
def test_sql_that_may_read_a_column(readers: Readers, sql: str) -> None:
    assert readers.may_read(sql, "users", ["other", "Total"])
    assert not readers.may_read(sql, "users", [])


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM users WHERE name = 'total' -- total",
        "SELECT count(*), id AS total FROM users GROUP BY id",
        "SELECT * FROM orders JOIN (SELECT id FROM users) AS u USING (id)",
        "SELECT id * 2 FROM users AS u WHERE u.name IS NULL",
        "WITH a AS (SELECT id FROM users) SELECT * FROM a",
        "SELECT to_json(o) FROM orders AS o",
        "SELECT * FROM named",
        "SELECT plain(name), kind::kinds FROM users",
        "SELECT totals FROM users",
    ],
)
def test_sql_that_reads_other_columns(readers: Readers, sql: str) -> None:
    assert not readers.may_read(sql, "users", ["total"])
