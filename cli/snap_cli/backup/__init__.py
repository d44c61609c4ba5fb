"""`snap backup`: back up a database to a folder or bucket, and list, restore, prove or remove backups."""

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
