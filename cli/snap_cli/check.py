"""`snap check`: is a published snapshot what its manifest says, and does it keep every rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from snap.errors import CheckError, SnapError
from snap.manifest import Finding, Manifest
from snap.redact import clean
from snap.units import duration, plural, size
from snap.verify import FileFinding, corrupt, verify
from snap_cli import datasets
from snap_cli.command import Command
from snap_cli.context import Context, Version
from snap_cli.findings import failed_view, finding_documents, summary
from snap_cli.render import Line, TimedResult, View

if TYPE_CHECKING:
    from snap_builder.dataset import Dataset

FIELDS = ("version", "digest", "files", "checks", "seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `snap check` takes."""

    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult(TimedResult):
    """What was found. Without checks: a file is bad, so there was nothing to check."""

    manifest: Manifest
    files: tuple[FileFinding, ...]
    checks: tuple[Finding, ...]

    @property
    def failure(self) -> SnapError | None:
        error = corrupt(self.manifest, self.files)
        if error is not None:
            return error
        failed = [finding.name for finding in self.checks if not finding.ok]
        if failed:
            return CheckError(
                f"{self.manifest.version}: {summary(self.checks)}: {', '.join(failed)}",
                "the files are as they were published; the data or the rules are wrong: mend them, build a new version",
            )
        return None

    def document(self) -> dict[str, Any]:
        return {
            "version": self.manifest.version,
            "digest": self.manifest.digest,
            "files": [{"path": file.path, "ok": file.ok, "detail": self._detail(file)} for file in self.files],
            "checks": finding_documents(self.checks),
        }

    def view(self) -> View:
        bad = tuple(Line(f"CORRUPT {clean(file.path)}: {file.detail}", "bad") for file in self.files if not file.ok)
        if bad:
            return *bad, Line(f"{len(bad)} of {plural(len(self.files), 'file')} bad; no check was run")
        absent = {file.path for file in self.files if file.absent}
        present = [file for file in self.manifest.files if file.path not in absent]
        verdict = Line(
            f"{self.manifest.version}: {plural(len(present), 'file')} intact ({size(sum(f.bytes for f in present))}), "
            f"{summary(self.checks)}, {duration(self.seconds)}",
            "bad" if self.failure else "good",
        )
        return *failed_view(self.checks), *((self._not_here(len(absent)),) if absent else ()), verdict

    def _detail(self, file: FileFinding) -> str:
        make = f"; to make it, run: snap build {self.manifest.version} --media" if file.absent else ""
        return file.detail + make

    def _not_here(self, absent: int) -> Line:
        manifest = self.manifest
        return Line(
            f"{absent} of {plural(len(manifest.media), 'media file')} not here, and no restore needs them; "
            f"to make them, run: snap build {manifest.version} --media"
        )


def run(options: Options, context: Context) -> CheckResult:
    """Verify the files of a version, and when all are good, prove the data."""
    store = context.store()
    snapshot = context.resolve(store, options.version)
    files = verify(snapshot)
    checks: tuple[Finding, ...] = ()
    if all(file.ok for file in files):
        from snap_builder import prove  # noqa: PLC0415

        checks = prove(snapshot, _dataset(context, snapshot.manifest))
    return CheckResult(manifest=snapshot.manifest, files=files, checks=checks, seconds=context.seconds())


def _dataset(context: Context, manifest: Manifest) -> Dataset | None:
    """Return the dataset that a snapshot comes from. None for a captured one, or where this snap does not know it."""
    if manifest.parameters is None:
        return None
    name = manifest.parameters.dataset
    if name not in datasets.DATASETS:
        context.warn(f"this snap does not know the dataset {name!r}: its own rules are not checked")
        return None
    return datasets.find(name)


COMMAND = Command(
    name="check",
    options=Options,
    run=run,
    help="Compare a snapshot's files with their hashes, then run every check on them.",
    short="Prove the files and the data of a snapshot.",
    example="snap check v3",
    codes="""
        0 every file and every check is good
        3 the snapshot is missing, or a file or the manifest is corrupt (no check was run)
        4 a check failed""",
    fields=FIELDS,
)
