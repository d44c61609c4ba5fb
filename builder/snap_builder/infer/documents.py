"""Infer JSON documents and arrays by names and CHECKs of columns: settings, metadata, payloads, tags."""

from __future__ import annotations

import re
from collections.abc import Mapping

from snap_builder.declare import array, choice, document, integer, items, maybe
from snap_builder.declare.keys import Constant
from snap_builder.declare.maker import Maker
from snap_builder.infer.checks import Bounds
from snap_builder.infer.names import spoken

_EMPTY_PERCENT = 20  # percentage of NULL if the column is nullable
_MORE = 2  # the most elements that a list has beyond the fewest

_YES: Mapping[object, int] = {True: 75, False: 25}
_TAGS = choice(new=6, popular=4, sale=3, limited=2, seasonal=1)
_SETTINGS: Mapping[str, object] = {
    "theme": choice(light=50, dark=35, system=15),
    "language": choice(en=60, es=20, de=10, fr=10),
    "notifications": {"email": choice(_YES), "push": choice(_YES), "digest": maybe(30, choice(daily=1, weekly=3))},
    "page_size": maybe(40, choice({10: 2, 25: 5, 50: 2, 100: 1})),
}
_METADATA: Mapping[str, object] = {
    "source": choice(web=55, mobile=30, api=10, imported=5),
    "version": integer(1, 5),
    "tags": items(0, 3, _TAGS, weights=[4, 3, 2, 1], distinct=True),
    "campaign": maybe(20, "{word|lower}-{##}"),
}
_PAYLOAD: Mapping[str, object] = {
    "id": "evt_{n}",
    "type": choice(created=50, updated=40, deleted=10),
    "attempt": choice({1: 85, 2: 10, 3: 5}),
    "changes": items(
        0, 3, {"field": choice(status=4, name=3, amount=2, owner=1), "to": "{word|lower}"}, weights=[3, 4, 2, 1]
    ),
}
_OBJECTS: tuple[tuple[str, Mapping[str, object]], ...] = (
    (r".*(settings?|preferences?|prefs|config|configuration|options)", _SETTINGS),
    (r".*(metadata|meta|properties|props|attributes|attrs)", _METADATA),
    (r".*(payload|event data)", _PAYLOAD),
)
_LABELS = re.compile(r".*(tags|labels|keywords)")


def document_for(name: str, bounds: Bounds, *, nullable: bool, held: bool) -> Maker | None:
    """Return a word for a JSON document by its column's name and CHECKs, or None if neither is recognised.

    The document is empty if the column is `held`: a key or a CHECK that was not read uses it.
    """
    if held:
        return None if bounds.document is None else Constant(value="[]" if bounds.document == "array" else "{}")
    words = spoken(name)
    none = _EMPTY_PERCENT if nullable else 0
    template = next((template for pattern, template in _OBJECTS if re.fullmatch(pattern, words)), None)
    if bounds.document == "array" or (bounds.document is None and _LABELS.fullmatch(words)):
        low, high = lengths(bounds)
        if template is not None:
            return document(items(low, high, template), none=none)
        if low or _LABELS.fullmatch(words):
            distinct = high <= len(_TAGS.constants)
            return document(items(low, high, _TAGS, distinct=distinct), none=none)
        return Constant(value="[]")
    if template is not None:
        return document(template, none=none)
    return Constant(value="{}") if bounds.document == "object" else None


def labels_for(name: str, bounds: Bounds, *, nullable: bool) -> Maker | None:
    """Return a word for an array of texts whose name stands for tags, or None for another name."""
    if _LABELS.fullmatch(spoken(name)) is None:
        return None
    low, high = lengths(bounds)
    return array(low, high, _TAGS, distinct=high <= len(_TAGS.constants), none=_EMPTY_PERCENT if nullable else 0)


def lengths(bounds: Bounds) -> tuple[int, int]:
    """Return the fewest and the most elements of a list, within the bounds of CHECKs."""
    high = bounds.shortest + _MORE
    return bounds.shortest, high if bounds.longest is None else min(high, bounds.longest)
