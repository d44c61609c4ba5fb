"""Test that shares run the rules about single rows, and that publishing takes their answers and trusts no record."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from snap.errors import CheckError, SnapshotError
from snap.manifest import Manifest
from snap.progress import Silent
from snap.store import Store
from snap_builder import BuildRequest, Share, build, build_share, parts, publish
from tests.cases.projects import make_project, toy_request
from tests.cases.shares import found, reads

PRELUDE = """-- make: names
-- extract: crew
CREATE TEMP TABLE names AS SELECT name FROM crew;
"""
RULES = """-- rule: crew_is_called_zoe
-- about: each of the crew is called Zoë
-- limit: 0
-- each: crew
SELECT name FROM crew WHERE name NOT LIKE 'Zoë %';

-- rule: names_differ
-- about: no two of the crew have one name
-- limit: 0
SELECT name FROM names GROUP BY name HAVING count(*) > 1;

-- rule: everybody_has_a_name
-- about: the number of names, which the extracts of all shares hold
-- between: 100 100
SELECT count(*) AS names FROM names;
"""
BROKEN = RULES.replace("'Zoë %'", "'Zoë 1%'")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delitem(sys.modules, "pools", raising=False)
    monkeypatch.setattr(parts, "PART_ROWS", 16)  # 7 and 13 parts
    project = make_project(tmp_path)
    declared = project / "datasets/toy/dataset.py"
    declared.write_text(declared.read_text().replace("    seed=7,\n", '    seed=7,\n    checks="rules",\n'))
    write_rules(project, RULES)
    return project


@pytest.fixture
def store(project: Path) -> Store:
    return Store(project)


def write_rules(project: Path, rules: str) -> None:
    folder = project / "datasets/toy/rules"
    folder.mkdir(exist_ok=True)
    (folder / "prelude.sql").write_text(PRELUDE)
    (folder / "rules.sql").write_text(rules)


def share(store: Store, request: BuildRequest, of: int = 3) -> list[bool]:
    """Make all shares, and return which were made."""
    return [build_share(store, request, Share(number=number, of=of), Silent()).made for number in range(1, of + 1)]


def published(store: Store, request: BuildRequest) -> Manifest:
    return publish(store, request, Silent()).manifest


def record(project: Path, number: int, change: Callable[[dict[str, Any]], object]) -> None:
    path = project / f"snapshots/.parts-t/share-{number}.json"
    body = json.loads(path.read_text())
    change(body["answers"])
    path.write_text(json.dumps(body))


@pytest.mark.slow
@pytest.mark.parametrize("workers", [None, "pools:threads"])
def test_publishing_reads_no_row_again_and_finds_what_a_build_finds(
    store: Store, project: Path, monkeypatch: pytest.MonkeyPatch, workers: str | None
) -> None:
    one = build(store, toy_request(project, "one"), Silent()).manifest
    share(store, toy_request(project, workers=workers))
    labels = reads(monkeypatch)
    many = published(store, toy_request(project))
    assert labels == []
    assert found(many) == found(one)
    assert {each.name: each.value for each in many.checks}["everybody_has_a_name"] == 100
    assert not (project / "snapshots/t/extracts").exists()


@pytest.mark.slow
def test_what_a_share_found_wrong_is_not_published(store: Store, project: Path) -> None:
    write_rules(project, BROKEN)
    with pytest.raises(CheckError) as one:
        build(store, toy_request(project, "one"), Silent())
    share(store, toy_request(project))
    with pytest.raises(CheckError) as many:
        published(store, toy_request(project))
    assert many.value.message == one.value.message
    assert "crew_is_called_zoe" in many.value.message
    assert store.names() == ()


def test_shares_that_had_other_rules_are_read_again(
    store: Store, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_rules(project, BROKEN)
    share(store, toy_request(project))
    write_rules(project, RULES)
    labels = reads(monkeypatch)
    assert all(each.ok for each in published(store, toy_request(project)).checks)
    assert set(labels) == {"crew", "ship.Log book"}


@pytest.mark.slow
def test_shares_without_answers_are_read_again(store: Store, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = toy_request(project)
    share(store, request)
    path = project / "snapshots/.parts-t/share-2.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"answers": None}))
    labels = reads(monkeypatch)
    manifest = published(store, request)
    assert set(labels) == {"crew", "ship.Log book"}
    assert {each.name: each.value for each in manifest.checks}["everybody_has_a_name"] == 100


@pytest.mark.slow
@pytest.mark.parametrize("harm", ["gone", "cut", "altered"])
def test_an_extract_that_is_not_what_its_share_wrote_is_named_and_made_again(
    store: Store, project: Path, harm: str
) -> None:
    request = toy_request(project)
    share(store, request)
    path = project / "snapshots/.parts-t/extracts/share-2-names-0.parquet"
    whole = path.read_bytes()
    path.unlink() if harm == "gone" else path.write_bytes(
        whole[:-1] if harm == "cut" else whole[:-1] + bytes([whole[-1] ^ 1])
    )
    said = {"gone": "is missing", "cut": "has .* bytes, not", "altered": "was altered"}[harm]
    with pytest.raises(SnapshotError, match=rf"extracts/share-2-names-0\.parquet of share 2/3 of t {said}"):
        published(store, request)
    assert share(store, request) == [False, True, False]
    assert all(each.ok for each in published(store, request).checks)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda answers: answers.pop("rules"), "answers.rules: it is absent"),
        (lambda answers: answers["counted"].update(types=3), "answers.counted.types: 3 is not an object"),
        (lambda answers: answers["counted"]["not_null"].update(count=-1), "not_null.count: -1 is not a count"),
        (lambda answers: answers["counted"]["not_null"].update(least=[[3]]), r"least\[0\]\[0\]: 3 is not a text"),
        (lambda answers: answers["failed"].update(names=None), "answers.failed.names: None is not a text"),
        (lambda answers: answers["extracts"].update({"../x": []}), r"answers.extracts.../x: the rules have no such"),
        (lambda answers: answers["extracts"]["names"][0].update(sha256="x"), "'x' is not a SHA-256"),
    ],
)
def test_answers_that_cannot_be_are_named_and_made_again(
    store: Store, project: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    request = toy_request(project)
    share(store, request)
    record(project, 2, change)
    with pytest.raises(SnapshotError, match=said) as refused:
        published(store, request)
    assert refused.value.message.startswith("the record of share 2 of t ")
    assert refused.value.option == "parts"
    assert share(store, request) == [False, True, False]
    assert all(each.ok for each in published(store, request).checks)


@pytest.mark.slow
def test_a_rule_that_fails_fails_as_in_a_build(store: Store, project: Path) -> None:
    write_rules(project, RULES.replace("SELECT name FROM crew WHERE", "SELECT nothing FROM crew WHERE"))
    with pytest.raises(CheckError, match="crew_is_called_zoe") as one:
        build(store, toy_request(project, "one"), Silent())
    share(store, toy_request(project))
    with pytest.raises(CheckError) as many:
        published(store, toy_request(project))
    assert many.value.message == one.value.message


@pytest.mark.slow
def test_a_share_is_made_again_for_another_revision_of_nothing_but_rules(store: Store, project: Path) -> None:
    """Rules are no part of the revision: shares with older rules stay, and are not made again."""
    share(store, toy_request(project))
    write_rules(project, RULES.replace("100 100", "99 101"))
    assert share(store, replace(toy_request(project), jobs=1)) == [False] * 3
