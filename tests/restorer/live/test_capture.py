"""Test captures of live databases: the content of the snapshot, and a database restored from it."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from snap import writer
from snap.compare import compare, snapshot_side
from snap.durable import GITIGNORE
from snap.errors import CheckError, ServiceError, TargetError, UsageError
from snap.progress import Silent
from snap.store import Store
from snap_restorer import Server, Target, restore
from snap_restorer.live.side import live_side
from snap_restorer.pg.schema_sql import entry_at, needed, require_server
from snap_restorer.request import Request
from tests.cases.captures import Capture, logical, rows
from tests.cases.hard_schemas import HARD
from tests.postgres import execute, name_of, programs_of
from tests.progress import Recorded


def test_a_schema_that_a_terminal_would_hide_is_not_captured(database: str, store: Store, take: Capture) -> None:
    execute(database, "CREATE TABLE a (b int); COMMENT ON TABLE a IS E'harmless\\x1b[8m'")
    with pytest.raises(TargetError, match=r"line \d+ holds the control character U\+001B") as refused:
        take(database)
    assert refused.value.unchanged
    assert store.names() == ()


@pytest.mark.slow
def test_what_was_captured_is_for_its_owner_alone(database: str, store: Store, take: Capture) -> None:
    execute(database, "CREATE TABLE t AS SELECT i FROM generate_series(1, 3) AS i")
    before = os.umask(0o022)
    try:
        folder = store.resolve(take(database).version).folder
    finally:
        os.umask(before)
    everything = (folder, *folder.rglob("*"), *(folder.parents[1] / "manifests").iterdir())
    paths = [path for path in everything if path.name != GITIGNORE]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in paths}
    assert len(modes) == 5, modes
    assert all(mode == (0o700 if path.is_dir() else 0o600) for path in paths for mode in [modes[path.name]]), modes


@pytest.mark.parametrize("others", [60 << 10, 64 << 10])
def test_a_full_folder_for_temporary_files_is_named(
    database: str, store: Store, take: Capture, tiny: Path, monkeypatch: pytest.MonkeyPatch, others: int
) -> None:
    """If the folder is full to the last byte, there is no room for pg_dump's own error message either."""
    execute(database, "CREATE TABLE t (i int)")
    (tiny / "others").write_bytes(bytes(others))
    monkeypatch.setattr(tempfile, "tempdir", str(tiny))
    with pytest.raises(ServiceError, match=f"the folder for temporary files, {tiny}, is full"):
        take(database)
    assert store.names() == ()


@pytest.mark.slow
def test_values_without_an_exact_form_make_their_column_text(database: str, take: Capture, store: Store) -> None:
    execute(database, HARD["infinities"])
    manifest = take(database)
    assert logical(manifest, "days") == {
        "id": "int32",
        "fine": "date",
        "never": "text",
        "bc": "text",
        "ts": "text",
        "tz": "text",
        "far": "text",
        "ds": "text",
        "deep": "text",
        "shifted": "text",
        "n": "text",
        "ns": "text",
    }
    held = rows(manifest, store, "days", "never", "bc", "deep")
    assert [row["never"] for row in held] == ["infinity", "2020-01-01", None]
    assert [row["bc"] for row in held] == ["2020-01-01", "0044-03-15 BC", None]
    assert [row["deep"] for row in held] == ["{{1,2},{3,4}}", "{}", None]
    # A date that is text on one side only is no reference that a check could follow.
    assert [data.table.foreign_keys for data in manifest.tables if data.table.label == "refers"] == [()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "parent", "child"), [("interval", "'24:00'", "'1 day'"), ("interval[]", "'{24:00}'", "'{1 day}'")]
)
def test_a_reference_between_values_that_only_postgres_calls_equal_is_none_that_a_check_could_follow(
    database: str, take: Capture, kind: str, parent: str, child: str
) -> None:
    execute(database, f"CREATE TABLE parent (i {kind} PRIMARY KEY); CREATE TABLE child (i {kind} REFERENCES parent)")
    execute(database, f"INSERT INTO parent VALUES ({parent}); INSERT INTO child VALUES ({child})")
    assert [data.table.foreign_keys for data in take(database).tables] == [(), ()]


@pytest.mark.slow
def test_jsonb_is_stored_canonical_and_json_as_it_is(database: str, take: Capture, store: Store) -> None:
    execute(database, HARD["types"])
    held = rows(take(database), store, "types")
    assert held[0]["jb"] == '{"a": null, "b": 1, "aa": [1000, 0, "1.50 \\" 2.0"]}'
    assert [row["jb"] for row in held[1:]] == [None, '"1.0"', "0.1"]
    assert held[0]["js"] == '{"b": 1.00,  "b": 2}'


@pytest.mark.slow
def test_rows_come_in_key_order_by_bytes_and_files_say_their_range(
    database: str, take: Capture, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PART_ROWS", 4)
    execute(
        database,
        "CREATE TABLE t (k text PRIMARY KEY, n int); "
        "INSERT INTO t SELECT w, 1 FROM unnest('{b,B,a,A,ž,z,é,_,10,9}'::text[]) w",
    )
    manifest = take(database)
    keys = [row["k"] for row in rows(manifest, store, "t")]
    assert keys == sorted(keys, key=str.encode)
    files = manifest.tables[0].files
    assert [file.rows for file in files] == [4, 4, 2]
    assert [(file.key_min, file.key_max) for file in files] == [
        (("10",), ("B",)),
        (("_",), ("z",)),
        (("ž",), ("é",)) if "ž" < "é" else (("é",), ("ž",)),
    ]


@pytest.mark.slow
def test_a_part_ends_at_its_bytes(database: str, take: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "PART_BYTES", 30_000_000)
    execute(
        database,
        "CREATE TABLE t (n int, b text); INSERT INTO t SELECT i, repeat('x', 4000000) FROM generate_series(1, 20) i",
    )
    manifest = take(database)
    sizes = [file.rows for file in manifest.tables[0].files]
    assert sum(size or 0 for size in sizes) == 20
    assert len(sizes) > 1


@pytest.mark.slow
def test_partitions_and_heirs_are_captured_once(database: str, take: Capture) -> None:
    execute(database, HARD["partitions"] + HARD["inheritance"])
    manifest = take(database)
    assert {data.table.label: data.rows for data in manifest.tables} == {
        "events": 10,
        "keyed": 5,
        "notes": 5,
        "nothing": 0,
        "animal": 1,
        "dog": 2,
        "puppy": 1,
    }


@pytest.mark.slow
def test_it_sees_one_moment_though_others_write(database: str, take: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    execute(
        database, "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); INSERT INTO a VALUES (1)"
    )

    class Meddling(Silent):
        def start(self, name: str, total: int) -> None:
            if name == "read":  # the tables are locked, and none is read yet
                execute(database, "INSERT INTO b VALUES (1); DELETE FROM a; CREATE TABLE c ()")

    manifest = take(database, progress=Meddling())
    assert {data.table.label: data.rows for data in manifest.tables} == {"a": 1, "b": 0}


@pytest.mark.slow
def test_the_ledger_is_left_out(databases: Callable[[], str], take: Capture, store: Store) -> None:
    source, target = databases(), databases()
    execute(source, "CREATE TABLE t (id int)")
    first = take(source)
    restore(store.resolve(first.version), Target(target))
    assert execute(target, "SELECT count(*) FROM snap.ledger") == [(1,)]
    assert "ledger" not in take(target).schema_sql
    execute(source, "CREATE SCHEMA snap; CREATE TABLE snap.mine (id int)")
    assert [data.table.label for data in take(source).tables] == ["t", "snap.mine"]


@pytest.mark.slow
def test_a_published_version_is_not_replaced(database: str, take: Capture) -> None:
    execute(database, "CREATE TABLE t (i int)")
    take(database, "v1")
    with pytest.raises(UsageError, match=r"^v1 is published already$"):
        take(database, "v1")


@pytest.mark.slow
def test_forced_row_security_is_refused_by_name(database: str, take: Capture, store: Store) -> None:
    execute(
        database,
        """
        CREATE TABLE plain (id int);
        CREATE TABLE mine (id int); INSERT INTO mine VALUES (1);
        ALTER TABLE mine ENABLE ROW LEVEL SECURITY; ALTER TABLE mine FORCE ROW LEVEL SECURITY;
        CREATE ROLE weak LOGIN; GRANT SELECT ON mine TO weak;
        """,
    )
    weak = f"{database}&options=-c%20role%3Dweak"
    with pytest.raises(TargetError, match=r"^role weak may not read plain$"):
        take(weak)
    execute(database, "GRANT SELECT ON plain TO weak")
    with pytest.raises(TargetError, match=r"would not see every row of mine$") as refused:
        take(weak)
    assert "BYPASSRLS" in refused.value.hint
    assert store.names() == ()
    assert [data.rows for data in take(database).tables] == [1, 0]
    assert [data.table.label for data in take(weak, exclude=("mine",)).tables] == ["plain"]


@pytest.mark.slow
def test_a_constraint_that_was_never_proved_is_warned_of(database: str, take: Capture) -> None:
    execute(database, HARD["unproved"])
    heard = Recorded()
    manifest = take(database, progress=heard)
    assert heard.warnings == [
        "constraint c_id_fkey of table c was never validated (NOT VALID): a restore that inserts only missing "
        "rows skips rows that violate it"
    ]
    assert [data.table.foreign_keys for data in manifest.tables] == [(), ()]


@pytest.mark.slow
def test_bytes_that_are_no_utf8_are_refused_by_name(pg: Server, take: Capture) -> None:
    execute(pg.url("postgres"), "DROP DATABASE IF EXISTS raw")
    execute(pg.url("postgres"), "CREATE DATABASE raw ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'")
    try:
        url = pg.url("raw")
        execute(url, "CREATE TABLE t (id int PRIMARY KEY, s text); INSERT INTO t VALUES (1, 'fine')")
        assert take(url).rows_total == 1
        with psycopg.connect(url, autocommit=True, client_encoding="SQL_ASCII") as connection:
            connection.execute(b"INSERT INTO t VALUES (2, E'\\xff')")
        with pytest.raises(TargetError, match=r"^table t holds text that is not UTF-8"):
            take(url)
    finally:
        execute(pg.url("postgres"), "DROP DATABASE raw")


@pytest.mark.slow
def test_other_encodings_become_utf8_in_order_of_its_bytes(pg: Server, take: Capture, store: Store) -> None:
    execute(pg.url("postgres"), "DROP DATABASE IF EXISTS cyrillic")
    execute(pg.url("postgres"), "CREATE DATABASE cyrillic ENCODING 'KOI8R' TEMPLATE template0 LOCALE 'C'")
    try:
        url = pg.url("cyrillic")
        execute(
            f"{url}&client_encoding=utf8",
            "CREATE TABLE t (s text PRIMARY KEY); INSERT INTO t VALUES ('я'), ('а'), ('ц'), ('ю'), ('z')",
        )
        assert [row["s"] for row in rows(take(url), store, "t")] == ["z", "а", "ц", "ю", "я"]
    finally:
        execute(pg.url("postgres"), "DROP DATABASE cyrillic")


@pytest.mark.slow
def test_a_row_that_breaks_a_rule_is_not_published(database: str, take: Capture, store: Store) -> None:
    execute(
        database,
        """CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE t (a int REFERENCES a);
        SET session_replication_role = replica; INSERT INTO t VALUES (1)""",
    )
    with pytest.raises(CheckError, match="references"):
        take(database)
    assert store.names() == ()


@pytest.mark.slow
def test_what_older_servers_lack_heads_the_schema(database: str, take: Capture) -> None:
    execute(database, HARD["eighteen"])
    schema = take(database).schema_sql
    assert {version for version, _ in needed(schema)} == {18}
    with pytest.raises(TargetError) as refused:
        require_server(schema, 17)
    for what in (
        "virtual generated column e.v",
        "positive on f, which is NOT ENFORCED",
        "e_pkey on e, which is temporal",
    ):
        assert what in refused.value.message
    assert (refused.value.hint, refused.value.unchanged) == ("restore into Postgres 18 or later", True)
    require_server(schema, 18)


@pytest.mark.slow
def test_a_place_in_the_schema_names_what_is_created_there(database: str, take: Capture) -> None:
    execute(database, "CREATE SCHEMA app; CREATE TABLE app.t (id int, CONSTRAINT positive CHECK (id > 0))")
    schema = take(database).schema_sql
    assert entry_at(schema, schema.index("positive") + 1) == "table app.t"
    assert entry_at(schema, 1) == ""


@pytest.mark.slow
def test_an_older_pg_dump_is_passed_over(database: str, take: Capture) -> None:
    older = programs_of("15")
    if older is None:
        pytest.skip("there is no Postgres 15 on this machine")
    execute(database, "CREATE TABLE t (i int)")
    assert len(take(database, environment={**os.environ, "SNAP_PG_BIN": str(older)}).tables) == 1


@pytest.mark.slow
def test_what_only_snap_wrote_is_no_schema_of_the_application(
    databases: Callable[[], str], take: Capture, store: Store
) -> None:
    source, target = databases(), databases()
    execute(source, "CREATE TABLE t (i int); INSERT INTO t VALUES (1)")
    made = take(source)
    restore(store.resolve(made.version), Target(target), Request())
    assert "snap" not in take(target).schema_sql


@pytest.mark.slow
def test_a_role_that_quotes_all_identifiers_captures_and_compares(
    database: str, databases: Callable[[], str], take: Capture, store: Store
) -> None:
    execute(database, "CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE t (i int PRIMARY KEY, a text[], m mood)")
    execute(database, "INSERT INTO t VALUES (1, '{x}', 'ok')")
    plain = take(database)
    execute(database, f'ALTER DATABASE "{name_of(database)}" SET quote_all_identifiers = on')
    quoting = take(database)
    assert (quoting.digest, quoting.tables) == (plain.digest, plain.tables)
    with live_side(Target(database), plain) as live:
        assert compare(snapshot_side(store.resolve(plain.version)), live).identical
