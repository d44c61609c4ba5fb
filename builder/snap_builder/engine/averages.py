"""Averages of whole numbers, without floats."""

from __future__ import annotations

import numpy as np

from snap_builder.engine.columns import NEVER
from snap_builder.engine.streams import Ints


def averages(sums: Ints, counts: Ints, more: int) -> Ints:
    """Return sums over counts with `more` decimals than the sums have, rounded half away from zero; shape (rows,).

    `more` may be below 0. Where nothing is counted there is no average: NEVER. No product passes 63 bits where the
    average itself does not.
    """
    whole = np.maximum(counts, 1) * 10 ** max(-more, 0)
    quotient, rest = np.divmod(np.abs(sums), whole)
    finer = rest * 10 ** max(more, 0)
    rounded = quotient * 10 ** max(more, 0) + (2 * finer + whole) // (2 * whole)
    return np.where(counts == 0, NEVER, np.sign(sums) * rounded)
