"""Points in time as microseconds since 1970, UTC, spread over a span. Integers only."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np

from snap_builder.engine.streams import Bits, Ints, below

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

# How many of a day's moments fall into each local hour: quiet nights, a lunch bump, a long evening.
WAKING = (6, 3, 2, 1, 1, 3, 10, 22, 30, 30, 32, 42, 55, 44, 34, 36, 46, 70, 95, 110, 112, 92, 55, 22)


def midnight(day: str) -> int:
    """Return 00:00 UTC of an ISO date in microseconds since 1970. Raise ValueError."""
    return int(datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).timestamp()) * SECOND


def spread(bits: Bits, low: Ints, high: Ints) -> Ints:
    """Return moments spread evenly over [low, high). Each span is at least a second and at most 68 years."""
    seconds = (high - low) // SECOND
    return low + below(bits, seconds) * SECOND + below(bits << np.uint64(32), SECOND)
