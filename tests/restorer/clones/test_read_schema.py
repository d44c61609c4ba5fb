"""Test reading a schema from an SQL script: the tables that Postgres made, and the refused statements by line."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pyarrow as pa
import pytest

from snap.errors import UsageError
from snap.schema import Schema
from snap_restorer import Embedded, read_schema

pytestmark = [pytest.mark.server, pytest.mark.slow]

SCRIPT = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE unused AS ENUM ('x');
CREATE DOMAIN price AS numeric(8,2) CHECK (VALUE > 0);
CREATE TABLE people (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, name varchar(20) NOT NULL UNIQUE, mood mood);
CREATE SCHEMA "Ship";
CREATE TABLE "Ship"."log book" (
    n int PRIMARY KEY, person_id bigint NOT NULL REFERENCES people, cost price,
    twice numeric GENERATED ALWAYS AS (cost * 2) STORED
);
INSERT INTO people (name) VALUES ('no part of the SQL');
"""


@pytest.fixture
def read(home: Path, tmp_path: Path):
    def read(text: str) -> Schema:
        script = tmp_path / "schema.sql"
        script.write_text(text)
        return read_schema([script], environment={"SNAP_DATA_DIR": str(home)})

    return read


def test_tables_come_in_the_order_of_their_references_with_what_postgres_says_of_them(read) -> None:
    schema = read(SCRIPT)
    people, log = schema.tables
    assert (people.label, log.label) == ("people", "Ship.log book")
    assert [(c.name, c.type.pg, c.nullable) for c in people.columns] == [
        ("id", "bigint", False),
        ("name", "character varying(20)", False),
        ("mood", "mood", True),
    ]
    assert people.unique == (("name",),)
    assert log.foreign_keys[0].references == "people"
    assert [column.name for column in log.columns if column.generated] == ["twice"]
    assert [enum.name for enum in schema.enums] == ["mood"]
    assert "CREATE TABLE public.people" in schema.sql
    assert "no part of the SQL" not in schema.sql


def test_texts_that_columns_have_by_default_are_read(read) -> None:
    schema = read(
        "CREATE TABLE labels (id serial PRIMARY KEY, color varchar(7) DEFAULT '#ccc', name text DEFAULT 'it''s',"
        " code char(2) DEFAULT 'x', made text DEFAULT now()::text, twice text GENERATED ALWAYS AS ('a') STORED,"
        " day date DEFAULT '2020-01-01', empty text DEFAULT '');"
    )
    assert schema.detail("labels").defaults == (("color", "#ccc"), ("name", "it's"), ("code", "x"))


def test_nothing_is_left_of_the_database(read, home: Path) -> None:
    read(SCRIPT)
    with psycopg.connect(Embedded(home=home).url("postgres", superuser=True)) as connection:
        names = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'snap_scratch%'").fetchall()
    assert names == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "CREATE TABLE a (i int);\n\nCREATE TABLE b (i int REFERENCES nope);\n",
            'line 3: Postgres refuses it: relation "nope"',
        ),
        ("SELECT 1;\n", "there is no table in"),
        (
            "CREATE TABLE a (i int);\nCOPY a TO PROGRAM 'touch pwned';\n",
            "line 2: Postgres refuses it: permission denied",
        ),
    ],
)
def test_what_postgres_refuses_is_said_with_its_line(read, tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError) as refusal:
        read(text)
    assert message in str(refusal.value)
    assert str(tmp_path / "schema.sql") in str(refusal.value)


def test_psqls_own_commands_are_passed_over(read, tmp_path: Path) -> None:
    schema = read(f"\\! touch {tmp_path}/pwned\nCREATE TABLE a (i int);\nCOPY a FROM stdin;\n1\n\\.\n")
    assert [table.label for table in schema.tables] == ["a"]
    assert not (tmp_path / "pwned").exists()


def _fixed(schema: Schema) -> dict[str, list]:
    return {each.table: pa.ipc.open_stream(each.data).read_all().to_pylist() for each in schema.fixed}


def test_the_rows_that_a_script_inserts_are_kept_by_their_keys(read) -> None:
    schema = read(
        """
        CREATE TABLE roles (id serial PRIMARY KEY, name text NOT NULL, CHECK (name <> ''), at timestamp(0));
        COPY roles (id, name) FROM stdin;
2\tuser
1\ta; \\N b
\\.
        SELECT setval('roles_id_seq', 7);
        INSERT INTO roles (name, at) VALUES ('late', '2026-01-01 10:00');
        CREATE TABLE empty (id int);
        CREATE TABLE schema_migrations (version text PRIMARY KEY);
        INSERT INTO schema_migrations VALUES ('20260101');
        """
    )
    assert [table.label for table in schema.tables] == ["empty", "roles"]
    assert [(row["id"], row["name"]) for row in _fixed(schema)["roles"]] == [(1, "a; N b"), (2, "user"), (8, "late")]
    assert _fixed(schema).keys() == {"roles"}
    assert "schema_migrations" in schema.sql


def test_rows_before_what_they_reference_are_kept_and_refused_ones_are_told(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "schema.sql"
    script.write_text(
        """
        CREATE TABLE a (id int PRIMARY KEY);
        CREATE TABLE b (a int REFERENCES a);
        INSERT INTO b VALUES (1);
        INSERT INTO a VALUES (1);
        INSERT INTO b VALUES (9);
        """
    )
    told: list[str] = []
    schema = read_schema([script], environment={"SNAP_DATA_DIR": str(home)}, warn=told.append)
    assert _fixed(schema) == {"a": [{"id": 1}], "b": [{"a": 1}]}
    assert len(told) == 1
    assert "1 statement on rows left out, because Postgres refuses them; line 6: insert or update on table" in told[0]


def test_what_a_dump_says_of_roles_and_extensions_does_not_stand_in_the_way(read) -> None:
    schema = read(
        """
        CREATE EXTENSION IF NOT EXISTS "uuid-ossp";
        CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA extensions;
        CREATE TABLE a (id uuid PRIMARY KEY DEFAULT uuid_generate_v4(), salt text DEFAULT extensions.gen_salt('bf'));
        ALTER TABLE a OWNER TO somebody;
        ALTER TABLE a ENABLE ROW LEVEL SECURITY;
        CREATE POLICY p ON a TO nobody_yet, another_one USING (true);
        GRANT SELECT ON a TO somebody;
        """
    )
    assert "CREATE POLICY p ON public.a" in schema.sql


SUPABASE = """
CREATE TABLE public.profiles (id uuid PRIMARY KEY REFERENCES auth.users ON DELETE CASCADE, name text);
CREATE TABLE public.notes (
    id bigint PRIMARY KEY, author uuid REFERENCES auth.users, token text DEFAULT encode(gen_random_bytes(8), 'hex'),
    owner uuid DEFAULT auth.uid()
);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.notes TO authenticated USING (auth.uid() = author);
CREATE POLICY files ON storage.objects TO anon USING (bucket_id = 'a' AND (storage.foldername(name))[1] = 'b');
INSERT INTO storage.buckets (id, name, public) VALUES ('a', 'a', true);
ALTER PUBLICATION supabase_realtime ADD TABLE public.notes;
CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA extensions;
CREATE EXTENSION pg_cron;
SELECT cron.schedule('clean', '0 0 * * *', 'DELETE FROM notes');
"""


def test_schemas_of_supabase_stand_in_and_their_tables_join_where_a_row_has_to_name_one(read) -> None:
    schema = read(SUPABASE)
    assert [table.label for table in schema.tables] == ["auth.users", "notes", "profiles"]
    assert [table.label for table in schema.tables if schema.detail(table.label).external] == ["auth.users"]
    assert schema.fixed == ()
    assert "CREATE FUNCTION auth.uid()" in schema.sql
    alone = read("CREATE TABLE notes (id int PRIMARY KEY, author uuid REFERENCES auth.users);")
    assert [table.label for table in alone.tables] == ["notes"]
    assert alone.detail("notes").references[0].references == "auth.users"


def test_a_script_that_creates_the_schema_itself_gets_no_stand_in(read) -> None:
    schema = read(
        """
        CREATE SCHEMA IF NOT EXISTS auth;
        CREATE TABLE auth.users (id int PRIMARY KEY);
        CREATE TABLE notes (id int PRIMARY KEY, author int REFERENCES auth.users);
        """
    )
    assert [table.label for table in schema.tables] == ["auth.users", "notes"]


def test_what_needs_an_extension_that_is_not_to_be_had_is_left_out_and_told(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "schema.sql"
    script.write_text(
        """
        CREATE EXTENSION IF NOT EXISTS postgis;
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
        BEGIN;
        CREATE TABLE places (id int PRIMARY KEY, name text, at geometry(Point,4326), shape public.geography (Polygon));
        LOCK TABLE places;
        CREATE INDEX ON places USING gin (name gin_trgm_ops);
        CREATE INDEX ON places USING gist (at gist_geometry_ops_nd);
        COMMIT;
        """
    )
    told: list[str] = []
    schema = read_schema([script], environment={"SNAP_DATA_DIR": str(home)}, warn=told.append)
    assert [column.type.pg for column in schema.tables[0].columns] == ["integer", "text", "geometry", "geography"]
    assert "gin_trgm_ops" in schema.sql
    left_out, texts = told
    assert "1 statement left out, because the embedded server has no extension postgis; line 8: operator" in left_out
    assert texts.startswith(
        f"{script}, line 2: the embedded server has no extension postgis, so places.at, places.shape hold texts here"
    )


@pytest.mark.parametrize(
    "script",
    [
        "create extension pg_trgm with schema extensions;",
        "create schema extensions; create extension pg_trgm with schema extensions;",
        "create schema extensions authorization me; create extension pg_trgm schema extensions version '1.6' cascade;",
        'create schema if not exists "extensions"; create extension if not exists pg_trgm with schema extensions;',
    ],
)
def test_a_script_may_create_the_schema_of_its_extensions(read, script: str) -> None:
    schema = read(
        f"{script} CREATE TABLE a (id int PRIMARY KEY, name text);"
        "CREATE INDEX ON a USING gin (name extensions.gin_trgm_ops);"
    )
    assert "CREATE SCHEMA extensions;" in schema.sql
    assert "CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA extensions;" in schema.sql


def test_a_schema_that_a_script_creates_twice_is_refused(read) -> None:
    with pytest.raises(UsageError, match=r'line 3: Postgres refuses it: schema "extensions" already exists'):
        read("create schema extensions;\ncreate extension pg_trgm schema extensions;\ncreate schema extensions;")


def test_what_needs_a_type_of_a_lacking_extension_is_refused_with_the_extensions_line(
    home: Path, tmp_path: Path
) -> None:
    script = tmp_path / "schema.sql"
    script.write_text("CREATE EXTENSION nowhere;\nCREATE TABLE a (id int PRIMARY KEY, at nothing);")
    with pytest.raises(UsageError, match='line 2: Postgres refuses it: type "nothing" does not exist') as refused:
        read_schema([script], environment={"SNAP_DATA_DIR": str(home)})
    assert refused.value.hint.startswith(f"the embedded server has no extension nowhere ({script}, line 1): ")
    assert "set $SNAP_PG_BIN" in refused.value.hint


def test_a_collation_of_icu_is_stood_for_where_the_server_has_none(read) -> None:
    schema = read(
        """
        -- Capitals first.
        CREATE COLLATION sorted (provider = icu, locale = '@colCaseFirst=lower');
        CREATE TABLE a (id int PRIMARY KEY, name text COLLATE sorted);
        """
    )
    assert [column.type.pg for column in schema.tables[0].columns] == ["integer", "text"]


def test_an_extension_brings_the_one_that_it_requires(read) -> None:
    schema = read(
        "CREATE EXTENSION earthdistance;"
        "CREATE TABLE a (id int PRIMARY KEY, at earth NOT NULL DEFAULT ll_to_earth(1, 2));"
    )
    assert schema.tables[0].column("at").type.pg == "earth"


@pytest.mark.parametrize(
    ("history", "column"),
    [
        ("__diesel_schema_migrations", "run_on"),
        ("schema_migrations", "version"),
        ("django_migrations", "applied"),
        ("public.alembic_version", "version_num"),
    ],
)
def test_a_migration_that_reads_its_tools_history_finds_it_empty(read, history: str, column: str) -> None:
    schema = read(f"CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT 1 FROM {history} WHERE {column} IS NULL;")
    assert [table.label for table in schema.tables] == ["t"]
    assert not schema.fixed


def test_exclusion_constraints_are_described_with_the_columns_that_they_read(read) -> None:
    schema = read(
        """
        CREATE EXTENSION btree_gist;
        CREATE TABLE stays (
            id int PRIMARY KEY, room int, "from" date, "to" date, gone boolean, during int4range, code text,
            CONSTRAINT own EXCLUDE USING gist (room WITH =, daterange("from", "to", '[]') WITH &&) WHERE (NOT gone),
            EXCLUDE USING gist (during WITH &&) DEFERRABLE,
            EXCLUDE USING btree (room WITH =, code WITH =) WHERE (gone), EXCLUDE USING btree (code WITH =),
            EXCLUDE USING btree (lower(code) WITH =)
        );
        CREATE TABLE parted (n int, during int4range, EXCLUDE USING gist (n WITH =, during WITH &&))
            PARTITION BY HASH (n);
        CREATE TABLE one PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        """
    )
    details = schema.detail("stays")
    assert [(check.columns, check.sql) for check in details.checks] == [
        (("code",), "EXCLUDE USING btree (lower(code) WITH =)"),
        (("during",), "EXCLUDE USING gist (during WITH &&) DEFERRABLE"),
        (
            ("room", "from", "to", "gone"),
            """EXCLUDE USING gist (room WITH =, daterange("from", "to", '[]'::text) WITH &&) WHERE ((NOT gone))""",
        ),
    ]
    assert [(each.columns, each.condition) for each in details.partials] == [
        (("code",), ""),
        (("room", "code"), "gone"),
    ]
    assert [check.columns for check in schema.detail("parted").checks] == [("n", "during")]
