"""`snap nightly`: a staging database that refreshes itself every night, and the repair of a night that was cut."""

from __future__ import annotations

from typing import Any

from snap_cli.command import Command
from snap_cli.nightly import repair, run

COMMANDS: tuple[Command[Any], ...] = (run.COMMAND, repair.COMMAND)
