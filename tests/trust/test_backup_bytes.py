"""Test that whoever can write to the backups' place can neither exhaust the memory nor make snap write other files."""

from __future__ import annotations

import hashlib
import os
import resource
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest
import zstandard

from snap.errors import SnapshotError
from snap_ops.backup.create import StoredBackup
from snap_ops.backup.encryption import read_keys
from snap_ops.backup.repository import FolderRepository, Repository, write_stream
from snap_ops.backup.retention import explain, list_backups
from snap_ops.backup.sealed import Backup
from tests.cases.backups import sealed

ID = "20261123T030000Z-1a2b3c4d5e6f"
MB = 1 << 20


def packed(megabytes: int) -> bytes:
    """Return zeros as zstandard compresses them: 32 kB for each GB."""
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    return b"".join(packer.compress(bytes(MB)) for _ in range(megabytes)) + packer.flush()


def stored(folder: Path, data: bytes, *, dumped: int) -> StoredBackup:
    (folder / f"{ID}.dump.zst").write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    backup = replace(Backup.from_json(sealed({})), id=ID, bytes=len(data), sha256=digest, dumped_bytes=dumped)
    return StoredBackup(repository=FolderRepository(folder), backup=backup)


@pytest.fixture
def memory() -> Iterator[None]:
    """Fail a test that takes more than 300 MB of Python's memory."""
    tracemalloc.start()
    yield
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 300 * MB


@pytest.mark.slow
@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize("dumped", [10, 700 * MB], ids=["more than the record says", "as the record says"])
def test_a_backup_of_kilobytes_is_read_in_small_pieces(dumped: int, tmp_path: Path) -> None:
    backup = stored(tmp_path, packed(600), dumped=dumped)
    with pytest.raises(SnapshotError, match=f"backup {ID} in .* is corrupt: "):
        for piece in backup.pieces():
            assert len(piece) <= 200 * MB


class Endless(FolderRepository):
    """A bucket whose server never ends an answer."""

    def read(self, name: str) -> Iterator[bytes]:
        del name
        for _ in range(10_000):
            yield b"\x50\x2a\x4d\x18\xf8\xff\x0f\x00" + bytes(MB - 8)  # a frame that zstandard skips
        raise AssertionError("it reads for ever")


def test_what_is_longer_than_its_record_says_is_not_read_to_its_end(tmp_path: Path) -> None:
    backup = stored(tmp_path, packed(1), dumped=MB)
    with pytest.raises(SnapshotError, match="is corrupt: it is longer than what was written"):
        list(replace(backup, repository=Endless(tmp_path)).pieces())
    assert list_backups(Endless(tmp_path)) == ((), ())


def test_a_record_of_gigabytes_is_not_read(tmp_path: Path) -> None:
    (tmp_path / f"{ID}.dump.zst").touch()
    (tmp_path / f"{ID}.json").touch()
    os.truncate(tmp_path / f"{ID}.json", 30 << 30)
    repository: Repository = FolderRepository(tmp_path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert list_backups(repository) == ((), (f"{ID}.json",))
    assert "larger than a record" in explain(repository, f"{ID}.json")
    (tmp_path / f"{ID}.json").write_bytes(b"")  # a bucket that lies in its listing
    assert list_backups(Endless(tmp_path)) == ((), (f"{ID}.json",))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000


@pytest.mark.parametrize("plant", ["link", "file"])
def test_a_backup_is_written_into_no_file_that_was_put_in_its_place(plant: str, tmp_path: Path) -> None:
    """pg_dump waits for locks between the choice of the name and the first byte."""
    folder, victim = tmp_path / "backups", tmp_path / "victim"
    folder.mkdir()
    victim.write_text("precious")
    repository = FolderRepository(folder)
    with repository.scratch("20261123T030000Z") as path, pytest.raises(OSError, match="File exists"):
        path.unlink(missing_ok=True)
        if plant == "link":
            path.symlink_to(victim)
        else:
            victim.rename(path)
            path.chmod(0o666)
        write_stream(path, iter([b"rows"]))
    assert plant == "file" or victim.read_text() == "precious"


@pytest.mark.parametrize("line", [b"-> X25519 AAAA\nAAAA\n", b"A" * 16], ids=["recipients", "one line"])
def test_an_encrypted_backup_whose_header_has_no_end_is_not_read_to_its_end(line: bytes) -> None:
    """age keeps a header in memory, and with each line reads it from its beginning: 8 MB took over ten minutes."""
    keys = read_keys(str(pyrage.x25519.Identity.generate()), "AGE_KEY")

    def header() -> Iterator[bytes]:
        yield b"age-encryption.org/v1\n-> X25519 "
        for _ in range(8):
            yield line * (MB // len(line))
        raise AssertionError("it reads for ever")

    with pytest.raises(SnapshotError, match="the backup is corrupt: its header has no end"):
        list(keys.decrypted(header()))
