"""Build volumes of any profile, against Faker and Mimesis making the same kind of recipe row by row.

    python bench/build.py                    # staging, then poc2; medians of 3
    python bench/build.py --runs 5 --profile poc2

Every figure is of a whole process: seconds of wall clock and peak resident memory, as the kernel counted them. The
peers make recipe rows only (title, description, ingredients and instructions as JSON, the scalar columns), 20,000 of
them, without checks, files or other tables; their seconds are given per 100,000 recipes. So the ratio flatters them.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEER_ROWS = 20_000
RECIPES = "snap, keys of all tables, 100,000 recipes"

PEER = {
    "faker": """
import json, random
from faker import Faker
fake = Faker(); Faker.seed(1); random.seed(1)
word, sentence, name, number = fake.word, fake.sentence, fake.name, random.randint
moment = lambda: fake.date_time_between("-2y").isoformat()
key = fake.uuid4
""",
    "mimesis": """
import json, random
from mimesis import Generic
g = Generic(seed=1); random.seed(1)
word, sentence, name, number = g.text.word, g.text.sentence, g.person.full_name, random.randint
moment = lambda: g.datetime.datetime(start=2024, end=2026).isoformat()
key = g.cryptographic.uuid
""",
}
PEER_LOOP = """
rows = []
for _ in range({rows}):
    foods = [word() for _ in range(8)]
    steps = [{{"step": i, "text": sentence(), "minutes": number(1, 30), "ingredients": foods[:2]}} for i in range(6)]
    rows.append((
        str(key()), str(key()), sentence(), sentence(), sentence(), json.dumps(steps),
        json.dumps([{{"name": f, "quantity": number(1, 500), "unit": "g"}} for f in foods]),
        number(5, 60), number(5, 90), number(1, 8), word(), word(), word(), moment(), moment(), moment(),
    ))
"""

OURS = """
from snap_builder import make_inputs
from snap_builder.datasets.worldchef import dataset
from snap.manifest import Parameters
it = dataset()
asked = Parameters(dataset="worldchef", profile="poc2", scale="1", sets=(), seed=it.seed, as_of=it.as_of)
inputs = make_inputs(it, asked)
plan = it.plan(inputs)
for start in range(0, inputs.rows["recipes"], 8192):
    plan.part("recipes", start, min(start + 8192, inputs.rows["recipes"]))
"""


def run(command: list[str], folder: Path) -> tuple[float, float]:
    """Run a command in `folder`; give wall seconds and the largest resident size of its processes in MB."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return seconds, usage.ru_maxrss / 1024


def build(profile: str, jobs: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("manifests", "snapshots"):
            (folder / part).mkdir()
        return run(
            [sys.executable, "-m", "snap", "build", "bench", "--profile", profile, "--jobs", str(jobs), "--quiet"],
            folder,
        )


def recipes() -> tuple[float, float]:
    return run([sys.executable, "-c", OURS], ROOT)


def peer(name: str) -> tuple[float, float]:
    return run([sys.executable, "-c", PEER[name] + PEER_LOOP.format(rows=PEER_ROWS)], ROOT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--profile", action="append", choices=["staging", "poc2"])
    options = parser.parse_args()
    cases = {
        f"snap build --profile {profile} --jobs {jobs}": (profile, jobs)
        for profile in options.profile or ["staging", "poc2"]
        for jobs in (1, 2)
    }
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in [*cases, RECIPES, *PEER]}
    for _ in range(options.runs):  # in turn, so that a slow minute of the machine meets all of them
        for name, case in cases.items():
            figures[name].append(build(*case))
        figures[RECIPES].append(recipes())
        for name in PEER:
            figures[name].append(peer(name))
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, medians of {options.runs}\n")
    print(f"{'':44}{'s':>9}{'MB':>8}")
    for name, values in figures.items():
        seconds = statistics.median(value[0] for value in values)
        memory = statistics.median(value[1] for value in values)
        if name in PEER:
            label, seconds = f"{name}, 100,000 recipes row by row", seconds * 100_000 / PEER_ROWS
        else:
            label = name
        print(f"{label:44}{seconds:9.2f}{memory:8.0f}")


if __name__ == "__main__":
    main()
