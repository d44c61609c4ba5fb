"""Test snap db status, env, url, reset and remove, with an embedded server for this test only."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from snap_restorer import Embedded
from snap_restorer.local import folder
from tests.cli.program import environment
from tests.postgres import execute

pytestmark = pytest.mark.slow


@pytest.fixture
def local(snap: Callable[..., Any], home: Path) -> Callable[..., Any]:
    return lambda *arguments, **env: snap(*arguments, **{"SNAP_DATA_DIR": str(home), **env})


@pytest.fixture
def embedded(home: Path) -> Embedded:
    """Return a server with the database `app`, which has a table."""
    embedded = Embedded(home=home)
    url = embedded.start().url("app")
    embedded.ensure_database("app")
    execute(url, "CREATE TABLE t (i int)")
    return embedded


def tables(embedded: Embedded, database: str = "app") -> int:
    query = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    return int(execute(embedded.start().url(database), query)[0][0])


def test_status_says_where_it_runs_and_what_it_has(local: Callable[..., Any], home: Path) -> None:
    ran = local("db", "status")
    assert (ran.code, ran.err) == (0, "")
    assert "does not run; run: snap db start" in ran.out
    assert "which the first start makes" in ran.out
    document = local("db", "status", "--json").document
    assert (document["running"], document["made"], document["port"], document["databases"]) == (False, False, None, [])
    assert not home.exists()
    started = local("db", "start", "--json").document
    assert "no database yet; run: snap restore VERSION" in local("db", "status").out
    Embedded(home=home).ensure_database("app")
    document = local("db", "status", "--json").document
    assert {document[name] == started[name] for name in ("running", "postgres", "port", "url", "data")} == {True}
    assert [database["name"] for database in document["databases"]] == ["app"]
    ran = local("db", "status")
    assert f"runs on port {document['port']}" in ran.out
    assert "\napp " in ran.out
    superuser = Embedded(home=home).start().as_superuser()
    execute(superuser.url("postgres"), "COMMENT ON DATABASE app IS 'snap template, ready: v1'")
    assert "\napp (snap template) " in local("db", "status").out
    assert local("db", "status", "--json").document["databases"][0]["about"] == "snap template"
    local("db", "stop")
    assert local("db", "status", "--json").document["made"] is True


def test_env_is_what_a_shell_evaluates_and_holds_no_password(
    local: Callable[..., Any], embedded: Embedded, home: Path
) -> None:
    ran = local("db", "env", "app")
    assert ran.code == 0
    script = f"{ran.out}\n{embedded.program('psql')} -Atc 'SELECT current_database(), current_user'"
    done = subprocess.run(["sh", "-eu", "-c", script], capture_output=True, text=True, check=True, env={"PATH": "/bin"})
    assert done.stdout == "app|snap_owner\n"
    variables = local("db", "env", "app", "--json").document["variables"]
    assert list(variables) == ["PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSFILE"]
    assert local("db", "env", "app", "--superuser", "--json").document["variables"]["PGUSER"] == "postgres"
    strange = "it's $HOME"
    ran = local("db", "env", strange)
    done = subprocess.run(
        ["sh", "-c", f'{ran.out}\nprintf %s "$PGDATABASE"'], capture_output=True, text=True, check=True
    )
    assert done.stdout == strange
    for secret in passwords(embedded):
        assert secret not in ran.out + str(variables)
    embedded.stop()
    ran = local("db", "env", "app")
    assert ran.code == 6
    assert "hint: run: snap db start" in ran.err


def passwords(embedded: Embedded) -> list[str]:
    return [line.rsplit(":", 1)[1] for line in embedded.folder.passfile.read_text().splitlines()]


def test_a_url_holds_the_password_on_demand_only(local: Callable[..., Any], embedded: Embedded) -> None:
    owner, superuser = passwords(embedded)
    plain = local("db", "url", "app")
    assert owner not in plain.out
    ran = local("db", "url", "app", "--password")
    assert (ran.code, ran.err) == (0, "")
    assert owner in ran.out
    assert "passfile" not in ran.out
    assert superuser in local("db", "url", "app", "--password", "--superuser").out
    document = local("db", "url", "app", "--password", "--json").document
    assert document == {"url": ran.out.strip()}
    with psycopg.connect(document["url"]) as connection:
        assert connection.info.user == "snap_owner"
    for words in (("db", "start"), ("db", "status"), ("db", "env", "app"), ("status", "--db", document["url"])):
        ran = local(*words)
        assert owner not in ran.out + ran.err


def test_reset_makes_a_database_again_although_somebody_is_in_it(
    local: Callable[..., Any], embedded: Embedded, project: Path
) -> None:
    ran = local("db", "reset", "app")
    assert ran.code == 2
    assert "hint: add --yes" in ran.err
    assert tables(embedded) == 1
    with psycopg.connect(embedded.url("app")):
        ran = local("db", "reset", "app", "--yes", "--json")
    assert ran.document.items() >= {"database": "app", "reset": True}.items()
    assert tables(embedded) == 0
    execute(embedded.url("app"), "CREATE TABLE mine ()")  # its owner is who it was
    ran = local("db", "reset", "app", "--yes")
    assert ran.out == "app is empty\n"
    port = embedded.status().port
    assert ran.err.count(f"note: attached to the embedded Postgres that runs on port {port}, its data in ") == 1
    embedded.stop()
    assert local("db", "reset", "app", "--yes").err == ""


def test_reset_refuses_by_name_what_is_not_there_or_not_to_go(
    local: Callable[..., Any], embedded: Embedded, project: Path, home: Path
) -> None:
    ran = local("db", "reset", "ap", "--yes")
    assert ran.code == 6
    assert "the embedded Postgres has no database ap\nhint: the databases are: app" in ran.err
    ran = local("db", "reset", "postgres", "--yes")
    assert ran.code == 2
    assert "postgres is one of Postgres' own databases" in ran.err
    (project / "snap.toml").write_text('[target]\nprotected = ["*/app"]\n')
    for words in (("reset", "app"), ("remove",)):
        ran = local("db", *words, "--yes")
        assert ran.code == 5
        assert "/app?passfile=" in ran.err
        assert "is protected" in ran.err
    embedded.stop()
    assert local("db", "remove", "--yes").code == 5
    assert tables(embedded) == 1
    ran = local("db", "reset", "--yes", SNAP_DATA_DIR=str(project / "none"))
    assert ran.code == 6
    assert "has no database worldchef yet" in ran.err
    assert not (project / "none").exists()


def test_a_person_may_say_no(terminal: Callable[..., Any], embedded: Embedded, home: Path) -> None:
    ran = terminal("db", "reset", "app", types="n\n", SNAP_DATA_DIR=str(home))
    assert ran.code == 0
    assert "Drop all that app holds? [y/N]" in ran.out
    assert "kept app" in ran.out
    ran = terminal("db", "remove", types="n\n", SNAP_DATA_DIR=str(home))
    assert ran.code == 0
    assert "with 1 database: app" in ran.out
    assert f"kept {embedded.folder.base}" in ran.out.replace("\n", "")
    assert tables(embedded) == 1


def test_remove_says_what_it_deletes_and_a_start_begins_anew(
    local: Callable[..., Any], embedded: Embedded, home: Path
) -> None:
    ran = local("db", "remove")
    assert ran.code == 2
    assert "deleting the data of the embedded Postgres needs a confirmation" in ran.err
    base, data = embedded.folder.base, embedded.folder.data
    embedded.stop()
    ran = local("db", "remove")
    assert "; the server does not run, so its databases cannot be listed (snap db start, " in ran.err
    embedded.start()
    ran = local("db", "remove", "--yes")
    assert ran.code == 0, ran.err
    assert f"note: this deletes what {base} holds, " in ran.err
    assert "with 1 database: app" in ran.err
    assert ran.out.startswith(f"removed the data in {base}, ")
    assert [path.name for path in base.iterdir()] == [".lock"]
    document = local("db", "remove", "--yes", "--json").document
    assert document.items() >= {"folder": str(base), "removed": False, "bytes": 0}.items()
    (base / "data.gone").mkdir()  # as of a removal that was killed
    (base / "data.gone" / "PG_VERSION").write_text("18\n")
    ran = local("db", "remove", "--yes", "--json")
    assert ran.document.items() >= {"removed": True, "bytes": 3}.items()
    assert "cannot be listed" not in ran.err
    assert [path.name for path in base.iterdir()] == [".lock"]
    assert not local("db", "status", "--json").document["running"]
    assert local("db", "start").code == 0
    assert data.is_dir()
    assert local("db", "status", "--json").document["databases"] == []


def test_what_cannot_be_deleted_is_named(local: Callable[..., Any], embedded: Embedded, home: Path) -> None:
    if os.geteuid() == 0:
        mounted = embedded.folder.base / "mounted"
        mounted.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", mounted], check=False, capture_output=True).returncode:
            pytest.skip("this root may not mount")
        try:
            ran = local("db", "remove", "--yes")
        finally:
            subprocess.run(["umount", "-l", mounted], check=True)
    else:
        mounted = embedded.folder.base / "closed"
        (mounted / "inner").mkdir(parents=True)
        mounted.chmod(0o500)
        try:
            ran = local("db", "remove", "--yes")
        finally:
            mounted.chmod(0o700)
    assert ran.code == 6
    assert str(mounted) in ran.err
    assert "remove it yourself" in ran.err
    assert local("db", "remove", "--yes").code == 0


@pytest.fixture
def two(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, Path]]:
    """Yield two projects without $SNAP_DATA_DIR, whose servers are in folders of `home` and are stopped at the end."""
    monkeypatch.setattr(folder, "default_home", lambda _: home)
    projects = (tmp_path / "one", tmp_path / "other")
    for root in projects:
        for name in ("manifests", "snapshots"):
            (root / name).mkdir(parents=True)
    yield projects
    for root in projects:
        Embedded(environment=environment(), project=root).stop()


def test_two_projects_run_side_by_side_each_with_its_own(snap: Callable[..., Any], two: tuple[Path, Path]) -> None:
    servers = {}
    for root in two:
        ran = snap("db", "start", "--root", str(root), "--json")
        assert (ran.code, ran.err) == (0, "")
        servers[root] = ran.document
    one, other = (servers[root] for root in two)
    assert one["data"] != other["data"]
    assert one["port"] != other["port"]
    for root in two:
        assert Path(servers[root]["data"], "../../project").resolve().read_text() == f"{root}\n"
        ran = snap("db", "start", "--root", str(root), "--json")
        assert ran.document["url"] == servers[root]["url"]
        port, data = servers[root]["port"], servers[root]["data"]
        assert ran.err == f"note: attached to the embedded Postgres that runs on port {port}, its data in {data}\n"
        assert snap("db", "start", "--root", str(root), "--quiet").err == ""
    snap("db", "stop", "--root", str(two[0]))
    assert snap("db", "status", "--root", str(two[0]), "--json").document["running"] is False
    assert snap("db", "status", "--root", str(two[1]), "--json").document["running"] is True
    again = snap("db", "start", "--root", str(two[0]), "--json").document
    assert again["url"] == one["url"]


def test_the_server_that_all_projects_shared_is_told_of_until_a_project_has_its_own(
    snap: Callable[..., Any], two: tuple[Path, Path], home: Path, embedded: Embedded
) -> None:
    ran = snap("db", "url", "app", "--root", str(two[0]))
    assert ran.code == 6
    assert f"note: each project now has its own embedded Postgres, this project's in {home}/" in ran.err
    assert f"still in {embedded.folder.data}: to use them, set SNAP_DATA_DIR={home}" in ran.err
    assert snap("db", "url", "app", "--root", str(two[0]), SNAP_DATA_DIR=str(home)).out.strip() == embedded.url("app")
    assert "each project now has its own embedded Postgres" in snap("db", "start", "--root", str(two[0])).err
    assert snap("db", "url", "app", "--root", str(two[0])).err == ""
