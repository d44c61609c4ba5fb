"""The words for edge cases: values of single rows that a declaration names."""

from __future__ import annotations

from dataclasses import dataclass

from snap_builder.declare.checked import Positive, word

NUMBER = 1  # version of the values of longest() and standard_edges=: part of a dataset's revision, like a word's number


@dataclass(frozen=True, slots=True, kw_only=True)
class Longest:
    """The longest text that a column can hold, or `most` characters if nothing limits it."""

    most: int


@word
def longest(most: Positive = 1_000) -> Longest:
    """Return the longest text of a column, for `edges` of a table: `{"longest name": {"name": longest()}}`.

    It has as many characters as the column's type and its CHECKs allow, but at most `most`.

    Guarantees: no text of the column can be longer, if the bound is `most` or less. Owns: its column in one row.
    Costs: nothing. Refuses: columns that hold no text, and columns whose CHECKs ask for values or a pattern.

    Example:
        Table("users", 300, edges={"longest name": {"name": longest(80)}})
    """
    return Longest(most=most)
