"""Test which objects belong to a backup: schemas, large objects, tablespaces."""

from __future__ import annotations

import psycopg
import pytest

from snap.errors import UsageError
from snap_restorer.dump.dump import DumpRequest, choose, dumping
from snap_restorer.dump.put_back import PutBackRequest, put_back
from snap_restorer.pg.target import Target
from tests.fingerprint import fingerprint
from tests.postgres import execute
from tests.restorer.backing import OWN, Held, differences, taken


def test_without_names_the_role_s_own_schemas_are_dumped(owner):
    assert taken(owner).inventory.schemas == ("extra", "public", "snap")
    assert taken(owner, exclude=("e*",)).inventory.schemas == ("public", "snap")
    assert taken(owner, schemas=("ext*",)).inventory.schemas == ("extra", "snap")


def test_schemas_of_a_host_are_not_taken_unless_named(any_database):
    execute(
        any_database,
        """CREATE ROLE supabase_admin; CREATE ROLE supabase_storage_admin; CREATE SCHEMA app; CREATE SCHEMA _own;
        CREATE SCHEMA auth AUTHORIZATION supabase_admin; CREATE SCHEMA _realtime; CREATE SCHEMA storage;
        CREATE TABLE storage.objects (id int); ALTER TABLE storage.objects OWNER TO supabase_storage_admin;
        CREATE SCHEMA extensions; CREATE TABLE _own.t (id int)""",
    )
    with psycopg.connect(any_database) as connection:
        assert choose(connection, (), ()) == ("_own", "app", "public")
        assert choose(connection, ("auth",), ()) == ("auth",)


@pytest.mark.slow
def test_schemas_that_are_called_like_a_hosts_are_ones_own(any_database):
    execute(
        any_database,
        """CREATE SCHEMA auth; CREATE TABLE auth.users (id int PRIMARY KEY); INSERT INTO auth.users VALUES (1);
        CREATE SCHEMA storage; CREATE TABLE storage.files (name text);
        INSERT INTO storage.files VALUES ('a'); CREATE SCHEMA realtime;
        CREATE TABLE public.p (id int PRIMARY KEY REFERENCES auth.users); INSERT INTO public.p VALUES (1)""",
    )
    before = fingerprint(any_database)
    backup = taken(any_database)
    assert backup.inventory.schemas == ("auth", "public", "realtime", "storage")
    execute(any_database, "TRUNCATE auth.users CASCADE; DELETE FROM storage.files")
    put_back(Target(any_database), backup)
    assert differences(before, any_database) == []


@pytest.mark.slow
def test_some_schemas_alone_are_put_back(any_database):
    execute(
        any_database,
        'CREATE TABLE a (id int); INSERT INTO a VALUES (1); CREATE SCHEMA "B.b"; CREATE TABLE "B.b".a (id int);'
        'INSERT INTO "B.b".a VALUES (1), (2)',
    )
    backup = taken(any_database)
    execute(any_database, 'INSERT INTO a VALUES (7); DELETE FROM "B.b".a; CREATE TABLE "B.b".x (id int)')
    execute(any_database, 'GRANT SELECT ON a, "B.b".a TO PUBLIC')
    done = put_back(Target(any_database), backup, PutBackRequest(schemas=["B.b"]))
    granted = "SELECT relnamespace::regnamespace::text FROM pg_class WHERE relname = 'a' AND relacl::text ~ '[{,]=r'"
    assert execute(any_database, granted) == [("public",)]
    assert done.tables == {'"B.b".a': 2}
    assert execute(any_database, "SELECT count(*) FROM a") == [(2,)]
    assert execute(any_database, "SELECT to_regclass('\"B.b\".x') IS NULL") == [(True,)]
    assert put_back(Target(any_database), backup, PutBackRequest(schemas=["public"])).tables == {"a": 1}
    with pytest.raises(UsageError, match="does not hold schema nowhere"):
        put_back(Target(any_database), backup, PutBackRequest(schemas=["nowhere"]))


@pytest.mark.slow
def test_large_objects_are_as_they_were(any_database, owner):
    backup = taken(owner, schemas=OWN)
    before = fingerprint(any_database)["large objects"]
    execute(owner, "SELECT lo_unlink(o) FROM public.files; SELECT lo_from_bytea(0, 'more')")
    put_back(Target(owner), backup)
    after = fingerprint(any_database)["large objects"]
    assert before == after
    assert before


@pytest.mark.slow
def test_large_objects_of_others_are_left_alone_and_said(any_database, owner):
    execute(any_database, "SELECT lo_from_bytea(0, 'theirs')")
    with dumping(Target(owner), DumpRequest(schemas=OWN)) as dump:
        data = b"".join(dump.pieces())
    assert dump.left == ("large objects, because other roles own some of them",)
    before = fingerprint(any_database)["large objects"]
    put_back(Target(owner), Held(dump.inventory, dump.client, data))
    assert fingerprint(any_database)["large objects"] == before


@pytest.mark.slow
def test_tables_and_indexes_come_back_in_their_tablespaces(any_database):
    with psycopg.connect(any_database, autocommit=True) as connection:
        connection.execute("SET allow_in_place_tablespaces = on")
        connection.execute("CREATE TABLESPACE zz LOCATION ''")
    try:
        execute(
            any_database,
            """CREATE TABLE t (id int PRIMARY KEY USING INDEX TABLESPACE zz, a text) TABLESPACE zz;
            CREATE INDEX i ON t (a) TABLESPACE zz; INSERT INTO t VALUES (1, 'x');
            CREATE TABLE u (id int PRIMARY KEY); CREATE SCHEMA extra; CREATE TABLE extra.v (id int REFERENCES u)""",
        )
        before = fingerprint(any_database)
        places = "SELECT relname, reltablespace <> 0 FROM pg_class WHERE relname IN ('t', 't_pkey', 'i', 'u', 'u_pkey')"
        placed = sorted(execute(any_database, places))
        assert [name for name, moved in placed if moved] == ["i", "t", "t_pkey"]
        put_back(Target(any_database), taken(any_database, schemas=("public",)))
        assert sorted(execute(any_database, places)) == placed
        assert differences(before, any_database) == []
    finally:
        execute(any_database, "DROP TABLE t")
        execute(any_database, "DROP TABLESPACE zz")
