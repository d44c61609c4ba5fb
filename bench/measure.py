"""Run programs and cases in turn, measure each run, and print the medians as a table."""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parent.parent
K = TypeVar("K")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The measurements of one run; None is unknown.

    `seconds` is wall-clock time. `processor` is the user and system time and `megabytes` the peak resident memory of
    the process that was started.
    """

    seconds: float
    megabytes: float | None = None
    processor: float | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One way to do the group's work. `prepare` and `confirm` are not timed. Ratios are relative to the `base` case."""

    name: str
    run: Callable[[], Taken]
    _: KW_ONLY
    prepare: Callable[[], None] = lambda: None
    confirm: Callable[[], None] = lambda: None
    base: bool = False
    target: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Cases that do the same work, and notes about limits of the comparison."""

    name: str
    cases: Sequence[Case]
    notes: list[str] = field(default_factory=list)


class Failed(Exception):  # noqa: N818 - a case that failed
    """Raised by a case that cannot do the work, with the reason as its text."""


def arguments(description: str | None, runs: int | None) -> argparse.ArgumentParser:
    """Return a parser of a script's options, including --runs."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=runs, help="runs of each case")
    return parser


def heading(runs: int) -> str:
    """Return the line above a script's figures."""
    return f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, medians of {runs}\n"


def in_turn(cases: Mapping[K, Callable[[], T]], runs: int) -> dict[K, list[T]]:
    """Run the cases in turn, `runs` times, so that a slow minute of the machine affects all of them."""
    results: dict[K, list[T]] = {name: [] for name in cases}
    for _ in range(runs):
        for name, run in cases.items():
            results[name].append(run())
    return results


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Run `work`; return its seconds and its result."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def snap(*options: str, environment: Mapping[str, str] | None = None) -> Taken:
    """Run the program `snap` to its end. Errors: Failed."""
    return command([sys.executable, "-m", "snap", *options], environment)


def command(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Taken:
    """Run a program to its end. Errors: Failed with its output on stderr."""
    started = time.perf_counter()
    process = subprocess.Popen(
        arguments, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)  # the usage of this process only
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise Failed(f"{Path(arguments[0]).name}: {errors.decode(errors='replace').strip()[-600:]}")
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    # Before exec, Linux counts the caller's memory for the child: a peak that is not above ours is unknown.
    known = usage.ru_maxrss > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    megabytes = usage.ru_maxrss / unit if known else None
    return Taken(seconds=seconds, megabytes=megabytes, processor=usage.ru_utime + usage.ru_stime)


def measure(group: Group, runs: int) -> dict[str, Any]:
    """Run the cases `runs` times, as `in_turn` does, and return the group as JSON."""
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
    base = [run.seconds for case in group.cases if case.base for run in taken[case.name]]
    rows = []
    for case in group.cases:
        seconds = [run.seconds for run in taken[case.name]]
        if not seconds:
            continue
        busy = [run.processor for run in taken[case.name] if run.processor is not None]
        memory = [run.megabytes for run in taken[case.name] if run.megabytes is not None]
        rows.append(
            {
                "name": case.name,
                "base": case.base,
                "seconds": round(statistics.median(seconds), 4),
                "least": round(min(seconds), 4),
                "most": round(max(seconds), 4),
                "ratio": round(statistics.median(seconds) / statistics.median(base), 3) if base else None,
                "ratio_of_least": round(min(seconds) / min(base), 3) if base else None,
                "target": case.target,
                "megabytes": round(max(memory)) if memory else None,
                "processor": round(statistics.median(busy), 3) if busy else None,
            }
        )
    return {"group": group.name, "runs": runs, "cases": rows, "failed": failed, "notes": group.notes}


def table(document: Mapping[str, Any]) -> str:
    """Return a measured group as a Markdown table, as in RESULTS.md."""
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


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _say(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
