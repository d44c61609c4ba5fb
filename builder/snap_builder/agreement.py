"""Check that a build has the same parameters as the published version, or as the version that its dataset brings."""

from __future__ import annotations

from dataclasses import asdict

from snap.errors import UsageError
from snap.manifest import Manifest, Parameters
from snap_builder.request import BuildRequest


def require_agreement(published: Manifest | None, request: BuildRequest) -> None:
    """Raise UsageError if a published version has other parameters or another dataset revision.

    Without a published version, compare the parameters of the version that comes with the dataset, unless the request
    forces the build.
    """
    if published is not None:
        _require_same(published, request)
    elif not request.force and request.version in request.dataset.versions:
        _require_parameters(request.version, request.dataset.versions[request.version].parameters, request.parameters)


def differences(recorded: Parameters, wanted: Parameters) -> str:
    """Return a text that lists the parameters in which two builds differ."""
    words, others = {"sets": "set", "as_of": "as-of"}, asdict(wanted)
    return "; ".join(
        f"{words.get(name, name)} {_text(value)}, not {_text(others[name])}"
        for name, value in asdict(recorded).items()
        if value != others[name]
    )


def short(revision: str | None) -> str:
    """Return the start of a revision for messages: 12 characters, or `none` without a revision."""
    return "none" if revision is None else revision[:12]


def _require_same(published: Manifest, request: BuildRequest) -> None:
    """Raise UsageError if a published version was captured, or has other parameters or another dataset revision.

    A manifest of format 1 has no revision. Then the version is built, and the digests are compared.
    """
    version, recorded = published.version, published.parameters
    if recorded is None:
        raise UsageError(
            f"{version} was captured from a database and cannot be rebuilt",
            "choose another version name",
            option="force",
            version=version,
        )
    _require_parameters(version, recorded, request.parameters)
    if published.revision not in (None, request.dataset.revision):
        raise UsageError(
            f"{version} is of revision {short(published.revision)} of dataset {recorded.dataset}, but the dataset is "
            f"of revision {short(request.dataset.revision)} now",
            "build the next version, and compare the two with snap diff; or check out the commit that made it",
            option="force",
            version=version,
        )


def _require_parameters(version: str, recorded: Parameters, parameters: Parameters) -> None:
    """Raise UsageError if a published or bundled version has other parameters."""
    if recorded != parameters:
        raise UsageError(
            f"{version} is published with other parameters: {differences(recorded, parameters)}",
            "a published version is immutable: choose another name",
            option="force",
            version=version,
        )


def _text(value: object) -> str:
    """Return the value of a parameter as text for messages."""
    return " ".join(f"{table}={rows}" for table, rows in value) or "nothing" if isinstance(value, tuple) else str(value)
