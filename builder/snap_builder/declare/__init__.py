"""The words of a dataset.py: a dataset, its tables, and words for their columns.

dataset.py      Dataset, Table
maker.py        the base class of all words, and the rows that a word sees
numbers.py      choices and numbers
periods.py      periods, and times after other moments
following.py    the time after other moments, and delays that are cut off at its end
moments.py      moments in these periods and times
local_time.py   hours, weekdays and months of a time zone
timing.py       moments within these hours, and in sessions
visits.py       moments at the visits of a parent, the same for all tables
references.py   rows of other tables, and unique pairs of them
polymorphic.py  rows of one of several tables
position.py     the place of a row among those of its parent
primary.py      a value that only one row of each parent has
booking.py      times of one resource that do not overlap
array.py        arrays of values that a word makes
document.py     JSON documents
plain.py        words that arrays and documents can contain
elements.py     elements of lists in rows, as words see them
case.py         one word or another, by the value of a column
computed.py     copies of other values, and formulas
made_by.py      columns that a user-defined function makes together
durations.py    lengths of time
joint.py        combinations of values of several columns
lifecycle.py    states that follow each other, with their moments
derived.py      counts, sums and averages of children
pattern.py      texts that match a regular expression
text.py         texts from templates
edges.py        values of edge cases
"""

from snap_builder.declare.array import array
from snap_builder.declare.booking import booking
from snap_builder.declare.case import case
from snap_builder.declare.computed import copy, formula
from snap_builder.declare.dataset import Dataset, Table
from snap_builder.declare.derived import average_of, count_of, first_of, last_of, sum_of
from snap_builder.declare.document import document, items, maybe
from snap_builder.declare.durations import duration
from snap_builder.declare.edges import longest
from snap_builder.declare.joint import joint
from snap_builder.declare.lifecycle import branch, lifecycle
from snap_builder.declare.made_by import OwnRows, made_by
from snap_builder.declare.moments import moment
from snap_builder.declare.numbers import (
    choice,
    histogram,
    integer,
    lognormal,
    money,
    normal,
    quantiles,
    uniform,
    weights,
    zipf,
)
from snap_builder.declare.pattern import pattern
from snap_builder.declare.periods import after, between, during, spread
from snap_builder.declare.polymorphic import polymorphic
from snap_builder.declare.position import position
from snap_builder.declare.primary import primary
from snap_builder.declare.references import Meeting, pairs, ref
from snap_builder.declare.text import text

__all__ = [
    "Dataset",
    "Meeting",
    "OwnRows",
    "Table",
    "after",
    "array",
    "average_of",
    "between",
    "booking",
    "branch",
    "case",
    "choice",
    "copy",
    "count_of",
    "document",
    "duration",
    "during",
    "first_of",
    "formula",
    "histogram",
    "integer",
    "items",
    "joint",
    "last_of",
    "lifecycle",
    "lognormal",
    "longest",
    "made_by",
    "maybe",
    "moment",
    "money",
    "normal",
    "pairs",
    "pattern",
    "polymorphic",
    "position",
    "primary",
    "quantiles",
    "ref",
    "spread",
    "sum_of",
    "text",
    "uniform",
    "weights",
    "zipf",
]
