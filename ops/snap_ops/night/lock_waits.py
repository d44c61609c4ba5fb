"""Repeat a step of a night while other sessions hold its locks, until the step's time is over.

While a step waits for a lock, all later sessions wait behind it. So each attempt waits no longer than the section's
lock_timeout, and the others continue between two attempts.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, replace

from snap.errors import SnapError
from snap_ops.step import Step, StepContext, StepResult
from snap_restorer.pg.lock_holders import end_idle_holders
from snap_restorer.pg.server_errors import LockHeldError

# If one of these steps fails for a lock, it has changed nothing, or the next attempt does the rest.
_RETRIED = frozenset({"backup", "reset", "migrate", "restore", "health"})
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LockWaits:
    """The time that a step may take with all its attempts to get its locks.

    With `end_idle_s`, sessions that hold a lock and have been idle in a transaction for so long are ended.
    """

    limit_s: float
    end_idle_s: float | None = None

    def run(self, step: Step, context: StepContext) -> StepResult:
        """Run the step, and again while others hold a lock. Errors: the step's; LockHeldError once the time is over."""
        began, pause, tries = time.monotonic(), _FIRST_PAUSE_S, 0
        ended: tuple[str, ...] = ()
        while True:
            tries, tried = tries + 1, time.monotonic()
            try:
                result = step.run(context)
            except LockHeldError as error:
                now = time.monotonic()
                if step.name not in _RETRIED or now + pause + (now - tried) - began >= self.limit_s:
                    raise _tried(error, tries) from None
                context.progress.note(f"{step.name}: {error.message}; trying again")
                gone = self._end_idle(context)
                ended += gone
                if not gone and context.stop.wait(pause):
                    raise _tried(error, tries) from None
                pause = min(2 * pause, _LONGEST_PAUSE_S)
            else:
                warnings = tuple(f"a session that was idle with a lock was ended: {session}" for session in ended)
                return replace(result, warnings=(*warnings, *result.warnings))

    def _end_idle(self, context: StepContext) -> tuple[str, ...]:
        """End idle sessions that hold a lock, if this is configured and the role may do so. Return these sessions."""
        if self.end_idle_s is None:
            return ()
        with contextlib.suppress(SnapError), context.direct.connect() as connection:
            return end_idle_holders(connection, self.end_idle_s)
        return ()


def _tried(error: LockHeldError, tries: int) -> LockHeldError:
    """Return the error of a step with the number of attempts in its message."""
    if tries == 1:
        return error
    return LockHeldError(
        f"{error.message}; tried {tries} times",
        error.hint,
        unchanged=error.unchanged,
        reported=f"{error.reported}; tried {tries} times",
    )
