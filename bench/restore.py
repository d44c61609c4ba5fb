"""`snap restore` against its peers, side by side in one run: pg_restore, psql, ADBC, DuckDB, CREATE DATABASE TEMPLATE.

    python bench/restore.py --quick             # everything once at staging volumes: does the harness work?
    python bench/restore.py --cache DIR         # what RESULTS.md holds: poc2 volumes, medians of 5
    python bench/restore.py --only migrated --only start --runs 9
    python bench/restore.py --phases            # where the time of a restore goes, statement by statement

It starts a Postgres of its own with a stock postgresql.conf (cluster.py). Dumps are made by pg_dump from a database
that snap restored. Before each run the database is brought back to the same state and a CHECKPOINT made, uncounted;
after it every table is counted. snap's ANALYZE and verification count for snap; the peers do neither.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from cluster import Cluster, cluster  # noqa: E402
from inprocess import InProcess  # noqa: E402
from measure import Case, Failed, Group, Taken, command, measure, table  # noqa: E402
from phases import phases  # noqa: E402
from psycopg import sql  # noqa: E402

OWNER = "app"  # a plain role: owns its database, may do nothing else
IMPORTS = "import typer, psycopg, pyarrow"
PEERS = Path(__file__).with_name("peers.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """A snapshot, the dumps made of it, and what its tables hold."""

    root: Path
    version: str
    schema_sql: str
    rows: dict[tuple[str, str], int]
    dumps: Path

    @property
    def label(self) -> str:
        return f"{sum(self.rows.values()):,} rows in {len(self.rows)} tables"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What all groups need: the server, the environment of programs, snap's flags, the worker for runs in process."""

    pg: Cluster
    environment: dict[str, str]
    flags: frozenset[str]
    worker: InProcess
    duckdb_python: str
    made: set[str] = field(default_factory=set)

    def snap(self, data: Data, database: str, *options: str) -> Callable[[], Taken]:
        """Run `snap restore` as a whole process, as the owner."""
        arguments = [sys.executable, "-m", "snap", "restore", data.version, "--root", str(data.root), "--quiet"]
        return lambda: command([*arguments, "--db", self.pg.url(database, OWNER), *options], self.environment)

    def in_process(self, data: Data, database: str, **options: Any) -> Callable[[], Taken]:
        """Restore in the worker, which has done it once, so that all is imported."""

        def run() -> Taken:
            answer = self.worker.restore(data.root, data.version, self.pg.url(database, OWNER), **options)
            if "error" in answer:
                raise Failed(answer["error"])
            return Taken(seconds=answer["seconds"])

        run()
        return run

    def program(self, name: str, *arguments: str) -> Callable[[], Taken]:
        return lambda: command([self.pg.program(name), *arguments], self.environment)

    def sql(self, *statements: str) -> Callable[[], Taken]:
        """Run statements through psql as the superuser."""
        parts = [part for statement in statements for part in ("-c", statement)]
        return self.program("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", self.pg.url("postgres"), *parts)

    def empty(self, database: str) -> None:
        """Make `database` anew, owned by the plain role."""
        name = sql.Identifier(database)
        self.pg.run(
            "postgres",
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name),
            sql.SQL("CREATE DATABASE {} OWNER {}").format(name, sql.Identifier(OWNER)),
            "CHECKPOINT",
        )

    def migrated(self, data: Data, database: str) -> None:
        """See to it that `database` has the schema and no rows."""
        if database not in self.made:
            self.empty(database)
            self.pg.run(database, data.schema_sql, role=OWNER)
            self.made.add(database)
        names = sql.SQL(", ").join(sql.Identifier(*name) for name in data.rows)
        self.pg.run(database, sql.SQL("TRUNCATE {} RESTART IDENTITY").format(names), "CHECKPOINT")

    def triggers(self, data: Data, database: str, action: str) -> None:
        for name in data.rows:
            self.pg.run(
                database,
                sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(sql.Identifier(*name), sql.SQL(action)),
                role=OWNER,
            )

    def full(self, data: Data, database: str) -> Callable[[], None]:
        """Give a function that fails unless every table holds the snapshot's rows."""

        def confirm() -> None:
            for name, rows in data.rows.items():
                found = self.pg.run(database, sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*name)))[0][0]
                if found != rows:
                    raise Failed(f"{'.'.join(name)} holds {found} rows, not {rows}")

        return confirm


def migrated(bench: Bench, data: Data) -> Group:
    """Into a database that migrations have built: whole processes, tables empty before."""
    database = f"migrated {data.version}"
    dump, url, admin = str(data.dumps / "data.dump"), bench.pg.url(database, OWNER), bench.pg.url(database)
    bench.migrated(data, database)

    def case(name: str, run: Callable[[], Taken], **more: Any) -> Case:
        return Case(name=name, run=run, **{"prepare": clean, "confirm": bench.full(data, database)} | more)

    def clean() -> None:
        bench.migrated(data, database)

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
            case("`snap restore`, owner", bench.snap(data, database), target=0.20),
            case("`snap restore` in process, owner", bench.in_process(data, database)),
            *(
                [case("`snap restore --jobs 2`, owner, not atomic", bench.snap(data, database, "--jobs", "2"))]
                if "--jobs" in bench.flags
                else []
            ),
        ],
        notes=[
            "pg_restore --data-only fires the target's triggers, so its counters end up wrong where triggers keep "
            "counts; --disable-triggers checks no foreign key and wants a superuser."
        ],
    )


def empty(bench: Bench, data: Data) -> Group:
    """Into an empty database, schema and all: whole processes, as its owner."""
    database, notes = "empty", []

    def case(name: str, run: Callable[[], Taken], **more: Any) -> Case:
        return Case(
            name=name,
            run=run,
            prepare=lambda: bench.empty(database),
            confirm=bench.full(data, database),
            **more,
        )

    url, folder, file = bench.pg.url(database, OWNER), str(data.dumps / "folder"), str(data.dumps / "all.dump")
    cases = [
        case("pg_restore -Fd -j2", bench.program("pg_restore", "-j2", "-d", url, folder), base=True),
        case("pg_restore -Fc", bench.program("pg_restore", "-d", url, file)),
        case("pg_restore -Fc --single-transaction", bench.program("pg_restore", "-1", "-d", url, file)),
        case("`snap restore`, one transaction", bench.snap(data, database)),
    ]
    if "--jobs" in bench.flags:
        cases.append(case("`snap restore --jobs 2`", bench.snap(data, database, "--jobs", "2"), target=0.70))
    else:
        notes.append("`snap restore` has no --jobs yet")
    return Group(name=f"Empty database, {data.label}", cases=cases, notes=notes)


def clone(bench: Bench, data: Data) -> Group:
    """A copy within the server, which is the floor; a second restore with --clone; and what they stand in for."""
    source, database, notes = f"source {data.version}", "copy", []

    def gone() -> None:
        bench.pg.run("postgres", f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)', "CHECKPOINT")

    def case(name: str, run: Callable[[], Taken], prepare: Callable[[], None] = gone, **more: Any) -> Case:
        return Case(name=name, run=run, prepare=prepare, confirm=bench.full(data, database), **more)

    def copy(strategy: str) -> Callable[[], Taken]:
        return bench.sql(f'CREATE DATABASE "{database}" TEMPLATE "{source}" STRATEGY {strategy}')

    url = bench.pg.url(database, OWNER)
    cases = [
        case(
            "pg_restore -Fc into an empty database",
            bench.program("pg_restore", "-d", url, str(data.dumps / "all.dump")),
            prepare=lambda: bench.empty(database),
            base=True,
        ),
        case("CREATE DATABASE … TEMPLATE, file_copy", copy("file_copy")),
        case("CREATE DATABASE … TEMPLATE, wal_log", copy("wal_log")),
    ]
    if "--clone" in bench.flags:
        bench.pg.run("postgres", f"ALTER ROLE {OWNER} CREATEDB")
        bench.empty(database)
        again = bench.snap(data, database, "--clone")
        first = again()
        notes.append(f"the first `snap restore --clone`, which makes the template, took {first.seconds:.2f} s")
        cases.append(
            case(
                "`snap restore --clone`, a second time",
                again,
                prepare=lambda: bench.empty(database),
                target=0.05,
            )
        )
    else:
        notes.append("`snap restore` has no --clone yet")
    return Group(name=f"Copies within the server, {data.label}", cases=cases, notes=notes)


def staging(bench: Bench, data: Data) -> Group:
    """What a developer's day sees: a few thousand rows into a migrated database."""
    database = f"migrated {data.version}"
    url = bench.pg.url(database, OWNER)
    bench.migrated(data, database)
    psql = ("psql", "-Xq", "-v", "ON_ERROR_STOP=1", "--single-transaction", "-d", url, "-o", os.devnull, "-f")

    def case(name: str, run: Callable[[], Taken], **more: Any) -> Case:
        return Case(
            name=name,
            run=run,
            prepare=lambda: bench.migrated(data, database),
            confirm=bench.full(data, database),
            **more,
        )

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


def start(bench: Bench, data: Data) -> Group:
    """How much of a small restore is Python's start."""
    database = f"migrated {data.version}"
    bench.migrated(data, database)
    python = [sys.executable, "-c"]
    return Group(
        name=f"Start, `snap restore` of {data.label}, whole",
        cases=[
            Case(name=f"python -c '{IMPORTS}'", run=lambda: command([*python, IMPORTS], bench.environment), base=True),
            Case(
                name="`snap --version`",
                run=lambda: command([sys.executable, "-m", "snap", "--version"], bench.environment),
            ),
            Case(
                name="`snap restore`",
                run=bench.snap(data, database),
                prepare=lambda: bench.migrated(data, database),
                confirm=bench.full(data, database),
                target=1.6,
            ),
        ],
    )


def loaders(bench: Bench, data: Data) -> Group:
    """Loaders of Parquet, for the tables that they can load: without foreign keys, since some tables stay empty."""
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
    able: dict[str, dict[str, float]] = {}
    for kind, python in (("adbc", sys.executable), ("duckdb", bench.duckdb_python)):
        bench.migrated(data, database)
        answer = _peer(bench, data, database, kind, python)
        if "unable" in answer:
            notes.append(f"{kind} cannot be run here: {answer['unable']}")
            continue
        notes += [f"{kind} cannot load {name}: {error}" for name, error in answer["failed"].items()]
        if answer["tables"]:
            able[kind] = answer["tables"]
            notes.append(f"{kind} loads {', '.join(answer['tables'])}")

    def sums(kind: str, python: str) -> Callable[[], Taken]:
        def run() -> Taken:
            return Taken(seconds=sum(_peer(bench, data, database, kind, python)["tables"].values()))

        return run

    def ours(kind: str) -> Callable[[], Taken]:
        def run() -> Taken:
            done = subprocess.run(
                [sys.executable, "-m", "snap", "restore", data.version, "--root", str(data.root), "--json",
                 "--db", bench.pg.url(database, OWNER)],
                check=True, capture_output=True, env=bench.environment,
            )  # fmt: skip
            tables = {entry["name"]: entry["seconds"] for entry in json.loads(done.stdout)["tables"]}
            return Taken(seconds=sum(tables[name] for name in able[kind]))

        return run

    def clean() -> None:
        bench.migrated(data, database)

    cases = []
    for kind, python in (("adbc", sys.executable), ("duckdb", bench.duckdb_python)):
        if kind in able:
            label = {"adbc": "ADBC ingest", "duckdb": "DuckDB INSERT … SELECT"}[kind]
            cases += [
                Case(name=f"{label}, its tables", run=sums(kind, python), prepare=clean, base=not cases),
                Case(name=f"`snap restore`, the same tables ({kind})", run=ours(kind), prepare=clean),
            ]
    notes.append("seconds of the tables' loading alone, indexes kept or not as each does it, no foreign keys, triggers off")
    return Group(name=f"Loaders of Parquet, {data.label}", cases=cases, notes=notes)


def _peer(bench: Bench, data: Data, database: str, kind: str, python: str) -> dict[str, Any]:
    arguments = [python, str(PEERS), kind, bench.pg.url(database), str(data.root), data.version]
    done = subprocess.run(arguments, check=False, capture_output=True, text=True, env=bench.environment)
    if done.returncode:
        return {"unable": " ".join(done.stderr.split())[-300:]}
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


GROUPS: dict[str, tuple[Callable[[Bench, Data], Group], str]] = {
    "migrated": (migrated, "large"),
    "empty": (empty, "large"),
    "clone": (clone, "large"),
    "loaders": (loaders, "large"),
    "staging": (staging, "small"),
    "start": (start, "small"),
}


def prepared(bench: Bench, root: Path, version: str, dumps: Path) -> Data:
    """Restore a snapshot into a database of its own and dump it in every form that a peer wants."""
    manifest = json.loads((root / "manifests" / f"{version}.json").read_text())
    data = Data(
        root=root,
        version=version,
        schema_sql=manifest["schema_sql"],
        rows={(entry["schema"], entry["name"]): entry["rows"] for entry in manifest["tables"]},
        dumps=dumps / version,
    )
    data.dumps.mkdir()
    database = f"source {version}"
    bench.empty(database)
    bench.snap(data, database)()
    bench.full(data, database)()
    dump = ("pg_dump", "-d", bench.pg.url(database), "--exclude-schema=snap", "-f")
    for name, options in {
        "all.dump": ("-Fc",),
        "folder": ("-Fd", "-j2"),
        "data.dump": ("-Fc", "--data-only"),
        **(
            {"inserts.sql": ("--data-only", "--inserts"), "rows.sql": ("--data-only", "--rows-per-insert=1000")}
            if sum(data.rows.values()) <= 50_000
            else {}
        ),
    }.items():
        bench.program(*dump, str(data.dumps / name), *options)()
    return data


def big(cache: Path, environment: dict[str, str]) -> tuple[Path, str]:
    """Give the snapshot of poc2 volumes, built the first time."""
    root = cache / "root"
    for name in ("manifests", "snapshots"):
        (root / name).mkdir(parents=True, exist_ok=True)
    if not (root / "manifests" / "big.json").exists():
        command(
            [sys.executable, "-m", "snap", "build", "big", "--profile", "poc2", "--root", str(root), "-q"], environment
        )
    return root, "big"


def surroundings(cache: Path) -> dict[str, str]:
    """The environment of every program: our sources, their bytecode compiled, nobody's Postgres settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "SNAP_"))}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(cache / "pyc")}


def machine(pg: Cluster) -> str:
    import importlib.metadata as metadata

    names = ("psycopg", "pyarrow", "numpy", "typer")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Postgres {pg.version} with its own "
        f"postgresql.conf, Unix socket; Python {platform.python_version()}, {versions}; load {load}"
    )


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, help="keeps the poc2 snapshot and the bytecode between calls")
    parser.add_argument("--runs", type=int, help="runs of each case; default 5, with --quick 1")
    parser.add_argument("--only", action="append", choices=list(GROUPS), help="this group; may be repeated")
    parser.add_argument("--quick", action="store_true", help="the committed v3 in place of poc2 volumes")
    parser.add_argument("--phases", action="store_true", help="no peers: where the time of one restore goes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--duckdb-python", default=sys.executable, help="a Python whose DuckDB can load postgres")
    return parser.parse_args()


def main() -> None:
    chosen = options()
    runs = chosen.runs or (1 if chosen.quick else 5)
    with tempfile.TemporaryDirectory(prefix="snap-bench-") as name:
        scratch = Path(name)
        scratch.chmod(0o755)
        cache = (chosen.cache or scratch / "cache").absolute()
        environment = surroundings(cache)
        small = (ROOT, "v3")
        large = small if chosen.quick else big(cache, environment)
        with cluster(scratch / "pg", jsonlog=chosen.phases) as pg:
            pg.run("postgres", f"CREATE ROLE {OWNER} LOGIN")
            worker = InProcess(environment)
            helped = subprocess.run(
                [sys.executable, "-m", "snap", "restore", "--help"], check=True, capture_output=True, env=environment
            )
            words = helped.stdout.decode().replace(",", " ").split()
            bench = Bench(
                pg=pg,
                environment=environment,
                flags=frozenset(word for word in words if word.startswith("--")),
                worker=worker,
                duckdb_python=chosen.duckdb_python,
            )
            try:
                run(bench, chosen, runs, {"small": small, "large": large}, scratch)
            finally:
                worker.close()


def run(
    bench: Bench, chosen: argparse.Namespace, runs: int, snapshots: dict[str, tuple[Path, str]], scratch: Path
) -> None:
    """Measure the chosen groups and print each as it is done."""
    command([sys.executable, "-c", IMPORTS], bench.environment)  # compiles what is not yet
    if chosen.phases:
        for size in dict.fromkeys(snapshots.values()):
            data = prepared(bench, *size, scratch)
            for text in phases(bench, data):
                print(text, flush=True)
        return
    head = machine(bench.pg)
    print(f"{head}; medians of {runs}\n", flush=True)
    documents, ready = [], dict[tuple[Path, str], Data]()
    for name in chosen.only or GROUPS:
        make, size = GROUPS[name]
        where = snapshots[size]
        if where not in ready:
            ready[where] = prepared(bench, *where, scratch)
        documents.append(measure(make(bench, ready[where]), runs))
        print(table(documents[-1]), flush=True)
    if chosen.json:
        chosen.json.write_text(json.dumps({"machine": head, "groups": documents}, indent=2) + "\n")


if __name__ == "__main__":
    main()
