"""Test making a night from snap.toml: its steps, their order and limits, and one error for every wrong setting."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from snap.config import Origin, Settings
from snap.errors import SnapshotError, UsageError
from snap.store import Store
from snap_ops.night.configure import STEPS, NightConfig, Project, configure
from snap_ops.night.pipeline import ORDER, StagingDatabase
from snap_restorer import Target
from tests.cases import toy

LEAST = '[nightly]\nversion = "v1"\n'
WHOLE = f"""{LEAST}
[reset]
schemas = ["public"]
[migrations]
command = "true"
[after_restore]
command = ["true"]
[storage]
bucket = "images"
"""
NOBODY = Target("host=127.0.0.1 port=1 user=x dbname=x")


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., NightConfig]:
    for name in ("manifests", "snapshots"):
        (tmp_path / name).mkdir()

    def configured(text: str, *, only: Sequence[str] = (), skip: Sequence[str] = (), **environment: str) -> NightConfig:
        database = StagingDatabase(target=NOBODY, direct=NOBODY)
        project = Project(root=tmp_path, store=Store(tmp_path), database=database, datasets={})
        origin = Origin(file="snap.toml", folder=tmp_path, environment={"PATH": os.environ["PATH"], **environment})
        return configure(Settings(origin=origin, sections=tomllib.loads(text)), project, only=only, skip=skip)

    return configured


def names(config: NightConfig) -> tuple[str, ...]:
    return (
        *(step.name for step in config.pipeline.steps),
        *(["report"] if config.report else []),
        *(["notify"] if config.notify else []),
    )


def test_the_least_that_a_night_needs_is_a_version(read: Callable[..., NightConfig]) -> None:
    config = read(LEAST)
    assert config.pipeline.version == "v1"
    assert names(config) == ("backup", "diff", "survey", "restore", "losses", "health", "drill", "report", "notify")
    assert config.pipeline.skipped == tuple(
        (name, "not configured") for name in ("reset", "migrate", "after_restore", "storage")
    )
    assert config.pipeline.limits.steps.keys() == set(ORDER)


@pytest.mark.slow
def test_steps_run_in_one_order_however_they_are_asked_for(read: Callable[..., NightConfig]) -> None:
    assert names(read(WHOLE)) == STEPS
    assert names(read(WHOLE, only=["health", "restore", "backup"])) == ("backup", "restore", "health")
    assert names(read(WHOLE, skip=["notify", "diff"])) == tuple(s for s in STEPS if s not in {"notify", "diff"})
    skipping = WHOLE.replace("[reset]", 'skip = ["storage"]\n[reset]')
    assert names(read(skipping, skip=["diff"])) == tuple(s for s in STEPS if s not in {"storage", "diff"})
    assert names(read(skipping, only=["storage"])) == ("storage",)
    assert dict(read(skipping).pipeline.skipped) == {"storage": "not asked for"}


def test_limits_are_for_the_whole_and_for_each_step(read: Callable[..., NightConfig]) -> None:
    limits = read(f'{LEAST}limit = "30 min"\nlease = "1 min"\n[nightly.limits]\nrestore = "5 min"').pipeline.limits
    assert (limits.night_s, limits.lease_s, limits.steps["restore"]) == (1800, 60, 300)


@pytest.mark.parametrize(
    "section", [name for name in STEPS if name not in {"diff", "survey", "losses", "migrate", "drill"}] + ["migrations"]
)
def test_an_unknown_setting_is_an_error_in_every_section_of_the_file(
    read: Callable[..., NightConfig], section: str
) -> None:
    with pytest.raises(UsageError, match=rf"snap\.toml has an unknown setting {section}\.colour"):
        read(f"{LEAST}[{section}]\ncolour = 1", only=["diff"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"no section \[nightly\]"),
        ("[nightly]", r"lacks nightly\.version"),
        ("[nightly]\nversion = 3", r"nightly\.version is 3, not a text"),
        (f'{LEAST}skip = ["sleep"]', "a night has no step 'sleep'"),
        (f'{LEAST}skip = ["repair"]', "a night has no step 'repair'"),
        (f'{LEAST}limit = "0 s"', r"limit in \[nightly\] is no time"),
        (f'{LEAST}end_idle = "0 s"', r"end_idle in \[nightly\] is no time"),
        (f'{LEAST}lease = "0 s"', r"lease in \[nightly\] is no time"),
        (f'{LEAST}limit = "soon"', r"nightly\.limit is 'soon', not a time"),
        (f'{LEAST}[nightly.limits]\nrestore = "0 s"', r"restore in \[nightly\] is no time"),
        (f'{LEAST}[nightly.limits]\nnotify = "1 s"', r"unknown setting nightly\.limits\.notify"),
        (f'{LEAST}[storage]\nbucket = "x"\naccess_key = "env:A"\nsecret_key = "env:B"', r"\$A is not set"),
        (f'{LEAST}[storage]\nbucket = "x"\naccess_key = "secret itself"', r"storage\.access_key is not written as env"),
        (f'{LEAST}[migrations]\nfolder = "nowhere"', "nowhere, cannot be read"),
        (f'{LEAST}[health]\nnutrition_token = "env:C"', r"\$C is not set"),
        (f"{LEAST}[report]\nkeep_days = 0", r"keep_days in \[report\] is 0"),
    ],
)
def test_what_cannot_be_is_one_error_before_anything_is_asked_of_a_server(
    read: Callable[..., NightConfig], text: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        read(text)
    assert refused.value.hint
    assert "secret itself" not in refused.value.message + refused.value.hint


def test_steps_that_nobody_knows_are_named_with_those_there_are(read: Callable[..., NightConfig]) -> None:
    for how in ("only", "skip"):
        with pytest.raises(UsageError, match="no step 'backups'") as refused:
            read(LEAST, **{how: ["backups"]})
        assert refused.value.hint == f"its steps are: {', '.join(STEPS)}"


def test_who_skips_a_step_needs_none_of_its_secrets_folders_or_programs(read: Callable[..., NightConfig]) -> None:
    text = f"""{LEAST}
[backup]
to = "s3://bucket/prefix"
access_key = "env:A"
secret_key = "env:A"
[migrations]
folder = "nowhere"
[storage]
bucket = "images"
access_key = "env:A"
secret_key = "env:A"
[health]
nutrition_token = "env:A"
[notify]
slack = "env:A"
"""
    assert names(read(text, only=["restore", "report"])) == ("restore", "report")
    skip = ["backup", "migrate", "storage", "health"]
    assert names(read(text, skip=skip)) == ("diff", "survey", "restore", "losses", "report", "notify")


@pytest.mark.slow
def test_a_database_is_emptied_without_a_backup_only_if_that_was_said(read: Callable[..., NightConfig]) -> None:
    with pytest.raises(
        UsageError, match="without a backup, what reset and migrate would remove cannot be put back"
    ) as refused:
        read(WHOLE, skip=["backup"])
    assert refused.value.option == "skip"
    with pytest.raises(UsageError, match="without a backup, what migrate would remove cannot be put back"):
        read(WHOLE, skip=["backup", "reset"])
    assert "backup" not in names(read(WHOLE, skip=["backup", "reset", "migrate"]))
    assert names(read(WHOLE, only=["reset", "restore"])) == ("reset", "restore")
    assert "reset" in names(read(WHOLE.replace("[reset]", 'skip = ["backup"]\n[reset]')))


def test_a_night_that_was_cut_is_left_alone_only_by_the_command_line(read: Callable[..., NightConfig]) -> None:
    assert read(LEAST).pipeline.repair
    config = read(LEAST, skip=["repair"])
    assert not config.pipeline.repair
    assert names(config) == names(read(LEAST))
    with pytest.raises(UsageError, match="no step 'repair'"):
        read(LEAST, only=["repair"])


def test_the_snapshot_is_looked_for_when_the_night_begins(read: Callable[..., NightConfig], tmp_path: Path) -> None:
    config = read(LEAST)
    with pytest.raises(SnapshotError, match="no snapshot 'v1'"):
        config.pipeline.resolve()
    toy.publish(Store(tmp_path), "v1")
    assert config.pipeline.resolve().manifest.version == "v1"
    part = next((tmp_path / "snapshots" / "v1").rglob("*.parquet"))
    part.write_bytes(b"x" + part.read_bytes()[1:])
    with pytest.raises(SnapshotError):
        config.pipeline.resolve()


def test_no_secret_is_in_what_a_night_is_made_of(read: Callable[..., NightConfig]) -> None:
    text = f'{WHOLE}access_key = "env:A"\nsecret_key = "env:B"\n[notify]\nslack = "env:C"'
    shown: Any = repr(read(text, A="hunter-one", B="hunter-two", C="https://hooks.example/hunter-three"))
    assert "hunter" not in shown
