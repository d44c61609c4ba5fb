"""Test template databases: made, reused, remade and pruned. Templates of other users are not used.

Nobody but the owner may connect to a template.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from snap.errors import CheckError, TargetError
from snap.progress import Silent
from snap.store import Snapshot
from snap_restorer import Server, Target, clone_into
from snap_restorer.clones import databases, template
from snap_restorer.request import Request
from tests.cases.clones import leftovers, run_to
from tests.cases.crew import HELD, rows
from tests.cases.on_server import templates
from tests.cases.snapshots import snapshot, table
from tests.postgres import execute, name_of
from tests.progress import Recorded
from tests.threads import at_once


@pytest.mark.slow
def test_each_shift_has_a_template_of_its_own(tmp_path: Path, database: str, admin: str) -> None:
    dated = snapshot(tmp_path, [(table("dated", ("d", "date")), [(0,)])], "CREATE TABLE dated (d date);")
    made = dt.datetime.fromisoformat(dated.manifest.created).date()
    for days in (3, 0, 3):
        clone_into(dated, Target(database), Request(as_of=made + dt.timedelta(days)))
        assert execute(database, "SELECT d - date '1970-01-01' FROM dated") == [(days,)]
        assert execute(database, "SELECT DISTINCT as_of_shift_days FROM snap.ledger") == [(days,)]
    assert len(templates(admin)) == 2


def test_the_locale_of_the_target_is_the_templates(small: Snapshot, pg: Server, admin: str) -> None:
    execute(
        admin,
        "CREATE DATABASE latin TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'",
    )
    try:
        described = "SELECT encoding, datlocprovider, datcollate FROM pg_database WHERE datname = 'latin'"
        before = execute(admin, described)
        clone_into(small, Target(pg.url("latin")))
        assert execute(admin, described) == before
    finally:
        execute(admin, "DROP DATABASE latin")


@pytest.mark.slow
def test_the_settings_of_the_target_hold_while_its_template_is_filled(
    tmp_path: Path, database: str, admin: str
) -> None:
    sql = """CREATE SCHEMA tools;
        CREATE FUNCTION tools.odd(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
        CREATE FUNCTION fine(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN odd($1); END';
        CREATE TABLE t (w text CHECK (fine(w)))"""
    held = snapshot(tmp_path, [(table("t", ("w", "text")), [("a",)])], sql)
    trusting = Request(trust_code=True)
    with pytest.raises(TargetError, match="odd"):
        clone_into(held, Target(database), trusting)
    assert templates(admin) == []
    execute(database, f'ALTER DATABASE "{name_of(database)}" SET search_path = public, tools')
    clone_into(held, Target(database), trusting)
    assert execute(database, "TABLE t") == [("a",)]


@pytest.mark.slow
def test_a_template_that_was_filled_with_trust_is_copied_with_trust_alone(
    tmp_path: Path, database: str, admin: str
) -> None:
    code = """CREATE FUNCTION fine(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
        CREATE TABLE t (w text CHECK (fine(w)))"""
    held = snapshot(tmp_path, [(table("t", ("w", "text")), [("a",)])], code)
    clone_into(held, Target(database), Request(trust_code=True))
    before = templates(admin)
    with pytest.raises(TargetError, match="fine"):
        clone_into(held, Target(database))
    assert templates(admin) == before


@pytest.mark.slow
def test_a_half_made_template_is_made_again(small: Snapshot, database: str, admin: str) -> None:
    clone_into(small, Target(database))
    ((made, name),) = templates(admin)
    execute(admin, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true; COMMENT ON DATABASE {name} IS 'snap template, x'")
    execute(pg_url(admin, name), "DROP TABLE note")
    clone_into(small, Target(database))
    ((again, other),) = templates(admin)
    assert again != made
    assert other != name
    assert rows(database) == HELD


def pg_url(admin: str, name: str) -> str:
    return psycopg.conninfo.make_conninfo(admin, dbname=name)


@pytest.mark.slow
def test_a_database_of_others_under_a_templates_name_is_left_alone(small: Snapshot, database: str, admin: str) -> None:
    clone_into(small, Target(database))
    ((made, name),) = templates(admin)
    execute(admin, f"COMMENT ON DATABASE {name} IS 'mine'")
    clone_into(small, Target(database))
    assert rows(database) == HELD
    assert (made, name) in templates(admin)
    assert len(templates(admin)) == 2


@pytest.mark.slow
def test_old_templates_are_pruned_and_those_of_others_stay(
    small: Snapshot, database: str, admin: str, tmp_path: Path
) -> None:
    names = {"long ago": "2020-01-01", "in use": "2020-01-02", "not ours": "2020-01-01"}
    made = {told: f"snap_tpl_{databases.digest(told)}" for told in names}
    for told, used in names.items():
        mark = "a template" if told == "not ours" else f"snap template, ready: x, last used {used}"
        execute(admin, f"CREATE DATABASE {made[told]}")
        execute(admin, f"COMMENT ON DATABASE {made[told]} IS '{mark}'")
    execute(admin, "CREATE DATABASE snap_tpl_my_own")
    execute(admin, "COMMENT ON DATABASE snap_tpl_my_own IS 'snap template, ready: x, last used 2020-01-01'")
    recent = [f"snap_tpl_{databases.digest(i)}" for i in range(template._KEPT)]
    for name in recent:
        execute(admin, f"CREATE DATABASE {name}")
    today = execute(admin, "SELECT CURRENT_DATE::text")[0][0]
    for name in recent:
        execute(admin, f"COMMENT ON DATABASE {name} IS 'snap template, ready: x, last used {today}'")
    with databases.serve(Target(database)) as user:
        databases.begin(user)
        databases.lock(user, made["in use"], shared=True)
        clone_into(small, Target(database))
    left = {name for _, name in templates(admin)}
    assert made["long ago"] not in left
    assert {made["in use"], made["not ours"], "snap_tpl_my_own"} <= left
    assert len(left & set(recent)) == template._KEPT - 1


@pytest.mark.slow
def test_a_template_says_when_it_was_last_used(small: Snapshot, database: str, admin: str) -> None:
    clone_into(small, Target(database))
    ((_, name),) = templates(admin)
    (comment, today) = execute(
        admin, "SELECT shobj_description(oid, 'pg_database'), CURRENT_DATE FROM pg_database WHERE datname = %s", name
    )[0]
    told, _, key = comment.partition(", key ")
    assert told == f"snap template, ready: v1 (digest {small.manifest.digest[:12]}), made {today}, last used {today}"
    assert re.fullmatch("[0-9a-f]{32}", key)
    execute(admin, f"COMMENT ON DATABASE {name} IS '{comment.replace(f'used {today}', 'used 2020-02-02')}'")
    clone_into(small, Target(database))
    found = execute(admin, "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", name)
    assert found == [(comment,)]


@pytest.mark.slow
def test_clones_at_once_of_many_targets_make_one_template(
    small: Snapshot, databases: Callable[[], str], admin: str
) -> None:
    urls = [databases() for _ in range(4)]
    failed = at_once([lambda url=url: clone_into(small, Target(url)) for url in urls])  # type: ignore[misc]
    assert failed == []
    assert [rows(url) for url in urls] == [HELD] * 4
    assert (len(templates(admin)), leftovers(admin)) == (1, [])


@pytest.mark.slow
def test_a_note_says_what_is_waited_for(small: Snapshot, databases: Callable[[], str], admin: str) -> None:
    first, second = databases(), databases()
    steps = run_to(small, first, "template created")
    listener = Recorded()
    waiting = threading.Thread(target=lambda: clone_into(small, Target(second), progress=listener))
    waiting.start()
    assert [*steps][-1] == "old dropped"
    waiting.join()
    assert listener.notes == ["waiting for another run, which makes the template of v1"]
    assert len(templates(admin)) == 1
    assert rows(second) == HELD


@pytest.mark.slow
def test_a_template_of_another_role_is_not_used_whatever_it_says(small: Snapshot, database: str, admin: str) -> None:
    execute(admin, "CREATE ROLE guest LOGIN CREATEDB")
    clone_into(small, Target(database))
    ((_, name),) = templates(admin)
    ((comment,),) = execute(
        admin, "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", name
    )
    execute(admin, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true; COMMENT ON DATABASE {name} IS NULL")
    execute(pg_url(admin, name), "CREATE TABLE planted ()")
    execute(admin, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false; ALTER DATABASE {name} OWNER TO guest")
    execute(admin, f"COMMENT ON DATABASE {name} IS '{comment}'")
    clone_into(small, Target(database))
    assert rows(database) == HELD
    assert execute(database, "SELECT to_regclass('planted')") == [(None,)]
    assert name in {other for _, other in templates(admin)}


@pytest.mark.slow
def test_while_it_is_filled_nobody_else_may_connect(small: Snapshot, database: str, admin: str) -> None:
    execute(admin, "CREATE ROLE guest LOGIN")
    with databases.serve(Target(database)) as server:
        spec = template.spec_for(small, None, Request())
        for step in template.make(server, spec, Silent()):
            if step in {"template created", "template filled"}:
                ((_, name),) = templates(admin)
                allowed = "SELECT has_database_privilege('guest', %s, 'CONNECT')"
                assert execute(admin, allowed, name) == [(False,)]


@pytest.mark.slow
def test_names_are_random_and_one_without_a_comment_is_swept(
    small: Snapshot, databases: Callable[[], str], admin: str
) -> None:
    orphan = f"snap_tpl_{'0' * 32}"
    execute(admin, f"CREATE DATABASE {orphan}")
    clone_into(small, Target(databases()))
    ((_, first),) = templates(admin)
    execute(admin, f"DROP DATABASE {first}")
    clone_into(small, Target(databases()))
    ((_, second),) = templates(admin)
    assert len({orphan, first, second}) == 3


@pytest.mark.slow
def test_a_template_of_an_older_snap_is_made_anew_and_kept_until_it_is_pruned(
    small: Snapshot, database: str, admin: str
) -> None:
    older = f"snap_tpl_{'1' * 32}"
    execute(admin, f"CREATE DATABASE {older}")
    today = execute(admin, "SELECT CURRENT_DATE::text")[0][0]
    execute(admin, f"COMMENT ON DATABASE {older} IS 'snap template, ready: v1, made {today}, last used {today}'")
    execute(admin, f"ALTER DATABASE {older} ALLOW_CONNECTIONS false")
    clone_into(small, Target(database))
    assert rows(database) == HELD
    assert older in {name for _, name in templates(admin)}
    assert len(templates(admin)) == 2


@pytest.mark.slow
def test_a_template_that_several_connections_fail_to_fill_is_gone_and_nothing_is_said_of_it(
    small: Snapshot, database: str, admin: str
) -> None:
    class Fails(Silent):
        def advance(self, name: str, amount: int) -> None:
            raise CheckError("stop")

    with pytest.raises(CheckError, match="stop") as failed:
        clone_into(small, Target(database), Request(jobs=2), progress=Fails())
    assert failed.value.state == ""
    assert templates(admin) == []
    clone_into(small, Target(database), Request(jobs=2))
    assert rows(database) == HELD
