"""Test that a snapshot's schema SQL can only create a schema, with attacks that succeeded once, by any kind of role."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from snap.errors import SnapshotError, TargetError
from snap.store import Snapshot
from snap_restorer import Target, restore
from snap_restorer.clones.cloning import clone_into
from snap_restorer.pg import transaction
from snap_restorer.pg.foreign_sql import readable
from snap_restorer.replace.create_schema import create_schema
from snap_restorer.request import Request
from tests.cases.snapshots import snapshot, table
from tests.params import few
from tests.postgres import execute, name_of

Attack = Callable[[str], Snapshot]
PLANTED = "CREATE TABLE planted (i int)"

# What nobody's session takes, trusted or not, and by which words it is refused.
NEVER = {
    f"{PLANTED}; COMMIT; BEGIN": "ends the transaction: line 1: COMMIT",
    f"{PLANTED}; COMMIT; nonsense": "ends the transaction",
    f"{PLANTED}; end": "ends the transaction: line 1: end",
    f"{PLANTED};\n-- harmless\rCOMMIT": "ends the transaction: line 2: ",
    "ROLLBACK AND CHAIN": "ends the transaction",
    "PREPARE TRANSACTION 'x'": "ends the transaction",
    "SAVEPOINT s": "ends the transaction",
    "ALTER SYSTEM SET work_mem = '1GB'": "changes the server's configuration",
    "SET standard_conforming_strings = off": "changes how its text is read",
    'SET LOCAL "standard_conforming_strings" TO DEFAULT': "changes how its text is read",
    "SELECT pg_catalog.set_config('Standard_conforming_strings', 'off', false)": "changes how its text is read",
    "RESET ALL": "changes how its text is read",
    "SET NAMES 'SJIS'": "changes how its text is read",
    "SET client_encoding = SJIS": "changes how its text is read",
    "\\! touch x": "cannot be read: line 1: \\\\! is a command of psql, not SQL",
    "COPY t FROM stdin": "cannot be read: line 1: COPY",
}
# What no session takes without trust.
REACHING_OUT = [
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "/* x */ copy (SELECT 1) to program $$true$$",
    "COPY pg_catalog.pg_class TO '/tmp/snap_planted'",
    "RESET ROLE",
    "RESET SESSION AUTHORIZATION",
    "SET ROLE other",
    "SET LOCAL ROLE other",
    "SET SESSION ROLE TO other",
    'SET "role" = other',
    'SET U&"r\\006fle" = other',
    "SET SESSION AUTHORIZATION other",
    "SET LOCAL SESSION AUTHORIZATION DEFAULT",
    "SELECT pg_catalog.set_config('role', 'other', false)",
    "SELECT set_config('session_authorization', 'other', true)",
]
# What a superuser's session does not take without trust.
CODE = [
    "DO $$ BEGIN EXECUTE 'CREATE ROLE planted SUPERUSER'; END $$",
    "SELECT pg_catalog.pg_read_file('postgresql.conf')",
    "SELECT set_config('search_path', '', false)",
    "(SELECT 1)",
    "VALUES (1)",
    "TABLE pg_catalog.pg_class",
    "WITH a AS (INSERT INTO pg_catalog.pg_class DEFAULT VALUES) SELECT 1",
    "CALL p()",
    "INSERT INTO pg_catalog.pg_authid SELECT",
    "UPDATE pg_catalog.pg_authid SET rolsuper = true",
    "DELETE FROM pg_catalog.pg_authid",
    "MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "EXPLAIN ANALYZE SELECT 1",
    "LOAD 'auto_explain'",
    "CREATE ROLE planted SUPERUSER",
    "ALTER ROLE postgres PASSWORD 'x'",
    "GRANT pg_execute_server_program TO public",
    "CREATE TABLE planted AS SELECT 1",
    "CREATE UNLOGGED TABLE planted (i) AS SELECT 1",
    "CREATE MATERIALIZED VIEW planted AS SELECT 1",
    "CREATE EVENT TRIGGER planted ON ddl_command_end EXECUTE FUNCTION f()",
    "CREATE FUNCTION planted() RETURNS int AS '/tmp/x.so', 'f' LANGUAGE c",
    "CREATE FUNCTION planted() RETURNS int AS '/tmp/x.so', 'f' LANGUAGE E'\\143'",
    "CREATE FUNCTION planted() RETURNS int AS '/tmp/x.so', 'f' LANGUAGE U&'\\0063'",
    "CREATE FUNCTION planted() RETURNS int AS 'exec(1)' LANGUAGE 'plperl'\n'u'",
    "CREATE SCHEMA planted GRANT EXECUTE ON FUNCTION pg_catalog.lo_export(oid, text) TO public",
    "CREATE SCHEMA planted CREATE TABLE a (i int)",
    "CREATE DATABASE planted",
    "DROP TABLE pg_catalog.pg_class",
    "SET session_preload_libraries = 'x'",
    "SET plperl.on_plperlu_init = 'x'",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "REFRESH MATERIALIZED VIEW v",
    "IMPORT FOREIGN SCHEMA a FROM SERVER b INTO c",
    # Nothing of these runs at the restore; whoever reads them does.
    "CREATE EXTENSION dblink",
    'CREATE EXTENSION IF NOT EXISTS "file_fdw" WITH SCHEMA public',
    "CREATE EXTENSION postgres_fdw VERSION '1.1'",
    "CREATE EXTENSION earthdistance CASCADE",
    'CREATE EXTENSION U&"dbl\\0069nk"',
    "CREATE FOREIGN DATA WRAPPER w",
    "CREATE SERVER s FOREIGN DATA WRAPPER w",
    "ALTER SERVER s OPTIONS (ADD host 'x')",
    "CREATE USER MAPPING FOR public SERVER s",
    "CREATE FOREIGN TABLE planted (line text) SERVER s OPTIONS (program 'true')",
    "ALTER FOREIGN TABLE planted OPTIONS (SET program 'true')",
]
# Of what only a superuser creates: a snapshot may ask for it.
EXTENSIONS = ["citext", "pg_trgm", "earthdistance", "moddatetime", "bloom", "vector"]


@pytest.fixture
def hostile(tmp_path: Path) -> Attack:
    """Return a function that makes a snapshot of one table whose schema SQL begins with an attack."""

    def make(attack: str) -> Snapshot:
        return snapshot(tmp_path, [(table("t", ("i", "integer")), [(1,)])], f"{attack};\nCREATE TABLE t (i int)")

    return make


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Yield a folder in which the server may also write."""
    folder = Path(tempfile.mkdtemp(prefix="snap-trust-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def owner(any_database: str) -> str:
    """Return the database as its owner, who is no superuser and may take the role `other`."""
    execute(
        any_database,
        f"CREATE ROLE other; CREATE ROLE plain LOGIN PASSWORD 'wrong horse'; GRANT other TO plain; "
        f'ALTER DATABASE "{name_of(any_database)}" OWNER TO plain',
    )
    return make_conninfo(any_database, user="plain", password="wrong horse")


def untouched(url: str) -> bool:
    """Return whether the database is empty and no role was planted."""
    return execute(
        url,
        "SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace) "
        "+ (SELECT count(*) FROM pg_roles WHERE rolname = 'planted')",
    ) == [(0,)]


@pytest.mark.slow
@pytest.mark.parametrize("trusted", few([False, True], 1))
def test_nobodys_session_takes_what_leaves_the_transaction(
    hostile: Attack, any_database: str, owner: str, trusted: bool
) -> None:
    for attack, refusal in NEVER.items():
        for url in (any_database, owner):
            with pytest.raises(SnapshotError, match=refusal) as refused:
                restore(hostile(attack), Target(url), Request(trust_code=trusted))
            assert refused.value.code == 3
            assert untouched(any_database), attack


@pytest.mark.slow
def test_nobodys_session_reaches_out_without_trust(hostile: Attack, any_database: str, owner: str) -> None:
    for attack in REACHING_OUT:
        for url in (any_database, owner):
            with pytest.raises(TargetError, match=r"does more than create a schema.*\n- line 1: ") as refused:
                restore(hostile(attack), Target(url))
            assert (refused.value.code, refused.value.option, refused.value.unchanged) == (5, "trust_code", True)
            assert untouched(any_database), attack


@pytest.mark.slow
def test_extensions_that_reach_nothing_are_created(hostile: Attack, database: str) -> None:
    rows = execute(database, "SELECT name FROM pg_available_extensions WHERE name = ANY (%s)", EXTENSIONS)
    names = ["cube", *sorted(name for (name,) in rows)]
    restore(hostile("; ".join(f'CREATE EXTENSION "{name}" WITH SCHEMA public' for name in names)), Target(database))
    created = execute(database, "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1")
    assert [name for (name,) in created] == sorted(names)


def test_an_extension_that_is_there_may_be_named(hostile: Attack, database: str) -> None:
    execute(database, "CREATE EXTENSION dblink")
    restore(hostile("CREATE EXTENSION IF NOT EXISTS dblink WITH SCHEMA public"), Target(database))


@pytest.mark.slow
def test_a_superusers_session_takes_only_what_pg_dump_writes(hostile: Attack, any_database: str) -> None:
    able = {name for (name,) in execute(any_database, "SELECT name FROM pg_available_extensions")}
    for attack in CODE:
        if any(name not in able for name in re.findall(r'CREATE EXTENSION (?:IF NOT EXISTS )?"?(\w+)', attack)):
            continue  # the server refuses what it does not have
        with pytest.raises(TargetError, match=r"with a superuser's rights:\n- line 1: ") as refused:
            restore(hostile(attack), Target(any_database))
        assert (refused.value.code, refused.value.option, refused.value.unchanged) == (5, "trust_code", True)
        assert untouched(any_database), attack


def test_who_may_become_a_superuser_is_taken_for_one(hostile: Attack, any_database: str, owner: str) -> None:
    attack = hostile("DO $$ BEGIN SET LOCAL ROLE postgres; EXECUTE 'CREATE ROLE planted SUPERUSER'; END $$")
    execute(any_database, "GRANT postgres TO other")
    with pytest.raises(TargetError, match="with a superuser's rights"):
        restore(attack, Target(owner))
    execute(any_database, "REVOKE postgres FROM other")
    for role in ("pg_execute_server_program", "pg_read_server_files", "pg_write_server_files"):
        execute(any_database, f"GRANT {role} TO plain")
        with pytest.raises(TargetError, match="with a superuser's rights"):
            restore(attack, Target(owner))
        execute(any_database, f"REVOKE {role} FROM plain")
    assert untouched(any_database)


def test_a_clone_refuses_before_it_makes_a_template(hostile: Attack, any_database: str) -> None:
    databases = execute(any_database, "SELECT datname FROM pg_database ORDER BY 1")
    for dry_run in (True, False):
        with pytest.raises(TargetError, match="DO"):
            clone_into(hostile("DO $$ BEGIN END $$"), Target(any_database), Request(dry_run=dry_run))
    assert execute(any_database, "SELECT datname FROM pg_database ORDER BY 1") == databases


def test_trust_lets_code_run(hostile: Attack, any_database: str, open_folder: Path) -> None:
    trace = open_folder / "trace"
    attack = hostile(f"DO $$ BEGIN COPY (SELECT 1) TO PROGRAM 'cat > {trace}'; END $$")
    with pytest.raises(TargetError, match=r"line 1: DO \$\$"):
        restore(attack, Target(any_database))
    assert not trace.exists()
    restore(attack, Target(any_database), Request(trust_code=True))
    assert trace.exists()


def test_an_owner_runs_code_with_no_more_than_the_owners_rights(hostile: Attack, any_database: str, owner: str) -> None:
    restore(hostile("DO $$ BEGIN CREATE TABLE made (i int); END $$"), Target(owner))
    assert execute(any_database, "SELECT relowner::regrole::text FROM pg_class WHERE relname = 'made'") == [("plain",)]


def test_a_role_taken_within_code_is_seen(hostile: Attack, any_database: str, owner: str) -> None:
    execute(any_database, "GRANT CREATE ON SCHEMA public TO other")
    attack = hostile("DO $$ BEGIN PERFORM set_config('role', 'other', false); END $$")
    with pytest.raises(TargetError, match="takes the rights of role other"):
        restore(attack, Target(owner))
    assert untouched(any_database)


def test_what_hides_from_the_scanner_is_refused_by_the_server(hostile: Attack, any_database: str, owner: str) -> None:
    attack = hostile(f"{PLANTED}; SELECT begin atomic FROM (SELECT 1 AS begin) b; COMMIT; SELECT 1 AS end")
    with pytest.raises(TargetError, match="multiple commands") as refused:
        restore(attack, Target(owner))
    assert refused.value.unchanged
    assert untouched(any_database)


@pytest.mark.parametrize("space", ["\u00a0", "\u2003", "\u3000"])
def test_what_looks_like_a_space_hides_no_word(hostile: Attack, any_database: str, owner: str, space: str) -> None:
    """Postgres takes it for a letter: COMMIT before it was no COMMIT to the scanner, which then cut it off."""
    with pytest.raises(TargetError, match="syntax error") as refused:
        restore(hostile(f"{PLANTED}; COMMIT{space}"), Target(owner))
    assert refused.value.unchanged
    assert untouched(any_database)


def test_what_was_changed_all_the_same_is_reported(hostile: Attack, any_database: str) -> None:
    """On a session that commits each statement by itself, the transaction is not the one that began."""
    target, manifest = Target(any_database), hostile(PLANTED).manifest
    planted = readable("v1", manifest.schema_sql)
    with target.connect() as connection:
        connection.autocommit = True
        with pytest.raises(
            SnapshotError, match="ends the transaction: the statements before that stay in effect"
        ) as refused:
            create_schema(connection, target, manifest, planted, trust_code=False)
        assert not refused.value.unchanged
        with pytest.raises(TargetError, match='be created: relation "planted" already exists') as failed:
            create_schema(connection, target, manifest, planted, trust_code=False)
        assert not failed.value.unchanged
    with target.connect() as connection:
        transaction.begin(connection, 10)
        with pytest.raises(TargetError, match='be created: relation "planted" already exists') as undone:
            create_schema(connection, target, manifest, planted, trust_code=False)
        assert undone.value.unchanged


# What runs the snapshot's functions while the schema is created: each made a superuser out of who wrote the snapshot.
FUNCTIONS = """
CREATE FUNCTION boom() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
    IF to_regrole('planted') IS NULL THEN EXECUTE 'CREATE ROLE planted SUPERUSER'; END IF; RETURN 1; END $$;
CREATE FUNCTION calm(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM public.boom(); RETURN $1; END $$;
CREATE FUNCTION "Odd ""one"(text) RETURNS int IMMUTABLE LANGUAGE sql RETURN public.calm(1);
CREATE FUNCTION valid(text[], oid) RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM public.boom(); END $$;
CREATE TABLE planted (i int) PARTITION BY LIST (i);
CREATE TABLE other (i int);
"""
WHILE_CREATED = [
    "CREATE INDEX ON other ((i + calm(1)))",
    "CREATE INDEX ON other (i) WHERE i > public . calm /* ; */ (1)",
    'CREATE INDEX ON other ((i + "Odd ""one"(\'1\')))',
    'CREATE INDEX ON other ((i + U&"\\0063alm"(1)))',
    'CREATE INDEX ON other ((i + (\'1\'::text)."Odd ""one"))',
    "ALTER TABLE other ADD CHECK (calm(1) = 1)",
    "ALTER TABLE other ADD j int DEFAULT calm(1)",
    "ALTER TABLE other ALTER i TYPE int USING calm(1)",
    "CREATE TABLE sub PARTITION OF planted FOR VALUES IN (boom())",
    "CREATE TABLE sub (i int); ALTER TABLE planted ATTACH PARTITION sub FOR VALUES IN (boom())",
    "CREATE TABLE sub (i int CHECK (calm(1) = 1)); ALTER TABLE planted ATTACH PARTITION sub FOR VALUES IN (1)",
    "CREATE TABLE p (i int) PARTITION BY LIST ((i + calm(1)))",
    "CREATE DOMAIN d AS int CHECK (calm(VALUE) > 0); CREATE TABLE p (i d) PARTITION BY LIST (i); "
    "CREATE TABLE sub PARTITION OF p FOR VALUES IN (1)",
    "CREATE OPERATOR @@@ (RIGHTARG = int, FUNCTION = calm); CREATE INDEX ON other ((i + @@@ 1))",
    'CREATE CAST (text AS int) WITH FUNCTION "Odd ""one"(text); CREATE INDEX ON other ((i + \'1\'::text::int))',
    "CREATE FOREIGN DATA WRAPPER w VALIDATOR valid",
    # The two readers of the text saw another literal, or another name.
    "CREATE INDEX ON other ((i::text || E'' -- x\n'\\' || ' || calm(1)::text)) /*'))*/",
    *(
        f"CREATE FUNCTION {defined}(int) RETURNS int IMMUTABLE LANGUAGE sql RETURN public.calm(1);"
        f"CREATE INDEX ON other ((i +({called}(1))))"
        for defined, called in [
            ('"É"', "É"),
            ("ß", '"ß"'),
            (" \u00a0f", "\u00a0f"),
            ("f" * 63 + "1", "f" * 63 + "2"),
            ("é" * 32 + "1", "é" * 32 + "2"),
        ]
    ),
]


@pytest.mark.parametrize("attack", few(WHILE_CREATED, 6))
def test_a_superuser_runs_no_function_of_the_snapshot_while_its_schema_is_created(
    hostile: Attack, any_database: str, attack: str
) -> None:
    made = hostile(FUNCTIONS + attack)
    with pytest.raises(TargetError, match="with a superuser's rights") as refused:
        restore(made, Target(any_database))
    assert (refused.value.option, refused.value.unchanged) == ("trust_code", True)
    assert untouched(any_database)
    restore(made, Target(any_database), Request(trust_code=True))
    assert execute(any_database, "SELECT rolsuper FROM pg_roles WHERE rolname = 'planted'") == [(True,)]


FEATURES = "information_schema.sql_features"  # it has rows in every database
READS = "(feature_id <> 'B011' OR pg_catalog.lo_from_bytea(4242, 'x') > 0)"
CHANGING = [
    f"ALTER TABLE {FEATURES} ADD CHECK {READS}",
    f'ALTER TABLE IF EXISTS ONLY ("information_schema" . sql_features) ADD CHECK {READS}',
    f"SET search_path = information_schema; ALTER TABLE sql_features ADD CHECK {READS};SET search_path = public",
    f"SELECT pg_catalog.set_config('search_path', 'public, information_schema', false);"
    f"ALTER TABLE sql_features ADD CHECK {READS}",
    f"CREATE TABLE IF NOT EXISTS {FEATURES} (); ALTER TABLE {FEATURES} ADD CHECK {READS}",
    f"CREATE DOMAIN d AS oid DEFAULT pg_catalog.lo_creat(-1); ALTER TABLE {FEATURES} ADD z d",
    "ALTER TABLE prior ALTER i TYPE oid USING pg_catalog.lo_creat(-1)",
    "CREATE TABLE up (i int); ALTER TABLE prior INHERIT up; ALTER TABLE up ADD CHECK (pg_catalog.lo_creat(-1) > 0)",
    "CREATE TABLE up (i int) PARTITION BY LIST (i); ALTER TABLE up ATTACH PARTITION prior DEFAULT;"
    "ALTER TABLE up ADD CHECK (pg_catalog.lo_creat(-1) > 0)",
    "ALTER DOMAIN kept ADD CHECK (pg_catalog.lo_creat(-1) > 0)",
    'ALTER TABLE U&"pri\\006fr" ADD CHECK (pg_catalog.lo_creat(-1) > 0)',
]


@pytest.mark.parametrize("attack", few(CHANGING, 2))
def test_a_superuser_changes_no_table_that_was_there(hostile: Attack, any_database: str, attack: str) -> None:
    execute(any_database, "CREATE TABLE prior (i int); INSERT INTO prior VALUES (1)")
    execute(any_database, "CREATE DOMAIN kept AS int; CREATE TABLE keeper (i kept); INSERT INTO keeper VALUES (1)")
    made = hostile(attack)
    with pytest.raises(TargetError, match="with a superuser's rights"):
        restore(made, Target(any_database))
    assert execute(any_database, "SELECT count(*) FROM pg_largeobject_metadata") == [(0,)]
    restore(made, Target(any_database), Request(trust_code=True))
    assert execute(any_database, "SELECT count(*) > 0 FROM pg_largeobject_metadata") == [(True,)]


def test_a_table_that_is_called_like_one_of_another_schema_is_created(hostile: Attack, any_database: str) -> None:
    execute(any_database, "CREATE SCHEMA s; CREATE TABLE s.other (i int)")
    made = hostile(
        "CREATE TABLE other (i int); ALTER TABLE other ADD PRIMARY KEY (i); ALTER TABLE public.other ADD j int"
    )
    restore(made, Target(any_database))
    assert execute(any_database, "SELECT count(*) FROM pg_class WHERE relname = 'other'") == [(2,)]


def test_a_ledger_that_a_snapshot_brings_runs_nothing(hostile: Attack, any_database: str) -> None:
    made = hostile("""CREATE SCHEMA snap; CREATE TABLE snap.ledger (id bigint PRIMARY KEY, version text NOT NULL,
        digest text NOT NULL, as_of_shift_days integer NOT NULL, mode text NOT NULL, state text NOT NULL,
        rows jsonb NOT NULL, loaded_at timestamptz NOT NULL DEFAULT now(), snap_version text NOT NULL,
        unfinished jsonb);
        CREATE FUNCTION boom() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN CREATE ROLE planted; RETURN new; END';
        CREATE TRIGGER boom BEFORE INSERT ON snap.ledger FOR EACH ROW EXECUTE FUNCTION boom()""")
    restore(made, Target(any_database))
    assert execute(any_database, "SELECT 1 FROM pg_roles WHERE rolname = 'planted'") == []
    assert execute(any_database, "TABLE t") == [(1,)]
