"""Averages of whole numbers, without floats."""

from __future__ import annotations

import numpy as np

from snap_builder.engine.columns import NEVER
from snap_builder.engine.streams import Ints


def averages(sums: Ints, counts: Ints, more: int) -> Ints:
    """Return sums divided by counts, rounded half away from zero. The shape is (rows,).

    Averages have `more` decimals than the sums; `more` may be below 0. A count of 0 gives NEVER. No product passes 63
    bits unless the average itself does.
    """
    whole = np.maximum(counts, 1) * 10 ** max(-more, 0)
    quotient, rest = np.divmod(np.abs(sums), whole)
    finer = rest * 10 ** max(more, 0)
    rounded = quotient * 10 ** max(more, 0) + (2 * finer + whole) // (2 * whole)
    return np.where(counts == 0, NEVER, np.sign(sums) * rounded)
