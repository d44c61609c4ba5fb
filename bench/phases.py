"""Show where the time of one restore goes: every statement as the server logged it, by kind and table.

The server logs each statement's duration and its own processor time. The rest of a COPY's time is waiting: for the
disk, or for snap to encode. This needs a cluster with jsonlog.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from measure import Taken

_DURATION = re.compile(r"duration: ([\d.]+) ms  (?:statement|execute [^:]*): (.*)", re.DOTALL)
_CPU = re.compile(r"([\d.]+) s user, ([\d.]+) s system, [\d.]+ s elapsed")
_COMMENT = re.compile(r"--[^\n]*\n|/\*.*?\*/", re.DOTALL)
_NAME = r'((?:"(?:[^"]|"")*"|\w+)(?:\.(?:"(?:[^"]|"")*"|\w+))?)'
_TABLE = rf"(?:ONLY )?{_NAME}"
_KINDS = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("COPY", rf"COPY {_NAME}"),
        ("TRUNCATE", r"TRUNCATE"),
        ("LOCK", r"LOCK"),
        ("CREATE INDEX", rf"CREATE (?:UNIQUE )?INDEX .*? ON {_TABLE}"),
        ("ADD FOREIGN KEY", rf"ALTER TABLE {_TABLE} ADD CONSTRAINT .*FOREIGN KEY"),
        ("ADD CONSTRAINT", rf"ALTER TABLE {_TABLE} ADD"),
        ("VALIDATE", rf"ALTER TABLE {_TABLE} VALIDATE"),
        ("TRIGGERS", rf"ALTER TABLE {_TABLE} (?:EN|DIS)ABLE"),
        ("ALTER", r"ALTER (?:TABLE|INDEX|SEQUENCE)"),
        ("DROP", r"DROP"),
        ("ANALYZE", rf"ANALYZE {_NAME}$"),
        ("ANALYZE", r"ANALYZE"),
        ("COMMIT", r"COMMIT"),
        ("BEGIN", r"BEGIN"),
        ("count(*)", r"SELECT.*pg_catalog\.count\(\*\)"),
        ("catalog", r"(?:WITH|SELECT).*\bpg_(?:class|attribute|constraint|index|trigger|depend)\b"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of a session; `cpu` is the backend's processor time while it ran."""

    session: str
    kind: str
    table: str
    seconds: float
    cpu: float


def phases(bench: Any, data: Any) -> Iterator[str]:
    """Yield one table for each kind of restore: into a migrated or an empty database, over one connection or two."""
    bench.pg.run(
        "postgres",
        "ALTER SYSTEM SET log_min_duration_statement = 0",
        "ALTER SYSTEM SET log_statement_stats = on",
        "SELECT pg_reload_conf()",
    )
    migrated = f"migrated {data.version}"
    bench.migrated(data, migrated)
    runs: dict[str, tuple[str, Callable[[], None], Callable[[], Taken]]] = {
        "migrated, in process": (
            migrated,
            lambda: bench.migrated(data, migrated),
            bench.in_process(data, migrated),
        ),
        "migrated, whole process, --jobs 2": (
            migrated,
            lambda: bench.migrated(data, migrated),
            bench.snap(data, migrated, "--jobs", "2"),
        ),
        "empty, whole process": ("phases", lambda: bench.empty("phases"), bench.snap(data, "phases")),
        "empty, whole process, --jobs 2": (
            "phases",
            lambda: bench.empty("phases"),
            bench.snap(data, "phases", "--jobs", "2"),
        ),
    }
    for name, (database, prepare, run) in runs.items():
        prepare()
        time.sleep(0.2)
        before = len(_lines(bench))
        taken = run()
        time.sleep(0.5)  # the log collector writes with a delay
        yield _table(f"{name}, {data.label}", taken.seconds, list(statements(_lines(bench)[before:], database)))


def statements(lines: Iterable[str], database: str) -> Iterator[Statement]:
    """Read a JSON log: the duration of each statement, and its statistics, which follow in the same session."""
    waiting: dict[str, tuple[str, str, float]] = {}
    for line in lines:
        entry: Mapping[str, Any] = json.loads(line)
        if entry.get("dbname") != database or entry.get("application_name", "") in {"", "psql"}:
            continue
        session = f"{entry['pid']}"
        logged = _DURATION.match(entry["message"])
        if logged:
            kind, table = classify(logged[2])
            waiting[session] = (kind, table, float(logged[1]) / 1000)
        elif session in waiting and entry["message"] in {"QUERY STATISTICS", "EXECUTE MESSAGE STATISTICS"}:
            kind, table, seconds = waiting.pop(session)
            spent = _CPU.search(entry.get("detail", ""))
            cpu = float(spent[1]) + float(spent[2]) if spent else 0.0
            yield Statement(session=session, kind=kind, table=table, seconds=seconds, cpu=cpu)


def classify(text: str) -> tuple[str, str]:
    """Return the kind of a statement, and its table, or "" if it has none."""
    plain = " ".join(_COMMENT.sub(" ", text).split())
    for kind, pattern in _KINDS:
        match = pattern.match(plain)
        if match:
            name = match[1] if pattern.groups else ""
            return kind, name.removeprefix('"public".').removeprefix("public.").strip('"')
    return "other", ""


def _table(title: str, wall: float, statements: list[Statement]) -> str:
    sums: dict[tuple[str, str], list[float]] = {}
    for statement in statements:
        entry = sums.setdefault((statement.kind, statement.table), [0, 0.0, 0.0])
        entry[0] += 1
        entry[1] += statement.seconds
        entry[2] += statement.cpu
    sessions = len({statement.session for statement in statements})
    lines = [
        f"### Phases: {title}",
        "",
        "| statement | table | n | s | server's CPU s | waiting s |",
        "|---|---|---|---|---|---|",
    ]
    for (kind, table), (number, seconds, cpu) in sorted(sums.items(), key=lambda item: -item[1][1]):
        lines.append(f"| {kind} | {table} | {number} | {seconds:.3f} | {cpu:.3f} | {max(0.0, seconds - cpu):.3f} |")
    seconds, cpu = sum(s.seconds for s in statements), sum(s.cpu for s in statements)
    lines.append(f"| all | | {len(statements)} | {seconds:.3f} | {cpu:.3f} | {max(0.0, seconds - cpu):.3f} |")
    between = f"; between statements {wall - seconds:.3f} s" if sessions == 1 else ""
    return "\n".join([*lines, "", f"Wall {wall:.3f} s, {sessions} connection(s){between}.", ""])


def _lines(bench: Any) -> list[str]:
    files = sorted(bench.pg.base.glob("log/*.json"))
    return [line for file in files for line in file.read_text(errors="replace").splitlines()]
