"""`snap nightly`: refresh a staging database every night, and repair an interrupted night."""

from __future__ import annotations

from typing import Any

from snap_cli.command import Command
from snap_cli.nightly import repair, run

COMMANDS: tuple[Command[Any], ...] = (run.COMMAND, repair.COMMAND)
