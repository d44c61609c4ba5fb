"""`snap db`: the embedded Postgres."""

from __future__ import annotations

from typing import Any

from snap_cli.command import Command
from snap_cli.db import allow, env, psql, remove, reset, start, status, stop, url

COMMANDS: tuple[Command[Any], ...] = (
    start.COMMAND,
    stop.COMMAND,
    status.COMMAND,
    url.COMMAND,
    env.COMMAND,
    psql.COMMAND,
    reset.COMMAND,
    remove.COMMAND,
    allow.COMMAND,
)
