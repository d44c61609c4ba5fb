"""Find the columns for which no value meets all CHECKs, such as `x > 10 AND x < 5`. Their CHECKs are left to people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from snap.schema import Check
from snap.types import Logical, Type
from snap_builder.infer.checks import Bounds

_RANGES = {Logical.INT16: 2**15, Logical.INT32: 2**31, Logical.INT64: 2**63}


def set_aside(
    bounds: dict[str, Bounds], checks: Iterable[Check], kinds: Mapping[str, Type], as_of: str
) -> tuple[Check, ...]:
    """Remove the bounds that no value meets before as-of, and return the CHECKs of their columns."""
    impossible = {name for name, each in bounds.items() if name in kinds and not _possible(each, kinds[name], as_of)}
    for name in impossible:
        del bounds[name]
    return tuple(check for check in checks if not impossible.isdisjoint(check.columns))


def _possible(bounds: Bounds, kind: Type, as_of: str) -> bool:
    least, most = _range(kind)
    numbers = Bounds(low=least, high=most).within(bounds.low, bounds.high)
    if numbers.low > numbers.high or bounds.values == ():  # type: ignore[operator]
        return False
    if bounds.earliest is not None and bounds.earliest >= min(bounds.latest or as_of, as_of):
        return False
    longest = [each for each in (bounds.longest, kind.length) if each is not None]
    return bounds.shortest <= min(longest, default=bounds.shortest)


def _range(kind: Type) -> tuple[Decimal, Decimal]:
    """Return the least and the largest number of a type."""
    if kind.logical in _RANGES:
        return Decimal(-_RANGES[kind.logical]), Decimal(_RANGES[kind.logical] - 1)
    if kind.logical is Logical.DECIMAL and kind.precision is not None:
        largest = (10**kind.precision - 1) * Decimal(1).scaleb(-(kind.scale or 0))
        return -largest, largest
    return Decimal("-Infinity"), Decimal("Infinity")
