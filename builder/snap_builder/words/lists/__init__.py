"""The committed lists of words, by name. Each is read when it is first used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files


class _Lists(Mapping[str, tuple[str, ...]]):
    def __getitem__(self, name: str) -> tuple[str, ...]:
        if name not in _names():
            raise KeyError(name)
        return _words(name)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(_names()))

    def __len__(self) -> int:
        return len(_names())


@cache
def _names() -> frozenset[str]:
    return frozenset(
        file.name.removesuffix(".txt")
        for file in files("snap_builder.words.lists").iterdir()
        if file.name.endswith(".txt")
    )


@cache
def _words(name: str) -> tuple[str, ...]:
    return tuple((files("snap_builder.words.lists") / f"{name}.txt").read_text("utf-8").split("\n")[:-1])


LISTS: Mapping[str, tuple[str, ...]] = _Lists()
