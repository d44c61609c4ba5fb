"""Test the page of a report in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from snap_ops.report import HISTORY
from tests.ops import nights
from tests.ops.report.browser import Page, browser, program
from tests.ops.report.written import told


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    if program() is None:
        pytest.skip("no Chromium on this machine (.ci/run says how to install it)")
    with browser(tmp_path_factory.mktemp("chromium")) as page:
        yield page


CASES = {
    "good": [*nights.mornings(), nights.morning(nights.good(14), "refreshed", nights.mornings()[-1])],
    "failed": [*nights.mornings(), nights.morning(nights.failed(14), "put back", nights.mornings()[-1])],
    "old": [*nights.fortnight(), nights.failed(14)],
    "start": [*nights.mornings(), nights.night(
        nights.step("start", 1, "$DB is not set", state="failed", code=2), db="", version="", digest="", left="kept")],
    "slow": [*nights.fortnight(), nights.slow(14)],
    "first": [nights.good(0, changes=None)],
    "long": [nights.night(
        nights.step("a" * 200, 7_322, "w" * 900, state="failed", hint="h" * 900, log=("l" * 900,) * 9,
                    facts={"k" * 90: "v" * 900},
                    findings=(nights.finding("c" * 300, "v" * 300, "l" * 300, ok=False, detail="d" * 900),)),
        nights.step("restore", 9, facts={"rows": {"t" * 200: 10**15}, "p95_ms": {"q" * 200: 10**9}}),
        changes={"n" * 300: {"added": 10**15, "removed": 10**15, "changed": 10**15}}, db="d" * 300, version="v" * 200,
        rolled_back="r" * 900)],
}  # fmt: skip


@pytest.fixture(scope="module", params=list(CASES))
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of each kind of night, written after the pages of the nights before it."""
    return told(tmp_path_factory.mktemp(request.param), *CASES[request.param]).path


# How light a colour is, by WCAG, and what is painted behind an element; nothing here is half transparent.
COLOURS = """
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
      .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = element => {
    for (let one = element; one; one = one.parentElement) {
      const found = rgb(getComputedStyle(one).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
"""
# WCAG's contrast of every text against what is painted behind it.
CONTRAST = (
    "(() => {"
    + COLOURS
    + """
  document.querySelectorAll("details").forEach(one => one.open = true);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), bad = [];
  let count = 0;
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest("svg") || !element.getClientRects().length) continue;
    const style = getComputedStyle(element), a = light(rgb(style.color)), b = light(ground(element));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    count++;
    if (ratio < 4.5 || parseFloat(style.fontSize) < 12)
      bad.push([walker.currentNode.data.trim().slice(0, 40), ratio, style.fontSize]);
  }
  return {count, bad};
})()
"""
)
WIDER = """
[...document.querySelectorAll("body *")]
  .filter(one => !one.closest("svg, .hidden, .word, .res") && one.getBoundingClientRect().right > innerWidth + 0.5)
  .map(one => one.tagName + "." + one.className)
"""


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 768, 1_280])
def test_nothing_scrolls_sideways(tab: Page, file: Path, width: int) -> None:
    tab.open(file, width=width)
    tab.run("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert tab.run("innerWidth") == width
    assert tab.run("document.documentElement.scrollWidth") == width
    assert tab.run(WIDER) == []


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
def test_texts_can_be_read(tab: Page, file: Path, dark: bool) -> None:
    tab.open(file, width=360, dark=dark)
    found = tab.run(CONTRAST)
    assert found["count"] > 20
    assert found["bad"] == []


# WCAG's contrast of 3 of what is drawn and says something, against what it is drawn on.
DRAWN = (
    "(() => {"
    + COLOURS
    + """
  const bad = [], counts = {};
  const look = (kind, element, colour) => {
    const a = light(rgb(colour)), b = light(ground(element));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    counts[kind] = (counts[kind] || 0) + 1;
    if (ratio < 3) bad.push([kind, element.getAttribute("class"), ratio]);
  };
  document.querySelectorAll(".bar rect, .legend rect, .gantt rect:not(.track)").forEach(one =>
    look("fill", one, getComputedStyle(one).fill));
  document.querySelectorAll("figure .trend, figure .limit, figure .point").forEach(one =>
    look("stroke", one, getComputedStyle(one).stroke));
  document.querySelectorAll("svg.icon").forEach(one => look("icon", one, getComputedStyle(one).color));
  return {bad, counts};
})()
"""
)


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
def test_what_is_drawn_can_be_seen(tab: Page, file: Path, dark: bool) -> None:
    tab.open(file, dark=dark)
    drawn = tab.run(DRAWN)
    assert drawn["counts"]["icon"] > 1
    assert drawn["bad"] == []


@pytest.mark.slow
def test_a_failed_step_is_told_by_more_than_its_colour(tab: Page, tmp_path: Path) -> None:
    before = nights.mornings()
    tab.open(told(tmp_path, *before, nights.morning(nights.failed(14), "put back", before[-1])).path)
    assert tab.run("document.querySelector('.step.failed .state').textContent") == "failed"
    assert tab.run("document.querySelector('.step.failed .mark use').getAttribute('href')") == "#bad"
    styles = "[...document.querySelectorAll('.bar rect')].map(one => [one.getAttribute('class') === 'failed', \
        getComputedStyle(one).strokeWidth, getComputedStyle(one).stroke].join(' '))"
    outlined = set(tab.run(styles))
    assert len(outlined) == 2, outlined  # the failed bars have an outline of their own


@pytest.mark.slow
def test_light_and_dark_are_what_the_reader_asked_for(tab: Page, file: Path) -> None:
    grounds = []
    for dark in (False, True):
        tab.open(file, dark=dark)
        ground = tab.run("getComputedStyle(document.body).backgroundColor")
        grounds.append(sum(int(part) for part in re.findall(r"\d+", ground)[:3]))
    assert grounds[0] > 600
    assert grounds[1] < 150


@pytest.mark.slow
def test_the_browser_loads_nothing_else_and_has_no_complaint(tab: Page, file: Path) -> None:
    tab.open(file)
    tab.run("document.querySelectorAll('details').forEach(one => one.open = true)")
    asked = [event["request"]["url"] for event in tab.named("Network.requestWillBeSent")]
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    for kind in ("Log.entryAdded", "Audits.issueAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
        assert tab.named(kind) == []
    assert tab.run("document.styleSheets.length") == 1  # the policy lets the page's own style through


@pytest.mark.slow
def test_the_policy_stops_what_a_page_might_be_made_to_load(tab: Page, file: Path, tmp_path: Path) -> None:
    """Even if the page held unescaped content, the page's security policy would keep the browser from running it."""
    planted = "<script>document.title='run'</script><img src='http://127.0.0.1:9/x'><style>body{display:none}</style>"
    changed = tmp_path / "changed.html"
    changed.write_text(file.read_text().replace("</main>", planted + "</main>"))
    tab.open(changed)
    assert tab.run("document.title") != "run"
    assert tab.run("getComputedStyle(document.body).display") != "none"

    def violated() -> set[str]:
        issues = (event["issue"]["details"] for event in tab.named("Audits.issueAdded"))
        return {issue["contentSecurityPolicyIssueDetails"]["violatedDirective"] for issue in issues}

    tab.wait(lambda: violated() >= {"script-src-elem", "img-src", "style-src-elem"})


def test_a_link_leads_to_an_earlier_night(tab: Page, tmp_path: Path) -> None:
    before, after = told(tmp_path, nights.failed(0)), told(tmp_path, nights.good(1))
    tab.open(after.path)
    assert tab.run("document.querySelector('.timings a').href") == before.path.as_uri()


@pytest.mark.slow
def test_charts_are_drawn(tab: Page, tmp_path: Path) -> None:
    tab.open(told(tmp_path, *nights.fortnight(), nights.slow()).path)
    sizes = tab.run(
        "[...document.querySelectorAll('figure svg, .bar svg')].map(one => one.getBoundingClientRect().width)"
    )
    moving = sum(rows > 5_000 for rows in nights.TABLES.values())
    assert len(sizes) == len(("database", "backup")) + moving + len(nights.QUERIES) + HISTORY + 1
    assert min(sizes) > 80
    drawn = tab.run("[...document.querySelectorAll('.trend, .bar rect')].map(one => one.getBBox().width)")
    assert min(drawn) > 0
