"""Test that the pages agree with the tree: links work, named things exist, decisions are numbered and listed."""

import importlib
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

from tests.paths import ROOT

PACKAGES = ("snap", "snap_builder", "snap_restorer", "snap_cli", "snap_ops")
FOLDERS = ("builder", "restorer", "cli", "ops", "snap", "tests", "docs", "action", "bench", "manifests", "snapshots")
TABLES = {"snap.ledger", "snap.contents", "snap.allowed", "snap.night"}  # of Postgres
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))


@cache
def tracked() -> frozenset[str]:
    """Return the path of every file in version control, and of every folder that contains one."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    files = {Path(name) for name in listed.split("\0") if name and (ROOT / name).exists()}
    return frozenset(path.as_posix() for file in files for path in (file, *file.parents))


PAGES = sorted(name for name in tracked() if name.endswith(".md"))


def named(page: str) -> set[str]:
    """Return the names that a page sets as code or bold."""
    text = re.sub(r"^```.*?^```", "", (ROOT / page).read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    return set(re.findall(r"`([^`\s]+)`", text)) | set(re.findall(r"\*\*([^*\s]+)\*\*", text))


def exists(dotted: str) -> bool:
    """Import the modules of a dotted name, and look up the rest."""
    parts = dotted.split(".")
    value = importlib.import_module(parts[0])
    for number, part in enumerate(parts[1:], 2):
        if not hasattr(value, part):
            try:
                importlib.import_module(".".join(parts[:number]))
            except ModuleNotFoundError:
                return False
        value = getattr(value, part)
    return True


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / page).read_text("utf-8")):
        if "://" not in target:
            assert (ROOT / page).parent.joinpath(target).exists(), target


@pytest.mark.parametrize("page", PAGES)
def test_files_and_modules_that_a_page_names_exist(page):
    for name in named(page):
        if re.fullmatch(rf"({'|'.join(FOLDERS)})/[\w./-]*", name) and not re.search(r"[A-Z]{4}|NNNN", name):
            assert name.rstrip("/") in tracked(), name
        elif re.fullmatch(rf"({'|'.join(PACKAGES)})(\.\w+)+", name) and name not in {*TABLES, "snap.toml"}:
            assert exists(name), name
        elif re.fullmatch(r"\w+\.py", name):
            assert any(file.endswith(f"/{name}") for file in tracked()), name


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem[:4])
def test_a_decision_has_a_number_a_title_a_date_and_a_reason(path):
    title, date, body = re.fullmatch(
        r"# (\d+\. \S[^\n]*)\n\n(\d{4}-\d\d-\d\d)\n\n(.+)\n", path.read_text("utf-8"), re.DOTALL
    ).groups()
    assert int(path.name[:4]) == int(title.partition(".")[0])
    assert not title.endswith(".")
    assert date >= "2026-11-22"
    assert len(body) > 60


def test_decisions_are_numbered_by_date_without_a_gap():
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    dates = [path.read_text("utf-8").split("\n")[2] for path in DECISIONS]
    assert dates == sorted(dates)


def test_the_list_of_decisions_names_each_once_by_its_title():
    listed = re.findall(r"^- \[(.+)\]\((.+)\)$", (ROOT / "docs/decisions/README.md").read_text("utf-8"), re.MULTILINE)
    titles = {path.name: path.read_text("utf-8").split("\n")[0].removeprefix("# ") for path in DECISIONS}
    assert sorted(listed) == sorted((title, name) for name, title in titles.items())


def test_the_architecture_shows_the_layers_that_are_checked():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    page = " ".join((ROOT / "docs/architecture.md").read_text("utf-8").split())
    orders = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    assert len(orders) >= 3
    for layers in orders:
        assert " → ".join(f"`{layer}`" for layer in layers) in page


def test_the_architecture_describes_every_package():
    described = {name for name in named("docs/architecture.md") if name.startswith("snap_")}
    rooms = {
        f"{path.parent.parent.name}.{path.parent.name}"
        for root in ("builder", "restorer", "ops")
        for path in ROOT.glob(f"{root}/snap_*/*/__init__.py")
    }
    assert rooms - described == set()


def test_the_dependencies_that_the_architecture_explains_are_those_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    needed = {
        re.split(r"[>=<]", each)[0]
        for each in (*project["dependencies"], *extras["words"], *extras["notify"], *extras["dask"], *extras["s3"])
    }
    _, _, table = (ROOT / "docs/architecture.md").read_text("utf-8").partition("## Dependencies")
    rows = re.findall(r"^\| (?!package|-|test extra|bench extra)([^|]+) \|", table, re.MULTILINE)
    assert {name.strip() for row in rows for name in re.sub(r"\(.*?\)", "", row).split(",")} == needed
