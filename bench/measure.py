"""Cases that are run in turn, what each run took, and the table of medians."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One run: wall seconds, and peak resident MB of the process that was started (None: unknown)."""

    seconds: float
    megabytes: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way to do the group's work. `prepare` and `confirm` are not counted; `base`: ratios are to this one."""

    name: str
    run: Callable[[], Taken]
    prepare: Callable[[], None] = lambda: None
    confirm: Callable[[], None] = lambda: None
    base: bool = False
    target: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Cases that do the same work, and notes on what cannot be compared."""

    name: str
    cases: Sequence[Case]
    notes: list[str] = field(default_factory=list)


class Failed(Exception):  # noqa: N818 - a case that failed
    """A case that cannot do the work; its text says how it failed."""


def command(arguments: Sequence[str], environment: Mapping[str, str]) -> Taken:
    """Run a program to its end. Errors: Failed with what it wrote to stderr."""
    started = time.perf_counter()
    process = subprocess.Popen(
        arguments, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)  # of this process alone
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise Failed(f"{Path(arguments[0]).name}: {errors.decode(errors='replace').strip()[-600:]}")
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    # Until the program starts Linux counts the size of its caller for it: what is not above ours is not known.
    known = usage.ru_maxrss > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Taken(seconds=seconds, megabytes=usage.ru_maxrss / unit if known else None)


def measure(group: Group, runs: int) -> dict[str, Any]:
    """Run every case `runs` times in turn, so that a slow minute of the machine meets all; give the group as JSON."""
    taken: dict[str, list[Taken]] = {case.name: [] for case in group.cases}
    failed: dict[str, str] = {}
    for number in range(runs):
        for case in group.cases:
            if case.name in failed:
                continue
            try:
                case.prepare()
                result = case.run()
                case.confirm()
            except Failed as error:
                failed[case.name] = str(error)
            else:
                taken[case.name].append(result)
            _say(f"{group.name}: {number + 1}/{runs} {case.name}")
    _say("")
    base = next((case.name for case in group.cases if case.base), None)
    against = _median(taken[base]) if base and taken[base] else None
    rows = []
    for case in group.cases:
        seconds = [one.seconds for one in taken[case.name]]
        if not seconds:
            continue
        memory = [one.megabytes for one in taken[case.name] if one.megabytes is not None]
        rows.append(
            {
                "name": case.name,
                "base": case.base,
                "seconds": round(statistics.median(seconds), 4),
                "least": round(min(seconds), 4),
                "most": round(max(seconds), 4),
                "ratio": round(statistics.median(seconds) / against, 3) if against else None,
                "ratio_of_least": round(min(seconds) / min(one.seconds for one in taken[base]), 3)
                if base and against
                else None,
                "target": case.target,
                "megabytes": round(max(memory)) if memory else None,
            }
        )
    return {"group": group.name, "runs": runs, "cases": rows, "failed": failed, "notes": group.notes}


def table(document: Mapping[str, Any]) -> str:
    """Return a measured group as a table in Markdown, as RESULTS.md holds it."""
    lines = [
        f"### {document['group']}",
        "",
        "| | s | least … most | ratio | of least | target | peak MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for case in document["cases"]:
        ratio = "1" if case["base"] else _number(case["ratio"], 2)
        least = "1" if case["base"] else _number(case["ratio_of_least"], 2)
        target = f"≤ {case['target']:.2f}" if case["target"] is not None else ""
        span = f"{case['least']:.3f} … {case['most']:.3f}"
        memory = _number(case["megabytes"], 0)
        lines.append(f"| {case['name']} | {case['seconds']:.3f} | {span} | {ratio} | {least} | {target} | {memory} |")
    lines.append("")
    lines += [f"- {name} **failed**: {' '.join(error.split())}" for name, error in document["failed"].items()]
    lines += [f"- {note}" for note in document["notes"]]
    return "\n".join(lines).rstrip() + "\n"


def _median(taken: Sequence[Taken]) -> float:
    return statistics.median(one.seconds for one in taken)


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _say(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
