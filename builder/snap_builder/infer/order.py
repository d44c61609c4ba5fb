"""Order two columns by a CHECK: leave room for the later one, and report orders that cannot be kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from snap.schema import Check
from snap.types import Type
from snap_builder.declare.maker import MOMENTS, NUMBERS, Maker
from snap_builder.declare.moments import Moment
from snap_builder.declare.periods import After, During
from snap_builder.engine.calendar import DAY
from snap_builder.infer.checks import Bounds


def leave_room(bounds: dict[str, Bounds], kinds: Mapping[str, Type], steps: Mapping[str, Decimal]) -> None:
    """Lower the upper bound of a number that must be below another number, so that the other has room above it."""
    for name, bound in list(bounds.items()):
        if bound.after is not None and bound.high is not None and kinds[name].logical in NUMBERS:
            first = bounds.get(bound.after, Bounds())
            bounds[bound.after] = first.within(None, bound.high - steps[name])


def leave_day(makers: dict[str, Maker], bounds: Mapping[str, Bounds]) -> None:
    """End a day's period one day earlier where another day must come after it, so that both begin before as-of."""
    for bound in bounds.values():
        first = makers.get(bound.after or "")
        if bound.strictly and isinstance(first, Moment) and isinstance(first.when, During) and first.when.end == 0:
            makers[bound.after or ""] = replace(first, when=replace(first.when, end=-DAY))


def unordered(bounds: Mapping[str, Bounds], kinds: Mapping[str, Type]) -> Iterator[Check]:
    """Yield the CHECKs that order columns other than numbers and moments, because no word keeps such an order."""
    for name, bound in bounds.items():
        if bound.after is not None and kinds[name].logical not in (*NUMBERS, *MOMENTS):
            yield Check(columns=(bound.after, name), sql=f"CHECK ({bound.after} <= {name})")


def as_far(maker: Maker, declared: Mapping[str, Maker | None]) -> Maker:
    """Return a maker of moments that may lie after as-of as far as the declared moments that they follow."""
    if not isinstance(maker, Moment) or not isinstance(maker.when, After):
        return maker
    before = [declared.get(path) for path in maker.when.paths]
    furthest = max((each.furthest for each in before if isinstance(each, Moment)), default=0)
    return replace(maker, upto=furthest + DAY) if furthest else maker
