"""Encrypt and decrypt backups as age files, which `age --decrypt` also reads: https://age-encryption.org.

pyrage reads from one file object and writes to another, so it runs in a thread and writes to a pipe.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyrage

from snap.errors import SnapshotError, UsageError

_PIECE = 1 << 18
_MOST_HEADER = 1 << 16  # the most bytes of a header; each recipient takes some 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeKeys:
    """Keys as `age-keygen` writes them. The first key encrypts, and each of them can decrypt."""

    identities: tuple[Any, ...] = field(repr=False)

    @property
    def recipient(self) -> str:
        """Return the public key that backups are encrypted for."""
        return str(self.identities[0].to_public())

    def encrypted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Encrypt the bytes of `pieces` as an age file, and return it in pieces. Errors: those of `pieces`."""
        recipient = self.identities[0].to_public()
        return _piped(pieces, lambda source, sink: pyrage.encrypt_io(source, sink, [recipient]))

    def decrypted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the decrypted content of an age file. Errors: SnapshotError; those of `pieces`."""
        try:
            yield from _piped(_headed(pieces), lambda source, sink: pyrage.decrypt_io(source, sink, self.identities))
        except pyrage.DecryptError as error:
            raise SnapshotError(
                f"the backup cannot be decrypted: {str(error).lower()}",
                "add the key that it was encrypted with to age_key of [backup], which may hold several keys, one a "
                "line",
                unchanged=True,
            ) from None
        except OSError as error:
            raise SnapshotError(
                f"the backup is corrupt: {error}", "use another backup; snap backup list shows them", unchanged=True
            ) from None


def read_keys(text: str, name: str) -> AgeKeys:
    """Return the keys in the text of an age identity file, which has one a line. Errors: UsageError if it has none.

    `name` is the environment variable that held the text, for error messages.
    """
    lines = [line.strip() for line in text.splitlines()]
    try:
        keys = tuple(pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#"))
    except pyrage.IdentityError:
        keys = ()
    if not keys:
        raise UsageError(
            f"${name}, age_key in [backup], holds no age key",
            "make one with age-keygen; it begins with AGE-SECRET-KEY-1",
        )
    return AgeKeys(identities=keys)


def _headed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the pieces of an age file. Raise SnapshotError if the file's header does not end within 64 kB.

    pyrage holds the whole header in memory, and parses it from the start again for each of its lines.
    """
    head = b""
    for piece in pieces:
        head += piece
        if len(head) > _MOST_HEADER:
            break
    if len(head) > _MOST_HEADER and b"\n--- " not in head[:_MOST_HEADER]:
        raise SnapshotError(
            "the backup is corrupt: its header has no end",
            "use another backup; snap backup list shows them",
            unchanged=True,
        )
    yield head
    yield from pieces


class _Source:
    """A file object that reads the pieces of a stream, for pyrage."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, memoryview(b"")
        self.failure: BaseException | None = None

    def read(self, size: int) -> bytes:
        try:
            while not self._rest:
                self._rest = memoryview(next(self._pieces))
        except StopIteration:
            return b""
        except BaseException as error:  # noqa: BLE001 - raised again where the pipe is read
            self.failure = error
            raise OSError("what is to be read has failed") from None
        part, self._rest = self._rest[:size], self._rest[size:]
        return bytes(part)


def _piped(pieces: Iterator[bytes], convert: Callable[[Any, Any], None]) -> Iterator[bytes]:
    """Yield the output of `convert`, which reads the pieces in a thread. Errors: those of `convert` and the pieces."""
    source, failures = _Source(pieces), list[BaseException]()
    incoming, outgoing = os.pipe()

    def run() -> None:
        try:
            with os.fdopen(outgoing, "wb", buffering=_PIECE) as sink:
                convert(source, sink)
        except BaseException as error:  # noqa: BLE001 - raised again where the pipe is read
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        while piece := os.read(incoming, _PIECE):
            yield piece
    finally:
        os.close(incoming)  # ends the writes of age if it is still writing
        thread.join()
    for failure in (source.failure, *failures):
        if failure is not None:
            raise failure
