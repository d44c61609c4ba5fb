"""Define the groups of bench/restore.py: one function for each kind of work, for snap and its peers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from measure import Case, Group, Taken, command, snap
from psycopg import sql
from tools import OWNER, Bench, Data, without_statistics

IMPORTS = "import typer, psycopg, pyarrow"
PEERS = Path(__file__).with_name("peers.py")


def migrated(bench: Bench, data: Data, *, target: float = 0.33) -> Group:
    """Return the group of restores into a migrated database with empty tables, as whole processes."""
    database = f"migrated {data.version}"
    dump, url, admin = str(data.dumps / "data.dump"), bench.pg.url(database, OWNER), bench.pg.url(database)
    bench.migrated(data, database)
    case = partial(Case, prepare=lambda: bench.migrated(data, database), confirm=bench.full(data, database))

    def held_off() -> None:
        bench.migrated(data, database)
        bench.triggers(data, database, "DISABLE")

    def held_off_then_on() -> None:
        bench.triggers(data, database, "ENABLE")
        bench.full(data, database)()

    restore = bench.program("pg_restore", "--data-only", "--single-transaction", "-d", url, dump)
    unchecked = ("pg_restore", "--data-only", "--disable-triggers", "-d", admin)
    return Group(
        name=f"Migrated database, {data.label}",
        cases=[
            case("pg_restore --data-only --single-transaction, owner", restore, base=True),
            case("the same, the owner's triggers off", restore, prepare=held_off, confirm=held_off_then_on),
            case("pg_restore --data-only --disable-triggers, superuser", bench.program(*unchecked, dump)),
            case("pg_restore --data-only --disable-triggers -j2, superuser", bench.program(*unchecked, "-j2", dump)),
            case("`snap restore`, owner", bench.snap(data, database), target=target),
            case("`snap restore` in process, owner", bench.in_process(data, database)),
            case("`snap restore --jobs 2`, owner", bench.snap(data, database, "--jobs", "2"), target=0.25),
        ],
        notes=[
            "pg_restore --data-only fires the target's triggers, so its counters end up wrong where triggers keep "
            "counts; --disable-triggers checks no foreign key and wants a superuser."
        ],
    )


def empty(bench: Bench, data: Data) -> Group:
    """Return the group of restores into an empty database, schema included, as whole processes by its owner."""
    database = "empty"
    case = partial(Case, prepare=lambda: bench.empty(database), confirm=bench.full(data, database))
    url, folder, file = bench.pg.url(database, OWNER), str(data.dumps / "folder"), str(data.dumps / "all.dump")
    cases = [
        case("pg_restore -Fd -j2", bench.program("pg_restore", "-j2", "-d", url, folder), base=True),
        case("pg_restore -Fc", bench.program("pg_restore", "-d", url, file)),
        case("pg_restore -Fc --single-transaction", bench.program("pg_restore", "-1", "-d", url, file)),
        case("`snap restore`, one transaction", bench.snap(data, database)),
        case("`snap restore --jobs 2`", bench.snap(data, database, "--jobs", "2"), target=0.85),
    ]
    return Group(name=f"Empty database, {data.label}", cases=cases)


def clone(bench: Bench, data: Data) -> Group:
    """Return the group of copies within the server, a second restore with --clone, and pg_restore for comparison."""
    source, database = f"source {data.version}", "copy"

    def gone() -> None:
        bench.pg.run("postgres", f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)', "CHECKPOINT")

    case = partial(Case, prepare=gone, confirm=bench.full(data, database))

    def copy(strategy: str) -> Callable[[], Taken]:
        return bench.sql(f'CREATE DATABASE "{database}" TEMPLATE "{source}" STRATEGY {strategy}')

    bench.pg.run("postgres", f"ALTER ROLE {OWNER} CREATEDB")
    bench.empty(database)
    again = bench.snap(data, database, "--clone")
    first = again()
    dump = ("-d", bench.pg.url(database, OWNER), str(data.dumps / "all.dump"))
    empty = partial(bench.empty, database)
    return Group(
        name=f"Copies within the server, {data.label}",
        cases=[
            case("pg_restore -Fc into an empty database", bench.program("pg_restore", *dump), prepare=empty, base=True),
            case("CREATE DATABASE … TEMPLATE, file_copy", copy("file_copy")),
            case("CREATE DATABASE … TEMPLATE, wal_log", copy("wal_log")),
            case("`snap restore --clone`, a second time", again, prepare=empty, target=0.06),
        ],
        notes=[f"the first `snap restore --clone`, which makes the template, took {first.seconds:.2f} s"],
    )


def staging(bench: Bench, data: Data) -> Group:
    """Return the group of a developer's typical restores: a few thousand rows into a migrated database."""
    database = f"migrated {data.version}"
    url = bench.pg.url(database, OWNER)
    bench.migrated(data, database)
    psql = ("psql", "-Xq", "-v", "ON_ERROR_STOP=1", "--single-transaction", "-d", url, "-o", os.devnull, "-f")

    case = partial(Case, prepare=lambda: bench.migrated(data, database), confirm=bench.full(data, database))
    dump = str(data.dumps / "data.dump")
    return Group(
        name=f"Staging volumes, {data.label}",
        cases=[
            case("pg_restore --data-only", bench.program("pg_restore", "--data-only", "-d", url, dump), base=True),
            case("the same, --single-transaction", bench.program("pg_restore", "--data-only", "-1", "-d", url, dump)),
            case("psql, pg_dump --inserts", bench.program(*psql, str(data.dumps / "inserts.sql"))),
            case("psql, pg_dump --rows-per-insert=1000", bench.program(*psql, str(data.dumps / "rows.sql"))),
            case("`snap restore` in process", bench.in_process(data, database), target=1.0),
            case("`snap restore`, whole", bench.snap(data, database)),
        ],
        notes=["INSERT statements are measured here only: at poc2 volumes they take minutes."],
    )


def statistics(bench: Bench, data: Data) -> Group:
    """Return the group of restores with imported planner statistics and with ANALYZE, in process, as the owner."""
    database = f"migrated {data.version}"
    bench.migrated(data, database)
    case = partial(Case, prepare=lambda: bench.migrated(data, database), confirm=bench.full(data, database))
    dump = ("--data-only", "-1", "-d", bench.pg.url(database, OWNER), str(data.dumps / "data.dump"))
    return Group(
        name=f"Statistics or ANALYZE, {data.label}",
        cases=[
            case("pg_restore --data-only -1, owner, no statistics", bench.program("pg_restore", *dump), base=True),
            case("`snap restore` in process, ANALYZE", bench.in_process(without_statistics(data), database)),
            case("`snap restore` in process, statistics imported", bench.in_process(data, database)),
        ],
    )


def start(bench: Bench, data: Data) -> Group:
    """Return the group that shows how much of a small restore's time is the start of Python."""
    database = f"migrated {data.version}"
    bench.migrated(data, database)
    return Group(
        name=f"Start, `snap restore` of {data.label}, whole",
        cases=[
            Case(
                f"python -c '{IMPORTS}'",
                lambda: command([sys.executable, "-c", IMPORTS], bench.environment),
                base=True,
            ),
            Case("`snap --version`", lambda: snap("--version", environment=bench.environment)),
            Case(
                "`snap restore`",
                bench.snap(data, database),
                prepare=lambda: bench.migrated(data, database),
                confirm=bench.full(data, database),
                target=1.6,
            ),
        ],
    )


def loaders(bench: Bench, data: Data) -> Group:
    """Return the group of Parquet loaders, without foreign keys, because they cannot load all tables."""
    database, notes = f"bare {data.version}", []
    bench.migrated(data, database)
    for schema, name, key in bench.pg.run(
        database,
        "SELECT n.nspname, c.relname, k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE k.contype = 'f'",
    ):
        drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(schema, name), sql.Identifier(key))
        bench.pg.run(database, drop)
    bench.triggers(data, database, "DISABLE")
    peers = {"adbc": sys.executable, "duckdb": bench.duckdb_python}
    able: dict[str, dict[str, float]] = {}
    for kind, python in peers.items():
        bench.migrated(data, database)
        answer = _peer(bench, data, database, kind, python)
        if "unable" in answer:
            notes.append(f"{kind} cannot be run here: {answer['unable']}")
            continue
        notes += [f"{kind} cannot load {name}: {error}" for name, error in answer["failed"].items()]
        if answer["tables"]:
            able[kind] = answer["tables"]
            notes.append(f"{kind} loads {', '.join(answer['tables'])}")

    def theirs(kind: str) -> Taken:
        return Taken(seconds=sum(_peer(bench, data, database, kind, peers[kind])["tables"].values()))

    def ours(kind: str) -> Taken:
        done = subprocess.run(
            [sys.executable, "-m", "snap", "restore", data.version, "--root", str(data.root), "--json",
             "--db", bench.pg.url(database, OWNER)],
            check=True, capture_output=True, env=bench.environment,
        )  # fmt: skip
        tables = {entry["name"]: entry["seconds"] for entry in json.loads(done.stdout)["tables"]}
        return Taken(seconds=sum(tables[name] for name in able[kind]))

    case = partial(Case, prepare=lambda: bench.migrated(data, database))
    labels = {"adbc": "ADBC ingest", "duckdb": "DuckDB INSERT … SELECT"}
    cases: list[Case] = []
    for kind in able:
        cases += [
            case(f"{labels[kind]}, its tables", partial(theirs, kind), base=not cases),
            case(f"`snap restore`, the same tables ({kind})", partial(ours, kind)),
        ]
    notes.append(
        "seconds of the tables' loading alone, indexes kept or not as each does it, no foreign keys, triggers off"
    )
    return Group(name=f"Loaders of Parquet, {data.label}", cases=cases, notes=notes)


def _peer(bench: Bench, data: Data, database: str, kind: str, python: str) -> dict[str, Any]:
    arguments = [python, str(PEERS), kind, bench.pg.url(database), str(data.root), data.version]
    done = subprocess.run(arguments, check=False, capture_output=True, text=True, env=bench.environment)
    if done.returncode:
        return {"unable": " ".join(done.stderr.split())[-300:]}
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


GROUPS: dict[str, tuple[Callable[[Bench, Data], Group], str]] = {
    "migrated": (migrated, "big"),
    "narrow": (partial(migrated, target=0.55), "narrow"),
    "empty": (empty, "big"),
    "clone": (clone, "big"),
    "loaders": (loaders, "big"),
    "statistics": (statistics, "big"),
    "staging": (staging, "small"),
    "statistics-staging": (statistics, "small"),
    "start": (start, "small"),
}
