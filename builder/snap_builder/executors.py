"""Workers that make parts: threads of this process, or processes of an executor, on this machine or a cluster.

dask:ADDRESS      a dask cluster that is already running (extra `dask`)
MODULE:FACTORY    a function without parameters that gives any concurrent.futures.Executor
"""

from __future__ import annotations

import importlib
import multiprocessing
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from snap.errors import ServiceError, SnapError, UsageError
from snap.extras import missing
from snap_builder.declare.own_code import said

T = TypeVar("T")

DASK = "dask"
DIED: tuple[type[Exception], ...] = (BrokenExecutor, CancelledError)  # what a future raises when its worker is gone
_ANSWER = 15  # seconds that a scheduler has to answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Threads:
    """A number of threads of this process, `jobs`, that make parts."""

    jobs: int

    @contextmanager
    def opened(self) -> Iterator[Lent]:
        """Yield the executor for a block. After an error in the block, do not wait for work in progress."""
        with _lent(ThreadPoolExecutor(self.jobs)) as executor:
            yield executor


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """The executor with this `name`. Its workers are other processes, which see the same folders.

    The folder `project` is searched too, for a module that is not installed.
    """

    name: str
    project: Path

    @contextmanager
    def opened(self) -> Iterator[Lent]:
        """Yield the executor for a block. After an error in the block, do not wait for work in progress.

        Errors: UsageError if there is no such function or its library is missing, ServiceError if the scheduler
        does not answer or a worker fails.
        """
        kind, _, rest = self.name.partition(":")
        with _dask(rest) if kind == DASK else _lent(self._made(kind, rest)) as executor:
            try:
                yield executor
            except (SnapError, OSError, BrokenExecutor, CancelledError):
                raise
            except Exception as error:
                raise ServiceError(
                    f"{self.name} did not make a part: {said(error)}",
                    "see the logs of its workers; each needs this snap and its libraries in the same versions",
                ) from error

    def _made(self, module: str, factory: str) -> Executor:
        """Return the executor that a user-defined factory makes.

        Errors: UsageError that says what the factory returned or raised.
        """
        function = getattr(self._imported(module), factory, None)
        if not callable(function):
            raise UsageError(
                f"module {module} has no function {factory}",
                "name a function that returns a concurrent.futures.Executor",
            )
        try:
            made = function()
        except Exception as error:  # noqa: BLE001 - user-defined code may raise anything
            raise UsageError(f"{self.name} returns no executor: {said(error)}", "correct the function") from None
        if not isinstance(made, Executor):
            raise UsageError(
                f"{self.name} returns a {type(made).__name__}, which is not a concurrent.futures.Executor",
                "let the function return one, such as a ProcessPoolExecutor",
            )
        return made

    def _imported(self, name: str) -> object:
        path = str(self.project)
        sys.path.append(path)  # at the end, so that a project's file hides no installed module
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise UsageError(
                    f"module {name} cannot be imported: {said(error)}", "install what it imports"
                ) from None
            raise UsageError(
                f"there is no module {name!r} for executor {self.name}",
                f"install it, put it into {self.project}, or name its folder in $PYTHONPATH",
            ) from None
        except Exception as error:  # noqa: BLE001 - user-defined code may raise anything
            raise UsageError(f"module {name} cannot be imported: {said(error)}", "correct the module") from None
        finally:
            sys.path.remove(path)


def workers_of(name: str | None, project: Path) -> Workers | None:
    """Return the workers that the name of an executor stands for, or None without a name.

    Errors: UsageError for a text that is not the name of an executor.
    """
    if name is None:
        return None
    kind, colon, rest = name.partition(":")
    if not colon or not kind or not rest:
        raise UsageError(
            f"{name!r} is not the name of an executor",
            f"write {DASK}:tcp://HOST:8786, or MODULE:FACTORY, a function that returns a concurrent.futures.Executor",
        )
    return Workers(name=name, project=project)


class Lent:
    """An executor that is open for a block, with the work that was submitted to it."""

    def __init__(self, executor: Executor) -> None:
        self._executor, self._futures = executor, list[Future[Any]]()
        self._before = set(multiprocessing.active_children())

    def submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        """Submit a function call to a worker."""
        future = self._executor.submit(function, *arguments)
        self._futures.append(future)
        return future

    def abandon(self) -> None:
        """Stop waiting for workers, and kill the worker processes if the executor is a process pool.

        When a command ends, its pool's processes are not told, and they would wait forever. The pool is shut down too,
        because its semaphores would otherwise stay in the system.
        """
        processes = set(multiprocessing.active_children()) - self._before
        for process in processes:
            process.kill()
        if not processes:  # a pool that loses its processes and its futures at once raises an error
            for future in self._futures:
                future.cancel()
        self._executor.shutdown(wait=bool(processes))


@contextmanager
def _lent(executor: Executor) -> Iterator[Lent]:
    """Yield an executor and shut it down afterwards. After an error, do not wait for its workers."""
    lent = Lent(executor)
    try:
        yield lent
    except BaseException:
        lent.abandon()
        raise
    executor.shutdown()


@contextmanager
def _dask(address: str) -> Iterator[Lent]:
    """Yield the executor of a dask client. The cluster keeps running. Errors: UsageError, ServiceError."""
    try:
        import distributed  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        raise missing("dask", DASK, f"{DASK}:{address}") from None
    try:
        client = distributed.Client(address, timeout=_ANSWER, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise ServiceError(
            f"no dask scheduler answers at {address}: {said(error)}",
            "make sure that it runs and can be reached; an address looks like tcp://HOST:8786",
        ) from None
    try:
        # pure=False: each part is made when it is submitted, and never taken from the cluster's cache.
        with _lent(client.get_executor(pure=False)) as executor:
            yield executor
    finally:
        client.close(timeout=_ANSWER)
