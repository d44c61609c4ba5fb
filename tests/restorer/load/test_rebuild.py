"""Test that the objects dropped while a large table loads are recreated unchanged, and that no others are dropped."""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path

import psycopg
import pytest

import snap_restorer
from snap.errors import CheckError, TargetError
from snap.store import Snapshot
from snap_restorer import Target
from snap_restorer.load.rebuild import choose_rebuilt
from snap_restorer.request import Request
from tests.cases.indexed import A_ROWS, B_ROWS, SQL, A, B, described
from tests.cases.snapshots import snapshot, table
from tests.postgres import execute


@pytest.fixture(autouse=True)
def every_table_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snap_restorer.load.restore_plan.REBUILD_ROWS", 0)


@pytest.fixture
def made(tmp_path: Path) -> Snapshot:
    return snapshot(tmp_path, [(A, A_ROWS), (B, B_ROWS)], SQL)


def oids(url: str) -> dict[str, int]:
    found = execute(
        url,
        """SELECT indexrelid::regclass::text, indexrelid::bigint FROM pg_index
        WHERE indrelid >= 16384 AND indexrelid::regclass::text !~ 'toast|ledger'""",
    )
    return dict(found)


@pytest.mark.parametrize("jobs", [1, 3])
def test_every_property_of_indexes_and_constraints_comes_back(made: Snapshot, database: str, jobs: int) -> None:
    execute(database, SQL)
    before, were = described(database), oids(database)
    snap_restorer.restore(made, Target(database), Request(jobs=jobs))
    assert described(database) == before
    now = oids(database)
    assert {name for name in were if now[name] == were[name]} == set()  # all of them were built again
    assert execute(database, "TABLE a ORDER BY 1") == A_ROWS
    assert execute(database, 'TABLE "Other one".b ORDER BY 1') == B_ROWS
    with pytest.raises(psycopg.errors.UniqueViolation):
        execute(database, "INSERT INTO a VALUES (0, 'x', 1)")


def test_indexes_of_small_tables_stay(made: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snap_restorer.load.restore_plan.REBUILD_ROWS", 61)  # a has 60 rows, b 90
    execute(database, SQL)
    before, were = described(database), oids(database)
    snap_restorer.restore(made, Target(database))
    assert described(database) == before
    assert {name for name, oid in oids(database).items() if were.get(name) == oid} == {
        *('"a key"', "codes", '"by ""code"', "expression", "brin", "hash")
    }


STAYING = {
    "view": ("CREATE VIEW v AS SELECT id, n FROM a GROUP BY id", {'"a key"'}),
    "exclusion": ("ALTER TABLE a ADD CONSTRAINT ex EXCLUDE USING btree (id WITH =)", {"ex"}),
    "switched off": (
        'ALTER TABLE "Other one".b DISABLE TRIGGER ALL; ALTER TABLE a DISABLE TRIGGER ALL',
        {'"a key"', '"Other one".b_pkey', "codes"},
    ),
    "partitions": (
        """CREATE TABLE p (id int REFERENCES a) PARTITION BY LIST (id); CREATE TABLE p1 PARTITION OF p DEFAULT""",
        None,
    ),
}


@pytest.mark.parametrize("case", ["view", "exclusion", "switched off"])
def test_what_cannot_be_created_again_exactly_stays(made: Snapshot, database: str, case: str) -> None:
    statement, staying = STAYING[case]
    execute(database, SQL + statement)
    before, were = described(database), oids(database)
    snap_restorer.restore(made, Target(database))
    assert described(database) == before
    assert {name for name, oid in oids(database).items() if were.get(name) == oid} == staying
    assert execute(database, "TABLE a ORDER BY 1") == A_ROWS


def test_an_index_in_a_tablespace_of_its_own_comes_back_there(made: Snapshot, database: str) -> None:
    place = Path(tempfile.gettempdir()) / f"snap-elsewhere-{secrets.token_hex(8)}"  # of the server's user
    execute(database, f"COPY (SELECT 1) TO PROGRAM 'cat > /dev/null; mkdir {place}'")
    execute(database, f"CREATE TABLESPACE elsewhere LOCATION '{place}'")
    try:
        execute(database, SQL + "ALTER INDEX hash SET TABLESPACE elsewhere")
        before = described(database)
        assert any(row[8] not in {None, "0"} for row in before)
        snap_restorer.restore(made, Target(database))
        assert described(database) == before
    finally:
        execute(database, 'DROP TABLE "Other one".b, a')
        execute(database, "DROP TABLESPACE elsewhere")
        execute(database, f"COPY (SELECT 1) TO PROGRAM 'cat > /dev/null; rm -r {place}'")


def test_the_ledger_does_not_follow_an_index_into_its_tablespace(tmp_path: Path, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET allow_in_place_tablespaces = on")
        connection.execute("CREATE TABLESPACE elsewhere LOCATION ''")
    text = "CREATE TABLE t (id int PRIMARY KEY USING INDEX TABLESPACE elsewhere)"
    try:
        execute(database, text)
        rows = [(i,) for i in range(2500)]  # enough that the key is taken off and built again
        snap_restorer.restore(snapshot(tmp_path, [(table("t", ("id", "integer")), rows)], text), Target(database))
        places = "SELECT relname, reltablespace <> 0 FROM pg_class WHERE relname IN ('t_pkey', 'ledger') ORDER BY 1"
        assert execute(database, places) == [("ledger", False), ("t_pkey", True)]
    finally:
        execute(database, "DROP TABLE t")
        execute(database, "DROP TABLESPACE elsewhere")


@pytest.mark.slow
def test_tables_outside_keep_their_rows_and_their_foreign_keys(made: Snapshot, database: str) -> None:
    execute(database, SQL)
    snap_restorer.restore(made, Target(database))
    execute(
        database,
        """CREATE TABLE fan (a int CONSTRAINT likes REFERENCES a ON DELETE CASCADE);
        COMMENT ON CONSTRAINT likes ON fan IS 'x'; INSERT INTO fan VALUES (5), (59)""",
    )
    before = described(database)
    snap_restorer.restore(made, Target(database))
    assert described(database) == before
    assert execute(database, "TABLE fan ORDER BY 1") == [(5,), (59,)]


def test_a_foreign_key_of_a_partitioned_outsider_is_refused(made: Snapshot, database: str) -> None:
    statement, _ = STAYING["partitions"]
    execute(database, SQL + statement)
    with pytest.raises(
        TargetError,
        match=r"table public.p is outside the snapshot and references a \(constraint p_id_fkey\), "
        "which cannot be dropped during the restore: one of its tables is partitioned or a partition",
    ):
        snap_restorer.restore(made, Target(database))


def test_a_foreign_key_that_was_never_validated_is_checked_for_the_loaded_rows(tmp_path: Path, database: str) -> None:
    made = snapshot(tmp_path, [(A, A_ROWS), (B, [*B_ROWS, (99, 1, 77777)])], SQL)
    execute(database, SQL)
    with pytest.raises(TargetError, match="violates foreign key"):
        snap_restorer.restore(made, Target(database))


def test_an_object_that_changes_while_it_is_created_is_refused(made: Snapshot, database: str) -> None:
    execute(
        database,
        SQL
        + """CREATE FUNCTION meddle() RETURNS event_trigger LANGUAGE plpgsql AS $$ DECLARE made record; BEGIN
            FOR made IN SELECT * FROM pg_event_trigger_ddl_commands() LOOP
                EXECUTE format('COMMENT ON INDEX %s IS ''meddled''', made.object_identity);
            END LOOP; END $$;
        CREATE EVENT TRIGGER meddle ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION meddle()""",
    )
    with pytest.raises(
        CheckError, match=r"these indexes or constraints differ from before: index brin of public[.]a, index by"
    ):
        snap_restorer.restore(made, Target(database))
    assert execute(database, "SELECT obj_description('brin'::regclass)") == [(None,)]


VIEWS = """
CREATE VIEW plain AS SELECT n, count(*) AS times FROM a GROUP BY n;
CREATE MATERIALIZED VIEW "First one" AS SELECT * FROM plain;
CREATE MATERIALIZED VIEW again AS SELECT sum(times) AS total, (SELECT count(*) FROM a) AS rows FROM "First one";
CREATE MATERIALIZED VIEW unfilled AS TABLE a WITH NO DATA;
CREATE MATERIALIZED VIEW other AS SELECT 1;
"""


@pytest.mark.parametrize("jobs", [1, 2])
def test_materialised_views_are_refreshed_in_the_order_of_their_reading(
    made: Snapshot, database: str, jobs: int
) -> None:
    execute(database, SQL + VIEWS)
    snap_restorer.restore(made, Target(database), Request(jobs=jobs))
    assert execute(database, "TABLE again") == [(60, 60)]
    assert execute(database, "SELECT ispopulated FROM pg_matviews WHERE matviewname = 'unfilled'") == [(False,)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_materialised_views_of_a_new_schema_are_filled(tmp_path: Path, database: str, jobs: int) -> None:
    sql = "CREATE TABLE t (n bigint); CREATE MATERIALIZED VIEW total AS SELECT sum(n) FROM t WITH NO DATA"
    made = snapshot(tmp_path, [(table("t", ("n", "bigint")), [(3,), (4,)])], sql)
    snap_restorer.restore(made, Target(database), Request(jobs=jobs))
    assert execute(database, "TABLE total") == [(7,)]


def test_a_view_that_fails_on_the_new_rows_is_named_and_nothing_is_changed(made: Snapshot, database: str) -> None:
    execute(database, SQL + "CREATE MATERIALIZED VIEW bad AS SELECT 1 / (count(*) - 60) FROM a")
    with pytest.raises(TargetError, match=r"materialised view public.bad cannot be refreshed: division by zero"):
        snap_restorer.restore(made, Target(database))
    assert execute(database, "SELECT count(*) FROM a") == [(0,)]


def test_rows_are_frozen(made: Snapshot, database: str) -> None:
    execute(database, SQL + "CREATE EXTENSION pageinspect")
    snap_restorer.restore(made, Target(database))
    flags = execute(database, "SELECT DISTINCT t_infomask & 768 FROM heap_page_items(get_raw_page('a', 0))")
    assert flags == [(768,)]  # HEAP_XMIN_FROZEN


def test_choose_leaves_keys_that_staying_foreign_keys_rely_on() -> None:
    from snap_restorer.pg.indexes import Definition, Kind

    def definition(
        kind: Kind, oid: int, table: str, relies_on: int | None = None, stays: str | None = None
    ) -> Definition:
        return Definition(
            kind=kind,
            oid=oid,
            table=("public", table),
            name=str(oid),
            to=("public", "a") if relies_on else None,
            relies_on=relies_on,
            tablespace="",
            deferrable=False,
            drop="",
            build=(),
            attach=(),
            stays=stays,
        )

    key = definition("key", 1, "a")
    staying = definition("foreign key", 2, "b", relies_on=1, stays="a reason")
    going = definition("foreign key", 3, "c", relies_on=1)
    large, within = frozenset({("public", "a")}), frozenset({("public", t) for t in "abc"})
    assert choose_rebuilt([key, staying, going], large=large, within=within, wanted=frozenset()) == ()
    assert choose_rebuilt([key, going], large=large, within=within, wanted=frozenset()) == (key, going)
    assert choose_rebuilt([key, going], large=frozenset(), within=within, wanted=frozenset()) == ()
    assert choose_rebuilt([key, going], large=frozenset(), within=within, wanted=frozenset({3})) == (going,)
