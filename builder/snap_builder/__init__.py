"""The builder: compiles declarations of datasets and builds snapshots from them. Does not use Postgres.

dataset.py   what a dataset offers: its schema, its volumes, and a plan that makes any part of any table
request.py   the options of a build
inputs.py    rows, proportions, seed and as-of of a build, from its profile, scale and options
parts.py     cuts every table into parts, and has each part made and written on its own
sharing.py   builds a share of the parts in one of several processes, and puts all shares together
shares.py    the record files of shares
share_answers.py  the answers of the rules that a share has run
sums_files.py  files of sums over the rows of a share's parts
agreement.py  compares the parameters and the revision of a build with those of existing versions
workers.py   makes one part in a worker, and writes it to a temporary file
completing.py  adds the columns that depend on the children in all parts
executors.py  workers: threads, a dask cluster, any other executor
previewing.py  makes the first rows of a table without writing a file
starting.py  writes a first dataset.py for a schema
reference/   generates docs/words.md from the docstrings of the words
revision.py  the hash of everything that determines a dataset's values
locating.py  finds where a project's datasets are declared
find.py      imports and compiles a project's own dataset.py or a bundled one
bundle.py    adds the further files of a bundled dataset to its declaration
building.py  builds and publishes a version, or rebuilds and compares it
purity.py    calls user-defined functions for every part, whole and in cuts
proof.py     runs every check on a snapshot's files, with the rules of its dataset
refusals.py  says which table, constraint and words Postgres' refusal of rows is about
media.py     the media files of a dataset
declare/     the words that people write in a dataset.py
compiled/    compiles a declaration and a schema into a plan
engine/      streams of random bits, blocks, curves, fan-outs, pairs, texts and times
words/       committed lists of words, and the commands that fill them
datasets/    the datasets that come with snap

This module names the public functions and classes. Each is imported when it is first used.
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
