"""Test --mode sync: the tables become the snapshot's, with as few writes as possible, while others read them."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest

from snap.errors import CheckError, TargetError, UsageError
from snap.store import Snapshot
from snap_restorer import RestoreResult, Target, restore
from snap_restorer.local.embedded import Server
from snap_restorer.pg.guard import Guard
from snap_restorer.request import Request
from tests.cases.edits import SQL, counts, keyed, state
from tests.cases.snapshots import snapshot, table
from tests.postgres import execute, name_of


def sync(small: Snapshot, url: str, **options: Any) -> RestoreResult:
    return restore(small, Target(url), Request(mode="sync", **options))


@pytest.mark.slow
def test_it_undoes_what_was_done_and_counts_it(small: Snapshot, database: str) -> None:
    restore(small, Target(database))
    before = state(database)
    execute(
        database,
        """INSERT INTO crew VALUES (50, 'new', 1); INSERT INTO note VALUES (gen_random_uuid(), 50);
        UPDATE crew SET name = 'other' WHERE id = 2; DELETE FROM note WHERE crew_id = 1;
        DELETE FROM log WHERE ctid = '(0,1)'; INSERT INTO log VALUES ('b', 'nan'), ('c', 0)""",
    )
    wanted = {"note": (2, 0, 1, 4), "crew": (0, 2, 1, 6), "log": (1, 0, 2, 4)}
    planned = sync(small, database, dry_run=True)
    assert counts(planned) == wanted
    assert (planned.verified, planned.conflicts) == ("none", ())
    assert planned.outline is not None
    assert planned.outline.triggers == ("public.note: counted",)  # type: ignore[union-attr]
    assert execute(database, "SELECT name FROM crew WHERE id = 50") == [("new",)]
    done = sync(small, database)
    assert counts(done) == wanted
    assert done.verified == "full"
    assert state(database) == before
    assert counts(sync(small, database)) == {}
    assert execute(database, "SELECT mode FROM snap.ledger ORDER BY id") == [("replace",), ("sync",)]
    assert execute(database, "SELECT tgenabled FROM pg_trigger WHERE tgname = 'counted'") == [("O",)]


@pytest.mark.slow
def test_rows_that_are_the_same_are_not_written(small: Snapshot, database: str) -> None:
    restore(small, Target(database))
    before = execute(database, "SELECT id, ctid, xmin FROM crew WHERE id <> 3 ORDER BY id")
    execute(database, "UPDATE crew SET name = 'x' WHERE id = 3")
    sync(small, database)
    assert execute(database, "SELECT id, ctid, xmin FROM crew WHERE id <> 3 ORDER BY id") == before


@pytest.mark.slow
def test_into_an_empty_database_it_is_a_replacement(small: Snapshot, database: str) -> None:
    result = sync(small, database)
    assert (result.schema_created, result.mode) == (True, "sync")
    assert counts(sync(small, database)) == {}


def test_values_are_equal_when_their_canonical_bytes_are(small: Snapshot, database: str) -> None:
    restore(small, Target(database))
    execute(database, """UPDATE note SET data = '{"i": 1.00}' WHERE data @> '{"i": 1}'""")
    assert counts(sync(small, database)) == {}
    execute(database, """UPDATE note SET data = '{"i": 1.50}' WHERE data @> '{"i": 1}'""")
    assert counts(sync(small, database)) == {"note": (0, 1, 0, 5)}


@pytest.mark.slow
@pytest.mark.parametrize(
    "key",
    [
        "ALTER TABLE crew DROP CONSTRAINT crew_name_key, ADD UNIQUE (name) DEFERRABLE",
        "ALTER TABLE crew DROP CONSTRAINT crew_name_key, ADD EXCLUDE (name WITH =)",
        "DROP INDEX IF EXISTS x; CREATE UNIQUE INDEX ON crew (lower(name), (boss IS NULL))",
        "ALTER TABLE crew ADD CHECK (name ~ '^[nz]')",
        "ALTER TABLE note DROP CONSTRAINT note_crew_id_fkey; ALTER TABLE crew DROP CONSTRAINT crew_boss_fkey",
        "SELECT",
    ],
)
def test_rows_that_exchange_unique_values_find_a_way_round(small: Snapshot, database: str, key: str) -> None:
    restore(small, Target(database))
    execute(database, key)
    before = state(database)
    execute(
        database,
        """UPDATE crew SET name = 'zz' WHERE id = 1; UPDATE crew SET name = 'n1' WHERE id = 2;
        UPDATE crew SET name = 'n2' WHERE id = 3; UPDATE crew SET name = 'n3' WHERE id = 1;
        UPDATE crew SET name = NULL WHERE id = 5; UPDATE crew SET name = 'n5' WHERE id = 4;
        INSERT INTO crew VALUES (70, 'n6b'); UPDATE crew SET name = 'n6' || 'c' WHERE id = 6;
        UPDATE crew SET name = 'n6' WHERE id = 70""",
    )
    assert counts(sync(small, database)) == {"crew": (0, 6, 1, 2)}
    assert state(database) == before


@pytest.mark.slow
def test_an_exchange_without_a_way_round_is_refused(tmp_path: Path, database: str) -> None:
    colour = keyed(table("t", ("id", "integer"), ("day", "boolean")), "id")
    child = keyed(table("u", ("id", "integer")), "id", to=[("id", "t")])
    sql = """CREATE TABLE t (id int PRIMARY KEY, day boolean NOT NULL UNIQUE);
        CREATE TABLE u (id int PRIMARY KEY REFERENCES t ON DELETE CASCADE)"""
    made = snapshot(tmp_path, [(colour, [(1, True), (2, False)]), (child, [(1,), (2,)])], sql)
    restore(made, Target(database))
    execute(
        database, "ALTER TABLE t DROP CONSTRAINT t_day_key; UPDATE t SET day = NOT day; ALTER TABLE t ADD UNIQUE (day)"
    )
    with pytest.raises(TargetError, match=r"rows of t exchange values of the unique key t_day_key \(day\)"):
        sync(made, database)
    assert execute(database, "TABLE u") == [(1,), (2,)]


@pytest.mark.slow
def test_cycles_of_foreign_keys_need_no_order(tmp_path: Path, database: str) -> None:
    a = keyed(table("a", ("id", "integer"), ("b", "integer")), "id", to=[("b", "b")])
    b = keyed(table("b", ("id", "integer"), ("a", "integer")), "id", to=[("a", "a")])
    sql = """CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL);
        CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a);
        ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b"""
    made = snapshot(tmp_path, [(a, [(1, 1), (2, 2)]), (b, [(1, 2), (2, 1)])], sql)
    restore(made, Target(database))
    execute(
        database,
        """ALTER TABLE a DROP CONSTRAINT a_b_fkey; DELETE FROM b; DELETE FROM a; INSERT INTO a VALUES (1, 7), (5, 7);
        INSERT INTO b VALUES (7, 5); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b""",
    )
    assert counts(sync(made, database)) == {"a": (1, 1, 1, 0), "b": (2, 0, 1, 0)}
    assert execute(database, "SELECT a.id, b.a FROM a JOIN b ON b.id = a.b ORDER BY 1") == [(1, 2), (2, 1)]


@pytest.mark.slow
@pytest.mark.parametrize("action", ["CASCADE", "SET NULL", "NO ACTION"])
def test_what_would_reach_tables_outside_the_snapshot_is_refused(small: Snapshot, database: str, action: str) -> None:
    restore(small, Target(database))
    execute(
        database,
        f"""CREATE TABLE visit (crew_id integer REFERENCES crew ON DELETE {action});
        INSERT INTO crew VALUES (60), (61); INSERT INTO visit VALUES (60), (60), (1)""",
    )
    for dry_run in (True, False):
        with pytest.raises(TargetError) as refused:
            sync(small, database, dry_run=dry_run)
        assert (
            "- 2 rows of public.visit reference rows of crew that would be deleted or get another key ("
            in refused.value.message
        )
        assert ("no ON DELETE action" if action == "NO ACTION" else f"ON DELETE {action}") in refused.value.message
    assert execute(database, "SELECT count(crew_id) FROM visit") == [(3,)]
    execute(database, "DELETE FROM visit WHERE crew_id = 60")
    assert counts(sync(small, database)) == {"crew": (0, 0, 2, 8)}
    assert execute(database, "TABLE visit") == [(1,)]


def test_parents_that_are_not_there_are_told_with_counts(small: Snapshot, database: str) -> None:
    restore(small, Target(database))
    execute(
        database,
        """CREATE TABLE port (id integer PRIMARY KEY); INSERT INTO port VALUES (1), (2);
        DELETE FROM note WHERE crew_id = 3; ALTER TABLE note ADD FOREIGN KEY (crew_id) REFERENCES port""",
    )
    with pytest.raises(
        TargetError, match=r"2 rows of note reference rows that do not exist in public.port \(constraint note_crew"
    ):
        sync(small, database)


def test_a_database_that_snap_never_filled_is_guarded(small: Snapshot, database: str) -> None:
    execute(database, SQL + "INSERT INTO crew VALUES (1, 'mine')")
    with pytest.raises(TargetError, match="no ledger says that snap ever filled these tables: crew 1") as refused:
        sync(small, database)
    assert refused.value.option == "yes"
    assert execute(database, "SELECT name FROM crew") == [("mine",)]
    assert counts(sync(small, database, guard=Guard(yes=True)))["crew"] == (7, 1, 0, 0)
    with pytest.raises(TargetError, match="is protected"):
        sync(small, database, guard=Guard(yes=True, protected=("*/*",)))


@pytest.mark.slow
def test_a_role_that_owns_nothing_is_told_what_it_lacks(small: Snapshot, pg: Server, database: str) -> None:
    restore(small, Target(database))
    execute(
        database,
        """CREATE ROLE clerk LOGIN PASSWORD 'p';
        GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO clerk;
        GRANT USAGE ON SCHEMA snap TO clerk; GRANT SELECT ON snap.ledger TO clerk; DELETE FROM note""",
    )
    url = database.replace("postgres@", "clerk:p@")
    with pytest.raises(TargetError, match="does not fit the snapshot") as refused:
        sync(small, url)
    assert "table note does not allow role clerk to update and delete its rows" in refused.value.reasons
    execute(database, "GRANT UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO clerk")
    with pytest.raises(
        TargetError, match="table note has triggers, which only its owner can disable; role clerk is not the owner"
    ):
        sync(small, url)
    execute(database, f'DROP TRIGGER counted ON note; REVOKE TEMP ON DATABASE "{name_of(database)}" FROM PUBLIC')
    with pytest.raises(TargetError, match="may create neither temporary tables nor tables in schema public"):
        sync(small, url)
    execute(database, "GRANT CREATE ON SCHEMA public TO clerk")
    assert counts(sync(small, url)) == {"note": (6, 0, 0, 0), "crew": (0, 3, 0, 5)}
    assert execute(database, "SELECT relname FROM pg_class WHERE relname LIKE 'snap %'") == []


@pytest.mark.slow
def test_forced_row_security_is_lifted_only_where_it_binds(small: Snapshot, database: str) -> None:
    restore(small, Target(database))
    execute(
        database,
        """ALTER TABLE crew ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        CREATE ROLE skipper LOGIN PASSWORD 'p'; ALTER TABLE crew OWNER TO skipper; ALTER TABLE note OWNER TO skipper;
        ALTER TABLE log OWNER TO skipper; ALTER SCHEMA snap OWNER TO skipper; ALTER TABLE snap.ledger OWNER TO skipper;
        UPDATE crew SET name = 'x' WHERE id = 1""",
    )
    url = database.replace("postgres@", "skipper:p@")
    assert counts(sync(small, url)) == {"crew": (0, 1, 0, 7)}
    assert execute(database, "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'crew'") == [(True,)]


@pytest.mark.slow
def test_the_shift_of_the_ledger_counts_unless_another_is_given(tmp_path: Path, database: str) -> None:
    import datetime

    day = keyed(table("t", ("day", "date"), ("at", "timestamp with time zone")), "day")
    moment = datetime.datetime(2026, 11, 22, 10, tzinfo=datetime.UTC)
    days = [(datetime.date(2026, 11, i), moment) for i in range(1, 9)]
    made = snapshot(tmp_path, [(day, days)], "CREATE TABLE t (day date PRIMARY KEY, at timestamptz)")
    restore(made, Target(database), Request(as_of=datetime.date(2026, 12, 2)))
    assert counts(sync(made, database)) == {}
    execute(database, "DELETE FROM t WHERE day = '2026-11-11'")
    assert counts(sync(made, database)) == {"t": (1, 0, 0, 7)}
    assert execute(database, "SELECT min(day)::text, count(*) FROM t") == [("2026-11-11", 8)]
    assert counts(sync(made, database, as_of=datetime.date(2026, 11, 22)))["t"][2] == 8
    assert execute(database, "SELECT min(day)::text FROM t") == [("2026-11-01",)]
    assert counts(sync(made, database)) == {}


@pytest.mark.slow
def test_partitions_identities_and_generated_columns(tmp_path: Path, database: str) -> None:
    part = keyed(table("p", ("id", "bigint"), ("k", "integer"), ("big", "integer"), generated=["big"]), "id", "k")
    own = keyed(table("o", ("id", "bigint"), ("n", "bigint")), "id")
    sql = """CREATE TABLE p (id bigint GENERATED ALWAYS AS IDENTITY, k int, big int GENERATED ALWAYS AS (k * 2) STORED,
            PRIMARY KEY (id, k)) PARTITION BY RANGE (k);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10) PARTITION BY LIST (k);
        CREATE TABLE p2 PARTITION OF p1 DEFAULT; CREATE TABLE p3 PARTITION OF p DEFAULT;
        CREATE TABLE o (id bigint PRIMARY KEY, n bigint GENERATED ALWAYS AS IDENTITY)"""
    made = snapshot(tmp_path, [(part, [(i, i * 3) for i in range(9)]), (own, [(i, i) for i in range(5)])], sql)
    restore(made, Target(database))
    execute(
        database,
        """DELETE FROM p WHERE id IN (1, 8); INSERT INTO p (k) VALUES (5), (50);
        UPDATE o SET n = DEFAULT WHERE id = 3""",
    )
    assert counts(sync(made, database)) == {"p": (2, 0, 2, 7), "o": (0, 1, 0, 4)}
    assert execute(database, "SELECT id, k, big FROM p ORDER BY 1") == [(i, i * 3, i * 6) for i in range(9)]
    assert execute(database, "SELECT * FROM o ORDER BY 1") == [(i, i) for i in range(5)]
    assert counts(sync(made, database)) == {}


@pytest.mark.slow
def test_types_that_keep_less_are_compared_as_they_keep_it(tmp_path: Path, database: str) -> None:
    loose = keyed(table("t", ("id", "integer"), ("j", "json")), "id")
    rows = [(1, '{"a":1,  "b":2}'), (2, "[1]")]
    made = snapshot(tmp_path, [(loose, rows)], "CREATE TABLE t (id int PRIMARY KEY, j jsonb)")
    restore(made, Target(database), Request(verify="counts"))
    result = sync(made, database)
    assert counts(result) == {}
    assert result.verified == "counts"
    execute(database, "UPDATE t SET j = '[2]' WHERE id = 2")
    assert counts(sync(made, database)) == {"t": (0, 1, 0, 1)}


@pytest.mark.slow
def test_a_table_without_columns_is_a_number_of_rows(tmp_path: Path, database: str) -> None:
    made = snapshot(tmp_path, [(table("bare"), [(), (), ()])], "CREATE TABLE bare ()")
    restore(made, Target(database))
    execute(database, "INSERT INTO bare DEFAULT VALUES")
    assert counts(sync(made, database)) == {"bare": (0, 0, 1, 3)}
    execute(database, "DELETE FROM bare")
    assert counts(sync(made, database)) == {"bare": (3, 0, 0, 0)}
    assert counts(sync(made, database)) == {}


@pytest.mark.slow
def test_actions_that_foreign_keys_of_the_targets_own_take_are_noticed(tmp_path: Path, database: str) -> None:
    a = keyed(table("a", ("id", "integer"), ("code", "integer")), "id")
    b = keyed(table("b", ("id", "integer"), ("code", "integer")), "id")
    sql = "CREATE TABLE a (id int PRIMARY KEY, code int); CREATE TABLE b (id int PRIMARY KEY, code int)"
    made = snapshot(tmp_path, [(a, [(1, 5)]), (b, [(1, 5)])], sql)
    restore(made, Target(database))
    execute(
        database,
        """INSERT INTO a VALUES (2, 6); UPDATE a SET code = 7 WHERE id = 1; UPDATE a SET code = 5 WHERE id = 2;
        ALTER TABLE a ADD UNIQUE (code); ALTER TABLE b ADD FOREIGN KEY (code) REFERENCES a (code) ON DELETE CASCADE""",
    )
    with pytest.raises(CheckError, match="ON DELETE or ON UPDATE actions changed rows of b"):
        sync(made, database)
    assert execute(database, "TABLE b") == [(1, 5)]


@pytest.mark.slow
def test_rules_are_refused(small: Snapshot, database: str) -> None:
    restore(small, Target(database))
    execute(database, "DELETE FROM log; CREATE RULE no AS ON INSERT TO log DO INSTEAD NOTHING")
    with pytest.raises(TargetError, match="table log has a rule, no, which would run instead of the write"):
        sync(small, database)


@pytest.mark.slow
def test_jobs_and_unfinished_restores_are_refused(small: Snapshot, database: str) -> None:
    with pytest.raises(
        UsageError, match="mode sync runs in one transaction; 2 connections are possible only in mode replace"
    ):
        sync(small, database, jobs=2)
    restore(small, Target(database))
    execute(database, "UPDATE snap.ledger SET state = 'loading'")
    with pytest.raises(TargetError, match="an unfinished restore of v1 left the database marked as loading"):
        sync(small, database)


@pytest.mark.slow
def test_readers_never_wait_nor_see_a_mix(small: Snapshot, database: str) -> None:
    restore(small, Target(database))
    before = execute(database, "SELECT md5(string_agg(c::text, ',' ORDER BY id)) FROM crew c")
    execute(database, "UPDATE crew SET name = 'x' || id; DELETE FROM note; INSERT INTO crew VALUES (90)")
    dirty = execute(database, "SELECT md5(string_agg(c::text, ',' ORDER BY id)) FROM crew c")
    seen, stop = [], threading.Event()

    def poll() -> None:
        with psycopg.connect(database, autocommit=True) as reader:
            reader.execute("SET lock_timeout = '50ms'")
            while not stop.is_set():
                seen.append(reader.execute("SELECT md5(string_agg(c::text, ',' ORDER BY id)) FROM crew c").fetchall())

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        sync(small, database)
    finally:
        stop.set()
        thread.join()
    assert len(seen) > 5
    assert [state for i, state in enumerate(seen) if i == 0 or state != seen[i - 1]] in ([dirty, before], [dirty])


@pytest.mark.slow
def test_writers_that_hold_on_make_it_give_up_with_nothing_done(small: Snapshot, database: str) -> None:
    restore(small, Target(database))
    with psycopg.connect(database) as writer:
        writer.execute("UPDATE crew SET name = 'x' WHERE id = 1")
        with pytest.raises(TargetError, match="lock held: other sessions are still writing to these tables"):
            sync(small, database, lock_timeout_s=0.3)
    assert counts(sync(small, database)) == {"crew": (0, 1, 0, 7)}
