"""Test `snap schema`, which declares all output of --json. tests/cli/conftest.py checks every document against it."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator, ValidationError

from snap_cli.app import command
from snap_cli.forms import FORMS
from tests.cli.json_schemas import require_declared
from tests.paths import ROOT

SILENT = {"db psql"}  # psql prints what it prints


def _words(node, path=()):
    """Yield the words of every command below `node`."""
    below = getattr(node, "commands", None)
    if below is None:
        yield " ".join(path)
        return
    for name, child in below.items():
        yield from _words(child, (*path, name))


@pytest.mark.slow
def test_every_command_declares_its_json(snap):
    assert {"--version", "--help", *_words(command())} == FORMS.keys()
    assert {name for name, form in FORMS.items() if form is None} == SILENT
    every = snap("schema", "--json").document
    Draft202012Validator.check_schema(every)
    assert every["$defs"].keys() == {*FORMS, "snap.toml"}
    assert snap("schema").document == every


@pytest.mark.parametrize("words", [("build",), ("backup", "list"), ("--version",)])
def test_the_schema_of_one_command(snap, words):
    schema = snap("schema", *(("--", *words) if words[0].startswith("-") else words)).document
    Draft202012Validator.check_schema(schema)
    assert schema["title"] == f"snap {' '.join(words)} --json"


@pytest.mark.parametrize(
    ("words", "hint"),
    [(("bakup", "list"), "did you mean 'backup list'?"), (("psql",), "these have a schema: init, ")],
)
def test_a_word_that_is_no_command_is_refused(snap, words, hint):
    ran = snap("schema", *words)
    assert ran.code == 2
    assert f"error: there is no command '{' '.join(words)}'" in ran.err
    assert hint in ran.err


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_a_published_manifest_has_the_form_of_show(version):
    require_declared(("show", version, "--json"), (ROOT / "manifests" / f"{version}.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("command", "document"),
    [
        ("rm", {"version": "v1", "removed": True}),
        ("rm", {"version": "v1", "removed": True, "seconds": "1"}),
        ("rm", {"version": "v1", "removed": True, "seconds": 1, "more": 1}),
        ("rm", {"error": {"kind": "other", "message": "", "reasons": [], "hint": ""}}),
        ("backup list", {"backups": [{"id": "1"}]}),
    ],
)
def test_a_document_of_another_form_is_none(command, document):
    with pytest.raises(ValidationError):
        require_declared((*command.split(), "--json"), json.dumps(document))


def test_numbers_say_their_unit(snap):
    result = snap("schema", "capture").document["anyOf"][0]["properties"]
    assert [result[name]["description"] for name in ("bytes", "estimated_db_bytes", "seconds")] == [
        *("bytes", "bytes", "seconds")
    ]
    assert result["rows"]["items"]["properties"]["rows"] == {"type": "integer", "description": "rows"}


@pytest.mark.parametrize(
    ("words", "ending"),
    [
        (("rm",), "JSON: version, removed, seconds"),
        (("backup", "restore"), "JSON: id, db, restored, schemas, tables: [name, rows], lost, saved, seconds"),
        (("schema",), "JSON: a JSON Schema"),
    ],
)
def test_help_ends_with_the_fields_of_the_form(snap, words, ending):
    assert " ".join(snap(*words, "--help").out.split()).endswith(ending)
