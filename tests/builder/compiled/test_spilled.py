"""Test vectors on disk: they have the same values, are read-only, and leave no file behind."""

from __future__ import annotations

import errno
import mmap
import os
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from snap.errors import ServiceError
from snap_builder.compiled.spilled import Spill, let_go, spilled, spilled_array

LONG = np.arange(100_000)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("values", [LONG, LONG.astype(np.int32), LONG[::2], LONG[:3], LONG[:0]])
def test_values_are_the_same_and_no_file_has_a_name(folder: Path, values: np.ndarray) -> None:
    kept = spilled(values)
    assert kept.dtype == values.dtype
    assert np.array_equal(kept, values)
    assert list(folder.iterdir()) == []


def test_long_vectors_are_mapped_and_cannot_be_changed(folder: Path) -> None:
    kept = spilled(LONG)
    assert isinstance(memoryview(kept).obj.base.obj, mmap.mmap)
    with pytest.raises(ValueError, match="read-only"):
        kept[0] = 1


def test_a_vector_grows_by_parts_of_any_length(folder: Path) -> None:
    for lengths in ([], [0], [3, 0, 5], [70_000, 1, 20_000, 0], [9_000, 9_000]):
        with Spill() as spill:
            begin = 0
            for length in lengths:
                spill.append(np.arange(begin, begin + length))
                begin += length
            vector = spill.vector()
        assert np.array_equal(vector, np.arange(begin))
        assert vector.dtype == np.int64


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system does not say what is in memory")
def test_what_was_read_is_given_back_to_the_system_and_can_be_read_again(folder: Path) -> None:
    kept = spilled(np.arange(4_000_000))
    before = resident()
    total = kept.sum()
    assert resident() - before > 20_000_000
    let_go()
    assert resident() - before < 5_000_000
    assert kept.sum() == total


TEXTS = ["", "née", None, "x" * 50] * 20_000
ARRAYS = [
    pa.array(TEXTS),
    pa.array(TEXTS).slice(3, 70_001),
    pa.array(TEXTS, pa.large_string()),
    pa.array(TEXTS, pa.binary()),
    pa.array([None, *range(100_000)], pa.int64()),
    pa.array([True, None, False] * 400_000),
    pa.nulls(100_000),
    pa.array(TEXTS).dictionary_encode(),
    pa.array([[1], [], None] * 50_000),
    pa.uuid().wrap_array(pa.array([bytes(16), None] * 10_000, pa.binary(16))),
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: str(array.type))
def test_an_array_on_the_disk_has_the_same_values(folder: Path, array: pa.Array) -> None:
    kept = spilled_array(array)
    kept.validate(full=True)
    assert kept.equals(array)
    assert kept.type == array.type
    del array
    let_go()
    assert list(folder.iterdir()) == []


def resident() -> int:
    """Return how many bytes of mapped files this process has in memory."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["RssFile"].split()[0]) * 1024


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_named(folder: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, content: memoryview) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(ServiceError, match="the folder for temporary files") as raised:
        spilled(LONG)
    assert "is full" in str(raised.value)


def test_another_error_of_the_disk_stays_what_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(descriptor: int, content: memoryview) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "write", broken)
    with pytest.raises(OSError, match="Input/output error"):
        spilled(LONG)
