"""Test that each check of every snapshot can fail, and says what is wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from snap import checks
from snap.checks import Rule, engine
from snap.checks.answers import count, offending
from snap.duck import open_views
from snap.errors import CheckError
from snap.manifest import Finding
from snap.schema import Column, ForeignKey, Table
from snap.types import parse
from snap.types.arrow import schema_of
from tests.cases import diffs, snapshots
from tests.cases.diffs import table
from tests.cases.toy import CREW, crew, manifest, write_table
from tests.snap.checks.faulty import ROWS, Change, snapshot


def put(column: str, value: Any, schema: pa.Schema | None = None) -> Change:
    """Return a change that sets a column's first value, and the schema if one is given."""

    def change(batch: pa.RecordBatch) -> pa.RecordBatch:
        position = batch.schema.get_field_index(column)
        kind = batch.schema.field(position).type
        plain = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind
        rest = batch.column(position).cast(plain) if plain is not kind else batch.column(position)
        mended = pa.concat_arrays([pa.array([value], plain), rest.slice(1)]).cast(kind)
        columns = [mended if i == position else batch.column(i) for i in range(batch.num_columns)]
        return pa.RecordBatch.from_arrays(columns, schema=schema or batch.schema)

    return change


def failed(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings if not finding.ok}


def test_a_sound_snapshot_passes_every_check(tmp_path: Path) -> None:
    findings = checks.check_files(snapshot(tmp_path), tmp_path, enforce_budget=True)
    assert failed(findings) == {}
    assert [finding.name for finding in findings] == [
        "rows.crew",
        "rows.ship.Log book",
        "types",
        "digests",
        "primary_keys",
        "unique_keys",
        "not_null",
        "references",
        "enum_labels",
        "lengths",
        "json",
        "snapshot_bytes",
        "database_bytes",
    ]


@pytest.mark.parametrize(
    ("rule", "changes", "detail"),
    [
        ("primary_keys", {"of_log": put("n", 5)}, "at=ship.Log book.n, row=5"),
        ("unique_keys", {"of_crew": put("name", "Zoë 3")}, "at=crew.name, row=Zoë 3"),
        ("references", {"of_log": put("author", b"\xff" * 16)}, "ffffffff-ffff-ffff-ffff-ffffffffffff"),
        ("enum_labels", {"of_crew": put("mood", "elated")}, "elated"),
        ("lengths", {"of_crew": put("name", "Ö" * 21)}, "ÖÖÖ"),
    ],
)
def test_a_violation_is_found_alone_and_shown(
    tmp_path: Path, rule: str, changes: dict[str, Change], detail: str
) -> None:
    found = failed(checks.check_files(snapshot(tmp_path, **changes), tmp_path))
    assert list(found) == [rule]
    assert found[rule].value == 1
    assert found[rule].limit == 0
    assert detail in found[rule].detail


@pytest.mark.parametrize("text", ['{"n": ', "", "nothing"])
def test_what_is_no_json_is_a_finding(tmp_path: Path, text: str) -> None:
    found = failed(checks.check_files(snapshot(tmp_path, of_crew=put("facts", text)), tmp_path))
    # DuckDB reads no column that holds such a text, so its size is unknown too.
    assert set(found) == {"json", "database_bytes"}
    assert "JSON" in found["json"].detail


@pytest.mark.parametrize(
    ("text", "ok"),
    [(r'{"n": "\ud800"}', True), (r'"\\ud800"', True), (r'"\ud80"', False), ('{"n": ', False), ("", False)],
)
def test_json_is_what_postgres_takes_for_it(tmp_path: Path, text: str, ok: bool) -> None:
    loose = table("loose", {"id": "integer", "facts": "json"}, key=["id"])
    made = diffs.snapshot(tmp_path, diffs.data(tmp_path / "v1", loose, [(1, text), (2, None)])).manifest
    assert list(failed(checks.check_files(made, tmp_path / "v1"))) == ([] if ok else ["json"])


def test_a_length_counts_characters_and_not_bytes(tmp_path: Path) -> None:
    found = snapshot(tmp_path, of_crew=put("name", "Ö" * 20))
    assert failed(checks.check_files(found, tmp_path)) == {}


def test_a_null_in_a_required_column_is_found(tmp_path: Path) -> None:
    found = snapshot(tmp_path)
    loose = replace(CREW, columns=tuple(replace(column, nullable=True) for column in CREW.columns))
    data = write_table(tmp_path, loose, [put("name", None, schema_of(loose))(crew(ROWS))], "loose")
    strict = replace(found, tables=(replace(data, table=CREW), found.tables[1]))
    finding = failed(checks.check_files(strict, tmp_path))["not_null"]
    assert finding.value == 1
    assert finding.detail == "at=crew, row=00000000-0000-0000-0000-000000000000: name"


def test_an_enum_in_an_array_is_looked_at(tmp_path: Path) -> None:
    moods = Table(name="moods", columns=(Column(name="list", type=parse("mood[]", {"mood"})),))
    batch = pa.RecordBatch.from_arrays(
        [pa.array([["sad", "ok"], None, [], ["sad", "glad"]], pa.list_(pa.string()))], schema=schema_of(moods)
    )
    found = failed(checks.check_files(manifest("v1", (write_table(tmp_path, moods, [batch], "moods"),)), tmp_path))
    assert found["enum_labels"].value == 1
    assert "glad" in found["enum_labels"].detail


def test_rows_that_are_missing_are_found(tmp_path: Path) -> None:
    found = snapshot(tmp_path)
    lost = replace(found, tables=(replace(found.tables[0], rows=ROWS + 1), found.tables[1]))
    finding = failed(checks.check_files(lost, tmp_path))["rows.crew"]
    assert (finding.value, finding.limit) == (ROWS, ROWS + 1)


def test_rows_are_held_against_the_volumes_asked_for(tmp_path: Path) -> None:
    findings = failed(checks.check_files(snapshot(tmp_path), tmp_path, volumes={"crew": 12}))
    assert (findings["rows.crew"].value, findings["rows.crew"].limit) == (ROWS, 12)


def test_another_value_than_was_digested_is_found(tmp_path: Path) -> None:
    told = snapshot(tmp_path)
    snapshot(tmp_path, of_crew=put("name", "Zack"))
    found = failed(checks.check_files(told, tmp_path))
    assert list(found) == ["digests"]
    assert found["digests"].detail.startswith("crew is ")


def test_another_type_than_declared_is_found_and_the_rest_is_checked_still(tmp_path: Path) -> None:
    found = snapshot(tmp_path, of_log=put("n", 5))
    file = tmp_path / found.tables[0].files[0].path
    pq.write_table(pa.table({"id": [1]}), file)
    bad = failed(checks.check_files(found, tmp_path))
    assert set(bad) == {"rows.crew", "types", "primary_keys"}
    assert bad["rows.crew"].value == "unknown"
    assert "crew" in bad["types"].detail


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"PAR1 no such thing PAR1", None])
def test_a_broken_file_is_a_finding(tmp_path: Path, damage: bytes | None) -> None:
    found = snapshot(tmp_path)
    file = tmp_path / found.tables[0].files[0].path
    file.unlink() if damage is None else file.write_bytes(damage)
    assert {"rows.crew", "types"} <= set(failed(checks.check_files(found, tmp_path)))


def test_a_failed_check_is_told_with_the_unit_of_its_value_and_limit() -> None:
    finding = Finding(name="snapshot_bytes", ok=False, value=61_234_567, limit=50_000_000)
    with pytest.raises(CheckError, match=r"snapshot_bytes is 61\.2 MB, limit 50\.0 MB$"):
        engine.require_sound([finding], "make it smaller")


def test_damage_inside_a_file_is_a_finding(tmp_path: Path) -> None:
    found = snapshot(tmp_path)
    file = tmp_path / found.tables[0].files[0].path
    whole, magic = file.read_bytes(), b"\x28\xb5\x2f\xfd"  # with which what zstd wrote begins
    assert magic in whole
    file.write_bytes(whole.replace(magic, bytes(4), 1))
    assert "digests" in failed(checks.check_files(found, tmp_path))


@pytest.mark.slow
def test_a_budget_that_is_exceeded_fails_only_where_it_is_enforced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUDGET", 1000)
    found = snapshot(tmp_path)
    assert set(failed(checks.check_files(found, tmp_path, enforce_budget=True))) == {"snapshot_bytes", "database_bytes"}
    with pytest.raises(CheckError, match=r"snapshot_bytes is [\d.]+ kB, limit 1\.0 kB"):
        engine.require_sound(checks.check_files(found, tmp_path, enforce_budget=True), "make it smaller")
    findings = {finding.name: finding for finding in checks.check_files(found, tmp_path)}
    assert findings["snapshot_bytes"].ok
    assert findings["snapshot_bytes"].detail == "reported, not enforced"


def test_a_json_column_may_be_called_as_an_alias_of_the_rules(tmp_path: Path) -> None:
    parent = replace(snapshots.table("p", ("id", "integer"), ("t", "jsonb"), ("p", "jsonb")), primary_key=("id",))
    child = replace(
        snapshots.table("t", ("p", "integer"), ("t", "jsonb")),
        foreign_keys=(ForeignKey(columns=("p",), references="p", to=("id",)),),
    )
    value = '{"p": 7, "id": 8, "k0": 9}'
    shot = snapshots.snapshot(tmp_path, [(parent, [(1, value, value)]), (child, [(1, value), (2, value)])], "")
    (finding,) = failed(checks.check_files(shot.manifest, shot.folder)).values()
    assert (finding.name, finding.value, finding.detail) == ("references", 1, "at=t.p, row=2")


def test_a_snapshot_without_tables_is_sound(tmp_path: Path) -> None:
    assert failed(checks.check_files(manifest("v1", ()), tmp_path)) == {}


def test_a_rule_over_many_tables_says_what_its_parts_say_together(tmp_path: Path) -> None:
    parts = tuple(f"SELECT 't{n}' AS at, {n} AS row FROM range({n % 3})" for n in range(50))
    rule = Rule(name="r", sql="\nUNION ALL\n".join(parts), parts=parts)
    assert len(rule.statements) > 1
    with open_views(snapshot(tmp_path).tables, tmp_path) as views:
        found = count(views, rule)
        assert found == count(views, replace(rule, parts=()))
    finding = offending(rule, found)
    assert (finding.value, finding.detail) == (49, "at=t1, row=1; at=t10, row=10; at=t11, row=11")
