"""Run Postgres' client programs (pg_dump, pg_restore) between two streams, reading their output while they run.

A thread feeds their input, so memory stays flat. Leaving the block early ends the program, and so does the event
`stop`. The password is passed in the environment, never as an argument.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from snap import scratch
from snap.errors import ServiceError
from snap_restorer.pg.interrupt import require_going
from snap_restorer.pg.target import Target

PIECE = 1 << 18  # bytes read at once; a pipe of Linux holds 64 KiB
_POLL_S = 0.1


@dataclass(slots=True, kw_only=True)
class ClientProgram:
    """A running client program of Postgres.

    After the end of the stream `said` is its stderr output, and `code` its exit code.
    """

    name: str
    out: IO[bytes]
    process: subprocess.Popen[bytes]
    stop: threading.Event
    code: int | None = None
    said: str = ""
    failure: BaseException | None = field(default=None, repr=False)

    def pieces(self) -> Iterator[bytes]:
        """Yield the program's output in pieces. Errors: Interrupted once `stop` is set."""
        while piece := self.out.read1(PIECE):  # type: ignore[attr-defined]
            require_going(self.stop)
            yield piece
        require_going(self.stop)


@contextlib.contextmanager
def running(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    stop: threading.Event | None = None,
    target: Target | None = None,
    feed: Iterator[bytes] | None = None,
    limit_s: float | None = None,
) -> Iterator[ClientProgram]:
    """Run a client program while the block runs. A program that ends early need not read all of `feed`.

    Errors: ServiceError if it does not start, or runs for longer than `limit_s`; what `feed` raises; Interrupted.
    """
    stop = stop or threading.Event()
    private = dict(environment) | {"LC_ALL": "C", "PGCLIENTENCODING": "UTF8"}
    arguments = [str(part) for part in command]
    if target is not None:
        public, secrets = target.split()
        private |= secrets
        arguments += ["--no-password", f"--dbname={public}"]
    with scratch.file() as errors:
        try:
            process = subprocess.Popen(
                arguments,
                env=private,
                stdin=subprocess.DEVNULL if feed is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        except OSError as error:
            raise ServiceError(
                f"{command[0]} does not run: {error}", "check the installation of the Postgres programs"
            ) from None
        assert process.stdout is not None
        program = ClientProgram(name=arguments[0], out=process.stdout, process=process, stop=stop)
        done = threading.Event()
        threads = [threading.Thread(target=_watch, args=(program, done, limit_s), daemon=True)]
        if feed is not None:
            threads.append(threading.Thread(target=_feed, args=(program, feed, done), daemon=True))
        for thread in threads:
            thread.start()
        try:
            yield program
            process.stdout.close()
            program.code = process.wait()
        except ValueError:  # the output is cut off; the exit code and `failure` tell why
            program.code = process.wait()
            if program.failure is None and program.code == 0:
                raise
        finally:
            done.set()
            if process.poll() is None:
                process.kill()
                process.wait()
            process.stdout.close()
            for thread in threads:
                thread.join()
            errors.seek(0)
            text = errors.read().decode(errors="replace")
            program.said = target.scrub(text) if target else text
        require_going(stop)
        if program.failure is not None:
            raise program.failure


def private_environment(environment: Mapping[str, str] | None) -> dict[str, str]:
    """Return the environment for client programs, by default this process' own."""
    return dict(os.environ if environment is None else environment)


def lock_held(said: str) -> bool:
    """Return whether pg_dump reports a timeout while waiting for a table lock."""
    return "LOCK TABLE" in said and "timeout" in said


def _feed(program: ClientProgram, feed: Iterator[bytes], done: threading.Event) -> None:
    stdin: Any = program.process.stdin
    try:
        for piece in feed:
            if done.is_set():
                break
            stdin.write(piece)
    except BrokenPipeError:
        pass  # the program has read all that it needs
    except BaseException as error:  # noqa: BLE001 - raised again where the program is waited for
        program.failure = error
        program.process.kill()
    finally:
        with contextlib.suppress(OSError):
            stdin.close()


def _watch(program: ClientProgram, done: threading.Event, limit_s: float | None) -> None:
    ends = None if limit_s is None else time.monotonic() + limit_s
    while not done.wait(_POLL_S):
        if ends is not None and time.monotonic() > ends:
            program.failure = ServiceError(
                f"{program.name} is still running after {limit_s:g} s",
                "another session may hold a lock on these tables; run this again",
            )
            program.process.kill()
            return
        if program.stop.is_set():
            program.process.kill()
            return
