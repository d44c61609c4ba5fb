"""The folder of an embedded server: its paths, its lock, and its owner.

    BASE/data/      the cluster; initdb writes data.new, a rename makes it exist
    BASE/run/       the Unix socket, 0700
    BASE/port       the TCP port on 127.0.0.1, chosen once
    BASE/passfile   the passwords of the owner and the superuser, 0600, in the form that libpq reads
    BASE/server.log
    BASE/.lock      held (flock) by whoever starts or stops the server

BASE is HOME/HASH/18 for a project. HASH is the hash of the project's path, which is in the file HOME/HASH/project. BASE
is HOME/18 without a project, and in a folder that $SNAP_DATA_DIR names.

Postgres refuses to run as root, so root starts it as the project's user, else as `nobody`. That user owns data, run and
the log. Root owns the folder around them, so that nobody else can put a link where root opens a file.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from snap import durable
from snap.errors import ServiceError
from snap_restorer.local import account

_SOCKET_BYTES = 90  # sun_path holds 104 bytes (macOS) or 108, of which /.s.PGSQL.65535 takes 15
_ROOT = 0
PORTS = range(15432, 15532)  # below Linux' and macOS' ephemeral ports, so that no client takes one meanwhile


def default_home(environment: Mapping[str, str]) -> Path:
    """Return the folder for embedded servers: $SNAP_DATA_DIR, else /var/lib/snap for root or the user's data folder."""
    if environment.get("SNAP_DATA_DIR"):
        return Path(environment["SNAP_DATA_DIR"]).absolute()
    if os.geteuid() == _ROOT:
        return Path("/var/lib/snap")  # root's own data folder is below /root, which no other user may enter
    return Path(platformdirs.user_data_dir("snap", appauthor=False))


def find_folder(environment: Mapping[str, str], home: Path | None, project: Path | None, major: int) -> ServerFolder:
    """Return the folder of a major version's server. Each project has its own, unless a folder is named."""
    top = (home or default_home(environment)).absolute()
    inner = top
    if project is not None and home is None and not environment.get("SNAP_DATA_DIR"):
        inner = top / hashlib.sha256(os.fsencode(project.resolve())).hexdigest()[:16]
    return ServerFolder(home=top, base=inner / str(major), project=project)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFolder:
    """The paths of one embedded server. If root starts the server, it runs as the owner of the folder `project`."""

    home: Path
    base: Path
    project: Path | None

    @property
    def data(self) -> Path:
        return self.base / "data"

    @property
    def shared(self) -> Path | None:
        """Return the data that all projects shared in older versions of snap, None if it no longer exists."""
        data = self.home / self.base.name / "data"
        return data if data != self.data and data.exists() else None

    @property
    def first_port(self) -> int:
        """Return the port to try first, which differs between folders, and so between projects, as far as possible."""
        return PORTS[int(hashlib.sha256(os.fsencode(self.base)).hexdigest()[:8], 16) % len(PORTS)]

    @property
    def log(self) -> Path:
        return self.base / "server.log"

    @property
    def passfile(self) -> Path:
        return self.base / "passfile"

    @property
    def port(self) -> Path:
        return self.base / "port"

    def user(self) -> tuple[int, int]:
        """Return the user and group that the server runs as."""
        if os.geteuid() == _ROOT and self.data.exists():
            return account.owner(self.data)
        if os.geteuid() == _ROOT and self.project is not None:
            of_project = account.owner(self.project)
            return of_project if account.is_known(of_project[0]) else account.nobody()
        return account.owner(self.base)

    def require_own(self) -> None:
        """Raise ServiceError if root would work in a folder that another user could replace."""
        if os.geteuid() != _ROOT:
            return
        inner = self.base.parent.resolve()
        for path in (*reversed(inner.parents), inner):
            if not path.exists():
                return
            status = path.stat()
            loose = status.st_mode & stat.S_IWOTH or (status.st_mode & stat.S_IWGRP and status.st_gid != _ROOT)
            sticky = status.st_mode & stat.S_ISVTX and path != inner
            if status.st_uid != _ROOT or (loose and not sticky):
                what = "belongs to another user" if status.st_uid != _ROOT else "may be changed by other users"
                raise ServiceError(
                    f"the embedded Postgres of root cannot keep its data in {self.home}: {path} {what}",
                    "run this as that user, or set $SNAP_DATA_DIR to a folder that belongs to root, such as "
                    "/var/lib/snap",
                )

    def create(self) -> None:
        """Create the folders. Errors: ServiceError."""
        self.require_own()
        mode = 0o755 if os.geteuid() == _ROOT else 0o700
        try:
            self.home.mkdir(mode=mode, parents=True, exist_ok=True)
            for folder in (self.base.parent, self.base):
                folder.mkdir(mode=mode, exist_ok=True)
            self.require_own()
            if os.geteuid() == _ROOT:
                self._take_back()
            if self.project is not None and self.base.parent != self.home:
                named = self.base.parent / "project"
                if not named.exists():
                    durable.write(named, os.fsencode(self.project.resolve()) + b"\n", mode=0o600)
        except OSError as error:
            raise ServiceError(
                f"the embedded Postgres cannot keep its data in {self.home}: {error.strerror}",
                "set $SNAP_DATA_DIR to another folder",
            ) from None

    def _take_back(self) -> None:
        """Make root the owner of a folder that an older snap gave to the user.

        Files that the user may have planted there are removed.
        """
        user = self.user()[0]
        descriptor = os.open(self.base, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            os.fchown(descriptor, _ROOT, _ROOT)
            os.fchmod(descriptor, 0o755)
        finally:
            os.close(descriptor)
        for path in self.base.iterdir():
            status = path.lstat()
            if path.name in {"data", "data.new", "run"}:
                fits = stat.S_ISDIR(status.st_mode)
            else:
                fits = stat.S_ISREG(status.st_mode) and status.st_nlink == 1 and status.st_uid in {_ROOT, user}
            if not fits:
                durable.remove(path)
            elif path in {self.passfile, self.port, self._lock} and status.st_uid != _ROOT:
                durable.write(path, path.read_bytes(), mode=0o600)

    @property
    def _lock(self) -> Path:
        return self.base / ".lock"

    @contextlib.contextmanager
    def locked(self, seconds: float) -> Iterator[None]:
        """Hold the folder's lock while the block runs. Errors: TimeoutError."""
        deadline = time.monotonic() + seconds
        lock = durable.open_file(self._lock, os.O_RDWR | os.O_CREAT)
        try:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise TimeoutError from None
                    time.sleep(0.05)
            yield
        finally:
            os.close(lock)

    def clear(self) -> bool:
        """Delete all files except the lock, for which others may wait. Return whether there were any.

        Errors: ServiceError.

        The cluster is renamed first, so that a partly deleted one is never started.
        """
        gone, elsewhere = self.base / "data.gone", self._socket_path()
        with durable.explained(self.base, "remove it yourself"):
            durable.remove(gone)
            with contextlib.suppress(FileNotFoundError):
                self.data.rename(gone)
            held = sorted(path for path in self.base.iterdir() if path != self._lock)
            for path in held:
                durable.remove_in_use(path)
        if elsewhere.parent != self.base:
            with contextlib.suppress(OSError):  # the folder is empty once the server is down
                elsewhere.rmdir()
        return bool(held)

    def bytes(self) -> int:
        """Return the total size of the files in bytes."""
        found = 0
        for folder, _, names in os.walk(self.base):
            for name in names:
                with contextlib.suppress(OSError):
                    found += (Path(folder) / name).lstat().st_size
        return found

    def _socket_path(self) -> Path:
        folder = self.base / "run"
        if len(os.fsencode(folder)) <= _SOCKET_BYTES:
            return folder
        name = hashlib.sha256(os.fsencode(self.base)).hexdigest()[:8]
        return Path("/tmp") / f"snap-{self.user()[0]}-{name}"  # noqa: S108 - its owner and mode are checked

    def socket_folder(self) -> Path | None:
        """Return the folder of the Unix socket, and create it if needed. Return None if no socket is possible."""
        folder, user = self._socket_path(), self.user()[0]
        try:
            folder.mkdir(mode=0o700)
            account.give(folder, self.data)
        except FileExistsError:
            status = folder.lstat()
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != user or status.st_mode & 0o077:
                return None
        except OSError:
            return None
        return folder
