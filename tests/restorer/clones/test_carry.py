"""Test which properties a clone takes over from the database that it replaces, in a real Postgres."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from snap.errors import TargetError
from snap.store import Snapshot
from snap_restorer import Target, clone_into
from tests.cases.clones import leftovers, oid
from tests.cases.crew import CREW, CREW_ROWS, HELD, NOTE, NOTE_ROWS, SQL, rows
from tests.cases.on_server import templates
from tests.cases.snapshots import snapshot
from tests.postgres import execute, name_of

DESCRIBED = """SELECT pg_get_userbyid(datdba), (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a),
    datconnlimit, datistemplate, pg_encoding_to_char(encoding),
    datcollate, datctype, shobj_description(d.oid, 'pg_database'),
    (SELECT array_agg(setrole::regrole || ': ' || setting ORDER BY setrole::regrole || ': ' || setting)
     FROM pg_db_role_setting s, unnest(setconfig) setting WHERE setdatabase = d.oid)
    FROM pg_database d WHERE datname = current_database()"""


@pytest.mark.slow
def test_the_databases_own_settings_owner_and_privileges_are_carried_over(
    small: Snapshot, database: str, admin: str, roles: Callable[[str], Target]
) -> None:
    name = f'"{name_of(database)}"'
    execute(
        database,
        f"""ALTER DATABASE {name} OWNER TO app;
        ALTER DATABASE {name} SET search_path = "$user", public, "Odd, one";
        ALTER DATABASE {name} SET work_mem = '7MB'; ALTER DATABASE {name} SET app.tenant = 'it''s';
        ALTER DATABASE {name} SET "TimeZone" = 'Asia/Tokyo';
        ALTER ROLE "Reader ""1" IN DATABASE {name} SET search_path = '';
        ALTER ROLE app IN DATABASE {name} SET statement_timeout = '90s';
        REVOKE ALL ON DATABASE {name} FROM PUBLIC; GRANT TEMPORARY ON DATABASE {name} TO PUBLIC;
        GRANT CONNECT ON DATABASE {name} TO maker WITH GRANT OPTION;
        SET ROLE maker; GRANT CONNECT ON DATABASE {name} TO "Reader ""1"; RESET ROLE;
        COMMENT ON DATABASE {name} IS 'it''s the "staging" one';
        ALTER DATABASE {name} CONNECTION LIMIT 7; ALTER DATABASE {name} IS_TEMPLATE true""",
    )
    before = execute(database, DESCRIBED)
    for _ in range(2):
        clone_into(small, Target(database))
    assert execute(database, DESCRIBED) == before
    assert rows(database) == HELD


@pytest.mark.slow
def test_owners_and_privileges_of_what_it_holds_are_carried_over(
    small: Snapshot, database: str, admin: str, roles: Callable[[str], Target]
) -> None:
    execute(
        database,
        SQL
        + f"""CREATE VIEW seen AS SELECT id FROM crew;
        ALTER SCHEMA public OWNER TO app; ALTER TABLE crew OWNER TO app; ALTER VIEW seen OWNER TO maker;
        ALTER FUNCTION counted() OWNER TO app; ALTER TYPE mood OWNER TO app;
        GRANT USAGE ON SCHEMA public TO "Reader ""1" WITH GRANT OPTION;
        GRANT SELECT ON crew TO "Reader ""1"; GRANT UPDATE (name) ON crew TO PUBLIC; REVOKE ALL ON note FROM postgres;
        GRANT USAGE ON SEQUENCE note_id_seq TO app; REVOKE EXECUTE ON FUNCTION counted() FROM PUBLIC;
        REVOKE USAGE ON TYPE mood FROM PUBLIC; REVOKE CREATE ON DATABASE "{name_of(database)}" FROM PUBLIC""",
    )
    with_view = SQL + "CREATE VIEW seen AS SELECT id FROM crew"
    made = snapshot(small.folder.parent / "view", [(NOTE, NOTE_ROWS), (CREW, CREW_ROWS)], with_view)
    described = """SELECT name, owner::regrole::text, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(acl) a)
        FROM (
            SELECT relname, relowner, relacl FROM pg_class WHERE relnamespace = 'public'::regnamespace
            UNION ALL SELECT attname, 0, attacl FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid > 16384
            UNION ALL SELECT proname, proowner, proacl FROM pg_proc WHERE oid > 16384
            UNION ALL SELECT typname, typowner, typacl FROM pg_type WHERE typnamespace = 'public'::regnamespace
            UNION ALL SELECT nspname, nspowner, nspacl FROM pg_namespace WHERE nspname = 'public'
        ) AS held (name, owner, acl) ORDER BY 1, 2, 3"""
    before = execute(database, described)
    for _ in range(2):
        clone_into(made, Target(database))
        assert execute(database, described) == before
    assert execute(database, "SELECT has_table_privilege('Reader \"1', 'crew', 'SELECT')") == [(True,)]


@pytest.mark.slow
def test_changed_privileges_of_a_system_function_are_refused_by_name(
    small: Snapshot, database: str, admin: str
) -> None:
    execute(database, "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) FROM PUBLIC")
    with pytest.raises(TargetError, match=r"function pg_catalog.pg_sleep\("):
        clone_into(small, Target(database))
    assert leftovers(admin) == []


@pytest.mark.slow
def test_a_role_that_may_create_databases_is_no_superuser(
    small: Snapshot, database: str, admin: str, roles: Callable[[str], Target]
) -> None:
    execute(database, f'ALTER DATABASE "{name_of(database)}" OWNER TO maker')
    for _ in range(2):
        clone_into(small, roles("maker"))
    assert rows(roles("maker").conninfo) == HELD
    ((owner,),) = execute(admin, "SELECT datdba::regrole::text FROM pg_database WHERE datname LIKE 'snap\\_tpl%'")
    assert owner == "maker"
    clone_into(small, Target(database))
    assert len(templates(admin)) == 2
    assert execute(database, "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'") == [("maker",)]


@pytest.mark.slow
def test_a_member_of_the_owning_role_keeps_its_owner(
    small: Snapshot, database: str, admin: str, roles: Callable[[str], Target]
) -> None:
    execute(database, f'GRANT app TO maker; ALTER DATABASE "{name_of(database)}" OWNER TO app')
    clone_into(small, roles("maker"))
    assert execute(database, DESCRIBED)[0][0] == "app"


def test_a_role_without_the_right_is_told_so(
    small: Snapshot, database: str, admin: str, roles: Callable[[str], Target]
) -> None:
    with pytest.raises(TargetError, match="role app may not create databases") as refused:
        clone_into(small, roles("app"))
    assert refused.value.option == "clone"
    with pytest.raises(TargetError, match="belongs to postgres, whose rights role maker does not have"):
        clone_into(small, roles("maker"))
    assert templates(admin) == []


@pytest.mark.slow
def test_settings_that_this_role_may_not_carry_over_are_refused(
    small: Snapshot, database: str, admin: str, roles: Callable[[str], Target]
) -> None:
    name = f'"{name_of(database)}"'
    execute(database, f"ALTER DATABASE {name} OWNER TO maker; ALTER ROLE app IN DATABASE {name} SET work_mem = '1MB'")
    before = oid(database)
    with pytest.raises(TargetError, match="cannot be copied"):
        clone_into(small, roles("maker"))
    assert (oid(database), leftovers(admin)) == (before, [])
