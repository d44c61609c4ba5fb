"""Decide which statements of schema SQL wait until the rows are loaded, by their kind as in pg_dump's sections. Pure.

Indexes, keys, foreign keys, added CHECKs, triggers, rules and policies wait. A statement that may need one of these
objects waits, too, if no row is loaded into the object that it creates: a view, a function, a comment. Any other
statement that may need one of them ends the wait of everything before it. So where kinds do not decide the order, the
order of the text does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from snap_restorer.pg.scanner import Statement, outer_tokens

_INDEX = re.compile(r"(?:CREATE (?:UNIQUE )?INDEX|ALTER INDEX|COMMENT ON INDEX) ")
_LATE = re.compile(
    r"""(?:
    CREATE\ (?:(?:OR\ REPLACE\ )?(?:(?:CONSTRAINT\ )?TRIGGER | RULE) | EVENT\ TRIGGER | POLICY | STATISTICS)
    | ALTER\ (?:TRIGGER | EVENT\ TRIGGER | RULE | POLICY | STATISTICS)
    | COMMENT\ ON\ (?:CONSTRAINT | TRIGGER | EVENT\ TRIGGER | RULE | POLICY | STATISTICS)
    | REFRESH\ MATERIALIZED\ VIEW
    )\ """,
    re.VERBOSE,
)
_MOVABLE = re.compile(  # no row is loaded into these
    r"""(?:
    CREATE\ (?:OR\ REPLACE\ )?(?:(?:RECURSIVE\ )?VIEW | FUNCTION | PROCEDURE | AGGREGATE)
    | CREATE\ MATERIALIZED\ VIEW
    | ALTER\ (?:VIEW | MATERIALIZED\ VIEW | FUNCTION | PROCEDURE | AGGREGATE)
    | COMMENT\ ON | SECURITY\ LABEL | GRANT | REVOKE
    )\ """,
    re.VERBOSE,
)
_INDEPENDENT = re.compile(  # these need no index, constraint, trigger, rule or policy
    r"""(?:
    CREATE\ (?:
        (?:UNLOGGED\ |FOREIGN\ )?TABLE | TYPE | DOMAIN | SCHEMA | SEQUENCE | EXTENSION | COLLATION | CONVERSION | CAST
        | TEXT\ SEARCH | SERVER | FOREIGN\ DATA\ WRAPPER | TRANSFORM | OPERATOR | ACCESS\ METHOD
        | (?:RECURSIVE\ )?VIEW | MATERIALIZED\ VIEW | (?:OR\ REPLACE\ )?(?:FUNCTION | PROCEDURE | AGGREGATE)
    )
    | COMMENT\ ON | SECURITY\ LABEL | GRANT | REVOKE
    )\ """,
    re.VERBOSE,
)
_RESTING = re.compile(  # these evaluate nothing while rows are loaded
    r"(?:CREATE (?:OR REPLACE )?(?:CONSTRAINT )?TRIGGER|CREATE POLICY|ALTER (?:TRIGGER|POLICY)|COMMENT ON) "
)
_NEEDING = frozenset({"ATOMIC", "CONFLICT", "GROUP", "INHERITS", "OF", "REFERENCES"})
_KEYS = frozenset({"EXCLUDE", "PRIMARY", "UNIQUE"})
_CONSTRAINTS = frozenset({"CHECK", "FOREIGN", "NOT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """The statements that run before the rows are loaded, and those that run after. Both hold every setting."""

    pre: tuple[Statement, ...]
    post: tuple[Statement, ...]


def sections(statements: Iterable[Statement], *, indexes: bool = True) -> Sections:
    """Return the statements that run before the rows, and those after. `indexes`: indexes and keys wait too."""
    every = tuple(statements)
    waiting: list[int] = []
    named = False  # a statement of any kind may need a waiting statement
    for place, statement in enumerate(every):
        tokens = statement.tokens
        if _is_setting(tokens):
            continue
        if _is_late(tokens, indexes=indexes):
            waiting.append(place)
        elif waiting and (named or not _is_independent(tokens)):
            named = bool(_MOVABLE.match(_head(tokens)))
            waiting = [*waiting, place] if named else []
    post = frozenset(waiting)
    return Sections(
        pre=tuple(statement for place, statement in enumerate(every) if place not in post),
        post=tuple(s for place, s in enumerate(every) if post and (place in post or _is_setting(s.tokens))),
    )


def evaluated(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """Return the statements of a section that may evaluate an expression over rows, with the settings.

    If none may, return (). Triggers, policies and comments are left out, since no other statement needs them.
    """
    kept = tuple(s for s in statements if not (_RESTING.match(_head(s.tokens)) or _switches(s.tokens)))
    return kept if any(not _is_setting(statement.tokens) for statement in kept) else ()


def _switches(tokens: tuple[str, ...]) -> bool:
    """Return whether a statement only enables or disables triggers and rules."""
    return tokens[:2] == ("ALTER", "TABLE") and all(a[:1] in {("ENABLE",), ("DISABLE",)} for a in _actions(tokens))


def _is_setting(tokens: tuple[str, ...]) -> bool:
    """Return whether a statement only changes how other statements are read or run, so that both sections need it."""
    return tokens[0] in {"SET", "RESET"} or (tokens[0] == "SELECT" and "SET_CONFIG" in tokens[1:4])


def _is_late(tokens: tuple[str, ...], *, indexes: bool) -> bool:
    """Return whether rows can be loaded without the object that a statement creates."""
    head = _head(tokens)
    if _LATE.match(head):
        return True
    if _INDEX.match(head):
        return indexes
    if tokens[:2] in {("ALTER", "TABLE"), ("ALTER", "DOMAIN")}:
        actions = tuple(_actions(tokens))
        return all(_is_late_action(action, indexes=indexes) for action in actions)
    return False


def _is_late_action(action: tuple[str, ...], *, indexes: bool) -> bool:
    """Return whether an action of ALTER TABLE or ALTER DOMAIN only concerns constraints, triggers or marks."""
    match action:
        case ("ADD", "CONSTRAINT", _, kind, *_):
            return kind in _CONSTRAINTS or indexes
        case ("ADD", "EXCLUDE", following, *_):
            return indexes and following in {"USING", ")"}
        case ("ADD", kind, *_):
            return kind in _CONSTRAINTS or (kind in _KEYS and indexes)
        case ("VALIDATE", "CONSTRAINT", *_) | ("ALTER", "CONSTRAINT", *_):
            return True
        case ("ENABLE" | "DISABLE", "TRIGGER" | "RULE", *_) | ("ENABLE", "REPLICA" | "ALWAYS", *_):
            return True
        case ("CLUSTER", "ON", *_) | ("REPLICA", "IDENTITY", "USING", *_):
            return indexes
    return False


def _is_independent(tokens: tuple[str, ...]) -> bool:
    """Return whether a statement certainly needs nothing that waits."""
    if _is_late(tokens, indexes=True):
        return True  # an index or a key that does not wait
    if tokens[:2] == ("ALTER", "TABLE"):
        return all(a[-3:] == ("ROW", "LEVEL", "SECURITY") or a[:2] == ("OWNER", "TO") for a in _actions(tokens))
    if not _INDEPENDENT.match(_head(tokens)) or not _NEEDING.isdisjoint(tokens):
        return False
    table = "TABLE" in tokens[1:3]
    # These need the rows of another table, or its indexes and constraints.
    return not (
        table and ("AS" in outer_tokens(tokens) or any(a in {"(", ","} and b == "LIKE" for a, b in pairwise(tokens)))
    )


def _actions(tokens: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the actions of ALTER TABLE or ALTER DOMAIN, without parts in parentheses."""
    rest = outer_tokens(tokens[2:])
    for word in ("IF", "EXISTS", "ONLY"):
        rest = rest[rest[:1] == (word,) :]
    while rest[1:2] == (".",):
        rest = rest[2:]
    rest = rest[1:]
    rest = rest[rest[:1] == ("*",) :]
    while "," in rest:
        comma = rest.index(",")
        yield rest[:comma]
        rest = rest[comma + 1 :]
    yield rest


def _head(tokens: tuple[str, ...]) -> str:
    return " ".join(tokens[:6]) + " "
