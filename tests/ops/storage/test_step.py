"""Test that a bucket of any service ends with exactly the snapshot's media, and that a refused run changes nothing."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from snap.config import Origin, section
from snap.errors import Interrupted, ServiceError, SnapError, SnapshotError, TargetError, UsageError
from snap.manifest import DataFile
from snap.progress import Silent
from snap.store import Snapshot, Store
from snap_ops.step import StepContext
from snap_ops.storage import StorageSettings, StorageStep
from snap_restorer import Target
from tests.cases import toy
from tests.ops.buckets import KEY, SECRET
from tests.ops.storage.supabase import ANON_KEY, SERVICE_KEY, Supabase, supabase_server
from tests.params import few

MEDIA = {"recipes/00.jpg": b"soup", "recipes/é 1.png": b"cake", "steps/a/b.webp": bytes(2_000_000)}
TYPES = {"recipes/00.jpg": "image/jpeg", "recipes/é 1.png": "image/png", "steps/a/b.webp": "image/webp"}
ENVIRONMENT = {"KEY": KEY, "SECRET": SECRET, "SERVICE": SERVICE_KEY, "ANON": ANON_KEY}


@dataclass
class Bucket:
    """An empty bucket: its settings in snap.toml, and functions that read and write the bucket without snap."""

    given: dict[str, Any]
    contents: Callable[[], dict[str, tuple[bytes, str]]]
    plant: Callable[[str, bytes], None]

    def step(self, **more: Any) -> StorageStep:
        return StorageStep(settings=settings({**self.given, **more}))


def settings(given: Mapping[str, Any]) -> StorageSettings:
    return section(StorageSettings, given, "storage", Origin(file="snap.toml", folder=Path(), environment=ENVIRONMENT))


@pytest.fixture(scope="module")
def supabase() -> Iterator[Supabase]:
    with supabase_server() as running:
        yield running


@pytest.fixture(params=[pytest.param("s3", marks=pytest.mark.server), "supabase"])
def bucket(request: pytest.FixtureRequest) -> Bucket:
    if request.param == "s3":
        return of_s3(request)
    supabase: Supabase = request.getfixturevalue("supabase")
    name = f"bucket {len(supabase.buckets)}"
    held = supabase.buckets[name] = {}
    return Bucket(
        {"bucket": name, "url": supabase.url, "service_key": "env:SERVICE"},
        lambda: dict(held),
        lambda key, data: held.update({key: (data, "text/plain")}),
    )


def of_s3(request: pytest.FixtureRequest) -> Bucket:
    s3 = request.getfixturevalue("s3")
    name = s3.bucket()
    client = s3.client()

    def contents() -> dict[str, tuple[bytes, str]]:
        found = {}
        for one in client.list_objects_v2(Bucket=name).get("Contents", ()):
            answer = client.get_object(Bucket=name, Key=one["Key"])
            found[one["Key"]] = (answer["Body"].read(), answer["ContentType"])
        return found

    return Bucket(
        {"bucket": name, "endpoint": s3.url, "access_key": "env:KEY", "secret_key": "env:SECRET"},
        contents,
        lambda key, data: client.put_object(Bucket=name, Key=key, Body=data),
    )


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    return made(tmp_path, MEDIA)


def made(root: Path, media: Mapping[str, bytes]) -> Snapshot:
    store = Store(root)
    with store.stage("v1") as stage:
        table = toy.write_table(stage.folder, toy.CREW, [toy.crew(4)], "crew")
        files = []
        for key, data in media.items():
            path = stage.folder / "media" / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            files.append(
                DataFile(path=f"media/{key}", bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), role="media")
            )
        return store.publish(stage, toy.manifest("v1", (table,), tuple(files)))


def night(snapshot: Snapshot, stop: threading.Event | None = None) -> StepContext:
    target = Target("postgresql://localhost/nobody-connects")
    now = datetime(2026, 11, 23, 3, tzinfo=UTC)
    return StepContext(
        snapshot=snapshot, target=target, direct=target, now=now, progress=Silent(), stop=stop or threading.Event()
    )


def exactly(prefix: str = "") -> dict[str, tuple[bytes, str]]:
    return {prefix + key: (data, TYPES[key]) for key, data in MEDIA.items()}


@pytest.mark.slow
@pytest.mark.parametrize("mode", few(["mirror", "purge"], 1))
def test_a_bucket_ends_with_exactly_the_media(bucket: Bucket, snapshot: Snapshot, mode: str) -> None:
    for key in ("left.jpg", "recipes/a+b %41?.jpg", "deep/er/still.png", "recipes/.emptyFolderPlaceholder"):
        bucket.plant(key, b"x")
    bucket.plant("recipes/00.jpg", b"other bytes")
    step = bucket.step(mode=mode)
    outcome = step.run(night(snapshot))
    assert bucket.contents() == exactly()
    assert outcome.facts["objects"] == 3
    assert outcome.facts["bytes"] == sum(map(len, MEDIA.values()))
    assert outcome.facts["deleted"] == (4 if mode == "mirror" else 5)
    again = step.run(night(snapshot))
    assert bucket.contents() == exactly()
    assert again.facts["uploaded"] == (0 if mode == "mirror" else 3)
    assert again.facts["deleted"] == (0 if mode == "mirror" else 3)


@pytest.mark.slow
def test_a_plan_touches_nothing_and_says_what_would_be(bucket: Bucket, snapshot: Snapshot) -> None:
    bucket.plant("left.jpg", b"x")
    upload, delete = bucket.step().plan(night(snapshot))
    assert upload.startswith("upload 3 images, 2.0 MB, to ")
    assert delete.startswith("delete 1 other object below ")
    first, second = bucket.step(mode="purge").plan(night(snapshot))
    assert first.startswith("delete 1 ")
    assert second.startswith("upload 3 ")
    assert set(bucket.contents()) == {"left.jpg"}


def test_what_lies_beside_the_prefix_stays(bucket: Bucket, snapshot: Snapshot) -> None:
    for key in ("staging/old.jpg", "staging-2/kept.jpg", "kept.jpg", "stagin"):
        bucket.plant(key, b"x")
    bucket.step(prefix="staging").run(night(snapshot))
    found = bucket.contents()
    assert {key: found.pop(key)[0] for key in ("staging-2/kept.jpg", "kept.jpg", "stagin")} == dict.fromkeys(
        ("staging-2/kept.jpg", "kept.jpg", "stagin"), b"x"
    )
    assert found == exactly("staging/")


def test_more_deletions_than_are_allowed_touch_nothing(bucket: Bucket, snapshot: Snapshot) -> None:
    for number in range(5):
        bucket.plant(f"kept/{number}", b"x")
    before = bucket.contents()
    step = bucket.step(max_deletes=4)
    for work in (step.plan, step.run):
        with pytest.raises(TargetError, match=r"5 objects of .* are not the snapshot's") as refused:
            work(night(snapshot))
        assert "max_deletes" in refused.value.hint
    assert bucket.contents() == before


@pytest.mark.slow
def test_folders_of_more_than_a_page_are_listed_in_full(bucket: Bucket, snapshot: Snapshot) -> None:
    for number in range(1_003):
        bucket.plant(f"many/{number:04}", b"")
    bucket.step(max_deletes=2_000).run(night(snapshot))
    assert bucket.contents() == exactly()


def test_a_stopped_night_ends_it_and_the_next_run_does_the_rest(bucket: Bucket, snapshot: Snapshot) -> None:
    bucket.plant("left.jpg", b"x")
    stop = threading.Event()
    stop.set()
    with pytest.raises(Interrupted):
        bucket.step().run(night(snapshot, stop))
    bucket.step().run(night(snapshot))
    assert bucket.contents() == exactly()


def test_media_that_were_not_made_are_refused_before_anything_goes(
    bucket: Bucket, snapshot: Snapshot, tmp_path: Path
) -> None:
    bucket.plant("left.jpg", b"x")
    (tmp_path / "snapshots/v1/media/recipes/00.jpg").unlink()
    with pytest.raises(SnapshotError, match=r"recipes/00\.jpg is missing") as refused:
        bucket.step().run(night(snapshot))
    assert refused.value.option == "media"
    assert set(bucket.contents()) == {"left.jpg"}


def test_a_snapshot_without_media_empties_only_where_told_to(bucket: Bucket, tmp_path: Path) -> None:
    bucket.plant("left.jpg", b"x")
    bare = made(tmp_path / "bare", {})
    with pytest.raises(UsageError, match="v1 has no media"):
        bucket.step().run(night(bare))
    assert set(bucket.contents()) == {"left.jpg"}
    bucket.step(mode="purge").run(night(bare))
    assert bucket.contents() == {}


def test_a_bucket_that_is_not_there_is_named(bucket: Bucket, snapshot: Snapshot) -> None:
    with pytest.raises(ServiceError, match="nobody-made-this") as failed:
        bucket.step(bucket="nobody-made-this").run(night(snapshot))
    assert "create the bucket" in failed.value.hint


@pytest.mark.slow
@pytest.mark.server
def test_marks_of_folders_and_empty_segments_go_too(request: pytest.FixtureRequest, snapshot: Snapshot) -> None:
    bucket = of_s3(request)
    for key in ("recipes/", "a//b.jpg", "/lead.jpg", "x/../y"):
        bucket.plant(key, b"")
    bucket.step().run(night(snapshot))
    assert bucket.contents() == exactly()


@pytest.mark.server
def test_keys_that_s3_refuses_are_not_told(request: pytest.FixtureRequest, snapshot: Snapshot) -> None:
    bucket, s3 = of_s3(request), request.getfixturevalue("s3")
    with s3.guarded(), pytest.raises(ServiceError) as failed:
        bucket.step().run(night(snapshot))
    assert_silent(failed.value, "access_key")


def test_a_key_that_supabase_refuses_is_not_told(supabase: Supabase, snapshot: Snapshot) -> None:
    supabase.buckets["refused"] = {}
    step = StorageStep(settings=settings({"bucket": "refused", "url": supabase.url, "service_key": "env:ANON"}))
    with pytest.raises(ServiceError, match="row-level security") as failed:
        step.run(night(snapshot))
    assert_silent(failed.value, "service key")
    assert supabase.buckets["refused"] == {}


@pytest.mark.slow
def test_supabase_is_asked_again_where_that_may_help(
    supabase: Supabase, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snap_ops.object_store.supabase._PAUSES_S", (0.0, 0.0))
    supabase.buckets["busy"] = {}
    step = StorageStep(settings=settings({"bucket": "busy", "url": supabase.url, "service_key": "env:SERVICE"}))
    supabase.failures += [(503, "busy"), (429, "slower")]
    step.run(night(snapshot))
    assert supabase.buckets["busy"] == exactly()
    supabase.failures += [(500, f"trouble with {SERVICE_KEY}")] * 3
    with pytest.raises(ServiceError, match="500 Internal Server Error") as failed:
        step.run(night(snapshot))
    assert_silent(failed.value, "url")
    supabase.failures += [(413, "no")]
    with pytest.raises(ServiceError, match="413"):
        step.run(night(snapshot))
    assert supabase.failures == []


@pytest.mark.parametrize(
    "given",
    [
        {"endpoint": "http://127.0.0.1:1", "access_key": "env:KEY", "secret_key": "env:SECRET"},
        {"url": "http://127.0.0.1:1", "service_key": "env:SERVICE"},
    ],
)
def test_a_server_that_is_not_there_is_an_error(
    given: dict[str, Any], snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snap_ops.object_store.s3._ATTEMPTS", 1)
    monkeypatch.setattr("snap_ops.object_store.supabase._PAUSES_S", ())
    with pytest.raises(ServiceError, match="bucket-1") as failed:
        StorageStep(settings=settings({"bucket": "bucket-1", **given})).run(night(snapshot))
    assert_silent(failed.value, "the network")


def test_a_bucket_that_others_fill_meanwhile_is_told(supabase: Supabase, snapshot: Snapshot) -> None:
    class Busy(dict[str, tuple[bytes, str]]):
        """A bucket into which somebody else uploads an image after each upload."""

        def __setitem__(self, key: str, value: tuple[bytes, str]) -> None:
            super().__setitem__(key, value)
            super().__setitem__(f"late {key}", value)

    supabase.buckets["shared"] = Busy()
    step = StorageStep(settings=settings({"bucket": "shared", "url": supabase.url, "service_key": "env:SERVICE"}))
    with pytest.raises(ServiceError, match="still holds late"):
        step.run(night(snapshot))


def test_bytes_that_come_back_otherwise_are_told(supabase: Supabase, snapshot: Snapshot) -> None:
    class Lossy(dict[str, tuple[bytes, str]]):
        def __setitem__(self, key: str, value: tuple[bytes, str]) -> None:
            super().__setitem__(key, (value[0][::-1], value[1]))

    supabase.buckets["lossy"] = Lossy()
    step = StorageStep(settings=settings({"bucket": "lossy", "url": supabase.url, "service_key": "env:SERVICE"}))
    with pytest.raises(ServiceError, match="other bytes for recipes"):
        step.run(night(snapshot))


def test_without_a_setting_nothing_is_configured() -> None:
    assert not settings({}).configured
    assert settings({"prefix": "p"}).configured


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "names no bucket"),
        ({"prefix": "p"}, "names no bucket"),
        ({"bucket": "a/b"}, "not a bucket's name"),
        ({"bucket": "a", "prefix": "a/../b"}, r"prefix .* is 'a/\.\./b'"),
        ({"bucket": "a", "prefix": "/"}, "prefix .* is '/'"),
        ({"bucket": "a", "url": "https://a.supabase.co"}, "belong together"),
        ({"bucket": "a", "access_key": "env:KEY"}, "belong together"),
        ({"bucket": "a", "url": "a.supabase.co", "service_key": "env:SERVICE"}, "not an address"),
        ({"bucket": "a", "url": "https://a", "service_key": "env:SERVICE", "region": "x"}, "for S3 and for Supabase"),
        ({"bucket": "a", "mode": "empty"}, "one of mirror, purge"),
        ({"bucket": "a", "access_key": "env:GONE", "secret_key": "env:SECRET"}, r"\$GONE is not set"),
    ],
)
def test_settings_that_cannot_be_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        settings(given).open()


def assert_silent(error: SnapError, hint: str) -> None:
    assert hint in error.hint
    said = f"{error.message} {error.hint}"
    assert not [secret for secret in (KEY, SECRET, SERVICE_KEY, ANON_KEY) if secret in said]
