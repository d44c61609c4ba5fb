"""Place moments at visits: times at which the rows of a parent, from several tables, lie close together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snap.errors import UsageError
from snap_builder.declare.local_time import LocalTime
from snap_builder.declare.maker import NULL, Rows
from snap_builder.declare.periods import parse_span
from snap_builder.engine.calendar import SECOND
from snap_builder.engine.curves import part_of
from snap_builder.engine.streams import Ints
from snap_builder.engine.visits import Spans

_STEPS = (0, 1, -1)  # the row's own span, the next one, the previous one


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """Visits of the parent that `by` names: one in each span of `every`, with all its rows `within` a time.

    Lengths are in microseconds.
    """

    by: str
    every: int
    within: int

    def gathered(self, rows: Rows, own: Ints, begin: Ints, end: Ints, local: LocalTime | None) -> Ints:
        """Return the moments of rows at visits that lie from `begin` to before `end`.

        The rows' `own` moments choose the spans. A row keeps its own moment if it has no parent, or if no visit of its
        span, the next span or the previous span lies in that time.
        """
        parents = rows.integers(self.by)
        waiting = (parents != NULL) & (own != NULL)
        parent, moment = np.where(waiting, parents, 0), np.where(waiting, own, 0)
        stream = rows.seeds_of(self.by).stream(f"\0visits {self.every}")
        spans = Spans.of(stream, self.every, parent, moment)
        words = rows.seeds.bits(f"{rows.name}\0visit", rows.start, rows.stop)
        since = part_of(np.full(len(words), self.within), words)
        made, clocks = own, None if local is None else local.clocks(rows)
        for step in _STEPS:
            visit = spans.moved(step).visits(clocks)
            here = waiting & (visit >= begin) & (visit < end - since)
            made, waiting = np.where(here, visit + since, made), waiting & ~here
        return made


def visits_of(by: str, every: str, within: str, local: LocalTime | None) -> Visits:
    """Return the Visits for the option `visits`. The zone must be the parent's, so that all tables share the visits."""
    made = Visits(by=by, every=parse_span(every), within=parse_span(within))
    what = f"visits=({by!r}, {every!r}, {within!r})"
    if not SECOND <= made.within < made.every:
        raise UsageError(
            f"{what}: a visit has to last at least one second, and less than {every}",
            'write ("user_id", "9d", "25m")',
        )
    path = None if local is None else local.column
    if path is not None and not path.startswith((f"{by}.", f"{by.removesuffix('_id')}.")):
        raise UsageError(
            f"{what}, but zone= reads {path}, which may differ between the rows of one parent",
            f"write a path that begins with that reference, such as {by.removesuffix('_id')}.{path.rpartition('.')[2]}",
        )
    return made
