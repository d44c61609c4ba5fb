"""Test the page of a diff: complete, escaped, and the same bytes each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from snap.compare import (
    Collision,
    Diff,
    Kind,
    Sample,
    SchemaChange,
    TableDiff,
    ThreeWay,
    ThreeWayTable,
    compare,
    snapshot_side,
)
from snap.manifest import Manifest
from snap.store import Snapshot, Store
from snap_cli.page import comparison
from tests.cases import toy
from tests.cli.page.reading import EVIL, Reader

DATABASE = "postgresql://me:***@host/app"


class Spaced(Reader):
    """A reader that puts a space between the texts of two elements."""

    def handle_data(self, data: str) -> None:
        self.text += data + " "


def words(text: str) -> str:
    return " ".join(Spaced(text).text.split())


@pytest.fixture
def shots(tmp_path: Path) -> tuple[Snapshot, Snapshot]:
    store = Store(tmp_path)
    return toy.publish(store, "v1"), toy.publish(store, "v2", rows=12)


@pytest.fixture
def manifests(shots: tuple[Snapshot, Snapshot]) -> list[Manifest]:
    return [shot.manifest for shot in shots]


def difference(shots: tuple[Snapshot, Snapshot], rows: int) -> Diff:
    first, second = map(snapshot_side, shots)
    return compare(first, second, rows=rows)


def test_two_snapshots_are_counted_by_table_and_column(
    shots: tuple[Snapshot, Snapshot], manifests: list[Manifest]
) -> None:
    diff = difference(shots, 0)
    text = comparison(diff, manifests, None)
    found = words(text)
    for each in (
        "v1 → v2",
        "Rows added 6",
        "Rows changed 9",
        "crew 2 10",
        "Log book 4 9 11 author 9",
        manifests[1].digest,
    ):
        assert each in found, each
    assert "Rows removed" not in found
    assert "sample row" not in found
    assert comparison(diff, manifests, None) == text


def test_samples_show_whole_keys_new_rows_and_old_values(
    shots: tuple[Snapshot, Snapshot], manifests: list[Manifest]
) -> None:
    found = words(comparison(difference(shots, 1), manifests, None))
    assert "added id 00000000-0000-0000-0000-00000000000a name Zoë 10" in found
    assert "pay NULL" in found
    assert "changed n 10 author 00000000-0000-0000-0000-000000000000 → 00000000-0000-0000-0000-00000000000a" in found


def test_identical_sides_have_a_page(shots: tuple[Snapshot, Snapshot], manifests: list[Manifest]) -> None:
    same = (shots[0], shots[0])
    found = words(comparison(difference(same, 3), [manifests[0]], DATABASE))
    assert "Identical 30 rows in 2 tables" in found
    assert "v1 → app on host" in found
    assert f"Database {DATABASE}" in found


def test_three_sides_show_what_each_changed_and_what_collides(manifests: list[Manifest]) -> None:
    change = SchemaChange(kind=Kind.ADDED, what="column", table="crew", name="rank", after="text")
    table = ThreeWayTable(
        name="crew",
        version=TableDiff(name="crew", changed=2, unchanged=8, columns=(("name", 2),)),
        database=TableDiff(name="crew", removed=1, changed=1, unchanged=8, columns=(("name", 1),)),
        collisions=2,
        samples=(
            Collision(
                key=(("id", 7),), version=Kind.CHANGED, database=Kind.CHANGED, columns=(("name", "a", "b", "c"),)
            ),
            Collision(
                key=(("id", 8),), version=Kind.CHANGED, database=Kind.REMOVED, columns=(("name", "d", "", None),)
            ),
        ),
    )
    diff = ThreeWay(version_schema=(), database_schema=(change,), tables=(table,))
    found = words(comparison(diff, manifests, DATABASE))
    for each in (
        "Rows that collide 2",
        "Rows changed by v2 2",
        "Rows removed in the database 1",
        "Changes by v2 Rows",
        "Changes in the database Schema added column crew.rank text",
        "id 7 changed by v2, changed in the database name a b c",
        "id 8 changed by v2, removed in the database name d empty",
    ):
        assert each in found, each


def test_hostile_names_and_values_are_shown_and_obeyed_by_nobody(manifests: list[Manifest]) -> None:
    sample = Sample(kind=Kind.ADDED, key=((EVIL, EVIL),), after=((EVIL, EVIL), ("b", EVIL)))
    changed = Sample(kind=Kind.CHANGED, key=(), before=((EVIL, EVIL),), after=((EVIL, True),), count=2)
    table = TableDiff(
        name=EVIL, added=1, changed=2, columns=((EVIL, 2),), derived=frozenset({EVIL}), samples=(sample, changed)
    )
    change = SchemaChange(kind=Kind.CHANGED, what="type", table=EVIL, name=EVIL, before=EVIL, after=EVIL)
    text = comparison(
        Diff(schema=(change,), tables=(table,)), [replace(manifests[0], version=EVIL), manifests[1]], EVIL
    )
    found = Reader(text)
    assert "script" not in found.tags
    assert "{{ 7 * 7 }}" in found.text
    assert "\x1b" not in text
    assert "\u202e" not in text
