"""Test restoring captures on servers of each version, and which schemas these refuse with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable

import psycopg
import pytest

from snap import checks
from snap.errors import TargetError
from snap.store import Store
from snap_restorer import Target, restore
from snap_restorer.pg.schema_sql import needed, require_server
from snap_restorer.request import Request
from tests.cases.captures import Capture
from tests.cases.hard_schemas import BROKEN, HARD, OPTIONAL, SINCE
from tests.params import few
from tests.postgres import Servers, execute, fresh_databases


def normal(schema_sql: str) -> str:
    """Return a schema's SQL without the differences between servers.

    These are the names of NOT NULL constraints (18) and the qualified columns of views (up to 15).
    """
    unnamed = re.sub(r"CONSTRAINT \S+_not_null NOT NULL", "NOT NULL", schema_sql)
    return re.sub(r"^( +(?:SELECT )?)\w+\.(\w+,?)$", r"\1\2", unnamed, flags=re.MULTILINE)


OWN_CODE = {"generated", "functions"}  # whose tables run functions of their own


ROUND = few((name for name in HARD if name not in BROKEN | {"collations"}), 3)


@pytest.mark.slow
@pytest.mark.parametrize("name", ROUND)
def test_what_was_captured_becomes_the_same_database_elsewhere(
    name: str, databases: Callable[[], str], take: Capture, store: Store
) -> None:
    source, target = databases(), databases()
    execute(source, HARD[name])
    first = take(source)
    restore(store.resolve(first.version), Target(target), Request(trust_code=name in OWN_CODE))
    second = take(target)
    assert second.digest == first.digest
    assert second.schema_sql == first.schema_sql
    assert [data.table for data in second.tables] == [data.table for data in first.tables]
    files = [[(file.rows, file.sha256) for file in data.files] for data in first.tables]
    assert files == [[(file.rows, file.sha256) for file in data.files] for data in second.tables]
    assert all(finding.ok for finding in checks.check_files(first, store.resolve(first.version).folder))


def offers(url: str, statement: str) -> bool:
    """Return whether a server supports `statement`. The statement is rolled back."""
    with psycopg.connect(url) as connection:
        try:
            connection.execute(statement.encode())
        except psycopg.errors.FeatureNotSupported:
            return False
        finally:
            connection.rollback()
    return True


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new"), [(15, 15), (15, 18), (16, 17), (17, 16), (18, 15)])
def test_between_versions_of_postgres(old: int, new: int, all_servers: Servers, take: Capture, store: Store) -> None:
    older, newer = (all_servers.get(str(version)) for version in (old, new))
    if older is None or newer is None:
        pytest.skip(f"there is no Postgres {old if older is None else new} on this machine")
    for name, sql in HARD.items():
        if old < SINCE.get(name, 0) or name in BROKEN:
            continue
        with fresh_databases(older) as there, fresh_databases(newer) as here:
            source, target = there(), there() if old == new else here()
            if name in OPTIONAL and not offers(source, sql):
                continue
            execute(source, sql)
            first = take(source)
            if any(version > new for version, _ in needed(first.schema_sql)):
                with pytest.raises(TargetError, match=f"^Postgres {new} cannot hold"):
                    require_server(first.schema_sql, new)
                with pytest.raises(TargetError, match=f"^Postgres {new} cannot hold the snapshot's schema"):
                    restore(store.resolve(first.version), Target(target))
                continue
            if name in OPTIONAL and not offers(target, sql):
                continue
            restore(store.resolve(first.version), Target(target), Request(trust_code=name in OWN_CODE))
            second = take(target)
            assert second.digest == first.digest, name
            assert normal(second.schema_sql) == normal(first.schema_sql), name


def test_a_role_that_the_server_lacks_is_to_be_created(
    database: str, databases: Callable[[], str], take: Capture, store: Store
) -> None:
    execute(database, "CREATE ROLE writer; CREATE TABLE t (i int); CREATE POLICY own ON t TO writer USING (true)")
    taken = store.resolve(take(database).version)
    execute(database, "DROP POLICY own ON t; DROP ROLE writer")
    with pytest.raises(TargetError, match=r'policy .*: role "writer" does not exist') as refused:
        restore(taken, Target(databases()), Request())
    assert "create the role that the message names on this server" in refused.value.hint


@pytest.mark.slow
def test_an_extension_that_lies_in_another_schema_is_named(
    database: str, databases: Callable[[], str], take: Capture, store: Store
) -> None:
    execute(database, "CREATE EXTENSION citext; CREATE TABLE t (i int, mail citext)")
    target = databases()
    execute(target, "CREATE SCHEMA extensions; CREATE EXTENSION citext SCHEMA extensions")
    with pytest.raises(TargetError, match=r'type "public.citext" does not exist') as refused:
        restore(store.resolve(take(database).version), Target(target), Request())
    assert (
        "extension citext is in schema extensions, but the snapshot's objects expect it in schema public"
        in refused.value.hint
    )


@pytest.mark.slow
def test_names_that_are_taken_and_other_refusals_are_told_apart(
    database: str, databases: Callable[[], str], take: Capture, store: Store
) -> None:
    execute(database, "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE t (i int, m mood)")
    taken, target = store.resolve(take(database).version), databases()
    execute(target, "CREATE DOMAIN mood AS text")
    with pytest.raises(TargetError, match='type "mood" already exists') as refused:
        restore(taken, Target(target), Request())
    assert "already has an object of that name" in refused.value.hint
    assert refused.value.unchanged


@pytest.mark.slow
def test_a_schema_called_snap_is_created_beside_the_ledger_of_another_snapshot(
    databases: Callable[[], str], take: Capture, store: Store
) -> None:
    first, second, target = databases(), databases(), databases()
    execute(first, "CREATE TABLE t (i int); INSERT INTO t VALUES (1)")
    execute(second, "CREATE SCHEMA snap; CREATE TABLE snap.photos (i int); INSERT INTO snap.photos VALUES (1)")
    for source in (first, second):
        restore(store.resolve(take(source).version), Target(target), Request())
    assert execute(target, "SELECT i FROM snap.photos") == [(1,)]
    assert {data.table.label for data in take(target).tables} == {"snap.photos", "t"}
