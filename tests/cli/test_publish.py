"""Test snap build --parts in separate processes, snap publish, and parts that nobody publishes."""

import shutil
import subprocess

import pytest

from snap_cli.forms.snapshots import BuildForm, RemoveForm, ShareForm
from tests.cli.program import PROGRAM, environment
from tests.paths import ROOT


@pytest.fixture
def ship(project):
    shutil.copytree(ROOT / "tests" / "toy", project / "datasets" / "ship")
    return project


@pytest.fixture
def shared(snap, ship):
    """Return `snap` in a project in which two of a version's three shares are made."""
    for share in ("3/3", "1/3"):
        assert snap("build", "v1", "--scale", "2", "--parts", share).code == 0
    return snap


@pytest.mark.slow
@pytest.mark.process
def test_processes_make_shares_at_once_and_one_publishes_them(program, ship, store):
    one = program("build", "one", "--scale", "300", "--postgres", "none", "--json").document
    commands = [[*PROGRAM, "build", "v1", "--scale", "300", "--parts", f"{share}/3"] for share in (1, 2, 3)]
    processes = [
        subprocess.Popen(command, cwd=ship, env=environment(), stdin=subprocess.DEVNULL) for command in commands
    ]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert program("list").out.splitlines()[1].startswith("one ")
    ran = program("publish", "v1", "--postgres", "none", "--json")
    assert ran.code == 0, ran.err
    assert ran.document.keys() == BuildForm.__annotations__.keys()
    assert (ran.document["reproduced"], ran.document["digest"]) == (None, one["digest"])
    assert ran.document["rows"] == one["rows"]
    assert program("build", "v1", "--postgres", "none").out.count("reproduced v1") == 1


def test_a_share_says_what_it_made_and_what_is_missing(snap, ship):
    ran = snap("build", "v1", "--parts", "1/2")
    assert ran.out.startswith("share 1/2 of v1: 1 part, 10 rows, ")
    assert ran.out.endswith("shares not made yet: 2\n")
    assert "share 1/2 of v1: 1 part, 10 rows, " in snap("build", "v1", "--parts", "1/2").out
    ran = snap("build", "v1", "--parts", "2/2", "--json")
    assert ran.document.keys() == ShareForm.__annotations__.keys()
    assert (ran.document["share"], ran.document["shares"], ran.document["made"]) == (2, 2, True)
    assert ran.document["rows"] == [{"name": "ship.Log book", "rows": 20}]
    assert ran.document["missing"] == []
    assert snap("build", "v1", "--parts", "2/2").out.endswith(
        "made already\nall shares are made; run: snap publish v1\n"
    )


@pytest.mark.slow
def test_publish_says_which_shares_are_missing_and_how_to_make_them(shared):
    ran = shared("publish", "v1", "--postgres", "none")
    assert ran.code == 2
    assert ran.err.splitlines() == [
        "error: 1 share of 3 of v1 is missing: 2",
        "hint: make the missing shares; run: snap build v1 --parts K/N, with the same flags",
    ]


def test_publish_without_any_share_says_so(snap, ship):
    ran = snap("publish", "v1", "--json")
    assert ran.code == 2
    assert ran.error["message"] == "no share of v1 has been made"
    assert ran.error["hint"] == "make the shares first; run: snap build v1 --parts K/N, with the same flags"


@pytest.mark.slow
def test_another_share_with_other_flags_is_refused(shared):
    ran = shared("build", "v1", "--scale", "3", "--parts", "2/3")
    assert ran.code == 2
    assert ran.err.splitlines() == [
        "error: share 1 of v1 was made with other inputs: scale 2, not 3",
        "hint: choose another name; or remove all shares of v1: snap rm v1 --parts",
    ]


@pytest.mark.parametrize("text", ["", "3", "0/3", "4/3", "1/0", "1/10001", "-1/3", "1/3/3", "a/b", "1 /3"])
def test_what_is_no_share_is_refused(snap, ship, text):
    ran = snap("build", "v1", f"--parts={text}")
    assert ran.code == 2
    assert f"error: {text!r} is not a share of a version's parts" in ran.err


@pytest.mark.parametrize("flags", [("--media",), ("--postgres", "all")])
def test_what_only_the_whole_has_is_for_publish(snap, ship, flags):
    ran = snap("build", "v1", "--parts", "1/3", *flags)
    assert ran.code == 2
    assert ran.err.splitlines() == [
        f"error: {flags[0][2:]} applies to a whole version, not to a share of its parts",
        "hint: use it with: snap publish v1",
    ]


@pytest.mark.slow
def test_parts_that_nobody_publishes_can_be_removed(shared, ship, store):
    ran = shared("rm", "v1", "--parts")
    assert (ran.code, ran.err.splitlines()[1]) == (2, "hint: add --yes")
    ran = shared("rm", "v1", "--yes")
    assert (ran.code, ran.err.splitlines()[0]) == (3, "error: there is no snapshot 'v1'")
    ran = shared("rm", "v1", "--parts", "--yes", "--json")
    assert ran.document.keys() == RemoveForm.__annotations__.keys()
    assert ran.document["removed"] is True
    assert not store.shared("v1").exists()
    ran = shared("rm", "v1", "--parts", "--yes")
    assert ran.code == 3
    assert "error: there are no parts of v1" in ran.err


@pytest.mark.slow
def test_parts_of_which_one_is_a_link_to_nothing_can_be_removed(shared, store):
    part = next(store.shared("v1").rglob("*.parquet"))
    part.unlink()
    part.symlink_to("nowhere")
    assert shared("rm", "v1", "--parts", "--yes").code == 0
    assert not store.shared("v1").exists()


@pytest.mark.slow
def test_a_dataset_by_its_file_is_named_for_publishing_too(snap, ship):
    name = "datasets/ship/dataset.py:dataset"
    for share in ("1/2", "2/2"):
        assert snap("build", "v1", "--dataset", name, "--parts", share).code == 0
    assert snap("publish", "v1", "--postgres", "none").code == 2
    assert snap("publish", "v1", "--dataset", name, "--postgres", "none").code == 0


def test_shares_of_a_captured_version_are_refused(snap, v1, ship):
    ran = snap("build", "v1", "--parts", "1/2")
    assert ran.code == 2
    assert "v1 was captured from a database and cannot be rebuilt" in ran.err
