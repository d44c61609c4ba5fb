r"""Every error that a user may see, as one tree.

SnapError                 70  internal     a bug of ours
├── UsageError             2  usage        the command or its parameters make no sense
├── SnapshotError          3  snapshot     missing, corrupt or of an unknown format
├── CheckError             4  check        the data break a rule
├── TargetError            5  target       the database refuses, or we refuse it
├── ServiceError           6  service      Postgres, storage or the network failed
└── Interrupted       130/143 interrupted  Ctrl-C or SIGTERM

An error's message names the thing that is wrong; its hint says what to do next. What every command would say in its
own words is a field instead:

- `unchanged=True`: the target is as it was. The words "nothing was changed" stand in no hint.
- `state="…"`: what the target holds now, if snap asked the target. No hint guesses.
- `reported="check violation"`: the message without what the server quoted of rows. Records, reports and notifications
  show it; the terminal of who asked shows the message.
- `"…:\n- …\n- …"`: a message that lists several reasons. They are shown one a line, and are a list in JSON.
- `every=(…)`: all reasons, where the message groups or shortens them. JSON lists these.
- `option="yes"`: the parameter of the request that would help. Who shows the error spells it: the command line
  (snap_cli.hints), functions in Python (snap.keywords), a night (snap_ops.night.hints). No message names a flag.

    raise TargetError("table users holds rows of others", "check the URL", option="yes", unchanged=True)

`advice()` puts hint, parameter and "nothing was changed" into one text, in the spelling of whoever shows the error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["usage", "snapshot", "check", "target", "service", "interrupted", "internal"]
Option: TypeAlias = Literal[
    "as_of", "clone", "config", "db", "exclude", "force", "foreign", "jobs", "lose", "mask", "media", "mode",
    "no_backup", "out", "parts", "replace", "root", "scale", "set", "share", "skip", "strict", "trust_code", "yes",
]  # fmt: skip


_REASON = "- "
UNCHANGED = "nothing was changed"


class SnapError(Exception):
    """Base of all errors. Carries a message and a hint, and the class fixes the exit code and the JSON kind.

    `unchanged` says that the target is as it was, `state` says what the target holds otherwise. `option` is the
    parameter of the request that would help, and `version` is the snapshot for which to give it.
    """

    code: int = 70
    kind: Kind = "internal"

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        unchanged: bool = False,
        option: Option | None = None,
        version: str = "",
        reported: str = "",
        every: Iterable[str] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reported = reported or message
        self.hint = hint
        self.unchanged = unchanged
        self.state = ""
        self.option = option
        self.version = version
        self.every = tuple(every)

    @property
    def heading(self) -> str:
        """Return the message without its list of reasons."""
        return "\n".join(line for line in self.message.splitlines() if not line.startswith(_REASON))

    @property
    def reasons(self) -> tuple[str, ...]:
        """Return every reason, none grouped or left out."""
        return self.every if len(self.every) > 1 else self.listed

    @property
    def listed(self) -> tuple[str, ...]:
        """Return the reasons that the message lists, or the whole message if it lists none."""
        listed = (line.removeprefix(_REASON) for line in self.message.splitlines() if line.startswith(_REASON))
        return tuple(listed) or (self.message,)

    def advice(self, spellings: Mapping[Option, str]) -> str:
        """Return the whole hint as one text, with the option as `spellings` spells it and VERSION filled in."""
        spelled = spellings.get(self.option, "") if self.option else ""
        spelled = spelled.replace("VERSION", self.version or "VERSION")
        parts = (
            self.hint,
            spelled if self.hint else spelled.removeprefix("or "),
            UNCHANGED if self.unchanged else self.state,
        )
        return "; ".join(filter(None, parts))


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


class Interrupted(SnapError):  # noqa: N818 - not named ...Error, because nobody made an error
    """The error of a command that a signal ended. The exit code is 130 for `signal` 2 and 143 for `signal` 15."""

    kind = "interrupted"

    def __init__(self, signal: int) -> None:
        super().__init__("interrupted", "run the command again")
        self.code = 128 + signal

    def __reduce__(self) -> tuple[type[Interrupted], tuple[int]]:
        return Interrupted, (self.code - 128,)


class Interruption(KeyboardInterrupt):
    """Raised by a signal in the main thread of a command. No library catches it with `except Exception`.

    `error` is the error to report.
    """

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.error = Interrupted(signal)
