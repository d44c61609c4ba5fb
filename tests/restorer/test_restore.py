"""Restores into a real Postgres: what is there afterwards, and what is refused."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from snap.errors import CheckError, SnapshotError, TargetError
from snap.store import Snapshot
from snap_restorer import RestoreResult, Server, Target, restore
from snap_restorer.pg.guard import Guard
from snap_restorer.request import Request
from tests.cases.crew import HELD, SQL, rows
from tests.cases.snapshots import snapshot, table
from tests.cases.values import LISTS, TYPES
from tests.postgres import execute, name_of
from tests.progress import Recorded


def test_into_an_empty_database_it_creates_the_schema(small: Snapshot, database: str) -> None:
    result = restore(small, Target(database))
    assert rows(database) == HELD
    assert (result.schema_created, result.verified, result.mode, result.version) == (True, "full", "replace", "v1")
    assert [(t.name, t.rows, t.inserted, t.deleted) for t in result.tables] == [("note", 2, 2, 0), ("crew", 3, 3, 0)]


def test_into_a_migrated_database_it_loads_by_name_and_leaves_extra_columns(small: Snapshot, database: str) -> None:
    execute(database, SQL.replace("name text NOT NULL", "extra int DEFAULT 5, name text NOT NULL"))
    assert not restore(small, Target(database)).schema_created
    assert rows(database) == HELD
    assert execute(database, "SELECT DISTINCT extra FROM crew") == [(5,)]


def test_twice_gives_the_same_rows_and_says_what_was_there(small: Snapshot, database: str) -> None:
    restore(small, Target(database))
    result = restore(small, Target(database))
    assert rows(database) == HELD
    assert [(t.name, t.inserted, t.deleted) for t in result.tables] == [("note", 2, 2), ("crew", 3, 3)]


def test_keys_go_on_after_the_loaded_ones(small: Snapshot, database: str) -> None:
    restore(small, Target(database))
    assert execute(database, "INSERT INTO crew (name) VALUES ('d') RETURNING id") == [(4,)]
    assert execute(database, "INSERT INTO note (crew_id, line) VALUES (1, 'x') RETURNING id") == [(10,)]


def test_the_ledger_tells_of_every_restore(small: Snapshot, database: str) -> None:
    restore(small, Target(database))
    restore(small, Target(database))
    found = execute(database, "SELECT version, digest, as_of_shift_days, mode, state, rows FROM snap.ledger")
    assert found == [("v1", small.manifest.digest, 0, "replace", "done", {"crew": 3, "note": 2})] * 2


def test_a_dry_run_changes_nothing_and_counts_what_it_would_do(small: Snapshot, database: str) -> None:
    result = restore(small, Target(database), Request(dry_run=True))
    assert (result.schema_created, result.verified) == (True, False)
    assert [(t.name, t.inserted) for t in result.tables] == [("note", 2), ("crew", 3)]
    assert execute(database, "SELECT FROM pg_class WHERE relname IN ('crew', 'ledger')") == []


def test_rows_that_snap_did_not_put_there_are_refused_unless_told(small: Snapshot, database: str) -> None:
    execute(database, SQL + "INSERT INTO crew (name) VALUES ('x')")
    with pytest.raises(TargetError, match=r"no ledger says that snap put them there: crew 1$") as refused:
        restore(small, Target(database))
    assert refused.value.option == "yes"
    with pytest.raises(TargetError):
        restore(small, Target(database), Request(dry_run=True))
    assert execute(database, "SELECT name FROM crew") == [("x",)]
    assert restore(small, Target(database), Request(guard=Guard(yes=True))).tables[1].deleted == 1
    execute(database, "INSERT INTO crew (name) VALUES ('x')")
    with pytest.raises(TargetError, match=r"crew 4 \(snap put 3 there\)"):
        restore(small, Target(database))
    assert restore(small, Target(database), Request(guard=Guard(yes=True))).tables[1].deleted == 4


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
        "- column crew.id is integer, too narrow or foreign for bigint",
        "- column crew.boss is missing",
        "- column crew.loud is generated in the snapshot, which holds no values for it, but not in the target",
        "- column crew.must is NOT NULL without a default, and the snapshot lacks it",
    ]


def test_narrower_types_and_missing_labels_are_refused(small: Snapshot, database: str) -> None:
    narrow = SQL.replace("varchar(20)", "varchar(19)").replace("'ok', 'happy'", "'ok'")
    execute(database, narrow)
    with pytest.raises(TargetError) as refused:
        restore(small, Target(database))
    assert refused.value.message.splitlines()[1:] == [
        "- column note.line is character varying(19), too narrow or foreign for character varying(20)",
        "- column note.mood lacks the labels 'happy' of mood",
    ]


def test_a_view_in_a_tables_place_is_refused(small: Snapshot, database: str) -> None:
    execute(database, SQL + "ALTER TABLE note RENAME TO n; CREATE VIEW note AS TABLE n")
    with pytest.raises(TargetError, match="note is a view, not a table"):
        restore(small, Target(database))


def test_triggers_keep_their_states(small: Snapshot, database: str) -> None:
    execute(
        database,
        SQL
        + """CREATE TRIGGER "Off" AFTER INSERT ON note FOR EACH ROW EXECUTE FUNCTION counted();
        CREATE TRIGGER "re""plica" AFTER INSERT ON note FOR EACH ROW EXECUTE FUNCTION counted();
        CREATE TRIGGER always AFTER INSERT ON note FOR EACH ROW EXECUTE FUNCTION counted();
        ALTER TABLE note DISABLE TRIGGER "Off";
        ALTER TABLE note ENABLE REPLICA TRIGGER "re""plica"; ALTER TABLE note ENABLE ALWAYS TRIGGER always;""",
    )
    restore(small, Target(database))
    assert rows(database) == HELD
    states = execute(database, "SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1")
    assert dict(states) == {"Off": "D", "always": "A", "counted": "O", 're"plica': "R"}


CYCLE = [
    (table("a", ("id", "integer"), ("b", "integer")), [(1, 2), (2, 1)]),
    (table("b", ("id", "integer"), ("a", "integer")), [(1, 1), (2, 2)]),
]


@pytest.mark.parametrize("how", ["", "DEFERRABLE", "NOT VALID"])
def test_foreign_keys_in_a_cycle_are_loaded_and_stay_as_they_were(tmp_path: Path, database: str, how: str) -> None:
    made = snapshot(
        tmp_path,
        CYCLE,
        f"""CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int);
        ALTER TABLE a ADD CONSTRAINT "a to B" FOREIGN KEY (b) REFERENCES b ON DELETE CASCADE {how};
        ALTER TABLE b ADD CONSTRAINT b_a FOREIGN KEY (a) REFERENCES a {how};
        COMMENT ON CONSTRAINT "a to B" ON a IS 'it''s'; COMMENT ON CONSTRAINT b_a ON b IS 'it''s'""",
    )
    described = """SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid), obj_description(oid)
        FROM pg_constraint WHERE contype = 'f' ORDER BY 1"""
    execute(database, made.manifest.schema_sql)
    before = execute(database, described)
    restore(made, Target(database))
    restore(made, Target(database))
    assert execute(database, described) == before
    assert execute(database, "TABLE a") == CYCLE[0][1]


def test_a_cycle_with_a_missing_row_is_refused(tmp_path: Path, database: str) -> None:
    made = snapshot(
        tmp_path,
        [(CYCLE[0][0], [(1, 9)]), (CYCLE[1][0], [(1, 1)])],
        """CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
        ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b""",
    )
    with pytest.raises(TargetError, match="violates foreign key"):
        restore(made, Target(database))
    assert execute(database, "SELECT FROM pg_class WHERE relname = 'a'") == []


def test_hostile_identifiers(tmp_path: Path, database: str) -> None:
    name, other = 'Se"lect; -- %s {}', "x" * 63
    held = table(name, ("order", "integer"), ("it's %(x)s", "text"), schema=other)
    quoted = name.replace('"', '""')
    made = snapshot(
        tmp_path,
        [(held, [(1, "a"), (5, None)])],
        f"""CREATE SCHEMA "{other}";
        CREATE TABLE "{other}"."{quoted}" ("order" int GENERATED BY DEFAULT AS IDENTITY, "it's %(x)s" text)""",
    )
    for _ in range(2):
        result = restore(made, Target(database))
    assert execute(database, f'TABLE "{other}"."{quoted}"') == [(1, "a"), (5, None)]
    assert result.tables[0].name == f'{other}."Se""lect; -- %s {{}}"'
    execute(database, f'INSERT INTO "{other}"."{quoted}" DEFAULT VALUES')
    assert execute(database, f'SELECT max("order") FROM "{other}"."{quoted}"') == [(6,)]


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


def test_partitions_take_the_rows_and_their_triggers_stay(tmp_path: Path, database: str) -> None:
    made = snapshot(
        tmp_path,
        [(table("p", ("id", "integer")), [(1,), (15,)])],
        """CREATE TABLE p (id int) PARTITION BY RANGE (id);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE TABLE p2 PARTITION OF p DEFAULT;
        CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
        CREATE TRIGGER no BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION no();
        ALTER TABLE p2 DISABLE TRIGGER no; ALTER TABLE p1 ENABLE ALWAYS TRIGGER no""",
    )
    for _ in range(2):
        restore(made, Target(database))
    assert execute(database, "SELECT tableoid::regclass::text, id FROM p ORDER BY 2") == [("p1", 1), ("p2", 15)]
    states = execute(database, "SELECT tgrelid::regclass::text, tgenabled FROM pg_trigger ORDER BY 1")
    assert states == [("p", "O"), ("p1", "A"), ("p2", "D")]


def test_heirs_outside_the_snapshot_keep_their_rows(small: Snapshot, database: str) -> None:
    execute(database, SQL + "CREATE TABLE heir () INHERITS (note); INSERT INTO heir VALUES (1, 1, 'x', 'ok')")
    restore(small, Target(database))
    assert execute(database, "SELECT count(*) FROM heir") == [(1,)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("ALTER TABLE crew ADD CHECK (name <> 'bob')", "crew_name_check1"),
        ("ALTER TABLE crew ADD UNIQUE (notes)", "duplicate key"),
        ("ALTER TABLE note ALTER mood SET NOT NULL", "null value in column"),
    ],
)
def test_a_load_that_fails_leaves_the_old_rows(small: Snapshot, database: str, change: str, message: str) -> None:
    execute(database, SQL + "INSERT INTO crew (name) VALUES ('old');" + change)
    with pytest.raises(TargetError, match=message) as refused:
        restore(small, Target(database), Request(guard=Guard(yes=True)))
    assert refused.value.unchanged
    assert execute(database, "SELECT name FROM crew") == [("old",)]
    assert execute(database, "INSERT INTO crew (name, notes) VALUES ('next', 1) RETURNING id") == [(2,)]
    assert execute(database, "SELECT tgenabled FROM pg_trigger WHERE NOT tgisinternal") == [("O",)]


def test_a_target_that_drops_rows_fails_the_check(small: Snapshot, database: str) -> None:
    execute(
        database,
        SQL.replace("CREATE TABLE note (", "CREATE TABLE note (gone int, ")
        + """ALTER TABLE note RENAME TO real_note; CREATE TABLE note (LIKE real_note) PARTITION BY LIST (mood);
        CREATE TABLE note_1 PARTITION OF note DEFAULT""",
    )
    execute(database, "DROP TABLE real_note")
    assert restore(small, Target(database)).verified == "full"
    wrong = small.manifest.tables[0].files[1:]
    data = dataclasses.replace(small.manifest.tables[0], files=wrong)
    manifest = dataclasses.replace(small.manifest, tables=(data, *small.manifest.tables[1:]))
    with pytest.raises(CheckError, match="note took 1 rows of 2"):
        restore(Snapshot(manifest=manifest, folder=small.folder), Target(database))
    assert execute(database, "SELECT count(*) FROM note") == [(2,)]


@pytest.mark.parametrize(
    "statement", ["LOCK TABLE crew IN ACCESS SHARE MODE", "SELECT pg_advisory_xact_lock(1936613744, 1)"]
)
def test_a_lock_of_another_session_is_waited_for_and_then_refused(
    small: Snapshot, database: str, statement: str
) -> None:
    restore(small, Target(database))
    with psycopg.connect(database) as other:
        other.execute(statement.encode())
        began = time.monotonic()
        with pytest.raises(TargetError, match="lock held"):
            restore(small, Target(database), Request(lock_timeout_s=0.3))
        assert 0.2 < time.monotonic() - began < 5


def test_two_restores_at_once_wait_for_each_other(small: Snapshot, database: str) -> None:
    results: list[RestoreResult] = []
    threads = [threading.Thread(target=lambda: results.append(restore(small, Target(database)))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.schema_created for result in results) == [False, False, True]
    assert rows(database) == HELD


@pytest.fixture
def owner(pg: Server, database: str) -> Target:
    """A plain role that may create in the database, and a target as it."""
    execute(database, "CREATE ROLE plain LOGIN PASSWORD 'p@ss%word'")
    return Target(f"host=127.0.0.1 port={pg.port} user=plain password='p@ss%word' dbname='{name_of(database)}'")


def test_a_plain_owner_restores_tables_with_forced_row_level_security(
    small: Snapshot, database: str, owner: Target
) -> None:
    execute(
        database, f'GRANT CREATE ON DATABASE "{name_of(database)}" TO plain; GRANT CREATE ON SCHEMA public TO plain'
    )
    restore(small, owner)
    execute(database, "ALTER TABLE crew ENABLE ROW LEVEL SECURITY; ALTER TABLE crew FORCE ROW LEVEL SECURITY")
    assert restore(small, owner).tables[1].deleted == 3
    assert rows(database) == HELD
    assert execute(database, "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = 'crew'") == [
        (True, True)
    ]


def test_settings_in_the_schemas_sql_do_not_reach_the_rows(tmp_path: Path, database: str) -> None:
    dumped = "SET search_path = ''; SET DateStyle = 'SQL, DMY'; CREATE TABLE public.t (d date, r inet)"
    made = snapshot(tmp_path, [(table("t", ("d", "date"), ("r", "inet")), [(3, "::1")])], dumped)
    restore(made, Target(database))
    assert execute(database, "SELECT d::text FROM t") == [("1970-01-04",)]


def test_a_role_that_may_not_create_a_schema_writes_the_ledger_into_the_one_it_was_given(
    small: Snapshot, database: str, owner: Target
) -> None:
    execute(database, "GRANT CREATE ON SCHEMA public TO plain; CREATE SCHEMA snap AUTHORIZATION plain")
    listener = Recorded()
    restore(small, owner, progress=listener)
    restore(small, owner)
    assert listener.warnings == []
    assert execute(database, "SELECT state FROM snap.ledger") == [("done",), ("done",)]


def test_a_role_that_may_not_create_a_schema_works_without_a_ledger(
    small: Snapshot, database: str, owner: Target
) -> None:
    execute(database, "GRANT CREATE ON SCHEMA public TO plain")
    listener = Recorded()
    restore(small, owner, progress=listener)
    assert "snap.ledger" in listener.warnings[0]
    with pytest.raises(TargetError, match="no ledger says that snap put them there"):
        restore(small, owner)
    restore(small, owner, Request(guard=Guard(yes=True)))


def test_a_role_without_rights_is_refused_with_all_that_it_lacks(small: Snapshot, database: str, owner: Target) -> None:
    with pytest.raises(TargetError, match="schema of v1 cannot be created: permission denied"):
        restore(small, owner)
    execute(database, SQL)
    with pytest.raises(TargetError) as refused:
        restore(small, owner)
    assert "role plain may not read, insert into and truncate table note" in refused.value.message
    assert "table note has triggers, which only its owner can hold off" in refused.value.message


def test_settings_of_the_role_do_not_reach_into_the_transaction(
    small: Snapshot, database: str, databases: Callable[[], str]
) -> None:
    for name, value in (
        ("default_transaction_read_only", "on"),
        ("default_transaction_isolation", "serializable"),
        ("DateStyle", "'SQL, DMY'"),
        ("TimeZone", "'Asia/Tokyo'"),
        ("search_path", "pg_temp"),
    ):
        execute(database, f'BEGIN READ WRITE; ALTER DATABASE "{name_of(database)}" SET {name} = {value}; COMMIT')
    restore(small, Target(database))
    assert execute(database, "SELECT count(*) FROM public.crew") == [(3,)]


@pytest.mark.parametrize("end", ["COMMIT", "COMMIT; BEGIN"])
def test_a_schema_that_ends_the_transaction_is_refused(tmp_path: Path, database: str, end: str) -> None:
    made = snapshot(tmp_path, [(table("t", ("i", "integer")), [(1,)])], f"CREATE TABLE t (i int); {end}")
    with pytest.raises(SnapshotError, match="ends the transaction"):
        restore(made, Target(database))
