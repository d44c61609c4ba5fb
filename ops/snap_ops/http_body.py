"""Read the body of an HTTP answer up to a limit, without decompressing: kilobytes may decompress to gigabytes."""

from __future__ import annotations

import httpx

PLAIN = {"accept-encoding": "identity"}  # the header that a request needs for its answer to be read here


class TooLongError(ValueError):
    """Raised for an HTTP answer that is longer than the limit."""


def read_body(answer: httpx.Response, most: int) -> bytes:
    """Return the body of a streamed answer. Errors: TooLongError beyond `most` bytes; httpx.HTTPError."""
    body = bytearray()
    for piece in answer.iter_raw():
        body += piece
        if len(body) > most:
            raise TooLongError(f"the answer is longer than {most:,} bytes")
    return bytes(body)
