"""Test the revision: unchanged by the Python version, comments and layout, and changed by all that changes values."""

from __future__ import annotations

import pytest

from snap_builder.revision import code_of, revision_of

CODE = b"""
from a import b  # a comment


def f(x: int) -> str:
    return f'{x!r:>{3}} {{}}'
"""
SAME = b"""from a import (
    b,
)
def f(x: int) -> str: return f"{x!r:>{3}} {{}}"
"""


def test_comments_and_layout_count_for_nothing() -> None:
    assert code_of(CODE) == code_of(SAME)


@pytest.mark.parametrize(
    "other",
    [
        CODE.replace(b"import b", b"import c"),
        CODE.replace(b"!r", b"!s"),
        CODE.replace(b"{3}", b"{4}"),
        CODE.replace(b"return ", b""),
    ],
)
def test_other_code_counts(other: bytes) -> None:
    assert code_of(CODE) != code_of(other)


@pytest.mark.parametrize(("one", "other"), [(b"x = None", b"x = 0"), (b"x = 1", b"x = True"), (b"x = ''", b"x = b''")])
def test_constants_of_other_types_count(one: bytes, other: bytes) -> None:
    assert code_of(one) != code_of(other)


def test_what_is_no_python_counts_as_it_stands() -> None:
    assert code_of(b"def") == b"def"
    assert code_of(b"x = 1\0") == b"x = 1\0"


def test_no_release_of_python_gives_another_text() -> None:
    """Python's dump of a syntax tree differs between releases, so this text is compared with a fixed one."""
    assert code_of(b"def f(): return f'{1}'") == (
        b"('Module', ('body', [('FunctionDef', ('name', 'f'), ('args', ('arguments',)), ('body', "
        b"[('Return', ('value', ('JoinedStr', ('values', [('FormattedValue', ('value', ('Constant', ('value', 1))), "
        b"('conversion', -1))]))))]))]))"
    )


def test_parts_do_not_run_into_each_other() -> None:
    assert revision_of([b"ab", b"c"]) != revision_of([b"a", b"bc"])
