"""Every error that a user may see, as one tree.

SnapError                 70  internal     a bug of ours
├── UsageError             2  usage        the command or its parameters make no sense
├── SnapshotError          3  snapshot     missing, corrupt or of an unknown format
├── CheckError             4  check        the data break a rule
├── TargetError            5  target       the database refuses, or we refuse it
├── ServiceError           6  service      Postgres, storage or the network failed
└── Interrupted       130/143 interrupted  Ctrl-C or SIGTERM

An error's message names the thing that is wrong; its hint says what to do next.
"""

from __future__ import annotations

from typing import ClassVar


class SnapError(Exception):
    """Base of all errors; carries a message, a hint, and through its class the exit code and JSON kind."""

    code: ClassVar[int] = 70
    kind: ClassVar[str] = "internal"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(SnapError):
    code = 2
    kind = "usage"


class SnapshotError(SnapError):
    code = 3
    kind = "snapshot"


class CheckError(SnapError):
    code = 4
    kind = "check"


class TargetError(SnapError):
    code = 5
    kind = "target"


class ServiceError(SnapError):
    code = 6
    kind = "service"


class Interrupted(SnapError):  # noqa: N818 - an interruption is no error of anyone's
    """Raised in the main thread by a signal; `signal` 2 exits 130, `signal` 15 exits 143."""

    kind = "interrupted"

    def __init__(self, signal: int) -> None:
        super().__init__("interrupted", "nothing half-written was left; run the command again")
        self.exit_code = 128 + signal
