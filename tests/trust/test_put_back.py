"""Test that putting a backup back gives a superuser's rights to no code of others, with attacks that once succeeded."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from snap.errors import TargetError
from snap.progress import Silent
from snap_ops.backup.create import create_backup, restore_backup
from snap_ops.backup.repository import FolderRepository
from snap_ops.backup.retention import list_backups
from snap_ops.backup.step import BackupSettings, BackupStep
from snap_ops.step import StepContext
from snap_restorer import Target
from snap_restorer.dump.dump import DumpRequest
from snap_restorer.dump.put_back import PutBackRequest, put_back
from tests.postgres import execute
from tests.restorer.backing import Held, taken
from tests.trust.planted import LOADED, READ, owned, planted

PUBLIC = ("public",)
NOW = datetime(2026, 11, 27, 3, tzinfo=UTC)
TRUSTED = PutBackRequest(trust_code=True)
FINE = "CREATE FUNCTION public.fine(int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN true; END';"


def refused(url: str, backup: Held, request: PutBackRequest = PutBackRequest()) -> TargetError:  # noqa: B008 - frozen
    """Put a backup back, and require that this is refused before any of its code has run."""
    with pytest.raises(TargetError) as error:
        put_back(Target(url), backup, request)
    assert error.value.option == "trust_code"
    assert error.value.unchanged
    assert not planted(url)
    return error.value


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name == "check" else [pytest.mark.slow]) for name in LOADED]
)
def test_code_of_the_owner_in_a_backup_is_refused_to_a_superuser(any_database: str, name: str) -> None:
    attached, _ = LOADED[name]
    owned(any_database, attached)
    backup = taken(any_database, schemas=PUBLIC, trust_code=True)
    refused(any_database, backup)
    assert execute(any_database, "SELECT n FROM public.t") == [(1,)]
    put_back(Target(any_database), backup, TRUSTED)
    if name not in {"index", "predicate", "default"}:  # an index runs as its table's owner, a default not at all
        assert planted(any_database)  # what the attack did


@pytest.mark.slow
def test_code_of_a_role_that_is_gone_is_code_of_others(any_database: str) -> None:
    owned(any_database, LOADED["function of Postgres that runs SQL"][0])
    backup = taken(any_database, schemas=PUBLIC, trust_code=True)
    rights = tuple(replace(r, owner="gone") if r.owner == "guest" else r for r in backup.inventory.rights)
    refused(any_database, Held(replace(backup.inventory, rights=rights), backup.client, backup.data))


@pytest.mark.slow
@pytest.mark.parametrize(
    "check", ["public.evil(n)", "m IS NULL AND pg_catalog.query_to_xml('SELECT 1', true, true, '') IS NULL"]
)
def test_code_outside_that_depends_on_the_backup_is_refused_to_a_superuser(any_database: str, check: str) -> None:
    owned(any_database, "")
    execute(
        any_database,
        f"""CREATE SCHEMA extra AUTHORIZATION guest; SET SESSION AUTHORIZATION guest;
        CREATE FUNCTION public.harmless(int) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT true';
        CREATE TABLE extra.u (n int, m int); INSERT INTO extra.u VALUES (1, 1);
        ALTER TABLE extra.u ADD CONSTRAINT c CHECK (public.harmless(n) AND {check}) NOT VALID""",
    )
    backup = taken(any_database, schemas=PUBLIC, trust_code=True)
    # A record that was changed: the definition holds for the rows that are there, and so it is evaluated.
    (item,) = backup.inventory.outside
    assert item.definition is not None
    changed = replace(item, definition=item.definition.removesuffix(" NOT VALID"))
    refused(any_database, Held(replace(backup.inventory, outside=(changed,)), backup.client, backup.data))
    put_back(Target(any_database), backup, TRUSTED)


@pytest.mark.slow
@pytest.mark.parametrize(("attached", "place"), READ.values(), ids=READ)
def test_what_a_backup_reads_runs_no_code_of_the_owner(any_database: str, attached: str, place: str) -> None:
    owned(any_database, attached)
    with pytest.raises(TargetError) as error:
        taken(any_database, schemas=PUBLIC)
    assert place in error.value.message
    assert error.value.option == "trust_code"
    assert not planted(any_database)


@pytest.mark.slow
def test_the_owner_puts_its_own_code_back(any_database: str) -> None:
    owned(any_database, ";".join(LOADED[name][0] for name in ("check", "generated", "index")))
    owner = make_conninfo(any_database, user="guest", password="p")
    put_back(Target(owner), taken(owner, schemas=PUBLIC))
    assert execute(any_database, "SELECT n FROM public.t") == [(1,)]


@pytest.mark.slow
def test_code_of_a_superuser_is_put_back_by_a_superuser(any_database: str) -> None:
    execute(
        any_database,
        f"""CREATE ROLE guest LOGIN; {FINE} CREATE DOMAIN public.d AS int CHECK (public.fine(VALUE));
        CREATE TABLE public.t (n public.d PRIMARY KEY CHECK (public.fine(n)), s serial,
            u uuid DEFAULT gen_random_uuid(), g boolean GENERATED ALWAYS AS (public.fine(n)) STORED);
        CREATE INDEX i ON public.t (public.fine(n)); INSERT INTO public.t VALUES (1);
        SELECT pg_catalog.lo_from_bytea(0, 'x'); ALTER TABLE public.t OWNER TO guest;
        CREATE VIEW public.v AS SELECT n FROM public.t; CREATE PROCEDURE public.p() LANGUAGE sql AS 'SELECT 1'""",
    )
    put_back(Target(any_database), taken(any_database, schemas=PUBLIC))
    assert execute(any_database, "SELECT n, g FROM public.t") == [(1, True)]


@pytest.mark.slow
def test_a_superuser_is_told_who_may_put_the_backup_back(database: str) -> None:
    owned(database, LOADED["check"][0])
    error = refused(database, taken(database, schemas=PUBLIC, trust_code=True))
    assert "a role that owns the database and is not a superuser" in error.hint
    assert "CREATE TABLE public.t" in error.message


@pytest.mark.slow
def test_a_backup_that_could_not_be_put_back_is_refused_when_it_is_made(database: str, tmp_path: Path) -> None:
    owned(database, "")
    execute(database, "CREATE FUNCTION public.pid() RETURNS int LANGUAGE internal AS 'pg_backend_pid'")
    repository = FolderRepository(tmp_path / "backups")
    with pytest.raises(TargetError, match=r"CREATE FUNCTION public\.pid\(\)") as error:
        create_backup(repository, Target(database), now=NOW)
    assert error.value.option == "trust_code"
    assert list_backups(repository) == ((), ())
    made = create_backup(repository, Target(database), DumpRequest(trust_code=True), now=NOW)
    restore_backup(repository, made, Target(database), TRUSTED)


@pytest.mark.slow
def test_a_night_that_could_not_put_its_backup_back_does_not_begin(database: str, tmp_path: Path) -> None:
    owned(database, LOADED["check"][0])
    night = StepContext(
        snapshot=None,  # type: ignore[arg-type]  # a backup does not look at it
        target=Target(database),
        direct=Target(database),
        now=NOW,
        progress=Silent(),
        stop=threading.Event(),
    )
    step = BackupStep(settings=BackupSettings(), root=tmp_path, environment=os.environ)
    with pytest.raises(TargetError, match=r"public\.evil") as error:
        step.run(night)
    assert error.value.option == "trust_code"
    trusting = replace(step, trust_code=True)
    made = trusting.run(night)
    trusting.put_back(night, made.facts["id"])
