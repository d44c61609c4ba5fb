"""Test snap build, and snap check on its result."""

import json
import shutil
from dataclasses import replace

import pytest

from snap.manifest_json import to_json
from snap.store import Store
from snap_cli import datasets
from snap_cli.forms.common import MeasuredForm
from snap_cli.forms.snapshots import BuildForm, CheckForm
from tests.cli import toys
from tests.params import few
from tests.paths import ROOT


@pytest.fixture
def built(snap):
    assert snap("build", "v1", "--dataset", "toy").code == 0
    return snap


def test_a_build_says_what_it_made(snap):
    ran = snap("build", "v1", "--dataset", "toy")
    assert ran.code == 0
    assert [line.split()[:2] for line in ran.out.splitlines()[:4]] == [
        ["table", "rows"],
        ["crew", "10"],
        ["ship.Log", "book"],
        ["total", "30"],
    ]
    assert "published v1: " in ran.out
    assert "checks passed" in ran.out


@pytest.mark.slow
def test_the_json_of_a_build(snap, store):
    document = snap("build", "v1", "--dataset", "toy", "--json").document
    assert document.keys() == BuildForm.__annotations__.keys()
    assert document["version"] == "v1"
    assert document["dataset"] == "toy"
    assert document["reproduced"] is None
    assert document["rows"] == [{"name": "crew", "rows": 10}, {"name": "ship.Log book", "rows": 20}]
    assert all(check.keys() == MeasuredForm.__annotations__.keys() for check in document["checks"])
    assert document["digest"] == store.resolve("v1").manifest.digest


@pytest.mark.slow
def test_building_a_published_version_again_reproduces_it_from_what_is_recorded(snap):
    snap("build", "v1", "--dataset", "toy", "--scale", "2", "--seed", "9", "--set", "crew=12")
    ran = snap("build", "v1", "--json")
    assert ran.code == 0
    assert ran.document["reproduced"] is True
    assert ran.document["rows"] == [{"name": "crew", "rows": 12}, {"name": "ship.Log book", "rows": 40}]
    assert snap("build", "v1", "--dataset", "toy", "--scale", "4/2", "--seed", "9", "--set", "crew=12").code == 0


FLAGS = [(("--seed", "8"),), (("--scale", "2"),), (("--as-of", "2026-01-01"),), (("--set", "crew=11"),)]


@pytest.mark.parametrize("flag", few(FLAGS, 1))
def test_other_parameters_for_a_published_version_are_refused(built, flag):
    ran = built("build", "v1", "--dataset", "toy", *flag)
    assert ran.code == 2
    assert "v1 is published with other parameters" in ran.err
    assert built("build", "v1", "--dataset", "toy", *flag, "--force").code == 0


@pytest.mark.slow
def test_a_version_that_is_not_reproduced_names_the_tables(built, monkeypatch, store):
    monkeypatch.setattr(datasets, "DATASETS", {"toy": toys.drifted})
    digest = store.resolve("v1").manifest.digest
    ran = built("build", "v1")
    assert ran.code == 4
    assert "error: v1 was not reproduced: ship.Log book differs" in ran.err
    assert "not reproduced v1" in ran.out
    document = built("build", "v1", "--json").document
    assert document["reproduced"] is False
    assert document["error"]["kind"] == "check"
    assert store.resolve("v1").manifest.digest == digest


def test_a_build_that_breaks_a_rule_publishes_nothing(snap, store):
    ran = snap("build", "v1", "--dataset", "orphans", "--json")
    assert ran.code == 4
    assert ran.error["kind"] == "check"
    assert store.names() == ()


def test_a_captured_version_is_not_rebuilt(snap, v1):
    ran = snap("build", "v1")
    assert ran.code == 2
    assert "was captured from a database and cannot be rebuilt" in ran.err


@pytest.mark.slow
def test_jobs_come_from_the_environment_or_the_file(snap, project):
    (project / "snap.toml").write_text("[build]\njobs = 'many'\n")
    assert "snap.toml: build.jobs is 'many', not a whole number" in snap("build", "v1", "--dataset", "toy").err
    assert "$SNAP_JOBS is '0'" in snap("build", "v1", "--dataset", "toy", SNAP_JOBS="0").err
    assert snap("build", "v1", "--dataset", "toy", "--jobs", "2").code == 0
    for text in (" 2 ", "+2"):
        assert snap("build", "v1", SNAP_JOBS=text).code == 0
    (project / "other.toml").write_text("[build]\njbos = 1\n")
    ran = snap("build", "v1", "--config", "other.toml")
    assert ran.code == 2
    assert "unknown setting build.jbos" in ran.err
    assert "unknown setting build.jbos" in snap("build", "v1", "--config", "other.toml", SNAP_JOBS="2").err
    ran = snap("build", "v1", "--config", "missing.toml", "--json")
    assert "cannot be read" in ran.error["message"]
    assert ran.error["hint"] == "name another file with --config"


def test_check_runs_on_the_published_files(built):
    ran = built("check", "v1")
    assert ran.code == 0
    assert "checks passed" in ran.out
    document = built("check", "v1", "--json").document
    assert document.keys() == CheckForm.__annotations__.keys()
    assert all(file["ok"] for file in document["files"])
    assert document["checks"]


@pytest.mark.slow
def test_a_flipped_byte_is_found_and_no_check_is_run(built, project):
    path = project / "snapshots" / "v1" / "crew" / "part-0000.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    ran = built("check", "v1")
    assert ran.code == 3
    assert "CORRUPT crew/part-0000.parquet: was altered" in ran.out
    assert "error: snapshot v1 is corrupt: crew/part-0000.parquet was altered" in ran.err
    document = built("check", "v1", "--json").document
    assert document["checks"] == []
    assert [file["path"] for file in document["files"] if not file["ok"]] == ["crew/part-0000.parquet"]
    assert document["error"]["kind"] == "snapshot"


def test_check_shows_every_failed_finding_with_its_detail(built, monkeypatch):
    from snap.manifest import Finding

    findings = (
        Finding(name="keys", ok=True, value=0, limit=0),
        Finding(name="ages", ok=False, value=3, limit=0, detail="crew 1, 2 and 3"),
    )
    monkeypatch.setattr("snap_builder.prove", lambda *_, **__: findings)
    ran = built("check", "v1")
    assert ran.code == 4
    assert "FAILED  ages: 3, limit 0\n        crew 1, 2 and 3\n" in ran.out
    assert "1 of 2 checks failed" in ran.err
    assert json.loads(built("check", "v1", "--json").out)["error"]["kind"] == "check"


@pytest.mark.slow
def test_progress_is_drawn_on_a_terminal_only(terminal, program):
    assert "\x1b[2K" in terminal("build", "v1", "--dataset", "toy").out
    assert program("build", "v2", "--dataset", "toy").err == ""


@pytest.mark.slow
@pytest.mark.parametrize("flags", [(), ("--dataset", "worldchef")])
def test_the_versions_of_a_dataset_are_the_same_in_every_project(snap, store, flags):
    assert snap("build", "v1", *flags).code == 0
    assert store.resolve("v1").manifest.digest == Store(ROOT).resolve("v1").manifest.digest
    assert snap("build", "v1", *flags, "--json").document["reproduced"] is True


def test_a_version_of_a_dataset_is_not_made_otherwise(snap, store):
    ran = snap("build", "v3", "--dataset", "worldchef", "--scale", "1/4")
    assert ran.code == 2
    assert "error: v3 is published with other parameters: scale 1, not 1/4" in ran.err
    assert store.names() == ()


@pytest.mark.slow
def test_a_published_version_without_a_revision_is_checked_and_built_by_its_digest(snap, project):
    early = replace(Store(ROOT).resolve("v1").manifest, revision=None, edge_cases=None)
    (project / "manifests/v1.json").write_text(to_json(early))
    shutil.copytree(ROOT / "snapshots/v1", project / "snapshots/v1")
    ran = snap("check", "v1")
    assert ran.code == 0
    assert "not checked" not in ran.err
    assert snap("build", "v1", "--json").document["reproduced"] is True
    assert '"format": 1' in (project / "manifests/v1.json").read_text()


def test_an_executor_is_named_well_or_refused(snap):
    ran = snap("build", "v1", "--dataset", "toy", "--executor", "everywhere", "--json")
    assert ran.code == 2
    assert ran.error["message"] == "'everywhere' is not the name of an executor"
    ran = snap("build", "v1", "--dataset", "toy", "--executor", "snap_nowhere:f")
    assert ran.code == 2
    assert "error: there is no module 'snap_nowhere'" in ran.err


@pytest.mark.slow
@pytest.mark.process
def test_an_executor_of_the_project_makes_the_parts(program, project):
    folder = project / "datasets" / "ship"
    shutil.copytree(ROOT / "tests" / "toy", folder)
    (project / "pools.py").write_text(
        "import multiprocessing\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        "def two():\n"
        "    return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context('spawn'))\n"
    )
    one = program("build", "v1", "--dataset", "ship", "--postgres", "none", "--json").document
    two = program("build", "v2", "--dataset", "ship", "--postgres", "none", "--executor", "pools:two", "--json")
    assert two.document["digest"] == one["digest"]
