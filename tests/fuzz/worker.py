"""Run inputs of one kind in this process: python -m tests.fuzz.worker KIND FIRST COUNT FOLDER FULL EMPTY REPORT.

The report has one line for each input that begins, and one for each that breaks the law. An input that hangs ends the
process; the last lines then show where each thread was.
"""

from __future__ import annotations

import faulthandler
import os
import resource
import sys
import time
import traceback
from pathlib import Path
from random import Random
from typing import Any, TextIO

from snap_cli import main
from tests.fuzz.ground import Ground, enter
from tests.fuzz.kinds import KINDS, Kind
from tests.fuzz.law import BYTES, SECONDS, Outcome, broken

_USUAL, _OURS = sys.getrecursionlimit(), 50_000  # alterations nest deeper than the readers' limit
_MOST = 1 << 20  # bytes of output that are read


class Capture:
    """A capture of what this process and its children write to stdout and stderr."""

    def __init__(self) -> None:
        self._before = [os.dup(number) for number in (1, 2)]
        for number, name in enumerate(("out", "err"), start=1):
            os.dup2(os.memfd_create(name), number)

    def end(self) -> None:
        """Restore stdout and stderr."""
        for number, before in enumerate(self._before, start=1):
            os.dup2(before, number)

    def take(self) -> list[str]:
        """Return the output since the last call."""
        texts = []
        for number, stream in enumerate((sys.stdout, sys.stderr), start=1):
            stream.flush()
            texts.append(os.pread(number, _MOST, 0).decode(errors="replace"))
            os.ftruncate(number, 0)
            os.lseek(number, 0, os.SEEK_SET)
        return texts


def run(kind: Kind, ground: Ground, seed: int, capture: Capture) -> tuple[str, Outcome, Any]:
    """Plant the input of a seed, run its command, and return which part of the law it breaks."""
    rng = Random(f"{kind.name}:{seed}")
    ground.reset()
    sys.setrecursionlimit(_OURS)
    arguments = [*kind.plant(ground, rng)]
    sys.setrecursionlimit(_USUAL)
    as_json = rng.random() < 0.3
    arguments += ["--json"] if as_json else []
    before, began = ground.fingerprint(), time.monotonic()
    code = main(arguments, ground.environment)
    seconds = time.monotonic() - began
    out, err = capture.take()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    outcome = Outcome(
        code=code, out=out, err=err, seconds=seconds, memory=memory, before=before, after=ground.fingerprint()
    )
    return broken(outcome, kind.codes, as_json=as_json), outcome, arguments


def work(kind: Kind, ground: Ground, seeds: range, report: TextIO) -> None:
    """Run the inputs of seeds one after the other."""
    capture = Capture()
    try:
        ground.prepare()
        enter(ground)
        kind.prepare(ground)
    except AssertionError as error:
        raise AssertionError("\n".join(capture.take())) from error
    finally:
        capture.end()
    capture = Capture()
    for seed in seeds:
        print(f"begin {seed}", file=report, flush=True)
        faulthandler.dump_traceback_later(SECONDS + 2, exit=True, file=report)
        try:
            fault, outcome, arguments = run(kind, ground, seed, capture)
        except BaseException:
            traceback.print_exc(file=report)
            raise
        faulthandler.cancel_dump_traceback_later()
        if fault or len(seeds) == 1:
            said = f"{outcome.out}\n{outcome.err}".strip()[:2_000]
            print(f"broken {seed} {fault!r}: snap {arguments}\n{said}\n", file=report, flush=True)
        if outcome.memory > BYTES:
            return  # the next input would be blamed for this one


if __name__ == "__main__":
    name, first, count, folder, full, empty, target = sys.argv[1:]
    place = Ground(base=Path(folder), full=full, empty=empty)
    with Path(target).open("w", encoding="utf-8", errors="backslashreplace") as lines:
        work(KINDS[name](), place, range(int(first), int(first) + int(count)), lines)
