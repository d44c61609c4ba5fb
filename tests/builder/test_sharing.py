"""Test shares of a version: made separately, in any order, and published as one build; wrong shares are refused."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from snap import durable
from snap.errors import CheckError, SnapError, SnapshotError, TargetError, UsageError
from snap.manifest import Manifest
from snap.progress import Silent
from snap.store import Store
from snap.verify import require_intact
from snap_builder import BuildRequest, Share, Shared, build, build_share, building, parts, publish, sharing
from tests.cases.projects import make_project, toy_request
from tests.cuts import Cut, cut_before


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delitem(sys.modules, "pools", raising=False)
    monkeypatch.setattr(parts, "PART_ROWS", 16)  # 7 and 13 parts
    return make_project(tmp_path)


@pytest.fixture
def store(project: Path) -> Store:
    return Store(project)


def shared(store: Store, request: BuildRequest, number: int, of: int = 3) -> Shared:
    return build_share(store, request, Share(number=number, of=of), Silent())


def published(store: Store, request: BuildRequest, *order: int) -> Manifest:
    for number in order:
        shared(store, request, number, len(order))
    return publish(store, request, Silent()).manifest


def left(project: Path) -> set[str]:
    return {path.name for path in (project / "snapshots").iterdir() if not path.name.startswith(".lock-")}


@pytest.mark.slow
@pytest.mark.parametrize("order", [(1,), (2, 1), (3, 1, 2), tuple(range(25, 0, -1))], ids=len)
def test_shares_in_any_order_are_what_one_build_makes(store: Store, project: Path, order: tuple[int, ...]) -> None:
    one = build(store, toy_request(project, "one"), Silent()).manifest
    many = published(store, toy_request(project, "many"), *order)
    assert many.digest == one.digest
    assert [data.files for data in many.tables] == [data.files for data in one.tables]
    require_intact(store.resolve("many"))
    assert left(project) == {"one", "many"}
    assert {path.name for path in (project / "snapshots/many").iterdir()} == {
        path.name for path in (project / "snapshots/one").iterdir()
    }


def test_a_share_says_what_it_made_and_what_is_missing(store: Store, project: Path) -> None:
    request = toy_request(project)
    first = shared(store, request, 2)
    assert (first.made, first.files, first.missing) == (True, 7, (1, 3))
    assert sum(rows for _, rows in first.rows) == 6 * 16 + 8
    before = {path: path.stat().st_mtime_ns for path in (project / "snapshots/.parts-t/files").rglob("*.parquet")}
    again = shared(store, request, 2)
    assert again == replace(first, made=False)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert store.names() == ()


@pytest.mark.slow
def test_an_executor_makes_a_share_too(store: Store, project: Path) -> None:
    request = toy_request(project)
    shared(store, replace(request, workers=toy_request(project, workers="pools:threads").workers), 1, 2)
    assert published(store, request, 1, 2).digest == build(store, toy_request(project, "one"), Silent()).manifest.digest


@pytest.mark.slow
def test_no_other_build_sweeps_shares_and_no_list_shows_them(store: Store, project: Path) -> None:
    shared(store, toy_request(project), 1)
    (project / "snapshots/.stage-old").mkdir()
    build(store, toy_request(project, "other"), Silent())
    assert left(project) == {".parts-t", "other"}
    assert store.names() == ("other",)
    store.remove("other")
    assert left(project) == {".parts-t"}
    store.remove_shared("t")
    assert left(project) == set()


def test_publishing_names_the_shares_that_are_missing(store: Store, project: Path) -> None:
    request = toy_request(project)
    shared(store, request, 2, 4)
    with pytest.raises(UsageError, match=r"^3 shares of 4 of t are missing: 1, 3, 4$") as refused:
        publish(store, request, Silent())
    assert refused.value.option == "share"
    assert left(project) == {".parts-t"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda request: replace(request, parameters=replace(request.parameters, seed=9)), "seed 7, not 9"),
        (lambda request: replace(request, parameters=replace(request.parameters, scale="3")), "scale 10, not 3"),
        (
            lambda request: replace(request, dataset=replace(request.dataset, revision="f" * 64)),
            r"revision [0-9a-f]{12} of the dataset, not ffffffffffff",
        ),
    ],
)
def test_shares_of_something_else_are_refused(
    store: Store, project: Path, change: Callable[[BuildRequest], BuildRequest], said: str
) -> None:
    request = toy_request(project)
    shared(store, request, 1)
    for number in (1, 2):
        with pytest.raises(UsageError, match=f"share 1 of t was made with other inputs: {said}") as refused:
            shared(store, change(request), number)
        assert refused.value.option == "parts"
    with pytest.raises(UsageError, match="made with other inputs"):
        publish(store, change(request), Silent())
    with pytest.raises(UsageError, match="one of 3 shares, not of 4"):
        shared(store, request, 2, 4)
    assert shared(store, request, 2).missing == (3,)


@pytest.mark.slow
def test_shares_of_other_libraries_are_refused(store: Store, project: Path) -> None:
    request = toy_request(project)
    shared(store, request, 1, 2)
    record = project / "snapshots/.parts-t/share-1.json"
    body = json.loads(record.read_text())
    body["written_by"]["pyarrow"] = "1.0"
    record.write_text(json.dumps(body))
    with pytest.raises(UsageError, match=r"share 1 of t was made with other inputs: pyarrow 1\.0, not \d+"):
        shared(store, request, 2, 2)


@pytest.mark.slow
def test_a_share_that_was_begun_says_already_what_it_makes(
    store: Store, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = toy_request(project)
    with monkeypatch.context() as patch, pytest.raises(Cut):
        cut_before(0, patch, (sharing, "write_pieces"))
        shared(store, request, 1, 2)
    with pytest.raises(UsageError, match="share 1 of t was made with other inputs: seed 7, not 9"):
        shared(store, toy_request(project, seed=9), 2, 2)
    with pytest.raises(UsageError, match="2 shares of 2 of t are missing: 1, 2"):
        publish(store, request, Silent())
    assert shared(store, toy_request(project, seed=9), 1, 2).made  # the only one: it begins anew


@pytest.mark.slow
@pytest.mark.parametrize("harm", ["gone", "cut", "altered"])
def test_a_file_that_is_not_what_its_share_wrote_is_named_and_made_again(
    store: Store, project: Path, harm: str
) -> None:
    request = toy_request(project)
    for number in (1, 2, 3):
        shared(store, request, number)
    path = project / "snapshots/.parts-t/files/crew/part-0001.parquet"
    whole = path.read_bytes()
    path.unlink() if harm == "gone" else path.write_bytes(
        whole[:-1] if harm == "cut" else whole[:-1] + bytes([whole[-1] ^ 1])
    )
    said = {"gone": "is missing", "cut": "has .* bytes, not", "altered": "was altered"}[harm]
    with pytest.raises(SnapshotError, match=rf"crew/part-0001\.parquet of share 2/3 of t {said}"):
        publish(store, request, Silent())
    assert store.names() == ()
    assert [shared(store, request, number).made for number in (1, 2, 3)] == [False, True, False]
    assert path.read_bytes() == whole
    assert publish(store, request, Silent()).reproduced is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read: "),
        ("[" * 100_000, "cannot be read: "),
        ("[]", "is not an object"),
        ('{"format": 1}', "format: 1 is not format 2"),
        ('{"format": 2, "parts": [], "shares": 0}', "shares: 0 is not a number from 2 to 10000"),
    ],
)
def test_a_record_that_cannot_be_is_named_and_made_again(store: Store, project: Path, text: str, said: str) -> None:
    request = toy_request(project)
    for number in (1, 2):
        shared(store, request, number, 2)
    (project / "snapshots/.parts-t/share-2.json").write_text(text)
    with pytest.raises(SnapshotError, match="the record of share 2 of t cannot be read: ") as refused:
        publish(store, request, Silent())
    assert said in refused.value.message
    assert shared(store, request, 2, 2).made
    assert publish(store, request, Silent()).reproduced is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("rows", 15, r"parts\[0\].rows: 15 is not 16"),
        ("table", "users", r"parts\[0\].table: 'users' is not crew"),
        ("number", 8, r"parts\[0\].number: 8 is not 0"),
        ("path", "crew/../crew/part-0000.parquet", "leads outside"),
        ("path", "crew/part-0002.parquet", "is not crew/part-0000.parquet"),
        ("total", "1", "is not a sum of 64 hexadecimal digits"),
    ],
)
def test_a_record_names_no_other_part_than_its_share_has(
    store: Store, project: Path, field: str, value: object, said: str
) -> None:
    request = toy_request(project)
    for number in (1, 2):
        shared(store, request, number, 2)
    record = project / "snapshots/.parts-t/share-1.json"
    body = json.loads(record.read_text())
    body["parts"][0][field] = value
    record.write_text(json.dumps(body))
    with pytest.raises(SnapshotError, match=said):
        publish(store, request, Silent())
    body["parts"].pop()
    record.write_text(json.dumps(body))
    with pytest.raises(SnapshotError, match="lists 9 parts, not 10"):
        publish(store, request, Silent())


@pytest.mark.slow
def test_who_works_on_a_version_keeps_others_from_it(store: Store, project: Path) -> None:
    request = toy_request(project)
    for number in (1, 2):
        shared(store, request, number, 2)
    with store.sharing("t"):  # as a share does
        for work in (build, publish):
            with pytest.raises(TargetError, match="another process is writing snapshot 't'"):
                work(store, request, Silent())
        with pytest.raises(TargetError):
            store.remove_shared("t")
        assert not shared(store, request, 1, 2).made  # but other shares
    with store.stage("t"), pytest.raises(TargetError, match="another process is writing"):
        shared(store, request, 1, 2)
    with (
        sharing._alone(store.shared("t"), Share(number=1, of=2), "t"),
        pytest.raises(TargetError, match="another process makes share 1/2 of t"),
    ):
        shared(store, request, 1, 2)


@pytest.mark.slow
def test_folders_of_shares_that_are_links_are_refused(store: Store, project: Path, tmp_path: Path) -> None:
    elsewhere, request = tmp_path / "elsewhere", toy_request(project)
    elsewhere.mkdir()
    place = project / "snapshots/.parts-t"
    for link in (place, place / "extracts", place / "files", place / "files/crew"):
        shutil.rmtree(place, ignore_errors=True)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(elsewhere)
        with pytest.raises(SnapshotError, match="is a link"):
            shared(store, request, 1)
        link.unlink()
    assert list(elsewhere.iterdir()) == []
    assert shared(store, request, 1).made


@pytest.mark.slow
def test_a_published_version_is_compared_or_replaced_as_a_build_does(store: Store, project: Path) -> None:
    request = toy_request(project)
    first = published(store, request, 1, 2)
    for number in (1, 2):
        shared(store, request, number, 2)
    assert publish(store, request, Silent()).reproduced is True
    assert left(project) == {"t"}
    other = toy_request(project, seed=9)
    with pytest.raises(UsageError, match="t is published with other parameters: seed 7, not 9"):
        shared(store, other, 1, 2)
    assert left(project) == {"t"}
    forced = replace(other, force=True)
    for number in (1, 2):
        shared(store, forced, number, 2)
    with pytest.raises(UsageError, match="published with other parameters"):
        publish(store, other, Silent())
    assert store.resolve("t").manifest.digest == first.digest
    assert publish(store, forced, Silent()).reproduced is None
    assert store.resolve("t").manifest.digest != first.digest
    assert left(project) == {"t"}


@pytest.mark.slow
def test_shares_stay_where_a_check_fails(store: Store, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = toy_request(project)
    for number in (1, 2):
        shared(store, request, number, 2)

    def refuse(*_: object) -> None:
        raise CheckError("no")

    with monkeypatch.context() as patch, pytest.raises(CheckError):
        patch.setattr(building.checks, "require_sound", refuse)
        publish(store, request, Silent())
    assert left(project) == {".parts-t"}
    assert publish(store, request, Silent()).reproduced is None


@pytest.mark.slow
def test_a_disk_without_links_gets_copies(store: Store, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(durable.os, "link", none)
    published(store, toy_request(project), 1, 2)
    require_intact(store.resolve("t"))


@pytest.mark.slow
@pytest.mark.parametrize("existing", [False, True])
def test_publishing_cut_at_any_step_leaves_the_old_or_the_new_and_can_be_repeated(
    store: Store, project: Path, monkeypatch: pytest.MonkeyPatch, existing: bool
) -> None:
    """Stop before the n-th rename, link, removal or write, as a power cut would, then look and go on."""
    new = build(store, toy_request(project, "new", scale="1"), Silent()).manifest.digest
    old = build(store, toy_request(project, "old", scale="1", seed=9), Silent()).manifest.digest
    outcomes = set()
    for step in range(22):
        store.remove_shared("t")
        if store.exists("t"):
            store.remove("t")
        if existing:
            build(store, toy_request(project, scale="1", seed=9), Silent())
        request = toy_request(project, scale="1", force=existing)
        for number in (1, 2):
            shared(store, request, number, 2)
        with monkeypatch.context() as patch:
            steps = ((Path, "rename"), (shutil, "rmtree"), (Path, "unlink"), (durable.os, "link"), (durable, "write"))
            cut_before(step, patch, *steps)
            with contextlib.suppress(Cut):
                publish(store, request, Silent())
        if store.exists("t"):
            require_intact(store.resolve("t"))
            outcomes.add(store.resolve("t").manifest.digest)
        else:
            assert not existing
            outcomes.add("none")
        try:
            publish(store, request, Silent())
        except SnapError as error:  # the shares went when all was published
            assert "missing" in error.message  # noqa: PT017
            assert store.resolve("t").manifest.digest == new
        assert store.resolve("t").manifest.digest == new
        assert left(project) == {"t", "old", "new"}
    assert outcomes == ({old, new} if existing else {"none", new})
