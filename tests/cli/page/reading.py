"""Read pages in tests: their tags, links and texts, and names that no page may obey."""

from __future__ import annotations

from html.parser import HTMLParser

EVIL = "</details></svg><script>alert(1)</script>&\"'\x1b[2J\u202e{{ 7 * 7 }}"
_VOID = {"meta", "link", "br", "wbr"}


class Reader(HTMLParser):
    """A parser of a page that fails if tags are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        named = dict(attrs)
        self.ids += [value for value in [named.get("id")] if value]
        self.links += [value for value in [named.get("href")] if value]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
