"""Test that values of every common type have the same bytes after a capture and a restore, in each Postgres."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from snap.schema import Column, Enum, Table
from snap.types import parse, with_logical
from snap_restorer import Target, restore
from snap_restorer.local.embedded import Server
from tests.cases.kinds import FROM_17, KINDS, MOODS, MOODS_SQL, Kind, has
from tests.cases.snapshots import snapshot
from tests.postgres import fresh_databases
from tests.restorer.reading import read

_SESSION = "SET search_path TO public, pg_temp; SET TimeZone TO 'UTC'; SET lc_monetary TO 'C'"


@dataclass(frozen=True)
class Filled:
    """A table of the source: its columns with types as the server prints them, and whether COPY BINARY works for it."""

    name: str
    columns: tuple[Column, ...]
    sendable: bool


@pytest.fixture
def source(any_pg: Server) -> Iterator[psycopg.Connection[Any]]:
    with fresh_databases(any_pg) as fresh, psycopg.connect(fresh(), autocommit=True) as connection:
        connection.execute(_SESSION)
        connection.execute('CREATE SCHEMA src; CREATE TABLE "Odd name" ()')
        connection.execute(f"CREATE TYPE mood AS ENUM ({', '.join(MOODS_SQL)})".encode())
        for name in ("hstore", "citext", "ltree", "vector"):
            if has(connection, name):
                connection.execute(sql.SQL("CREATE EXTENSION {} SCHEMA public").format(sql.Identifier(name)))
        yield connection


def here(connection: psycopg.Connection[Any]) -> list[Kind]:
    """Return the kinds that this server supports."""
    late = FROM_17 if connection.info.server_version >= 170000 else ()
    return [kind for kind in (*KINDS, *late) if not kind.wants or has(connection, kind.wants)]


@pytest.mark.slow
def test_every_type_and_arrays_of_it_in_their_own_form(source: psycopg.Connection[Any], tmp_path: Path) -> None:
    tables = []
    for number, kind in enumerate(here(source)):
        values = [f"({value})::{kind.type}" for value in kind.exact]
        columns = {"v": kind.type, "a": f"{kind.type}[]"}
        some = ", ".join(values)
        arrays = [
            "'{}'",
            f"ARRAY[{some}]",
            f"ARRAY[NULL, {values[0]}, NULL]",
            f"ARRAY[NULL]::{kind.type}[]",
            f"ARRAY[{values[-1]}]",
        ]
        tables.append(filled(source, f"t{number}", columns, [values, arrays], kind.sendable))
    differing = round_trip(source, tmp_path, tables)
    assert differing == []


@pytest.mark.slow
def test_every_type_as_postgres_text(source: psycopg.Connection[Any], tmp_path: Path) -> None:
    """Test values outside the logical types, arrays of any shape, domains, composites, and domains of these."""
    tables = []
    for number, kind in enumerate(here(source)):
        d, c, t = f"d{number}", f"c{number}", kind.type
        source.execute(
            f"CREATE DOMAIN {d} AS {t}; CREATE DOMAIN {d}_a AS {t}[] CHECK (cardinality(value) < 99);"
            f"CREATE DOMAIN {d}_d AS {d} CHECK (value IS NULL OR value IS NOT NULL);"
            f'CREATE TYPE {c} AS (v {t}, "a,(b)" {t}[], d {d})'.encode()
        )
        values = [f"({value})::{t}" for value in (*kind.exact, *kind.beyond)]
        one, two = values[0], values[-1]
        arrays = [
            *("'{}'", f"ARRAY[{', '.join(values)}]", f"ARRAY[NULL, {one}]", f"ARRAY[[{one}, NULL], [NULL, {two}]]"),
            f"array_fill({one}, ARRAY[2, 1, 2], ARRAY[-3, 0, 7])",
            f"array_fill({two}, ARRAY[2], ARRAY[0])",
        ]
        rows = [f"ROW({value}, {arrays[min(i, 5)]}, {value})::{c}" for i, value in enumerate(values)]
        rows += [f"ROW(NULL, NULL, NULL)::{c}", f"ROW(NULL, '{{}}', {one})::{c}"]
        made: dict[str, tuple[str, list[str]]] = {
            "v": (t, values),
            "a": (f"{t}[]", arrays),
            "d": (d, values),
            "d_a": (f"{d}_a", arrays),
            "d_d": (f"{d}_d", values),
            "ad": (f"{d}[]", [f"({array})::{t}[]::{d}[]" for array in arrays]),
            "c": (c, rows),
            "ac": (f"{c}[]", ["'{}'", f"ARRAY[{rows[0]}, NULL, {rows[-1]}]"]),
        }
        columns = {name: type_ for name, (type_, _) in made.items()}
        tables.append(filled(source, f"t{number}", columns, [v for _, v in made.values()], kind.sendable, text=True))
    assert round_trip(source, tmp_path, tables) == []


def filled(
    connection: psycopg.Connection[Any],
    name: str,
    columns: dict[str, str],
    values: list[list[str]],
    sendable: bool,
    *,
    text: bool = False,
) -> Filled:
    """Create src.NAME from SQL expressions, one list for each column plus NULLs, and an empty public.NAME like it."""
    listed = ", ".join(f"{column} {type_}" for column, type_ in columns.items())
    connection.execute(f"CREATE TABLE src.{name} (id integer, {listed})".encode())
    for row in range(max(map(len, values)) + 1):
        cells = ", ".join(column[row] if row < len(column) else "NULL" for column in values)
        try:
            connection.execute(f"INSERT INTO src.{name} VALUES ({row}, {cells})".encode())
        except psycopg.Error as error:
            raise AssertionError(f"{columns}: {cells[:300]}") from error
    connection.execute(f"CREATE TABLE public.{name} (LIKE src.{name})".encode())
    printed = connection.execute(
        """SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
        WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum""",
        [f"src.{name}"],
    ).fetchall()
    types = [with_logical(pg, "text") if text and column != "id" else parse(pg, ["mood"]) for column, pg in printed]
    made = tuple(Column(name=column, type=type_) for (column, _), type_ in zip(printed, types, strict=True))
    return Filled(name, made, sendable)


def round_trip(connection: psycopg.Connection[Any], folder: Path, tables: list[Filled]) -> list[str]:
    """Restore the source's rows, and return the names of columns that then differ."""
    held = [
        (
            Table(name=table.name, columns=table.columns),
            read(connection, f"src.{table.name} ORDER BY id", table.columns),
        )
        for table in tables
    ]
    made = snapshot(folder, held, "", enums=[Enum(name="mood", labels=MOODS)])
    target = Target(connection.info.dsn)
    restore(made, target)
    differing = []
    for table in tables:
        for column in table.columns:
            form = "binary" if table.sendable else "text"
            ours, theirs = (
                sent(connection, f"{schema}.{table.name}", column.name, form) for schema in ("public", "src")
            )
            if ours != theirs:
                differing.append(f"{table.name}.{column.name} {column.type.pg}")
    return differing


def sent(connection: psycopg.Connection[Any], table: str, column: str, form: str) -> bytes:
    """Return the server's binary output for one column."""
    statement = f"COPY (SELECT {column} FROM {table} ORDER BY id) TO STDOUT (FORMAT {form})"
    with connection.cursor().copy(statement.encode()) as copying:
        return b"".join(bytes(piece) for piece in copying)
