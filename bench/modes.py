"""restore --mode missing and --mode sync against a replace restore of the same snapshot, into one database.

    python bench/modes.py --db "host=/tmp/pg dbname=bench" --root FOLDER --version big     # medians of 3, in turn

The database is overwritten. Cases run in this process, imports done, files verified each time; with --processes each
is a `snap restore` of its own, its imports included.

- replace: every row; the others are ratios of this
- missing, nothing missing; missing, 1 % of all rows missing (recipes go with what hangs on them)
- sync, nothing to do; sync after 1 % random inserts, updates and deletes of every table, while a reader polls: how long
  its slowest query took beside its median before, and whether it saw anything but the state before and after; the same
  after edits whose triggers moved counters of a tenth of all recipes
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from snap.store import Store
from snap.verify import require_intact
from snap_restorer import Target, restore
from snap_restorer.pg.guard import Guard
from snap_restorer.request import Request

ROOT = Path(__file__).resolve().parent.parent

DELETE = """
DELETE FROM recipes WHERE random() < 0.01;
DELETE FROM nutrition WHERE random() < 0.01;
DELETE FROM user_follows WHERE random() < 0.01;
DELETE FROM recipe_collections WHERE random() < 0.01;
"""
EDIT = """
UPDATE users SET bio = 'edited' WHERE random() < 0.01;
UPDATE recipes SET description = 'edited' WHERE random() < 0.005;
UPDATE recipes SET instructions = '[]' WHERE random() < 0.005;
DELETE FROM recipes WHERE random() < 0.01;
INSERT INTO recipes (author_id, title, slug, ingredients, instructions, prep_duration, cook_duration, servings,
        difficulty, cuisine_type, meal_type, nutrition)
    SELECT author_id, title, slug || '-copy', ingredients, instructions, prep_duration, cook_duration, servings,
        difficulty, cuisine_type, meal_type, nutrition FROM recipes WHERE random() < 0.01 AND length(slug) < 270;
UPDATE nutrition SET canonical_string = 'edited' WHERE random() < 0.01;
DELETE FROM nutrition WHERE random() < 0.01;
UPDATE recipe_likes SET created_at = created_at + '1 s' WHERE random() < 0.01;
DELETE FROM recipe_likes WHERE random() < 0.01;
INSERT INTO recipe_likes SELECT u.id, r.id, now() FROM
    (SELECT id FROM users ORDER BY random() LIMIT 100) u, (SELECT id FROM recipes ORDER BY random() LIMIT 50) r
    ON CONFLICT DO NOTHING;
UPDATE recipe_ratings SET comment = 'edited' WHERE random() < 0.01;
DELETE FROM recipe_ratings WHERE random() < 0.01;
INSERT INTO recipe_ratings (user_id, recipe_id, rating) SELECT u.id, r.id, 3 FROM
    (SELECT id FROM users ORDER BY random() LIMIT 100) u, (SELECT id FROM recipes ORDER BY random() LIMIT 20) r
    ON CONFLICT DO NOTHING;
DELETE FROM user_follows WHERE random() < 0.01;
DELETE FROM recipe_collections WHERE random() < 0.01;
INSERT INTO recipe_collections (user_id, name) SELECT id, 'new' FROM users ORDER BY random() LIMIT 200;
DELETE FROM recipe_collection_items WHERE random() < 0.01;
"""
# A state in 10 ms: all of what a few small tables hold, edited together with the large ones.
POLLED = """SELECT (SELECT count(*) FROM user_follows), (SELECT count(*) FROM recipe_collections),
    (SELECT md5(string_agg(canonical_string, '' ORDER BY ingredient_hash)) FROM nutrition
     WHERE ingredient_hash < '2')"""


def execute(db: str, statements: str) -> None:
    with psycopg.connect(db, autocommit=True) as connection:
        connection.execute(statements.encode())


def snap(options: argparse.Namespace, *arguments: str) -> float:
    if not options.processes:
        mode: Any = arguments[1] if len(arguments) > 1 else "replace"
        started = time.perf_counter()
        store = Store(options.root)
        snapshot = store.resolve(options.version)
        require_intact(snapshot)
        restore(snapshot, Target(options.db), Request(mode=mode, guard=Guard(yes="--yes" in arguments)))
        return time.perf_counter() - started
    command = [sys.executable, "-m", "snap", "restore", options.version, "--root", str(options.root), "--quiet"]
    started = time.perf_counter()
    subprocess.run([*command, "--db", options.db, *arguments], check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    return time.perf_counter() - started


class Reader:
    """A session that polls while something runs."""

    def __init__(self, db: str) -> None:
        self._db, self._stop = db, threading.Event()
        self.took: list[float] = []
        self.seen: list[Any] = []
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with psycopg.connect(self._db, autocommit=True) as connection:
            while not self._stop.is_set():
                started = time.perf_counter()
                row = connection.execute(POLLED).fetchone()
                self.took.append(time.perf_counter() - started)
                if row not in self.seen:
                    self.seen.append(row)
                self._stop.wait(0.05)

    def __enter__(self) -> Reader:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--db", required=True)
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--version", default="big")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--processes", action="store_true")
    options = parser.parse_args()
    readers: list[tuple[float, float, int]] = []

    def polled() -> float:
        with Reader(options.db) as quiet:
            time.sleep(1)
        with Reader(options.db) as reader:
            took = snap(options, "--mode", "sync")
            time.sleep(0.2)
        readers.append((statistics.median(quiet.took), max(reader.took), len(reader.seen)))
        return took

    cases: dict[str, tuple[str, Callable[[], float]]] = {
        "replace": ("", lambda: snap(options, "--yes")),
        "missing: nothing": ("", lambda: snap(options, "--mode", "missing")),
        "missing: 1 %": (DELETE, lambda: snap(options, "--mode", "missing")),
        "sync: nothing": ("", lambda: snap(options, "--mode", "sync")),
        "sync: 1 %": ("SET session_replication_role = replica;" + EDIT, polled),
        "sync: 1 %, triggers": (EDIT, polled),
    }
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    snap(options, "--yes")
    for _ in range(options.runs):  # in turn, so that a slow minute of the machine meets all of them
        for name, (before, run) in cases.items():
            if before:
                execute(options.db, before)
                execute(options.db, "CHECKPOINT")
            seconds[name].append(run())
    medians = {name: statistics.median(took) for name, took in seconds.items()}
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, medians of {options.runs}\n")
    for name, median in medians.items():
        print(f"{name:22}{median:8.2f} s{median / medians['replace']:8.2f}")
    for before, slowest, states in readers:
        print(f"reader: {before * 1000:.0f} ms a query before, at most {slowest * 1000:.0f} ms, {states} states seen")


if __name__ == "__main__":
    main()
