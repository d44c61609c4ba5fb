"""Test that a database's mark is valid only in that database, and only if the database's owner made it."""

from __future__ import annotations

import pytest

from snap.errors import TargetError
from snap_restorer import Server, Target
from snap_restorer.pg import mark
from snap_restorer.pg.guard import Guard
from tests.fingerprint import changes, fingerprint
from tests.postgres import execute, name_of

OWNED = "CREATE ROLE plain LOGIN; CREATE ROLE other LOGIN; ALTER DATABASE {} OWNER TO plain"


@pytest.fixture
def plain(pg: Server, database: str) -> str:
    """Return a database as the plain role that owns it."""
    name = name_of(database)
    execute(database, OWNED.format(f'"{name}"'))
    return f"host={pg.socket} port={pg.port} user=plain dbname='{name}'"


def marked(url: str) -> bool:
    with Target(url).connect() as connection:
        return mark.is_marked(connection)


def test_a_mark_allows_what_no_list_does_and_goes_again(plain: str, database: str) -> None:
    target, before = Target(plain), fingerprint(database)
    nowhere = Guard(allowed=("elsewhere/*",))
    assert not nowhere.allows(target)
    mark.allow(target)
    assert nowhere.allows(target)
    assert Guard().allows(target)
    with target.connect() as connection:
        assert nowhere.admit(connection, target)
    with pytest.raises(TargetError, match="is protected"):
        Guard(protected=("*/*",)).allows(target)
    assert not marked(database.replace(name_of(database).replace(" ", "%20"), "postgres"))
    assert mark.revoke(target)
    assert not nowhere.allows(target)
    assert not mark.revoke(target)
    execute(database, "DROP SCHEMA snap")
    assert changes(before, fingerprint(database)) == []


def test_a_superuser_makes_the_owners_mark(plain: str, database: str) -> None:
    mark.allow(Target(database))
    owner = "SELECT tableowner::text, (SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'snap') "
    assert execute(database, f"{owner} FROM pg_tables WHERE tablename = 'allowed'") == [("plain", "plain")]
    assert marked(plain)
    mark.allow(Target(plain))  # again, over its own
    assert execute(plain, "SELECT allowed_by FROM snap.allowed") == [("plain",)]


def test_only_the_owner_marks(plain: str, database: str) -> None:
    name = name_of(database)
    execute(database, f'GRANT ALL ON DATABASE "{name}" TO other')
    before = fingerprint(database)
    other = Target(plain.replace("user=plain", "user=other"))
    for change in (mark.allow, mark.revoke):
        with pytest.raises(TargetError, match="only plain, who owns") as refused:
            change(other)
        assert refused.value.unchanged
    assert changes(before, fingerprint(database)) == []
    execute(database, "GRANT plain TO other")
    mark.allow(other)
    assert marked(plain)


@pytest.mark.parametrize(
    "forged",
    [
        "ALTER TABLE snap.allowed OWNER TO other",
        "ALTER SCHEMA snap OWNER TO other",
        "GRANT INSERT ON snap.allowed TO other",
        "GRANT UPDATE (database) ON snap.allowed TO PUBLIC",
        "GRANT CREATE ON SCHEMA snap TO other",
        "UPDATE snap.allowed SET database = database + 1",
        "UPDATE snap.allowed SET system_identifier = '1' || system_identifier",
        "TRUNCATE snap.allowed",
        "CREATE VIEW snap.v AS TABLE snap.allowed; DROP VIEW snap.v; ALTER TABLE snap.allowed RENAME TO rows; "
        "CREATE VIEW snap.allowed AS TABLE snap.rows; ALTER VIEW snap.allowed OWNER TO plain",
        "DROP TABLE snap.allowed; CREATE TABLE snap.allowed (allowed bool); ALTER TABLE snap.allowed OWNER TO plain",
        "DROP TABLE snap.allowed",
    ],
)
def test_a_mark_of_others_or_of_another_database_is_not_believed(plain: str, database: str, forged: str) -> None:
    mark.allow(Target(plain))
    assert marked(plain)
    execute(database, forged)
    assert not marked(plain)
    assert not marked(database)


def test_a_table_that_the_owner_did_not_make_is_not_marked(plain: str, database: str) -> None:
    execute(database, "CREATE SCHEMA snap AUTHORIZATION other")
    with pytest.raises(TargetError, match="cannot mark it"):
        mark.allow(Target(plain))
    execute(database, "GRANT ALL ON SCHEMA snap TO plain")
    before = fingerprint(database)
    with pytest.raises(TargetError, match=r"would not be trusted.*snap\.allowed"):
        mark.allow(Target(plain))
    assert changes(before, fingerprint(database)) == []


def test_neither_a_template_nor_a_dump_carries_the_mark(pg: Server, plain: str, database: str) -> None:
    mark.allow(Target(plain))
    execute(pg.url("postgres"), f'CREATE DATABASE copy TEMPLATE "{name_of(database)}" OWNER plain')
    copy = plain.rpartition("dbname=")[0] + "dbname=copy"
    assert execute(copy, "SELECT count(*) FROM snap.allowed") == [(1,)]
    assert not marked(copy)
    mark.allow(Target(copy))
    assert marked(copy)
    assert marked(plain)


def test_a_role_that_may_not_look_sees_no_mark(plain: str, database: str) -> None:
    mark.allow(Target(plain))
    assert not marked(plain.replace("user=plain", "user=other"))
    assert marked(database)


def test_every_version_marks_for_an_owner_without_other_rights(any_pg: Server, any_database: str) -> None:
    name = name_of(any_database)
    execute(any_database, OWNED.format(f'"{name}"'))
    plain = f"host={any_pg.socket} port={any_pg.port} user=plain dbname='{name}'"
    mark.allow(Target(plain))
    assert marked(plain)
    assert marked(any_database)
    assert mark.revoke(Target(plain))
    assert not marked(plain)
