"""Show progress on stderr: bars on a terminal, otherwise only notes and warnings."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from snap.progress import UNITS, Progress, Silent
from snap.units import duration
from snap_cli.folding import width_of
from snap_cli.output import labelled, say, style_of

if TYPE_CHECKING:
    from rich.progress import Progress as Display
    from rich.progress import Task, TaskID
    from rich.progress_bar import ProgressBar

    from snap_cli.render import Style

_BAR = 20  # columns
_BAR_FROM = 80  # columns of a terminal that has room for a bar beside the words


@contextmanager
def shown(*, quiet: bool, environment: Mapping[str, str]) -> Iterator[Progress]:
    """Yield a Progress that writes to stderr while the block runs."""
    style = style_of(sys.stderr, environment)
    if quiet or not style.tables:
        yield Lines(quiet=quiet, environment=environment)
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, ProgressColumn, SpinnerColumn  # noqa: PLC0415
    from rich.progress import Progress as Display  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    bar = _BAR if style.width >= _BAR_FROM else 0
    room = style.width - 2 - (bar + 1 if bar else 0)  # the spinner and a space, the bar and a space

    class Share(BarColumn):
        """A bar for counted work. Other work has no bar, because without colours it would look complete."""

        def render(self, task: Task) -> ProgressBar | Text:  # type: ignore[override]
            return Text(" " * _BAR) if task.total is None else super().render(task)

    class Words(ProgressColumn):
        """The state of a work, in as many words as fit."""

        def render(self, task: Task) -> Text:
            return Text(told(task.description, task.completed, task.total, task.speed, task.elapsed, room=room))

    columns = (SpinnerColumn(), *([Share(bar)] if bar else []), Words())
    console = Console(file=sys.stderr, width=style.width, color_system="standard" if style.color else None)
    # The bars vanish at the end, because the result says what was done.
    with Display(*columns, console=console, transient=True) as display:
        yield Bars(display, style)


def told(name: str, done: float, total: float | None, speed: float | None, elapsed: float | None, *, room: int) -> str:
    """Return the text beside a bar, in `room` columns: the work, the amount done, the speed, and the time.

    Facts that do not fit are left out, the speed first. Numbers are never cut, only the end of a name.
    """
    unit = UNITS.get(name, UNITS.get(name.partition(" ")[0], ""))
    counted = bool(unit) and total is not None
    parts = [f"{done:,.0f} of {total:,.0f} {unit}"] if counted else []
    further = (
        [f"{elapsed:.0f} s" if elapsed < 60 else duration(elapsed)] if elapsed is not None and elapsed >= 1 else []
    )
    if counted and speed is not None and speed >= 1:
        further.insert(0, f"{speed:,.0f} {unit}/s")
    for more in (further, further[1:], []):
        text = "  ".join([name, *parts, *more])
        if width_of(text) <= room:
            return text
    rest = "".join(f"  {part}" for part in parts)
    return (name[: max(0, room - len(rest) - 1)] + "…" + rest) if len(rest) < room else name[:room]


class Lines(Silent):
    """Notes and warnings, one per line. With `quiet` only warnings."""

    def __init__(self, *, quiet: bool, environment: Mapping[str, str]) -> None:
        self._quiet = quiet
        self._environment = environment

    def note(self, message: str) -> None:
        if not self._quiet:
            say("note:", message, self._environment)

    def warn(self, message: str) -> None:
        say("warning:", message, self._environment)


class Bars:
    """A progress bar for each running work. Notes and warnings scroll above the bars.

    The bar of a finished work is removed, so that no full bar stays while other work goes on.
    """

    def __init__(self, display: Display, style: Style) -> None:
        self._display = display
        self._style = style
        self._tasks: dict[str, TaskID] = {}
        self._left: dict[str, int] = {}

    def start(self, name: str, total: int) -> None:
        if total <= 0:
            return
        if name in self._tasks:  # another thread does the same work
            task = next(task for task in self._display.tasks if task.id == self._tasks[name])
            self._left[name] += total
            self._display.update(self._tasks[name], total=(task.total or 1) + total)
            return
        self._left[name] = total
        self._tasks[name] = self._display.add_task(name, total=total if total > 1 else None)

    def advance(self, name: str, amount: int) -> None:
        if name not in self._tasks:
            return
        self._left[name] -= amount
        if self._left[name] > 0:
            self._display.advance(self._tasks[name], amount)
        else:
            del self._left[name]
            self._display.remove_task(self._tasks.pop(name))

    def note(self, message: str) -> None:
        self._print("note:", message)

    def warn(self, message: str) -> None:
        self._print("warning:", message)

    def _print(self, label: str, message: str) -> None:
        text = labelled(label, message, self._style)
        self._display.console.print(text, markup=False, highlight=False, soft_wrap=True)
