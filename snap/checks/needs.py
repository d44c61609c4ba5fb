"""Find the prelude statements that rules need, which create the tables, views and variables that the rules name. Pure.

A name counts if it is a word outside string literals, or the argument of getvariable('name'). A statement whose name is
also a column's name may be run without need, which costs time and changes no result.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from snap.checks.rules import Statement

_MADE = re.compile(
    r"\s*(?:CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP(?:ORARY)?\s+)?(?:TABLE|VIEW|MACRO|FUNCTION|TYPE)"
    r"(?:\s+IF\s+NOT\s+EXISTS)?|SET\s+VARIABLE)\s+\"?(\w+)",
    re.IGNORECASE,
)
# What comes between that name and the query or the expression that something is created from.
_BEFORE = re.compile(r".*?(?:\bAS\b|=)\s*(?:TABLE\s+(?=SELECT|WITH|FROM)|ENUM\s*(?=\())?", re.IGNORECASE | re.DOTALL)
_LITERAL = re.compile(r"getvariable\(\s*'(\w+)'\s*\)|'(?:[^']|'')*'|--[^\n]*")


def made_by(statement: Statement) -> str:
    """Return the name that a statement creates, or the statement's own name if its SQL does not tell."""
    match = _MADE.match(statement.sql)
    return (match[1] if match else statement.name).lower()


def query_of(statement: Statement) -> str:
    """Return the query or the expression of a statement that creates something."""
    match = _MADE.match(statement.sql)
    return _BEFORE.sub("", statement.sql[match.end() if match else 0 :], count=1)


def words(sql: str) -> set[str]:
    """Return the words of some SQL that can be names."""
    return set(re.findall(r"\w+", _LITERAL.sub(lambda match: f" {match[1] or ''} ", sql).lower()))


def needed(statements: Sequence[Statement], asked: Iterable[str], given: Collection[str] = ()) -> list[Statement]:
    """Return the statements that the SQL texts in `asked` need directly or indirectly, in their original order.

    A statement is needed if a text or another needed statement names what it creates. Statements that create the names
    in `given` are left out, because these exist already.
    """
    wanted, found = set[str](), list[Statement]()
    for sql in asked:
        wanted |= words(sql)
    for statement in reversed(statements):
        if made_by(statement) in wanted and made_by(statement) not in given:
            found.append(statement)
            wanted |= words(statement.sql)
    return found[::-1]


def dependent(statements: Iterable[Statement], tables: Iterable[str]) -> list[Statement]:
    """Return the statements that read one of the `tables`, directly or through another of the statements.

    A statement that contains any word of a table's name counts as reading that table. If a table's name has no letter
    or digit, all statements are returned.
    """
    parts = [re.findall(r"\w+", table.lower()) for table in tables]
    nameless, names, found = not all(parts), {word for each in parts for word in each}, []
    for statement in statements:
        if nameless or names & words(statement.sql):
            names.add(made_by(statement))
            found.append(statement)
    return found
