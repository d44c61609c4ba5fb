"""Test that over 2,000 altered inputs end well or with one clear error. tests/fuzz says how to repeat one input."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from snap_restorer.local import roles
from snap_restorer.local.embedded import Server
from tests.fuzz.kinds import KINDS
from tests.paths import ROOT
from tests.postgres import embedded_home, execute, name_of

pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.process]

INPUTS = 230  # of each kind
_ENOUGH = 10  # failures to read
_BROKEN = re.compile(r"^broken (.*?)^(?=begin |\Z)", re.MULTILINE | re.DOTALL)


def asked() -> dict[str, range]:
    """Return the seeds of each kind: from $FUZZ (KIND:SEED or KIND:FIRST-LAST), else the default ones."""
    named = os.environ.get("FUZZ")
    if not named:
        return dict.fromkeys(KINDS, range(INPUTS))
    kind, _, seeds = named.partition(":")
    first, _, last = seeds.partition("-")
    return {kind: range(int(first), int(last or first) + 1)}


@pytest.mark.parametrize(("kind", "seeds"), asked().items())
def test_an_altered_input_ends_well_or_with_one_clear_error(
    kind: str, seeds: range, pg: Server, databases: Callable[[], str], tmp_path: Path
) -> None:
    owner = replace(pg, user=roles.OWNER)
    urls: list[str] = []
    for url in (databases(), databases()):
        execute(url, f'ALTER DATABASE "{name_of(url)}" OWNER TO {roles.OWNER}')
        urls.append(owner.url(name_of(url)))
    with embedded_home() as home:  # in memory: most of the time would go into removing folders
        faults = _faults(kind, seeds, urls, home.parent, tmp_path)
    assert not faults, "\n".join(faults)


def _faults(kind: str, seeds: range, urls: list[str], folder: Path, reports: Path) -> list[str]:
    """Return every violation of the law. If an input ends its worker, a new worker continues with the next input."""
    faults: list[str] = []
    following = seeds.start
    while following < seeds.stop and len(faults) < _ENOUGH:
        report = reports / f"{following}.txt"
        command = [sys.executable, "-m", "tests.fuzz.worker", kind, str(following), str(seeds.stop - following)]
        ended = subprocess.run(
            [*command, folder / f"ground-{following}", *urls, report],
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
        )
        text = report.read_text(encoding="utf-8") if report.exists() else ended.stderr
        faults += [f"FUZZ={kind}:{part}" for part in _BROKEN.findall(text)]
        begun = re.split(r"^begin ", text, flags=re.MULTILINE)[1:]
        assert begun, text + ended.stderr
        seed = int(begun[-1].split()[0])
        if ended.returncode:
            faults.append(
                f"FUZZ={kind}:{seed} ended the process ({ended.returncode}): {begun[-1]}{ended.stderr[-2000:]}"
            )
        following = seed + 1
    return faults
