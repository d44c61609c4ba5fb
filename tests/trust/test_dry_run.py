"""A dry run runs no SQL that a snapshot brings, whoever runs it: attacks that succeeded once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from snap.errors import SnapshotError, TargetError
from snap.store import Snapshot
from snap_restorer import RestoreResult, Target, restore
from snap_restorer.clones.cloning import clone_into
from snap_restorer.request import Mode, Request
from tests.cases.crew import CREW, CREW_ROWS, SQL
from tests.cases.snapshots import snapshot
from tests.postgres import execute
from tests.progress import Recorded

Attack = Callable[[str], Snapshot]


@pytest.fixture
def hostile(tmp_path: Path) -> Attack:
    """A function that makes a snapshot of table crew whose schema SQL begins with an attack."""

    def make(attack: str) -> Snapshot:
        crew_only = SQL.split("CREATE TABLE note")[0]
        return snapshot(tmp_path, [(CREW, CREW_ROWS)], f"{attack};\n{crew_only}", version="v1", enums=())

    return make


@pytest.mark.parametrize("mode", ["replace", "missing", "sync"])
def test_no_program_runs_on_the_server(hostile: Attack, database: str, tmp_path: Path, mode: Mode) -> None:
    trace = tmp_path / "trace"
    made = hostile(f"COPY (SELECT 1) TO PROGRAM 'cat > \"{trace}\"'")
    with pytest.raises(TargetError, match="COPY"):
        restore(made, Target(database), Request(mode=mode, dry_run=True))
    result = restore(made, Target(database), Request(mode=mode, dry_run=True, trust_code=True))
    assert not trace.exists()
    assert result.schema_created
    assert [(table.name, table.rows) for table in result.outline.tables] == [("crew", 3)]  # type: ignore[union-attr]


def test_nothing_outlives_the_transaction(hostile: Attack, database: str) -> None:
    made = hostile("CREATE TABLE planted (i int); COMMIT; BEGIN")
    with pytest.raises(SnapshotError, match="ends the transaction"):
        restore(made, Target(database), Request(dry_run=True, trust_code=True))
    assert execute(database, "SELECT to_regclass('planted')") == [(None,)]


def test_a_clone_without_a_template_says_what_it_did_not_compare(
    hostile: Attack, database: str, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    made = hostile(f"COPY (SELECT 1) TO PROGRAM 'cat > \"{trace}\"'")
    execute(database, "CREATE TABLE mine (i int)")
    heard = Recorded()
    result: RestoreResult = clone_into(made, Target(database), Request(dry_run=True, trust_code=True), progress=heard)
    assert not trace.exists()
    assert result.outline is None
    assert any("a dry run does not run the snapshot's SQL" in note for note in heard.notes)
