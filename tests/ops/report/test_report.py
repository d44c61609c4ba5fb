"""The report: its files, its records and what its page says."""

from __future__ import annotations

import json
import os
import re
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.config import Origin, section
from snap.errors import ServiceError, UsageError
from snap_ops.record import NightRecord
from snap_ops.report import HISTORY, LATEST, ReportSettings, history, page, write_report
from snap_ops.report.files import stem_of
from tests.goldens import require_golden
from tests.ops import nights
from tests.ops.report.written import told
from tests.paths import GOLDEN, ROOT

PAGE = GOLDEN / "report.html"


def names(root: Path, kind: str) -> list[str]:
    return sorted(path.name for path in (root / "reports").glob(f"2*.{kind}"))


# Files


def test_a_report_is_a_page_its_record_and_the_latest_page(tmp_path: Path) -> None:
    written = told(tmp_path, nights.good(), url="https://reports.example.com/nightly/")
    assert re.fullmatch(r"20261109T030004Z-[0-9a-f]{8}", written.path.stem)
    assert written.url == f"https://reports.example.com/nightly/{written.path.name}"
    assert NightRecord.from_document(json.loads(written.record.read_text())) == nights.good()
    assert (tmp_path / "reports" / LATEST).read_bytes() == written.path.read_bytes()
    assert sorted(path.name for path in written.path.parent.iterdir()) == sorted(
        [written.path.name, written.record.name, LATEST]
    )
    assert (written.removed, written.warnings) == ((), ())


def test_the_same_records_give_the_same_bytes() -> None:
    made = page(nights.slow(), nights.fortnight(), notes=("x.json is no record of a night, and was skipped",))
    require_golden(PAGE, made)


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


def test_old_pages_go_and_the_records_that_the_charts_need_stay(tmp_path: Path) -> None:
    written = told(tmp_path, *(nights.good(day) for day in range(25)), keep_days=7)
    assert [name[6:8] for name in names(tmp_path, "html")] == ["26", "27", "28", "29", "30", "01", "02", "03"]
    assert len(names(tmp_path, "json")) == HISTORY + 1
    assert len(written.removed) == 2
    links = re.findall(r'href="(2[^"]+)"', written.path.read_text())
    assert len(links) == 7
    assert all((written.path.parent / link).is_file() for link in links)


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


# Settings


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


# The page's text


class Reader(HTMLParser):
    """What a page says, and every tag and attribute that it has."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.said = ""
        self._style = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self._style = tag == "style"

    def handle_data(self, data: str) -> None:
        self.said += "" if self._style else data


def says(html: str) -> str:
    return " ".join(Reader(html).said.split())


def test_a_failed_night_leads_with_reason_hint_and_rollback() -> None:
    said = says(page(nights.failed(), nights.fortnight()))
    ordered = [
        "Failed at restore, and the database was put back",
        "restore failed",
        'table "recipes" lacks the column servings_min',
        "What to do: capture or build a version",
        "The database was put back. restored from backup",
        "Steps backup",
    ]
    places = [said.index(text) for text in ordered]
    assert places == sorted(places)


def test_checks_that_do_not_hold_are_at_the_top_with_value_and_limit() -> None:
    said = says(page(nights.slow()))
    assert said.index("p95_ms.search is 312 ms, limit 200 ms") < said.index("Steps backup")


def test_what_changed_is_a_table_with_sums() -> None:
    said = says(page(nights.good(1), [nights.good(0)]))
    assert "recipe_likes +492 −3 0 recipes 0 0 214 All+492−3214 6 other tables without changes." in said
    assert "No row differs in 8 tables." in says(
        page(nights.good(1, changes={name: {} for name in nights.TABLES}), [nights.good(0)])
    )
    assert "There is no earlier night to compare with." in says(page(nights.good(changes=None)))
    assert "Nothing was compared." in says(page(nights.good(1, changes=None), [nights.good(0)]))


def test_a_step_that_took_much_longer_than_usual_is_marked() -> None:
    now = nights.good(9)
    slow = replace(now, steps=(*now.steps[:3], replace(now.steps[3], seconds=40.0), *now.steps[4:]))
    html = page(slow, [nights.good(day) for day in range(9)])
    assert len(re.findall(r'class="usual slower">usually 3\.\d s<', html)) == 1
    assert "slower" not in re.sub(
        r"<style>.*?</style>", "", page(now, [nights.good(day) for day in range(9)]), flags=re.DOTALL
    )


def test_only_the_last_nights_are_shown() -> None:
    html = page(nights.good(40), [nights.good(day) for day in range(40)])
    assert html.count('<th scope="row">') > HISTORY
    assert "Thu 5 Dec" not in html
    assert html.count('class="bar"') == HISTORY + 1


def test_everything_from_a_record_is_escaped() -> None:
    evil = "<script>alert('x')</script><img src=//evil.example/x onerror=alert(1)>\"'&"
    step = nights.step(evil, 1, evil, state="failed", code=4, hint=evil, warnings=(evil,), log=(evil,),
                       findings=(nights.finding(evil, evil, evil, ok=False, detail=evil), nights.finding(evil, 1, 1)),
                       facts={evil: evil, "rows": {evil: 3}, "p95_ms": {evil: 4.5}, "x": [evil, {evil: evil}]},
                       )  # fmt: skip
    record = nights.night(step, version=evil, digest=evil, db=evil, snap_version=evil, rolled_back=evil,
                          changes={evil: {"added": 1, "removed": 0, "changed": 0}})  # fmt: skip
    before = replace(record, started=record.started - timedelta(days=1))
    html = page(record, [before], pages={before.started: evil}, notes=(evil,))
    read = Reader(html)
    assert not read.tags & {"script", "img", "iframe", "object", "form"}
    assert not [name for name, _ in read.attributes if name.startswith("on") or name in {"src", "style"}]
    assert read.said.count("<script>") >= 15


def test_a_page_names_no_address_to_load_anything_from() -> None:
    read = Reader(page(nights.slow(), nights.fortnight()))
    loads = [
        value for name, value in read.attributes if name in {"src", "href", "xlink:href", "action", "poster", "srcset"}
    ]
    assert {value for value in loads if not value.startswith("#")} == {"data:,"}
    assert "url(" not in page(nights.good()).replace("-url", "")
    assert "@import" not in page(nights.good())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ["started", "seconds", "version", "digest", "db", "snap_version", "rolled_back", "changes", "steps"]
STEP_FIELDS = ["name", "state", "seconds", "detail", "warnings", "checks", "facts", "hint", "code", "log"]


@given(field=st.sampled_from([*FIELDS, *STEP_FIELDS]), value=JSON)
def test_any_json_is_a_record_that_can_be_drawn_or_no_record(
    tmp_path_factory: pytest.TempPathFactory, field: str, value: Any
) -> None:
    document = json.loads(json.dumps(nights.slow(0).document()))
    (document["steps"][-1] if field in STEP_FIELDS else document)[field] = value
    (tmp_path_factory.getbasetemp() / "x.json").write_text(json.dumps(document))
    found = history.read_file(tmp_path_factory.getbasetemp() / "x.json")
    assert bool(found.record) != bool(found.trouble)
    if found.record:
        assert page(nights.good(1), [found.record])
        assert page(found.record).encode()


@given(facts=st.dictionaries(st.sampled_from(["rows", "p95_ms", "p95_limit_ms", "bytes", "x"]), JSON))
def test_any_facts_can_be_drawn_and_written_as_json(facts: dict[str, Any]) -> None:
    record = nights.night(nights.step("health", 1, facts=facts))
    assert page(record, [replace(record, started=record.started - timedelta(days=1))]).encode()
    text = json.dumps(record.document(), allow_nan=False)
    assert NightRecord.from_document(json.loads(text)).document() == json.loads(text)


def test_facts_of_other_types_are_written_as_text() -> None:
    facts = {"path": Path("a/b"), "when": datetime(2026, 1, 1, tzinfo=UTC), 3: (1, float("nan"))}
    document = nights.night(nights.step("x", facts=facts)).document()
    assert document["steps"][0]["facts"] == {"path": "a/b", "when": "2026-01-01 00:00:00+00:00", "3": [1, "nan"]}


def test_a_huge_night_makes_a_page_of_some_size() -> None:
    checks = tuple(nights.finding(f"c{i}", i, 0, ok=i % 2 == 0, detail="d" * 9_000) for i in range(5_000))
    facts = {"rows": {f"t{i}": i for i in range(3_000)}}
    step = nights.step("health", findings=checks, log=("l" * 9_000,) * 9_000, facts=facts, detail="x" * 10**6)
    changes = {f"t{i}": {"added": 1, "removed": 0, "changed": 0} for i in range(3_000)}
    html = page(nights.night(step, changes=changes))
    assert len(html) < 6_000_000
    assert "more checks in the JSON" in html
    assert "more tables in the JSON" in html
