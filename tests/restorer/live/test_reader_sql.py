"""Test, as text, the statements that read live tables."""

from __future__ import annotations

from dataclasses import replace

import pytest
from psycopg.sql import SQL

from snap_restorer.live.reader import LiveRelation, probe, select
from tests.cases.edits import CREW, LOG, NOTE
from tests.goldens import require_golden_sql

MASKED = LiveRelation(schema="public", name="crew", masks={"name": SQL("'someone'::text")})


def test_selects_and_probes() -> None:
    crew, note, log = (LiveRelation(schema=t.schema, name=t.name) for t in (CREW, NOTE, LOG))
    tree = replace(note, partitioned=True)
    require_golden_sql(
        "live_reader.sql",
        {
            "rows in any order": select(crew, CREW, ordered=False),
            "by key": select(crew, CREW, ordered=True),
            "by key of another encoding": select(note, NOTE, ordered=True, utf8=False),
            "with partitions": select(tree, NOTE, ordered=True),
            "without a key": select(log, LOG, ordered=True),
            "masked": select(MASKED, CREW, ordered=True),
            "probe": probe(note, NOTE)[0],
            "probe of masked columns": probe(MASKED, CREW)[0],
        },
    )


@pytest.mark.parametrize("name", ["crew", 'a "b"', "semi;--"])
def test_names_are_quoted(name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    assert LiveRelation(schema=name, name=name).relation().as_string(None) == f"ONLY {quoted}.{quoted}"
