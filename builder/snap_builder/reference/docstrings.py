"""Read a word's docstring: a summary, the four headings, and an example."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from snap_builder import declare

HEADINGS = ("Guarantees", "Owns", "Costs", "Refuses")
_HEADING = re.compile(rf"(?:^|(?<=\s))({'|'.join(HEADINGS)}): ")
_EXAMPLE = re.compile(r"^Example:\n((?:(?:    .*)?(?:\n|\Z))+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A public name of snap.dataset, with the contents of its docstring.

    `sections` are the texts under the four headings, as far as they are written.
    """

    name: str
    signature: str
    about: tuple[str, ...]
    sections: Mapping[str, str]
    example: str | None

    @property
    def lacks(self) -> tuple[str, ...]:
        """The headings that are missing in the docstrings of the word and of the class that it returns."""
        missing = [heading for heading in HEADINGS if not self.sections.get(heading)]
        return (*missing, *(() if self.example else ("Example",)))


def words() -> Iterator[Word]:
    """Yield all words, in the order in which snap.dataset lists them."""
    for name in declare.__all__:
        yield word_of(name, getattr(declare, name))


def word_of(name: str, word: Any) -> Word:
    """Return the contents of a word's docstring.

    Headings that it leaves out are taken from the class that the word returns, which several words may share.
    """
    about, sections, example = _parsed(word)
    function = inspect.unwrap(word)
    kind = None if inspect.isclass(word) else function.__globals__.get(function.__annotations__.get("return"))
    inherited = _parsed(kind)[1] if inspect.isclass(kind) else {}
    return Word(
        name=name,
        signature=f"{name}({', '.join(_parameters(word))})",
        about=about,
        sections={**inherited, **sections},
        example=example,
    )


def _parsed(word: Any) -> tuple[tuple[str, ...], dict[str, str], str | None]:
    text = inspect.cleandoc(word.__doc__ or "")
    code = _EXAMPLE.search(text)
    about: list[str] = []
    sections: dict[str, str] = {}
    for paragraph in _EXAMPLE.sub("", text).strip().split("\n\n"):
        before, *parted = _HEADING.split(" ".join(paragraph.split()))
        sections.update(zip(parted[::2], map(str.strip, parted[1::2]), strict=True))
        about += [before.strip()] if before.strip() else []
    return tuple(about), sections, textwrap.dedent(code[1]).strip() if code else None


def _parameters(word: Any) -> Iterator[str]:
    starred = False
    for parameter in inspect.signature(word).parameters.values():
        kind, name = parameter.kind, parameter.name
        if name == "written":  # set by the word itself, not by people
            continue
        if kind is parameter.KEYWORD_ONLY and not starred:
            yield "*"
        starred = starred or kind in (parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL)
        star = "*" if kind is parameter.VAR_POSITIONAL else "**" if kind is parameter.VAR_KEYWORD else ""
        factory = "factory" in repr(parameter.default)
        default = "" if parameter.default is parameter.empty else " = …" if factory else f" = {parameter.default!r}"
        yield f"{star}{name}: {parameter.annotation}{default}"
