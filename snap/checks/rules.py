"""Rules, and the reader of the .sql files that hold them.

    -- rule: likes_in_time
    -- about: one line for people
    -- limit: 0                 the SELECT gives offending rows; their number is the value
    -- between: 0.35 0.65       or: it gives one number (and columns that explain it), which must lie in there
    -- needs: recipes 300       skipped below so many rows, and says so; several are separated by commas
    -- implies: counters_likes  what a violation of this rule breaks as well
    -- each: users, recipes     it holds of each row of these tables alone, so that it runs on a few rows at a time
    SELECT ...

A file holds any number of rules. `prelude.sql` holds statements that run first, each after a line `-- make: name`. With
a line `-- extract: recipes` the statement runs on a few rows of that table at a time too. Rules that need all rows see
the rows that it made from all of them together.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path

import pyarrow as pa

PRELUDE = "prelude.sql"
_FIELD = re.compile(r"--\s*(\w+):\s*(.*?)\s*")
_PARTS = 16
_KNOWN = {"about", "limit", "between", "needs", "implies", "each", "extract"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. With `between` (low, high) the SQL returns one number, otherwise it returns the offending rows.

    With `each` the rule runs on some rows of one of these tables at a time, while all other tables are empty, and the
    counts are added up. `parts` are the SELECTs whose union is `sql`, if there may be many.
    """

    name: str
    sql: str
    about: str = ""
    limit: int = 0
    between: tuple[float, float] | None = None
    needs: tuple[tuple[str, int], ...] = ()
    implies: tuple[str, ...] = ()
    each: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    @property
    def statements(self) -> tuple[str, ...]:
        """The rule's SQL as one or several statements, each the union of a few `parts`.

        DuckDB's planning time grows faster than the number of parts.
        """
        cuts = range(0, len(self.parts), _PARTS)
        return tuple("\nUNION ALL\n".join(self.parts[cut : cut + _PARTS]) for cut in cuts) or (self.sql,)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a prelude, which creates `name`.

    With `extract` the statement runs on some rows of that table at a time, and the rows that it creates are kept.
    """

    name: str
    sql: str
    extract: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """A dataset's rules. `prelude` are the statements that they share, `references` the tables that both may name."""

    rules: tuple[Rule, ...] = ()
    prelude: tuple[Statement, ...] = ()
    references: Mapping[str, pa.Table] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """The SHA-256 over the text of the rules and their statements."""
        return hashlib.sha256(repr((self.rules, self.prelude)).encode()).hexdigest()


def load_rules(folder: Path | Traversable, references: Mapping[str, pa.Table]) -> RuleSet:
    """Read every .sql file of a folder, sorted by name. Errors: ValueError for a malformed file."""
    texts = {item.name: item.read_text("utf-8") for item in folder.iterdir() if item.name.endswith(".sql")}
    prelude = texts.pop(PRELUDE, "")
    return RuleSet(
        rules=tuple(rule for name in sorted(texts) for rule in parse_rules(texts[name], source=name)),
        prelude=tuple(
            Statement(name, sql, fields.get("extract")) for name, fields, sql in _blocks(prelude, "make", PRELUDE)
        ),
        references=references,
    )


def parse_rules(text: str, *, source: str) -> tuple[Rule, ...]:
    """Read the rules of one file; `source` names it in errors. Errors: ValueError."""
    rules = []
    for name, fields, sql in _blocks(text, "rule", source):
        if not sql or ("limit" in fields) == ("between" in fields):
            raise ValueError(f"{source}: rule {name} needs SQL, and either limit or between")
        if "extract" in fields or {"each", "between"} <= fields.keys():
            raise ValueError(f"{source}: rule {name} cannot have extract, and cannot have each together with between")
        low, high = map(float, fields.get("between", "0 0").split())
        rules.append(
            Rule(
                name=name,
                sql=sql,
                about=fields.get("about", ""),
                limit=int(fields.get("limit", "0")),
                between=(low, high) if "between" in fields else None,
                needs=tuple((table, int(rows)) for table, rows in (item.split() for item in _items(fields, "needs"))),
                implies=_items(fields, "implies"),
                each=_items(fields, "each"),
            )
        )
    return tuple(rules)


def _items(fields: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in fields.get(name, "").split(",") if item.strip())


def _blocks(text: str, word: str, source: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Return (name, header fields, SQL) of each block that begins with `-- word: name`."""
    head, *blocks = re.split(rf"^--\s*{word}:\s*", text, flags=re.MULTILINE)
    if any(line.strip() and not line.startswith("--") for line in head.splitlines()):
        raise ValueError(f"{source}: there is SQL before the first '-- {word}:'")
    for block in blocks:
        name, *lines = block.splitlines()
        fields = {}
        for position, line in enumerate(lines):
            match = _FIELD.fullmatch(line)
            if match is None or match[1] not in _KNOWN:
                sql = _statement(lines[position:])
                break
            fields[match[1]] = match[2]
        else:
            sql = ""
        yield name.strip(), fields, sql


def _statement(lines: list[str]) -> str:
    """Return the SQL without trailing comments, which belong to the next block."""
    while lines and (not lines[-1].strip() or lines[-1].startswith("--")):
        lines = lines[:-1]
    return "\n".join(lines).removesuffix(";")
