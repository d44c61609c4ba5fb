"""Test reading the CI run that a night belongs to."""

from __future__ import annotations

import pytest

from snap_ops.night.ci import ci_run
from snap_ops.record import CiRun

COMMIT = "b0c4f4a7d9e24d1f8f2f6e9a1c3b5d7e9f0a2b4c"
GITHUB = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "team/staging.db",
    "GITHUB_RUN_ID": "19384756102",
    "GITHUB_SHA": COMMIT,
}


def test_a_run_of_github_has_an_address_and_a_commit() -> None:
    home = "https://github.com/team/staging.db"
    run = CiRun(url=f"{home}/actions/runs/19384756102", commit=COMMIT, commit_url=f"{home}/commit/{COMMIT}")
    assert ci_run(GITHUB) == run
    own = ci_run(GITHUB | {"GITHUB_SERVER_URL": "https://git.team.example:8443"})
    assert own is not None
    assert own.url.startswith("https://git.team.example:8443/team/")


@pytest.mark.parametrize(
    "changed",
    [
        dict.fromkeys(GITHUB, ""),
        {"GITHUB_SHA": ""},
        {"GITHUB_SHA": "main"},
        {"GITHUB_RUN_ID": "1/../../x"},
        {"GITHUB_REPOSITORY": "a/b/c"},
        {"GITHUB_REPOSITORY": 'a/"onclick='},
        {"GITHUB_SERVER_URL": "javascript:alert(1)//"},
        {"GITHUB_SERVER_URL": "http://github.com"},
        {"GITHUB_SERVER_URL": "https://user:secret@github.com"},
    ],
)
def test_what_github_does_not_write_is_no_run(changed: dict[str, str]) -> None:
    assert ci_run(GITHUB | changed) is None


def test_a_run_has_addresses_of_the_web() -> None:
    with pytest.raises(ValueError, match="https"):
        CiRun(url="javascript:alert(1)", commit=COMMIT, commit_url="https://x/")
