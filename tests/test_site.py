"""Test that the site builds without a warning, loads nothing from elsewhere, and answers each question by a search."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.ops.report.browser import Page, browser, program
from tests.paths import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.process]

# What somebody types, and the page that has the answer.
QUESTIONS = {
    "which postgres versions": "faq",
    "postgres 15 to 18": "faq",
    "install without clone": "faq",
    "install uv pipx": "install",
    "which files commit": "faq",
    "commit files git": "faq",
    "own schema": "faq",
    "exit codes": "troubleshooting",
    "remove everything data": "faq",
    "embedded postgres": "server",
    "dbeaver": "faq",
    "node clients": "server",
    "production safe": "faq",
    "protected databases": "faq",
    "failed restore": "troubleshooting",
    "gitlab": "ci",
    "ci": "ci",
    "pytest xdist": "testing",
    "django": "testing",
    "supabase": "supabase",
    "mask": "masking",
    "how large": "faq",
    "billion rows": "scale",
    "newer version seeded": "faq",
    "only what differs": "restore",
    "build at once": "faq",
    "macos": "faq",
    "windows": "faq",
    "parquet elsewhere": "faq",
    "duckdb polars": "leaving",
    "leaves my database": "faq",
    "what may leave": "statistics",
}
ASKED = re.findall(r"^## (.+)$", (ROOT / "docs/faq.md").read_text("utf-8"), re.MULTILINE)
SEARCH = """
new Promise(done => {
  const look = () => {
    const said = document.querySelector("#search-results p.search-summary");
    const found = [...document.querySelectorAll("#search-results ul.search > li > a")];
    if (said && /finished|did not match/.test(said.textContent))
      done(found.map(link => link.getAttribute("href").replace(/[.]html.*/, "")));
    else setTimeout(look, 50);
  };
  look();
})
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", "-b", "html", "-W", "-n", "-q", str(ROOT / "docs"), str(folder)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (built.returncode, built.stderr) == (0, "")
    return folder


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    if program() is None:
        pytest.skip("no Chromium on this machine (.ci/run says how to install it)")
    with browser(tmp_path_factory.mktemp("chromium")) as page:
        yield page


def test_the_site_has_each_page_and_names_each_beside_the_text(site: Path) -> None:
    pages = {path.relative_to(ROOT / "docs").with_suffix("") for path in (ROOT / "docs").rglob("*.md")}
    side = (site / "index.html").read_text("utf-8")
    decisions = (site / "decisions/README.html").read_text("utf-8")
    for page in pages:
        assert (site / page).with_suffix(".html").exists()
        if page.parts[0] == "decisions":
            assert f"{page.name}.html" in decisions or page.name == "README"
            assert f'href="{page}.html"' not in side or page.name == "README", page
        else:
            assert f'href="{page}.html"' in side or page.name == "index", page


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    for page in pages:
        loaded = re.findall(r"<(?:script|link|img|iframe)\b[^>]*", page.read_text("utf-8"))
        assert [tag for tag in loaded if re.search(r"""(?:src|href)=["']?(?:https?:)?//""", tag)] == [], page
    for style in site.rglob("*.css"):
        assert not re.search(r"@import|url\(\s*[\"']?(?:https?:)?//", style.read_text("utf-8")), style


@pytest.mark.parametrize("words", [*QUESTIONS, *ASKED])
def test_one_search_without_a_server_finds_the_answer(site: Path, tab: Page, words: str) -> None:
    tab.open(site / "search.html", query=f"?q={quote(words)}")
    found = list(dict.fromkeys(tab.run(SEARCH)))
    assert QUESTIONS.get(words, "faq") in found[:3], found


def test_twenty_questions_have_an_answer_with_a_link() -> None:
    answers = re.split(r"^## .+$", (ROOT / "docs/faq.md").read_text("utf-8"), flags=re.MULTILINE)[1:]
    assert len(ASKED) == len(answers) == 20
    for asked, answer in zip(ASKED, answers, strict=True):
        assert re.search(r"\]\([a-z/-]+\.md(#[a-z-]+)?\)", answer, re.IGNORECASE), asked
