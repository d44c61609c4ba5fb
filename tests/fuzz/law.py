"""Check the law: on any input a command ends well or with one clear error, in time, and touches nothing outside."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

SECONDS = 10
BYTES = 1_500_000_000  # of memory for the worker with all its libraries
CODES = frozenset({0, 2, 3, 5, 6})  # 0: the alteration was harmless
_LONGEST = 20_000  # characters that an error may have
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a command did."""

    code: int
    out: str
    err: str
    seconds: float
    memory: int
    before: str
    after: str


def broken(outcome: Outcome, codes: frozenset[int], *, as_json: bool) -> str:
    """Return which part of the law an outcome breaks, or ""."""
    shown = outcome.out + outcome.err
    failed = outcome.code not in {0, 1, 4}
    if outcome.code not in CODES | codes:
        return f"exit code {outcome.code}"
    if "Traceback (most recent call last)" in shown:
        return "a traceback"
    if control := _CONTROL.search(shown):
        return f"the control character {control[0]!r}"
    if failed and len(shown) > _LONGEST:
        return f"an error of {len(shown)} characters"
    if failed and not (_is_error_document(outcome) if as_json else _is_error_text(outcome)):
        return "not one error with one hint"
    if outcome.seconds > SECONDS:
        return f"{outcome.seconds:.1f} s"
    if outcome.memory > BYTES:
        return f"{outcome.memory:,} bytes of memory"
    if outcome.before != outcome.after:
        return "something beside the project was touched"
    return ""


def _is_error_text(outcome: Outcome) -> bool:
    """Return whether the text has one error and one hint, or is the result of a night in which one step failed."""
    words = [line.partition(": ")[0] for line in outcome.err.splitlines()]
    failed = [line for line in outcome.out.splitlines() if line.startswith("FAILED ")]
    return (words.count("error"), words.count("hint"), len(failed)) in {(1, 1, 0), (0, 0, 1)}


def _is_error_document(outcome: Outcome) -> bool:
    try:
        document = json.loads(outcome.out)
    except ValueError:
        return False
    if document.keys() != {"error"}:  # the result of a command whose check failed
        return True
    return all(document["error"].get(key) for key in ("kind", "message", "hint"))
