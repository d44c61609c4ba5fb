"""Test snap init --dataset: a project of a bundled dataset, and the choice of the dataset that a project builds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from snap_cli import datasets
from tests.cli.program import Ran


def _files(project: Path) -> set[str]:
    return {path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("name", datasets.DATASETS)
def test_a_dataset_that_comes_with_snap_makes_a_project_that_builds(
    snap: Callable[..., Ran], project: Path, name: str
) -> None:
    for folder in ("manifests", "snapshots"):
        (project / folder).rmdir()
    ran = snap("init", "--dataset", name)
    assert ran.code == 0
    assert f"the project builds dataset {name}" in ran.out
    assert _files(project) == {"snap.toml", ".gitignore"}
    assert (project / "snap.toml").read_text().endswith(f'[build]\ndataset = "{name}"\n')
    again = snap("init", "--dataset", name, "--json")
    assert again.code == 0
    assert again.document["files"] == []
    assert sum(table["rows"] for table in again.document["tables"])
    assert snap("build", "small", "--scale", "1/3", "--json").document["dataset"] == name


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (("--dataset", "worldchief"), "snap has no dataset 'worldchief'", "did you mean 'worldchef'?"),
        (("--dataset", "app"), "snap has no dataset 'app'", "its datasets are: worldchef"),
        (
            ("app.sql", "--dataset", "worldchef"),
            "cannot be combined with SOURCE, --name, --stats or --update",
            "leave out these",
        ),
        (
            ("--dataset", "worldchef", "--update"),
            "cannot be combined with SOURCE, --name, --stats or --update",
            "leave out these",
        ),
        ((), "missing argument 'SOURCE'", "--dataset NAME"),
        (("app.sql", "--update"), "there is no dataset 'app' to update", "there is none"),
        (("app.sql", "--update", "--stats"), "--update keeps dataset.py, but --stats writes it", "leave out one"),
    ],
)
def test_words_that_say_no_start_or_two_are_refused(
    snap: Callable[..., Ran], project: Path, arguments: tuple[str, ...], message: str, hint: str
) -> None:
    (project / "app.sql").write_text("CREATE TABLE t (id int PRIMARY KEY)")
    ran = snap("init", *arguments)
    assert ran.code == 2
    assert message in ran.err
    assert hint in ran.err
    assert _files(project) == {"app.sql"}


def test_settings_that_are_there_are_not_written_over(snap: Callable[..., Ran], project: Path) -> None:
    (project / "snap.toml").write_text("[build]\njobs = 2\n")
    ran = snap("init", "--dataset", "worldchef")
    assert ran.code == 2
    assert 'write dataset = "worldchef" into its section [build]' in ran.err
    assert (project / "snap.toml").read_text() == "[build]\njobs = 2\n"
    (project / "snap.toml").write_text('[build]\njobs = 2\ndataset = "worldchef"\n')
    assert snap("init", "--dataset", "worldchef").code == 0


def test_snap_toml_says_which_dataset_a_project_builds(snap: Callable[..., Ran], project: Path) -> None:
    (project / "snap.toml").write_text('[build]\ndataset = "toy"\n')
    assert snap("build", "v1", "--json").document["dataset"] == "toy"
    (project / "snap.toml").write_text('[build]\ndataset = "tow"\n')
    assert "there is no dataset 'tow'" in snap("build", "v2").err
