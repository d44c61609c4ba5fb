"""Send a message to the services that apprise knows: mail, Teams, Discord, Matrix, ntfy and about a hundred more."""

from __future__ import annotations

import logging
import re
from urllib.parse import urlsplit

import apprise

from snap_ops.notify.attempts import Attempt
from snap_ops.notify.message import Message, MessageLine, MessagePart

_STATUS = re.compile(r"error=(\d{3})\b")
_KINDS = {"good": "success", "warned": "warning", "failed": "failure"}
_MARKS = {"good": "✓ ", "warned": "! ", "failed": "✗ ", "skipped": "– ", "": ""}
# What services take for a mention or a link although the text is plain: @everyone, <@123>, <!channel>, [a](https://b).
_OBEYED = re.compile(r"(?<!\w)@(?=(?:everyone|here|channel|all|room)\b)|<(?=[@#!&])|\](?=\()", re.IGNORECASE)
_SHOWN = {"@": "\N{FULLWIDTH COMMERCIAL AT}", "<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}", "]": "] "}


def text(message: Message) -> str:
    """Return a message's body as plain text, in which no name from the database mentions people or becomes a link."""
    facts = "\n".join(f"{word}: {value}" for word, value in message.facts)
    links = "\n".join(f"{word}: {url}" for word, url in message.links)
    return plain("\n\n".join(filter(None, (facts, *map(_part, message.parts), links, message.footer))))


def plain(said: str) -> str:
    """Return a text whose characters with a special meaning are replaced by similar ones."""
    return _OBEYED.sub(lambda match: _SHOWN[match[0]], said)


def send(address: str, message: Message) -> Attempt:
    """Send a message to one service. apprise reports errors only in its logs, whose texts may contain secrets.

    apprise's own limits are 4 s for a connection and 4 s of silence; an address may set others (cto, rto).
    """
    statuses = _Statuses()
    logger = logging.getLogger("apprise")
    logger.filters.insert(0, statuses)
    try:
        service = apprise.Apprise()
        if not service.add(address):
            return Attempt(trouble=f"apprise does not know this service ({_scheme(address)})")
        kind = apprise.NotifyType(_KINDS[message.tone])
        if service.notify(
            body=text(message), title=plain(message.title), notify_type=kind, body_format=apprise.NotifyFormat.TEXT
        ):
            return Attempt(trouble="")
    finally:
        logger.filters.remove(statuses)
    refused = statuses.last is not None and 400 <= statuses.last < 500 and statuses.last != 429
    return Attempt(
        trouble=f"it answered {statuses.last}" if statuses.last else "it did not accept it", again=not refused
    )


class _Statuses(logging.Filter):
    """A log filter that remembers the last HTTP status that apprise logged."""

    last: int | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        if status := _STATUS.search(record.getMessage()):
            self.last = int(status[1])
        return True


def _part(part: MessagePart) -> str:
    left = [f"… and {part.left:,} more"] if part.left else []
    return "\n".join((part.title, *map(_line, part.lines), *left))


def _line(line: MessageLine) -> str:
    return f"{_MARKS[line.mark]}{line.name}: {line.text}" if line.name else line.text


def _scheme(address: str) -> str:
    try:
        scheme = urlsplit(address).scheme
    except ValueError:
        scheme = ""
    return f"{scheme}://…" if re.fullmatch(r"[a-z]{2,12}", scheme) else "write NAME://…"
