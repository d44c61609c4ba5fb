"""Test `snap compose`: on stdout or into a file, and its notes about the image."""

from __future__ import annotations

import yaml

from snap_cli.forms.images import ComposeForm


def test_the_service_is_printed_and_a_missing_image_is_noted(snap, v1):
    ran = snap("compose", "v1", "--port", "6000")
    assert ran.code == 0
    assert yaml.safe_load(ran.out)["services"]["db"]["ports"] == ["127.0.0.1:6000:5432"]
    assert ran.err == "note: images/v1 holds no image yet; make it with: snap image v1 --out images/v1\n"
    assert snap("compose", "v1", "--port", "6000", "--quiet").out == ran.out


def test_an_image_of_other_rows_is_warned_of(snap, v1, project):
    (project / "images" / "v1").mkdir(parents=True)
    dockerfile = project / "images" / "v1" / "Dockerfile"
    for digest, said in (
        ("0" * 64, "warning: the image in images/v1 does not hold v1 as published; make it again with: snap image v1"),
        (v1.resolve("v1").manifest.digest, ""),
    ):
        dockerfile.write_text(f'# Written by snap image\nLABEL x="y" \\\n      snap.digest="{digest}"\n')
        told = snap("compose", "v1").err
        assert told[: len(said)] == said
        assert bool(told) is bool(said)


def test_a_file_names_the_image_as_seen_from_where_it_lies(snap, v1, project):
    ran = snap("compose", "v1", "--out", "deploy/compose.yaml", "--database", "app", "--json")
    assert ran.document.keys() == ComposeForm.__annotations__.keys()
    text = (project / "deploy" / "compose.yaml").read_text()
    assert ran.document["text"] == text
    assert ran.document["file"] == "deploy/compose.yaml"
    service = yaml.safe_load(text)["services"]["db"]
    assert service["build"]["context"] == "../images/v1"
    assert service["image"] == "app:v1"
    assert (project / "deploy" / service["build"]["context"]).resolve() == project / "images" / "v1"


def test_a_file_that_is_there_is_replaced_when_that_is_asked_for(snap, v1, project):
    (project / "compose.yaml").write_text("services: {}\n")
    ran = snap("compose", "v1", "--out", "compose.yaml")
    assert (ran.code, ran.err) == (2, "error: compose.yaml is there already\nhint: add --force to replace it\n")
    assert (project / "compose.yaml").read_text() == "services: {}\n"
    assert snap("compose", "v1", "--out", "compose.yaml", "--force").out == "wrote compose.yaml\n"
    ran = snap("compose", "v1", "--out", "snapshots", "--force")
    assert (ran.code, ran.err) == (2, "error: snapshots is there already\nhint: --out names another place\n")


def test_names_that_cannot_be_are_refused(snap, v1):
    assert snap("compose", "v9").code == 3
    assert snap("compose", "v1", "--port", "0").code == 2
    ran = snap("compose", "v1", "--database", "template1")
    assert (ran.code, ran.out) == (2, "")
