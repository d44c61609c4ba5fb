"""Test the commands as functions: what they return, raise and leave unchanged."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import snap
from snap.errors import SnapshotError, TargetError, UsageError
from snap.store import Store
from snap_cli import datasets
from tests.cases import toy
from tests.cli import toys
from tests.postgres import execute


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SNAP_DB_URL", raising=False)
    monkeypatch.setattr(datasets, "DATASETS", {**datasets.DATASETS, **toys.DATASETS})
    for name in ("manifests", "snapshots"):
        (tmp_path / name).mkdir()
    toy.publish(Store(tmp_path), "v1")
    return tmp_path


@pytest.mark.slow
def test_a_version_is_built_checked_restored_compared_and_captured(project: Path, database: str) -> None:
    built = snap.build("v2", dataset="toy", sets={"crew": 12}, root=project)
    assert (built.manifest.version, built.reproduced) == ("v2", None)
    assert snap.build("v2", root=project).reproduced is True
    assert all(finding.ok for finding in snap.check("v2", root=project))
    restored = snap.restore("v2", database, root=project)
    assert [(table.name, table.rows) for table in restored.tables] == [("crew", 12), ("ship.Log book", 20)]
    assert snap.diff("v2", db=database, root=project).identical
    execute(database, "UPDATE crew SET mood = NULL")
    found = snap.diff("v2", db=database, rows=1, root=str(project))
    assert not found.identical
    assert found.tables[0].samples
    assert not snap.diff("v1", "v2", html=project / "d.html", root=project).identical
    assert "v1 → v2" in (project / "d.html").read_text("utf-8").replace("</bdi>", "").replace("<bdi>", "")
    snap.build("v0", dataset="toy", root=project)
    assert snap.diff("v0", "v2", db=database, root=project).tables[0].version.added == 2
    assert snap.restore("v2", database, mode="sync", root=project).tables[0].updated > 0
    manifest = snap.capture("c1", database, masks=["crew.mood"], tables=["crew"], root=project)
    assert manifest.rows_total == 12


@pytest.mark.slow
def test_nothing_is_printed_but_warnings(project: Path, database: str, capsys: pytest.CaptureFixture[str]) -> None:
    snap.restore("v1", database, root=project)
    assert capsys.readouterr() == ("", "")
    snap.capture("c1", database, root=project)
    assert capsys.readouterr().err.startswith("warning: real data were copied into snapshots/")


def test_errors_are_raised_as_data(project: Path, database: str) -> None:
    with pytest.raises(UsageError, match="no database was named"):
        snap.capture("c1", root=project)
    execute(database, toy.SQL + "INSERT INTO crew VALUES (gen_random_uuid(), 'x', NULL, NULL, now(), NULL, NULL, NULL)")
    with pytest.raises(TargetError) as refused:
        snap.restore("v1", database, root=project)
    assert refused.value.code == 5
    assert refused.value.__notes__[0].endswith("; or pass yes=True")
    assert snap.restore("v1", database, yes=True, root=project).tables[0].deleted == 1
    path = next((project / "snapshots" / "v1" / "crew").iterdir())
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SnapshotError, match="snapshot v1 is corrupt"):
        snap.check("v1", root=project)


def test_what_excludes_itself_is_said_without_flags(project: Path) -> None:
    for options, message, note in (
        ({"clone": True, "mode": "sync"}, "a clone replaces the whole database", "use snap.restore() without clone"),
        ({"strict": True}, "strict is for mode missing", "hint: leave out strict"),
        ({"as_of": "someday"}, "'someday' is not a date", "or leave out as_of"),
        ({"db": ""}, "the database's URL is empty", "db= names the database"),
    ):
        with pytest.raises(UsageError, match=re.escape(message)) as refused:
            snap.restore("v1", root=project, **options)
        assert note in refused.value.__notes__[0]
        assert "--" not in str(refused.value) + refused.value.__notes__[0]


def test_the_lists_of_snap_toml_guard_databases_here_too(project: Path, database: str) -> None:
    (project / "snap.toml").write_text('[target]\nprotected = ["*/*"]\n')
    with pytest.raises(TargetError, match="is protected"):
        snap.restore("v1", database, yes=True, root=project)


@pytest.mark.slow
def test_shares_are_made_and_published(project: Path) -> None:
    with pytest.raises(UsageError, match="no share of v2 has been made") as refused:
        snap.publish("v2", root=project)
    assert refused.value.__notes__ == [
        "hint: make the shares first; call snap.build('v2', parts='K/N') with the same arguments"
    ]
    assert snap.build("v2", dataset="toy", parts="2/2", root=project).missing == (1,)
    assert snap.build("v2", dataset="toy", parts="1/2", root=project).missing == ()
    assert snap.publish("v2", root=project).reproduced is None
    assert snap.build("v2", root=project).reproduced is True
