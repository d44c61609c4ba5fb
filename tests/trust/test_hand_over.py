"""Test that objects created by a superuser's restore are no superuser's code in the next run, with known attacks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from snap.errors import TargetError
from snap.store import Snapshot
from snap_restorer import Target, restore
from snap_restorer.clones.cloning import clone_into
from snap_restorer.pg.guard import Guard
from snap_restorer.request import Mode, Request
from tests.cases.snapshots import snapshot, table
from tests.postgres import execute, name_of
from tests.trust.planted import CODE, INSERTED, LOADED, MOOD, TABLE, planted

LENDING = "CREATE FUNCTION public.lend() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';"
OWNERS = """
SELECT DISTINCT pg_get_userbyid(owner) FROM (
    SELECT relowner AS owner FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT proowner FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT typowner FROM pg_type WHERE typnamespace = 'public'::regnamespace
) o ORDER BY 1
"""


def allowed(mode: Mode = "replace", *, trust_code: bool = False) -> Request:
    return Request(mode=mode, guard=Guard(yes=True), trust_code=trust_code)


def guests(url: str) -> None:
    execute(url, f"""CREATE ROLE guest LOGIN PASSWORD 'p'; ALTER DATABASE "{name_of(url)}" OWNER TO guest""")


@pytest.fixture
def acting(tmp_path: Path) -> Snapshot:
    """Return a snapshot whose table has a trigger, which the restore itself disables."""
    sql = f"{MOOD}{TABLE}{CODE}{LENDING}{INSERTED['trigger'][0]};CREATE SEQUENCE public.s;"
    return snapshot(tmp_path, [(table("t", ("n", "integer"), ("mood", "mood")), [(1, "ok"), (2, "sad")])], sql)


@pytest.mark.parametrize("run", [restore, pytest.param(clone_into, marks=pytest.mark.slow)])
def test_what_a_superuser_creates_belongs_to_the_databases_owner(
    any_database: str, acting: Snapshot, run: Callable[..., object]
) -> None:
    guests(any_database)
    run(acting, Target(any_database), allowed())
    assert execute(any_database, OWNERS) == [("guest",)]
    execute(any_database, "DELETE FROM public.t WHERE n = 1")
    with pytest.raises(TargetError, match=r"trigger g on table public\.t runs function public\.act\(\)") as refused:
        restore(acting, Target(any_database), allowed("missing"))
    assert refused.value.option == "trust_code"
    assert not planted(any_database)
    restore(acting, Target(make_conninfo(any_database, user="guest", password="p")), allowed("missing"))
    assert not planted(any_database)
    execute(any_database, "DELETE FROM public.t WHERE n = 1")
    restore(acting, Target(any_database), allowed("missing", trust_code=True))
    assert planted(any_database)  # what the attack did


@pytest.mark.slow
def test_code_that_was_trusted_once_is_not_trusted_for_ever(database: str, tmp_path: Path) -> None:
    sql = f"{MOOD}{TABLE}{CODE}{LOADED['check'][0]} NOT VALID;"
    brought = snapshot(tmp_path, [(table("t", ("n", "integer"), ("mood", "mood")), [(1, "ok")])], sql)
    guests(database)
    restore(brought, Target(database), allowed(trust_code=True))
    assert execute(database, OWNERS) == [("guest",)]
    with pytest.raises(TargetError, match=r"public\.evil"):
        restore(brought, Target(database), allowed())


@pytest.mark.slow
def test_what_was_there_before_and_the_ledger_keep_their_owner(database: str, acting: Snapshot) -> None:
    guests(database)
    execute(
        database,
        "CREATE SCHEMA kept; CREATE TABLE kept.t (n int);"
        "CREATE FUNCTION public.kept() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    )
    restore(acting, Target(database), allowed())
    kept = "SELECT nspname, pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname IN ('kept', 'snap') ORDER BY 1"
    assert execute(database, kept) == [("kept", "postgres"), ("snap", "postgres")]
    assert execute(database, "SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE proname = 'kept'") == [("postgres",)]
    assert execute(database, "SELECT tableowner FROM pg_tables WHERE schemaname = 'kept'") == [("postgres",)]


def test_a_superusers_own_database_stays_a_superusers(database: str, acting: Snapshot) -> None:
    restore(acting, Target(database), allowed())
    assert execute(database, OWNERS) == [("postgres",)]
