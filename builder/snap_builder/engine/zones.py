"""Time zones as tables of integers, from a committed file.

The zones of operating systems differ, and change with upgrades. The file holds the changes of the clocks from 1970 to
2037. Before and after, a zone keeps its offset at that end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from snap_builder.engine.streams import Ints

_FILE = "zones.txt"
_ALWAYS = -(2**40)  # seconds: before every moment that a type holds


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """A time zone: from `changes[i]` on, in seconds since 1970, its clocks are `ahead[i]` seconds ahead of UTC.

    Both have shape (changes,). The changes rise, and the first is before all moments.
    """

    changes: Ints
    ahead: Ints


def text() -> str:
    """Return the text of the zone file, which is part of the revision of the datasets that use a zone."""
    return (files("snap_builder.engine") / _FILE).read_text("utf-8")


@cache
def _rules() -> Mapping[str, str]:
    return dict(line.split(" ", 1) for line in text().splitlines()[1:])


def names() -> tuple[str, ...]:
    """Return the names of all zones, such as Europe/Berlin."""
    return tuple(_rules())


@cache
def zone(name: str) -> Zone:
    """Return a time zone by its name. Raise KeyError if there is none."""
    rules = _rules()[name]
    if rules.startswith("="):
        return zone(rules[1:])
    first, *changes = rules.split(" ")
    pairs = [(_ALWAYS, int(first)), *((int(when), int(ahead)) for when, ahead in (each.split(":") for each in changes))]
    return Zone(*np.array(pairs, np.int64).T.copy())
