"""Read the cache hit rate from an answer of the nutrition function, in any of its number formats. Pure."""

from __future__ import annotations

import math
import re
from typing import Any

_PERCENT = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*(%?)")


def counted(performance: Any, lookups: int) -> tuple[float, float] | str:
    """Return the hits and misses of `cache_performance`, or a text that says what is wrong with it.

    Without both counts, its hit_rate says which share of the `lookups` were hits.
    """
    if not isinstance(performance, dict):
        return "the answer has no cache_performance"
    hits, misses, rate = (performance.get(name) for name in ("hits", "misses", "hit_rate"))
    if hits is None and misses is None and rate is not None:
        share = share_of(rate)
        return (
            "hit_rate of cache_performance is no share" if share is None else (share * lookups, (1 - share) * lookups)
        )
    counts = _count(hits), _count(misses)
    if counts[0] is None or counts[1] is None:
        return "cache_performance lacks hits and misses, or they are no counts"
    return counts[0], counts[1]


def share_of(rate: Any) -> float | None:
    """Return a rate as a share from 0 to 1: for 0.933, 93.3, "93.3%", "93.3" or "0.933". None for anything else.

    A number of 1 or less is a share, unless it is written with a percent sign.
    """
    if isinstance(rate, str):
        match = _PERCENT.fullmatch(rate.strip())
        if match is None:
            return None
        number, percent = float(match[1].replace(",", ".")), bool(match[2])
    elif isinstance(rate, int | float) and not isinstance(rate, bool) and math.isfinite(rate):
        number, percent = float(rate), False
    else:
        return None
    share = number / 100 if percent or number > 1 else number
    return share if 0 <= share <= 1 else None


def _count(value: Any) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}", value.strip()):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
