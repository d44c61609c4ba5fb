"""Test databases for tests: each test gets its own, from one template."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

import snap_restorer
from snap.errors import SnapshotError, TargetError, UsageError
from snap.store import Store
from snap_restorer import Server, Target
from snap_restorer.request import own_day
from tests.cases import toy
from tests.cases.on_server import described, templates
from tests.postgres import execute, name_of
from tests.threads import at_once


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("manifests", "snapshots"):
        (tmp_path / folder).mkdir()
    toy.publish(Store(tmp_path), "v1")
    return tmp_path


@pytest.fixture
def server(pg: Server, admin: str) -> Iterator[str]:
    yield admin
    for (name,) in execute(admin, "SELECT datname FROM pg_database WHERE datname LIKE 'mine%'"):
        execute(admin, f'DROP DATABASE "{name}"')


def test_each_is_a_database_of_its_own_from_one_template(root: Path, server: str) -> None:
    first, second = (snap_restorer.clone("v1", root=root, server=server) for _ in range(2))
    execute(first, 'DELETE FROM ship."Log book"; DELETE FROM crew')
    assert execute(second, 'SELECT (SELECT count(*) FROM crew), (SELECT count(*) FROM ship."Log book")') == [(10, 20)]
    assert execute(second, "SELECT mode, state FROM snap.ledger ORDER BY id DESC LIMIT 1") == [("clone", "done")]
    assert len(templates(server)) == 1
    for made in (first, second, second):
        snap_restorer.drop(made)
    assert execute(server, "SELECT FROM pg_database WHERE datname LIKE 'snap\\_test%'") == []


@pytest.mark.slow
def test_dates_move_to_a_day_which_has_a_template_of_its_own(root: Path, server: str) -> None:
    dates = "SELECT max(joined) FROM crew"
    own = snap_restorer.clone("v1", root=root, server=server)
    first, second = (snap_restorer.clone("v1", root=root, server=server, as_of="2026-12-24") for _ in range(2))
    days = dt.date(2026, 12, 24) - own_day(Store(root).resolve("v1").manifest)
    ((joined,),), ((moved,),) = execute(own, dates), execute(first, dates)
    assert moved - joined == days != dt.timedelta(0)
    assert execute(second, dates) == execute(first, dates)
    assert len(templates(server)) == 2
    with snap_restorer.cloned("v1", root=root, server=server, as_of="2026-12-24") as lent:
        assert execute(lent, dates) == execute(first, dates)


def test_what_is_no_day_is_refused_and_the_keyword_named(root: Path, server: str) -> None:
    with pytest.raises(UsageError, match="'yesterday' is not a date") as caught:
        snap_restorer.clone("v1", root=root, server=server, as_of="yesterday")
    assert "leave out as_of" in " ".join(caught.value.__notes__)


@pytest.mark.slow
def test_the_conninfo_keeps_the_form_of_the_servers(root: Path, pg: Server, server: str) -> None:
    url = snap_restorer.clone("v1", root=root, server=pg.url("postgres") + "&dbname=postgres", name="mine a/b")
    assert url == pg.url("mine a/b")
    pairs = f"host=127.0.0.1 port={pg.port} user=postgres passfile='{pg.passfile}' dbname=postgres"
    made = snap_restorer.clone("v1", root=root, server=pairs, name="mine 'two'")
    assert name_of(made) == "mine 'two'"
    assert execute(made, "SELECT count(*) FROM crew") == [(10,)]


@pytest.mark.slow
def test_a_template_is_shared_with_restore_clone(root: Path, server: str, database: str) -> None:
    snap_restorer.clone_into(Store(root).resolve("v1"), Target(database))
    snap_restorer.clone("v1", root=root, server=server)
    assert len(templates(server)) == 1


@pytest.mark.slow
def test_a_ready_template_needs_no_files(root: Path, server: str) -> None:
    snap_restorer.clone("v1", root=root, server=server)
    for file in (root / "snapshots").rglob("*.parquet"):
        file.unlink()
    assert execute(snap_restorer.clone("v1", root=root, server=server), "SELECT count(*) FROM crew") == [(10,)]


def test_files_that_are_not_whole_make_no_template(root: Path, server: str) -> None:
    next((root / "snapshots").rglob("*.parquet")).write_bytes(b"")
    with pytest.raises(SnapshotError):
        snap_restorer.clone("v1", root=root, server=server)
    assert templates(server) == []


@pytest.mark.slow
def test_a_name_that_is_taken_is_refused_and_others_databases_are_not_dropped(
    root: Path, server: str, database: str
) -> None:
    name = name_of(database)
    with pytest.raises(TargetError, match=f"database {name} already exists"):
        snap_restorer.clone("v1", root=root, server=server, name=name)
    with pytest.raises(TargetError, match=r"was not made by clone\(\)"):
        snap_restorer.drop(database)
    assert execute(database, "SELECT 1") == [(1,)]


@pytest.mark.slow
def test_the_context_manager_drops_unless_it_is_to_keep(root: Path, server: str) -> None:
    with snap_restorer.cloned("v1", root=root, server=server) as first:
        assert execute(first, "SELECT count(*) FROM crew") == [(10,)]
    with pytest.raises(ValueError, match="x"), snap_restorer.cloned("v1", root=root, server=server) as second:
        raise ValueError("x")
    with (
        pytest.raises(ValueError, match="x"),
        snap_restorer.cloned("v1", root=root, server=server, keep_failed=True) as third,
    ):
        raise ValueError("x")
    names = [name_of(url) for url in (first, second, third)]
    left = [name for (name,) in execute(server, "SELECT datname FROM pg_database")]
    assert [name in left for name in names] == [False, False, True]
    assert described(server, names[2]) == "snap copy for tests: v1"


@pytest.mark.slow
def test_many_at_once(root: Path, server: str) -> None:
    made: list[str] = []
    assert at_once([lambda: made.append(snap_restorer.clone("v1", root=root, server=server))] * 4) == []
    assert (len(set(made)), len(templates(server))) == (4, 1)


@pytest.mark.slow
def test_without_a_server_the_embedded_one_is_started(root: Path, home: Path) -> None:
    url = snap_restorer.clone("v1", environment={"SNAP_ROOT": str(root), "SNAP_DATA_DIR": str(home)})
    assert execute(url, "SELECT count(*) FROM crew") == [(10,)]
