"""Test names that need quoting, in every place: restored, killed, restored again."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import psycopg
import pyarrow as pa
import pytest
from psycopg import sql

from snap.schema import Enum, Table
from snap.store import Store
from snap.types.arrow import schema_of
from tests.cases.snapshots import column, table
from tests.fingerprint import changes, fingerprint, leftovers
from tests.postgres import execute
from tests.torture.arena import MODES, SECRET, Arena, Mode, in_any, in_copy
from tests.torture.published import publish_batches

pytestmark = pytest.mark.slow

ROWS = 15_000  # above any threshold for large tables
LONG = "ä" * 31 + "x"  # 63 bytes
NAMES = {
    "a keyword": "select",
    "quotes": 'Say "Hi"; DROP -- it\'s',
    "63 bytes": LONG,
    "a space and capitals": " Mixed Case ",
    "format characters": "100%s %(x)s {} \\ $1",
    "a URL's": "a/b?c=d&e#f:g@h",
}
# {schema}, {table} and so on are put in quoted.
SQL = """
CREATE SCHEMA {name};
CREATE TYPE {name}.{enum} AS ENUM ('select', '"', '');
CREATE DOMAIN {name}.{domain} AS integer CONSTRAINT {name} CHECK (VALUE >= 0);
CREATE TABLE {name}.{name} (
    {name} bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME {name}.{sequence}) CONSTRAINT {key} PRIMARY KEY,
    {other} text CONSTRAINT {name} CHECK ({other} <> ''), {third} {name}.{enum}, {fourth} {name}.{domain}
);
CREATE TABLE {name}.{other} (
    {name} bigint CONSTRAINT {other} REFERENCES {name}.{name} DEFERRABLE, {other} bigint,
    CONSTRAINT {unique} UNIQUE ({other}), CONSTRAINT {third} FOREIGN KEY ({other}) REFERENCES {name}.{name} NOT VALID
);
CREATE INDEX {index} ON {name}.{name} (lower({other}), {third});
CREATE INDEX {part} ON {name}.{name} ({third}) WHERE {other} <> '"';
ALTER TABLE {name}.{name} CLUSTER ON {index};
COMMENT ON INDEX {name}.{index} IS '{{}} %s "''';
CREATE FUNCTION {name}.{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER {name} BEFORE INSERT ON {name}.{name} FOR EACH ROW EXECUTE FUNCTION {name}.{name}();
CREATE TRIGGER {other} BEFORE INSERT ON {name}.{other} FOR EACH ROW EXECUTE FUNCTION {name}.{name}();
ALTER TABLE {name}.{other} ENABLE ALWAYS TRIGGER {other};
ALTER TABLE {name}.{name} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {name}.{name} FORCE ROW LEVEL SECURITY;
CREATE POLICY {name} ON {name}.{name} USING (false);
CREATE VIEW {name}.{view} AS SELECT * FROM {name}.{name};
"""


def named(name: str) -> tuple[list[tuple[Table, list[pa.RecordBatch]]], str, tuple[Enum, ...]]:
    """Return tables with rows, and the SQL of a schema in which every name starts with `name`."""
    stem = name.encode()[:58].decode(errors="ignore")
    kinds = ("other", "third", "fourth", "sequence", "key", "index", "view", "domain", "enum", "unique", "part")
    words = {kind: f"{stem} {kind[:3]}" for kind in kinds}
    printed = sql.Identifier(name, words["enum"]).as_string(None)
    columns = [column(name, "bigint"), column(words["other"], "text"), column(words["third"], printed, enums=[printed])]
    columns.append(column(words["fourth"], "integer"))
    first = Table(name=name, schema=name, columns=tuple(columns), primary_key=(name,))
    second = table(words["other"], (name, "bigint"), (words["other"], "bigint"), schema=name)
    ids = pa.array(range(1, ROWS + 1), pa.int64())
    texts = pa.array([f'"{i}\\' for i in range(ROWS)], pa.string())
    labels = pa.array([("select", '"', "", None)[i % 4] for i in range(ROWS)], pa.string())
    numbers = pa.array(range(ROWS), pa.int32())
    tables = [
        (first, [pa.RecordBatch.from_arrays([ids, texts, labels, numbers], schema=schema_of(first))]),
        (second, [pa.RecordBatch.from_arrays([ids, ids], schema=schema_of(second))]),
    ]
    quoted = {kind: sql.Identifier(word) for kind, word in {**words, "name": name}.items()}
    return tables, sql.SQL(SQL).format(**quoted).as_string(None), (Enum(name=printed, labels=("select", '"', "")),)


@pytest.fixture(params=NAMES, ids=lambda kind: kind)
def place(request: pytest.FixtureRequest, arena: Arena) -> Iterator[tuple[str, str, str]]:
    """Yield a version that is already restored, with a database and a role whose names need quoting."""
    arena.start()
    name, version = NAMES[request.param], f"names-{list(NAMES).index(request.param)}"
    if not Store(arena.root).exists(version):
        publish_batches(Store(arena.root), version, *named(name))
    role, database = sql.Identifier(name), sql.Identifier(name)
    with psycopg.connect(arena.admin(), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(SECRET)))
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))
    try:
        yield (
            version,
            name,
            psycopg.conninfo.make_conninfo(
                host="127.0.0.1", port=arena.server.port, user=name, dbname=name, password=SECRET
            ),
        )
    finally:
        arena.start()
        with psycopg.connect(arena.admin(), autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))
            admin.execute(sql.SQL("DROP ROLE {}").format(role))


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_names_that_need_quoting(arena: Arena, place: tuple[str, str, str], mode: Mode) -> None:
    version, name, url = place
    done = arena.begin(version, url).ends()
    assert done.code == 0, done
    admin = arena.admin(name)
    created = fingerprint(admin, ledger=False)
    execute(admin, sql.SQL("TRUNCATE {0}.{0} CASCADE").format(sql.Identifier(name)).as_string(None))
    emptied = fingerprint(admin, ledger=False)
    with arena.watching() as watch:
        run = arena.begin(version, url, *mode.flags)
        arena.when(watch, run, in_any)
        assert arena.when(watch, run, in_copy)
        run.kill(signal.SIGKILL)
        assert run.ends().code == -signal.SIGKILL
    assert leftovers(admin) == []
    if mode.atomic:
        assert changes(emptied, fingerprint(admin, ledger=False)) == []
    for _ in range(2):
        done = arena.begin(version, url, *mode.flags).ends()
        assert done.code == 0, done
        assert changes(created, fingerprint(admin, ledger=False)) == []
    execute(admin, sql.SQL("ALTER TABLE {0}.{0} DISABLE TRIGGER ALL").format(sql.Identifier(name)).as_string(None))
    execute(admin, sql.SQL("INSERT INTO {0}.{0} DEFAULT VALUES").format(sql.Identifier(name)).as_string(None))
    query = sql.SQL("SELECT max({0}) FROM {0}.{0}").format(sql.Identifier(name)).as_string(None)
    assert execute(admin, query) == [(ROWS + 1,)]
