"""Test reading the SQL of an archive's entries, as pg_restore prints it."""

from __future__ import annotations

from snap_restorer.pg.archive_entries import entries_sql

SCRIPT = """--
-- PostgreSQL database dump
--

SET row_security = off;

--
-- Name: t; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.t (
    a integer,
    "b SET (" text
);
ALTER TABLE ONLY public.t ALTER COLUMN a SET (pg_attver=22158952);
ALTER TABLE ONLY public.t ALTER COLUMN "b SET (" SET (pg_attver=22158952, n_distinct=6);
ALTER FOREIGN TABLE ONLY "a ""schema"."odd
name" ALTER COLUMN "new
line" SET (n_distinct=6, pg_attver=22158952);
ALTER TABLE ONLY "odd
name" ALTER COLUMN b SET (pg_attver=22158952);


--
-- PostgreSQL database dump complete
--

"""


def test_settings_and_what_the_server_stamps_on_columns_are_left_out() -> None:
    assert entries_sql(SCRIPT) == (
        """--
-- Name: t; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.t (
    a integer,
    "b SET (" text
);
ALTER TABLE ONLY public.t ALTER COLUMN "b SET (" SET (n_distinct=6);
ALTER FOREIGN TABLE ONLY "a ""schema"."odd
name" ALTER COLUMN "new
line" SET (n_distinct=6);
"""
    )


def test_a_script_without_entries_is_empty() -> None:
    assert entries_sql("--\n-- PostgreSQL database dump\n--\n") == ""
