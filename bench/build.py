"""Measure `snap build` of the dataset shop against Misata and django-data-shape.

    python bench/build.py --rows 20000 --runs 1    # does the harness work?
    python bench/build.py --cache DIR              # what RESULTS.md holds: a million rows, medians of 3

snap makes the sixteen tables of shop and runs every check in DuckDB (`--postgres none`). The peers make the largest
subset that both can express: shops, customers, products, orders and order lines, with as many rows in total. Misata
writes Parquet and attests it. django-data-shape loads the benchmark's own Postgres, with keys and references, and runs
ANALYZE: its seconds cover client and server, its processor time and memory only the client.

The peers are installed into an environment in the cache, or in a temporary folder. A peer that cannot be installed is
skipped.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from cluster import Cluster, cluster
from measure import Case, Failed, Group, Taken, arguments, command, heading, measure, snap

SHOP = 26_956  # rows of all tables at scale 1
PEER = {"shops": 48, "customers": 1_200, "products": 912, "orders": 3_600, "order_lines": 9_000}
PACKAGES = {"Misata": "misata[duckdb]", "django-data-shape": "django-data-shape[postgres]"}
TARGET_SECONDS, TARGET_MEGABYTES = 8, 400
PROVES = {
    "snap": "170 checks: keys, references, types, digests; totals, lifecycles, tenants, bookings, shapes",
    "Misata": "13 invariants: keys, references, listed values; hashes of files",
    "django-data-shape": "keys, references and NOT NULL, by the Postgres that it loads",
}


def main() -> None:
    parser = arguments(__doc__, 3)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of all tables together")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keeps the peers' environment between calls")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--jobs", type=int, default=2, help="workers of snap")
    options = parser.parse_args()
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="snap-bench-")))
        scratch.chmod(0o755)
        document = measured(options, scratch, stack)
    print(heading(options.runs))
    print(table(document))
    if options.json:
        options.json.write_text(json.dumps(document, indent=2) + "\n")


def measured(options: argparse.Namespace, scratch: Path, stack: ExitStack) -> dict[str, Any]:
    """Run the cases in turn, and return the group as JSON, with the number of rows of each case."""
    cases, notes = [Case("snap", partial(ours, options, scratch), base=True)], []
    python = environment((options.cache or scratch).absolute() / "peers")
    for name, package in PACKAGES.items():
        try:
            install(python, package)
        except Failed as error:
            notes.append(f"{name} is skipped: {' '.join(str(error).split())}")
            continue
        cases.append(peer(name, python, options.rows, scratch, stack))
    document = measure(Group(name=f"{options.rows:,} rows", cases=cases, notes=notes), options.runs)
    made = {"snap": int(scale(options.rows) * SHOP)}
    for case in document["cases"]:
        case["rows"] = made.get(case["name"], sum(counts(options.rows).values()))
    return document


def scale(rows: int) -> Fraction:
    return Fraction(rows, SHOP).limit_denominator(1000)


def counts(rows: int) -> dict[str, int]:
    """Return the number of rows of each of the peers' tables."""
    return {name: max(1, count * rows // sum(PEER.values())) for name, count in PEER.items()}


def ours(options: argparse.Namespace, scratch: Path) -> Taken:
    with tempfile.TemporaryDirectory(dir=scratch) as root:
        volumes = ("--dataset", "shop", "--scale", str(scale(options.rows)))
        return snap(
            "build", "b", *volumes, "--jobs", str(options.jobs), "--postgres", "none", "--quiet", "--root", root
        )


def environment(folder: Path) -> Path:
    """Return the Python of the peers' environment; create the environment if it is missing."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    return python


def install(python: Path, package: str) -> None:
    """Install a package into an environment. Errors: Failed with pip's output."""
    command([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package])


def peer(name: str, python: Path, rows: int, scratch: Path, stack: ExitStack) -> Case:
    if name == "Misata":
        return Case(name, partial(misata, python, rows, scratch))
    server = stack.enter_context(cluster(scratch / "pg"))
    host, volumes = str(server.base / "run"), [str(count) for count in counts(rows).values()]
    script = str(Path(__file__).with_name("build_peers.py"))
    run = partial(command, [str(python), script, host, "shop", *volumes])
    return Case(name, run, prepare=partial(emptied, server))


def emptied(server: Cluster) -> None:
    server.run("postgres", "DROP DATABASE IF EXISTS shop", "CREATE DATABASE shop", "CHECKPOINT")


def misata(python: Path, rows: int, scratch: Path) -> Taken:
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        declared = Path(folder) / "shop.yaml"
        declared.write_text(json.dumps(declaration(counts(rows))))
        program = str(python.with_name("misata"))
        return command([program, "generate", "-c", str(declared), "-o", folder, "--format", "parquet", "--attest"])


def declaration(rows: Mapping[str, int]) -> dict[str, Any]:
    """Return the tables as a declaration for Misata. JSON is valid YAML."""
    choices = partial(dict, type="categorical")
    columns: dict[str, dict[str, Any]] = {
        "shops": {"plan": choices(choices=["free", "pro", "enterprise"], probabilities=[0.6, 0.3, 0.1])},
        "customers": {
            "shop_id": {"type": "foreign_key"},
            "language": choices(choices=["en", "es", "fr"], probabilities=[0.7, 0.2, 0.1]),
        },
        "products": {"shop_id": {"type": "foreign_key"}, "price": {"type": "float", "min": 2, "max": 400}},
        "orders": {
            "customer_id": {"type": "foreign_key"},
            "status": choices(
                choices=["placed", "paid", "shipped", "delivered", "returned"],
                probabilities=[0.05, 0.05, 0.1, 0.75, 0.05],
            ),
            "placed_at": {"type": "date", "start": "2024-11-01", "end": "2026-10-31"},
        },
        "order_lines": {
            "order_id": {"type": "foreign_key"},
            "product_id": {"type": "foreign_key"},
            "quantity": {"type": "int", "min": 1, "max": 12},
        },
    }
    tables = {
        name: {
            "rows": count,
            "columns": {"id": {"type": "int", "unique": True, "min": 1, "max": count}, **columns[name]},
        }
        for name, count in rows.items()
    }
    parents = ("shops customers", "shops products", "customers orders", "orders order_lines", "products order_lines")
    references = [pair.split() for pair in parents]
    return {
        "seed": 7,
        "tables": tables,
        "relationships": [f"{parent}.id -> {child}.{parent.removesuffix('s')}_id" for parent, child in references],
    }


def table(document: Mapping[str, Any]) -> str:
    """Return the measured cases as a Markdown table, as in RESULTS.md."""
    return "\n".join(lines(document))


def lines(document: Mapping[str, Any]) -> Iterator[str]:
    yield "| | rows | s | least … most | ratio | processor s | rows a second | peak MB | proves |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for case in document["cases"]:
        speed, memory = case["rows"] / case["seconds"], case["megabytes"]
        yield (
            f"| {case['name']} | {case['rows']:,} | {case['seconds']:.1f} | {case['least']:.1f} … {case['most']:.1f} "
            f"| {_number(case['ratio'])} | {_number(case['processor'])} | {speed:,.0f} "
            f"| {'' if memory is None else f'{memory:,}'} | {PROVES[case['name']]} |"
        )
    yield ""
    yield f"Targets of snap for a million rows: {TARGET_SECONDS} s, {TARGET_MEGABYTES} MB."
    yield from (f"- {name} **failed**: {' '.join(error.split())}" for name, error in document["failed"].items())
    yield from (f"- {note}" for note in document["notes"])


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f}"


if __name__ == "__main__":
    main()
