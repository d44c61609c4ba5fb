"""The beginnings of the comments by which snap recognises the databases that it makes for itself."""

from __future__ import annotations

TEMPLATE = "snap template"
COPY = "snap copy for tests"
CLONE = "snap clone"


def mark_of(comment: str | None) -> str:
    """Return the mark that a database's comment begins with, "" if snap did not write the comment."""
    return next((mark for mark in (TEMPLATE, COPY, CLONE) if (comment or "").startswith(mark)), "")
