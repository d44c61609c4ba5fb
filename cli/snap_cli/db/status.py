"""`snap db status`: show whether the embedded Postgres runs, where, and which databases it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from snap.units import size
from snap_cli.command import Command, NoOptions
from snap_cli.context import Context
from snap_cli.render import Grid, Line, TimedResult, View
from snap_cli.target import server

if TYPE_CHECKING:
    from pathlib import Path

    from snap_cli.forms.databases import DbStatusForm
    from snap_restorer import HeldDatabase, Server


@dataclass(frozen=True, slots=True, kw_only=True)
class DbStatusResult(TimedResult):
    """The embedded server, None if it does not run, and its data folder. `made` says whether the folder exists."""

    answer: ClassVar[bool] = True
    server: Server | None
    postgres: str
    data: Path
    made: bool
    databases: tuple[HeldDatabase, ...]

    def document(self) -> DbStatusForm:
        return {
            "running": self.server is not None,
            "postgres": self.postgres,
            "port": None if self.server is None else self.server.port,
            "url": None if self.server is None else self.server.url("postgres"),
            "data": str(self.data),
            "made": self.made,
            "databases": [
                {
                    "name": database.name,
                    "bytes": database.bytes,
                    "template": database.template,
                    "about": database.about or None,
                }
                for database in self.databases
            ],
            "seconds": round(self.seconds, 3),
        }

    def view(self) -> View:
        if self.server is None:
            data = f"data {self.data}" if self.made else f"data {self.data}, which the first start makes"
            return (Line(f"Postgres {self.postgres} does not run; run: snap db start"), Line(data, "dim"))
        rows = tuple(
            (f"{database.name} ({about})" if about else database.name, size(database.bytes))
            for database in self.databases
            for about in (database.about or ("template" if database.template else ""),)
        )
        return (
            Line(f"Postgres {self.postgres} runs on port {self.server.port}", "good"),
            Line(f"url  {self.server.url('postgres')}"),
            Line(f"data {self.data}", "dim"),
            *(
                [Grid(columns=("database", "size"), rows=rows, right=frozenset({"size"}))]
                if rows
                else [Line("no database yet; run: snap restore VERSION")]
            ),
        )


def run(_options: NoOptions, context: Context) -> DbStatusResult:
    """Return the server's state, without starting it."""
    from snap_restorer import databases_of  # noqa: PLC0415

    embedded = server(context)
    found = embedded.status()
    return DbStatusResult(
        server=found,
        postgres=embedded.version,
        data=embedded.folder.data,
        made=embedded.folder.data.exists(),
        databases=() if found is None else databases_of(found),
        seconds=context.seconds(),
    )


COMMAND = Command(
    name="status",
    options=NoOptions,
    run=run,
    help="Say whether the embedded Postgres runs, where its data lie, and which databases it has. It is not started.",
    short="Say whether the server runs, and list its databases.",
    example="snap db status",
    codes="0 done, whether it runs or not\n6 there is no Postgres to start, or it does not answer",
)
