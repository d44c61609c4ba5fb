"""Test the file of planner statistics: its text is canonical, and a wrong field is refused by name."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from snap.errors import SnapshotError
from snap.manifest import STATISTICS, DataFile
from snap.planner_statistics import (
    Attribute,
    PartialIndex,
    PlannerStatistics,
    TableStatistics,
    from_text,
    read_statistics,
    room_for,
    to_text,
)
from snap.store import Snapshot, Store
from tests.cases import toy

CODE = Attribute(
    index=None,
    number=0,
    name="Zoë's code",
    type="text",
    labels=(),
    collation="code points UTF8",
    target=None,
    options=None,
    values={
        "null_frac": "0.25",
        "n_distinct": "-1e-05",
        "most_common_freqs": "{0.5,1e-05}",
        "histogram_bounds": '{a,"b c"}',
    },
)
LOWER = replace(CODE, index="lower", number=1, name="lower(code)", values={}, collation=None)
TABLE = TableStatistics(
    schema="app",
    name="t",
    attributes=(CODE, LOWER),
    partial=(PartialIndex(name="some", predicate="(a > 1)", rows="3"),),
)
STATISTICS_OF_T = PlannerStatistics(server=180_004, target=100, tables=(TABLE,))


def test_what_was_written_is_read_again() -> None:
    text = to_text(STATISTICS_OF_T)
    assert from_text(text) == STATISTICS_OF_T
    assert to_text(from_text(text)) == text
    assert "Zoë" in text


def test_a_collation_stands_where_a_value_has_an_order() -> None:
    assert CODE.with_values({"correlation": "1", "null_frac": None}).collation == "code points UTF8"
    attribute = CODE.with_values({"null_frac": "0", "most_common_vals": "{a}", "no": "1"})
    assert (attribute.collation, dict(attribute.values)) == (None, {"null_frac": "0", "most_common_vals": "{a}"})


def _first(body: dict[str, Any]) -> dict[str, Any]:
    return body["tables"][0]["attributes"][0]


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (lambda body: body.update(format=2), "format: 2 is not 1"),
        (lambda body: body.pop("server"), "server: it is absent"),
        (lambda body: body.update(more=1), "the file: it has 'more', which is unknown"),
        (lambda body: _first(body).update(more=1), "attributes[0]: it has 'more', which is unknown"),
        (lambda body: body["tables"][0].update(more=1), "tables[0]: it has 'more', which is unknown"),
        (lambda body: body["tables"][0]["partial"][0].update(more=1), "partial[0]: it has 'more', which is unknown"),
        (lambda body: body["tables"].append(body["tables"][0]), "tables: a list is not a list of tables, each once"),
        (
            lambda body: body["tables"][0]["attributes"].append(_first(body)),
            "attributes: a list is not a list of columns and expressions, each once",
        ),
        (lambda body: _first(body)["values"].update(null_frac="all"), "null_frac: 'all' is not a number"),
        (
            lambda body: _first(body)["values"].update(most_common_freqs="{a}"),
            "most_common_freqs: '{a}' is not an array of numbers",
        ),
        (lambda body: _first(body)["values"].update(stakind1="1"), "stakind1: '1' is not one of null_frac"),
        (lambda body: _first(body)["values"].update(histogram_bounds="{\0}"), "is not a text that UTF-8 and Postgres"),
        (lambda body: body["tables"][0]["partial"][0].update(rows="some"), "rows: 'some' is not a number"),
        (lambda body: _first(body).update(index=1), "index: 1 is not a text"),
        (lambda body: _first(body).update(target=-2), "target: -2 is not an integer of 64 bits"),
    ],
)
def test_each_field_is_read_by_its_form(alter: Callable[[dict[str, Any]], None], said: str) -> None:
    body = json.loads(to_text(STATISTICS_OF_T))
    alter(body)
    with pytest.raises(ValueError, match=re.escape(said)):
        from_text(json.dumps(body))


@pytest.mark.parametrize("data", [b"{", b"\xff", b"[" * 200_000, b"[]"])
def test_a_file_that_is_no_such_text_is_an_error_that_names_it(tmp_path: Path, data: bytes) -> None:
    snapshot = with_file(tmp_path, data)
    with pytest.raises(
        SnapshotError, match=r"^snapshots/v1/statistics\.json cannot be read by this version of snap"
    ) as error:
        read_statistics(snapshot)
    assert "build it again" in error.value.hint


def with_file(folder: Path, data: bytes) -> Snapshot:
    snapshot = toy.publish(Store(folder), "v1")
    (snapshot.folder / STATISTICS).write_bytes(data)
    file = DataFile(path=STATISTICS, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
    return replace(snapshot, manifest=replace(snapshot.manifest, extra_files=(file,)))


def test_a_snapshot_without_the_file_has_none(tmp_path: Path) -> None:
    snapshot = with_file(tmp_path, b"")
    assert read_statistics(replace(snapshot, manifest=replace(snapshot.manifest, extra_files=()))) is None


def test_a_tables_folder_may_have_the_files_name_already(tmp_path: Path) -> None:
    snapshot = with_file(tmp_path, b"")
    assert not room_for(snapshot.manifest)
    manifest = replace(snapshot.manifest, extra_files=())
    assert room_for(manifest)
    odd = DataFile(path=f"{STATISTICS}/part-0000.parquet", bytes=1, sha256="0" * 64)
    assert not room_for(replace(manifest, extra_files=(odd,)))
