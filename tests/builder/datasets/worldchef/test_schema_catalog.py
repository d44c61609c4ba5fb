"""Test schema.sql in a real Postgres: its catalog agrees with the declarations, and any role can create it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from snap.schema import Column, Enum, ForeignKey, Table, load_order
from snap.schema_json import read_schema_json
from snap.store import Store
from snap.types import parse
from snap_builder import bundled
from snap_builder.datasets.worldchef.vocabulary import CUISINES, DIETS, DIFFICULTIES, MEALS
from snap_restorer import read_schema
from tests.paths import ROOT
from tests.postgres import execute

DATASET = bundled("worldchef")
ENUMS, SQL, TABLES = DATASET.enums, DATASET.sql, DATASET.tables
FOLDER = ROOT / "builder/snap_builder/datasets/worldchef"


class TestCatalog:
    def test_enums_are_those_declared(self, url: str) -> None:
        found = execute(
            url,
            "SELECT format_type(t.oid, NULL), array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_type t "
            "JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY t.oid",
        )
        assert {Enum(name=name, labels=tuple(labels)) for name, labels in found} == set(ENUMS)

    def test_tables_are_those_declared(self, url: str) -> None:
        assert {t.label: t for t in _catalog(url)} == {t.label: _without_derived(t) for t in TABLES}

    @pytest.mark.slow
    def test_the_kept_schema_is_what_a_postgres_makes_of_the_script(self, home: Path) -> None:
        script = FOLDER / "schema.sql"
        kept = read_schema_json((FOLDER / "schema.json").read_bytes(), script.read_bytes())
        assert kept is not None
        read = read_schema([script], environment={**os.environ, "SNAP_DATA_DIR": str(home)})
        assert kept == replace(read, sql=kept.sql)  # the text is another of each pg_dump

    @pytest.mark.parametrize("version", ["v1", "v2", "v3"])
    def test_tables_and_enums_are_those_of_the_versions(self, version: str) -> None:
        manifest = Store(ROOT).resolve(version).manifest
        assert (manifest.enums, tuple(data.table for data in manifest.tables)) == (ENUMS, TABLES)
        assert manifest.schema_sql == SQL

    def test_the_vocabulary_has_the_labels_of_the_enums(self) -> None:
        labels = {enum.name: enum.labels for enum in ENUMS}
        assert labels["cuisine_type"] == CUISINES
        assert labels["dietary_type"] == DIETS
        assert labels["difficulty"] == DIFFICULTIES
        assert labels["meal_type"] == MEALS

    def test_tables_stand_in_load_order(self) -> None:
        assert load_order(TABLES) == TABLES

    def test_derived_columns_are_what_triggers_keep(self) -> None:
        derived = {f"{table.name}.{column.name}" for table in TABLES for column in table.columns if column.derived}
        assert derived == {
            "users.last_active_at",
            "recipes.likes_count",
            "recipes.ratings_count",
            "recipes.rating_average",
            "recipes.collections_count",
            "recipe_collections.items_count",
        }

    def test_every_foreign_key_leads_an_index(self, url: str) -> None:
        bare = execute(
            url,
            """
            SELECT c.conrelid::regclass, c.conkey FROM pg_constraint c WHERE c.contype = 'f' AND NOT EXISTS (
                SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indpred IS NULL
                AND (i.indkey::int2[])[0:cardinality(c.conkey) - 1] = c.conkey)
            """,
        )
        assert bare == []

    def test_it_needs_no_extension_and_leaves_nothing_outside_schema_public(self, url: str) -> None:
        assert execute(url, "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'") == []
        assert execute(
            url,
            "SELECT DISTINCT relnamespace::regnamespace::text FROM pg_class WHERE oid >= 16384 "
            "AND relnamespace::regnamespace::text NOT LIKE 'pg_%'",
        ) == [("public",)]

    def test_it_is_created_by_a_plain_owner_whatever_the_search_path(self, databases: Callable[[], str]) -> None:
        url = databases()
        execute(url, "CREATE ROLE plain_owner")
        execute(url, "ALTER SCHEMA public OWNER TO plain_owner")
        with psycopg.connect(url) as connection:
            connection.execute("SET ROLE plain_owner")
            connection.execute("SET search_path = ''")
            connection.execute(SQL.encode())


def _without_derived(table: Table) -> Table:
    """Return a table without the facts that a catalog cannot know."""
    return Table(
        name=table.name,
        columns=tuple(
            Column(name=c.name, type=c.type, nullable=c.nullable, generated=c.generated) for c in table.columns
        ),
        primary_key=table.primary_key,
        unique=table.unique,
        foreign_keys=_sorted(table.foreign_keys),
    )


def _sorted(keys: Iterable[ForeignKey]) -> tuple[ForeignKey, ...]:
    return tuple(sorted(keys, key=lambda key: key.columns))


def _catalog(url: str) -> list[Table]:
    """Return every table of schema public from the catalog, in the form of the declarations."""
    enums = {enum.name for enum in ENUMS}
    columns: dict[str, list[Column]] = {}
    for table, name, kind, required, generated in execute(
        url,
        """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated = 's'
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY c.relname, a.attnum
        """,
    ):
        column = Column(name=name, type=parse(kind, enums), nullable=not required, generated=generated)
        columns.setdefault(table, []).append(column)
    constraints = execute(
        url,
        """
        SELECT c.conrelid::regclass::text, c.contype::text, c.confrelid::regclass::text,
            ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k (n, i)
                  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.n ORDER BY k.i),
            ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY k (n, i)
                  JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.n ORDER BY k.i)
        FROM pg_constraint c WHERE c.contype IN ('p', 'u', 'f')
        ORDER BY c.conrelid, c.conkey
        """,
    )
    return [
        Table(
            name=name,
            columns=tuple(found),
            primary_key=next(
                (tuple(own) for table, kind, _, own, _ in constraints if (table, kind) == (name, "p")), ()
            ),
            unique=tuple(tuple(own) for table, kind, _, own, _ in constraints if (table, kind) == (name, "u")),
            foreign_keys=_sorted(
                ForeignKey(columns=tuple(own), references=to, to=tuple(theirs))
                for table, kind, to, own, theirs in constraints
                if (table, kind) == (name, "f")
            ),
        )
        for name, found in columns.items()
    ]
