"""`snap backup`: back up a database into a folder or a bucket; list backups, put back or prove one, remove old ones."""

from __future__ import annotations

from typing import Any

from snap_cli.backup import create, drill, prune, restore, rm
from snap_cli.backup import list as listing
from snap_cli.command import Command

COMMANDS: tuple[Command[Any], ...] = (
    create.COMMAND,
    listing.COMMAND,
    restore.COMMAND,
    drill.COMMAND,
    prune.COMMAND,
    rm.COMMAND,
)
