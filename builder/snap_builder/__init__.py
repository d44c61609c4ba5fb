"""Declarations to snapshots: what a dataset is, and the build of a version of it. Knows no Postgres.

dataset.py   what a dataset offers: its schema, its volumes, and a plan that makes any part of any table
request.py   what a build is asked for
inputs.py    profile, scale, rows, seed and as-of, as the plan takes them
parts.py     every table cut into parts, each made and written on its own
sharing.py   a share of the parts, made by one of several processes; all shares put together
shares.py    the records that shares leave
agreement.py  what a build has to agree with: the published version, other shares
workers.py   what a worker does: one part made and written aside
executors.py  workers: threads, a dask cluster, any other executor
previewing.py  the first rows of a table, without a file
starting.py  the text of a first dataset.py, and what was recognised
reference/   docs/words.md, from the docstrings of the words
revision.py  the hash of all that fixes a dataset's values
locating.py  where a project's datasets are declared
find.py      a project's own dataset.py, or a bundled one, imported and compiled
bundle.py    what comes with a bundled dataset besides its declaration
building.py  a version built and published, or built again and compared
purity.py    functions of people's own, called for every part whole and in cuts
proof.py     every check on a snapshot's files, with the rules of its dataset
media.py     the files that come with a dataset
declare/     the words that people write in a dataset.py
compiled/    a declaration over a schema, as a plan
engine/      streams of random bits, blocks, curves, fan-outs, pairs, texts and times
words/       committed lists of words, and the command that fills them
datasets/    the datasets that come with snap

What others may use is named here, and imported when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snap_builder.building import Built, build, further_findings, publish
    from snap_builder.dataset import Dataset, Inputs, Plan
    from snap_builder.executors import workers_of
    from snap_builder.find import bundled, load
    from snap_builder.inputs import make_inputs, parse_scale
    from snap_builder.locating import locate, names
    from snap_builder.previewing import preview
    from snap_builder.proof import prove
    from snap_builder.purity import purity_of
    from snap_builder.request import BuildRequest, Prove, Proved
    from snap_builder.shares import Share, parse_share
    from snap_builder.sharing import Shared, agreement_of, build_share
    from snap_builder.starting import Started, start

_MODULES = {
    "Built": "building",
    "Dataset": "dataset",
    "Inputs": "dataset",
    "Plan": "dataset",
    "BuildRequest": "request",
    "Prove": "request",
    "Proved": "request",
    "build": "building",
    "bundled": "find",
    "further_findings": "building",
    "load": "find",
    "locate": "locating",
    "names": "locating",
    "make_inputs": "inputs",
    "parse_scale": "inputs",
    "preview": "previewing",
    "prove": "proof",
    "purity_of": "purity",
    "publish": "building",
    "Share": "shares",
    "parse_share": "shares",
    "Shared": "sharing",
    "agreement_of": "sharing",
    "build_share": "sharing",
    "Started": "starting",
    "start": "starting",
    "workers_of": "executors",
}
__all__ = [
    "BuildRequest",
    "Built",
    "Dataset",
    "Inputs",
    "Plan",
    "Prove",
    "Proved",
    "Share",
    "Shared",
    "Started",
    "agreement_of",
    "build",
    "build_share",
    "bundled",
    "further_findings",
    "load",
    "locate",
    "make_inputs",
    "names",
    "parse_scale",
    "parse_share",
    "preview",
    "prove",
    "publish",
    "purity_of",
    "start",
    "workers_of",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value
