"""The body of an HTTP answer, read no further than is wanted, and never unpacked: kilobytes may unpack to gigabytes."""

from __future__ import annotations

import httpx

PLAIN = {"accept-encoding": "identity"}  # the header of a request whose answer is read here


class TooLongError(ValueError):
    """Raised for an answer that is longer than what was asked for may be."""


def read_body(answer: httpx.Response, most: int) -> bytes:
    """Return the body of a streamed answer. Raise TooLongError once it has more than `most` bytes; httpx.HTTPError."""
    body = bytearray()
    for piece in answer.iter_raw():
        body += piece
        if len(body) > most:
            raise TooLongError(f"the answer is longer than {most:,} bytes")
    return bytes(body)
