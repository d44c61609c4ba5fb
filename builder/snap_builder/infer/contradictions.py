"""Find the columns for which no value that can be made meets all CHECKs, such as `x > 10 AND x < 5`.

Their CHECKs are left to people.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from snap.schema import Check
from snap.types import Logical, Type
from snap_builder.declare.maker import LARGEST
from snap_builder.infer.checks import Bounds

WIDEST = 2**52  # the largest number that a curve makes, in the scale of its column
_FLOATS = 10**4  # floats have four decimals


def set_aside(
    bounds: dict[str, Bounds],
    checks: Iterable[Check],
    kinds: Mapping[str, Type],
    as_of: str,
    numbered: Collection[str],
) -> tuple[Check, ...]:
    """Remove the bounds that no value meets before as-of, and return the CHECKs of their columns.

    `numbered` are columns of keys: row numbers are no values of a curve, and may be larger.
    """
    impossible = {
        name
        for name, each in bounds.items()
        if name in kinds and not _possible(each, kinds[name], as_of, curved=name not in numbered)
    }
    for name in impossible:
        del bounds[name]
    return tuple(check for check in checks if not impossible.isdisjoint(check.columns))


def _possible(bounds: Bounds, kind: Type, as_of: str, *, curved: bool) -> bool:
    least, most = _range(kind, curved=curved)
    numbers = Bounds(low=least, high=most).within(bounds.low, bounds.high)
    if numbers.low > numbers.high or bounds.values == ():  # type: ignore[operator]
        return False
    if bounds.earliest is not None and bounds.earliest >= min(bounds.latest or as_of, as_of):
        return False
    longest = [each for each in (bounds.longest, kind.length) if each is not None]
    return bounds.shortest <= min(longest, default=bounds.shortest)


def _range(kind: Type, *, curved: bool) -> tuple[Decimal, Decimal]:
    """Return the least and the largest number of a type, or of a curve that makes numbers of the type."""
    if kind.logical in LARGEST:
        most = min(LARGEST[kind.logical], WIDEST) if curved else LARGEST[kind.logical]
        return Decimal(-most - 1), Decimal(most)
    if kind.logical in (Logical.FLOAT32, Logical.FLOAT64) and curved:
        return Decimal(-WIDEST // _FLOATS), Decimal(WIDEST // _FLOATS)
    if kind.logical is Logical.DECIMAL and kind.precision is not None:
        largest = (10**kind.precision - 1) * Decimal(1).scaleb(-(kind.scale or 0))
        return -largest, largest
    return Decimal("-Infinity"), Decimal("Infinity")
