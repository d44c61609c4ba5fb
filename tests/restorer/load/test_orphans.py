"""Test foreign keys between the snapshot's tables and other tables, whose rows could lose their parents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from snap.store import Snapshot
from snap_restorer.load import key_blocks
from snap_restorer.load.orphans import Orphans, find_orphans
from snap_restorer.pg.boundary_keys import enforced_keys
from snap_restorer.pg.introspect import introspect
from snap_restorer.values import copy_text
from tests.cases.snapshots import record_batch, snapshot, table
from tests.cases.values import TYPES
from tests.postgres import execute, session

USERS = table("users", ("id", "integer"), ("org", "text"), ("auth", "uuid"))


def uid(number: int) -> bytes:
    return number.to_bytes(16, "big")


def look(url: str, made: Snapshot, **options: Any) -> Orphans:
    with session(url) as connection:
        return look_within(connection, made, **options)


def look_within(connection: psycopg.Connection[Any], made: Snapshot, **options: Any) -> Orphans:
    tables = [data.table for data in made.manifest.tables]
    keys = enforced_keys(connection, introspect(connection, tables))
    return find_orphans(connection, made, keys, **options)


def users(folder: Path, rows: list[tuple[Any, ...]]) -> Snapshot:
    return snapshot(folder, [(USERS, rows)], "")


OUTWARDS = """CREATE SCHEMA auth; CREATE TABLE auth.accounts (id uuid PRIMARY KEY);
    CREATE TABLE users (id integer PRIMARY KEY, org text, auth uuid REFERENCES auth.accounts);"""


def test_keys_that_a_table_beyond_lacks_are_counted_and_named(database: str, tmp_path: Path) -> None:
    execute(database, OUTWARDS + "INSERT INTO auth.accounts VALUES ('00000000-0000-0000-0000-000000000001')")
    rows = [(1, "a", uid(1)), (2, "a", uid(2)), (3, "a", None), (4, "a", uid(3)), (5, "a", uid(2))]
    assert look(database, users(tmp_path, rows)) == Orphans(
        problems=(
            "table users references auth.accounts, which lacks 2 keys of 3 rows of the snapshot "
            "(constraint users_auth_fkey): "
            "auth = 00000000-0000-0000-0000-000000000002, 00000000-0000-0000-0000-000000000003",
        ),
        notes=(),
    )
    assert look(database, users(tmp_path / "b", [rows[0], rows[2]])) == Orphans(problems=(), notes=())
    assert look(database, users(tmp_path / "c", [])) == Orphans(problems=(), notes=())


def test_keys_travel_in_blocks_and_a_key_in_two_of_them_counts_once(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_blocks, "BLOCK_KEYS", 2)
    execute(database, OUTWARDS + "INSERT INTO auth.accounts VALUES ('00000000-0000-0000-0000-000000000001')")
    rows = [(n, "a", uid(n % 5)) for n in range(20)]
    (problem,) = look(database, users(tmp_path, rows)).problems
    assert "lacks 4 keys of 16 rows" in problem


COMPOSITE = """CREATE TABLE seats (num integer, org text, PRIMARY KEY (num, org)); INSERT INTO seats VALUES (1, 'a,"');
    CREATE TABLE users (id integer, org text, auth uuid, FOREIGN KEY (id, org) REFERENCES seats (num, org) {})"""


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ("", ['lacks 2 keys of 2 rows of the snapshot (constraint users_id_org_fkey): (id, org) = (1, b), (2, a,")']),
        (
            "MATCH FULL",
            [
                "with MATCH FULL, but in 2 rows of the snapshot only a part of the key is NULL "
                "(constraint users_id_org_fkey)"
            ],
        ),
    ],
)
def test_composite_keys_follow_the_rule_for_null(
    database: str, tmp_path: Path, match: str, expected: list[str]
) -> None:
    execute(database, COMPOSITE.format(match))
    rows = [(1, 'a,"', None), (1, "b", None), (2, 'a,"', None), (None, "x", None), (9, None, None), (None, None, None)]
    found = look(database, users(tmp_path, rows))
    assert [problem.split("seats")[1].removeprefix(", which").strip(" ,") for problem in found.problems] == expected


def test_a_key_may_have_any_name(database: str, tmp_path: Path) -> None:
    held = table("held", ("rows", "integer"), ("place %", "integer"))
    execute(
        database,
        """CREATE TABLE parent ("c0" integer, "h" integer, PRIMARY KEY ("c0", "h")); INSERT INTO parent VALUES (1, 2);
        CREATE TABLE held ("rows" integer, "place %%" integer, FOREIGN KEY ("rows", "place %%") REFERENCES parent,
        UNIQUE ("place %%", "rows")); INSERT INTO held VALUES (1, 2);
        CREATE TABLE child ("h" integer, "n" integer, FOREIGN KEY ("h", "n") REFERENCES held ("place %%", "rows"));
        INSERT INTO child VALUES (2, 1)""".replace("%%", "%"),
    )
    assert look(database, snapshot(tmp_path / "a", [(held, [(1, 2)])], "")) == Orphans(problems=(), notes=())
    assert [
        p.rpartition(": ")[2] for p in look(database, snapshot(tmp_path / "b", [(held, [(2, 2)])], "")).problems
    ] == [
        "(h, n) = (2, 1)",
        "(rows, place %) = (2, 2)",
    ]


def test_a_key_is_compared_as_the_constraint_does(database: str, tmp_path: Path) -> None:
    execute(
        database,
        """CREATE SCHEMA far; CREATE EXTENSION citext SCHEMA far; CREATE TABLE orgs (org far.citext PRIMARY KEY);
        INSERT INTO orgs VALUES ('ACME');
        CREATE TABLE users (id bigint, org far.citext REFERENCES orgs, auth uuid)""",
    )
    assert look(database, users(tmp_path, [(1, "acme", None)])).problems == ()
    assert len(look(database, users(tmp_path / "b", [(1, "acne", None)])).problems) == 1


def test_what_only_loading_can_tell_is_noted(database: str, tmp_path: Path, pg: Any) -> None:
    execute(
        database,
        OUTWARDS
        + """CREATE ROLE outsider;
        CREATE TABLE walled (id integer PRIMARY KEY); ALTER TABLE walled ENABLE ROW LEVEL SECURITY;
        ALTER TABLE users ADD FOREIGN KEY (id) REFERENCES walled; GRANT SELECT ON walled TO outsider""",
    )
    made = users(tmp_path, [(1, "a", uid(1))])
    with session(database) as connection:
        connection.execute("SET LOCAL ROLE outsider")
        found = look_within(connection, made)
    assert found == Orphans(
        problems=(),
        notes=(
            "table users references auth.accounts, and this role may not read auth.accounts: Postgres checks the "
            "foreign key only when the rows are loaded (constraint users_auth_fkey)",
            "table users references public.walled, and row-level security hides rows of public.walled: Postgres checks "
            "the foreign key only when the rows are loaded (constraint users_id_fkey)",
        ),
    )


INWARDS = """CREATE TABLE users (id bigint PRIMARY KEY, org text UNIQUE, auth uuid, UNIQUE (id, org));
    INSERT INTO users SELECT n, 'o' || n FROM generate_series(1, 9) AS n;"""
ROWS = [(n, f"o{n}", None) for n in range(1, 7)]


@pytest.mark.slow
def test_rows_beyond_whose_keys_the_snapshot_lacks_are_counted_and_named(database: str, tmp_path: Path) -> None:
    execute(
        database,
        INWARDS
        + """CREATE SCHEMA "Log"; CREATE TABLE "Log"."my % log" (n integer, "User" integer REFERENCES users, org text,
        FOREIGN KEY ("User", org) REFERENCES users (id, org));
        INSERT INTO "Log"."my % log" VALUES (1, 1, 'o1'), (2, 7, 'o7'), (3, 7, NULL), (4, 8, NULL), (5, NULL, 'x')""",
    )
    assert look(database, users(tmp_path, ROWS)).problems == (
        "table Log.my % log is outside the snapshot and references users: 2 keys of 3 rows of it are not in "
        "the snapshot (constraint my % log_User_fkey): User = 7, 8",
        "table Log.my % log is outside the snapshot and references users: 1 key of 1 row of it are not in the snapshot "
        "(constraint my % log_User_org_fkey): (User, org) = (7, o7)",
    )
    execute(database, 'DELETE FROM "Log"."my % log" WHERE "User" > 6')
    assert look(database, users(tmp_path / "b", ROWS)) == Orphans(problems=(), notes=())
    assert len(look(database, users(tmp_path / "c", [])).problems) == 2


def test_equal_keys_of_other_bytes_are_no_orphans(database: str, tmp_path: Path) -> None:
    execute(
        database,
        """CREATE EXTENSION citext; CREATE TABLE users (id bigint, org citext PRIMARY KEY, auth uuid);
        INSERT INTO users VALUES (1, 'ACME'), (2, 'left');
        CREATE TABLE log (org citext REFERENCES users);
        INSERT INTO log VALUES ('acme'), ('ACME'), ('Left'), ('left')""",
    )
    assert look(database, users(tmp_path, [(1, "AcMe", None), (2, "LEFT", None)])).problems == ()
    (problem,) = look(database, users(tmp_path / "b", [(1, "AcMe", None)])).problems
    assert "2 keys of 2 rows" in problem


@pytest.mark.parametrize("grant", ["", "GRANT SELECT ON log TO outsider; ALTER TABLE log ENABLE ROW LEVEL SECURITY"])
def test_rows_beyond_that_cannot_be_read_are_a_reason_to_refuse(database: str, tmp_path: Path, grant: str) -> None:
    execute(
        database,
        INWARDS
        + f"""CREATE ROLE outsider;
        CREATE TABLE log (user_id bigint REFERENCES users); INSERT INTO log VALUES (9); {grant}""",
    )
    with session(database) as connection:
        connection.execute("SET LOCAL ROLE outsider")
        (problem,) = look_within(connection, users(tmp_path, ROWS)).problems
    why = "row-level security hides rows of public.log" if grant else "this role may not read public.log"
    what = "so snap cannot check that the rows that it references would still exist"
    assert f"{why}, {what} (constraint log_user_id_fkey)" in problem


def test_a_constraint_that_was_never_proved_gives_a_note(database: str, tmp_path: Path) -> None:
    execute(
        database,
        INWARDS
        + """CREATE TABLE log (user_id bigint); INSERT INTO log VALUES (99);
        ALTER TABLE log ADD FOREIGN KEY (user_id) REFERENCES users NOT VALID""",
    )
    found = look(database, users(tmp_path, ROWS))
    assert (found.problems, len(found.notes)) == ((), 1)


def test_a_key_that_the_snapshot_does_not_hold_cannot_be_compared(database: str, tmp_path: Path) -> None:
    execute(
        database,
        """CREATE TABLE places (id integer PRIMARY KEY);
        CREATE TABLE users (id bigint, org text, auth uuid, nick text UNIQUE, mine integer REFERENCES places);
        CREATE TABLE log (nick text REFERENCES users (nick))""",
    )
    assert look(database, users(tmp_path, ROWS)) == Orphans(
        problems=(
            "table public.log is outside the snapshot and references users by a key that the snapshot does not "
            "hold, so snap cannot check that the rows that it references would still exist (constraint "
            "log_nick_fkey)",
        ),
        notes=(),
    )


def test_partitions_belong_to_their_table(database: str, tmp_path: Path) -> None:
    execute(
        database,
        """CREATE TABLE auth (id uuid) PARTITION BY HASH (id); ALTER TABLE auth ADD PRIMARY KEY (id);
        CREATE TABLE auth_0 PARTITION OF auth FOR VALUES WITH (MODULUS 1, REMAINDER 0);
        INSERT INTO auth VALUES ('00000000-0000-0000-0000-000000000001');
        CREATE TABLE orgs (org text PRIMARY KEY);
        CREATE TABLE users (id bigint, org text, auth uuid REFERENCES auth) PARTITION BY RANGE (id);
        ALTER TABLE users ADD PRIMARY KEY (id);
        CREATE TABLE users_a PARTITION OF users FOR VALUES FROM (0) TO (100);
        ALTER TABLE users_a ADD FOREIGN KEY (org) REFERENCES orgs;
        CREATE TABLE log (user_id bigint REFERENCES users);
        INSERT INTO users VALUES (50); INSERT INTO log VALUES (50)""",
    )
    found = look(database, users(tmp_path, [(1, "o", uid(1)), (2, "o", uid(2))]))
    assert [problem.partition(" (constraint")[0] for problem in found.problems] == [
        "table users references public.auth, which lacks 1 key of 1 row of the snapshot",
        "table public.log is outside the snapshot and references users: 1 key of 1 row of it are not in the snapshot",
        "table users references public.orgs, which lacks 1 key of 2 rows of the snapshot",
    ]


def test_a_key_of_one_partition_binds_no_row_of_another(database: str, tmp_path: Path) -> None:
    execute(
        database,
        """CREATE TABLE orgs (org text PRIMARY KEY); INSERT INTO orgs VALUES ('o');
        CREATE TABLE users (id bigint, org text, auth uuid) PARTITION BY RANGE (id);
        CREATE TABLE users_a PARTITION OF users FOR VALUES FROM (0) TO (100) PARTITION BY LIST (org);
        CREATE TABLE users_ap PARTITION OF users_a FOR VALUES IN ('p', 'o');
        CREATE TABLE users_aq PARTITION OF users_a DEFAULT;
        CREATE TABLE users_b PARTITION OF users DEFAULT;
        ALTER TABLE users_ap ADD FOREIGN KEY (org) REFERENCES orgs""",
    )
    rows = [(1, "o", None), (2, "q", None), (200, "p", None)]
    assert look(database, users(tmp_path, rows)).problems == ()
    (problem,) = look(database, users(tmp_path / "b", [*rows, (3, "p", None), (4, "p", None)])).problems
    assert "which lacks 1 key of 2 rows of the snapshot" in problem


def test_dates_that_move_are_compared_where_they_will_be(database: str, tmp_path: Path) -> None:
    days = table("days", ("d", "date"))
    execute(
        database,
        """CREATE TABLE calendar (d date PRIMARY KEY); INSERT INTO calendar VALUES ('1970-01-11');
        CREATE TABLE days (d date PRIMARY KEY REFERENCES calendar); INSERT INTO days VALUES ('1970-01-11');
        CREATE TABLE log (d date REFERENCES days); INSERT INTO log VALUES ('1970-01-11')""",
    )
    made = snapshot(tmp_path, [(days, [(0,)])], "")
    assert look(database, made, shift_days=10) == Orphans(problems=(), notes=())
    assert len(look(database, made).problems) == 2


def test_hidden_rows_are_never_a_short_read(database: str) -> None:
    execute(
        database,
        """CREATE ROLE outsider; CREATE TABLE t (v integer); INSERT INTO t VALUES (1);
        GRANT SELECT ON t TO outsider; ALTER TABLE t ENABLE ROW LEVEL SECURITY""",
    )
    with session(database) as connection:
        connection.execute("SET LOCAL ROLE outsider")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            connection.execute("SELECT FROM t")


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    [
        *("boolean", "smallint", "bigint", "real", "double precision", "numeric(11,2)", "numeric(38,38)"),
        *("text", "character varying(70000)", "character(3)", "bytea", "uuid", "mood", "interval"),
        *("date", "time without time zone", "timestamp without time zone", "timestamp with time zone", "jsonb"),
    ],
)
def test_keys_of_every_type_are_compared_in_both_directions(database: str, tmp_path: Path, kind: str) -> None:
    held = table("held", ("v", kind))
    values = [value for value in TYPES[kind] if not isinstance(value, str | bytes) or len(value) < 1000]
    execute(
        database,
        f"""CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
        CREATE TABLE parent (v {kind} PRIMARY KEY);
        CREATE TABLE held (v {kind} UNIQUE REFERENCES parent); CREATE TABLE child (v {kind} REFERENCES held (v));""",
    )
    everything = snapshot(tmp_path / "a", [(held, [(value,) for value in values])], "")
    execute(database, "ALTER TABLE held DISABLE TRIGGER ALL")
    batch = record_batch(held, [(value,) for value in values])
    text = copy_text.array_literal(batch.column(0), held.columns[0].type)
    for name in ("parent", "held"):
        execute(database, f"INSERT INTO {name} SELECT unnest(%s::{kind}[]) ON CONFLICT DO NOTHING", text)
    execute(database, "INSERT INTO child TABLE held")
    assert look(database, everything) == Orphans(problems=(), notes=())
    less = snapshot(tmp_path / "b", [(held, [(values[0],)])], "")
    (inwards,) = look(database, less).problems
    assert "table public.child is outside the snapshot and references held" in inwards
    execute(database, "TRUNCATE child, held, parent")
    (outwards,) = look(database, less).problems
    assert "table held references public.parent, which lacks 1 key of 1 row" in outwards


def test_keys_that_are_arrays_are_left_to_loading_outwards_and_compared_inwards(database: str, tmp_path: Path) -> None:
    held = table("held", ("v", "integer[]"))
    execute(
        database,
        """CREATE TABLE parent (v integer[] PRIMARY KEY); CREATE TABLE held (v integer[] UNIQUE REFERENCES parent);
        CREATE TABLE child (v integer[] REFERENCES held (v));
        INSERT INTO parent VALUES ('{1,2}'), ('{}'); INSERT INTO held TABLE parent; INSERT INTO child TABLE parent""",
    )
    found = look(database, snapshot(tmp_path, [(held, [([1, 2],), (None,)])], ""))
    assert found.notes == (
        "table held references public.parent: snap cannot check a key of this type before it loads the rows "
        "(constraint held_v_fkey)",
    )
    (problem,) = found.problems
    assert "1 key of 1 row of it are not in the snapshot (constraint child_v_fkey): v = {}" in problem
