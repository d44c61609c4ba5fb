"""Define tables crew and notes, with an identity, a generated column, a serial, references and a trigger."""

from __future__ import annotations

from typing import Any

from tests.cases.snapshots import table
from tests.paths import CASES
from tests.postgres import execute

CREW = table("crew", ("id", "bigint"), ("name", "text"), ("boss", "bigint"), ("loud", "text"), generated=["loud"])
NOTE = table("note", ("id", "integer"), ("crew_id", "bigint"), ("line", "character varying(20)"), ("mood", "mood"))
SQL = (CASES / "crew.sql").read_text("utf-8")
CREW_ROWS = [(1, "ann", 3), (2, "bob", None), (3, "cy\t\\", 2)]
NOTE_ROWS = [(7, 1, "a", "sad"), (9, 3, "", None)]


def rows(url: str) -> list[Any]:
    return [execute(url, "SELECT id, name, boss, loud, notes FROM crew ORDER BY 1"), execute(url, "TABLE note")]


HELD = [[(1, "ann", 3, "ANN", 0), (2, "bob", None, "BOB", 0), (3, "cy\t\\", 2, "CY\t\\", 0)], NOTE_ROWS]
