"""Decide which statements of a snapshot's schema SQL may run, and in which sessions.

There are three rules, each judged by the statement's text before any statement runs:

- no session accepts a statement that leaves the transaction, or that makes the server read the text differently than
  this module does;
- without trust no session accepts COPY, a change of role, or a call that changes the role;
- without trust a session with a superuser's rights accepts only the kinds of statement that pg_dump writes for a
  schema. Of these it refuses those that lend its rights to code or reach beyond the database: event triggers, operator
  classes, foreign tables, and languages or functions in C; extensions that Postgres leaves to a superuser, except those
  that only add types and functions over their caller's values; and statements that run a function of the snapshot while
  the schema is created (schema_functions), or change a table that existed before, whose rows would run code
  (prior_relations).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from snap.errors import SnapshotError, TargetError
from snap.units import bullets
from snap_restorer.pg import user_code
from snap_restorer.pg.catalog import query
from snap_restorer.pg.prior_relations import Qualified, changes_prior, named
from snap_restorer.pg.scanner import Statement, Unreadable, outer_tokens, statements
from snap_restorer.pg.schema_functions import alike, defined_functions, name_in, runs_code
from snap_restorer.pg.target import Connection

_SHOWN = 10  # the most statements in a message
_CONTROL = frozenset(
    {"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "PREPARE TRANSACTION"}
)
_ROLES = frozenset({"role", "session_authorization"})
_READING = {"standard_conforming_strings": {"on", "true", "yes", "1"}, "client_encoding": {"utf8", "utf-8", "unicode"}}
# Settings that pg_dump writes at the head of a schema, and before single entries.
_SETTINGS = frozenset(
    {
        *("check_function_bodies", "client_min_messages", "default_table_access_method", "default_tablespace"),
        *("default_with_oids", "idle_in_transaction_session_timeout", "lock_timeout", "row_security", "search_path"),
        *("statement_timeout", "transaction_timeout", "xmloption", *_READING),
    }
)
_KINDS = re.compile(
    r"""(?:
    CREATE\ (?:
        (?:UNLOGGED\ )?(?:TABLE|SEQUENCE) | SCHEMA | TYPE | DOMAIN
        | MATERIALIZED\ VIEW | (?:UNIQUE\ )?INDEX | OPERATOR(?!\ CLASS|\ FAMILY) | CAST | COLLATION
        | (?:DEFAULT\ )?CONVERSION | ACCESS\ METHOD | EXTENSION | POLICY | STATISTICS | TEXT\ SEARCH
        | (?:OR\ REPLACE\ )?(?:
            VIEW | FUNCTION | PROCEDURE | AGGREGATE | (?:CONSTRAINT\ )?TRIGGER | RULE | TRANSFORM
        )
    )
    | ALTER\ (?:
        TABLE | INDEX | SEQUENCE | (?:MATERIALIZED\ )?VIEW | TYPE | DOMAIN | FUNCTION | PROCEDURE
        | AGGREGATE | OPERATOR(?!\ CLASS|\ FAMILY) | STATISTICS | TEXT\ SEARCH | TRIGGER | POLICY | COLLATION
        | CONVERSION | SCHEMA
    )
    | COMMENT\ ON | SECURITY\ LABEL
    )\ """,
    re.VERBOSE,
)
# Extensions that need a superuser, but give no access to files, programs, other servers or memory.
_HARMLESS = frozenset(
    {
        *("address_standardizer", "autoinc", "bloom", "dict_xsyn", "earthdistance", "insert_username", "intagg"),
        *("moddatetime", "pg_stat_statements", "postgis", "postgis_topology", "refint", "vector"),
    }
)
_LARGE_OBJECT = re.compile(r"SELECT PG_CATALOG \. LO_CREATE \( '\d+' \)")
_LANGUAGES = frozenset({"plperl", "plpgsql", "pltcl", "plv8", "sql"})  # those whose code cannot leave the server


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """The objects that schema SQL may reach: functions of other roles, and tables and domains that already exist."""

    functions: frozenset[str]
    relations: frozenset[Qualified]
    extensions: frozenset[str] = frozenset()  # extensions that the schema SQL may not create


def admit(connection: Connection, version: str, schema_sql: str, *, trust_code: bool) -> tuple[Statement, ...]:
    """Return the statements of a snapshot's schema SQL that are to run.

    Errors: SnapshotError for statements that no session accepts; TargetError for statements that this session accepts
    only with `trust_code`.
    """
    admitted = readable(version, schema_sql)
    if trust_code:
        return admitted
    there = None
    if user_code.may_be_superuser(connection):
        paths = [value for name, values in map(_setting, admitted) if name == "search_path" for value in values]
        there = Present(
            functions=frozenset(alike(name) for (name,) in connection.execute(query("user_functions")))
            | defined_functions(admitted),
            relations=named(connection.execute(query("prior_relations")), paths),
            extensions=_reaching(connection, admitted),
        )
    require_harmless(version, admitted, there)
    return admitted


def readable(version: str, schema_sql: str) -> tuple[Statement, ...]:
    """Return the statements of schema SQL. Errors: SnapshotError for statements that no session accepts. Pure."""
    try:
        taken = tuple(statement for statement in statements(schema_sql) if statement.first is not None)
    except Unreadable as error:
        raise SnapshotError(
            f"the schema SQL of {version} cannot be read: line {error.line}: {error.message}",
            "snap does not use psql: write plain SQL, without commands of psql",
        ) from None
    for statement in taken:
        wrong = _leaves(statement)
        if wrong:
            raise SnapshotError(
                f"the schema SQL of {version} {wrong}: line {statement.first}: {statement.excerpt()}",
                "remove that statement: schema and rows are one transaction",
                unchanged=True,
            )
    return taken


def require_harmless(version: str, taken: Sequence[Statement], there: Present | None) -> None:
    """Raise TargetError, naming each statement, if statements may run only with trust. Pure.

    `there` is given if the session has a superuser's rights.
    """
    refused = [statement for statement in taken if _reaches_out(statement)]
    superuser = there is not None
    if there is not None:
        refused = [
            s
            for s in taken
            if _reaches_out(s)
            or not _is_schema(s)
            or _extension(s) in there.extensions
            or runs_code(s, there.functions)
            or changes_prior(s, there.relations)
        ]
    if not refused:
        return
    names = [f"line {statement.first}: {statement.excerpt()}" for statement in refused]
    raise TargetError(
        f"the schema SQL of {version} does more than create a schema"
        + (", in a session with a superuser's rights" if superuser else "")
        + f":\n{bullets(names, most=_SHOWN)}",
        "read these statements"
        + ("; connect as a role that owns the database and is not a superuser" if superuser else " and change them"),
        unchanged=True,
        option="trust_code",
    )


def _leaves(statement: Statement) -> str:
    """Return why no session accepts a statement, "" if a session may accept it."""
    first = statement.tokens[0]
    if first in _CONTROL or " ".join(statement.tokens[:2]) in _CONTROL:
        return "ends the transaction"
    if statement.tokens[:2] == ("ALTER", "SYSTEM"):
        return "changes the server's configuration"
    name, values = _setting(statement)
    if first == "RESET" and name in {*_READING, "all"}:
        return "changes how its text is read"
    if name in _READING and not (len(values) == 1 and values[0] in _READING[name]):
        return "changes how its text is read"
    return ""


def _reaches_out(statement: Statement) -> bool:
    """Return whether a statement moves files, starts programs, or takes another role's rights."""
    name, _ = _setting(statement)
    return statement.tokens[0] == "COPY" or name in _ROLES or name.startswith("u&")


def _is_schema(statement: Statement) -> bool:
    """Return whether pg_dump writes such a statement for a schema, and it lends the session's rights to no code."""
    tokens = statement.tokens
    name, _ = _setting(statement)
    if tokens[0] == "SET":
        return name in _SETTINGS
    if tokens[0] == "SELECT":
        # No function of the snapshot's own. pg_dump before 17 creates the large objects of a backup with SELECT.
        return (name == "search_path" and tokens[1] == "PG_CATALOG") or bool(_LARGE_OBJECT.fullmatch(" ".join(tokens)))
    if tokens[0] == "REVOKE":
        return "ON" in outer_tokens(tokens)  # privileges on an object; REVOKE without ON concerns a role membership
    if not _KINDS.match(" ".join(tokens[:6]) + " "):
        return False
    if tokens[:2] in {("CREATE", "TABLE"), ("CREATE", "UNLOGGED")}:
        return "AS" not in outer_tokens(tokens)
    if tokens[:3] == ("CREATE", "MATERIALIZED", "VIEW"):
        return tokens[-3:] == ("WITH", "NO", "DATA")
    if tokens[:2] == ("CREATE", "EXTENSION"):
        return "CASCADE" not in tokens and bool(_extension(statement))
    if tokens[:2] == ("CREATE", "SCHEMA"):
        return not {"CREATE", "GRANT"}.intersection(tokens[2:])
    named = [tokens[at + 1 : at + 3] for at, word in enumerate(tokens) if word == "LANGUAGE"]
    # A literal after a literal continues it: 'plperl' and 'u' on the next line are plperlu.
    return all(_plain(name) in _LANGUAGES and not "".join(rest).startswith("'") for name, *rest in named)


def _reaching(connection: Connection, taken: Iterable[Statement]) -> frozenset[str]:
    """Return the extensions that schema SQL may create only with trust, if it creates any extension."""
    if not any(map(_extension, taken)):
        return frozenset()
    return frozenset(name for (name,) in connection.execute(query("untrusted_extensions"))) - _HARMLESS


def _extension(statement: Statement) -> str:
    """Return the name of the extension that a statement creates, "" for all others."""
    match statement.tokens:
        case ("CREATE", "EXTENSION", "IF", "NOT", "EXISTS", name, *_) | ("CREATE", "EXTENSION", name, *_):
            return name[1:-1].replace('""', '"') if name.startswith('"') else name_in(name)
    return ""


def _setting(statement: Statement) -> tuple[str, tuple[str, ...]]:
    """Return the setting that a SET, RESET or SELECT of set_config changes, and its values.

    For all other statements return ("", ()).
    """
    tokens = statement.tokens
    if tokens[0] == "SELECT":
        return _configured(tokens)
    if tokens[0] not in {"SET", "RESET"}:
        return "", ()
    rest = tokens[1:]
    if rest[:2] == ("SESSION", "AUTHORIZATION"):
        return "session_authorization", ()
    if rest[:1] in {("LOCAL",), ("SESSION",)}:
        rest = rest[1:]
    if rest[:2] == ("SESSION", "AUTHORIZATION"):
        return "session_authorization", ()
    words = {"NAMES": "client_encoding", "SCHEMA": "search_path"}
    name = words.get(rest[0], _plain(rest[0])) if rest else ""
    values = rest[2:] if rest[1:2] in {("TO",), ("=",)} else rest[1:]
    return name, tuple(_plain(value) for value in values)


def _configured(tokens: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the change of a statement that is only SELECT pg_catalog.set_config(NAME, VALUE, LOCAL)."""
    call = tuple(_plain(token) for token in tokens[1:])
    if call[:2] == ("pg_catalog", "."):
        call = call[2:]
    match call:
        case ("set_config", "(", name, ",", value, ",", "true" | "false", ")"):
            return name, (value,)
    return "", ()


def _plain(token: str) -> str:
    """Return the text of a word, a quoted name or a literal, without quotes and in lower case."""
    return re.sub(r"""^e?(['"])(.*)\1$""", r"\2", token.lower(), flags=re.DOTALL)
