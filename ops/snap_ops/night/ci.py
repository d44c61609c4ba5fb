"""Read which CI run a night belongs to, from the variables that GitHub Actions sets."""

from __future__ import annotations

import re
from collections.abc import Mapping

from snap_ops.record import CiRun

_SERVER = re.compile(r"https://[A-Za-z0-9.-]+(:\d+)?")
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_RUN = re.compile(r"\d{1,20}")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def ci_run(environment: Mapping[str, str]) -> CiRun | None:
    """Return the GitHub Actions run of this process and its commit, or None elsewhere.

    None is also returned if a variable of GitHub Actions has an unexpected form.
    """
    server, repository, run, commit = (
        environment.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID", "SHA")
    )
    given = ((_SERVER, server), (_REPOSITORY, repository), (_RUN, run), (_COMMIT, commit))
    if not all(pattern.fullmatch(text) for pattern, text in given):
        return None
    home = f"{server}/{repository}"
    return CiRun(url=f"{home}/actions/runs/{run}", commit=commit, commit_url=f"{home}/commit/{commit}")
