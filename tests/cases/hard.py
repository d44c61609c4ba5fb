"""Provide a small snapshot that is hard to restore, all in schema `app`, whose owner may own nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from snap.store import Snapshot
from tests.cases.snapshots import snapshot, table
from tests.postgres import execute

CREW = table(
    "crew", ("id", "bigint"), ("name", "text"), ("boss", "bigint"), ("loud", "text"), schema="app", generated=["loud"]
)
NOTE = table("note", ("id", "integer"), ("crew_id", "bigint"), ("at", "timestamp with time zone"), schema="app")
KIND = table("kind", ("id", "integer"), ("address", "inet"), ("tags", "text[]"), schema="app")
PART = table("part", ("id", "integer"), ("Group", "text"), schema="app")
SQL = """
CREATE TABLE app.crew (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL CHECK (name <> ''),
    boss bigint REFERENCES app.crew,
    loud text GENERATED ALWAYS AS (pg_catalog.upper(name)) STORED,
    notes integer NOT NULL DEFAULT 0
);
CREATE TABLE app.note (
    id serial PRIMARY KEY,
    crew_id bigint NOT NULL REFERENCES app.crew DEFERRABLE,
    at timestamptz(6),
    EXCLUDE (crew_id WITH =) WHERE (at IS NULL)
);
CREATE UNIQUE INDEX "note at" ON app.note (crew_id, (at AT TIME ZONE 'UTC')) INCLUDE (id) WHERE crew_id > 0;
CREATE TABLE app.kind (id integer PRIMARY KEY, address inet, tags text[]);
CREATE TABLE app.part (id integer, "Group" text) PARTITION BY LIST ("Group");
CREATE TABLE app.part_a PARTITION OF app.part FOR VALUES IN ('a') PARTITION BY RANGE (id);
CREATE TABLE app.part_a1 PARTITION OF app.part_a DEFAULT;
CREATE TABLE app.part_b PARTITION OF app.part DEFAULT;
CREATE VIEW app.loud AS SELECT loud FROM app.crew;
CREATE FUNCTION app.counted() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN UPDATE app.crew SET notes = notes + 1 WHERE id = NEW.crew_id; RETURN NULL; END $$;
CREATE TRIGGER counted AFTER INSERT ON app.note FOR EACH ROW EXECUTE FUNCTION app.counted();
ALTER TABLE app.kind ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.kind FORCE ROW LEVEL SECURITY;
"""
HELD = {
    "SELECT id, name, boss, loud, notes FROM app.crew ORDER BY 1": [
        (1, "ann", 3, "ANN", 0),
        (2, "bob", None, "BOB", 0),
        (3, "c\ty", 3, "C\tY", 0),
    ],
    "SELECT id, crew_id, at AT TIME ZONE 'UTC' = 'epoch' FROM app.note ORDER BY 1": [(7, 1, True), (9, 1, None)],
    "SELECT id, address::text, tags FROM app.kind": [(1, "10.0.0.1/8", ["", None, '"\\'])],
    'SELECT id, "Group", tableoid::regclass::text FROM app.part ORDER BY 1': [
        (1, "a", "app.part_a1"),
        (2, "b", "app.part_b"),
    ],
    "SELECT relname FROM pg_class WHERE relforcerowsecurity": [("kind",)],
    "SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal": [("counted", "O")],
}


def hard(folder: Path, before: str = "") -> Snapshot:
    """Write the snapshot; its schema's SQL starts with the SQL `before`."""
    rows: list[tuple[Any, list[tuple[Any, ...]]]] = [
        (NOTE, [(7, 1, 0), (9, 1, None)]),
        (CREW, [(1, "ann", 3), (2, "bob", None), (3, "c\ty", 3)]),
        (KIND, [(1, "10.0.0.1/8", ["", None, '"\\'])]),
        (PART, [(1, "a"), (2, "b")]),
    ]
    return snapshot(folder, rows, before + SQL)


def assert_held(url: str) -> None:
    """Check, as a superuser, that the database holds the snapshot, and that sequences continue after its keys."""
    for query, rows in HELD.items():
        assert execute(url, query) == rows, query
    assert execute(url, "SELECT nextval('app.note_id_seq'), nextval('app.crew_id_seq')") == [(10, 4)]
