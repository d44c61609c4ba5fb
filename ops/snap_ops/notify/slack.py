"""Write a message as Slack's Block Kit. Pure. Limits: https://docs.slack.dev/reference/block-kit/blocks."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from snap_ops import summary
from snap_ops.notify.message import Message, MessageLine, MessagePart

_MOST_BLOCKS, _MOST_TEXT, _MOST_HEADER, _MOST_FIELD = 50, 3_000, 150, 1_900
_MOST_LINE = 900  # so that three lines fit, whatever they hold
_LINKS = {"Report": "Open the report"}
_EMOJI = {
    "good": ":white_check_mark:",
    "warned": ":warning:",
    "failed": ":x:",
    "skipped": ":heavy_minus_sign:",
    "": "•",
}


def payload(message: Message) -> dict[str, Any]:
    """Return the JSON for the webhook. `text` is for notifications on a phone and for screen readers."""
    title = f"{_EMOJI[message.tone]} {message.title}"
    blocks: list[dict[str, Any]] = [
        # A header is plain text, in which Slack knows no escapes but these three either.
        {"type": "header", "text": {"type": "plain_text", "text": _fit(title, _MOST_HEADER), "emoji": True}},
        {
            "type": "section",
            "fields": [_text(f"*{word}*\n{_fit(value, _MOST_FIELD)}") for word, value in message.facts],
        },
        *({"type": "section", "text": _text(_lines(part))} for part in message.parts),
    ]
    if message.links:
        links = (f"<{_address(url)}|{escape(_LINKS.get(word, word))}>" for word, url in message.links)
        blocks.append({"type": "section", "text": _text(" · ".join(links))})
    blocks.append({"type": "context", "elements": [_text(escape(message.footer))]})
    return {"text": _fit(title, _MOST_TEXT), "blocks": blocks[:_MOST_BLOCKS]}


def escape(text: str) -> str:
    """Escape the characters that Slack uses for links, mentions and entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _lines(part: MessagePart) -> str:
    """Return a part's title with as many whole lines as fit, and the number of lines left out."""
    text, left = f"*{escape(part.title)}*", part.left
    lines = [_line(line) for line in part.lines]
    room = _MOST_TEXT - 40  # for the last line
    for i, line in enumerate(lines):
        if len(text) + 1 + len(line) > room:
            left += len(lines) - i
            break
        text += f"\n{line}"
    return f"{text}\n… and {left:,} more" if left else text


def _line(line: MessageLine) -> str:
    text = _fit(line.text, _MOST_LINE)
    if not line.name:
        return text
    name = escape(line.name.replace("`", "ˋ").replace("*", "∗"))  # these would end code or bold
    return f"{_EMOJI[line.mark]} {f'`{name}`' if line.code else f'*{name}*'} {text}"


def _fit(text: str, most: int) -> str:
    """Escape a text and shorten it if needed, but never within an escape sequence."""
    while (over := len(escape(text)) - most) > 0:
        text = summary.shortened(text, len(text) - 1 - over // 5)  # an escape is five characters at most
    return escape(text)


def _address(link: str) -> str:
    return escape(quote(link, safe="/:?#[]@!$&'()*+,;=%~"))


def _text(text: str) -> dict[str, Any]:
    # verbatim: names that look like addresses or channels are not made into links.
    return {"type": "mrkdwn", "text": text, "verbatim": True}
