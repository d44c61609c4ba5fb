"""Test that a load counts the target's rows at its end."""

from __future__ import annotations

import dataclasses

import pytest

from snap.errors import CheckError
from snap.store import Snapshot
from snap_restorer import Target, restore
from tests.cases.crew import SQL
from tests.postgres import execute


def test_a_target_that_drops_rows_fails_the_check(small: Snapshot, database: str) -> None:
    execute(
        database,
        SQL.replace("CREATE TABLE note (", "CREATE TABLE note (gone int, ")
        + """ALTER TABLE note RENAME TO real_note; CREATE TABLE note (LIKE real_note) PARTITION BY LIST (mood);
        CREATE TABLE note_1 PARTITION OF note DEFAULT""",
    )
    execute(database, "DROP TABLE real_note")
    assert restore(small, Target(database)).verified == "full"
    wrong = small.manifest.tables[0].files[1:]
    data = dataclasses.replace(small.manifest.tables[0], files=wrong)
    manifest = dataclasses.replace(small.manifest, tables=(data, *small.manifest.tables[1:]))
    with pytest.raises(CheckError, match="note received 1 of 2 rows"):
        restore(Snapshot(manifest=manifest, folder=small.folder), Target(database))
    assert execute(database, "SELECT count(*) FROM note") == [(2,)]
