"""Test that the committed time zones agree with the system's and Postgres', as far as history is settled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pytest

from snap_builder.engine import zones
from snap_builder.words.zones import rules

NAMES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Asia/Tehran")
SETTLED = int(datetime(2022, 1, 1, tzinfo=UTC).timestamp())  # a system may know rules of some years ago


def _offsets(name: str, moments: np.ndarray) -> np.ndarray:
    zone = zones.zone(name)
    return zone.ahead[np.searchsorted(zone.changes, moments, side="right") - 1]


@pytest.mark.parametrize("name", NAMES)
def test_offsets_are_those_of_the_system(name):
    moments = np.arange(0, SETTLED, 86_400 * 5 + 3_601)
    there = [
        datetime.fromtimestamp(each, ZoneInfo(name)).utcoffset() // timedelta(seconds=1) for each in moments.tolist()
    ]
    assert _offsets(name, moments).tolist() == there


@pytest.mark.parametrize("name", NAMES[:3])
def test_the_command_makes_what_is_committed(name):
    first, *changes = rules(ZoneInfo(name))
    zone = zones.zone(name)
    kept = [f"{when}:{ahead}" for when, ahead in zip(zone.changes[1:], zone.ahead[1:], strict=True) if when < SETTLED]
    assert (first, changes[: len(kept)]) == (str(zone.ahead[0]), kept)


def test_clocks_change_as_those_of_postgres_do(database):
    moments = np.arange(1_000_000_000, SETTLED, 86_400 * 97 + 1_800)
    named = ["UTC", *NAMES]
    with psycopg.connect(database) as connection:
        told = connection.execute(
            "SELECT n, extract(epoch FROM (to_timestamp(s) AT TIME ZONE n) - (to_timestamp(s) AT TIME ZONE 'UTC'))::int"
            " FROM unnest(%s::text[]) WITH ORDINALITY AS a(n, i), unnest(%s::bigint[]) AS s ORDER BY i, s",
            [named, moments.tolist()],
        ).fetchall()
    assert told == [(name, int(ahead)) for name in named for ahead in _offsets(name, moments)]


def test_every_zone_can_be_read_and_a_strange_one_cannot():
    for name in zones.names():
        zone = zones.zone(name)
        assert (np.diff(zone.changes) > 0).all()
        assert (abs(zone.ahead) <= 86_400 * 16 // 24).all()
    assert len(zones.names()) > 500
    with pytest.raises(KeyError):
        zones.zone("Europe/Berln")


def test_a_zone_stays_as_it_is_before_1970_and_after_2037():
    assert _offsets("Europe/Berlin", np.array([-(10**10), 2_200_000_000, 10**11])).tolist() == [3_600, 3_600, 3_600]
