"""Tables and domains that existed before schema SQL runs, and the statements that would change them. Pure.

A statement that changes a table with rows evaluates what it adds: CHECKs, defaults, USING. A trigger or a rule runs
later for whoever writes. Tables that the SQL creates itself are empty, or the expressions over their rows were checked
before there were any (replace/schema_rest). Prior relations are recognised by name. In doubt, a relation counts as
prior.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from snap_restorer.pg.scanner import Statement
from snap_restorer.pg.schema_functions import alike, name_in

Qualified = tuple[str, str]  # schema and name, both `alike`; the schema is "" for what a path finds without one

_CHANGES = re.compile(r"(?:ALTER|CREATE (?:OR REPLACE )?(?:(?:CONSTRAINT )?TRIGGER|RULE|POLICY)) ")
# After these words comes the relation, or one that becomes its partition.
_BEFORE = frozenset({"TABLE", "VIEW", "DOMAIN", "EXISTS", "ONLY", "PARTITION", "INHERIT", "ON", "TO"})
_USUAL = frozenset({"", "$user", "pg_catalog", "public"})


def named(relations: Iterable[tuple[str, str, bool]], paths: Iterable[str]) -> frozenset[Qualified]:
    """Return the names by which SQL that sets these search paths may refer to these relations.

    Each relation is given as its schema, its name, and whether the usual path finds it.
    """
    usual = all(part.strip(' "') in _USUAL for path in paths for part in path.split(","))
    names: set[Qualified] = set()
    for schema, name, visible in relations:
        names.add((alike(schema), alike(name)))
        if visible or not usual:
            names.add(("", alike(name)))
    return frozenset(names)


def changes_prior(statement: Statement, prior: Collection[Qualified]) -> bool:
    """Return whether a statement changes one of the prior relations, or all relations of a tablespace."""
    tokens = statement.tokens
    if not _CHANGES.match(" ".join(tokens[:4]) + " "):
        return False
    if "TABLESPACE" in tokens and "ALL" in tokens[2:4]:
        return True
    if any(token[:3].upper() == 'U&"' for token in tokens):
        return True  # an encoded name, which is not read here
    return any(_name_at(tokens, place + 1) in prior for place, word in enumerate(tokens) if word in _BEFORE)


def _name_at(tokens: tuple[str, ...], place: int) -> Qualified:
    """Return the name at a position of a statement, possibly in parentheses, with its schema if that is given."""
    if tokens[place : place + 1] == ("(",):
        place += 1
    schema = ""
    while tokens[place + 1 : place + 2] == (".",):
        schema = name_in(tokens[place])
        place += 2
    return schema, name_in(tokens[place]) if place < len(tokens) else ""
