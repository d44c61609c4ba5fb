"""Test that the examples of the words compile over their schema and build."""

import pytest

from snap import schema_json
from snap_builder.reference import examples
from snap_builder.reference.docstrings import Word, words
from snap_restorer import read_schema
from tests.paths import ROOT

FOLDER = ROOT / "builder" / "snap_builder" / "reference"


@pytest.mark.parametrize("word", [pytest.param(word, id=word.name) for word in words()])
def test_an_example_builds_and_uses_its_word(word: Word):
    assert word.example, f"write an Example: into the docstring of {word.name}"
    assert word.name in word.example or word.name == "Meeting"
    rows = examples.rows_of(word.example, 40)
    assert rows.num_rows == 40
    assert all(column.null_count < 40 for column in rows.columns)


@pytest.mark.parametrize("word", [pytest.param(word, id=word.name) for word in words()])
def test_every_table_of_an_example_builds(word: Word):
    assert word.example
    made = examples.tables_of(word.example)
    assert made.keys() >= {table.name for table in examples.declared(word.example).declared}
    assert all(rows.num_rows for rows in made.values())


@pytest.mark.slow
def test_the_kept_schema_is_what_a_postgres_reads(home, monkeypatch):
    monkeypatch.setenv("SNAP_DATA_DIR", str(home))
    written = schema_json.schema_json(read_schema([FOLDER / "schema.sql"]), examples.script())
    kept = (FOLDER / "schema.json").read_text("utf-8")
    (FOLDER / "schema.json").write_text(written, "utf-8")
    assert kept == written, "schema.json was written anew: commit it, and run: make docs"
