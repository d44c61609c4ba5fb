"""Test functions that run when rows enter one table and read another: one connection must load both tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from snap.errors import TargetError
from snap.store import Snapshot
from snap_restorer import Target, restore
from snap_restorer.request import Request
from tests.cases.snapshots import snapshot, table
from tests.postgres import execute

TABLES = "CREATE TABLE likes (id int, n int); CREATE TABLE limits (id int, n int);"
READS = "CREATE FUNCTION most() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT coalesce(max(n), 9) FROM public.limits';"
ACROSS = {
    "a CHECK": READS + "ALTER TABLE likes ADD CHECK (n <= most())",
    "an index": "CREATE FUNCTION f(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS "
    '$$ BEGIN PERFORM FROM public."limits" WHERE id = i; RETURN i; END $$; CREATE INDEX ON likes (f(n))',
    "a predicate": READS + "CREATE INDEX ON likes (id) WHERE n < most()",
    "through another function": READS
    + "CREATE FUNCTION fits(i int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RETURN i <= Most(); END $$;"
    "ALTER TABLE likes ADD CHECK (fits(n))",
    "a domain": READS + "CREATE DOMAIN small AS int CHECK (VALUE <= most()); ALTER TABLE likes ALTER n TYPE small",
    "a view": "CREATE VIEW highest AS SELECT max(n) AS n FROM limits; "
    "CREATE FUNCTION most() RETURNS int LANGUAGE sql AS 'SELECT n FROM highest';"
    "ALTER TABLE likes ADD CHECK (most() IS NULL OR n <= most())",
    "a parsed body": "CREATE FUNCTION most() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT max(n) FROM limits; END;"
    "ALTER TABLE likes ADD CHECK (most() IS NULL OR n <= most())",
    "a default of a column that the snapshot lacks": READS + "ALTER TABLE likes ADD more int DEFAULT most()",
}


@pytest.fixture
def made(tmp_path: Path) -> Snapshot:
    likes, limits = (table(name, ("id", "integer"), ("n", "integer")) for name in ("likes", "limits"))
    return snapshot(tmp_path, [(likes, [(1, 5), (2, 6)]), (limits, [(1, 7), (2, 8)])], TABLES)


@pytest.mark.parametrize("through", ACROSS)
def test_a_function_that_reads_a_table_of_another_connection_is_refused(
    made: Snapshot, database: str, through: str
) -> None:
    execute(database, TABLES + ACROSS[through])
    with pytest.raises(TargetError, match="cannot load these tables at the same time") as refused:
        restore(made, Target(database), Request(jobs=2))
    assert "which runs when rows are inserted into likes, reads limits" in refused.value.message
    assert (refused.value.option, refused.value.unchanged) == ("jobs", True)
    restore(made, Target(database))
    assert execute(database, "SELECT count(*) FROM likes") == [(2,)]


@pytest.mark.parametrize(
    "code",
    [
        "CREATE FUNCTION even(i int) RETURNS bool IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN i < 100; -- unlimited\n"
        "END $$; ALTER TABLE likes ADD CHECK (even(n)); CREATE INDEX ON limits (n) WHERE even(n)",
        READS + "ALTER TABLE likes ALTER n SET DEFAULT most()",
        "CREATE FUNCTION few() RETURNS bool LANGUAGE sql AS 'SELECT count(*) < 9 FROM likes';"
        "ALTER TABLE likes ADD CHECK (few())",
        "CREATE TABLE other (n int); "
        "CREATE FUNCTION few() RETURNS bool LANGUAGE sql AS 'SELECT count(*) < 9 FROM other';"
        "ALTER TABLE likes ADD CHECK (few())",
    ],
    ids=[
        "reads nothing",
        "is the default of a column that comes with the rows",
        "reads its own table",
        "reads a table beyond the snapshot",
    ],
)
def test_other_functions_are_not(made: Snapshot, database: str, code: str) -> None:
    execute(database, TABLES + code)
    restore(made, Target(database), Request(jobs=2))
    assert execute(database, "SELECT count(*) FROM likes") == [(2,)]


@pytest.mark.slow
def test_what_no_text_tells_ends_in_words_and_leaves_the_old_rows(made: Snapshot, database: str) -> None:
    execute(
        database,
        TABLES + "CREATE FUNCTION hidden() RETURNS bool LANGUAGE plpgsql AS "
        "$$ DECLARE n int; BEGIN EXECUTE 'SELECT count(*) FROM lim' || 'its' INTO n; RETURN true; END $$;"
        "ALTER TABLE likes ADD CHECK (hidden())",
    )
    with pytest.raises(TargetError, match="reads a table that another connection loads") as refused:
        restore(made, Target(database), Request(jobs=2, lock_timeout_s=0.3))
    assert (refused.value.option, refused.value.state) == ("jobs", "the rows and the foreign keys are as they were")
