"""Order rows and columns: by a CHECK, of which some orders cannot be kept, and by the moments since when rows exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from snap.schema import Check, Table
from snap.types import Type
from snap_builder.declare.maker import MOMENTS, NUMBERS, Maker
from snap_builder.declare.moments import Moment
from snap_builder.declare.periods import After, During
from snap_builder.engine.calendar import DAY
from snap_builder.infer.checks import Bounds, apart
from snap_builder.infer.names import began, first_moment
from snap_builder.infer.references import Inferred


def leave_room(bounds: dict[str, Bounds], kinds: Mapping[str, Type], steps: Mapping[str, Decimal]) -> None:
    """Lower the upper bound of a number that must be below another number, so that the other has room above it."""
    for name, bound in list(bounds.items()):
        if bound.after is not None and bound.high is not None and kinds[name].logical in NUMBERS:
            first = bounds.get(bound.after, Bounds())
            bounds[bound.after] = first.within(None, bound.high - steps[name])


def leave_day(makers: dict[str, Maker], bounds: Mapping[str, Bounds]) -> None:
    """End a day's period one day earlier where another day must come after it, so that both begin before as-of."""
    for bound in bounds.values():
        name = bound.after or ""
        first = makers.get(name)
        if not bound.strictly or not isinstance(first, Moment) or first.furthest:
            continue
        if isinstance(first.when, During) and first.when.end == 0:
            makers[name] = replace(first, when=replace(first.when, end=-DAY))
        elif isinstance(first.when, After):
            makers[name] = replace(first, upto=-DAY)


def since(
    inferred: Inferred, table: Table, declared: Mapping[str, Maker | None], begun: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the paths over references that are never NULL to the moments since when the named rows exist."""
    paths, words = [], {**inferred.makers, **declared}
    for name, parent in inferred.parents.items():
        word = words.get(name)
        some = word is not None and (word.gives_null or (table.column(name).nullable and inferred.within.get(name)))
        if parent.label in begun and not some:
            paths.append(f"{name}.{begun[parent.label]}")
    return tuple(paths)


def since_when(table: Table, inferred: Inferred, makers: Mapping[str, Maker]) -> dict[str, str]:
    """Return the table's column of the moment since when a row exists, such as created_at, if it has one.

    The moment is never NULL, and before as-of.
    """
    moments = [c.name for c in table.stored if isinstance(makers.get(c.name), Moment)]
    name = first_moment(moments)
    maker = makers.get(name or "")
    if name is None or not began(name) or not isinstance(maker, Moment) or maker.furthest > 0 or maker.gives_null:
        return {}
    follows = table.column(name).nullable and maker.reads() and inferred.how.get(name) != "reference"
    return {} if follows else {table.label: name}


def unordered(bounds: Mapping[str, Bounds], kinds: Mapping[str, Type]) -> Iterator[Check]:
    """Yield the CHECKs that order columns other than numbers and moments, because no word keeps such an order."""
    for name, bound in bounds.items():
        if bound.after is not None and kinds[name].logical not in (*NUMBERS, *MOMENTS):
            yield Check(columns=(bound.after, name), sql=f"CHECK ({bound.after} <= {name})")


def names_earlier(table: Table, check: Check, inferred: Inferred) -> bool:
    """Return whether a CHECK says that a row does not reference itself: references lead to earlier rows."""
    asked = apart(check)
    own = {name for name, parent in inferred.parents.items() if parent.label == table.label}
    return (
        asked is not None
        and not asked.rising
        and len(own & {asked.left, asked.right}) == 1
        and table.primary_key in ((asked.left,), (asked.right,))
    )


def as_far(maker: Maker, declared: Mapping[str, Maker | None]) -> Maker:
    """Return a maker of moments that may lie after as-of as far as the declared moments that they follow."""
    if not isinstance(maker, Moment) or not isinstance(maker.when, After):
        return maker
    before = [declared.get(path) for path in maker.when.paths]
    furthest = max((each.furthest for each in before if isinstance(each, Moment)), default=0)
    return replace(maker, upto=furthest + DAY) if furthest else maker
