"""Read facts from a snapshot's schema SQL: the server versions that it needs, and the objects that it creates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from snap.errors import TargetError
from snap.schema import is_label, parse_label
from snap_restorer.pg.archive_entries import FIRST
from snap_restorer.pg.scanner import Statement, statements

_NEED = re.compile(r"^-- needs Postgres (\d+): (.*)$", re.MULTILINE)
UNFILLED = "-- never filled: materialised view "  # followed by the view's label
_ENTRY = re.compile(r"^-- Name: (.*); Type: ([A-Z ]+); Schema: (.*); Owner: .*$", re.MULTILINE)


def needed(schema_sql: str) -> tuple[tuple[int, str], ...]:
    """Return the server versions that a schema's SQL needs, with the reasons, from the capture's header."""
    head, _, _ = schema_sql.partition(FIRST)
    return tuple((int(match[1]), match[2]) for match in _NEED.finditer(head))


def unfilled_views(schema_sql: str) -> frozenset[tuple[str, str]]:
    """Return the materialised views never filled in the source, by schema and name, from the capture's header."""
    head, _, _ = schema_sql.partition(FIRST)
    labels = (line.removeprefix(UNFILLED) for line in head.split("\n") if line.startswith(UNFILLED))
    return frozenset(parse_label(label) for label in labels if is_label(label))


def created_views(schema_sql: str) -> tuple[tuple[str, str], ...]:
    """Return the materialised views that a schema creates, by schema and name, in order. Their names are qualified."""
    if "MATERIALIZED VIEW" not in schema_sql.upper():
        return ()
    tokens = (statement.tokens for statement in statements(schema_sql))
    return tuple(
        (_name(schema), _name(name))
        for create, materialized, view, schema, dot, name, *_ in (each for each in tokens if len(each) > 6)
        if (create, materialized, view, dot) == ("CREATE", "MATERIALIZED", "VIEW", ".")
    )


def unproved_constraints(schema_sql: str) -> frozenset[tuple[str, ...]]:
    """Return the statements that add a NOT VALID constraint, each as its `constraint_tokens`."""
    if "NOT VALID" not in schema_sql.upper():
        return frozenset()
    tokens = (statement.tokens for statement in statements(schema_sql))
    return frozenset(_named_alike(each) for each in tokens if each[-2:] == ("NOT", "VALID"))


def constraint_tokens(statement: str) -> tuple[str, ...]:
    """Return normalised tokens of a statement that adds a constraint, equal for pg_dump's and snap's spelling."""
    return _named_alike(statements(statement)[0].tokens)


def _named_alike(tokens: tuple[str, ...]) -> tuple[str, ...]:
    return tokens[:2] + tokens[3:] if tokens[:3] == ("ALTER", "TABLE", "ONLY") else tokens


def require_server(schema_sql: str, server: int) -> None:
    """Raise TargetError, naming every reason, if a server (a major version) cannot hold the schema."""
    lacking = [f"{what} (since Postgres {version})" for version, what in needed(schema_sql) if version > server]
    if lacking:
        newest = max(version for version, _ in needed(schema_sql))
        raise TargetError(
            f"Postgres {server} cannot hold the snapshot's schema: {'; '.join(lacking)}",
            f"restore into Postgres {newest} or later",
            unchanged=True,
        )


def entry_at(schema_sql: str, position: int) -> str:
    """Return the object that the statement at a character position (from 1) creates, "" if no comment names it."""
    found = [m for m in _ENTRY.finditer(schema_sql) if m.start() < position]
    if not found:
        return ""
    name, kind, schema = found[-1].groups()
    return f"{kind.lower()} {name if schema == '-' else f'{schema}.{name}'}"


def extensions(created: Iterable[Statement]) -> dict[str, str]:
    """Return the extensions that the statements create, each with its schema."""
    return dict(found for statement in created if (found := _extension(statement.tokens)))


def _extension(tokens: tuple[str, ...]) -> tuple[str, str] | None:
    """Return the extension that a statement creates and its schema, None for all other statements."""
    match tokens:
        case ("CREATE", "EXTENSION", "IF", "NOT", "EXISTS", name, *options) | ("CREATE", "EXTENSION", name, *options):
            schema = next((after for word, after in pairwise(options) if word == "SCHEMA"), "public")
            return _name(name), _name(schema)
    return None


def created_schema(statement: Statement) -> str:
    """Return the schema that a statement creates without any object in it, "" for all other statements."""
    match statement.tokens:
        case ("CREATE", "SCHEMA", "IF", "NOT", "EXISTS", name) | ("CREATE", "SCHEMA", name):
            return _name(name)
        case ("CREATE", "SCHEMA", name, "AUTHORIZATION", _):
            return _name(name)
    return ""


def _name(token: str) -> str:
    return token[1:-1].replace('""', '"') if token.startswith('"') else token.lower()
