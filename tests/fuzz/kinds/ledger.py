"""Fuzz what a database says about itself: altered rows and columns of snap.ledger and snap.night."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from random import Random
from typing import Any

import psycopg
from psycopg import sql

from snap_restorer.pg.catalog import query
from snap_restorer.pg.indexes import read_definitions
from snap_restorer.pg.partition_tree import read_tree
from tests.fuzz.ground import Ground, run_main, session
from tests.fuzz.mutations import VALUES, altered_tree

SETTINGS = """
[target]
db = "env:FUZZ_DB"
allowed = ["127.0.0.1/*"]
[nightly]
version = "v1"
lease = "1 s"
[backup]
to = "backups"
"""
_TYPES = ("text", "integer", "jsonb", "bytea", "text[]", "timestamptz", "numeric", "xml", "interval", "int4range")
_TIMES = ("infinity", "-infinity", "0001-01-01 BC", "294276-12-31 23:59:59+00", "epoch", "now")


class Ledger:
    """The table snap.ledger."""

    name = "ledger"
    codes = frozenset({1, 4})  # for a failed health check, and for a difference
    table = "ledger"
    columns: tuple[str, ...] = (
        *("id", "version", "digest", "as_of_shift_days", "mode", "state", "rows", "loaded_at", "snap_version"),
        "unfinished",
    )
    commands: tuple[Sequence[str], ...] = (
        *(["diff", "v1"], ["health", "--version", "v1"], ["nightly", "--dry-run"], ["status"]),
        *(["restore", "v1", "--dry-run"], ["restore", "v1", "--yes"], ["restore", "v1", "--jobs", "2", "--yes"]),
        *(["restore", "v1", "--mode", "missing"], ["restore", "v2", "--mode", "sync", "--dry-run"]),
    )

    def prepare(self, ground: Ground) -> None:
        ground.reset()
        (ground.project / "snap.toml").write_text(SETTINGS)
        ground.environment.update({"FUZZ_DB": ground.full, "SNAP_DB_URL": ground.full})
        assert run_main(ground, "restore", "v1", "--yes") == 0
        ground.keep()
        self._taken = self._taken_off(session(ground.full))
        begin = (
            f"DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept; CREATE TABLE kept.row AS TABLE snap.{self.table}"
        )
        session(ground.full).execute(begin.encode())

    def plant(self, ground: Ground, rng: Random) -> Sequence[str]:
        connection = session(ground.full)
        connection.execute("DROP SCHEMA IF EXISTS snap CASCADE; CREATE SCHEMA snap")
        connection.execute(f"CREATE TABLE snap.{self.table} (LIKE kept.row)".encode())
        connection.execute(f"INSERT INTO snap.{self.table} TABLE kept.row".encode())
        for _ in range(rng.choice((1, 1, 2, 4))):
            try:
                connection.execute(self._alteration(rng))
            except (psycopg.Error, UnicodeEncodeError):
                continue  # the server rejects it, so snap never sees it
        return rng.choice(self.commands)

    def _alteration(self, rng: Random) -> sql.Composed:
        """Return a statement that alters the row, a column, or the table."""
        table, column = sql.Identifier("snap", self.table), sql.Identifier(rng.choice(self.columns))
        chance = rng.random()
        if chance < 0.55:
            return sql.SQL("UPDATE {} SET {} = {}").format(table, column, self._value(rng))
        if chance < 0.75:
            return sql.SQL("UPDATE {} SET state = 'loading', unfinished = {}").format(table, self._unfinished(rng))
        if chance < 0.85:
            kind = sql.SQL(rng.choice(_TYPES))
            return sql.SQL("ALTER TABLE {} ALTER {} TYPE {} USING {}::text::{}").format(
                table, column, kind, column, kind
            )
        alterations = (
            sql.SQL("ALTER TABLE {table} DROP {column}"),
            sql.SQL("ALTER TABLE {table} RENAME {column} TO other"),
            sql.SQL("DELETE FROM {table}"),
            sql.SQL("INSERT INTO {table} TABLE {table}"),
            sql.SQL("ALTER TABLE {table} RENAME TO other; CREATE VIEW {table} AS SELECT * FROM snap.other"),
            sql.SQL("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"),
            sql.SQL("DROP TABLE {table}; CREATE TABLE {table} ()"),
            sql.SQL("DROP TABLE {table}; CREATE SEQUENCE {table}"),
            sql.SQL("REVOKE ALL ON {table} FROM CURRENT_USER"),
        )
        return rng.choice(alterations).format(table=table, column=column)

    def _value(self, rng: Random) -> sql.Composable:
        chance = rng.random()
        if chance < 0.5:
            value: Any = rng.choice(VALUES)
            return sql.Literal(_text(value)) if rng.random() < 0.5 else sql.SQL("NULL")
        if chance < 0.7:
            return sql.Literal(rng.choice(_TIMES))
        return sql.Literal(_text(altered_tree(rng, {"crew": 10, "ship.Log book": 20})))

    def _taken_off(self, connection: psycopg.Connection[Any]) -> dict[str, Any]:
        """Return what a killed restore over several connections leaves in the ledger."""
        [(crew,)] = connection.execute("SELECT 'public.crew'::regclass::oid")
        return {
            "definitions": json.loads(
                json.dumps([asdict(d) for d in read_definitions(connection, read_tree(connection, [crew]))])
            ),
            "triggers": [{"table": ["public", "crew"], "name": "touch", "state": "O", "ours": True}],
            "forced": [["public", "crew"]],
        }

    def _unfinished(self, rng: Random) -> sql.Composable:
        return sql.Literal(_text(altered_tree(rng, self._taken)))


class Nights(Ledger):
    """The table snap.night."""

    name = "nights"
    table = "night"
    columns = ("id", "holder", "token", "started", "heartbeat", "backup", "touched", "ended", "outcome")
    commands = (["nightly", "--dry-run"], ["health", "--version", "v1"], ["nightly", "--only", "backup"], ["status"])

    def prepare(self, ground: Ground) -> None:
        session(ground.full).execute(query("night_create"))
        session(ground.full).execute(
            "INSERT INTO snap.night (id, holder, token, touched, backup) "
            "VALUES (1, 'host', 'token', now(), '20261127T000000Z-000000000000')"
        )
        super().prepare(ground)

    def _unfinished(self, rng: Random) -> sql.Composable:
        return self._value(rng)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
