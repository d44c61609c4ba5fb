"""Test `snap show` as a page and as a diagram: the output, and the refusals before anything is read."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from snap import writer
from snap.store import Store
from tests.cases import toy
from tests.cases.toy import write_table
from tests.cli.program import Ran

Snap = Callable[..., Ran]


@pytest.mark.slow
def test_a_page_is_written_and_one_that_is_there_replaced(snap: Snap, v1: Store, project: Path) -> None:
    file = project / "v1.html"
    file.write_text("old")
    ran = snap("show", "v1", "--html", "v1.html")
    warned = "warning: v1.html holds rows of a capture: keep it out of git, or write it outside the project\n"
    assert (ran.code, ran.err) == (0, warned)
    assert ran.out.startswith("wrote v1.html (")
    assert file.read_text("utf-8").startswith("<!doctype html>")
    data = file.read_bytes()
    document = snap("show", "v1", "--html", "v1.html", "--json").document
    assert document == {
        "version": "v1", "digest": v1.resolve("v1").manifest.digest, "file": "v1.html", "bytes": len(data)
    }  # fmt: skip
    assert file.read_bytes() == data
    assert [path.name for path in project.iterdir() if path.name.endswith(".partial")] == []


@pytest.mark.slow
def test_a_page_compares_with_the_snapshot_before_it_alone(snap: Snap, v1: Store, project: Path) -> None:
    for version in ("v2", "v3"):
        toy.publish(v1, version, rows=12 if version == "v2" else 10)
    for version, since in (("v1", ""), ("v2", "v1"), ("v3", "v2")):
        assert snap("show", version, "--html", "page.html").code == 0
        found = re.findall("<h2>Changes since <bdi>(.*)</bdi></h2>", (project / "page.html").read_text("utf-8"))
        assert found == ([since] if since else [])


@pytest.mark.slow
def test_a_page_says_why_the_snapshot_before_it_is_not_compared(snap: Snap, v1: Store, project: Path) -> None:
    toy.publish(v1, "v2", rows=12)
    shot = v1.resolve("v1")
    shot.path(shot.manifest.tables[0].files[0]).unlink()
    assert snap("show", "v2", "--html", "page.html").code == 0
    text = (project / "page.html").read_text("utf-8")
    assert "The rows could not be compared: snapshot v1 is corrupt: crew/part-0000.parquet is missing" in text


def test_a_manifest_that_is_corrupt_does_not_cost_the_page_of_another(snap: Snap, v1: Store, project: Path) -> None:
    (project / "manifests/v0.json").write_text("{}")
    assert snap("show", "v1", "--html", "page.html").code == 0
    text = (project / "page.html").read_text("utf-8")
    assert "<h2>Changes</h2>" in text
    assert "The rows could not be compared: manifests/v0.json" in text.replace("<wbr>", "")


@pytest.mark.slow
def test_a_snapshot_without_a_table_in_common_is_not_compared(snap: Snap, v1: Store, project: Path) -> None:
    with v1.stage("a0") as stage:
        other = write_table(stage.folder, replace(toy.CREW, name="else"), [toy.crew(3)], "else")
        v1.publish(stage, writer.finish(stage, toy.PROVENANCE, (other,)))
    assert snap("show", "v1", "--html", "page.html").code == 0
    assert "Changes since" not in (project / "page.html").read_text("utf-8")


@pytest.mark.slow
def test_a_page_of_real_data_is_for_its_owner_alone(snap: Snap, v1: Store, project: Path) -> None:
    assert v1.resolve("v1").manifest.parameters is None
    snap("show", "v1", "--html", "v1.html")
    assert (project / "v1.html").stat().st_mode & 0o077 == 0
    ran = snap("show", "v1", "--html", "../v1.html")
    assert ran.err == ""
    assert (project.parent / "v1.html").stat().st_mode & 0o077 == 0
    (project.parent / "v1.html").unlink()


@pytest.mark.parametrize(("form", "first"), [("mermaid", "erDiagram"), ("dbml", 'Enum "mood" {')])
def test_a_diagram_is_printed(snap: Snap, v1: Store, form: str, first: str) -> None:
    ran = snap("show", "v1", "--erd", form)
    assert ran.code == 0
    assert ran.out.splitlines()[0] == first
    document = json.loads(snap("show", "v1", "--erd", form, "--json").out)
    assert document == {"version": "v1", "erd": form, "text": ran.out}


@pytest.mark.parametrize(
    "flags", [("--html", "x", "--erd", "dbml"), ("--schema", "--html", "x"), ("--erd", "dbml", "--schema")]
)
def test_one_form_at_a_time(snap: Snap, project: Path, flags: tuple[str, ...]) -> None:
    ran = snap("show", "nothing", *flags)
    assert ran.code == 2
    assert "exclude each other" in ran.err
    assert "choose one" in ran.err
    assert not (project / "x").exists()


def test_places_where_no_file_can_be_are_refused(snap: Snap, v1: Store, project: Path) -> None:
    (project / "folder").mkdir()
    os.mkfifo(project / "pipe")
    for place, message, hint in (
        ("folder", "folder is a folder", "folder/page.html"),
        ("none/x.html", "there is no folder none", "make it first"),
        ("pipe", "pipe is not a file", "name another"),
    ):
        ran = snap("show", "v1", "--html", place)
        assert ran.code == 2
        assert message in ran.err
        assert hint in ran.err
    assert (project / "pipe").is_fifo()


def test_a_file_that_is_altered_is_named_and_no_page_written(snap: Snap, v1: Store, project: Path) -> None:
    shot = v1.resolve("v1")
    shot.path(shot.manifest.tables[0].files[0]).unlink()
    ran = snap("show", "v1", "--html", "v1.html")
    assert ran.code == 3
    assert "snapshot v1 is corrupt: crew/part-0000.parquet is missing" in ran.err
    assert not (project / "v1.html").exists()


def test_a_disk_that_refuses_is_an_error(snap: Snap, v1: Store) -> None:
    ran = snap("show", "v1", "--html", "x" * 250 + ".html")
    assert ran.code == 6
    assert "choose a shorter name" in ran.err
