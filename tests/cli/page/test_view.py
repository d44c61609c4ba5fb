"""Test the page of a snapshot: complete, escaped, and the same bytes each time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from snap.compare import Diff, compare, snapshot_side
from snap.manifest import Finding, Manifest, Parameters
from snap.overview import overview_of
from snap.schema import ForeignKey
from snap.store import Snapshot, Store
from snap_cli.page import Earlier, page
from tests.cases import toy
from tests.cases.snapshots import snapshot, table
from tests.cli.page.reading import EVIL, Reader
from tests.paths import ROOT


def read(shot: Snapshot, manifest: Manifest | None = None) -> Reader:
    return Reader(page(manifest or shot.manifest, overview_of(shot)))


@pytest.fixture
def shot(tmp_path: Path) -> Snapshot:
    return toy.publish(Store(tmp_path), "v1")


def test_every_link_leads_to_a_place_on_the_page(shot: Snapshot) -> None:
    found = read(shot)
    assert len(found.ids) == len(set(found.ids))
    inner = {link[1:] for link in found.links if link.startswith("#")}
    assert inner <= set(found.ids)
    assert "row-1-1" in inner  # a line of the log names a sailor whose row is shown
    assert [link for link in found.links if not link.startswith("#")] == ["data:,"]


def test_the_page_holds_what_the_snapshot_is_and_what_its_columns_hold(shot: Snapshot) -> None:
    found = read(shot)
    words = " ".join(found.text.split())
    for text in (
        "v1",
        "30 in 2 tables",
        "from a database",
        shot.manifest.digest,
        "character varying(20)",
        "NULL20 %",
        "Zoë 0",
    ):
        assert text in words, text
    assert not {"script", "iframe", "img"} & set(found.tags)


def test_values_that_are_not_listed_are_counted(tmp_path: Path) -> None:
    columns = [(name, "text") for name in ("one", "each", "some", "none")]
    some = [*"aabbccddeeffgghijk"]
    rows = [(None if n else "x", f"{n}", value, None) for n, value in enumerate(some)]
    text = " ".join(read(snapshot(tmp_path, [(table("t", *columns), rows)], "")).text.split())
    assert "1 value that occurs once" in text
    assert "18 values that occur once" in text
    assert "and 2 more values and 4 values that occur once" in text
    assert text.count(" once") == 3


def test_a_share_is_0_or_100_percent_only_where_that_is_exact(tmp_path: Path) -> None:
    rows = [(None if number == 7 else "x", "y" if number == 7 else None) for number in range(5_000)]
    text = read(
        snapshot(
            tmp_path, [(table("t", ("a", "text"), ("b", "text"), ("c", "text")), [(*row, "z") for row in rows])], ""
        )
    ).text
    assert re.findall(r"[\d.]+ %", text) == ["0.1 %", "99.9 %", "0 %"]


def test_hostile_names_and_values_are_shown_and_obeyed_by_nobody(tmp_path: Path) -> None:
    evil = table(EVIL, (EVIL, "text"), schema=EVIL)
    key = ForeignKey(columns=(EVIL,), references="gone." + EVIL, to=(EVIL,))
    shot = snapshot(tmp_path, [(replace(evil, foreign_keys=(key,)), [(EVIL,), (EVIL,), ("",), ("",)])], "")
    manifest = replace(
        shot.manifest,
        version=EVIL,
        parameters=Parameters(dataset=EVIL, profile=EVIL, scale="1", sets=((EVIL, 1),), seed=1, as_of="2026-11-01"),
        checks=(Finding(name=EVIL, ok=False, value=EVIL, limit=EVIL, detail=EVIL),),
        edge_cases={
            "edges": [{"table": "t", "name": "</script>", "key": {"k": "<b>"}, "values": {"v": None, "w": "<i>"}}]
        },
    )
    found = read(shot, manifest)
    assert "script" not in found.tags
    assert "{{ 7 * 7 }}" in found.text
    assert "\x1b" not in found.text
    assert "\u202e" not in found.text


@pytest.mark.slow
def test_what_changed_since_the_earlier_snapshot_is_counted(shot: Snapshot) -> None:
    later = toy.publish(Store(shot.folder.parent.parent), "v2", rows=12)

    def shown(earlier: Earlier | None) -> str:
        return " ".join(Reader(page(later.manifest, overview_of(later), earlier)).text.split())

    diff = compare(snapshot_side(shot), snapshot_side(later))
    assert "Changes since v1 Rows TableAdded" in shown(Earlier(version="v1", diff=diff))
    assert "Changes since v1 There are no changes." in shown(Earlier(version="v1", diff=Diff(schema=(), tables=())))
    assert "Changes since v1 The rows could not be compared: lost" in shown(
        Earlier(version="v1", diff=None, reason="lost")
    )
    assert "Changes since" not in shown(None)


def test_failed_checks_stand_first_and_open(shot: Snapshot) -> None:
    checks = (
        Finding(name="fine", ok=True, value=0, limit=0),
        Finding(name="broken", ok=False, value=3, limit=0, detail="id=7"),
    )
    text = page(replace(shot.manifest, checks=checks), overview_of(shot))
    assert "<details open>" in text
    assert text.index("failed: broken") < text.index(">fine<")
    assert "1 failed" in " ".join(Reader(text).text.split())


def test_an_empty_snapshot_has_a_page(tmp_path: Path) -> None:
    assert "There are no tables." in read(snapshot(tmp_path, [], "")).text
    bare = read(snapshot(tmp_path, [(table("t"), []), (table("u", ("a", "integer")), [])], ""))
    assert "0 columns" in bare.text


def test_tables_of_several_schemas_stand_in_groups(shot: Snapshot) -> None:
    assert page(shot.manifest, overview_of(shot)).count('class="schema"') == 2


@pytest.mark.slow
@pytest.mark.process
def test_the_same_snapshot_gives_the_same_bytes(tmp_path: Path) -> None:
    """The page depends neither on the hash seed of texts nor on the number of processors that DuckDB uses."""
    code = """
import os, sys
from pathlib import Path
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv[1])])
from snap.overview import overview_of
from snap.store import Store
from snap_cli.page import Earlier, page
shot = Store(Path(sys.argv[2])).resolve("v3")
sys.stdout.buffer.write(page(shot.manifest, overview_of(shot)).encode())
"""
    pages = {
        subprocess.run(
            [sys.executable, "-c", code, str(processors), str(ROOT)],
            cwd=tmp_path, env={**os.environ, "PYTHONHASHSEED": str(processors)}, capture_output=True, check=True,
        ).stdout
        for processors in (1, 2, 64)
    }  # fmt: skip
    (only,) = pages
    assert len(only) > 50_000
    assert str(ROOT).encode() not in only
