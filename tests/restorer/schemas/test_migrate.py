"""Test migrations of a folder: split as Postgres does, applied once and in order, each completely or not at all."""

from __future__ import annotations

import threading
from pathlib import Path

import psycopg
import pytest

from snap.errors import Interrupted, ServiceError, TargetError, UsageError
from snap_restorer.pg.scanner import Unreadable, statements
from snap_restorer.pg.target import Target
from snap_restorer.schemas import history
from snap_restorer.schemas.files import read_folder
from snap_restorer.schemas.migrate import migrate, pending
from snap_restorer.schemas.reset import ResetRequest, reset
from tests.fingerprint import changes, fingerprint
from tests.paths import ROOT
from tests.postgres import execute
from tests.progress import Recorded

HISTORY = "SELECT version, name, statements FROM supabase_migrations.schema_migrations ORDER BY version"


@pytest.fixture
def folder(tmp_path):
    def write(**files: str | bytes) -> Path:
        for name, text in files.items():
            data = text if isinstance(text, bytes) else text.encode()
            (tmp_path / f"{name.removeprefix('v')}.sql").write_bytes(data)
        return tmp_path

    return write


@pytest.mark.parametrize(
    ("sql", "line", "said"),
    [
        ("SELECT 1;\n\\connect other\n", 2, r"\\connect is a command of psql"),
        ("SELECT 1;\n\n\\restrict abc\n", 3, r"\\restrict is a command of psql"),
        ("SELECT\n 'a", 2, "' is opened and never closed"),
        ("SELECT\n\n $a$ x $b$", 3, r"\$a\$ is opened"),
        ('SELECT "a', 1, '" is opened'),
        ("/* x /* y */", 1, r"/\* is opened"),
        ("SELECT 1;\nCOPY a (b) FROM stdin;\n1\n", 2, "COPY … FROM stdin"),
    ],
)
def test_what_no_client_may_send_is_named_with_its_line(folder, sql, line, said):
    with pytest.raises(Unreadable, match=said) as found:
        statements(sql)
    assert found.value.line == line
    with pytest.raises(UsageError, match=rf"1_bad\.sql:{line}: {said}"):
        read_folder(folder(v1_bad=sql))


def test_a_folder_is_read_in_the_order_of_names(folder):
    found = read_folder(
        folder(v20250102_b="SELECT 2", v20250101_a="\ufeffSELECT 1", v20250103_c="", notes="x", **{"2025-x": "x"})
    )
    assert [(one.version, one.name, len(one.statements)) for one in found.migrations] == [
        ("20250101", "a", 1),
        ("20250102", "b", 1),
        ("20250103", "c", 0),
    ]
    assert found.migrations[0].statements[0].text == "SELECT 1"
    assert found.ignored == ("2025-x.sql", "notes.sql")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "holds no migrations"),
        ({"notes": "x"}, "holds no migrations; it holds notes.sql"),
        ({"v1_a": "", "v1_b": ""}, "1_a.sql and 1_b.sql in .* have the same version 1"),
        ({"v1_a": b"SELECT '\xe9'"}, "1_a.sql is not UTF-8: byte 9 is 0xe9"),
        ({"v1_a": b"SELECT 1\x00"}, "1_a.sql holds a zero byte"),
    ],
)
def test_a_folder_that_cannot_be_run_is_refused(folder, files, said):
    with pytest.raises(UsageError, match=said):
        read_folder(folder(**files))


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(UsageError, match="nowhere, cannot be read: No such file"):
        read_folder(tmp_path / "nowhere")


def test_migrations_are_applied_once_and_recorded_as_the_cli_does(any_database, folder):
    where = folder(v1_a="-- first\nCREATE TABLE a (id int);\nINSERT INTO a VALUES (1);", v2_b="CREATE TABLE b (id int)")
    target = Target(any_database)
    assert len(pending(target, read_folder(where)).migrations) == 2
    said = Recorded()
    done = migrate(target, read_folder(where), progress=said)
    assert done.applied == ("1_a.sql", "2_b.sql")
    assert execute(any_database, HISTORY) == [
        ("1", "a", ["-- first\nCREATE TABLE a (id int)", "INSERT INTO a VALUES (1)"]),
        ("2", "b", ["CREATE TABLE b (id int)"]),
    ]
    folder(v3_c="INSERT INTO a VALUES (2)")
    assert pending(target, read_folder(where)).applied == 2
    assert migrate(target, read_folder(where)).applied == ("3_c.sql",)
    assert migrate(target, read_folder(where)).applied == ()
    assert execute(any_database, "SELECT id FROM a ORDER BY 1") == [(1,), (2,)]


def test_after_a_reset_all_are_applied_again(any_database, folder):
    where, target = folder(v1_a="CREATE TABLE a (id int)"), Target(any_database)
    migrate(target, read_folder(where))
    reset(target, ResetRequest(schemas=("public",), empty_history=True))
    assert len(pending(target, read_folder(where)).migrations) == 1
    assert migrate(target, read_folder(where)).applied == ("1_a.sql",)


def test_from_nothing_no_database_is_asked(folder):
    found = pending(Target("host=/nowhere"), read_folder(folder(v1_a="")), from_nothing=True)
    assert len(found.migrations) == 1


def test_an_older_history_gets_its_columns(any_database, folder):
    execute(
        any_database,
        """CREATE SCHEMA supabase_migrations;
        CREATE TABLE supabase_migrations.schema_migrations (version text PRIMARY KEY);
        INSERT INTO supabase_migrations.schema_migrations VALUES ('1'), ('3'), ('9')""",
    )
    done = migrate(Target(any_database), read_folder(folder(v1_a="", v2_b="SELECT 1", v3_c="", v4_d="")))
    assert done.applied == ("2_b.sql", "4_d.sql")
    assert done.pending.late == ("2_b.sql",)
    assert done.pending.unknown == ("9",)
    assert execute(any_database, HISTORY)[1] == ("2", "b", ["SELECT 1"])


def test_a_failure_names_file_line_and_statement_and_undoes_the_file(any_database, folder):
    where = folder(
        v1_a="CREATE TABLE a (id int);",
        v2_b="CREATE TABLE b (id int);\n\n-- why\nALTER TABLE a\n  ADD COLUMN x nonsense;\nSELECT 1",
    )
    with pytest.raises(TargetError) as failed:
        migrate(Target(any_database), read_folder(where))
    assert failed.value.message == (
        '2_b.sql:5: type "nonsense" does not exist; in: ALTER TABLE a ADD COLUMN x nonsense'
    )
    assert "nothing of this file was applied" in failed.value.hint
    assert execute(any_database, "SELECT relname FROM pg_class WHERE relname IN ('a', 'b')") == [("a",)]
    assert [row[0] for row in execute(any_database, HISTORY)] == ["1"]


def test_an_error_without_a_place_is_at_its_statement(any_database, folder):
    with pytest.raises(TargetError, match=r"^1_a\.sql:4: no \(why\); in: DO"):
        migrate(
            Target(any_database),
            read_folder(
                folder(v1_a="SELECT 1;\n-- a\n/* b */\nDO $$ begin raise exception 'no' using detail = 'why'; end $$")
            ),
        )


def test_what_is_there_already_is_explained(any_database, folder):
    execute(any_database, "CREATE SCHEMA auth; CREATE TABLE auth.users (id int)")
    where = folder(
        v1_a="""CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
        CREATE POLICY p ON auth.users USING (true);"""
    )
    migrate(Target(any_database), read_folder(where))
    reset(Target(any_database), ResetRequest(schemas=("public",), empty_history=True))
    with pytest.raises(TargetError, match=r'1_a\.sql:2: policy "p" .* already exists') as failed:
        migrate(Target(any_database), read_folder(where))
    assert "outside the reset schemas" in failed.value.hint


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t (id int);\nCREATE INDEX CONCURRENTLY i ON t (id);\nVACUUM t;",
        "VACUUM",
        "CREATE TABLE t (id int);"
        "CREATE PROCEDURE p() LANGUAGE plpgsql AS 'begin insert into t values (1); commit; end';"
        "CALL p()",
        "BEGIN; CREATE TABLE t (id int); COMMIT; BEGIN; INSERT INTO t VALUES (1); END",
    ],
)
def test_what_cannot_run_in_one_transaction_runs_apart(any_database, folder, sql):
    assert migrate(Target(any_database), read_folder(folder(v1_a=sql))).applied == ("1_a.sql",)
    assert [row[0] for row in execute(any_database, HISTORY)] == ["1"]


def test_a_failure_of_what_ran_apart_says_what_may_stay(any_database, folder):
    with pytest.raises(TargetError) as failed:
        migrate(
            Target(any_database),
            read_folder(folder(v1_a="CREATE TABLE t (id int);\nVACUUM t;\nSELECT nothing")),
        )
    assert failed.value.message.startswith("1_a.sql:3: column")
    assert "may stay applied, and the file is not recorded" in failed.value.hint
    assert execute(any_database, "SELECT count(*) FROM t") == [(0,)]


def test_a_transaction_that_is_not_ended_is_refused(any_database, folder):
    with pytest.raises(TargetError, match=r"1_a\.sql begins a transaction that it does not end"):
        migrate(Target(any_database), read_folder(folder(v1_a="BEGIN; CREATE TABLE t (id int)")))
    assert execute(any_database, "SELECT to_regclass('t')") == [(None,)]


def test_begin_and_commit_around_a_file_are_one_with_its_record(any_database, folder):
    sql = "BEGIN;\nCREATE TABLE t (id int);\nSAVEPOINT s;\nROLLBACK TO s;\nCOMMIT;\n-- done\n"
    migrate(Target(any_database), read_folder(folder(v1_a=sql)))
    ((_, _, recorded),) = execute(any_database, HISTORY)
    assert recorded[0] == "BEGIN"
    assert recorded[-2:] == ["COMMIT", "-- done"]
    folder(v2_b="BEGIN; CREATE TABLE u (id int); SELECT nothing; COMMIT")
    with pytest.raises(TargetError, match="2_b"):
        migrate(Target(any_database), read_folder(folder()))
    assert execute(any_database, "SELECT to_regclass('u')") == [(None,)]


def test_no_file_inherits_what_another_set(any_database, folder):
    execute(any_database, "CREATE SCHEMA elsewhere; CREATE ROLE shadow")
    try:
        migrate(
            Target(any_database),
            read_folder(
                folder(
                    v1_a="SET search_path = elsewhere; SET ROLE shadow; SELECT set_config('x.y', 'z', false)",
                    v2_b="CREATE TABLE t (id int)",
                )
            ),
        )
        assert execute(any_database, "SELECT schemaname, tableowner FROM pg_tables WHERE tablename = 't'") == [
            ("public", "postgres")
        ]
    finally:
        execute(any_database, "DROP ROLE shadow")


def test_notices_are_logged_with_their_file(any_database, folder):
    done = migrate(
        Target(any_database),
        read_folder(folder(v1_a="DROP TABLE IF EXISTS never", v2_b="DO $$ begin raise warning 'careful'; end $$")),
    )
    assert done.log == ('1_a.sql: NOTICE: table "never" does not exist, skipping', "2_b.sql: WARNING: careful")


def test_a_pooler_is_refused_in_transaction_mode_alone(database, bouncer_port, session_port, folder):
    ((name,),) = execute(database, "SELECT current_database()")
    files = read_folder(folder(v1_a="SET search_path = app; CREATE SCHEMA app", v2_b="VACUUM; CREATE TABLE t (id int)"))
    pooled, own = (
        Target(f"host=127.0.0.1 port={port} user=postgres dbname='{name}'") for port in (bouncer_port, session_port)
    )
    with pytest.raises(TargetError, match="is a connection pooler in transaction mode"):
        migrate(pooled, files)
    assert migrate(own, files).applied == ("1_a.sql", "2_b.sql")
    assert execute(database, "SELECT 't'::regclass::text") == [("t",)]


def test_copy_to_the_client_is_refused(any_database, folder):
    with pytest.raises(TargetError, match=r"1_a\.sql:2: .*COPY"):
        migrate(Target(any_database), read_folder(folder(v1_a="SELECT 1;\nCOPY pg_class TO stdout;")))


def test_the_dataset_s_schema_is_a_migration(databases, folder):
    sql = (ROOT / "builder/snap_builder/datasets/worldchef/schema.sql").read_text(encoding="utf-8")
    one, other = databases(), databases()
    execute(one, sql)
    migrate(Target(other), read_folder(folder(v1_a=sql)))
    execute(other, "DROP SCHEMA supabase_migrations CASCADE")
    assert changes(fingerprint(one), fingerprint(other)) == []


def test_a_role_that_may_not_make_the_history_is_told_how(any_pg, any_database, folder):
    execute(
        any_database,
        "DO $$ BEGIN CREATE ROLE plain LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
        "GRANT ALL ON SCHEMA public TO plain",
    )
    ((name,),) = execute(any_database, "SELECT current_database()")
    owner = Target(f"host={any_pg.socket} port={any_pg.port} user=plain dbname='{name}'")
    found = read_folder(folder(v1_a="CREATE TABLE t (id int)"))
    with pytest.raises(TargetError, match="cannot be created: permission denied") as refused:
        migrate(owner, found)
    assert "CREATE SCHEMA supabase_migrations AUTHORIZATION" in refused.value.hint
    execute(any_database, "CREATE SCHEMA supabase_migrations AUTHORIZATION plain")
    assert migrate(owner, found).applied == ("1_a.sql",)
    execute(any_database, "ALTER TABLE supabase_migrations.schema_migrations OWNER TO postgres")
    with pytest.raises(TargetError, match="this role may not read the history of migrations"):
        pending(owner, found)


def test_a_held_lock_ends_it(any_database, folder):
    execute(any_database, "CREATE TABLE t (id int)")
    with psycopg.connect(any_database) as other:
        other.execute("SELECT FROM t")
        with pytest.raises(TargetError, match=r"1_a\.sql:1: .*lock timeout") as failed:
            migrate(Target(any_database), read_folder(folder(v1_a="DROP TABLE t")), lock_timeout_s=0.1)
        assert "lock_timeout in" in failed.value.hint
        other.rollback()
    with psycopg.connect(any_database) as other:
        other.execute("SELECT pg_advisory_xact_lock(1936613744, 1)")
        with pytest.raises(TargetError, match="another restore is still running"):
            migrate(Target(any_database), read_folder(folder()), lock_timeout_s=0.1)


def test_stopping_ends_it_and_undoes_the_file(any_database, folder):
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    with pytest.raises(Interrupted):
        migrate(
            Target(any_database),
            read_folder(folder(v1_a="CREATE TABLE a (id int)", v2_b="CREATE TABLE b (id int); SELECT pg_sleep(60)")),
            stop=stop,
        )
    assert [row[0] for row in execute(any_database, HISTORY)] == ["1"]
    assert execute(any_database, "SELECT to_regclass('b')") == [(None,)]


def test_a_session_that_is_ended_is_a_failure_of_the_service(any_database, folder):
    with pytest.raises(ServiceError, match=r"1_a\.sql:1: terminating connection"):
        migrate(
            Target(any_database), read_folder(folder(v1_a="SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(9)"))
        )


def test_a_password_never_shows(any_pg, any_database, folder):
    ((name,),) = execute(any_database, "SELECT current_database()")
    target = Target(f"host={any_pg.socket} port={any_pg.port} user=postgres dbname='{name}' password=hush-hush")
    with pytest.raises(TargetError) as failed:
        migrate(target, read_folder(folder(v1_a="SELECT 'hush-hush'::int")))
    assert "hush-hush" not in failed.value.message + failed.value.hint
    assert "***" in failed.value.message


def test_the_history_can_be_forgotten(any_database, folder):
    migrate(Target(any_database), read_folder(folder(v1_a="", v2_b="")))
    history.forget_all(Target(any_database))
    assert execute(any_database, HISTORY) == []
