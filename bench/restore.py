"""Measure `snap restore` against pg_restore, psql, ADBC, DuckDB and CREATE DATABASE TEMPLATE, in one run.

    python bench/restore.py --quick             # everything once at staging volumes: does the harness work?
    python bench/restore.py --cache DIR         # what RESULTS.md holds: poc2 volumes, medians of 5
    python bench/restore.py --only migrated --only start --runs 9
    python bench/restore.py --phases            # where the time of a restore goes, statement by statement

The script starts its own Postgres with a stock postgresql.conf (cluster.py). pg_dump makes the dumps from a database
that snap restored. Before each run the database is reset to the same state, and a CHECKPOINT is made; this is not
timed. After each run every table is counted. snap's times include its statistics and its verification, which the peers
lack.

DuckDB downloads its extension postgres. If it cannot, give by --duckdb-python the Python of an environment that has the
extension as a package: pip install duckdb==1.4.4 duckdb-ext-postgres
"""

from __future__ import annotations

import argparse
import importlib.metadata as metadata
import json
import os
import platform
import signal
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from cluster import Cluster, cluster
from groups import GROUPS, IMPORTS
from inprocess import InProcess
from measure import ROOT, arguments, command, measure, snap, table
from phases import phases
from tools import OWNER, Bench, Data

# poc2 has a hundred thousand recipes, which are wide. Staging times 60 has as many rows per recipe as v3.
VOLUMES = {"big": ("--profile", "poc2"), "narrow": ("--scale", "60")}


def prepared(bench: Bench, root: Path, version: str, dumps: Path) -> Data:
    """Restore a snapshot into a database of its own, and dump that in every form that a peer needs."""
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


def built(cache: Path, environment: dict[str, str], version: str) -> tuple[Path, str]:
    """Return a snapshot of VOLUMES; build it if it is missing."""
    root = cache / "root"
    root.mkdir(parents=True, exist_ok=True)
    if not (root / "manifests" / f"{version}.json").exists():
        options = (*VOLUMES[version], "--postgres", "all", "--root", str(root), "--quiet")
        local = environment | {"SNAP_DATA_DIR": str(cache / "embedded")}
        snap("build", version, *options, environment=local)
        snap("db", "stop", environment=local)
    return root, version


def surroundings(cache: Path) -> dict[str, str]:
    """Return the environment of every program: it keeps bytecode, and inherits no settings of Postgres or snap."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "SNAP_"))}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | {"PYTHONPYCACHEPREFIX": str(cache / "pyc")}


def machine(pg: Cluster) -> str:
    names = ("psycopg", "pyarrow", "numpy", "typer")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Postgres {pg.version} with its own "
        f"postgresql.conf, Unix socket; Python {platform.python_version()}, {versions}; load {load}"
    )


def options() -> argparse.Namespace:
    parser = arguments(__doc__, None)
    parser.add_argument("--cache", type=Path, help="keeps the poc2 snapshot and the bytecode between calls")
    parser.add_argument("--only", action="append", choices=list(GROUPS), help="this group; may be repeated")
    parser.add_argument("--quick", action="store_true", help="the committed v3 in place of poc2 volumes")
    parser.add_argument("--phases", action="store_true", help="no peers: where the time of one restore goes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--duckdb-python", default=sys.executable, help="a Python whose DuckDB can load postgres")
    return parser.parse_args()


def main() -> None:
    chosen = options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that SIGTERM also stops the server
    runs = chosen.runs or (1 if chosen.quick else 5)
    with tempfile.TemporaryDirectory(prefix="snap-bench-") as name:
        scratch = Path(name)
        scratch.chmod(0o755)
        cache = (chosen.cache or scratch / "cache").absolute()
        environment = surroundings(cache)
        groups = chosen.only or list(GROUPS)
        sizes = {size for _, size in (GROUPS[name] for name in groups)} | ({"big"} if chosen.phases else set())
        snapshots = {
            size: (ROOT, "v3") if chosen.quick or size not in VOLUMES else built(cache, environment, size)
            for size in sorted(sizes)
        }
        with cluster(scratch / "pg", jsonlog=chosen.phases) as pg:
            pg.run("postgres", f"CREATE ROLE {OWNER} LOGIN")
            with closing(InProcess(environment)) as worker:
                bench = Bench(pg=pg, environment=environment, worker=worker, duckdb_python=chosen.duckdb_python)
                run(bench, chosen, groups, runs, snapshots, scratch)


def run(
    bench: Bench,
    chosen: argparse.Namespace,
    groups: list[str],
    runs: int,
    snapshots: dict[str, tuple[Path, str]],
    scratch: Path,
) -> None:
    """Measure the chosen groups and print each one when it is done."""
    command([sys.executable, "-c", IMPORTS], bench.environment)  # compiles their bytecode
    if chosen.phases:
        for root, version in dict.fromkeys(snapshots.values()):
            data = prepared(bench, root, version, scratch)
            for text in phases(bench, data):
                print(text, flush=True)
        return
    head = machine(bench.pg)
    print(f"{head}; medians of {runs}\n", flush=True)
    documents, ready = [], dict[tuple[Path, str], Data]()
    for name in groups:
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
