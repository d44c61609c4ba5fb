"""Provide rows as functions of `made_by` see them, with values that the test gives for each path."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from snap_builder.engine.calendar import midnight
from snap_builder.engine.columns import NEVER
from snap_builder.engine.streams import Bits, Ints, Seeds


class GivenRows:
    """The rows [start, stop) of a table. `given` has one value for each path, or one for each row and path."""

    NULL = NEVER
    as_of = midnight("2026-11-01")

    def __init__(self, stop: int, given: dict[str, Any] | None = None, *, start: int = 0, seed: int = 1) -> None:
        self.start, self.stop, self._given = start, stop, given or {}
        self._seeds = Seeds(seed, "rows")

    @property
    def numbers(self) -> Ints:
        return np.arange(self.start, self.stop)

    def bits(self, purpose: str) -> Bits:
        return self._seeds.bits(purpose, self.start, self.stop)

    def wide(self, purpose: str, width: int) -> Bits:
        return self._seeds.wide(purpose, self.start, self.stop, width)

    def integers(self, path: str) -> Ints:
        return np.broadcast_to(np.asarray(self._given[path], np.int64), (self.stop - self.start,)).copy()

    def texts(self, path: str) -> pa.StringArray:
        value = self._given[path]
        return pa.array([value] * (self.stop - self.start) if isinstance(value, str) else value, pa.string())
