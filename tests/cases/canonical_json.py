"""Make canonical JSON slowly from its definition, for texts that Postgres did not print."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def canonical_json(text: str) -> str:
    """Return a JSON text in canonical form, one value at a time.

    Keys are ordered by length in UTF-8, then by bytes. Of duplicate keys the last one wins. Separators are `": "` and
    `", "`.
    """
    return _dump(json.loads(text, parse_float=Decimal, parse_int=Decimal))


def _dump(value: Any) -> str:
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=lambda pair: (len(pair[0].encode()), pair[0].encode()))
        return "{" + ", ".join(f"{_quote(key)}: {_dump(item)}" for key, item in pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_dump, value)) + "]"
    if isinstance(value, Decimal):
        plain = format(value, "f")
        plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
        return "0" if plain == "-0" else plain
    if isinstance(value, str):
        return _quote(value)
    return {True: "true", False: "false", None: "null"}[value]


def _quote(text: str) -> str:
    # json.dumps escapes what Postgres does: the quote, the backslash, \b \f \n \r \t, and other controls as \u00xx;
    # both leave DEL as it is.
    return json.dumps(text, ensure_ascii=False)
