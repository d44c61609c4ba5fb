"""Test the data folder of an image: another user's server starts it, with the rows and without any secret."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

import snap
from snap.errors import CheckError, ServiceError, TargetError, UsageError
from snap.store import Snapshot
from snap_restorer.image.data_folder import make_data_folder, require_name, take
from tests.postgres import execute
from tests.restorer.image.container import Container

pytestmark = [pytest.mark.server, pytest.mark.slow]
NATIVE = "CREATE FUNCTION public.stop() RETURNS void LANGUAGE c AS '$libdir/regress', 'regress_putenv';\n"


def made(snapshot: Snapshot, folder: Path, **options: bool) -> None:
    make_data_folder(snapshot, folder, "ship", environment=dict(os.environ), **options)


def test_a_container_begins_with_the_rows_and_the_digest(
    started: Callable[..., Container], toy_v1: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(toy_v1.folder.parents[1])
    box = started(POSTGRES_USER="snap_owner", POSTGRES_DB="ship", POSTGRES_PASSWORD='it\'s \\ $HOME "x"')
    with box.running():
        url = box.url("snap_owner", "it%27s%20%5C%20%24HOME%20%22x%22", "ship")
        assert execute(url, "SELECT count(*) FROM crew") == [(10,)]
        assert execute(url, "SELECT version, digest, state FROM snap.ledger") == [
            ("v1", toy_v1.manifest.digest, "done")
        ]
        assert snap.diff("v1", db=url).identical
        assert execute(url, "SELECT current_setting('is_superuser'), current_setting('TimeZone')") == [("off", "UTC")]
        owners = "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE oid >= 16384 AND relkind = 'r'"
        assert execute(url, owners) == [("snap_owner",)]
        assert execute(url, "SELECT count(*) FROM pg_stat_user_tables WHERE n_dead_tup > 0") == [(0,)]


def test_no_role_has_a_password_before_the_first_start_and_nothing_names_this_machine(
    image: Path, started: Callable[..., Container]
) -> None:
    names = {str(image.parent), str(Path.home()), str(Path.cwd()), socket.gethostname(), "snap-scratch-"}
    secrets = [b"SCRAM-SHA-256$", b"md5", *(name.encode() for name in names if len(name) > 5)]
    found = {
        (path.relative_to(image).as_posix(), secret)
        for path in image.rglob("*")
        if path.is_file()
        for secret in secrets
        if secret in path.read_bytes()
    }
    assert {(path, secret) for path, secret in found if secret != b"md5"} == set()
    assert not any(path.endswith(("postmaster.opts", "postmaster.pid", ".log")) for path, _ in found)
    with (box := started(POSTGRES_USER="postgres", POSTGRES_DB="ship", POSTGRES_PASSWORD="x")).running():
        with_one = "SELECT rolname FROM pg_authid WHERE rolpassword IS NOT NULL"
        assert execute(box.url("postgres", "x", "postgres"), with_one) == [("postgres",)]


def test_over_the_network_nobody_comes_in_without_the_password(started: Callable[..., Container]) -> None:
    with (box := started(POSTGRES_USER="snap_owner", POSTGRES_DB="ship", POSTGRES_PASSWORD="right")).running():
        for user, password in (("snap_owner", "wrong"), ("postgres", "right"), ("postgres", "")):
            with pytest.raises(psycopg.OperationalError, match=r"authentication failed|no password supplied"):
                psycopg.connect(box.url(user, password, "ship"))


def test_the_folder_is_this_users_and_starts_no_server_by_itself(image: Path) -> None:
    data = image / "seed" / "data"
    assert data.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_uid for path in (data, *data.rglob("*"))} == {os.geteuid()}
    assert (data / "postgresql.conf").read_text().endswith("log_timezone = 'UTC'\n")
    assert len(list((data / "pg_wal").glob("0*"))) == 1


def test_a_schema_that_needs_a_superuser_is_refused_and_leaves_nothing(toy_v1: Snapshot, tmp_path: Path) -> None:
    family = "CREATE OPERATOR FAMILY public.own USING btree;\n"
    changed = replace(toy_v1, manifest=replace(toy_v1.manifest, schema_sql=family + toy_v1.manifest.schema_sql))
    with pytest.raises(TargetError, match="needs a superuser") as refused:
        made(changed, tmp_path / "data")
    assert refused.value.option == "trust_code"
    assert list(tmp_path.iterdir()) == []
    made(changed, tmp_path / "data", trust_code=True)
    assert (tmp_path / "data" / "PG_VERSION").exists()


def test_rows_that_are_not_the_snapshots_are_no_image(toy_v1: Snapshot, tmp_path: Path) -> None:
    tables = tuple(replace(table, digest="0" * 64) for table in toy_v1.manifest.tables)
    with pytest.raises(CheckError):
        made(replace(toy_v1, manifest=replace(toy_v1.manifest, tables=tables)), tmp_path / "data")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_for_temporary_files_that_is_too_deep_is_named(
    toy_v1: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 90)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with pytest.raises(ServiceError, match=r"is too long for a socket|cannot reach") as refused:
        made(toy_v1, tmp_path / "data")
    assert "$TMPDIR" in refused.value.hint


@pytest.mark.skipif(os.geteuid() != 0, reason="only root takes folders of others")
@pytest.mark.parametrize("kind", ["symbolic", "hard"])
def test_a_link_that_the_servers_user_put_there_is_not_followed(tmp_path: Path, kind: str) -> None:
    data, mine = tmp_path / "data", tmp_path / "mine"
    data.mkdir()
    mine.write_text("mine")
    os.chown(mine, 1234, 1234)
    (data / "pg_hba.conf").symlink_to(mine) if kind == "symbolic" else (data / "pg_hba.conf").hardlink_to(mine)
    with pytest.raises(ServiceError, match=r"pg_hba\.conf is a link"):
        take(data)
    assert mine.stat().st_uid == 1234


def test_a_server_that_does_not_start_is_told_with_its_log(
    toy_v1: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snap_restorer.image.server._SETTINGS", ("shared_buffers=1",))
    with pytest.raises(ServiceError, match=r"pg_ctl failed: (.*\n)*.*outside the valid range"):
        made(toy_v1, tmp_path / "data")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["postgres", "template1", "", "a b", "x" * 64, '"', "-x", "a\nb", "ü"])
def test_a_name_that_no_image_takes_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the database of an image"):
        require_name(name)
