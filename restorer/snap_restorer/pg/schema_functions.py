"""Functions that schema SQL defines, and the statements that would run them while the schema is created. Pure.

Postgres evaluates some expressions even without rows: bounds of partitions, constants in the expressions of indexes and
CHECKs, defaults of added columns. Postgres also runs a foreign-data wrapper's validator at once. Calls are recognised
in the text by the function's name only, so a table's column with that name before a parenthesis is taken for a call.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import pairwise

from snap_restorer.pg.scanner import WORD, Statement

# These only store their expressions, which are evaluated once somebody uses the object.
_STORES = re.compile(
    r"""(?:
    CREATE\ (?:OR\ REPLACE\ )?(?:
        FUNCTION | PROCEDURE | AGGREGATE | VIEW | (?:CONSTRAINT\ )?TRIGGER | RULE | POLICY | MATERIALIZED\ VIEW
    )
    | ALTER\ (?:FUNCTION | PROCEDURE | AGGREGATE | VIEW | MATERIALIZED\ VIEW | TRIGGER | POLICY)
    | COMMENT | SECURITY | REVOKE | SET | SELECT
    )\ """,
    re.VERBOSE,
)
_FUNCTION = re.compile(r"CREATE (?:OR REPLACE )?FUNCTION ")
_NAMED = re.compile(r"CREATE (?:(?:UNLOGGED |FOREIGN )?TABLE|(?:UNIQUE )?INDEX) ")  # the first ( follows no function
_USES = frozenset({"ACCESS", "CAST", "CONVERSION", "OPERATOR", "TEXT", "TRANSFORM", "TYPE"})  # functions without a call
_WORD = re.compile(WORD)
_SHORTEST_CUT = 60  # bytes: Postgres cuts names at 63, and no character in two
_LITERAL = r"(?:-\ )?(?:[\d.]+|N?'(?:[^']|'')*'|MINVALUE|MAXVALUE|NULL|TRUE|FALSE)"
_BOUND = re.compile(  # possibly followed by the partition's own partitioning
    rf"""(?:
    IN\ \(\ {_LITERAL}\ (?:,\ {_LITERAL}\ )*\)
    | FROM\ \(\ {_LITERAL}\ (?:,\ {_LITERAL}\ )*\)\ TO\ \(\ {_LITERAL}\ (?:,\ {_LITERAL}\ )*\)
    | WITH\ \(\ MODULUS\ \d+\ ,\ REMAINDER\ \d+\ \)
    )\ (?:(?:PARTITION|USING|TABLESPACE|WITH)\b.*)?""",
    re.VERBOSE | re.DOTALL,
)
_CONSTRAINTS = frozenset({"CONSTRAINT", "CHECK", "PRIMARY", "UNIQUE", "FOREIGN", "EXCLUDE", "NOT", "GENERATED"})


def defined_functions(statements: Iterable[Statement]) -> frozenset[str]:
    """Return the names of the functions that these statements define, except trigger functions."""
    return frozenset(
        name_in(tokens[tokens.index("(") - 1])
        for tokens in (statement.tokens for statement in statements)
        if _FUNCTION.match(_head(tokens)) and "(" in tokens and not _returns_trigger(tokens)
    )


def runs_code(statement: Statement, functions: Collection[str]) -> bool:
    """Return whether executing a statement may run one of these functions, or evaluate an expression with any other."""
    tokens, head = statement.tokens, _head(statement.tokens)
    if _STORES.match(head):
        return False
    if _has_computed_bound(tokens) or _adds_computed_column(tokens):
        return True
    skipped = tokens.index("(") - 1 if _NAMED.match(head) and "(" in tokens else -1
    uses = tokens[1:2] != () and (tokens[1] in _USES or head.startswith("CREATE FOREIGN DATA "))
    for place, token in enumerate(tokens):
        if token[:3].upper() == 'U&"':
            return True  # an encoded name, which is not read here
        if place == skipped or name_in(token) not in functions:
            continue
        if uses or (tokens[place + 1 : place + 2] == ("(",) and not _is_referenced(tokens, place)):
            return True
        if tokens[max(0, place - 2) : place] == (")", "."):  # (value).function
            return True
    return False


def _head(tokens: tuple[str, ...]) -> str:
    return " ".join(tokens[:6]) + " "


def name_in(token: str) -> str:
    """Return the name that a word or a quoted name stands for, in the form of `alike`, or "" for other tokens."""
    if token.startswith('"'):
        return alike(token[1:-1].replace('""', '"'))
    return alike(token) if _WORD.fullmatch(token) else ""


def alike(name: str) -> str:
    """Return one text for all names that a server may consider equal.

    The case of a letter beyond ASCII, and the length at which a long name is cut, depend on the server's encoding.
    """
    folded = name.upper().casefold()
    return folded if name.isascii() and len(name) < _SHORTEST_CUT else folded[:15]


def _returns_trigger(tokens: tuple[str, ...]) -> bool:
    at = tokens.index("RETURNS") if "RETURNS" in tokens else len(tokens)
    returned = tokens[at + 1 : at + 4]
    return returned[:1] == ("TRIGGER",) or returned == ("PG_CATALOG", ".", "TRIGGER")


def _is_referenced(tokens: tuple[str, ...], place: int) -> bool:
    """Return whether the name at a position is a table after REFERENCES."""
    while tokens[place - 1 : place] == (".",):
        place -= 2
    return tokens[place - 1 : place] == ("REFERENCES",)


def _has_computed_bound(tokens: tuple[str, ...]) -> bool:
    """Return whether a partition's bound is more than literals, since Postgres evaluates it at once."""
    starts = [at + 2 for at in range(len(tokens)) if tokens[at : at + 2] == ("FOR", "VALUES")]
    return any(not _BOUND.fullmatch(" ".join(tokens[start:]) + " ") for start in starts)


def _adds_computed_column(tokens: tuple[str, ...]) -> bool:
    """Return whether ALTER TABLE adds a column with a default, which is evaluated once for the existing rows."""
    if tokens[:2] != ("ALTER", "TABLE") or "DEFAULT" not in tokens:
        return False
    return any(written == "ADD" and following not in _CONSTRAINTS for written, following in pairwise(tokens))
