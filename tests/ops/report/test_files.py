"""Test the files of a report (written, kept, pruned, left alone), and the settings for them."""

from __future__ import annotations

import json
import os
import re
import tomllib
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from snap.config import Origin, section
from snap.errors import ServiceError, UsageError
from snap_ops.record import NightRecord
from snap_ops.report import HISTORY, LATEST, ReportSettings, write_report
from snap_ops.report.files import stem_of
from tests.git import untracked
from tests.ops import nights
from tests.ops.report.written import told
from tests.paths import ROOT


def names(root: Path, kind: str) -> list[str]:
    return sorted(path.name for path in (root / "reports").glob(f"2*.{kind}"))


def test_a_report_is_a_page_its_record_and_the_latest_page(tmp_path: Path) -> None:
    written = told(tmp_path, nights.good(), url="https://reports.example.com/nightly/")
    assert re.fullmatch(r"20261109T030004Z-[0-9a-f]{8}", written.path.stem)
    assert written.url == f"https://reports.example.com/nightly/{written.path.name}"
    assert NightRecord.from_document(json.loads(written.record.read_text())) == nights.good()
    assert (tmp_path / "reports" / LATEST).read_bytes() == written.path.read_bytes()
    assert sorted(path.name for path in written.path.parent.iterdir()) == sorted(
        [written.path.name, written.record.name, LATEST, ".gitignore"]
    )
    assert not untracked(tmp_path)
    assert (written.removed, written.warnings) == ((), ())


def test_a_page_is_the_same_in_any_zone_of_time(tmp_path: Path) -> None:
    record = nights.good()
    moved = replace(record, started=record.started.astimezone(timezone(timedelta(hours=-7))))
    made, other = told(tmp_path / "a", record), told(tmp_path / "b", moved)
    assert made.path.name == other.path.name
    assert made.path.read_text().replace("2026-11-09T03:00:04+00:00", "") == other.path.read_text().replace(
        "2026-11-08T20:00:04-07:00", ""
    )


def test_writing_a_night_again_replaces_its_files(tmp_path: Path) -> None:
    told(tmp_path, nights.good(0), nights.good(1))
    again = told(tmp_path, nights.failed(1))
    assert len(names(tmp_path, "html")) == len(names(tmp_path, "json")) == 2
    assert "Failed at restore" in again.path.read_text()


def test_databases_share_a_folder_and_not_their_history(tmp_path: Path) -> None:
    other = nights.good(0, db="postgresql://app@other.example.com/worldchef")
    first = told(tmp_path, nights.good(0), other)
    assert len(names(tmp_path, "html")) == 2
    assert "This is the first night" in first.path.read_text()


@pytest.mark.slow
def test_old_pages_go_and_the_records_that_the_charts_need_stay(tmp_path: Path) -> None:
    written = told(tmp_path, *(nights.good(day) for day in range(25)), keep_days=7)
    assert [name[6:8] for name in names(tmp_path, "html")] == ["26", "27", "28", "29", "30", "01", "02", "03"]
    assert len(names(tmp_path, "json")) == HISTORY + 1
    assert len(written.removed) == 2
    links = re.findall(r'href="(2[^"]+)"', written.path.read_text())
    assert len(links) == 7
    assert all((written.path.parent / link).is_file() for link in links)


@pytest.mark.slow
def test_records_are_kept_as_long_as_pages_where_that_is_longer(tmp_path: Path) -> None:
    told(tmp_path, *(nights.good(day) for day in range(25)), keep_days=20)
    assert len(names(tmp_path, "html")) == len(names(tmp_path, "json")) == 21


def test_the_newest_page_of_each_database_stays_however_old(tmp_path: Path) -> None:
    other = nights.good(0, db="postgresql://app@other.example.com/worldchef")
    told(tmp_path, other, nights.good(0), nights.good(90))
    kept = names(tmp_path, "html")
    assert [name[:8] for name in kept] == ["20261109", "20270207"]
    assert f"{stem_of(other)}.html" in kept


def test_a_clock_that_was_wrong_removes_nothing_that_is_being_written(tmp_path: Path) -> None:
    ahead, now = nights.good(400), nights.good(3)
    told(tmp_path, ahead)
    written = write_report(now, ReportSettings(), tmp_path, nights.FIRST + timedelta(days=900))
    assert written.path.is_file()
    assert written.record.is_file()
    assert f"{stem_of(ahead)}.html" in names(tmp_path, "html")
    assert (tmp_path / "reports" / LATEST).read_bytes() == written.path.read_bytes()


def test_files_of_others_are_never_touched(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    others = ["index.html", "package.json", "20200101.html", "20200101T000000Z-xx.html",
              "20200101T000000Z-12345678.txt", "20209999T000000Z-12345678.html"]  # fmt: skip
    for name in others:
        (folder / name).write_text("{}")
    assert told(tmp_path, nights.good(), keep_days=1).warnings == ()
    assert all((folder / name).read_text() == "{}" for name in others)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "3", '"x"', "{}", '{"started": 3}', "[" * 100_000, "\x00", '{"a": NaN}',
     json.dumps(nights.good().document() | {"started": "2026-11-08T03:00:00"}),
     json.dumps(nights.good().document() | {"seconds": "long"}),
     json.dumps(nights.good().document() | {"steps": [{"name": 3}]}),
     json.dumps(nights.good().document() | {"db": None})],
)  # fmt: skip
def test_a_record_that_is_none_is_skipped_with_a_warning(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "20261108T030000Z-12345678.json").write_text(text)
    written = told(tmp_path, nights.good())
    assert written.warnings == ("20261108T030000Z-12345678.json is no record of a night, and was skipped",)
    assert written.warnings[0] in written.path.read_text()


def test_a_record_that_is_a_folder_or_too_large_is_skipped_with_a_warning(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    (folder / "20261108T030000Z-12345678.json").mkdir(parents=True)
    with (folder / "20261108T040000Z-12345678.json").open("wb") as file:
        file.truncate(30_000_000)
    written = told(tmp_path, nights.good())
    assert written.warnings == (
        "20261108T030000Z-12345678.json cannot be read: it is no file",
        "20261108T040000Z-12345678.json is too large for a record, and was skipped",
    )


def test_what_cannot_be_pruned_is_a_warning(tmp_path: Path) -> None:
    told(tmp_path, nights.good(0), nights.good(1))
    old = tmp_path / "reports" / f"{stem_of(nights.good(0))}.html"
    old.unlink()
    old.mkdir()
    written = told(tmp_path, nights.good(30))
    assert any(warning.startswith(f"{old} is too old, and cannot be removed: ") for warning in written.warnings)
    assert written.path.is_file()


@pytest.mark.parametrize("in_the_way", ["reports", f"reports/{stem_of(nights.good())}.html"])
def test_a_report_that_cannot_be_written_names_the_file(tmp_path: Path, in_the_way: str) -> None:
    if in_the_way == "reports":
        (tmp_path / in_the_way).write_text("")
    else:
        (tmp_path / in_the_way).mkdir(parents=True)
    with pytest.raises(ServiceError, match=r"the report cannot be written: .*reports") as caught:
        told(tmp_path, nights.good())
    assert "[report]" in caught.value.hint
    assert not [path for path in tmp_path.rglob("*.partial")]


def test_what_a_dead_run_left_is_removed_after_a_day(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    for name, hours in ((".latest.html.77.partial", 30), (".x.json.78.partial", 1), (".foreign.partial", 99)):
        (folder / name).write_text("")
        when = (nights.FIRST - timedelta(hours=hours)).timestamp()
        os.utime(folder / name, (when, when))
    told(tmp_path, nights.good())
    assert sorted(path.name for path in folder.glob(".*")) == [".foreign.partial", ".x.json.78.partial"]


def test_settings_are_read_and_a_folder_is_relative_to_the_file(tmp_path: Path) -> None:
    given = section(ReportSettings, {"folder": "out", "keep_days": 30}, "report", Origin(
        file="snap.toml", folder=tmp_path, environment={}))  # fmt: skip
    assert given == ReportSettings(folder=tmp_path / "out", keep_days=30)
    assert given.plan(tmp_path) == (f"write the report to {tmp_path / 'out'}", "keep reports for 30 days")


def test_the_documented_settings_are_the_defaults(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "nightly" / "report.md").read_text(encoding="utf-8")
    written = tomllib.loads(text.partition("```toml\n")[2].partition("```")[0].replace("# url", "url"))["report"]
    given = section(ReportSettings, written, "report", Origin(file="snap.toml", folder=tmp_path, environment={}))
    assert replace(given, folder=given.folder.relative_to(tmp_path), url=None) == ReportSettings()
    assert given.plan(tmp_path)[0].endswith(f"{tmp_path / 'reports'}, seen at https://reports.example.com/staging")


@pytest.mark.parametrize(
    ("given", "named"),
    [({"keep_days": 0}, "keep_days in"), ({"url": "reports"}, "url in"), ({"url": "file:///x"}, "url in"),
     ({"url": "https://user:topsecret@x/"}, "url in"), ({"url": "http://["}, "url in"),
     ({"url": "javascript:alert(1)//x"}, "url in")],
)  # fmt: skip
def test_settings_that_make_no_report_are_refused(tmp_path: Path, given: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError, match=named) as caught:
        told(tmp_path, nights.good(), **given)
    assert "topsecret" not in str(caught.value)
    assert not (tmp_path / "reports").exists()
