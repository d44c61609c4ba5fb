"""A program of Postgres between two streams: what it prints is read while it runs, what it reads is fed by a thread.

Memory stays flat. Whoever leaves early ends the program; so does the event `stop`. The password goes by environment.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from snap.errors import ServiceError
from snap_restorer.pg.interrupt import require_going
from snap_restorer.pg.target import Target

PIECE = 1 << 18  # bytes read at once; a pipe of Linux holds 64 KiB
_POLL_S = 0.1


@dataclass(slots=True, kw_only=True)
class Program:
    """A running program; after the stream's end `said` is what it wrote to stderr, and `code` its exit code."""

    out: IO[bytes]
    process: subprocess.Popen[bytes]
    stop: threading.Event
    code: int | None = None
    said: str = ""
    fed: BaseException | None = field(default=None, repr=False)

    def pieces(self) -> Iterator[bytes]:
        """Return what it prints. Errors: Interrupted once `stop` is set."""
        while piece := self.out.read1(PIECE):  # type: ignore[attr-defined]
            require_going(self.stop)
            yield piece
        require_going(self.stop)


@contextlib.contextmanager
def running(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    stop: threading.Event,
    target: Target | None = None,
    feed: Iterator[bytes] | None = None,
) -> Iterator[Program]:
    """Run a program while the block runs. A program that ends early need not read all of `feed`.

    Errors: ServiceError when it does not start; what `feed` raises; Interrupted.
    """
    private = dict(environment) | {"LC_ALL": "C", "PGCLIENTENCODING": "UTF8"}
    arguments = [str(part) for part in command]
    if target is not None:
        public, secrets = target.split()
        private |= secrets
        arguments += ["--no-password", f"--dbname={public}"]
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                arguments,
                env=private,
                stdin=subprocess.DEVNULL if feed is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        except OSError as error:
            raise ServiceError(f"{command[0]} does not run: {error}", "check the Postgres programs") from None
        assert process.stdout is not None
        program = Program(out=process.stdout, process=process, stop=stop)
        done = threading.Event()
        threads = [threading.Thread(target=_watch, args=(process, stop, done), daemon=True)]
        if feed is not None:
            threads.append(threading.Thread(target=_feed, args=(program, feed, done), daemon=True))
        for thread in threads:
            thread.start()
        try:
            yield program
            process.stdout.close()
            program.code = process.wait()
        except ValueError:  # what it printed is cut off; its exit code and `fed` tell why
            program.code = process.wait()
            if program.fed is None and program.code == 0:
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
        if program.fed is not None:
            raise program.fed


def private_environment(environment: Mapping[str, str] | None) -> dict[str, str]:
    """Return the environment for programs, by default this process' own."""
    return dict(os.environ if environment is None else environment)


def _feed(program: Program, feed: Iterator[bytes], done: threading.Event) -> None:
    stdin: Any = program.process.stdin
    try:
        for piece in feed:
            if done.is_set():
                break
            stdin.write(piece)
    except BrokenPipeError:
        pass  # it has read all that it wants
    except BaseException as error:  # noqa: BLE001 - raised again where the program is waited for
        program.fed = error
        program.process.kill()
    finally:
        with contextlib.suppress(OSError):
            stdin.close()


def _watch(process: subprocess.Popen[bytes], stop: threading.Event, done: threading.Event) -> None:
    while not done.wait(_POLL_S):
        if stop.is_set():
            process.kill()
            return
