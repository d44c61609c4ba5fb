"""The words for edge cases: values of single rows that a declaration names."""

from __future__ import annotations

from dataclasses import dataclass

from snap_builder.declare.checked import Positive, word

NUMBER = 1  # of the values of longest() and of standard_edges=: part of a dataset's revision, as that of a word


@dataclass(frozen=True, slots=True, kw_only=True)
class Longest:
    """The longest text that a column can hold; of `most` characters where nothing bounds it."""

    most: int


@word
def longest(most: Positive = 1_000) -> Longest:
    """Return the longest text of a column, for `edges` of a table: `{"longest name": {"name": longest()}}`.

    It has as many characters as the column's type and its CHECKs allow, and `most` where they allow more.

    Guarantees: no text of the column can be longer, where the bound is `most` or less. Owns: its column in one row.
    Costs: nothing. Refuses: columns that hold no text, and those whose CHECKs ask for values or a pattern.

    Example:
        Table("users", 300, edges={"longest name": {"name": longest(80)}})
    """
    return Longest(most=most)
