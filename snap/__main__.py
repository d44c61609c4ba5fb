"""The program `snap`, also run as `python -m snap` on machines where another snap comes first on PATH."""

from __future__ import annotations

import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    del sys.path[0]  # the working directory, where a checkout's json.py would be taken for Python's

import gc
import os
import signal
from types import FrameType

_OBJECTS = 500_000  # new objects before a garbage collection; the default, 700, means 300 collections during imports


def main() -> int:
    """Run the command line of this process and return its exit code.

    A small restore is mostly start and end of Python. Garbage collection of cycles took 40 ms while the modules load,
    and 60 ms at the end, where the system takes back all memory anyway.
    """
    running = False

    def end(number: int, _frame: FrameType | None) -> None:
        if not running:
            _say_interrupted(number)
        os._exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    gc.set_threshold(_OBJECTS)
    from snap_cli import main as run  # noqa: PLC0415

    running = True  # from here on the command line handles signals; later ones end the process silently
    code = run()
    if code > 128:  # another thread may hang in an import that the interruption cut short, and Python would wait for it
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    if "duckdb" not in sys.modules:  # DuckDB complains about its objects that are left at the end
        gc.freeze()
    return code


def _say_interrupted(number: int) -> None:
    """Write the error of an interruption that came while the command line was loading.

    Raising an exception would not work, because libraries catch exceptions while they load.
    """
    import json  # noqa: PLC0415

    from snap.errors import Interrupted  # noqa: PLC0415

    error = Interrupted(number)
    if "--json" in sys.argv:
        document = {"kind": error.kind, "message": error.message, "reasons": error.reasons, "hint": error.hint}
        descriptor, text = 1, json.dumps({"error": document}, indent=2) + "\n"
    else:
        descriptor, text = 2, f"error: {error.message}\nhint: {error.hint}\n"
    try:
        os.write(descriptor, text.encode())
    except OSError:  # the output is closed
        return


if __name__ == "__main__":
    raise SystemExit(main())
