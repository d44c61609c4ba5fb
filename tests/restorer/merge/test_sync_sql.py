"""Test, as text, how sync pairs and compares rows and staged rows. Tests of sync run this SQL."""

from __future__ import annotations

from dataclasses import replace

from snap_restorer.merge.sync import _differences_by_column, _pair_sql
from tests.cases.constraints import EQUAL, KEY
from tests.cases.edits import CREW
from tests.cases.snapshots import table
from tests.cases.stages import staged
from tests.goldens import require_golden_sql

TYPES = ("integer", "text", "character(3)", "numeric(7,2)", "double precision", "jsonb", "timestamp with time zone")
MANY = table("Many", *((f'a "{pg}"', pg) for pg in (*TYPES, "text[]", "mood")))


def test_rows_are_paired_by_key_and_compared_by_column() -> None:
    two = replace(
        KEY,
        columns=("id", "na%me"),
        collations=(None, '"ext"."und-ci"'),
        operators=(EQUAL, ("ext", "=")),
    )
    differences = zip(MANY.stored, _differences_by_column(staged(MANY), MANY.stored), strict=True)
    require_golden_sql(
        "sync.sql",
        {
            "pairs by a key": _pair_sql(staged(CREW), KEY),
            "pairs by a key of two columns, of a partitioned table": _pair_sql(staged(CREW, kind="p"), two),
            **{f"difference of {column.type.pg}": differs for column, differs in differences},
        },
    )
