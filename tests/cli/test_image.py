"""Test `snap image`: a folder for docker build, reported on the terminal and in JSON."""

from __future__ import annotations

import pytest

from snap_cli.forms.images import ImageForm

pytestmark = pytest.mark.server


@pytest.mark.slow
def test_the_folder_lies_below_the_current_one_by_the_versions_name(snap, v1, project):
    ran = snap("image", "v1")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[0].startswith("wrote images/v1: v1, 30 rows in database v1, ")
    assert "build: docker build -t v1:v1 images/v1\nrun:   docker run -dp 127.0.0.1:5432:5432 " in ran.out
    assert {path.name for path in (project / "images" / "v1").iterdir()} == {
        *("Dockerfile", "entrypoint.sh", "first-start.sql", "seed", ".dockerignore", ".gitignore")
    }
    again = snap("image", "v1")
    assert again.code == 2
    assert again.err.splitlines() == [
        "error: images/v1 holds an image already",
        "hint: add --force to replace it",
    ]


@pytest.mark.slow
def test_the_json_of_an_image(snap, v1, tmp_path):
    document = snap("image", "v1", "--out", str(tmp_path / "out"), "--database", "app", "--json").document
    assert document.keys() == ImageForm.__annotations__.keys()
    assert document["digest"] == v1.resolve("v1").manifest.digest
    assert (document["database"], document["user"], document["tag"]) == ("app", "snap_owner", "app:v1")
    assert (document["rows"], document["folder"]) == (30, str(tmp_path / "out"))


def test_what_cannot_be_is_refused_before_a_server_starts(snap, v1, project):
    (project / "taken").mkdir()
    (project / "taken" / "mine").write_text("")
    for words, code, message in (
        (("v1", "--out", "taken"), 2, "error: taken is not empty, and its files are not an image that snap wrote\n"),
        (("v1", "--out", "taken", "--force"), 2, "hint: --out names another place\n"),
        (("v1", "--database", "a b"), 2, "error: 'a b' cannot be the database of an image\n"),
        (("v9",), 3, "error: there is no snapshot 'v9'"),
    ):
        ran = snap("image", *words)
        assert ran.code == code
        assert message in ran.err
    part = next((project / "snapshots" / "v1").rglob("*.parquet"))
    part.write_bytes(part.read_bytes()[:-1])
    assert snap("image", "v1").code == 3
    assert not (project / "images").exists()


def test_a_machine_without_a_postgres_says_so(snap, v1, project):
    ran = snap("image", "v1", SNAP_PG_BIN=str(project))
    assert ran.code == 6
    assert "error: $SNAP_PG_BIN is" in ran.err
    assert list((project / "images").iterdir()) == []
