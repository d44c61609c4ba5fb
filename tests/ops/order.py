"""Check the order of parts in a text."""

from __future__ import annotations


def require_order(text: str, *parts: str) -> None:
    """Raise AssertionError if the text lacks one of the parts or has them in another order."""
    places = [text.find(part) for part in parts]
    assert -1 not in places, parts[places.index(-1)]
    assert places == sorted(places), parts
