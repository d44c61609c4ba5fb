"""A bucket behind Supabase's own REST API: https://PROJECT.supabase.co/storage/v1, with a service key."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

import httpx

from snap.errors import ServiceError
from snap_ops.object_store import WORKERS, StoredObject

_PAGE = 1_000
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
        """List folder by folder: the API lists no deeper than one."""
        objects, folders = {}, [self.prefix]
        while folders:
            folder = folders.pop()
            for entry in self._entries(folder):
                if entry.get("id") is None:
                    folders.append(f"{folder}{entry['name']}/")
                else:
                    facts = entry.get("metadata") or {}
                    key = f"{folder}{entry['name']}".removeprefix(self.prefix)
                    objects[key] = StoredObject(int(facts.get("size", -1)), str(facts.get("eTag", "")).strip('"'))
        return objects

    def upload(self, key: str, data: bytes, content_type: str) -> None:
        self._ask(
            "POST",
            self._path("object", key),
            key,
            content=data,
            headers={"content-type": content_type, "x-upsert": "true"},
        )

    def read(self, key: str) -> Iterator[bytes]:
        yield self._ask("GET", self._path("object/authenticated", key), key).content

    def delete(self, keys: Sequence[str]) -> None:
        named = [self.prefix + key for key in keys]
        self._ask("DELETE", self._path("object"), "", json={"prefixes": named})

    def _entries(self, folder: str) -> Iterator[dict[str, Any]]:
        offset = 0
        while True:
            body = {
                "prefix": folder.rstrip("/"),
                "limit": _PAGE,
                "offset": offset,
                "sortBy": {"column": "name", "order": "asc"},
            }
            page = self._ask("POST", self._path("object/list"), "", json=body).json()
            yield from page
            if len(page) < _PAGE:
                return
            offset += len(page)

    def _path(self, kind: str, key: str | None = None) -> str:
        path = f"{self.url}/storage/v1/{kind}/{quote(self.bucket, safe='')}"
        return path if key is None else f"{path}/{quote(self.prefix + key)}"

    def _ask(self, method: str, url: str, key: str, **options: Any) -> httpx.Response:
        """Send a request, and again where that may help. Errors: ServiceError."""
        for pause in (*_PAUSES_S, None):
            try:
                answer = self._client.request(method, url, **options)
            except httpx.HTTPError as error:
                reason, again = str(error) or type(error).__name__, True
            else:
                if answer.is_success:
                    return answer
                reason, again = _reason(answer), answer.status_code in _AGAIN
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
            headers={"authorization": f"Bearer {self.service_key}", "apikey": self.service_key},
            timeout=_TIMEOUT_S,
            limits=httpx.Limits(max_connections=WORKERS),
        )


def _reason(answer: httpx.Response) -> str:
    message = ""
    with contextlib.suppress(ValueError):
        body = answer.json()
        message = str(body.get("message") or body.get("error") or "") if isinstance(body, dict) else ""
    return f"{answer.status_code} {answer.reason_phrase}" + (f": {message[:300]}" if message else "")
