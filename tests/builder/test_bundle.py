"""Test the parts of a bundled dataset: its files define them, and a missing file changes nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from snap.manifest import Parameters
from snap_builder import Dataset
from snap_builder.bundle import completed
from tests.cli.toys import TOY

SAID = {"profile": "dev", "scale": "1/3", "seed": 7, "as_of": "2026-11-01"}


def _completed(folder: Path, **said: object) -> Dataset:
    package = ModuleType("a_package")
    vars(package).update(said)
    return completed(TOY, package, folder)


def test_a_folder_without_such_files_adds_nothing(tmp_path: Path) -> None:
    made = _completed(tmp_path)
    assert (made.media, made.postgres, made.versions, made.budgeted) == (None, None, {}, False)
    assert (made.revision, made.rules, made.part_rows, made.ahead) == (TOY.revision, TOY.rules, {}, {})


def test_versions_come_with_a_budget_and_count_for_no_revision(tmp_path: Path) -> None:
    (tmp_path / "versions.json").write_text(json.dumps({"v1": {"parameters": SAID, "digest": "ab"}}))
    made = _completed(tmp_path)
    assert made.versions["v1"].parameters == Parameters(
        dataset=TOY.name, profile="dev", scale="1/3", sets=(), seed=7, as_of="2026-11-01"
    )
    assert (made.versions["v1"].digest, made.budgeted, made.revision) == ("ab", True, TOY.revision)


def test_photos_and_queries_are_found_by_their_folders(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "files.json").write_text('[{"key": "a.jpg", "bytes": 1, "sha256": "ab"}]')
    made = _completed(tmp_path)
    assert made.postgres == tmp_path / "postgres"
    assert made.media is not None
    assert [file.path for file in made.media().files] == ["media/a.jpg"]


@pytest.mark.parametrize("name", ["vocab/words.csv", "vocab/languages/es/dishes.toml"])
def test_a_vocabulary_counts_for_the_revision(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    found = []
    for text in ("tea", "rice"):
        path.write_text(text)
        found.append(_completed(tmp_path).revision)
    assert len({TOY.revision, *found}) == 3


def test_rules_ask_the_tables_of_references_and_load_them_when_they_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "01.sql").write_text(
        "-- rule: names_are_known\n-- limit: 0\nSELECT name FROM crew ANTI JOIN names USING (name);\n"
    )
    (tmp_path / "references.py").write_text(
        "import pyarrow as pa\n\n\ndef references():\n    return {'names': pa.table({'name': ['Ann']})}\n"
    )
    (tmp_path / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path.parent)
    made = completed(TOY, ModuleType(tmp_path.name), tmp_path)
    rules = made.rules()
    assert [rule.name for rule in rules.rules] == ["names_are_known"]
    assert rules.references["names"].to_pylist() == [{"name": "Ann"}]
    assert made.rules() is rules


def test_a_package_says_how_many_rows_a_part_has_and_what_comes_ahead(tmp_path: Path) -> None:
    made = _completed(tmp_path, PART_ROWS={"crew": 8}, AHEAD={"crew": 2})
    assert (made.part_rows, made.ahead) == ({"crew": 8}, {"crew": 2})


def test_a_package_says_which_columns_triggers_keep(tmp_path: Path) -> None:
    made = _completed(tmp_path, DERIVED={"crew": {"name"}})
    kept = [(table.label, column.name) for table in made.tables for column in table.columns if column.derived]
    assert kept == [("crew", "name")]


@pytest.mark.parametrize(("fixed", "kept"), [({}, False), ({"crew": 2}, True)])
def test_a_script_that_inserts_no_row_is_the_schema_as_it_stands(
    tmp_path: Path, fixed: dict[str, int], kept: bool
) -> None:
    (tmp_path / "schema.sql").write_text("REVOKE ALL ON FUNCTION f() FROM PUBLIC;")
    made = completed(replace(TOY, fixed=fixed), ModuleType("a_package"), tmp_path)
    assert made.sql == (TOY.sql if kept else "REVOKE ALL ON FUNCTION f() FROM PUBLIC;")
