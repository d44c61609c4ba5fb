"""Test the pages of a snapshot and of a diff in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from snap.compare import compare, snapshot_side
from snap.overview import overview_of
from snap.store import Store
from snap_cli.page import comparison, page
from tests.ops.report.browser import Page, browser, program
from tests.paths import ROOT

OPEN = "document.querySelectorAll('details').forEach(one => one.open = true)"
WIDER = """
[...document.querySelectorAll("body *")]
  .filter(one => !one.closest(".scroll > *, .canvas > *") && one.getBoundingClientRect().right > innerWidth + 0.5)
  .map(one => one.tagName + "." + one.className)
"""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    if program() is None:
        pytest.skip("no Chromium on this machine (.ci/run says how to install it)")
    with browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shot = Store(ROOT).resolve("v3")
    path = tmp_path_factory.mktemp("page") / "v3.html"
    path.write_text(page(shot.manifest, overview_of(shot)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def differences(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shots = [Store(ROOT).resolve(version) for version in ("v2", "v3")]
    diff = compare(*map(snapshot_side, shots), rows=3)
    path = tmp_path_factory.mktemp("page") / "diff.html"
    path.write_text(comparison(diff, [shot.manifest for shot in shots], None), encoding="utf-8")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1_280])
@pytest.mark.parametrize("name", ["file", "differences"])
def test_only_the_boxes_that_may_scroll_sideways(
    tab: Page, request: pytest.FixtureRequest, name: str, width: int
) -> None:
    tab.open(request.getfixturevalue(name), width=width)
    tab.run(OPEN)
    assert tab.run("document.documentElement.scrollWidth") == width
    assert tab.run(WIDER) == []


@pytest.mark.slow
def test_the_browser_loads_nothing_else_and_has_no_complaint(tab: Page, file: Path) -> None:
    tab.open(file)
    tab.run(OPEN)
    asked = [event["request"]["url"] for event in tab.named("Network.requestWillBeSent")]
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    for kind in ("Log.entryAdded", "Audits.issueAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
        assert tab.named(kind) == []
    assert tab.run("document.styleSheets.length") == 1


@pytest.mark.slow
def test_a_link_into_a_folded_table_unfolds_it(tab: Page, file: Path) -> None:
    tab.open(file)
    assert tab.run("document.querySelectorAll('details[open]').length") == 0
    tab.run("location.hash = 'row-2-1'; new Promise(done => setTimeout(() => done(1), 100))")
    assert tab.run("document.querySelectorAll('details[open] #table-2').length") == 1
