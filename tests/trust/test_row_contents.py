"""Rows that the server quotes in an error stay on the terminal of who asked."""

from __future__ import annotations

import json
import time

import pytest

from snap.errors import SnapError, TargetError
from snap_cli.output import print_error
from snap_ops.night.state import failure
from snap_restorer import Target
from tests.progress import Recorded

ADDRESS = "ada@people.example"
REFUSED = {
    "unique": f"INSERT INTO people VALUES ('{ADDRESS}', 1), ('{ADDRESS}', 2)",
    "check": f"INSERT INTO people VALUES ('{ADDRESS}', -1)",
    "not null": f"INSERT INTO people VALUES ('{ADDRESS}', NULL)",
}


def refused(database: str, statement: str) -> SnapError:
    with pytest.raises(TargetError) as raised, Target(database).connect() as connection:
        connection.execute("CREATE TABLE people (email text UNIQUE, age int NOT NULL CHECK (age > 0))")
        connection.execute(statement.encode())
    return raised.value


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED)
def test_the_record_of_a_step_holds_no_row(database: str, statement: str) -> None:
    error = refused(database, statement)
    record = failure("restore", error, time.monotonic(), Recorded())
    assert ADDRESS not in json.dumps(record.document())
    assert "people" in record.detail


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED)
def test_the_terminal_shows_the_row(database: str, statement: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_error(refused(database, statement), {})
    assert ADDRESS in capsys.readouterr().err


def test_a_row_that_copy_quotes_stays_too(database: str) -> None:
    with pytest.raises(TargetError) as raised, Target(database).connect() as connection:
        connection.execute("CREATE TABLE people (email text, age int NOT NULL)")
        with connection.cursor().copy("COPY people FROM STDIN") as copy:
            copy.write(f"{ADDRESS}\t\\N\n".encode())
    assert ADDRESS not in failure("restore", raised.value, time.monotonic(), Recorded()).detail
