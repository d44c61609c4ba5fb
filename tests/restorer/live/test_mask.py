"""Test the SQL of masks as text. Tests of live.capture mask with it."""

from __future__ import annotations

from snap.schema import Column
from snap.types import parse
from snap_restorer.live.mask import Mask, sources
from snap_restorer.live.tables import LiveTable
from tests.cases.edits import CREW
from tests.goldens import require_golden_sql

CREW_LIVE = LiveTable(
    oid=1,
    table=CREW,
    partitioned=False,
    readable=True,
    restricted=False,
    partitions=(),
    routing=frozenset(),
    references=(),
    bases={},
    loose=frozenset(),
    computed={},
)


def test_pseudonyms_and_nulls() -> None:
    masks = [
        *(Mask(1, Column(name="n", type=parse(pg, ())), True) for pg in ("text", "varchar(9)", "varchar(40)")),
        Mask(1, Column(name="a%b", type=parse("integer", ())), False),
    ]
    require_golden_sql(
        "live_mask.sql",
        {m.column.type.pg: sources([CREW_LIVE], [m])[1].masks[m.column.name] for m in masks},
    )


def test_a_table_is_read_with_its_masks_only() -> None:
    assert sources([CREW_LIVE], []) == {1: CREW_LIVE.source}
