"""`snap check`: verify a published snapshot's files against its manifest, and its data against every rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from snap.errors import CheckError, SnapError, UsageError
from snap.manifest import Finding, Manifest
from snap.redact import clean
from snap.units import duration, plural, size
from snap.verify import FileFinding, corrupt, verify
from snap_cli import datasets
from snap_cli.build import PROVED_ROWS, Proof, in_postgres
from snap_cli.command import Command
from snap_cli.context import Context, Version
from snap_cli.findings import failed_view, finding_documents, summary
from snap_cli.render import Line, TimedResult, View

if TYPE_CHECKING:
    from snap.store import Snapshot
    from snap_builder.dataset import Dataset
    from snap_cli.forms.snapshots import CheckForm


_IN_POSTGRES = ("postgres", "triggers")  # the checks of a build that load rows into Postgres


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap check`."""

    version: Version
    postgres: Annotated[
        Proof | None,
        typer.Option(
            help="Also load the rows into an embedded Postgres. sample: at most 50,000 rows, of a smaller build if the "
            "version has more. all: all rows [default: none].",
        ),
    ] = None
    purity: Annotated[
        bool,
        typer.Option(
            "--purity",
            help="Also call the functions of dataset.py for every part, as a whole and in two pieces. Both must return "
            "the same values.",
        ),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult(TimedResult):
    """The result of a check. `checks` is empty if a file is bad, because then no check is run."""

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
                "the files are as published, so the data or the rules are wrong: correct them, and build a new version",
            )
        return None

    @property
    def not_run(self) -> tuple[str, ...]:
        """The checks in Postgres that the build has run, and that this command has not run again."""
        run = {finding.name for finding in self.checks}
        return tuple(each.name for each in self.manifest.checks if each.name in _IN_POSTGRES and each.name not in run)

    def document(self) -> CheckForm:
        return {
            "version": self.manifest.version,
            "digest": self.manifest.digest,
            "files": [{"path": file.path, "ok": file.ok, "detail": self._detail(file)} for file in self.files],
            "checks": finding_documents(self.checks),
            "not_run": list(self.not_run),
            "seconds": round(self.seconds, 3),
        }

    def view(self) -> View:
        bad = tuple(Line(f"CORRUPT {clean(file.path)}: {file.detail}", "bad") for file in self.files if not file.ok)
        if bad:
            return *bad, Line(f"{len(bad)} of {plural(len(self.files), 'file')} bad; no check was run")
        absent = {file.path for file in self.files if file.absent}
        present = [file for file in self.manifest.files if file.path not in absent]
        verdict = Line(
            f"{self.manifest.version}: {plural(len(present), 'file')} intact ({size(sum(f.bytes for f in present))}), "
            f"{summary(self.checks)}{self._without()}, {duration(self.seconds)}",
            "bad" if self.failure else "good",
        )
        return *failed_view(self.checks), *((self._not_here(len(absent)),) if absent else ()), verdict

    def _without(self) -> str:
        """Return which checks of the build are missing from the number of checks, and how to run them."""
        names = " and ".join(self.not_run)
        return f" (without {names}, which the build ran: --postgres sample)" if names else ""

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
    """Verify the files of a version, and prove the data if all files are good.

    Errors: SnapshotError if the file of the planner's statistics is not in snap's form.
    """
    store = context.store()
    snapshot = context.resolve(store, options.version)
    pure = _purity(context, snapshot.manifest) if options.purity else ()
    with context.progress() as progress:
        files = verify(snapshot, progress=progress)
    checks: tuple[Finding, ...] = ()
    if all(file.ok for file in files):
        from snap.planner_statistics import read_statistics  # noqa: PLC0415
        from snap_builder import prove  # noqa: PLC0415

        read_statistics(snapshot)
        dataset = _dataset(context, snapshot.manifest)
        with context.progress() as progress:
            proved = prove(snapshot, dataset, progress=progress)
        checks = (*proved, *pure, *_in_postgres(options, context, snapshot, dataset))
    return CheckResult(manifest=snapshot.manifest, files=files, checks=checks, seconds=context.seconds())


def _purity(context: Context, manifest: Manifest) -> tuple[Finding, ...]:
    """Return findings on whether the functions of a version's dataset are pure.

    Errors: UsageError if the dataset is not available.
    """
    import snap_builder  # noqa: PLC0415

    if manifest.parameters is None:
        raise UsageError(
            f"{manifest.version} was captured from a database, so it has no functions to call",
            "check it without purity: that checks its files and rows",
            version=manifest.version,
        )
    dataset = datasets.find(context, manifest.parameters.dataset)
    with context.progress() as progress:
        return snap_builder.purity_of(manifest, manifest.parameters, dataset, progress)


def _in_postgres(
    options: Options, context: Context, snapshot: Snapshot, dataset: Dataset | None
) -> tuple[Finding, ...]:
    """Return findings from loading the rows into Postgres.

    If the snapshot's dataset is not available, no snapshot with fewer rows can be built. In that case either all rows
    are loaded, or none.
    """
    if options.postgres in (None, "none"):
        return ()
    import snap_builder  # noqa: PLC0415

    manifest, most = snapshot.manifest, None if options.postgres == "all" else PROVED_ROWS
    prove = in_postgres(context)
    if dataset is None or manifest.parameters is None:
        if most is None or manifest.rows_total <= most:
            return prove(snapshot, snapshot).findings
        why = "skipped: without its unchanged dataset, no smaller version can be built; --postgres all loads all rows"
        return (Finding(name="postgres", ok=True, value=0, limit=manifest.rows_total, detail=why),)
    request = snap_builder.BuildRequest(
        version=manifest.version,
        dataset=dataset,
        parameters=manifest.parameters,
        created=manifest.created,
        prove=prove,
        prove_rows=most,
    )
    with context.progress() as progress:
        return snap_builder.further_findings(snapshot, request, progress)


def _dataset(context: Context, manifest: Manifest) -> Dataset | None:
    """Return the dataset that a snapshot was built from, or None if it is a capture or the dataset is not known.

    A dataset that has changed since then counts as not known.
    """
    if manifest.parameters is None:
        return None
    name = manifest.parameters.dataset
    try:
        dataset = datasets.find(context, name)
    except UsageError as error:
        context.warn(f"{error.message}: its own rules are not checked")
        return None
    if manifest.revision not in (None, dataset.revision):  # a manifest of format 1 may have no revision
        context.warn(f"the dataset {name!r} has changed since {manifest.version}: its own rules are not checked")
        return None
    return dataset


COMMAND = Command(
    name="check",
    options=Options,
    run=run,
    help="Compare a snapshot's files with their hashes, then run every check on them.",
    short="Prove the files and the data of a snapshot.",
    example="snap check v3",
    codes="""
        0 every file and every check is good
        2 with --purity: the version was captured, or its dataset has changed or is not here
        3 the snapshot is missing, or a file or the manifest is corrupt (no check was run)
        4 a check failed""",
)
