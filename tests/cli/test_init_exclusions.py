"""Test snap init of a schema with exclusion constraints.

The dataset that it writes builds at once. Constraints that the rows may break are named.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.program import Ran
from tests.postgres import execute

pytestmark = pytest.mark.slow

SQL = """
CREATE EXTENSION btree_gist;
CREATE TABLE rooms (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE bookings (
    id int PRIMARY KEY, room_id int NOT NULL REFERENCES rooms, cancelled boolean NOT NULL,
    starts_at timestamptz NOT NULL, ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
    UNIQUE (room_id, starts_at),
    EXCLUDE USING gist (room_id WITH =, tstzrange(starts_at, ends_at, '[]') WITH &&) WHERE (NOT cancelled)
);
CREATE TABLE prices (
    id int PRIMARY KEY, room_id int REFERENCES rooms, valid_from date NOT NULL, valid_to date,
    EXCLUDE USING gist (room_id WITH =, daterange(valid_from, COALESCE(valid_to, 'infinity'), '[]') WITH &&)
);
CREATE UNIQUE INDEX ON prices (room_id) WHERE valid_to IS NULL;
CREATE TABLE outages (
    id int PRIMARY KEY, "from" timestamp NOT NULL, "to" timestamp, EXCLUDE USING gist (tsrange("from", "to") WITH &&)
);
CREATE TABLE stays (
    id int PRIMARY KEY, room_id int NOT NULL REFERENCES rooms, during tstzrange NOT NULL,
    EXCLUDE USING gist (room_id WITH =, during WITH &&) DEFERRABLE
);
CREATE TABLE nets (id int PRIMARY KEY, net cidr NOT NULL, EXCLUDE USING gist (net inet_ops WITH &&));
CREATE TABLE seats (
    id int PRIMARY KEY, room_id int NOT NULL REFERENCES rooms, code text NOT NULL, open boolean NOT NULL,
    EXCLUDE USING btree (room_id WITH =, code WITH =), EXCLUDE USING btree (code WITH =) WHERE (open)
);
"""
CIRCLES = "CREATE TABLE circles (id int PRIMARY KEY, c circle NOT NULL, EXCLUDE USING gist (c WITH &&));"


def test_times_and_ranges_that_may_not_overlap_build_at_once(init: Callable[..., Ran], project: Path) -> None:
    (project / "app.sql").write_text(SQL)
    ran = init("init", "app.sql")
    assert (ran.code, "look at" in ran.out) == (0, False)
    built = init("build", "v1", "--postgres", "all", "--set", "bookings=2000", "--set", "outages=1000")
    assert (built.code, built.err) == (0, "")


def test_statistics_leave_times_that_may_not_overlap_alone(
    init: Callable[..., Ran], project: Path, database: str
) -> None:
    execute(
        database,
        SQL
        + """INSERT INTO rooms SELECT i, 'room ' || i FROM generate_series(1, 50) i;
            INSERT INTO bookings SELECT i, 1 + i % 50 * (i % 3) / 2, false, '2026-01-01'::date + i * interval '1 h',
                '2026-01-01'::date + i * interval '1 h' + interval '5 min' FROM generate_series(1, 1000) i;
            ANALYZE""",
    )
    assert init("init", database, "--name", "app", "--stats").code == 0
    text = (project / "datasets/app/dataset.py").read_text()
    assert 'Table("bookings", rows=1000' in text
    assert "starts_at" not in text
    assert init("build", "v1", "--postgres", "all").code == 0


def test_what_no_word_meets_is_said_with_what_to_write(init: Callable[..., Ran], project: Path) -> None:
    (project / "app.sql").write_text(CIRCLES)
    ran = init("init", "app.sql")
    check = "EXCLUDE USING gist (c WITH &&)"
    said = f"nothing ensures that its rows satisfy {check}: declare its columns, times with booking()"
    assert f"look at circles: {said}" in " ".join(ran.out.split())
    built = init("build", "v1")
    assert built.code == 4
    assert "could not create exclusion constraint" in built.err
