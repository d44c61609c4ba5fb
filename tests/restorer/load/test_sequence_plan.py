"""Test positions of sequences after a restore: from the snapshot, or from the values of the columns that they fill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from snap.errors import TargetError
from snap.manifest import SequencePosition
from snap.store import Snapshot
from snap_restorer import Target, restore
from snap_restorer.pg.guard import Guard
from snap_restorer.request import Mode, Request
from tests.cases.edits import keyed
from tests.cases.snapshots import snapshot, table
from tests.cases.targets import ROWS, Load, T
from tests.postgres import execute
from tests.progress import Recorded

YES = Guard(yes=True)
KEYED = keyed(T, "id")
TABLE = "CREATE TABLE t (id int PRIMARY KEY, v text)"


def carrying(folder: Path, *positions: tuple[str, int, bool], sql: str = "") -> Snapshot:
    """Return a snapshot of table t with positions of sequences in schema public."""
    made = snapshot(folder, [(KEYED, ROWS)], sql)
    carried = tuple(
        SequencePosition(schema="public", name=name, last_value=last_value, is_called=is_called)
        for name, last_value, is_called in positions
    )
    return replace(made, manifest=replace(made.manifest, sequences=carried))


def stand(url: str, name: str = "s") -> tuple[int, bool]:
    ((last_value, is_called),) = execute(url, f"SELECT last_value, is_called FROM {name}")
    return last_value, is_called


@pytest.mark.parametrize("other", [(2, True), (40, False), (90, True)])
def test_replace_sets_exactly_what_was_carried(tmp_path: Path, database: str, other: tuple[int, bool]) -> None:
    execute(database, f"{TABLE}; CREATE SEQUENCE s INCREMENT 5; SELECT setval('s', {other[0]}, {other[1]})")
    for position in ((40, True), (7, False)):
        restore(carrying(tmp_path, ("s", *position)), Target(database), Request(guard=YES))
        assert stand(database) == position


@pytest.mark.parametrize(
    "outside",
    [
        "CREATE TABLE o (id int DEFAULT nextval('s'))",
        "CREATE TABLE o (id text DEFAULT 'O-' || nextval('s'))",
        "CREATE DOMAIN d AS int DEFAULT nextval('s'); CREATE TABLE o (id d)",
        "CREATE TABLE o (id int); ALTER SEQUENCE s OWNED BY o.id",
        "CREATE TABLE o (id int DEFAULT nextval('s')) PARTITION BY LIST (id)",
        "ALTER TABLE t ADD extra int DEFAULT nextval('s')",
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER r FOREIGN DATA WRAPPER w;"
        "CREATE FOREIGN TABLE o (id int DEFAULT nextval('s')) SERVER r",
    ],
)
def test_what_columns_outside_draw_from_never_goes_back(tmp_path: Path, database: str, outside: str) -> None:
    execute(database, f"{TABLE}; CREATE SEQUENCE s; SELECT setval('s', 90); {outside}")
    restore(carrying(tmp_path, ("s", 40, True)), Target(database), Request(guard=YES))
    ((last_value, is_called),) = {stand(database)}
    assert (last_value >= 90, is_called) == (True, True)
    restore(carrying(tmp_path, ("s", 191, True)), Target(database), Request(guard=YES))
    assert stand(database) == (191, True)


@pytest.mark.parametrize(
    "inside",
    [
        "CREATE TABLE t (id int DEFAULT nextval('s'), v text)",
        "CREATE TABLE t (id int, v text DEFAULT nextval('s') || 'x')",
        "CREATE TABLE t (id int DEFAULT nextval('s'), v text) PARTITION BY LIST (id);"
        "CREATE TABLE leaf PARTITION OF t DEFAULT PARTITION BY LIST (id); CREATE TABLE leaf2 PARTITION OF leaf DEFAULT;"
        "CREATE VIEW seen AS SELECT * FROM t; ALTER VIEW seen ALTER id SET DEFAULT nextval('s')",
    ],
)
def test_what_only_the_snapshots_tables_draw_from_goes_back(tmp_path: Path, database: str, inside: str) -> None:
    execute(database, f"CREATE SEQUENCE s; SELECT setval('s', 90); {inside}")
    restore(carrying(tmp_path, ("s", 40, True)), Target(database), Request(guard=YES))
    assert stand(database) == (40, True)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["missing", "sync"])
@pytest.mark.parametrize("rows", ["(1, 'a'), (2, NULL), (5, 'b')", "(1, 'a')"])
def test_missing_and_sync_move_a_sequence_on_and_never_back(
    tmp_path: Path, database: str, mode: Mode, rows: str
) -> None:
    execute(
        database,
        f"""{TABLE}; INSERT INTO t VALUES {rows}; CREATE SEQUENCE s; CREATE SEQUENCE further;
        SELECT setval('s', 3), setval('further', 90)""",
    )
    made = carrying(tmp_path, ("s", 40, True), ("further", 40, True))
    restore(made, Target(database), Request(mode=mode, guard=YES, dry_run=True))
    assert (stand(database), stand(database, "further")) == ((3, True), (90, True))
    for _ in range(2):
        restore(made, Target(database), Request(mode=mode, guard=YES))
        assert (stand(database), stand(database, "further")) == ((40, True), (90, True))


def test_a_restore_that_fails_moves_no_sequence(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    execute(database, f"{TABLE}; CREATE SEQUENCE s; SELECT setval('s', 90)")

    def verify(connection: psycopg.Connection[Any], *_: object) -> None:
        assert connection.execute("SELECT last_value, is_called FROM public.s").fetchone() == (40, True)
        raise TargetError("too late")

    monkeypatch.setattr("snap_restorer.replace.steps.verify_tables", verify)
    with pytest.raises(TargetError, match="too late"):
        restore(carrying(tmp_path, ("s", 40, True)), Target(database), Request(guard=YES))
    assert stand(database) == (90, True)
    assert execute(database, "SELECT nextval('s')") == [(91,)]


def test_a_sequence_that_the_target_lacks_is_noted_and_a_renamed_one_follows_its_column(
    tmp_path: Path, database: str
) -> None:
    execute(
        database, "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME renamed) PRIMARY KEY, v text)"
    )
    heard = Recorded()
    restore(carrying(tmp_path, ("t_id_seq", 40, True), ("t", 1, True)), Target(database), progress=heard)
    assert heard.notes == [f"sequence public.{name} of the snapshot is not in the target" for name in ("t_id_seq", "t")]
    assert execute(database, "SELECT nextval('renamed')") == [(6,)]


def test_a_snapshot_without_tables_moves_sequences_too(tmp_path: Path, database: str) -> None:
    execute(database, "CREATE SEQUENCE s")
    made = carrying(tmp_path, ("s", 40, True))
    heard = Recorded()
    restore(replace(made, manifest=replace(made.manifest, tables=())), Target(database), progress=heard)
    assert (heard.notes, stand(database)) == ([], (40, True))


@pytest.mark.parametrize("mode", ["replace", "missing", "sync"])
def test_a_position_that_the_target_cannot_hold_is_refused(tmp_path: Path, database: str, mode: Mode) -> None:
    execute(database, f"{TABLE}; CREATE SEQUENCE s AS smallint")
    with pytest.raises(
        TargetError, match=r"sequence public\.s allows 1 to 32767, but its position in the snapshot is 40000"
    ):
        restore(carrying(tmp_path, ("s", 40_000, True)), Target(database), Request(mode=mode, guard=YES))
    assert stand(database) == (1, False)


def test_a_sequence_of_another_role_is_refused(tmp_path: Path, database: str, databases: Callable[[], str]) -> None:
    execute(
        database,
        f"""{TABLE}; CREATE SEQUENCE s; CREATE ROLE owner; ALTER TABLE t OWNER TO owner;
        GRANT ALL ON SEQUENCE s TO owner; GRANT CREATE ON SCHEMA public TO owner""",
    )
    with pytest.raises(TargetError, match=r"sequence public\.s is in the snapshot, and only its owner can set it"):
        restore(carrying(tmp_path, ("s", 40, True)), Target(f"{database}&options=-c%20role%3Downer"))


# What follows is of snapshots that carry no positions.


def test_a_shared_sequence_that_a_column_owns_goes_on_after_both_tables(load: Load, database: str) -> None:
    other = table("a", ("id", "integer"))
    load(
        """CREATE TABLE t (id serial, v text); CREATE TABLE a (id int DEFAULT nextval('t_id_seq'));
        SELECT setval('t_id_seq', 90)""",
        (T, ROWS),
        (other, [(3,), (40,)]),
    )
    assert execute(database, "INSERT INTO t DEFAULT VALUES RETURNING id") == [(41,)]


def test_the_own_sequence_of_a_partition_goes_on_after_the_tables_rows(load: Load, database: str) -> None:
    load(
        """CREATE TABLE t (id int, v text) PARTITION BY RANGE (id); CREATE TABLE leaf (id serial, v text);
        ALTER TABLE t ATTACH PARTITION leaf DEFAULT"""
    )
    assert execute(database, "INSERT INTO leaf DEFAULT VALUES RETURNING id") == [(6,)]


@pytest.mark.parametrize(
    ("column", "kind", "values"),
    [
        ("text DEFAULT 'INV-' || nextval('s')", "text", ["INV-1"]),
        ("int DEFAULT nextval('s') * 10", "integer", [10, 20]),
        ("int DEFAULT -nextval('s')", "integer", [-1]),
        ("text DEFAULT nextval('s')", "text", ["1"]),
        ("int[] DEFAULT ARRAY[nextval('s')]", "integer[]", [[1]]),
    ],
)
def test_a_position_that_values_do_not_tell_is_not_guessed(
    tmp_path: Path, database: str, column: str, kind: str, values: list[object]
) -> None:
    execute(database, f"CREATE SEQUENCE s; CREATE TABLE u (v {column}); ALTER SEQUENCE s OWNED BY u.v")
    execute(database, "SELECT setval('s', 7)")
    heard = Recorded()
    made = snapshot(tmp_path, [(table("u", ("v", kind)), [(value,) for value in values])], "")
    restore(made, Target(database), progress=heard)
    assert stand(database) == (7, True)
    assert heard.notes == [
        "sequence public.s keeps its position: the snapshot does not record one, and the values that contain "
        "its numbers do not show it"
    ]
