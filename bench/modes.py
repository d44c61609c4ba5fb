"""Measure restore --mode missing and --mode sync against a replace restore of the same snapshot into one database.

    python bench/modes.py --db "host=/tmp/pg dbname=bench" --root FOLDER --version big     # medians of 3, in turn

The database is overwritten. Cases run in this process after all imports, and verify the files each time. With
--processes each case is a `snap restore` of its own, including its imports.

- replace: every row; the base of the other cases' ratios
- missing, nothing missing; missing, 1 % of all rows missing (recipes with the rows that reference them)
- sync, nothing to do; sync after 1 % random inserts, updates and deletes in every table, while a reader polls: its
  slowest query against its median before, and whether it saw any state except the old and the new one; the same after
  edits whose triggers changed counters of a tenth of all recipes
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from measure import ROOT, arguments, heading, in_turn, snap, timed

from snap.store import Store
from snap.verify import require_intact
from snap_restorer import Target, restore
from snap_restorer.pg.guard import Guard
from snap_restorer.request import Mode, Request

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
# Reads the whole content of a few small tables in 10 ms. They are edited together with the large ones.
POLLED = """SELECT (SELECT count(*) FROM user_follows), (SELECT count(*) FROM recipe_collections),
    (SELECT md5(string_agg(canonical_string, '' ORDER BY ingredient_hash)) FROM nutrition
     WHERE ingredient_hash < '2')"""


def execute(db: str, statements: str) -> None:
    with psycopg.connect(db, autocommit=True) as connection:
        connection.execute(statements.encode())


def restored(options: argparse.Namespace, mode: Mode) -> float:
    """Restore the snapshot and return the seconds that it took."""
    if options.processes:
        request = ["--yes"] if mode == "replace" else ["--mode", mode]
        where = ["--root", str(options.root), "--quiet", "--db", options.db]
        return snap("restore", options.version, *where, *request).seconds

    def work() -> None:
        snapshot = Store(options.root).resolve(options.version)
        require_intact(snapshot)
        restore(snapshot, Target(options.db), Request(mode=mode, guard=Guard(yes=mode == "replace")))

    return timed(work)[0]


class Reader:
    """A session that polls the database in a thread and records durations and results."""

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
    parser = arguments(__doc__, 3)
    parser.add_argument("--db", required=True)
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--version", default="big")
    parser.add_argument("--processes", action="store_true")
    options = parser.parse_args()
    readers: list[tuple[float, float, int]] = []

    def polled() -> float:
        with Reader(options.db) as quiet:
            time.sleep(1)
        with Reader(options.db) as reader:
            took = restored(options, "sync")
            time.sleep(0.2)
        readers.append((statistics.median(quiet.took), max(reader.took), len(reader.seen)))
        return took

    def after(statements: str, run: Callable[[], float]) -> float:
        execute(options.db, statements)
        execute(options.db, "CHECKPOINT")
        return run()

    replace, missing = partial(restored, options, "replace"), partial(restored, options, "missing")
    replace()
    taken = in_turn(
        {
            "replace": replace,
            "missing: nothing": missing,
            "missing: 1 %": partial(after, DELETE, missing),
            "sync: nothing": partial(restored, options, "sync"),
            "sync: 1 %": partial(after, "SET session_replication_role = replica;" + EDIT, polled),
            "sync: 1 %, triggers": partial(after, EDIT, polled),
        },
        options.runs,
    )
    medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
    print(heading(options.runs))
    for name, median in medians.items():
        print(f"{name:22}{median:8.2f} s{median / medians['replace']:8.2f}")
    for before, slowest, states in readers:
        print(f"reader: {before * 1000:.0f} ms a query before, at most {slowest * 1000:.0f} ms, {states} states seen")


if __name__ == "__main__":
    main()
