"""Test snap completion: real shells complete words, each with its own script."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from snap.store import Store
from tests.cases import toy
from tests.cli.program import environment

pytestmark = pytest.mark.process

CASES = (
    (("sta",), "status"),
    (("backup", "dr"), "drill"),
    (("restore", "--mo"), "--mode"),
    (("restore", "spring", "--mode", "mi"), "missing"),
    (("restore", "spr"), "spring"),
    (("diff", "spring", "aut"), "autumn"),
    (("health", "--version", "aut"), "autumn"),
    (("help", "backup", "pru"), "prune"),
    (("schema", "nightly", "rep"), "repair"),
    (("completion", "fi"), "fish"),
)


@pytest.fixture
def seasons(store: Store) -> Store:
    for name in ("spring", "autumn"):
        toy.publish(store, name)
    return store


def variables() -> dict[str, str]:
    """Return an environment in which `snap` is the program of this project."""
    ours = environment(SHELL="/bin/sh", HISTFILE="")
    return ours | {"PATH": f"{Path(sys.executable).parent}:{ours['PATH']}"}


def needs(shell: str) -> str:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"no {shell} on this machine")
    return found


def typed(command: list[str], setup: str, line: str, expected: str) -> str:
    """Type `line` and a tab in an interactive shell. Return the shell's output up to the text `expected`."""
    ours, theirs = pty.openpty()
    shell = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=variables() | {"TERM": "dumb"}, start_new_session=True
    )
    os.close(theirs)
    shown = ""
    try:
        for text, awaited in ((f"{setup}; echo rea''dy\n", "ready"), (f"{line}\t", expected)):
            os.write(ours, text.encode())
            shown, deadline = "", time.monotonic() + 60
            while awaited not in shown and time.monotonic() < deadline:
                if select.select([ours], [], [], 1)[0]:
                    shown += os.read(ours, 65536).decode(errors="replace")
        return shown
    finally:
        shell.kill()
        shell.wait()
        os.close(ours)


def test_every_shell_gets_a_script(snap: Callable[..., Any]) -> None:
    for shell in ("bash", "zsh", "fish"):
        ran = snap("completion", shell)
        assert (ran.code, ran.err) == (0, "")
        assert "_SNAP_COMPLETE" in ran.out
        document = snap("completion", shell, "--json").document
        assert document == {"shell": shell, "script": ran.out.rstrip("\n")}


@pytest.mark.parametrize(("words", "said"), [(("csh",), "'csh' is not one of"), ((), "missing argument")])
def test_another_shell_is_refused(snap: Callable[..., Any], words: tuple[str, ...], said: str) -> None:
    ran = snap("completion", *words)
    assert ran.code == 2
    assert said in ran.err


@pytest.mark.slow
def test_bash_completes_commands_flags_choices_and_versions(seasons: Store, project: Path) -> None:
    script = 'eval "$(snap completion bash)"\n'
    script += (
        'ask() { COMP_WORDS=(snap "$@"); COMP_CWORD=$#; COMPREPLY=(); _snap_completion snap; echo ${COMPREPLY[*]}; }\n'
    )
    script += "".join(f"ask {' '.join(words)}\n" for words, _ in CASES)
    script += 'ask backup ""\nask restore ""\nask --root /nowhere restore ""\n'
    done = subprocess.run(
        [needs("bash"), "--norc", "-c", script],
        cwd=project,
        env=variables(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[: len(CASES)] == [expected for _, expected in CASES]
    assert lines[len(CASES) :] == ["create list restore drill prune rm", "autumn spring", ""]


@pytest.mark.slow
def test_a_person_at_bash_gets_the_rest_of_the_word(seasons: Store, project: Path) -> None:
    shown = typed([needs("bash"), "--norc", "-i"], 'eval "$(snap completion bash)"', "snap restore spr", "spring ")
    assert "snap restore spring " in shown


@pytest.mark.slow
def test_a_person_at_zsh_gets_the_rest_of_the_word(seasons: Store, project: Path) -> None:
    setup = 'autoload -Uz compinit; compinit -u -D; eval "$(snap completion zsh)"'
    shown = typed([needs("zsh"), "-f", "-i"], setup, "snap restore spr", "spring ")
    assert "ing" in shown.partition("restore spr")[2]


@pytest.mark.slow
def test_fish_completes_commands_flags_choices_and_versions(seasons: Store, project: Path) -> None:
    script = "snap completion fish | source\n"
    script += "".join(f'complete -C "snap {" ".join(words)}"\necho ==\n' for words, _ in CASES)
    done = subprocess.run(
        [needs("fish"), "--no-config", "-c", script],
        cwd=project,
        env=variables(),
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [answer.strip().split("\t")[0] for answer in done.stdout.split("==\n")]
    assert answers[: len(CASES)] == [expected for _, expected in CASES]
