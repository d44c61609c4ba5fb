"""Test the texts of the server's errors: the whole message with its HINT, and advice of snap only if it is certain."""

from __future__ import annotations

import re

import psycopg
import pytest

from snap.errors import ServiceError, SnapError, TargetError
from snap_restorer import Target
from snap_restorer.live.reader import open_reader
from snap_restorer.pg.server_errors import joined
from tests.postgres import execute, name_of

TABLES = "CREATE TABLE public.parent (i int PRIMARY KEY); CREATE TABLE public.child (i int REFERENCES public.parent)"
LONG = """
CREATE TABLE public.long (t text);
CREATE INDEX ON public.long (t);
INSERT INTO public.long SELECT pg_catalog.string_agg(pg_catalog.md5(i::text), '') FROM generate_series(1, 200) i
"""
# SQL, what is said, and the advice. The server's own HINT comes word for word.
REFUSALS = [
    ("CREATE EXTENSION nowhere", "could not open|is not available", "The extension must first be installed"),
    ("TRUNCATE public.parent", 'cannot truncate a table referenced.*(Table "child" references)', 'Truncate table "ch'),
    ("CLUSTER pg_catalog.pg_class", "no previously clustered index", "correct what the message names"),
    ("SELECT '2024-13-45'::date", "out of range.*[Dd]ate[Ss]tyle", "refuses a value"),
    ("SELECT 'x'::integer", "invalid input syntax", "a type, an expression or a function of the target"),
    ("INSERT INTO public.child VALUES (7)", r"Key \(i\)=\(7\) is not present", "a constraint of the target refuses"),
    ("SELECT pg_catalog.nothing(1)", "does not exist", "No function matches the given name"),
    ("DROP TABLE public.parent", "constraint child_i_fkey on table public.child depends", "Use DROP ... CASCADE"),
    ("SET LOCAL transaction_read_only = on; CREATE TABLE t ()", "read-only transaction", "that is not a replica"),
    (LONG, "index row (size|requires)", "Values larger than 1/3 of a buffer page cannot be indexed"),
    ("CREATE POLICY p ON public.child TO absent", 'role "absent" does not exist', r"CREATE ROLE"),
    (
        "ALTER TABLE public.parent ADD CHECK (i > 0); INSERT INTO public.parent VALUES (0)",
        "violates check constraint",
        "whose function reads other tables .* make it a trigger",
    ),
    (
        "DO $$ BEGIN PERFORM 1 FROM absent; END $$",
        'relation "absent" does not exist',
        "correct what the message names",
    ),
    (
        "CREATE FUNCTION public.f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT i FROM absent); END';"
        "SELECT public.f()",
        r'relation "absent" does not exist \(PL/pgSQL function public.f',
        "create the object that the function needs, or set the search path .* ALTER FUNCTION",
    ),
    (
        "DO $$ BEGIN RAISE 'no' USING HINT = 'ask Ann', ERRCODE = '53200'; END $$",
        "no .*ask Ann",
        "correct what the message names",
    ),
]
FAILURES = [
    (
        "SELECT pg_catalog.pg_advisory_xact_lock(i) FROM generate_series(1, 1000000) i",
        "out of shared memory",
        'increase "?max_locks_per_transaction',
    ),
    ("SET LOCAL statement_timeout = 20; SELECT pg_catalog.pg_sleep(9)", "statement timeout", "cancelled the statement"),
    ("CREATE FUNCTION f() RETURNS int LANGUAGE c AS '/no'", "could not access file", "the server has no such file"),
    (
        "SET LOCAL temp_file_limit = 0; SET LOCAL work_mem = 64; SELECT i FROM generate_series(1, 99999) i ORDER BY -i",
        "temp_file_limit",
        "raise the limit that the message names",
    ),
    ("SELECT pg_catalog.array_in('{1}', 0, -1)", "cache lookup failed", "reports a fault of its own"),
]


def failure(url: str, statement: str) -> SnapError:
    with pytest.raises(SnapError) as failed, Target(url).connect() as connection:
        connection.execute(statement.encode())
    return failed.value


@pytest.mark.parametrize(("statement", "message", "hint"), REFUSALS)
def test_a_refusal_keeps_the_servers_detail_and_hint(database: str, statement: str, message: str, hint: str) -> None:
    execute(database, TABLES)
    error = failure(database, statement)
    assert isinstance(error, TargetError)
    assert re.search(message, error.message), error.message
    assert re.search(hint, error.hint), error.hint


@pytest.mark.parametrize(("statement", "message", "hint"), FAILURES)
def test_a_failure_of_a_server_that_answers_is_not_taken_for_a_lost_connection(
    database: str, statement: str, message: str, hint: str
) -> None:
    error = failure(database, statement)
    assert isinstance(error, ServiceError)
    assert re.search(message, error.message), error.message
    assert re.search(hint, error.hint), error.hint
    assert "still runs" not in error.hint


def test_only_a_session_that_broke_is_told_to_look_after_the_server(database: str) -> None:
    with pytest.raises(ServiceError, match="terminating connection") as ended, Target(database).connect() as connection:
        execute(database, "SELECT pg_terminate_backend(%s)", connection.info.backend_pid)
        connection.execute("SELECT 1")
    assert "an administrator ended the session" in ended.value.hint
    with pytest.raises(ServiceError, match="clos") as closed, Target(database).connect() as connection:
        connection.close()
        connection.execute("SELECT 1")
    assert "still runs" in closed.value.hint
    with pytest.raises(ServiceError, match="NUL") as unsent, Target(database).connect() as connection:
        connection.execute("SELECT %s::text", ["\0"])
    assert unsent.value.hint == ""


def test_lines_of_libpq_are_joined_with_punctuation() -> None:
    refused = 'connection to server at "127.0.0.1", port 1 failed: Connection refused. Is the server running on that '
    with pytest.raises(ServiceError) as failed, Target("postgresql://me@127.0.0.1:1/x").connect():
        pass
    assert refused in failed.value.message
    with pytest.raises(ServiceError) as unread, open_reader(Target("postgresql://me@127.0.0.1:1/x")):
        pass
    assert refused in unread.value.message
    assert joined("a failed: FATAL:  no\nb failed: no,\n\tat all\n\nWhy?\nBecause\n") == (
        "a failed: FATAL: no; b failed: no, at all. Why? Because"
    )


def test_objects_that_depend_on_one_are_listed_with_punctuation(database: str) -> None:
    execute(database, f"{TABLES}; CREATE TABLE public.other (i int REFERENCES public.parent)")
    assert re.search(
        r"\(constraint \w+ on table public\.child depends on table public\.parent; "
        r"constraint \w+ on table public\.other depends on table public\.parent\)",
        failure(database, "DROP TABLE public.parent").message,
    )


def test_who_owns_the_tables_is_not_sent_to_their_owner(database: str) -> None:
    execute(database, f'CREATE ROLE keeper; ALTER DATABASE "{name_of(database)}" OWNER TO keeper; {TABLES}')
    function = "CREATE FUNCTION public.f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'"
    trigger = f"{function}; CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION public.f()"
    assert (
        failure(database, f"SET LOCAL ROLE keeper; {trigger}").hint == "Must be superuser to create an event trigger."
    )
    for refused, message in (
        ("SELECT FROM public.parent", "permission denied for table parent"),
        ("ALTER TABLE public.parent ADD j int", "must be owner of table parent"),
    ):
        error = failure(database, f"SET LOCAL ROLE keeper; {refused}")
        assert message in error.message
        assert error.hint == (
            "connect as a role that may do this, or grant this role the privilege that the message names"
        )


def test_a_lock_that_another_session_holds(database: str) -> None:
    execute(database, TABLES)
    with psycopg.connect(database) as other:
        other.execute("LOCK TABLE public.parent")
        error = failure(database, "SET LOCAL lock_timeout = 20; SELECT FROM public.parent")
    assert error.message.startswith("lock held: canceling statement due to lock timeout")
    assert "raise the lock timeout" in error.hint


def test_a_row_that_another_session_changed(database: str) -> None:
    execute(database, f"{TABLES}; INSERT INTO public.parent VALUES (1)")
    with pytest.raises(TargetError, match="could not serialize") as failed, Target(database).connect() as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute("SELECT FROM public.parent")
        execute(database, "UPDATE public.parent SET i = 2")
        connection.execute("UPDATE public.parent SET i = 3")
    assert "try again" in failed.value.hint


def test_what_is_read_through_arrow_keeps_the_servers_words_too(database: str) -> None:
    with pytest.raises(SnapError) as missing, open_reader(Target(database)) as reader:
        reader.rows("SELECT pg_catalog.nothing(1)")
    assert missing.value.hint.startswith("No function matches the given name")
    assert "HINT" not in missing.value.message
    raising = "DO $$ BEGIN RAISE 'row 4711' USING DETAIL = 'of Ann', HINT = 'ask Ann', ERRCODE = '42501'; END $$"
    with pytest.raises(SnapError) as raised, open_reader(Target(database)) as reader:
        reader.execute(raising)
    for text in ("row 4711", "of Ann", "ask Ann"):
        assert text in raised.value.message
        assert text not in raised.value.reported + raised.value.hint


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO public.child VALUES (4711)",
        "INSERT INTO public.parent VALUES (4711), (4711)",
        "SELECT '4711x'::integer",
        "DO $$ BEGIN RAISE '4711' USING HINT = '4711', DETAIL = '4711', ERRCODE = '53200'; END $$",
    ],
)
def test_values_of_rows_are_on_the_terminal_alone(database: str, statement: str) -> None:
    execute(database, TABLES)
    error = failure(database, statement)
    assert "4711" in error.message
    assert "4711" not in error.reported + error.hint
