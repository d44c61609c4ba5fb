"""Test that rows quoted by the server in an error are shown only on the terminal of the person who asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from snap.errors import SnapError, TargetError
from snap_cli.output import print_error
from snap_ops.night.state import failure
from snap_restorer import Target
from snap_restorer.live.reader import open_reader
from snap_restorer.pg import transaction
from snap_restorer.pg.target import Connection
from snap_restorer.prove.read_queries import Measuring, ReadQuery, time_reads
from snap_restorer.schemas.files import read_folder
from snap_restorer.schemas.migrate import migrate
from tests.postgres import execute
from tests.progress import Recorded

ADDRESS = "ada@people.example"
TABLE = "CREATE TABLE people (email text UNIQUE, age int NOT NULL CHECK (age > 0))"
RAISE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN RAISE EXCEPTION 'no mail to %', new.email USING ERRCODE = '{}'; END$$;
    CREATE TRIGGER refuse BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION refuse();
    INSERT INTO people VALUES ('ada@people.example', 1)"""
REFUSED = {
    "unique": f"INSERT INTO people VALUES ('{ADDRESS}', 1), ('{ADDRESS}', 2)",
    "check": f"INSERT INTO people VALUES ('{ADDRESS}', -1)",
    "not null": f"INSERT INTO people VALUES ('{ADDRESS}', NULL)",
    "value": f"INSERT INTO people VALUES ('x', 1); SELECT '{ADDRESS}'::text::int",
    "date": f"SELECT '{ADDRESS}'::text::date",
    "array": f"SELECT ('{{' || '{ADDRESS}')::text::int[]",
    "raised": RAISE.format("P0001"),
    "raised as a constraint": RAISE.format("unique_violation"),
    "raised as a name": RAISE.format("undefined_table"),
    "raised as its own": RAISE.format("PT409"),
    "view": f"CREATE VIEW old AS SELECT * FROM people WHERE age > 99 WITH CHECK OPTION; "
    f"INSERT INTO old VALUES ('{ADDRESS}', 1)",
}


@contextmanager
def people_in(database: str) -> Iterator[Connection]:
    """Yield a session whose search path finds schema public, as the target's own code does."""
    with Target(database).connect() as connection:
        transaction.set_search_path(connection, None)
        yield connection


def refused(database: str, statement: str) -> SnapError:
    with pytest.raises(TargetError) as raised, people_in(database) as connection:
        connection.execute(TABLE.encode())
        connection.execute(statement.encode())
    return raised.value


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED)
def test_the_record_of_a_step_holds_no_row(database: str, statement: str) -> None:
    error = refused(database, statement)
    record = failure("restore", error, time.monotonic(), Recorded())
    assert ADDRESS not in json.dumps(record.document())
    assert record.detail


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED)
def test_the_terminal_shows_the_row(database: str, statement: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_error(refused(database, statement), {})
    assert ADDRESS in capsys.readouterr().err


@pytest.mark.parametrize(
    "line", [f"{ADDRESS}\t\\N\n", f"x\t{ADDRESS}\n", f"{ADDRESS}\n"], ids=["null", "value", "short"]
)
def test_a_row_that_copy_quotes_stays_too(line: str, database: str) -> None:
    with pytest.raises(TargetError) as raised, people_in(database) as connection:
        connection.execute(TABLE.encode())
        with connection.cursor().copy("COPY people FROM STDIN") as copy:
            copy.write(line.encode())
    assert ADDRESS not in failure("restore", raised.value, time.monotonic(), Recorded()).detail
    assert ADDRESS in str(raised.value)


def test_a_row_that_copy_was_at_when_a_lock_was_held_stays_too(database: str) -> None:
    waiting = (
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(9); RETURN new; END$$"
    )
    with pytest.raises(SnapError) as raised, people_in(database) as connection:
        for statement in (
            TABLE,
            waiting,
            "CREATE TRIGGER w BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION wait()",
        ):
            connection.execute(statement.encode())
        connection.execute("SET statement_timeout = 50")
        with connection.cursor().copy("COPY people FROM STDIN") as copy:
            copy.write(f"{ADDRESS}\t1\n".encode())
    assert ADDRESS not in raised.value.reported
    assert ADDRESS in str(raised.value)


def test_what_a_server_says_of_its_objects_leaves_with_its_detail(database: str) -> None:
    with pytest.raises(TargetError) as raised, people_in(database) as connection:
        connection.execute(TABLE.encode())
        connection.execute("CREATE VIEW adults AS SELECT * FROM people")
        connection.execute("DROP TABLE people")
    assert "view adults depends on table people" in raised.value.reported


def test_a_value_that_a_reader_stumbles_over_stays(database: str) -> None:
    with pytest.raises(TargetError) as raised, open_reader(Target(database)) as reader:
        reader.rows(f"SELECT ('{ADDRESS}'::text)::int")
    assert ADDRESS not in raised.value.reported
    assert "invalid text representation (22P02)" in raised.value.reported
    assert ADDRESS in str(raised.value)


def test_a_migration_that_quotes_a_row_is_named_without_it(database: str, tmp_path: Path) -> None:
    execute(database, f"{TABLE}; INSERT INTO people VALUES ('{ADDRESS}', 1)")
    (tmp_path / "1_age.sql").write_text("ALTER TABLE people ALTER email TYPE int USING email::int")
    with pytest.raises(TargetError) as raised:
        migrate(Target(database), read_folder(tmp_path))
    assert "1_age.sql:1: invalid text representation (22P02)" in raised.value.reported
    assert ADDRESS not in raised.value.reported + raised.value.hint
    assert ADDRESS in str(raised.value)


def test_a_query_that_quotes_a_row_is_timed_without_it(database: str) -> None:
    execute(database, f"{TABLE}; INSERT INTO people VALUES ('{ADDRESS}', 1)")
    query = ReadQuery(name="ages", sql="SELECT email::int FROM people")
    (timing,) = time_reads(Target(database), [query], Measuring(settings={}), stop=threading.Event())
    assert timing.reported == "invalid text representation (22P02)"


def test_a_bug_that_quotes_a_row_is_recorded_without_it() -> None:
    noted = Recorded()
    assert ADDRESS not in repr(failure("health", ValueError(f"no number: {ADDRESS}"), time.monotonic(), noted))
    assert ADDRESS in noted.warnings[0]
