"""What differs between two sides: schemas, rows, columns. Data only; the command line renders it.

side.py     a side: tables with their definitions, and where their rows are (the seam for other sides than snapshots)
schema.py   what differs between two schemas, and the key that both share
blocks.py   what needs no comparison, by hashes and bytes
rows.py     the comparison of one table's rows
samples.py  a few differing rows
collisions.py  where two comparisons with the same side meet
engine.py   the whole of it
model.py    the result
shapes.py   how near the statistics of two databases come to each other
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
