"""Test that rendering whole columns gives the same texts as rendering row by row."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.engine.templates import CONSTANT, Entry, Pool, Programs, template

POOL = Pool()
WORDS = ("", "a", "é", "long word", "{", '"')
BASE = POOL.block(WORDS)
CODES = [POOL.code(word) for word in ("x", "y", "")]

_entries = st.builds(
    Entry,
    st.sampled_from([BASE, BASE + 1]),
    st.sampled_from([0, 1]),
    st.sampled_from([CONSTANT, 2]),
) | st.builds(Entry, st.sampled_from([*CODES, BASE + 3]), st.just(CONSTANT), st.sampled_from([CONSTANT, 2]))


@given(
    st.lists(st.lists(_entries, max_size=6).map(tuple), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 4), st.integers(-1, 1)), max_size=8),
)
def test_rendering_is_what_a_loop_would_write(programs, rows):
    pieces = POOL.array().to_pylist()
    which = np.array([row[0] % len(programs) for row in rows], np.int64)
    variables = np.array([row[1:] for row in rows], np.int64).reshape(len(rows), 3)
    expected = [
        "".join(
            pieces[e.base + (values[e.variable] if e.variable != CONSTANT else 0)]
            for e in programs[program]
            if e.guard == CONSTANT or values[e.guard] >= 0
        )
        for program, values in zip(which, variables, strict=True)
    ]
    assert Programs(POOL, programs).render(which, variables).to_pylist() == expected


def test_a_template_replaces_its_placeholders():
    pool = Pool()
    names = pool.block(["Rome", "Oslo"])
    program = template(pool, "From {place}, with {love}. {place}!", {"{place}": (names, 0)})
    rendered = Programs(pool, [program]).render(np.zeros(2, np.int64), np.array([[0], [1]]))
    assert rendered.to_pylist() == ["From Rome, with {love}. Rome!", "From Oslo, with {love}. Oslo!"]
