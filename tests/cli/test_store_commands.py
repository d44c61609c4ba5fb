"""Test snap list, show and rm."""

import json

import pytest

from snap import writer
from snap_cli.forms.snapshots import RemoveForm
from tests.cases import toy


def test_an_empty_project_says_what_to_do(snap):
    assert snap("list").out == "no snapshot is published yet; run: snap build v1\n"
    assert snap("list", "--json").document == {"versions": []}


def test_list_gives_every_version(snap, v1):
    toy.publish(v1, "v2", rows=1000)
    manifest = v1.resolve("v2").manifest
    ran = snap("list")
    assert ran.out.splitlines()[2].split()[:3] == ["v2", "captured", "3,000"]
    assert ran.out.splitlines()[2].endswith(manifest.digest[:12])
    assert snap("list", "--json").document["versions"][1] == {
        "version": "v2",
        "dataset": None,
        "rows_total": 3000,
        "bytes": manifest.bytes,
        "created": manifest.created,
        "digest": manifest.digest,
    }


def test_a_broken_manifest_does_not_hide_the_others(snap, v1, project):
    (project / "manifests" / "v0.json").write_text("{}")
    ran = snap("list")
    assert ran.code == 3
    assert ran.out.splitlines()[1].startswith("v1 ")
    assert "error: manifests/v0.json is not a manifest" in ran.err
    document = snap("list", "--json").document
    assert [version["version"] for version in document["versions"]] == ["v1"]
    assert document["error"]["kind"] == "snapshot"


def test_show_is_for_people_and_its_json_is_the_manifest_as_it_is(snap, v1, project):
    assert "ship.Log book" in snap("show", "v1").out
    ran = snap("show", "v1", "--json")
    assert ran.out == (project / "manifests" / "v1.json").read_text()


def test_show_schema_is_the_sql(snap, v1):
    assert snap("show", "v1", "--schema").out == toy.SQL.rstrip("\n") + "\n"
    assert snap("show", "v1", "--schema", "--json").document == {"version": "v1", "schema_sql": toy.SQL}


def test_rm_without_a_terminal_wants_yes(snap, v1):
    ran = snap("rm", "v1")
    assert ran.code == 2
    assert ran.err.splitlines()[1] == "hint: add --yes"
    assert v1.exists("v1")


def test_rm_yes_removes_the_files_too(snap, v1, project):
    ran = snap("rm", "v1", "--yes", "--json")
    assert ran.document.keys() == RemoveForm.__annotations__.keys()
    assert ran.document["removed"] is True
    assert not (project / "snapshots" / "v1").exists()
    assert snap("rm", "v1", "--yes").code == 3


def test_rm_removes_a_version_whose_manifest_is_broken(snap, v1, project):
    (project / "manifests" / "v1.json").write_text("{}")
    assert snap("rm", "v1", "--yes").code == 0


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "gone"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_rm_asks_on_a_terminal(terminal, v1, answer, gone):
    ran = terminal("rm", "v1", types=answer)
    assert ran.code == 0
    assert "Remove v1 (30 rows, " in ran.out
    assert v1.exists("v1") is not gone


@pytest.mark.slow
def test_json_is_one_document_in_utf_8(program, v1):
    assert json.loads(program("list", "--json", LC_ALL="C").out)["versions"][0]["version"] == "v1"


def test_check_reads_the_planners_statistics(snap, store):
    toy.publish(store, "v1")
    with store.stage("v1") as stage:
        manifest = writer.with_statistics(stage, store.resolve("v1").manifest, '{"format": 9}\n')
        store.publish_more(stage, manifest)
    ran = snap("check", "v1")
    assert ran.code == 3
    assert "snapshots/v1/statistics.json cannot be read by this version of snap: format: 9 is not 1" in ran.err
