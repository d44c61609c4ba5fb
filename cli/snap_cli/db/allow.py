"""`snap db allow`: mark a database as one that nights and restores may change, or remove the mark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from snap.errors import UsageError
from snap_cli.command import Command
from snap_cli.context import Context, Yes
from snap_cli.guard import read_guard
from snap_cli.render import Line, TimedResult, View
from snap_cli.target import db_option, urls

if TYPE_CHECKING:
    from snap_cli.forms.databases import AllowForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap db allow`."""

    db: Annotated[
        str | None,
        db_option("The database; else $SNAP_DB_URL, else db and direct_db of [target] in snap.toml."),
    ] = None
    revoke: Annotated[bool, typer.Option("--revoke", help="Remove the mark.")] = False
    yes: Yes = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowResult(TimedResult):
    """Whether nights and restores may change the database now. `addresses` are all its URLs."""

    addresses: tuple[str, ...]
    allowed: bool

    def document(self) -> AllowForm:
        return {"urls": list(self.addresses), "allowed": self.allowed, "seconds": round(self.seconds, 3)}

    def view(self) -> View:
        where = " and ".join(self.addresses)
        return (Line(f"nights may change {where}" if self.allowed else f"{where} has no mark"),)


def run(options: Options, context: Context) -> AllowResult:
    """After a confirmation, mark a database as one that nights and restores may change, or remove the mark.

    Errors: UsageError if nobody can be asked.
    """
    from snap_restorer.pg import mark  # noqa: PLC0415
    from snap_restorer.pg.one_database import require_one_database  # noqa: PLC0415

    settings = context.settings()
    targets = urls(context, options.db, settings)
    if not targets:
        raise UsageError("no database is named, and the embedded Postgres needs no mark", "give its URL", option="db")
    addresses = tuple(target.redacted for target in targets)
    require_one_database(targets)
    if options.revoke:
        mark.revoke(targets[0])
        return AllowResult(addresses=addresses, allowed=False, seconds=context.seconds())
    guard = read_guard(settings)
    standings = {target: guard.allows(target) for target in targets}  # check every address: any may be protected
    allowed = all(standings.values())
    question = f"May nights replace what {' and '.join(addresses)} holds?"
    if options.yes or context.confirms(question, "marking a database"):
        mark.allow(targets[0])
        allowed = True
    return AllowResult(addresses=addresses, allowed=allowed, seconds=context.seconds())


COMMAND = Command(
    name="allow",
    options=Options,
    run=run,
    help="""
    Mark a database as one that nights and restores may change. A pattern in the list allowed of [target] has the same
    effect.

    The mark is a row in the table snap.allowed of the database, which only the database's owner may write. It names the
    server's cluster and the database's OID, so it does not count in a dump or a copy of the database. A database that
    the list protected names stays protected.
    """,
    short="Allow nights to change a database.",
    example="snap db allow --db postgresql://postgres@db.example.com/staging",
    codes="""
        0 marked, or the mark is gone; or nothing done because you said no
        5 the database is protected, its URLs are two databases, or this role does not act for its owner
        6 Postgres or the network failed""",
)
