"""Test which statements of a dump create a schema and its rows, and which concern only the dumped database."""

import pytest

from snap_restorer.pg.scanner import Unreadable
from snap_restorer.schemas.script import CopiedRows, moves_rows, schema_statements

DUMP = r"""
\restrict abc
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE DATABASE app;
\connect app
BEGIN;
CREATE TABLE public.a (i int);
ALTER TABLE public.a OWNER TO admin;
COPY public.a (i)
  FROM stdin;
1
\N
\.
INSERT INTO public.a VALUES (1);
SELECT pg_catalog.setval('public.a_seq', 1, true);
GRANT ALL ON TABLE public.a TO admin;
CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$
  SELECT 'COPY x FROM stdin;'
$$;
COMMENT ON EXTENSION plpgsql IS 'x';
COMMIT;
"""


def test_what_makes_the_schema_is_kept_with_its_line():
    kept = schema_statements(DUMP)
    assert [(" ".join(each.text.split()[:2]), each.at(None), moves_rows(each)) for each in kept] == [
        ("SET statement_timeout", 3, False),
        ("SELECT pg_catalog.set_config('search_path',", 4, False),
        ("CREATE TABLE", 8, False),
        ("COPY public.a", 10, True),
        ("INSERT INTO", 15, True),
        ("SELECT pg_catalog.setval('public.a_seq',", 16, True),
        ("CREATE FUNCTION", 18, False),
    ]
    assert next(each.data for each in kept if isinstance(each, CopiedRows)) == "1\n\\N\n"


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO anon",
        "CREATE ROLE admin LOGIN",
        "CREATE USER admin",
        "CREATE EVENT TRIGGER t ON ddl_command_end EXECUTE FUNCTION f()",
        "CREATE PUBLICATION p FOR ALL TABLES",
        "REVOKE ALL ON SCHEMA public FROM public",
        "ALTER FUNCTION f() OWNER TO admin",
        "ALTER SYSTEM SET work_mem = '1GB'",
        "SET ROLE admin",
        "SET SESSION AUTHORIZATION 'admin'",
        "SET session_replication_role = replica",
        "ALTER PUBLICATION p ADD TABLE a",
        "LOCK TABLE a",
        "ALTER TABLE a DISABLE TRIGGER ALL",
    ],
)
def test_what_belongs_to_another_database_is_left_out(statement):
    assert schema_statements(f"CREATE TABLE a ();\n{statement};") == schema_statements("CREATE TABLE a ();")


def test_what_cannot_be_taken_apart_is_an_error_with_its_line():
    with pytest.raises(Unreadable) as error:
        schema_statements("CREATE TABLE a ();\nCREATE TABLE b (t text DEFAULT 'x);\n")
    assert error.value.line == 2
