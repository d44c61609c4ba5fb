"""Test the step "drill": weekly, in the report, and never a reason to stop a night."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from snap.config import Secret
from snap.errors import CheckError, SnapshotError
from snap.progress import Silent
from snap_ops.backup.create import create_backup
from snap_ops.backup.drill_step import PROOF, DrillStep, read_proof, write_proof
from snap_ops.backup.repository import FolderRepository
from snap_ops.backup.step import BackupSettings
from snap_ops.step import StepContext
from snap_restorer import Target
from tests.fingerprint import fingerprint
from tests.postgres import execute, programs_of

NOW = datetime(2026, 11, 27, 3, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)
DATABASES = "SELECT datname FROM pg_database ORDER BY 1"


def context(url: str, now: datetime = NOW, backup: str | None = None) -> StepContext:
    return StepContext(
        snapshot=None,  # type: ignore[arg-type]  # a drill does not look at it
        target=Target(url),
        direct=Target(url),
        now=now,
        progress=Silent(),
        stop=threading.Event(),
        backup=backup,
    )


def step(folder: Path, url: str | None = None, days: int = 7) -> DrillStep:
    """Return the step that puts backups into a scratch database on the server of `url`."""
    server = None if url is None else Secret("DRILL", {"DRILL": url})
    return DrillStep(settings=BackupSettings(drill_db=server, drill_days=days), root=folder, environment=os.environ)


@pytest.mark.slow
def test_a_backup_is_proved_weekly_and_nothing_is_left(tmp_path: Path, small: str) -> None:
    drilling, folder = step(tmp_path, small), FolderRepository(tmp_path / "backups")
    assert drilling.run(context(small)).detail == "there is no backup yet to prove"
    made = [create_backup(folder, Target(small), now=NOW + DAY * day).id for day in range(3)]
    assert drilling.run(context(small)).detail == "the first backup is proved on or after 2026-12-04"
    assert drilling.plan(context(small)) == ("the first backup is proved on or after 2026-12-04",)
    before, databases = fingerprint(small), execute(small, DATABASES)
    week = NOW + DAY * 7 - timedelta(minutes=20)  # the schedule was early
    assert drilling.plan(context(small, week))[0].startswith("restore the night's backup into a scratch database")
    ran = drilling.run(context(small, week, made[1]))
    assert ran.detail == f"{made[1]} can be put back: 100 rows in 1 table"
    assert ran.facts == {"backup": made[1], "proved": True, "rows": {"t": 100}}
    assert (ran.warnings, fingerprint(small), execute(small, DATABASES)) == ((), before, databases)
    waits = drilling.run(context(small, NOW + DAY * 8)).detail
    assert waits == f"{made[1]} was proved on 2026-12-04; the next one is due on 2026-12-11"
    # Alone, it takes the newest.
    assert drilling.run(context(small, NOW + DAY * 14)).facts["backup"] == made[2]


def test_what_does_not_come_back_fails_the_step_until_it_does(tmp_path: Path, small: str) -> None:
    drilling, folder = step(tmp_path, small), FolderRepository(tmp_path / "backups")
    made = create_backup(folder, Target(small), now=NOW)
    file = tmp_path / "backups" / made.file
    whole = file.read_bytes()
    for day, broken in ((7, whole[:-1]), (8, whole[:-9] + bytes(9)), (9, b"")):
        file.write_bytes(broken)
        with pytest.raises((SnapshotError, CheckError)):
            drilling.run(context(small, NOW + DAY * day, made.id))
    file.write_bytes(whole)
    assert drilling.run(context(small, NOW + DAY * 10, made.id)).facts["proved"]


@pytest.mark.slow
def test_a_server_that_cannot_take_it_is_a_warning_once_a_week(tmp_path: Path, small: str) -> None:
    execute(
        small,
        "CREATE SCHEMA auth; CREATE TABLE auth.users (id int PRIMARY KEY); "
        "CREATE TABLE profile (id int REFERENCES auth.users)",
    )
    settings = BackupSettings(schemas=("public",), drill_db=Secret("DRILL", {"DRILL": small}))
    drilling = DrillStep(settings=settings, root=tmp_path, environment=os.environ)
    folder = FolderRepository(tmp_path / "backups")
    request = settings.dump(os.environ, trust_code=False)
    made = create_backup(folder, Target(small), request, now=NOW)
    ran = drilling.run(context(small, NOW + DAY * 7, made.id))
    assert ran.facts == {"backup": made.id, "proved": False}
    assert ran.warnings[0].startswith(f"{made.id} is not proved: ")
    assert drilling.run(context(small, NOW + DAY * 8, made.id)).warnings == ()
    assert "could not be tried on 2026-12-04" in drilling.run(context(small, NOW + DAY * 8, made.id)).detail
    assert drilling.run(context(small, NOW + DAY * 14, made.id)).warnings


@pytest.mark.slow
def test_a_proof_that_somebody_else_wrote_or_that_is_of_the_future_counts_for_nothing(
    tmp_path: Path, small: str
) -> None:
    key = b"a key that nobody guesses"
    folder, plain = FolderRepository(tmp_path, key), FolderRepository(tmp_path)
    made = create_backup(folder, Target(small), now=NOW)
    write_proof(folder, made, NOW, proved=True)
    proof = read_proof(folder)
    assert proof is not None
    assert (proof.backup, proof.at, proof.proved) == (made.id, NOW, True)
    write_proof(plain, made, NOW, proved=True)
    assert read_proof(folder) is None
    for text in (b"", b"[]", b"{}", b"x" * 20_000, b'{"seal": 1}', b"\xff", b"[" * 5_000):
        plain.put(PROOF, text)
        assert read_proof(plain) is None
    write_proof(FolderRepository(tmp_path / "backups"), made, NOW + DAY * 400, proved=True)
    assert step(tmp_path, small).plan(context(small))[0].startswith("restore the night's backup into")


@pytest.mark.slow
def test_the_first_backup_is_no_week_old_on_the_night_that_makes_it(tmp_path: Path, small: str) -> None:
    made = create_backup(FolderRepository(tmp_path / "backups"), Target(small), now=NOW + timedelta(seconds=3))
    detail = step(tmp_path, small).run(context(small, NOW, made.id)).detail
    assert detail == "the first backup is proved on or after 2026-12-04"


@pytest.mark.slow
def test_default_privileges_of_a_role_that_is_none_of_the_servers_owners_are_left_out(
    tmp_path: Path, small: str, home: Path
) -> None:
    sql = "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {}"
    execute(small, sql.format("pg_read_all_data"))
    made = create_backup(FolderRepository(tmp_path / "backups"), Target(small), now=NOW)
    environment = os.environ | {"SNAP_PG_BIN": str(programs_of("18"))}
    drilling = DrillStep(settings=BackupSettings(drill_days=1), root=tmp_path, environment=environment)
    home.mkdir(mode=0o755)
    ran = drilling.run(context(small, NOW + DAY, made.id))
    assert ran.facts["proved"], ran
    assert ran.warnings == ()


@pytest.mark.slow
def test_by_itself_the_server_is_an_embedded_one(tmp_path: Path, small: str, home: Path) -> None:
    made = create_backup(FolderRepository(tmp_path / "backups"), Target(small), now=NOW)
    environment = os.environ | {"SNAP_PG_BIN": str(programs_of("18"))}
    drilling = DrillStep(settings=BackupSettings(drill_days=1), root=tmp_path, environment=environment)
    home.mkdir(mode=0o755)
    assert drilling.run(context(small, NOW + DAY, made.id)).facts["proved"]
