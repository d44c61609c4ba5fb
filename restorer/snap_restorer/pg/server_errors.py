"""Texts for the server's errors: complete on the terminal, and without row values in reports that leave the machine.

Only the server's texts about its own objects leave: messages of the classes below, their DETAIL and HINT. Everything
else may quote values: DETAIL of a violated constraint, messages about values (class 22), errors that code in the
database raises, and CONTEXT, which holds the line that COPY read. Such a message is replaced by the name of its
SQLSTATE.

The server's HINT is the advice. Without one, snap gives its own if the SQLSTATE leaves no doubt about the cause.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import psycopg

from snap.errors import Option, TargetError

LOCK_HELD = "55P03"
# Connections, features, transactions, roles, names, resources and limits. Class 23 names constraints, its DETAIL rows.
_OBJECTS = frozenset(
    {"08", "0A", "0L", "0P", "25", "28", "2B", "3D", "3F", "40", "42", "53", "54", "55", "57", "58", "F0"}
)
_CONSTRAINTS = "23"
_ENDS = (".", ":", ";", ",", "?", "!")
_RAISED = "exec_stmt_raise"  # PL/pgSQL's RAISE, which may give any SQLSTATE
# Connection, login, database, resources, ended sessions, operating system, configuration, faults of Postgres.
_FAILURES = frozenset({"", "08", "28", "3D", "53", "57", "58", "F0", "XX"})
# Errors after which the target may hold rows that others wrote meanwhile, or was never reached.
_OPEN = ("42501", LOCK_HELD, "40P01", "40001", "25006", "28", "3D", "53300")
_ROLE_LOOKUPS = frozenset({"get_role_oid", "get_rolespec_oid", "get_rolespec_tuple"})
# Relation, type or other object, function, schema.
_ABSENT = frozenset({"42P01", "42704", "42883", "3F000"})
_DEPENDENT = "2BP01"  # its DETAIL names one object a line
_FUNCTION = re.compile(r" function (?!inline_code_block)")
_FAULT = "the server reports a fault of its own; its log may say more"
# Advice by SQLSTATE or its class; the first match counts.
_ADVICE = {
    "08": "check that the server still runs, then run the command again",
    "22": "a type, an expression or a function of the target refuses a value of these rows",
    "23514": "a constraint of the target refuses these rows: change the rows, or the constraint; a constraint "
    "whose function reads other tables can hold only after these are loaded: make it a trigger",
    "23": "a constraint of the target refuses these rows: change the rows, or the constraint",
    "25006": "connect to a server that is not a replica, as a role whose sessions may write "
    "(default_transaction_read_only)",
    "25P03": "raise the timeout that the message names, for this role, then run the command again",
    "25P04": "raise the timeout that the message names, for this role, then run the command again",
    "28": "check the user and the password (also $PGPASSWORD and ~/.pgpass)",
    "3D": "create the database first, for example with createdb",
    "40P01": "other sessions work on these tables; try again",
    "40001": "other sessions work on these tables; try again",
    "42501": "connect as a role that may do this, or grant this role the privilege that the message names",
    "53100": "free some space on the server's disk",
    "53200": "the server has too little memory for this",
    "53300": "the server has no free connection; try again, or raise the limit that the message names",
    "53400": "raise the limit that the message names",
    LOCK_HELD: "another session holds a lock on these tables; try again, or raise the lock timeout",
    "57014": "a timeout of the server, or somebody, cancelled the statement; run the command again",
    "57P01": "an administrator ended the session or stopped the server; run the command again",
    "57P03": "the server is starting or stopping; try again",
    "57P04": "somebody dropped the database meanwhile",
    "57P05": "raise the timeout that the message names, for this role, then run the command again",
    "58P01": "the server has no such file; if it belongs to an extension, install that extension there",
    "58": _FAULT,
    "F0": _FAULT,
    "XX": _FAULT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerWords:
    """A message of the server. `text` is the message with DETAIL. `reported` and `hint` quote no row.

    `function` is the server's function that raised the error, if the driver tells. `lost`: the connection failed.
    `raised`: code in the database raised the error, and may have chosen any SQLSTATE.
    """

    state: str
    message: str
    text: str
    reported: str
    hint: str = ""
    context: str = ""
    function: str = ""
    lost: bool = False
    raised: bool = False

    @property
    def whole(self) -> str:
        """Return the message on one line, without the hint."""
        return f"{self.text} ({self.context})" if self.context else self.text

    @property
    def refusal(self) -> bool:
        """Return whether the server works and refuses the request, rather than fails."""
        return self.raised or self.state[:2] not in _FAILURES

    @property
    def undone(self) -> bool:
        """Return whether all changes of the transaction were undone."""
        return not self.state.startswith(_OPEN)

    @property
    def advice(self) -> str:
        """Return what to do: the server's hint, or the advice for a SQLSTATE that leaves no doubt about the cause."""
        if self.hint:
            return self.hint
        if self.state == "42704" and self.function in _ROLE_LOOKUPS:
            return "create the role that the message names on this server (CREATE ROLE), then run the command again"
        if self.state in _ABSENT and _FUNCTION.search(self.context):
            return (
                "create the object that the function needs, or set the search path that leads the function to "
                "it: ALTER FUNCTION ... SET search_path"
            )
        state = "08" if self.lost else self.state
        advice = next((text for key, text in _ADVICE.items() if state.startswith(key) and not self.raised), "")
        return advice or ("correct what the message names, then run the command again" if self.refusal else "")


class LockHeldError(TargetError):
    """Raised if a lock was not available in time. When a session ends, Target.connect fills in `holders`.

    Sessions with the process IDs `ours` are left out of `holders`.
    """

    holders: tuple[str, ...] = ()
    ours: tuple[int, ...] = ()

    def named(self, holders: tuple[str, ...]) -> LockHeldError:
        """Return the same error with the sessions that hold locks."""
        error = LockHeldError(
            f"{self.message}: {'; '.join(holders)}",
            self.hint,
            unchanged=self.unchanged,
            option=self.option,
            reported=f"{self.reported}: {'; '.join(holders)}",
        )
        error.holders = holders
        return error


def words(error: psycopg.Error) -> ServerWords:
    """Return the message of `error`. If psycopg itself raised the error, the message is psycopg's text."""
    said, state = error.diag, error.sqlstate or ""
    if said.message_primary:
        return said_by_server(
            state,
            said.message_primary,
            detail=said.message_detail,
            hint=said.message_hint,
            context=said.context,
            function=said.source_function or "",
            raised=said.source_function == _RAISED,
        )
    # A lost connection, or a value that psycopg cannot read or write and quotes in its text.
    return said_by_driver(
        str(error),
        state=state,
        reported=type(error).__name__ if isinstance(error, psycopg.DataError) else None,
        lost=not state and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError),
    )


def said_by_driver(text: str, *, state: str = "", reported: str | None = None, lost: bool) -> ServerWords:
    """Return a message of the driver itself. Reports use `reported` in place of a text that may quote values."""
    text = joined(text)
    return ServerWords(
        state=state,
        message=text,
        text=text,
        reported=text if reported is None else reported,
        lost=lost,
    )


def said_by_server(
    state: str,
    message: str,
    *,
    detail: str | None = None,
    hint: str | None = None,
    context: str | None = None,
    function: str = "",
    raised: bool = False,
) -> ServerWords:
    """Return the fields of a message of the server. `raised`: code in the database raised it."""
    detail = joined(detail or "") if state == _DEPENDENT else _line(detail)
    message, hint, context = _line(message), _line(hint), _line(context)
    reported, told = message, [detail]
    if raised or state[:2] not in {*_OBJECTS, _CONSTRAINTS}:
        reported, hint, told = named(state), "", [detail, hint]
    elif detail and state[:2] in _OBJECTS:
        reported = f"{message} ({detail})"
    return ServerWords(
        state=state,
        message=message,
        text=" ".join((message, *(f"({text})" for text in told if text))),
        reported=reported,
        hint=hint,
        context=context,
        function=function,
        raised=raised,
    )


def refused(
    failed: str, error: psycopg.Error, hint: str = "", *, unchanged: bool = False, option: Option | None = None
) -> TargetError:
    """Return the error for work that the server refused, with its whole message. `hint` replaces a missing HINT."""
    said = words(error)
    return TargetError(
        f"{failed}: {said.whole}",
        said.hint or hint or said.advice,
        unchanged=unchanged,
        option=option,
        reported=f"{failed}: {said.reported}",
    )


def named(state: str) -> str:
    """Return what a SQLSTATE means, in words."""
    try:
        name = psycopg.errors.lookup(state).__name__
    except KeyError:  # a SQLSTATE of the database's own code
        return f"error {state}"
    return f"{re.sub(r'(?<=[a-z])(?=[A-Z])', ' ', name).lower()} ({state})"


def joined(text: str) -> str:
    """Return lines that are sentences, as libpq writes them, on one line with punctuation between them."""
    line = ""
    for following in filter(None, map(_line, text.splitlines())):
        mark = "" if not line or line.endswith(_ENDS) else "." if following[0].isupper() else ";"
        line = f"{line}{mark} {following}"
    return line.strip()


def _line(text: str | None) -> str:
    return " ".join((text or "").split())
