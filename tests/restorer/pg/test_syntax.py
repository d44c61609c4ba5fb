"""Test that invalid SQL is reported without running anything, whatever tables exist."""

from __future__ import annotations

from snap_restorer import Target
from snap_restorer.pg.syntax import malformed
from tests.fingerprint import changes, fingerprint
from tests.postgres import execute, name_of

WELL = {
    "plain": "SELECT 1",
    "tables that are not there yet": "SELECT r.id FROM recipes r WHERE r.author = $1 ORDER BY 1 LIMIT 20",
    "columns of another schema": "SELECT nothing FROM pg_catalog.pg_class",
    "a type that is not there": "SELECT $1::app.kind",
    "functions that are not there": "WITH x AS MATERIALIZED (SELECT app.f($1, $2)) TABLE x",
    "what depends on the tables": "SELECT * FROM pg_catalog.pg_class UNION SELECT 1",
    "values": "VALUES (1, 'a'), (2, 'b')",
    "a semicolon within quotes": "SELECT ';' AS a, $x$;$x$ AS b -- ;",
    "writes": "DELETE FROM crew",
}
WRONG = {
    "a word": "SELEC 1",
    "a comma": "SELECT 1,, 2",
    "an open bracket": "SELECT (1",
    "an open quote": "SELECT 'a",
    "an open dollar quote": "SELECT $a$ x",
    "two statements": "SELECT 1; SELECT 2",
    "psql's own": "\\d crew",
    "a colon parameter": "SELECT * FROM crew WHERE id = :id",
    "half of a clause": "SELECT 1 FROM crew WHERE",
}


def test_what_no_server_reads_is_told_and_nothing_runs(database: str) -> None:
    execute(database, "CREATE TABLE crew (id int); INSERT INTO crew VALUES (1)")
    before = fingerprint(database)
    told = malformed(Target(database), WELL | WRONG)
    assert told.keys() == WRONG.keys()
    assert "SELEC" in told["a word"]
    assert "multiple commands" in told["two statements"]
    assert changes(before, fingerprint(database)) == []


def test_it_works_through_a_pooler(database: str, bouncer_port: int) -> None:
    pooled = Target(f"host=127.0.0.1 port={bouncer_port} user=postgres dbname='{name_of(database)}'")
    assert malformed(pooled, WELL | WRONG).keys() == WRONG.keys()


def test_each_version_reads_alike(any_database: str) -> None:
    assert malformed(Target(any_database), WELL | WRONG).keys() == WRONG.keys()
