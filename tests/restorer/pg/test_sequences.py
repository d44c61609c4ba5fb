"""Test moving sequences within a transaction while other sessions draw values from them."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import pytest

from snap_restorer.pg.partition_tree import read_tree
from snap_restorer.pg.sequences import Move, Position, move, target_sequences
from tests.postgres import execute

LEAST, GREATEST = -(2**63), 2**63 - 1


def moving(connection: psycopg.Connection[Any], last_value: int, is_called: bool, *, back: bool = False) -> None:
    (sequence,) = target_sequences(connection, read_tree(connection, []), [("public", "s")])
    position = Position(last_value=last_value, is_called=is_called)
    move(connection, [Move(sequence=sequence, position=position, back=back)])


def stand(url: str) -> tuple[Any, ...]:
    return execute(url, "SELECT last_value, is_called FROM s")[0]


@pytest.mark.parametrize(
    ("increment", "before", "wanted", "after"),
    [
        (1, (90, True), (40, True), (90, True)),
        (1, (41, False), (40, True), (41, False)),
        (1, (40, False), (40, True), (40, True)),
        (1, (3, True), (40, False), (40, False)),
        (-3, (-90, True), (-40, True), (-90, True)),
        (-3, (-7, True), (-40, True), (-40, True)),
        (50, (101, True), (151, True), (151, True)),
        (2**62, (GREATEST, False), (GREATEST, True), (GREATEST, True)),
        (-(2**62), (0, True), (LEAST, True), (LEAST, True)),
        (-(2**62), (LEAST, True), (GREATEST, False), (LEAST, True)),
    ],
)
def test_a_sequence_goes_on_and_never_back_unless_it_may(
    any_database: str, increment: int, before: tuple[int, bool], wanted: tuple[int, bool], after: tuple[int, bool]
) -> None:
    execute(
        any_database,
        f"""CREATE SEQUENCE s INCREMENT {increment} MINVALUE {LEAST} MAXVALUE {GREATEST} START 1;
        SELECT setval('s', {before[0]}, {before[1]})""",
    )
    for back, stands in ((False, after), (True, wanted)):
        with psycopg.connect(any_database) as connection:
            moving(connection, *wanted, back=back)
            connection.rollback()
            assert stand(any_database) == before
            moving(connection, *wanted, back=back)
        assert stand(any_database) == stands
        execute(any_database, f"SELECT setval('s', {before[0]}, {before[1]})")


@pytest.mark.parametrize("kind", ["smallint", "bigint"])
def test_the_sequence_of_an_identity_column_stays_one(database: str, kind: str) -> None:
    execute(
        database,
        f"""CREATE TABLE t (id {kind} GENERATED ALWAYS AS IDENTITY
            (SEQUENCE NAME s MAXVALUE 50 CACHE 3 CYCLE INCREMENT 7))""",
    )
    definition = "SELECT to_jsonb(q) FROM pg_sequence q"
    before = execute(database, definition)
    with psycopg.connect(database) as connection:
        moving(connection, 50, True)
    assert execute(database, definition) == before
    assert execute(database, "INSERT INTO t DEFAULT VALUES RETURNING id") == [(1,)]


def test_what_another_session_draws_meanwhile_is_not_drawn_again(database: str) -> None:
    """Another session draws from the sequence after its position was read, and before the sequence is locked."""
    execute(database, "CREATE SEQUENCE s")
    with psycopg.connect(database) as other, psycopg.connect(database) as connection:
        other.execute("ALTER SEQUENCE s INCREMENT BY 1; SELECT setval('s', 90)")
        waiting = threading.Thread(target=moving, args=(connection, 40, True))
        waiting.start()
        while not execute(database, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            assert waiting.is_alive()
        other.commit()
        waiting.join()
        connection.commit()
    assert stand(database) == (90, True)
