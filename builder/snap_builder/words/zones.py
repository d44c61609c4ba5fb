"""Refresh the committed table of time zones.

`python -m snap_builder.words.zones` rewrites `zones.txt` beside the engine, from the package tzdata. It needs the
extra `words`. A build reads nothing else: the rules of time zones change several times a year, and a build that asked
the system for them would give other bytes after an upgrade. Run this to take newer rules on purpose, and review the
diff: datasets with moments in local time get another revision.

Each line is a zone: its name, the seconds that it is ahead of UTC before 1970, and its changes from 1970 to 2037, as
`seconds since 1970:seconds ahead of UTC`. A zone with the same offsets as an earlier zone is `name =earlier`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

TABLE = Path(__file__).parents[1] / "engine" / "zones.txt"
_DAY = 86_400
_END = int(datetime(2038, 1, 1, tzinfo=UTC).timestamp())


def refresh(table: Path) -> Path:
    """Write the table of all time zones of the package tzdata, and return its path."""
    lines = [f"# tzdata {version('tzdata')}. Made by python -m snap_builder.words.zones, which tells what a line is."]
    known: dict[str, str] = {}
    for name in sorted((files("tzdata") / "zones").read_text().split()):
        with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
            text = " ".join(rules(ZoneInfo.from_file(file, name)))
        first = known.setdefault(text, name)
        lines.append(f"{name} {text if first == name else f'={first}'}")
    table.write_text("\n".join([*lines, ""]), "utf-8")
    return table


def rules(zone: ZoneInfo) -> Iterator[str]:
    """Yield a time zone's offset from UTC in 1970, then each change of the offset until the end of 2037.

    A zone changes its offset at most once a day.
    """
    ahead = _ahead(zone, 0)
    yield str(ahead)
    for day in range(_DAY, _END, _DAY):
        there = _ahead(zone, day)
        if there != ahead:
            before, after = day - _DAY, day
            while after - before > 1:
                middle = (before + after) // 2
                before, after = (before, middle) if _ahead(zone, middle) == there else (middle, after)
            yield f"{after}:{there}"
            ahead = there


def _ahead(zone: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    assert offset is not None
    return offset // timedelta(seconds=1)


if __name__ == "__main__":
    sys.stdout.write(f"{refresh(TABLE)}\n")
