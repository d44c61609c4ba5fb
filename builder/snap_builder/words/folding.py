"""Fold texts to letters and digits of ASCII, for e-mail addresses and slugs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

# Letters that Unicode does not decompose into a plain letter and a mark.
_LETTERS = (
    ("ß", "ss"),
    ("æ", "ae"),
    ("œ", "oe"),
    ("ø", "o"),
    ("ł", "l"),
    ("đ", "d"),
    ("ð", "d"),
    ("þ", "th"),
    ("ı", "i"),
)


def ascii_of(texts: pa.StringArray) -> pa.StringArray:
    """Return texts in lower case and without accents, reduced to a-z and 0-9."""
    return pc.replace_substring_regex(_plain(texts), "[^a-z0-9]+", "")


def slug_of(texts: pa.StringArray) -> pa.StringArray:
    """Return texts as `ascii_of` does, but with a hyphen in place of the characters between words."""
    apart = pc.replace_substring_regex(pc.replace_substring_regex(_plain(texts), "['’]", ""), "[^a-z0-9]+", "-")
    return pc.utf8_trim(apart, "-")


# The forms of a word in a template, such as `{first|lower}`.
FORMS: Mapping[str, Callable[[pa.StringArray], pa.StringArray]] = {
    "": lambda texts: texts,
    "lower": pc.utf8_lower,
    "ascii": ascii_of,
    "slug": slug_of,
}


def _plain(texts: pa.StringArray) -> pa.StringArray:
    """Return texts in lower case without accents."""
    lower = pc.utf8_lower(texts)
    for letter, plain in _LETTERS:
        lower = pc.replace_substring(lower, letter, plain)
    return pc.replace_substring_regex(pc.utf8_normalize(lower, form="NFKD"), r"\p{M}+", "")
