"""Answer `snap --version` and --help, which need no more than parsing the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import typer

from snap.version import __version__
from snap_cli.render import Line, Result, View

if TYPE_CHECKING:
    from snap_cli.forms.common import HelpForm, VersionForm


class AnsweredError(typer.Exit):
    """Raised if parsing alone answers the command line, as for --help."""

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.result = result


@dataclass(frozen=True, slots=True)
class VersionResult(Result):
    """The version of snap itself."""

    answer: ClassVar[bool] = True

    def document(self) -> VersionForm:
        return {"program": "snap", "version": __version__}

    def view(self) -> View:
        return (Line(f"snap {__version__}"),)


@dataclass(frozen=True, slots=True)
class HelpResult(Result):
    """The help of a command, as the parser wrote it."""

    answer: ClassVar[bool] = True
    text: str

    def document(self) -> HelpForm:
        return {"help": self.text}

    def view(self) -> View:
        return (Line(self.text.rstrip("\n")),)
