"""Say what was restored, in the job's summary and as the output `rows`.

The argument is a file that holds what `snap restore --json` printed.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def main() -> None:
    """Write the summary and the output."""
    restored = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    rows = sum(table["rows"] for table in restored["tables"])
    version = os.environ["VERSION"]
    text = f"restored {version}: {rows:,} rows in {len(restored['tables'])} tables, {restored['verified']} verified"
    for name, line in (("GITHUB_OUTPUT", f"rows={rows}\n"), ("GITHUB_STEP_SUMMARY", f"snap {text}\n")):
        with Path(os.environ[name]).open("a", encoding="utf-8") as file:
            file.write(line)
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
