"""Test that the page of a night can be rendered for records with any content."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_ops.night.configure import STEPS
from snap_ops.record import CiRun, NightRecord
from snap_ops.report import HISTORY, history, page
from tests.goldens import require_golden
from tests.ops import nights
from tests.ops.order import require_order
from tests.paths import GOLDEN

PAGE = GOLDEN / "report.html"


class Reader(HTMLParser):
    """A parser that collects the text of a page, and every tag and attribute."""

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


def test_the_same_records_give_the_same_bytes() -> None:
    made = page(nights.slow(), nights.fortnight(), notes=("x.json is no record of a night, and was skipped",))
    require_golden(PAGE, made)


def test_a_failed_night_leads_with_reason_hint_and_rollback() -> None:
    said = says(page(nights.failed(), nights.fortnight()))
    require_order(
        said,
        "Failed at restore, and the database was put back",
        "restore failed",
        'table "recipes" lacks the column servings_min',
        "What to do: capture or build a version",
        "The database was put back. restored from backup",
        "Steps backup",
    )


MORNINGS = nights.mornings()


def test_the_first_line_is_whether_staging_is_usable_since_when_and_what_to_do() -> None:
    html = page(nights.morning(nights.failed(14), "put back", MORNINGS[-1]), MORNINGS)
    said = says(html).partition("Nightly refresh of ")[2]
    require_order(
        said,
        "worldchef on staging.example.com",
        "Staging is usable, with the data from before this night",
        "This nightFailed at restore, and the database was put back",
        "Last good nightSun 22 Nov 2026, 1 night ago",
        "What to docapture or build a version",
        "Versionv3",
        "restore failed",
    )
    assert '<span class="seal warned">' in html


def test_a_step_that_failed_at_once_has_a_bar_too() -> None:
    html = page(nights.night(nights.step("backup", 2.0), nights.step("start", 0.0, state="failed")), MORNINGS)
    assert re.search(r'<rect class="failed" x="[\d.]+" width="0.6" height="4"/>', html)
    assert re.search(r'<rect class="failed" x="[\d.]+" width="0.8" height="10"><title>start 0.00 s, failed<', html)


def test_the_whole_address_stands_at_the_end_alone() -> None:
    head, _, foot = page(MORNINGS[-1]).partition("</header>")
    assert nights.DB not in head
    assert nights.DB in foot.partition("<footer")[2]


def test_a_night_without_a_database_or_a_version_has_no_empty_words() -> None:
    record = nights.night(nights.step("start", state="failed"), db="", version="", digest="", left="kept")
    said = says(page(record, MORNINGS))
    assert "Nightly refresh Staging was not touched This night" in said
    assert "Last good nightnone is known" in said
    assert "Version–" in said
    assert "Nothing was compared." in said
    assert "snapshot" not in said


def test_a_page_links_to_the_run_and_the_commit() -> None:
    html = page(nights.morning(nights.good(14), "refreshed", MORNINGS[-1]), MORNINGS)
    assert f'<a href="{nights.CI.url}">open it</a>' in html
    assert f'<a href="{nights.CI.commit_url}"><code>b0c4f4a7</code></a>' in html
    assert "CI run" not in page(nights.good())


def test_steps_are_drawn_in_the_order_in_which_they_ran_and_the_failed_one_in_its_colour() -> None:
    back = nights.step("put back", 2.9)
    failed = nights.failed(14)
    record = replace(failed, steps=(*failed.steps[:4], back, *failed.steps[4:]))
    html = page(nights.morning(record, "put back"))
    bar = re.search(r'<td class="bar">.*?</td>', html, re.DOTALL)
    assert bar
    drawn = re.findall(r'<rect class="(\w+)".*?<title>([a-z ]+) [^<]*?(, failed)?</title>', bar[0])
    assert [name for _, name, _ in drawn] == ["backup", "diff", "reset", "migrate", "restore", "put back"]
    assert [name for colour, name, said in drawn if colour == "failed" and said] == ["restore"]
    assert len({colour for colour, _, _ in drawn}) == len(drawn)
    legend = html.partition('<ul class="legend">')[2].partition("</ul>")[0]
    assert " ".join(Reader(legend).said.split()) == "backup diff reset migrate restore put back failed"
    gantt = re.findall(r'<rect class="track".*?<rect class="(\w+)"', html)
    assert gantt.count("failed") == 1
    assert "failed" not in re.findall(r'<rect class="(\w+)"', page(nights.good()))


def test_every_step_of_a_night_has_a_colour_of_its_own() -> None:
    names = (*(name for name in STEPS if name not in ("report", "notify")), "put back")
    html = page(nights.night(*(nights.step(name, 1) for name in names)))
    bar = re.search(r'<td class="bar">.*?</td>', html, re.DOTALL)
    assert bar
    colours = re.findall(r'<rect class="(s\d+)"', bar[0])
    assert len(set(colours)) == len(colours) == len(names)
    style = html.partition("<style>")[2].partition("</style>")[0]
    assert all(f".{colour} {{ fill: var(--{colour}); }}" in style for colour in colours)
    assert all(style.count(f"--{colour}: #") == 2 for colour in colours), "light and dark"


def test_rows_that_never_move_have_no_chart() -> None:
    html = page(nights.good(14), nights.fortnight())
    volumes = html.partition('<h2 id="volumes">')[2]
    assert volumes.count("<figure") == 4
    assert "4 tables that did not move in 15 nights nutrition 2,400 recipes 2,400 users 1,200" in says(volumes)
    first = page(nights.good(0)).partition('<h2 id="volumes">')[2]
    assert first.count("<figure") == 0
    assert "8 tables recipe_likes 41,000" in says(first)


def test_rows_that_differ_are_named_by_key() -> None:
    said = says(page(nights.morning(nights.good(14), "refreshed", MORNINGS[-1]), MORNINGS))
    assert "recipe_likesuser_id 17, recipe_id 2031added" in said
    assert "recipesid 12changed: title, description, updated_at" in said
    assert "newsletter–added" in said
    assert "samples" not in said


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


def test_what_the_night_removed_is_listed_with_the_backup_that_holds_it() -> None:
    said = says(page(nights.lossy(), [nights.good(0)]))
    assert "No row differs in the snapshot's tables." in said
    told = "Removed by the night, and not restored Table Rows before Gone public.feedback500500 public.profiles4039"
    assert told.replace(" ", "") in said.replace(" ", "")
    assert "table scratch (schema public)" in said
    assert "Backup 20261123T030004Z-1a2b3c4d5e6f holds what is gone." in said
    assert "Removed by the night" not in says(page(nights.good(1), [nights.good(0)]))
    assert "Nothing was compared." in says(page(nights.good(1, changes=None), [nights.good(0)]))


def test_a_querys_times_stand_in_the_chart_with_their_unit_and_not_among_the_facts() -> None:
    night = nights.good(1)
    said = says(page(night))
    assert night.steps[-1].facts["p95"]["feed"].keys() == {"p50", "p95", "max", "runs"}
    assert "runs 50" not in said
    assert re.search(r"feed \d+\.\d ms", said)


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
    record = replace(record, ci=CiRun(url=f"https://x/{evil}", commit=evil, commit_url=f"https://x/{evil}"))
    record = replace(record, steps=(*record.steps, nights.step("diff", facts={"samples": {evil: [
        {"change": evil, "key": {evil: evil}, "columns": [evil]}, {"change": evil, "values": {evil: [evil, evil]}}]}})),
    )  # fmt: skip
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
FIELDS = ["started", "seconds", "version", "digest", "db", "snap_version", "rolled_back", "changes", "steps",
          "left", "usable", "last_good", "ci"]  # fmt: skip
STEP_FIELDS = ["name", "state", "seconds", "detail", "warnings", "checks", "facts", "hint", "code", "log"]


@pytest.mark.slow
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


@given(facts=st.dictionaries(st.sampled_from(["rows", "p95_ms", "p95_limit_ms", "bytes", "samples", "x"]), JSON))
def test_any_facts_can_be_drawn_and_written_as_json(facts: dict[str, Any]) -> None:
    record = nights.night(*(nights.step(name, 1, facts=facts) for name in ("backup", "diff", "health")))
    assert page(record, [replace(record, started=record.started - timedelta(days=1))]).encode()
    text = json.dumps(record.document(), allow_nan=False)
    assert NightRecord.from_document(json.loads(text)).document() == json.loads(text)


@pytest.mark.slow
def test_a_huge_night_makes_a_page_of_some_size() -> None:
    checks = tuple(nights.finding(f"c{i}", i, 0, ok=i % 2 == 0, detail="d" * 9_000) for i in range(5_000))
    facts = {"rows": {f"t{i}": i for i in range(3_000)}}
    step = nights.step("health", findings=checks, log=("l" * 9_000,) * 9_000, facts=facts, detail="x" * 10**6)
    changes = {f"t{i}": {"added": 1, "removed": 0, "changed": 0} for i in range(3_000)}
    html = page(nights.night(step, changes=changes))
    assert len(html) < 6_000_000
    assert "more checks in the JSON" in html
    assert "more tables in the JSON" in html
