"""Create a project whose own dataset is the toy, so that any process can make it."""

from __future__ import annotations

import shutil
from pathlib import Path

from snap.manifest import Parameters
from snap.schema import Schema
from snap.schema_json import read_schema_json
from snap_builder import BuildRequest, Dataset, load, locate
from snap_builder.executors import Workers
from tests.paths import ROOT

POOLS = """
import multiprocessing, os
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent


def _counted():
    with (HERE / "opened").open("a") as file:
        file.write("x")
    return (HERE / "opened").stat().st_size


def pool(workers=2, **kw):
    _counted()
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), **kw)


def threads():
    return ThreadPoolExecutor(3)


def dying():
    return pool(initializer=os._exit, initargs=(9,))


def dying_at_first():
    return dying() if not (HERE / "opened").exists() else pool()


class Elsewhere(Executor):
    "An executor whose workers write to another disk than ours."

    def submit(self, function, *arguments):
        made = Future()
        done = function(*arguments)
        (function.args[0].work / done.file).unlink()
        made.set_result(done)
        return made


class Bare(ThreadPoolExecutor):
    "An executor whose workers lack a library."

    def submit(self, function, *arguments):
        return super().submit(__import__, "no_such_library")


nothing = None
number = lambda: 7


def failing():
    raise OSError("no\\nnodes")
"""


def make_project(folder: Path) -> Path:
    """Create a project with dataset `toy` and the module `pools` of executors; return its folder."""
    for name in ("manifests", "snapshots", "datasets"):
        (folder / name).mkdir()
    shutil.copytree(ROOT / "tests" / "toy", folder / "datasets" / "toy")
    (folder / "pools.py").write_text(POOLS)
    return folder


def own_toy(project: Path) -> Dataset:
    """Return the project's dataset."""
    source = locate(project, "toy")
    assert source is not None
    return load(source, kept)


def kept(script: Path, source: bytes) -> Schema:
    schema = read_schema_json(script.with_suffix(".json").read_bytes(), source)
    assert schema is not None
    return schema


def toy_request(
    project: Path,
    version: str = "t",
    *,
    scale: str = "10",
    workers: str | None = None,
    seed: int = 7,
    force: bool = False,
) -> BuildRequest:
    """Return a request for the project's toy, made by threads or by an executor of the project."""
    dataset = own_toy(project)
    return BuildRequest(
        version=version,
        dataset=dataset,
        parameters=Parameters(dataset="toy", profile="staging", scale=scale, sets=(), seed=seed, as_of=dataset.as_of),
        created="2026-11-22T00:00:00Z",
        jobs=2,
        force=force,
        workers=None if workers is None else Workers(name=workers, project=project),
    )
