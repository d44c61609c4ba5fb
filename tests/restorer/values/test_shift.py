"""Test shifting dates: by how many days, in which columns, and which values are refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.errors import UsageError
from snap.manifest import Parameters
from snap.schema import Column, Table
from snap.store import Store
from snap.types import with_logical
from snap.types.arrow import schema_of
from snap_restorer import Target, restore
from snap_restorer.load.rowhash import hashed_rows
from snap_restorer.pg.introspect import introspect
from snap_restorer.request import Request, shift_days
from snap_restorer.values.shift import require_shiftable, shifted
from tests.cases.snapshots import record_batch, snapshot, table
from tests.paths import ROOT
from tests.postgres import execute, session

DAY = 86_400_000_000
TEXT = Table(
    name="texts",
    columns=tuple(
        Column(name=name, type=with_logical(kind, "text"))
        for name, kind in (
            ("a", "timestamp(3) with time zone"),
            ("b", "timestamp(3) without time zone"),
            ("c", "date"),
            ("d", "daterange"),
            ("e", "date[]"),
            ("f", "inet"),
        )
    ),
)
DATED = table(
    "dated",
    ("d", "date"),
    ("t", "timestamp without time zone"),
    ("z", "timestamp with time zone"),
    ("ds", "date[]"),
    ("zs", "timestamp with time zone[]"),
    ("n", "bigint"),
    ("i", "interval"),
    ("x", "text"),
)


def test_days_are_counted_from_the_recorded_as_of(tmp_path: Path) -> None:
    made = snapshot(tmp_path, [], "").manifest
    built = replace(
        made, parameters=Parameters(dataset="d", profile="p", scale="1", sets=(), seed=1, as_of="2026-11-01")
    )
    assert shift_days(built, dt.date(2026, 11, 1)) == 0
    assert shift_days(built, dt.date(2027, 11, 1)) == 365
    assert shift_days(built, dt.date(2026, 10, 31)) == -1


@pytest.mark.parametrize(
    ("created", "days"),
    [
        ("2026-11-22T00:00:00Z", 0),
        ("2026-11-21T23:59:59Z", 1),
        ("2026-11-23T01:00:00+02:00", 0),
        ("2026-11-22T23:00:00", 0),
    ],
)
def test_a_captured_snapshot_is_as_of_the_utc_day_of_its_creation(tmp_path: Path, created: str, days: int) -> None:
    made = replace(snapshot(tmp_path, [], "").manifest, created=created)
    assert shift_days(made, dt.date(2026, 11, 22)) == days


MOMENTS = st.none() | st.integers(-(10**17), 10**17)
DAYS = st.none() | st.integers(-700_000, 700_000)
ROWS = st.lists(
    st.tuples(
        DAYS,
        MOMENTS,
        MOMENTS,
        st.none() | st.lists(DAYS, max_size=3),
        st.none() | st.lists(MOMENTS, max_size=3),
        st.none() | st.integers(-5, 5),
        st.none(),
        st.sampled_from(["2026-01-01", None]),
    ),
    max_size=6,
)


@given(rows=ROWS, days=st.integers(-100_000, 100_000), data=st.data())
def test_every_date_moves_by_whole_days_and_nothing_else_does(
    rows: list[tuple[Any, ...]], days: int, data: st.DataObject
) -> None:
    def move(value: int | None, by: int) -> int | None:
        return None if value is None else value + by

    start = data.draw(st.integers(0, len(rows)))
    batch = shifted(record_batch(DATED, rows).slice(start), DATED, days)
    expected = [
        (
            move(d, days),
            move(t, days * DAY),
            move(z, days * DAY),
            None if ds is None else [move(each, days) for each in ds],
            None if zs is None else [move(each, days * DAY) for each in zs],
            *rest,
        )
        for d, t, z, ds, zs, *rest in rows[start:]
    ]
    assert batch.equals(record_batch(DATED, expected))
    assert shifted(batch, DATED, -days).equals(record_batch(DATED, rows).slice(start))


def test_no_days_change_nothing(tmp_path: Path) -> None:
    batch = record_batch(DATED, [(2**31 - 1,) + (None,) * 7])
    assert shifted(batch, DATED, 0) is batch
    require_shiftable(snapshot(tmp_path, [(DATED, [(2**31 - 1,) + (None,) * 7])], ""), 0)


@pytest.mark.parametrize(
    ("column", "value", "days"),
    [
        (0, 2_145_042_905, 1),
        (0, -2_440_588, -1),
        (1, 9_223_371_331_200_000_000 - 1, 10),
        (1, -210_866_803_200_000_000, -1),
        (2, 2**63 - 1, 1),
        (3, [0, 2_145_042_905], 1),
        (4, [None, -210_866_803_200_000_000], -1),
    ],
)
def test_what_would_leave_the_range_is_refused_by_name(tmp_path: Path, column: int, value: Any, days: int) -> None:
    row = tuple(value if i == column else None for i in range(8))
    made = snapshot(tmp_path, [(DATED, [row, (None,) * 8, row])], "")
    message = f"column dated.{DATED.columns[column].name} holds values that would leave the range of its type"
    for refuse in (
        lambda: shifted(record_batch(DATED, [row]), DATED, days),
        lambda: require_shiftable(made, days),
    ):
        with pytest.raises(UsageError, match=message):
            refuse()
    assert shifted(record_batch(DATED, [row]), DATED, -days).num_rows == 1
    require_shiftable(made, -days)


def test_files_without_statistics_are_read(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    held = table("t", ("d", "date"))
    made = snapshot(tmp_path, [(held, [(2_145_042_905,)])], "")
    pq.write_table(
        pa.table([record_batch(held, [(2_145_042_905,)]).column(0)], schema=schema_of(held)),
        made.path(made.manifest.tables[0].files[0]),
        write_statistics=False,
    )
    with pytest.raises(UsageError, match=r"column t\.d holds"):
        require_shiftable(made, 1)
    require_shiftable(made, -1)


def test_dates_kept_as_text_move_and_infinite_ones_stay() -> None:
    batch = record_batch(
        TEXT,
        [
            ("2026-01-31 23:59:59.123+00", "2026-12-31 00:00:00", "infinity", "empty", "{}", "::1"),
            ("-infinity", None, "2026-02-28", None, None, None),
        ],
    )
    assert [tuple(row.values()) for row in shifted(batch, TEXT, 1).to_pylist()] == [
        ("2026-02-01 23:59:59.123000Z", "2027-01-01 00:00:00.000000", "infinity", "empty", "{}", "::1"),
        ("-infinity", None, "2026-03-01", None, None, None),
    ]


@pytest.mark.parametrize(
    ("column", "value", "days", "message"),
    [
        (3, "[2026-01-01,2026-02-01)", 1, "texts.d holds daterange as text, which cannot move"),
        (4, "{infinity}", 1, r"texts.e holds date\[\] as text, which cannot move"),
        (0, "0044-03-15 00:00:00+00 BC", 1, "texts.a holds .* before year 1 or after 9999 as text"),
        (2, "9999-12-31", 1, "texts.c holds values that would leave"),
        (2, "0001-01-01", -1, "texts.c holds values that would leave"),
    ],
)
def test_texts_that_cannot_move_are_refused_by_name(
    tmp_path: Path, column: int, value: str, days: int, message: str
) -> None:
    row = tuple(value if i == column else None for i in range(6))
    with pytest.raises(UsageError, match=message):
        shifted(record_batch(TEXT, [row]), TEXT, days)
    with pytest.raises(UsageError, match=message):
        require_shiftable(snapshot(tmp_path, [(TEXT, [row])], ""), days)


def test_all_that_cannot_move_is_named_at_once(tmp_path: Path) -> None:
    made = snapshot(
        tmp_path,
        [(DATED, [(2_145_042_905, 2**63 - 1) + (None,) * 6]), (TEXT, [(None, None, None, "[,]", None, None)])],
        "",
    )
    with pytest.raises(UsageError) as refused:
        require_shiftable(made, 30)
    assert refused.value.message.splitlines() == [
        "dates would move by 30 days, but these columns do not allow it:",
        "- column dated.d holds values that would leave the range of its type",
        "- column dated.t holds values that would leave the range of its type",
        "- column texts.d holds daterange as text, which cannot move",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("days", [400, -400])
def test_a_moved_snapshot_has_its_own_digest_in_the_database_once_the_move_is_taken_back(
    databases: Callable[[], str], tmp_path: Path, days: int
) -> None:
    rows = [
        ("2026-01-31 23:59:59.123+00", "2026-12-31 00:00:00", "infinity", "empty", "{}", "::1"),
        ("-infinity", None, "2026-02-28", None, None, None),
    ]
    columns = ", ".join(f"{column.name} {column.type.pg}" for column in TEXT.columns)
    for made in (
        snapshot(tmp_path / "a", [(TEXT, rows)], f"CREATE TABLE texts ({columns})"),
        Store(ROOT).resolve("v1"),
    ):
        url = databases()
        own = made.manifest.parameters.as_of if made.manifest.parameters else made.manifest.created[:10]
        moved = dt.date.fromisoformat(own) + dt.timedelta(days)
        assert restore(made, Target(url), Request(as_of=moved, verify="full")).verified == "full"
        assert execute(url, "SELECT as_of_shift_days FROM snap.ledger") == [(days,)]
        with session(url) as connection:
            held = {one.name: one for one in introspect(connection, [d.table for d in made.manifest.tables]).tables}
            for data in made.manifest.tables:
                here = held[data.table.schema, data.table.name]
                found = hashed_rows(here, data.table, only=True, shift_days=days).digest(connection)
                assert (data.table.label, found.hexdigest()) == (data.table.label, data.digest)
