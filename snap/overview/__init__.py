"""What a snapshot's rows look like: each column's values, how many rows parents have, a few rows. Data only.

model.py    the result
columns.py  one table's columns
fan_out.py  the rows that each parent of a reference has
samples.py  rows that name each other
engine.py   the whole of it
"""

from snap.overview.engine import overview_of
from snap.overview.model import ColumnOverview, FanOut, Frequent, Histogram, Overview, TableOverview

__all__ = ["ColumnOverview", "FanOut", "Frequent", "Histogram", "Overview", "TableOverview", "overview_of"]
