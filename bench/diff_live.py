"""Measure the diff of a snapshot against a live database, relative to reading the database's rows once through ADBC.

    python bench/diff_live.py                                        # medians of 5, in turn
    python bench/diff_live.py --scale 1/5 --runs 3 --peer /tmp/peers/bin/reladiff

The server is a temporary one with a stock configuration (bench/cluster.py). Cases:

- read: SELECT * of every table through ADBC into Arrow, and discard it: the base of the other cases' ratios
- identical: `snap diff A --db`, where every table's digest agrees
- edited: the same after about 0.1 % of the rows of every table were changed or deleted; every table is read
- edited, read first: the same without the server's digests
- three-way: both a new version of 1.001 times the rows and the edited database

With --peer, the program (reladiff, data-diff) compares the table with the most rows, by its key, in two databases that
both hold the snapshot. `snap diff` of the same database compares all tables.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

import psycopg
from cluster import cluster
from diff import SHARE, build, moment
from measure import arguments, heading, in_turn, timed
from psycopg import sql

from snap.compare import compare, compare_three, snapshot_side
from snap.store import Snapshot
from snap_restorer import Target, restore
from snap_restorer.live.reader import open_reader
from snap_restorer.live.side import live_side

# In every table, half of the share is deleted, and half is shifted by a second if there is a timestamp outside the key.
DELETE = "DELETE FROM {table} WHERE ctid IN (SELECT ctid FROM {table} TABLESAMPLE BERNOULLI ({share}) REPEATABLE (1))"
NO_CHECKS = """DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT conrelid::regclass AS name, conname FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0 LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.name, one.conname);
    END LOOP;
END $$"""
CHANGE = (
    "UPDATE {table} SET {column} = {column} + interval '1 s' "
    "WHERE ctid IN (SELECT ctid FROM {table} TABLESAMPLE BERNOULLI ({share}) REPEATABLE (2))"
)


def read_once(db: str, snapshot: Snapshot) -> None:
    with open_reader(Target(db)) as reader:
        for data in snapshot.manifest.tables:
            name = sql.Identifier(data.table.schema, data.table.name)
            for _ in reader.batches(sql.SQL("SELECT * FROM {}").format(name).as_string(None), data.table.label):
                pass


def diff(db: str, snapshot: Snapshot, *, other: Snapshot | None = None) -> bool:
    snapshots = [snapshot] if other is None else [snapshot, other]
    with live_side(Target(db), *(s.manifest for s in snapshots)) as side:
        if other is not None:
            return compare_three(snapshot_side(snapshot), snapshot_side(other), side).identical
        return compare(snapshot_side(snapshot), side).identical


def read_first(db: str, snapshot: Snapshot) -> bool:
    """Diff without the server's digests, by giving it a manifest with other row counts."""
    tables = tuple(replace(data, rows=data.rows + 1) for data in snapshot.manifest.tables)
    unknown = replace(snapshot.manifest, tables=tables)  # other row counts settle the comparison at once
    with live_side(Target(db), unknown) as side:
        return compare(snapshot_side(snapshot), side).identical


def edit(db: str, snapshot: Snapshot) -> None:
    with psycopg.connect(db, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(NO_CHECKS)
        for data in snapshot.manifest.tables:
            values = {"table": sql.Identifier(data.table.schema, data.table.name), "share": sql.Literal(50 / SHARE)}
            column = moment(data.table)
            if column is not None:
                connection.execute(sql.SQL(CHANGE).format(column=sql.Identifier(column), **values))
            connection.execute(sql.SQL(DELETE).format(**values))
        connection.execute("VACUUM ANALYZE")


def peer(options: argparse.Namespace, dbs: tuple[str, str], snapshot: Snapshot) -> None:
    data = max(snapshot.manifest.tables, key=lambda data: data.rows)
    keys = [argument for name in data.table.primary_key for argument in ("-k", name)]
    columns = [
        argument
        for column in data.table.stored
        if column.name not in data.table.primary_key
        for argument in ("-c", column.name)
    ]
    name = f"{data.table.schema}.{data.table.name}"
    command = [options.peer, dbs[0], name, dbs[1], name, *keys, *columns]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    parser = arguments(__doc__, 5)
    parser.add_argument("--scale", type=Fraction, default=Fraction(1))
    parser.add_argument("--keep", type=Path, help="make the snapshots here, and use those that are here already")
    parser.add_argument("--peer", help="reladiff or data-diff, installed somewhere")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = options.keep or Path(temporary)
        root.mkdir(parents=True, exist_ok=True)
        first = build(root, "first", options.scale)
        following = build(root, "next", options.scale * Fraction(SHARE + 1, SHARE))
        Path(temporary).chmod(0o755)  # root's server runs as another user
        with cluster(Path(temporary) / "pg") as pg:
            pg.run("postgres", "CREATE DATABASE one", "CREATE DATABASE two")
            _run(options, (pg.url("one"), pg.url("two")), first, following)


def _run(options: argparse.Namespace, dbs: tuple[str, str], first: Snapshot, following: Snapshot) -> None:
    db = dbs[0]
    restore(first, Target(db))
    cases: dict[str, Callable[[], object]] = {
        "read": lambda: read_once(db, first),
        "identical": lambda: diff(db, first),
    }
    if options.peer:
        restore(first, Target(dbs[1]))
        cases["peer, one table"] = lambda: peer(options, dbs, first)
    print(heading(options.runs))
    if not diff(db, first):
        raise SystemExit("the restored snapshot differs")
    _report(cases, options.runs)
    edit(db, first)
    if diff(db, first):
        raise SystemExit("the edits are not seen")
    print()
    _report(
        {
            "read": lambda: read_once(db, first),
            "edited": lambda: diff(db, first),
            "edited, read first": lambda: read_first(db, first),
            "three-way": lambda: diff(db, first, other=following),
        },
        options.runs,
    )


def _report(cases: dict[str, Callable[[], object]], runs: int) -> None:
    taken = in_turn({name: partial(timed, work) for name, work in cases.items()}, runs)
    medians = {name: statistics.median(seconds for seconds, _ in each) for name, each in taken.items()}
    for name, median in medians.items():
        print(f"{name:22}{median:8.2f} s{median / medians['read']:8.2f}")


if __name__ == "__main__":
    main()
