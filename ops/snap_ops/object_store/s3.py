"""A client of S3, or of what speaks it, and its errors in a few words."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from snap.errors import ServiceError

_CONNECT_S, _READ_S = 10, 60  # silence, not the time of a whole answer
_ATTEMPTS = 5
_DENIED = ("accessdenied", "invalidaccesskey", "signature", "forbidden", "unauthorized", "credential", "(403)", "(401)")


def client(
    *, endpoint: str | None, region: str | None, access_key: str | None, secret_key: str | None, connections: int = 2
) -> Any:
    """Return boto3's client; any thread may use it. Without keys the machine's own are used."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=region or "us-east-1",  # what servers of one's own expect
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=Config(
            connect_timeout=_CONNECT_S,
            read_timeout=_READ_S,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            max_pool_connections=connections,
            s3={"addressing_style": "path" if endpoint else "auto"},
            request_checksum_calculation="when_required",  # what is not Amazon's own knows no newer ones
            response_checksum_validation="when_required",
        ),
    )


@contextlib.contextmanager
def told(where: str, section: str, *secrets: str | None) -> Iterator[None]:
    """Turn errors of S3 into a ServiceError that names `where`, with a hint at a section of snap.toml; no secret."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (Boto3Error, BotoCoreError, ClientError, ValueError) as error:
        said = " ".join(str(error).split())
        for secret in filter(None, secrets):
            said = said.replace(secret, "***")
        raise ServiceError(f"{where.rstrip('/')}: {said}", _hint(said.lower(), section)) from None


def _hint(said: str, section: str) -> str:
    if "nosuchbucket" in said or "bucket does not exist" in said:
        return f"create the bucket first, or check its name and the endpoint in [{section}]"
    if any(word in said for word in _DENIED):
        return f"check access_key and secret_key in [{section}], and what they may do with this bucket"
    if "nosuchkey" in said or "(404)" in said or "not found" in said:
        return f"check the bucket, the prefix and the endpoint in [{section}]"
    return f"check the endpoint in [{section}] and the network, then run the command again"
