"""The commands as functions, for people who import snap: the same options, settings and guards, and a result as data.

Each raises what its command would report, with a note that says what to do, and prints warnings on stderr, nothing
else. `root` is the project's folder, else $SNAP_ROOT, else the nearest one upwards. Part of the public
interface: no module of the contract imports it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from snap.keywords import hinted
from snap.units import some

if TYPE_CHECKING:
    from snap.compare import Diff, ThreeWay
    from snap.edge_cases import Edge
    from snap.manifest import Finding, Manifest
    from snap_builder import Built, Shared
    from snap_cli.context import Context
    from snap_restorer import RestoreResult


@hinted()
def restore(
    version: str,
    db: str | None = None,
    *,
    mode: Literal["replace", "missing", "sync"] = "replace",
    jobs: int = 1,
    as_of: str | None = None,
    clone: bool = False,
    verify: Literal["counts", "full"] | None = None,
    lock_timeout: float = 10.0,
    strict: bool = False,
    dry_run: bool = False,
    yes: bool = False,
    trust_code: bool = False,
    root: Path | str | None = None,
) -> RestoreResult:
    """Put a snapshot into a Postgres, as `snap restore` does: all of it in one transaction, or nothing.

    `db` is a URL or a libpq key=value string, else $SNAP_DB_URL, else the embedded Postgres, which is started. `mode`
    replaces all rows of the snapshot's tables, inserts those that are "missing", or writes only what differs ("sync").
    `as_of` is "now" or a date, `lock_timeout` is in seconds; `yes` allows to replace rows that snap did not put there.
    With `trust_code` a superuser runs code that the snapshot brings. Errors: UsageError, SnapshotError, CheckError,
    TargetError, ServiceError; after each the database is as it was, unless `jobs` is over 1.
    """
    from snap_cli import restore as command  # noqa: PLC0415

    options = command.Options(
        version=version,
        db=db,
        mode=mode,
        jobs=jobs,
        as_of=as_of,
        clone=clone,
        verify=verify,
        lock_timeout=lock_timeout,
        strict=strict,
        dry_run=dry_run,
        yes=yes,
        trust_code=trust_code,
    )
    return command.run(options, _context(root)).restored


@overload
def diff(
    version: str,
    *,
    db: str | None = None,
    rows: int = 0,
    html: Path | str | None = None,
    trust_code: bool = False,
    root: Path | str | None = None,
) -> Diff: ...
@overload
def diff(
    version: str,
    other: str,
    *,
    db: None = None,
    rows: int = 0,
    html: Path | str | None = None,
    trust_code: bool = False,
    root: Path | str | None = None,
) -> Diff: ...
@overload
def diff(
    version: str,
    other: str,
    *,
    db: str,
    rows: int = 0,
    html: Path | str | None = None,
    trust_code: bool = False,
    root: Path | str | None = None,
) -> ThreeWay: ...
@hinted()
def diff(
    version: str,
    other: str | None = None,
    *,
    db: str | None = None,
    rows: int = 0,
    html: Path | str | None = None,
    trust_code: bool = False,
    root: Path | str | None = None,
) -> Diff | ThreeWay:
    """Compare two snapshots, a snapshot with a database, or all three, as `snap diff` does.

    Without `other` the database is `db`, else $SNAP_DB_URL, else db of [target] in snap.toml, else the embedded
    Postgres. With both: what `other` changes, what was changed in the database, and where the two collide. `rows`
    samples up to so many rows of each kind of change. `html` names a file: the differences are written there as a page.
    With `trust_code` a superuser runs code of the database.
    Errors: SnapshotError, TargetError, ServiceError.
    """
    from snap_cli import diff as command  # noqa: PLC0415

    path = None if html is None else Path(html)
    options = command.Options(version=version, other=other, db=db, rows=rows, html=path, trust_code=trust_code)
    return command.run(options, _context(root)).diff


@hinted()
def capture(
    version: str,
    db: str | None = None,
    *,
    tables: Iterable[str] = (),
    exclude: Iterable[str] = (),
    masks: Iterable[str] = (),
    lock_timeout: float = 10.0,
    trust_code: bool = False,
    root: Path | str | None = None,
) -> Manifest:
    """Make a version out of a live database, as `snap capture` does, and return its manifest.

    `db` is else $SNAP_DB_URL. `tables` and `exclude` are patterns; `masks` are TABLE.COLUMN, and get NULL or
    pseudonyms, under $SNAP_MASK_KEY or a key that is thrown away. `lock_timeout` is in seconds. With `trust_code` a
    superuser runs code of the database. Errors: UsageError, CheckError, TargetError, ServiceError; after each nothing
    is published.
    """
    from snap_cli import capture as command  # noqa: PLC0415

    options = command.Options(
        version=version,
        db=db,
        tables=tuple(tables),
        exclude=tuple(exclude),
        masks=tuple(masks),
        lock_timeout=lock_timeout,
        trust_code=trust_code,
    )
    return command.run(options, _context(root)).manifest


@hinted()
def check(
    version: str,
    *,
    postgres: Literal["none", "sample", "all"] | None = None,
    purity: bool = False,
    root: Path | str | None = None,
) -> tuple[Finding, ...]:
    """Compare a snapshot's files with their hashes, then run every check on them, as `snap check` does.

    Errors: SnapshotError for missing or altered files; CheckError if a check fails.
    """
    from snap_cli import check as command  # noqa: PLC0415

    result = command.run(command.Options(version=version, postgres=postgres, purity=purity), _context(root))
    if result.failure is not None:
        raise result.failure
    return result.checks


@overload
def build(
    version: str,
    *,
    dataset: str | None = None,
    profile: str | None = None,
    scale: str | None = None,
    sets: Mapping[str, int] | None = None,
    seed: int | None = None,
    as_of: str | None = None,
    jobs: int | None = None,
    executor: str | None = None,
    parts: None = None,
    media: bool = False,
    postgres: Literal["none", "sample", "all"] | None = None,
    force: bool = False,
    root: Path | str | None = None,
) -> Built: ...
@overload
def build(
    version: str,
    *,
    parts: str,
    dataset: str | None = None,
    profile: str | None = None,
    scale: str | None = None,
    sets: Mapping[str, int] | None = None,
    seed: int | None = None,
    as_of: str | None = None,
    jobs: int | None = None,
    executor: str | None = None,
    media: bool = False,
    postgres: Literal["none", "sample", "all"] | None = None,
    force: bool = False,
    root: Path | str | None = None,
) -> Shared: ...
@hinted()
def build(
    version: str,
    *,
    dataset: str | None = None,
    profile: str | None = None,
    scale: str | None = None,
    sets: Mapping[str, int] | None = None,
    seed: int | None = None,
    as_of: str | None = None,
    jobs: int | None = None,
    executor: str | None = None,
    parts: str | None = None,
    media: bool = False,
    postgres: Literal["none", "sample", "all"] | None = None,
    force: bool = False,
    root: Path | str | None = None,
) -> Built | Shared:
    """Make a version, check it and publish it, as `snap build` does; rebuild a published one aside and compare.

    `scale` multiplies the volumes ("2", "1/3"), `sets` fixes the rows of single tables. `executor` lets
    other processes make the parts: "dask:ADDRESS", or "module:factory". With `parts`, such as "3/16", only that share
    of them is made, and publish() takes them up. Errors: UsageError, SnapshotError,
    ServiceError; CheckError if a check fails, or a published version is not reproduced.
    """
    from snap_cli import build as command  # noqa: PLC0415

    options = command.Options(
        version=version,
        dataset=dataset,
        profile=profile,
        scale=scale,
        sets=tuple(f"{table}={rows}" for table, rows in (sets or {}).items()),
        seed=seed,
        as_of=as_of,
        jobs=jobs,
        executor=executor,
        parts=parts,
        media=media,
        postgres=postgres,
        force=force,
    )
    result = command.run(options, _context(root))
    if not isinstance(result, command.BuildResult):
        return result.shared
    if result.failure is not None:
        raise result.failure
    return result.built


@hinted()
def publish(
    version: str,
    *,
    dataset: str | None = None,
    jobs: int | None = None,
    media: bool = False,
    postgres: Literal["none", "sample", "all"] | None = None,
    force: bool = False,
    root: Path | str | None = None,
) -> Built:
    """Check and publish what `snap build --parts` has made, as `snap publish` does.

    Errors: UsageError if a share is missing or was made with other inputs, SnapshotError for a file that is not what
    its share wrote; CheckError if a check fails, or a published version is not reproduced.
    """
    from snap_cli import publish as command  # noqa: PLC0415

    options = command.Options(version=version, dataset=dataset, jobs=jobs, media=media, postgres=postgres, force=force)
    result = command.run(options, _context(root))
    if result.failure is not None:
        raise result.failure
    return result.built


@hinted()
def edges(version: str, *, root: Path | str | None = None) -> tuple[Edge, ...]:
    """Return the edge cases of a snapshot: rows that its dataset makes on purpose, as `snap show` lists them.

    Errors: SnapshotError.
    """
    context = _context(root)
    return context.resolve(context.store(), version).manifest.edges


@hinted()
def edge(version: str, table: str, name: str, *, root: Path | str | None = None) -> Edge:
    """Return one edge case of a snapshot: `snap.edge("v1", "users", "longest name").key["id"]`.

    Errors: SnapshotError; UsageError if the table has no edge case of that name.
    """
    from snap.errors import UsageError  # noqa: PLC0415

    known = [each for each in edges(version, root=root) if each.table == table]
    found = next((each for each in known if each.name == name), None)
    if found is None:
        raise UsageError(
            f"table {table} of {version} has no edge case {name!r}",
            f"it has: {some([each.name for each in known])}" if known else f"snap show {version} lists those of others",
        )
    return found


def _context(root: Path | str | None) -> Context:
    from snap_cli.context import Context  # noqa: PLC0415

    return Context(root_flag=None if root is None else Path(root), quiet=True, environment=os.environ)
