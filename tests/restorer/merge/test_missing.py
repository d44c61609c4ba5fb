"""Test --mode missing: rows with missing keys are inserted, others stay, and rows that cannot go in are reported."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from snap.errors import ServiceError, TargetError
from snap.store import Snapshot, Store
from snap_restorer import Target, restore
from snap_restorer.pg.guard import Guard
from snap_restorer.request import Request
from tests.cases.edits import CREW_ROWS, EDITS, NOTE_ROWS, SQL, edit, keyed, state, uuid
from tests.cases.missing_rows import inserted, missing, reasons
from tests.cases.snapshots import snapshot, table
from tests.paths import ROOT
from tests.postgres import execute
from tests.progress import Recorded


@pytest.mark.slow
def test_what_is_missing_comes_back_and_triggers_count_it(small: Snapshot, database: str) -> None:
    restore(small, Target(database))
    before = state(database)
    execute(database, "DELETE FROM log; DELETE FROM crew WHERE id IN (1, 3); UPDATE crew SET notes = 0")
    assert execute(database, "SELECT count(*) FROM note") == [(2,)]
    execute(database, "UPDATE crew SET notes = 2 WHERE id = 2")
    result = missing(small, database)
    assert inserted(result) == {"note": 4, "crew": 2, "log": 5}
    assert (result.verified, result.conflicts, result.mode) == ("counts", (), "missing")
    execute(database, "UPDATE crew SET boss = id - 2 WHERE id IN (3, 5)")  # ON DELETE SET NULL had touched them
    assert state(database) == before
    ledger = execute(database, "SELECT mode FROM snap.ledger ORDER BY id")
    assert inserted(missing(small, database)) == {}
    assert execute(database, "SELECT mode FROM snap.ledger ORDER BY id") == ledger == [("replace",), ("missing",)]


def test_rows_that_are_there_are_not_touched(small: Snapshot, database: str) -> None:
    restore(small, Target(database))
    execute(database, "UPDATE crew SET notes = 9, boss = NULL WHERE id = 4; DELETE FROM crew WHERE id = 8")
    before = execute(database, "SELECT c.*, ctid, xmin FROM crew c ORDER BY id")
    assert inserted(missing(small, database)) == {"crew": 1}
    assert execute(database, "SELECT c.*, ctid, xmin FROM crew c WHERE id <> 8 ORDER BY id") == before


@pytest.mark.slow
def test_it_needs_no_confirmation_and_fills_tables_of_others(small: Snapshot, database: str) -> None:
    execute(database, SQL + "INSERT INTO crew VALUES (100, 'mine')")
    assert inserted(missing(small, database)) == {"note": 6, "crew": 8, "log": 5}
    # The triggers' own counts: notes of the snapshot were not written.
    assert execute(database, "SELECT DISTINCT notes FROM crew WHERE id <= 3") == [(2,)]
    with pytest.raises(TargetError, match="is protected"):
        missing(small, database, guard=Guard(protected=("*/*",)))


@pytest.mark.slow
def test_collisions_are_told_one_by_one(small: Snapshot, database: str) -> None:
    restore(small, Target(database))
    execute(
        database,
        """DELETE FROM note; UPDATE crew SET boss = NULL; DELETE FROM crew WHERE id IN (2, 3, 5);
        INSERT INTO crew VALUES (50, 'n2'); UPDATE crew SET name = 'edited' WHERE id = 1;
        UPDATE crew SET name = 'filled' WHERE id = 4""",
    )
    result = missing(small, database)
    assert reasons(result) == [
        ("crew", "1", "key taken: the row with this key in the database differs in crew_name_key (name)"),
        ("crew", "2", "crew_name_key (name) is taken by another row"),
        ("crew", "3", "parent not there: public.crew (boss) = (1)"),
        ("crew", "5", "parent not there: public.crew (boss) = (3)"),
        *(("note", str_uuid(i), f"parent not there: public.crew (crew_id) = ({i % 3 + 1})") for i in range(6)),
    ]
    assert inserted(result) == {}
    again = missing(small, database)
    assert (reasons(again), inserted(again)) == (reasons(result), {})
    before = state(database)
    with pytest.raises(TargetError, match="10 rows of the snapshot cannot be inserted") as refused:
        restore(small, Target(database), Request(mode="missing", strict=True))
    assert "- crew 2: crew_name_key (name) is taken by another row" in refused.value.message
    with pytest.raises(TargetError):
        restore(small, Target(database), Request(mode="missing", strict=True, dry_run=True))
    assert state(database) == before


def str_uuid(i: int) -> str:
    import uuid as library

    return str(library.UUID(bytes=uuid(i)))


@pytest.mark.slow
def test_conflicts_are_a_warning(small: Snapshot, database: str) -> None:
    heard = Recorded()
    restore(small, Target(database))
    execute(database, "UPDATE crew SET name = 'edited' WHERE id = 1")
    restore(small, Target(database), Request(mode="missing"), progress=heard)
    assert heard.warnings == ["1 row of the snapshot skipped because of conflicts with the database"]


@pytest.mark.slow
def test_sequences_go_on_after_what_was_written_and_never_back(tmp_path: Path, database: str) -> None:
    made_of = keyed(table("t", ("id", "integer")), "id")
    made = snapshot(tmp_path, [(made_of, [(i,) for i in range(1, 6)])], "CREATE TABLE t (id serial PRIMARY KEY)")
    execute(database, "CREATE TABLE t (id serial PRIMARY KEY)")
    missing(made, database)
    assert execute(database, "INSERT INTO t DEFAULT VALUES RETURNING id") == [(6,)]
    execute(database, "SELECT setval('t_id_seq', 90); DELETE FROM t WHERE id > 4")
    assert inserted(missing(made, database)) == {"t": 1}
    assert execute(database, "INSERT INTO t DEFAULT VALUES RETURNING id") == [(91,)]


@pytest.mark.slow
def test_the_shift_of_the_ledger_counts(tmp_path: Path, database: str) -> None:
    import datetime

    day = keyed(table("t", ("day", "date")), "day")
    made = snapshot(
        tmp_path, [(day, [(datetime.date(2026, 11, i),) for i in range(1, 9)])], "CREATE TABLE t (day date PRIMARY KEY)"
    )
    restore(made, Target(database), Request(as_of=datetime.date(2026, 12, 2)))
    execute(database, "DELETE FROM t WHERE day = '2026-11-11'")
    assert inserted(missing(made, database)) == {"t": 1}
    assert execute(database, "SELECT min(day)::text, count(*) FROM t") == [("2026-11-11", 8)]


@pytest.mark.slow
def test_derived_columns_are_left_to_triggers_and_generated_ones_to_postgres(tmp_path: Path, database: str) -> None:
    made_of = keyed(
        table("t", ("id", "integer"), ("seen", "integer"), ("g", "integer"), generated=["g"]), "id", derived=["seen"]
    )
    sql = """CREATE TABLE t (id int PRIMARY KEY, seen int NOT NULL, g int GENERATED ALWAYS AS (id * 2) STORED);
        CREATE FUNCTION seen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.seen := 7; RETURN NEW; END $$;
        CREATE TRIGGER seen BEFORE INSERT ON t FOR EACH ROW WHEN (NEW.seen IS NULL) EXECUTE FUNCTION seen()"""
    made = snapshot(tmp_path, [(made_of, [(1, 5), (2, 5)])], sql)
    restore(made, Target(database))
    execute(database, "DELETE FROM t WHERE id = 1")
    missing(made, database)
    assert execute(database, "TABLE t ORDER BY id") == [(1, 7, 2), (2, 5, 4)]


def test_a_trigger_that_cannot_run_is_an_error_and_nothing_is_done(small: Snapshot, database: str) -> None:
    restore(small, Target(database))
    execute(
        database,
        """CREATE FUNCTION bad() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM nowhere(); RETURN NEW; END';
        CREATE TRIGGER bad BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION bad(); DELETE FROM crew WHERE id = 1""",
    )
    with pytest.raises((TargetError, ServiceError), match="nowhere"):
        missing(small, database)
    assert execute(database, "SELECT count(*) FROM crew") == [(7,)]


@pytest.mark.slow
def test_worldchefs_counters_equal_a_recount(databases: Any) -> None:
    url = databases()
    v1 = Store(ROOT).resolve("v1")
    restore(v1, Target(url))
    execute(
        url,
        """SELECT setseed(0.5); DELETE FROM recipe_likes WHERE random() < 0.2;
        DELETE FROM recipe_ratings WHERE random() < 0.2;
        DELETE FROM recipe_collection_items WHERE random() < 0.2; DELETE FROM recipes WHERE random() < 0.1;
        DELETE FROM users WHERE random() < 0.05; DELETE FROM nutrition WHERE random() < 0.1""",
    )
    held = {t.table.label: execute(url, f'SELECT count(*) FROM "{t.table.name}"')[0][0] for t in v1.manifest.tables}
    result = missing(v1, url)
    assert result.conflicts == ()
    assert inserted(result) == {
        t.table.label: t.rows - held[t.table.label] for t in v1.manifest.tables if t.rows > held[t.table.label]
    }
    assert execute(
        url,
        """SELECT count(*) FROM recipes r
            WHERE likes_count <> (SELECT count(*) FROM recipe_likes l WHERE l.recipe_id = r.id)
            OR ratings_count <> (SELECT count(*) FROM recipe_ratings g WHERE g.recipe_id = r.id)
            OR rating_average IS DISTINCT FROM
                (SELECT avg(rating)::numeric(3,2) FROM recipe_ratings g WHERE g.recipe_id = r.id)
            OR collections_count <> (SELECT count(*) FROM recipe_collection_items i WHERE i.recipe_id = r.id)""",
    ) == [(0,)]
    synced = restore(v1, Target(url), Request(mode="sync"))
    # Users who left no trace but when they were last seen are seen anew: no trigger could know it.
    assert {t.name for t in synced.tables if t.inserted or t.updated or t.deleted} <= {"users"}


@pytest.mark.slow
@settings(max_examples=15)
@given(edits=EDITS)
def test_it_puts_in_exactly_what_was_deleted_and_tells_the_rest(
    shared: tuple[Snapshot, str], edits: Sequence[tuple[str, tuple[Any, ...]]]
) -> None:
    made, url = shared
    restore(made, Target(url), Request(mode="replace", guard=Guard(yes=True)))
    edit(url, edits)
    held = {name: execute(url, f"SELECT * FROM {name}") for name in ("crew", "note")}
    result = missing(made, url)
    wanted = expected(held)
    assert {(each.table, each.key) for each in result.conflicts} == wanted.keys()
    assert all(each.reason.startswith(wanted[each.table, each.key]) for each in result.conflicts)
    now = {name: execute(url, f"SELECT * FROM {name}") for name in ("crew", "note")}
    skipped = {key for _, key in wanted}
    for name, rows in (("crew", CREW_ROWS), ("note", NOTE_ROWS)):
        before = {str(row[0]): row for row in held[name]}
        after = {str(row[0]): row for row in now[name]}
        keys = {str(row[0]) if name == "crew" else str_uuid(int.from_bytes(row[0], "big")) for row in rows}
        assert after.keys() == before.keys() | {key for key in keys if key not in skipped}
        if name == "note":
            assert all(after[key] == row for key, row in before.items())
        else:  # triggers count the notes that came in
            assert all(after[key][:3] == row[:3] for key, row in before.items())
    assert [each.key for each in missing(made, url).conflicts] == [each.key for each in result.conflicts]


def expected(held: dict[str, list[Any]]) -> dict[tuple[str, str], str]:
    """Compute in plain Python which rows of the snapshot are skipped, and return them with the start of the reason."""
    crew = {row[0]: row for row in held["crew"]}
    names = {row[1] for row in held["crew"] if row[1] is not None}
    wanted: dict[tuple[str, str], str] = {}
    gone: set[int] = set()
    for key, name, _, _ in CREW_ROWS:
        if key in crew:
            if name is not None and crew[key][1] != name:
                wanted["crew", str(key)] = "key taken"
                gone.add(key)
        elif name in names:
            wanted["crew", str(key)] = "crew_name_key (name) is taken"
            gone.add(key)
    for _ in CREW_ROWS:
        for key, _, boss, _ in CREW_ROWS:
            if key not in crew and key not in gone and boss in gone:
                wanted["crew", str(key)] = "parent not there"
                gone.add(key)
    notes = {row[0] for row in held["note"]}
    for key, parent, _, _ in NOTE_ROWS:
        label = str_uuid(int.from_bytes(key, "big"))
        if label not in {str(note) for note in notes} and parent in gone:
            wanted["note", label] = "parent not there"
    return wanted
