"""Restore snapshots into Postgres. This module names what others may use, and importing it imports no driver.

pg/       the target, its session and catalog, the guard, the ledger and the journal; sql/ holds static SQL, by name
values/   values between a snapshot's columns and Postgres, one module for each direction
load/     the plan of a load, COPY, verification
replace/  mode replace: all rows
merge/    modes missing and sync: only the rows that differ
live/     a live database, read for diff and capture
dump/     dumps of schemas, restored and proved
schemas/  schemas that are emptied, and migrations
prove/    facts about a database, for health and status
clones/   whole databases as copies of templates
image/    a container image that begins with a snapshot
local/    the embedded server

A restore of staging volumes is mostly start-up time, so modules that most restores do not need are imported on demand.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snap_restorer.clones.ahead import LenderAhead
    from snap_restorer.clones.cloning import clone_into
    from snap_restorer.clones.handout import clone, cloned, drop
    from snap_restorer.clones.lending import Lender, Loan
    from snap_restorer.clones.measuring import snapshot_shapes
    from snap_restorer.clones.proving import InPostgres, prove_in_postgres
    from snap_restorer.clones.read_schema import read_database_schema, read_database_tables, read_schema
    from snap_restorer.dump.put_back import PutBack
    from snap_restorer.image.compose import ComposeRequest, compose
    from snap_restorer.image.context import Image, ImageRequest, digest_of, require_free, tag, write_image
    from snap_restorer.live.shapes import read_shapes
    from snap_restorer.local.databases import HeldDatabase, databases_of, require_held, reset_database
    from snap_restorer.local.embedded import Embedded
    from snap_restorer.local.server import Server
    from snap_restorer.local.superuser import embedded_target
    from snap_restorer.pg.guard import Guard
    from snap_restorer.pg.target import Target
    from snap_restorer.prove.holding import Drift, Holding, read_holding
    from snap_restorer.request import Mode, Request, Verify, day
    from snap_restorer.restoring import restore
    from snap_restorer.result import Conflict, Effects, Outline, RestoreResult, TableOutline, TableResult

_MODULES = {
    "clones.ahead": ("LenderAhead",),
    "clones.cloning": ("clone_into",),
    "clones.handout": ("clone", "cloned", "drop"),
    "clones.lending": ("Lender", "Loan"),
    "clones.measuring": ("snapshot_shapes",),
    "clones.proving": ("InPostgres", "prove_in_postgres"),
    "clones.read_schema": ("read_database_schema", "read_database_tables", "read_schema"),
    "dump.put_back": ("PutBack",),
    "image.compose": ("ComposeRequest", "compose"),
    "image.context": ("Image", "ImageRequest", "digest_of", "require_free", "tag", "write_image"),
    "live.shapes": ("read_shapes",),
    "local.databases": ("HeldDatabase", "databases_of", "require_held", "reset_database"),
    "local.embedded": ("Embedded",),
    "local.server": ("Server",),
    "local.superuser": ("embedded_target",),
    "pg.guard": ("Guard",),
    "pg.target": ("Target",),
    "prove.holding": ("Drift", "Holding", "read_holding"),
    "request": ("Mode", "Request", "Verify", "day"),
    "restoring": ("restore",),
    "result": ("Conflict", "Effects", "Outline", "RestoreResult", "TableOutline", "TableResult"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}
__all__ = [
    "ComposeRequest",
    "Conflict",
    "Drift",
    "Effects",
    "Embedded",
    "Guard",
    "HeldDatabase",
    "Holding",
    "Image",
    "ImageRequest",
    "InPostgres",
    "Lender",
    "LenderAhead",
    "Loan",
    "Mode",
    "Outline",
    "PutBack",
    "Request",
    "RestoreResult",
    "Server",
    "TableOutline",
    "TableResult",
    "Target",
    "Verify",
    "clone",
    "clone_into",
    "cloned",
    "compose",
    "databases_of",
    "day",
    "digest_of",
    "drop",
    "embedded_target",
    "prove_in_postgres",
    "read_database_schema",
    "read_database_tables",
    "read_holding",
    "read_schema",
    "read_shapes",
    "require_free",
    "require_held",
    "reset_database",
    "restore",
    "snapshot_shapes",
    "tag",
    "write_image",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
