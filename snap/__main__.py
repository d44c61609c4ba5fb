"""The program: `snap`, and `python -m snap` for machines where another snap comes first on PATH."""

from __future__ import annotations

import gc
import os
import sys

_OBJECTS = 50_000  # new ones before Python looks for cycles; its own 700 means 300 searches while modules load


def main() -> int:
    """Run the command line of this process and return its exit code.

    A restore of small volumes is mostly start and end of Python: looking for cycles while the modules load took 40 ms,
    and once more at the end, where the system takes back all memory anyway, 60 ms.
    """
    gc.set_threshold(_OBJECTS)
    from snap_cli import main as run  # noqa: PLC0415

    code = run()
    if code > 128:  # another thread may hang in an import that the interruption cut short, and Python would wait for it
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    if "duckdb" not in sys.modules:  # it complains about whatever of its own is left at the end
        gc.freeze()
    return code


if __name__ == "__main__":
    raise SystemExit(main())
