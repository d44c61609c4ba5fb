"""Infer texts by the DEFAULT of their column, if its form says more than the column's name: colours, times, URLs."""

from __future__ import annotations

import re

from snap_builder.declare import pattern
from snap_builder.declare.maker import Maker
from snap_builder.infer import names

# (form of a DEFAULT, regular expression of texts of that form)
_PATTERNS: tuple[tuple[str, str], ...] = (
    (r"#[0-9a-f]{3}", "#[0-9a-f]{3}"),
    (r"#[0-9A-F]{3}", "#[0-9A-F]{3}"),
    (r"#[0-9a-f]{6}", "#[0-9a-f]{6}"),
    (r"#[0-9A-F]{6}", "#[0-9A-F]{6}"),
    (r"#[0-9a-f]{8}", "#[0-9a-f]{8}"),
    (r"#[0-9A-F]{8}", "#[0-9A-F]{8}"),
    (r"[0-2]\d:[0-5]\d", "[01][0-9]:[0-5][0-9]"),
    (r"[0-2]\d:[0-5]\d:[0-5]\d", "[01][0-9]:[0-5][0-9]:[0-5][0-9]"),
    (r"\d{4}-\d\d-\d\d", "20[012][0-9]-0[1-9]-[012][1-8]"),
    (r"\d+\.\d+\.\d+", "[0-9]\\.[0-9]\\.[0-9]"),
    (r"v\d+\.\d+\.\d+", "v[0-9]\\.[0-9]\\.[0-9]"),
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}"),
)
# (form of a DEFAULT, name of a column with such texts)
_NAMED: tuple[tuple[str, str], ...] = (
    (r"https?://\S+", "url"),
    (r"[^\s@]+@[^\s@]+\.[a-z]+", "email"),
    (r"(application|audio|font|image|text|video)/[\w.+-]+", "mime type"),
    (r"(Africa|America|Asia|Atlantic|Australia|Europe|Pacific|Etc)/[\w/+-]+", "time zone"),
)


def text_by_default(default: str, *, room: int | None, rows: int, at_least: int) -> Maker | None:
    """Return a word for texts of the same form as a DEFAULT, or None for a form that says nothing.

    A text of the DEFAULT's own length fits, because the DEFAULT does. Others have `at_least` to `room` characters.
    """
    for form, regex in _PATTERNS:
        if re.fullmatch(form, default):
            return pattern(regex)
    name = next((name for form, name in _NAMED if re.fullmatch(form, default)), None)
    found = None if name is None else names.text_for(name, "", room=room, rows=rows, unique=False, at_least=at_least)
    return None if found is None else found[0]
