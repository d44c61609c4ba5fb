"""Measure builds of any profile's volumes, against Faker and Mimesis making similar recipes row by row.

    python bench/recipes.py                    # staging, then poc2; medians of 3
    python bench/recipes.py --runs 5 --profile poc2

Every figure is for a whole process: wall-clock seconds and peak resident memory, as counted by the kernel. The peers
make only 20,000 recipe rows (title, description, ingredients and instructions as JSON, the scalar columns), without
checks, files or other tables. Their seconds are given per 100,000 recipes, so the ratio favours them.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable
from functools import partial

from measure import Taken, arguments, command, heading, in_turn, snap

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
from snap_builder import bundled, make_inputs
from snap.manifest import Parameters
worldchef = bundled("worldchef")
parameters = Parameters(
    dataset="worldchef", profile="poc2", scale="1", sets=(), seed=worldchef.seed, as_of=worldchef.as_of
)
inputs = make_inputs(worldchef, parameters)
plan = worldchef.plan(inputs)
for start in range(0, inputs.rows["recipes"], 8192):
    plan.part("recipes", start, min(start + 8192, inputs.rows["recipes"]))
"""


def build(profile: str, jobs: int) -> Taken:
    with tempfile.TemporaryDirectory() as root:
        return snap("build", "bench", "--profile", profile, "--jobs", str(jobs), "--quiet", "--root", root)


def main() -> None:
    parser = arguments(__doc__, 3)
    parser.add_argument("--profile", action="append", choices=["staging", "poc2"])
    options = parser.parse_args()
    cases: dict[str, Callable[[], Taken]] = {
        f"snap build --profile {profile} --jobs {jobs}": partial(build, profile, jobs)
        for profile in options.profile or ["staging", "poc2"]
        for jobs in (1, 2)
    }
    cases[RECIPES] = partial(command, [sys.executable, "-c", OURS])
    for name, setup in PEER.items():
        cases[name] = partial(command, [sys.executable, "-c", setup + PEER_LOOP.format(rows=PEER_ROWS)])
    print(heading(options.runs))
    print(f"{'':44}{'s':>9}{'MB':>8}")
    for name, taken in in_turn(cases, options.runs).items():
        seconds = statistics.median(run.seconds for run in taken)
        memory = statistics.median(run.megabytes or 0 for run in taken)
        label = name
        if name in PEER:
            label, seconds = f"{name}, 100,000 recipes row by row", seconds * 100_000 / PEER_ROWS
        print(f"{label:44}{seconds:9.2f}{memory:8.0f}")


if __name__ == "__main__":
    main()
