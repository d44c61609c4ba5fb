"""What the server says of an error: all of it for the terminal of who asked, and without rows for what leaves.

Only texts of the server about its own objects leave: messages of the classes below, and their DETAIL. Everything else
may quote values: DETAIL of a violated constraint, messages about values (class 22), whatever code in the database
raises, and CONTEXT, which holds the line that COPY read. Such a message leaves as the name of its SQLSTATE.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import psycopg

# Connections, features, transactions, roles, names, resources and limits. Class 23 names constraints, its DETAIL rows.
_OBJECTS = frozenset(
    {"08", "0A", "0L", "0P", "25", "28", "2B", "3D", "3F", "40", "42", "53", "54", "55", "57", "58", "F0"}
)
_CONSTRAINTS = "23"
_RAISED = "exec_stmt_raise"  # PL/pgSQL's RAISE, which may give any SQLSTATE


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerWords:
    """What the server said. `whole` is all of it on one line; `reported` and `hint` quote no row."""

    message: str
    detail: str
    whole: str
    reported: str
    hint: str


def words(error: psycopg.Error) -> ServerWords:
    """Return what `error` says. Where psycopg itself raised it, that is its text."""
    said, state = error.diag, error.sqlstate or ""
    detail, context = _line(said.message_detail), _line(said.context)
    message = _line(said.message_primary) or _line(str(error))
    if not said.message_primary:  # a lost connection, or a value that psycopg cannot read or write, which it quotes
        reported = type(error).__name__ if isinstance(error, psycopg.DataError) else message
    elif said.source_function == _RAISED or state[:2] not in {*_OBJECTS, _CONSTRAINTS}:
        reported = named(state)
    else:
        reported = f"{message} ({detail})" if detail and state[:2] in _OBJECTS else message
    return ServerWords(
        message=message,
        detail=detail,
        whole=" ".join((message, *(f"({more})" for more in (detail, context) if more))),
        reported=reported,
        hint=_line(said.message_hint) if reported.startswith(message) else "",
    )


def reported(state: str, text: str) -> str:
    """Return a text of which only the SQLSTATE is known, without what may quote rows."""
    return text if not state or state[:2] in _OBJECTS else named(state)


def named(state: str) -> str:
    """Return what a SQLSTATE means, in words."""
    try:
        name = psycopg.errors.lookup(state).__name__
    except KeyError:  # of the database's own code
        return f"error {state}"
    return f"{re.sub(r'(?<=[a-z])(?=[A-Z])', ' ', name).lower()} ({state})"


def _line(text: str | None) -> str:
    return " ".join((text or "").split())
