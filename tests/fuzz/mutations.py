"""Alter bytes and JSON-like trees at random. The same random numbers give the same alteration."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

DEEP = 3_000  # beyond Python's limit for recursion, and far below json's for the length of a text
# Values that are wrong in every field or in most. "@outside" becomes the folder that nothing may touch.
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 7, 2**31, 2**63 - 1, 2**63, 2**64, -(2**63), 10**30, 1e308, -0.0, 0.5),
    *(float("nan"), float("inf"), "", " ", "x", "x" * 300, "x" * 100_000, "\x00", "\x1b[8m", "a\rb", "\u202e", "\x85"),
    *("\ud800", "🙂", "'; --", '"', "%s", "{}", "$1", "\\", "/", ".", "..", "../outside/kept", "@outside/kept"),
    *("@outside", "/dev/zero", "/proc/self/mem", "nul", "v2", "public", "snap", "pg_catalog", "postgres", "env:HOME"),
    *("env:NOT_SET", "1e999999999", "1/3", "1/0", "9" * 5_000, "NaN", "0001-01-01", "9999-12-31T23:59:59+00:00"),
    *("2026-01-01", "2026-01-01T00:00:00Z", "999999999999 h", "-5 s", "1 EB", "text", "int4[][]", "numeric(1000,999)"),
    *("timestamp(9)", "uuid", "jsonb", "mood", [], {}, [[]], [None], {"": None}, ["x", 1], {"name": "x"}),
)
# Bytes that mean something to a parser.
TOKENS = (
    *(b"\x00", b"\xff", b"\xc3", b"\r", b"\x1b[2J", b'"', b"\\", b"\\u0000", b"\\ud800", b"{", b"}", b"[", b"]", b","),
    *(b"null", b"NaN", b"1e999", b"-1", b"99999999999999999999", b"../", b"\n", b"=", b"#", b"'", b"PAR1", b"\x15\x00"),
    *(b"[" * DEEP, b"{" * DEEP, b'{"a":' * DEEP, b"[[" * 40, b"9" * 5_000, b"\xef\xbb\xbf"),
)

Path = tuple[Any, ...]


def altered_bytes(rng: Random, data: bytes) -> bytes:
    """Return `data` with one to four alterations, or rarely something else instead."""
    if rng.random() < 0.03:
        return rng.choice((b"", b"{}", b"[]", b"null", b"0", b"PAR1", rng.randbytes(300), b"[" * 200_000))
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        data = rng.choice(_BYTES)(rng, data)
    return data


def altered_tree(rng: Random, tree: Any) -> Any:
    """Return a copy of a tree with one to three alterations of leaves, lists or mappings."""
    tree = copy.deepcopy(tree)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        places = list(_places(tree))
        if not places:
            return rng.choice(VALUES)
        where, key = rng.choice(places)
        rng.choice(_TREES)(rng, where, key, places)
    return tree


def aimed(value: Any, outside: str) -> Any:
    """Return a tree in which texts name the folder that nothing may touch."""
    if isinstance(value, str):
        return value.replace("@outside", outside)
    if isinstance(value, list):
        return [aimed(item, outside) for item in value]
    if isinstance(value, dict):
        return {aimed(key, outside): aimed(item, outside) for key, item in value.items()}
    return value


def deep(kind: str) -> Any:
    """Return a value that is nested too deeply for a recursive reader."""
    return json.loads("[" * 900 + "]" * 900) if kind == "list" else _wrapped(900)


def _wrapped(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every (container, key) in a tree, including nested lists and mappings."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in list(items):
        yield tree, key
        if isinstance(value, dict | list) and len(str(key)) < 1_000:
            yield from _places(value)


def _replace(rng: Random, where: Any, key: Any, _places: Any) -> None:
    where[key] = deep(rng.choice(("list", "mapping"))) if rng.random() < 0.02 else copy.deepcopy(rng.choice(VALUES))


def _remove(_rng: Random, where: Any, key: Any, _places: Any) -> None:
    if key in where or (isinstance(where, list) and key < len(where)):
        del where[key]


def _repeat(rng: Random, where: Any, key: Any, _places: Any) -> None:
    if isinstance(where, list):
        where.insert(rng.randrange(len(where) + 1), copy.deepcopy(where[key]))
    else:
        where[f"{key}{rng.choice(('', ' ', '2', chr(0)))}"] = copy.deepcopy(where[key])


def _rename(rng: Random, where: Any, key: Any, places: Any) -> None:
    if isinstance(where, dict):
        where[str(rng.choice(places)[1])] = where.pop(key)


def _move(rng: Random, where: Any, key: Any, places: Any) -> None:
    other, place = rng.choice(places)
    where[key] = copy.deepcopy(other[place])


def _nudge(rng: Random, where: Any, key: Any, _places: Any) -> None:
    value = where[key]
    if isinstance(value, bool) or value is None:
        where[key] = not value
    elif isinstance(value, int | float):
        where[key] = rng.choice((value + 1, value - 1, -value, value * 10**9, float(value), str(value)))
    elif isinstance(value, str):
        where[key] = altered_bytes(rng, value.encode("utf-8", "surrogatepass"))[:200_000].decode("utf-8", "replace")
    else:
        where[key] = rng.choice((None, [value], {"x": value}, str(value)))


def _flip(rng: Random, data: bytes) -> bytes:
    if not data:
        return data
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << rng.randrange(8))]) + data[place + 1 :]


def _cut(rng: Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _drop(rng: Random, data: bytes) -> bytes:
    start = rng.randrange(len(data) + 1)
    return data[:start] + data[start + rng.randrange(1, 60) :]


def _double(rng: Random, data: bytes) -> bytes:
    start = rng.randrange(len(data) + 1)
    return data[: start + rng.randrange(1, 200)] + data[start:]


def _insert(rng: Random, data: bytes) -> bytes:
    start = rng.randrange(len(data) + 1)
    return data[:start] + rng.choice(TOKENS) + data[start:]


def _overwrite(rng: Random, data: bytes) -> bytes:
    start, token = rng.randrange(len(data) + 1), rng.choice(TOKENS)[:64]
    return data[:start] + token + data[start + len(token) :]


_BYTES: tuple[Callable[[Random, bytes], bytes], ...] = (_flip, _flip, _cut, _drop, _double, _insert, _overwrite)
_TREES: tuple[Callable[[Random, Any, Any, Any], None], ...] = (
    *(_replace, _replace, _replace, _remove, _repeat, _rename, _move, _nudge, _nudge),
)
