"""A bucket behind Supabase's own REST API: https://PROJECT.supabase.co/storage/v1, with a service key."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

import httpx

from snap.errors import ServiceError
from snap.fields import Field, FieldError
from snap_ops.http_body import PLAIN, TooLongError, read_body
from snap_ops.object_store import MOST_KEY, WORKERS, StoredObject, require_bounded

_PAGE = 1_000
_MOST_ANSWER = 16 << 20  # the most bytes of an answer; a page of a listing has some 500 for each object
_TIMEOUT_S = 60.0
_PAUSES_S = (0.5, 1.0, 2.0, 4.0)  # before each further attempt
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, kw_only=True)
class SupabaseBucket:
    """The objects below a prefix of a project's bucket. `prefix` is "" or ends with a slash."""

    url: str
    bucket: str
    prefix: str
    service_key: str = field(repr=False)

    @property
    def shown(self) -> str:
        return f"{self.url}/storage/v1/{self.bucket}/{self.prefix}"

    def objects(self) -> dict[str, StoredObject]:
        """Return every object, listing folder by folder, because the API lists only one level."""
        objects: dict[str, StoredObject] = {}
        folders, listed = [self.prefix], 0
        while folders:
            folder = folders.pop()
            for entry in self._entries(folder):
                name, stored = self._entry(entry)
                listed += 1
                require_bounded(self.shown, listed, f"{folder}{name}")
                if stored is None:
                    folders.append(f"{folder}{name}/")
                else:
                    objects[f"{folder}{name}".removeprefix(self.prefix)] = stored
        return objects

    def upload(self, key: str, data: bytes, content_type: str) -> None:
        self._ask(
            "POST",
            self._path("object", key),
            key,
            content=data,
            headers={"content-type": content_type, "x-upsert": "true"},
        )

    def read(self, key: str, most: int) -> Iterator[bytes]:
        yield self._ask("GET", self._path("object/authenticated", key), key, most)

    def delete(self, keys: Sequence[str]) -> None:
        named = [self.prefix + key for key in keys]
        self._ask("DELETE", self._path("object"), "", json={"prefixes": named})

    def _entries(self, folder: str) -> Iterator[Field]:
        offset = 0
        while True:
            body = {
                "prefix": folder.rstrip("/"),
                "limit": _PAGE,
                "offset": offset,
                "sortBy": {"column": "name", "order": "asc"},
            }
            try:
                page = tuple(Field(json.loads(self._ask("POST", self._path("object/list"), "", json=body)), "listing"))
            except (ValueError, RecursionError):
                raise self._error("", "its listing is none") from None
            yield from page
            if len(page) < _PAGE:
                return
            offset += len(page)

    def _entry(self, entry: Field) -> tuple[str, StoredObject | None]:
        """Return the name of a listed entry, and its object, or None for a folder. Errors: ServiceError."""
        try:
            name, facts = entry["name"].text(MOST_KEY), entry.get("metadata")
            if (number := entry.get("id")) is None or number.value is None:
                return name, None
            size = facts.get("size") if facts is not None and facts.value is not None else None
            etag = facts.get("eTag") if facts is not None and facts.value is not None else None
            return name, StoredObject(
                -1 if size is None else size.count(), "" if etag is None else etag.text(MOST_KEY).strip('"')
            )
        except FieldError as error:
            raise self._error("", f"its listing is none: {error}") from None

    def _path(self, kind: str, key: str | None = None) -> str:
        path = f"{self.url}/storage/v1/{kind}/{quote(self.bucket, safe='')}"
        return path if key is None else f"{path}/{quote(self.prefix + key)}"

    def _ask(self, method: str, url: str, key: str, most: int = _MOST_ANSWER, **options: Any) -> bytes:
        """Send a request, repeat it if that may help, and return the body of the answer. Errors: ServiceError."""
        for pause in (*_PAUSES_S, None):
            try:
                with self._client.stream(method, url, **options) as answer:
                    body = read_body(answer, most)
            except TooLongError as error:
                raise self._error(key, str(error)) from None
            except httpx.HTTPError as error:
                reason, again = str(error) or type(error).__name__, True
            else:
                if answer.is_success:
                    return body
                reason, again = _reason(answer, body), answer.status_code in _AGAIN
            if pause is None or not again:
                break
            time.sleep(pause)
        raise self._error(key, reason)

    def _error(self, key: str, reason: str) -> ServiceError:
        low = reason.lower()
        if "bucket" in low and "not found" in low:
            hint = "create the bucket first, or check its name in [storage]"
        elif any(word in low for word in ("401", "403", "unauthorized", "jwt", "row-level security", "signature")):
            hint = "service_key in [storage] has to be the project's service key, not the anonymous one"
        else:
            hint = "check url in [storage] and the network, then run the step again"
        return ServiceError(f"{self.shown}{key}: {reason.replace(self.service_key, '***')}", hint)

    def close(self) -> None:
        self._client.close()

    @cached_property
    def _client(self) -> httpx.Client:
        return httpx.Client(
            headers=PLAIN | {"authorization": f"Bearer {self.service_key}", "apikey": self.service_key},
            timeout=_TIMEOUT_S,
            limits=httpx.Limits(max_connections=WORKERS),
        )


def _reason(answer: httpx.Response, body: bytes) -> str:
    message = ""
    with contextlib.suppress(ValueError, RecursionError):
        told = json.loads(body)
        message = str(told.get("message") or told.get("error") or "") if isinstance(told, dict) else ""
    return f"{answer.status_code} {answer.reason_phrase}" + (f": {message[:300]}" if message else "")
