"""Test settings of the role or the database that would break a restore that ignores them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from snap.schema import Table
from snap.store import Store
from tests.cases.snapshots import table
from tests.fingerprint import changes, fingerprint, leftovers
from tests.postgres import execute
from tests.torture.arena import OWNER, Arena
from tests.torture.published import publish

pytestmark = pytest.mark.slow

THINGS: Table = table(
    "things",
    *(("id", "integer"), ("at", "timestamp with time zone"), ("on", "date"), ("words", "text[]"), ("net", "inet")),
    *(
        ("took", "interval"),
        ("cost", "numeric(8,2)"),
        ("raw", "bytea"),
        ("ratio", "double precision"),
        ("price", "money"),
    ),
)
WORDS = ["NULL", None, "a\\b", "it's"]
ROWS = [
    (1, 0, 3, WORDS, "10.0.0.1/8", (1, 2, 3), None, b"\\x00\0", 0.1, "$1,234.50"),
    (2, None, None, None, None, None, None, None, None, None),
]
SQL = r"""
CREATE TABLE things (id int PRIMARY KEY, at timestamptz, "on" date, words text[], net inet, took interval,
    cost numeric(8,2), raw bytea,
    ratio double precision, price money, slashes text DEFAULT 'a\b' CHECK (slashes <> 'c\d'));
CREATE TABLE parts (id int PRIMARY KEY, thing int NOT NULL REFERENCES things, label text);
"""
PARTS: Table = table("parts", ("id", "integer"), ("thing", "integer"), ("label", "text"))

# What a role or a database may carry, in groups: how it fails is told by the group that does.
HOSTILE = {
    "a short statement_timeout": {"statement_timeout": "20ms"},
    "a short transaction_timeout": {"transaction_timeout": "50ms"},
    "a short idle_in_transaction_session_timeout": {"idle_in_transaction_session_timeout": "50ms"},
    "a short lock_timeout": {"lock_timeout": "1ms"},
    "deferrable": {"default_transaction_deferrable": "on"},
    "serializable": {"default_transaction_isolation": "serializable"},
    "a schema that shadows": {"search_path": "evil, pg_catalog"},
    "replica": {"session_replication_role": "replica", "row_security": "off"},
    "how things are written": {
        "standard_conforming_strings": "off",
        "backslash_quote": "off",
        "array_nulls": "off",
        "transform_null_equals": "on",
        "DateStyle": "German, DMY",
        "IntervalStyle": "sql_standard",
        "TimeZone": "Asia/Kathmandu",
        "bytea_output": "escape",
        "client_encoding": "LATIN1",
        "quote_all_identifiers": "on",
        "xmloption": "document",
        "extra_float_digits": "-15",
    },
    "how things are done": {
        "check_function_bodies": "off",
        "client_min_messages": "error",
        "synchronous_commit": "off",
        "maintenance_work_mem": "1MB",
        "work_mem": "64kB",
        "enable_seqscan": "off",
        "jit_above_cost": "0",
        "default_statistics_target": "1",
    },
}
# These may end the session before snap sets its own.
MAY_REFUSE = {
    "a short statement_timeout",
    "a short transaction_timeout",
    "a short idle_in_transaction_session_timeout",
}


@pytest.fixture(scope="module")
def odd(arena: Arena) -> Iterator[str]:
    """Yield snap's URL of a database in which a schema shadows the names of pg_catalog."""
    arena.start()
    publish(Store(arena.root), "odd", [(THINGS, ROWS), (PARTS, [(7, 1, "a"), (8, 2, None)])], SQL)
    execute(arena.admin(), f'CREATE DATABASE odd OWNER "{OWNER}"')
    url = arena.admin("odd")
    execute(
        url,
        """CREATE SCHEMA evil;
        CREATE TABLE evil.things (id text); CREATE TABLE evil.ledger ();
        CREATE FUNCTION evil.count(anyelement) RETURNS bigint LANGUAGE sql AS 'SELECT 1 / 0';
        CREATE FUNCTION evil.evil_eq(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT (1 / 0) IS NULL';
        CREATE OPERATOR evil.= (LEFTARG = int, RIGHTARG = int, FUNCTION = evil.evil_eq);
        CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT (1 / 0)::text::timestamptz';
        GRANT USAGE ON SCHEMA evil TO PUBLIC""",
    )
    assert arena.restore("odd", "odd").code == 0
    yield arena.url("odd")
    arena.start()
    arena.drop("odd")


@contextmanager
def set_for(arena: Arena, whom: str, settings: Mapping[str, str]) -> Iterator[None]:
    """Give a role or a database those settings that this Postgres knows, for the duration of the block."""
    known = {row[0].lower() for row in execute(arena.admin(), "SELECT name FROM pg_settings")}
    try:
        for name, value in settings.items():
            if name.lower() in known:
                values = sql.SQL(", ").join(map(sql.Literal, value.split(", ")))
                with psycopg.connect(arena.admin(), autocommit=True) as admin:
                    admin.execute(sql.SQL("ALTER {} SET {} = {}").format(sql.SQL(whom), sql.SQL(name), values))  # type: ignore[arg-type]
        yield
    finally:
        execute(arena.admin(), f"ALTER {whom} RESET ALL")


@pytest.mark.parametrize("whom", ["DATABASE odd", f'ROLE "{OWNER}"'], ids=["database", "role"])
@pytest.mark.parametrize("group", list(HOSTILE))
def test_a_hostile_setting_is_worked_around_or_refused(arena: Arena, odd: str, group: str, whom: str) -> None:
    before, rows = (fingerprint(arena.admin("odd"), ledger=ledger) for ledger in (True, False))
    with set_for(arena, whom, HOSTILE[group]):
        ran = arena.begin("odd", odd, "--yes").ends()
    assert leftovers(arena.admin("odd")) == []
    if ran.code:
        assert group in MAY_REFUSE, ran
        assert changes(before, fingerprint(arena.admin("odd"))) == []
    else:
        assert changes(rows, fingerprint(arena.admin("odd"), ledger=False)) == []


def test_a_schema_is_created_the_same_under_hostile_settings(arena: Arena, odd: str) -> None:
    settings = {name: value for group in HOSTILE if group not in MAY_REFUSE for name, value in HOSTILE[group].items()}
    for database in ("plain", "hostile"):
        execute(arena.admin(), f'CREATE DATABASE {database} OWNER "{OWNER}"')
    try:
        assert arena.restore("odd", "plain").code == 0
        with set_for(arena, "DATABASE hostile", settings):
            done = arena.restore("odd", "hostile")
        assert done.code == 0, done
        plain, hostile = (fingerprint(arena.admin(database), ledger=False) for database in ("plain", "hostile"))
        assert changes(plain, hostile) == []
    finally:
        for database in ("plain", "hostile"):
            arena.drop(database)
