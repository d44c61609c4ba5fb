"""`snap db`: the embedded Postgres."""

from __future__ import annotations

from typing import Any

from snap_cli.command import Command
from snap_cli.db import allow, psql, start, stop, url

COMMANDS: tuple[Command[Any], ...] = (start.COMMAND, stop.COMMAND, url.COMMAND, psql.COMMAND, allow.COMMAND)
