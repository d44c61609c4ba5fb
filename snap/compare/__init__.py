"""Compare two sides: schemas, rows, columns. The result is data only, and the command line renders it.

side.py     a side: tables with definitions and the source of their rows (the interface for sides other than snapshots)
schema.py   the differences of two schemas, and the key that both share
blocks.py   the rows that need no comparison, found by hashes and bytes
rows.py     the comparison of one table's rows
samples.py  a few differing rows
collisions.py  the rows where two comparisons with the same side conflict
engine.py   the complete comparison
model.py    the result
shapes.py   how similar the statistics of two databases are
"""

from snap.compare.engine import compare, compare_three
from snap.compare.model import Collision, Diff, Kind, Sample, SchemaChange, TableDiff, ThreeWay, ThreeWayTable
from snap.compare.rows import compare_rows
from snap.compare.schema import common_key, schema_changes
from snap.compare.side import Side, TableSide, snapshot_side

__all__ = [
    "Collision",
    "Diff",
    "Kind",
    "Sample",
    "SchemaChange",
    "Side",
    "TableDiff",
    "TableSide",
    "ThreeWay",
    "ThreeWayTable",
    "common_key",
    "compare",
    "compare_rows",
    "compare_three",
    "schema_changes",
    "snapshot_side",
]
