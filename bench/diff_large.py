"""Show by one run that the diff of one large table against a live database stays within bounded memory.

    python bench/diff_large.py --megabytes 5000 --memory 448     # 448 MB for DuckDB, as the command has it
    python bench/diff_large.py --megabytes 500 --memory 200

In a temporary server (bench/cluster.py) a table with so many megabytes of incompressible text is created and captured
as a snapshot. Then one row in 1,000 is changed, one deleted and one inserted. A separate process compares the two,
while its memory and its folder for temporary files are sampled every 50 ms. The counts must equal those of the edits.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from cluster import Cluster, cluster

from snap.store import Store
from snap_restorer import Target
from snap_restorer.live.capture import CaptureRequest, capture

_ROW_BYTES = 1024  # of text in a row: SHA-256 in hexadecimal, half of it entropy
_WORK = """
import json, resource, sys
from pathlib import Path
from snap_restorer import Target
from snap_restorer.live.side import live_side
from snap.compare import compare, snapshot_side
from snap.store import Store
root, db, memory, rows = sys.argv[1:]
snapshot = Store(Path(root)).resolve("large")
with live_side(Target(db), snapshot.manifest) as live:
    [t] = compare(snapshot_side(snapshot), live, memory=int(memory), rows=int(rows)).tables
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"peak_kb": peak, "counts": [t.added, t.removed, t.changed, t.unchanged]}))
"""


def make(pg: Cluster, rows: int) -> None:
    hashes = " || ".join(f"encode(sha256((i::text || '/{part}')::bytea), 'hex')" for part in range(_ROW_BYTES // 64))
    pg.run(
        "large",
        "CREATE TABLE large (id uuid PRIMARY KEY, n bigint NOT NULL, at timestamptz NOT NULL, body text NOT NULL)",
        f"INSERT INTO large SELECT md5(i::text)::uuid, i, 'epoch'::timestamptz + i * interval '1 s', {hashes} "
        f"FROM generate_series(1, {rows}) AS i",
        "VACUUM ANALYZE large",
    )


def edit(pg: Cluster, rows: int) -> None:
    pg.run(
        "large",
        "UPDATE large SET body = body || '!' WHERE n % 1000 = 1",
        "DELETE FROM large WHERE n % 1000 = 2",
        "INSERT INTO large SELECT md5(i::text || 'new')::uuid, i, 'epoch', 'new' "
        f"FROM generate_series(1, {rows // 1000}) AS i",
        "CHECKPOINT",
    )


def watched(command: list[str], temporary: Path) -> tuple[dict[str, Any], float, int]:
    """Run a command; return its JSON answer, its seconds, and the largest size in bytes of the folder `temporary`."""
    most, started = 0, time.perf_counter()
    environment = os.environ | {"TMPDIR": str(temporary)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        while process.poll() is None:
            most = max(most, _size(temporary))
            time.sleep(0.05)
        answer = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise SystemExit(f"the diff failed: exit code {process.returncode}")
    return json.loads(answer), time.perf_counter() - started, most


def _size(folder: Path) -> int:
    total = 0
    for base, _, files in os.walk(folder):
        for name in files:
            try:
                total += (Path(base) / name).stat().st_blocks * 512
            except FileNotFoundError:
                continue
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=5000, help="of the table's text")
    parser.add_argument("--memory", type=int, default=448, help="megabytes that DuckDB may hold")
    parser.add_argument("--rows", type=int, default=0, help="samples, as snap diff --rows")
    options = parser.parse_args()
    rows = options.megabytes * 1_000_000 // _ROW_BYTES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # root's server runs as another user
        temporary = folder / "temporary"
        temporary.mkdir()
        with cluster(folder / "pg") as pg:
            pg.run("postgres", "CREATE DATABASE large")
            make(pg, rows)
            started = time.perf_counter()
            manifest = capture(
                Store(folder),
                Target(pg.url("large")),
                CaptureRequest(
                    version="large",
                    mask_key=secrets.token_bytes(32),
                    created="2026-01-01T00:00:00Z",
                    environment=os.environ,
                ),
            )
            [(size,)] = pg.run("large", "SELECT pg_total_relation_size('large')")
            print(
                f"{rows:,} rows, {size / 1e6:,.0f} MB in Postgres, {manifest.bytes / 1e6:,.0f} MB of Parquet, "
                f"captured in {time.perf_counter() - started:.0f} s"
            )
            edit(pg, rows)
            command = [sys.executable, "-c", _WORK, str(folder), pg.url("large"), str(options.memory << 20)]
            answer, seconds, most = watched([*command, str(options.rows)], temporary)
            added = rows // 1000
            removed = len(range(2, rows + 1, 1000))
            changed = len(range(1, rows + 1, 1000))
            if answer["counts"] != [added, removed, changed, rows - removed - changed]:
                raise SystemExit(f"the diff counts {answer['counts']}")
            print(
                f"diff in {seconds:.0f} s: peak memory {answer['peak_kb'] / 1e3:,.0f} MB with DuckDB limited to "
                f"{options.memory} MB, at most {most / 1e6:,.0f} MB of temporary files"
            )


if __name__ == "__main__":
    main()
