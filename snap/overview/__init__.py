"""Describe a snapshot's rows: the values of each column, the rows per parent, a few sample rows. Data only.

model.py    the result
columns.py  one table's columns
fan_out.py  the number of rows per parent of a foreign key
samples.py  sample rows that refer to each other
engine.py   the complete overview
"""

from snap.overview.engine import overview_of
from snap.overview.model import LONGEST, ColumnOverview, FanOut, Frequent, Histogram, Overview, TableOverview

__all__ = ["LONGEST", "ColumnOverview", "FanOut", "Frequent", "Histogram", "Overview", "TableOverview", "overview_of"]
