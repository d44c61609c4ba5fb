"""Make the toy snapshot with changed rows under a matching manifest, so that only checks find the faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from snap.manifest import Manifest
from tests.cases.toy import CREW, LOG, crew, log, manifest, write_table

ROWS = 10
Change = Callable[[pa.RecordBatch], pa.RecordBatch]


def snapshot(folder: Path, *, of_crew: Change = lambda b: b, of_log: Change = lambda b: b) -> Manifest:
    """Write a snapshot of changed tables, with a manifest whose row counts and digests match its files."""
    tables = (
        write_table(folder, CREW, [of_crew(crew(ROWS))], "crew"),
        write_table(folder, LOG, [of_log(log(2 * ROWS, ROWS))], "log"),
    )
    return manifest("v1", tables)
