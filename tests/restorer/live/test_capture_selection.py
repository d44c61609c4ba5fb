"""Test captures of some tables: the objects that they include, and those that they leave out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from snap.errors import UsageError
from snap.store import Store
from snap_restorer import Target, restore
from tests.cases.captures import Capture
from tests.postgres import execute
from tests.progress import Recorded


@pytest.mark.slow
def test_only_some_tables_with_what_they_need(databases: Callable[[], str], take: Capture, store: Store) -> None:
    source, target = databases(), databases()
    execute(
        source,
        """
        CREATE SCHEMA app; CREATE SCHEMA other;
        CREATE TYPE app.mood AS ENUM ('a'); CREATE TYPE app.unused AS ENUM ('b');
        CREATE FUNCTION app.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE FUNCTION app.unused() RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE SEQUENCE app.numbers; CREATE SEQUENCE app.unused_numbers;
        CREATE TABLE other.big (id int PRIMARY KEY);
        CREATE TABLE app.base (id serial PRIMARY KEY);
        CREATE TABLE app.t (m app.mood, n bigint DEFAULT nextval('app.numbers'), i int GENERATED ALWAYS AS IDENTITY,
            big int REFERENCES other.big, self int, UNIQUE (n)) INHERITS (app.base);
        CREATE INDEX ON app.t (m);
        CREATE TRIGGER f BEFORE UPDATE ON app.t FOR EACH ROW EXECUTE FUNCTION app.f();
        COMMENT ON COLUMN app.t.m IS 'how';
        CREATE VIEW app.v AS SELECT * FROM app.t;
        INSERT INTO other.big VALUES (1);
        INSERT INTO app.t (m, big) VALUES ('a', 1);
        """,
    )
    heard = Recorded()
    manifest = take(source, tables=("app.t",), progress=heard)
    assert [data.table.label for data in manifest.tables] == ["app.t"]
    assert manifest.tables[0].table.foreign_keys == ()
    assert heard.warnings == [
        "table app.t references other.big, which is not captured: the foreign key t_big_fkey is left out of the schema"
    ]
    restore(store.resolve(manifest.version), Target(target))
    made = execute(
        target, "SELECT relname FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind IN ('r', 'S', 'v')"
    )
    assert sorted(name for (name,) in made) == ["base", "base_id_seq", "numbers", "t", "t_i_seq"]
    assert execute(target, "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal") == [("f",)]
    assert execute(target, "SELECT proname FROM pg_proc WHERE pronamespace = 'app'::regnamespace") == [("f",)]
    assert execute(target, "SELECT col_description('app.t'::regclass, 2)") == [("how",)]
    assert execute(target, "SELECT FROM pg_namespace WHERE nspname = 'other'") == []
    assert "--     ADD CONSTRAINT t_big_fkey FOREIGN KEY (big) REFERENCES other.big(id);" in manifest.schema_sql


@pytest.mark.slow
def test_all_but_some_tables(databases: Callable[[], str], take: Capture, store: Store) -> None:
    source, target = databases(), databases()
    execute(
        source,
        """CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int REFERENCES a); CREATE TABLE log (id serial);
        CREATE TABLE log2 (id int); CREATE VIEW v AS SELECT a FROM b; CREATE VIEW w AS SELECT * FROM log2;
        INSERT INTO a VALUES (1); INSERT INTO b VALUES (1); INSERT INTO log DEFAULT VALUES""",
    )
    manifest = take(source, exclude=("log*",))
    assert [(data.table.label, data.rows) for data in manifest.tables] == [("a", 1), ("b", 1)]
    restore(store.resolve(manifest.version), Target(target))
    assert execute(target, "TABLE v") == [(1,)]
    assert execute(target, "SELECT to_regclass('log'), to_regclass('w')") == [(None, None)]


def test_a_pattern_that_names_nothing_is_refused(database: str, take: Capture, store: Store) -> None:
    execute(database, "CREATE TABLE crew (id int)")
    for selection in ({"tables": ("crews",)}, {"exclude": ("nobody",)}):
        with pytest.raises(UsageError, match=r"^pattern (crews|nobody) matches no table$") as refused:
            take(database, **selection)
        assert "the database has these tables: crew" in refused.value.hint
    with pytest.raises(UsageError, match=r"^patterns match no table: crews, nobody$"):
        take(database, tables=("crew", "crews"), exclude=("nobody",))
    assert store.names() == ()
