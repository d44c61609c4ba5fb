"""`snap init`: start a project with its own dataset, from a database, a script or a folder of migrations."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from snap.errors import UsageError
from snap.redact import clean
from snap.schema_json import schema_json
from snap.units import plural, some
from snap_cli import datasets
from snap_cli.adopting import adopt
from snap_cli.command import Command
from snap_cli.context import Context
from snap_cli.project_files import write_project
from snap_cli.render import Grid, Line, Result, View
from snap_cli.schema_source import recall, remembered
from snap_cli.shapes import privacy_of
from snap_cli.updating import UpdatedResult, left_view, update

if TYPE_CHECKING:
    from snap.schema import Schema
    from snap.shapes import Shapes
    from snap_builder import Started
    from snap_cli.forms.snapshots import InitForm

_URL = re.compile(r"postgres(ql)?://|[a-z]+=")
_NEAR = 0.75  # app.sql is as near to ap.sql as 0.92, and to nope.sql as 0.67
_BACK = re.compile(r"(\b|_)down\.sql$|^U\d[\d._]*__")
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)-(\d{6})(?![0-9A-Za-z])")
_FLYWAY = re.compile(r"V(\d+(?:[._]\d+)*)__")
_NUMBER = re.compile(r"(\d+(?:\.\d+)*)(?![0-9A-Za-z])")
_USUAL = frozenset({"schema", "migrations", "init", "structure", "db", "database", "sql", "supabase", "prisma"})
_HOW = ("constraint", "reference", "default", "name", "type", "statistics")
_RARE = frozenset({"default", "statistics"})  # shown if a column was recognised so


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap init`."""

    source: Annotated[
        str | None,
        typer.Argument(
            metavar="SOURCE",
            help="A database's URL, an SQL file, or a folder of migrations. By default, --update reads the "
            "file or folder in the project that was read before.",
            show_default=False,
        ),
    ] = None
    name: Annotated[str | None, typer.Option(metavar="NAME", help="The dataset's name [default: the source's].")] = None
    dataset: Annotated[
        str | None,
        typer.Option(metavar="NAME", help=f"Use a dataset that comes with snap, such as {datasets.DEFAULT}."),
    ] = None
    update: Annotated[
        bool, typer.Option("--update", help="Read the schema of an existing dataset again; keep dataset.py.")
    ] = False
    stats: Annotated[
        bool,
        typer.Option(
            "--stats", help="For a database: also read its planner's statistics, and write the shapes of its columns."
        ),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InitResult(Result):
    """The written files, and the kinds of columns that were recognised in the schema."""

    dataset: str
    files: tuple[str, ...]
    started: Started
    fixed: int

    def document(self) -> InitForm:
        return {
            "dataset": self.dataset,
            "files": list(self.files),
            "tables": [
                {
                    "name": table.label,
                    "rows": table.rows,
                    "columns": dict(table.how),
                    "always_null": list(table.always_null),
                }
                for table in self.started.tables
            ],
            "left": [{"table": table, "check": check} for table, check in self.started.left],
            "changes": [],
        }

    def view(self) -> View:
        rows = []
        used = {how for table in self.started.tables for how in table.how.values()}
        shown = [how for how in _HOW if how in used or how not in _RARE]
        for table in self.started.tables:
            counted = Counter(table.how.values())
            rows.append((clean(table.label), f"{table.rows:,}", *(str(counted[how] or "") for how in shown)))
        columns = ("table", "rows", *(f"by {how}" for how in shown))
        empty = [f"{table.label}.{name}" for table in self.started.tables for name in table.always_null]
        external = [
            Line(f"{clean(table.label)} belongs to the server; it is included because rows have to reference it")
            for table in self.started.tables
            if table.external
        ]
        return (
            Grid(columns=columns, rows=tuple(rows), right=frozenset(columns[1:])),
            *external,
            *left_view(self.started.left),
            *((Line(f"always NULL until dataset.py declares them: {clean(some(empty, most=6))}"),) if empty else ()),
            *((Line(f"kept {plural(self.fixed, 'row')} that the SQL inserts"),) if self.fixed else ()),
            Line(f"wrote dataset {self.dataset}: {', '.join(self.files)}"),
            Line(f"see rows: snap preview {clean(self.started.tables[0].label)}    build them: snap build v1", "dim"),
        )


def run(options: Options, context: Context) -> Result:
    """Read the schema, and write the files that a project needs. Existing files stay, except with --update."""
    root = context.root_flag or Path.cwd()
    if options.dataset is not None:
        if options != Options(dataset=options.dataset):
            raise UsageError(
                "--dataset cannot be combined with SOURCE, --name, --stats or --update",
                "leave out these, or --dataset",
            )
        return adopt(root, options.dataset, context)
    if options.update:
        return _update(options, context)
    if options.source is None:
        raise UsageError(
            "missing argument 'SOURCE'",
            "name an SQL file, a folder of migrations or a database's URL, or use --dataset NAME",
        )
    return _start(options, options.source, root, context)


def _update(options: Options, context: Context) -> UpdatedResult:
    """Read the schema of an existing dataset again, from any source, or from where it was read before."""
    if options.stats:
        raise UsageError("--update keeps dataset.py, but --stats writes it", "leave out one of them")
    root, source, name = context.root(), options.source, options.name
    if source is None:
        name, source = recall(name, root)
    _require_there(source)
    read = partial(_read, source, context.project(), context)
    return update(name or _name(source), read, remembered(source, root), context)


def _start(options: Options, source: str, root: Path, context: Context) -> InitResult:
    import snap_builder  # noqa: PLC0415

    _require_there(source)
    name = options.name or _name(source)
    if not name.isidentifier():
        raise UsageError(
            f"{name!r} is not a valid name for a dataset", "choose another name with --name: letters, digits and _"
        )
    if name in datasets.DATASETS:
        raise UsageError(f"a dataset called {name!r} comes with snap", "choose another name with --name")
    folder = root / "datasets" / name
    if folder.exists():
        raise UsageError(
            f"there is a dataset {name!r} already, in {folder}",
            "choose another name with --name, or read its schema again with --update",
        )
    if options.stats and not _URL.match(source):
        raise UsageError(
            f"{source!r} is not a database, and only a database has statistics",
            "name one, such as postgresql://host/database, or leave out --stats",
        )
    script, schema = _read(source, root, context)
    today = dt.datetime.now(dt.UTC).date().isoformat()
    shapes = _shapes(source, schema) if options.stats else None
    started = snap_builder.start(name, schema, as_of=today, shapes=shapes)
    for warning in (*(_warnings(shapes) if shapes else ()), *started.refused):
        context.warn(clean(warning))
    files = {
        folder / "schema.sql": script,
        folder / "schema.json": schema_json(schema, script, read_from=remembered(source, root)).encode(),
        folder / "dataset.py": started.text.encode(),
    }
    return InitResult(
        dataset=name,
        files=write_project(root, files),
        started=started,
        fixed=sum(each.rows for each in schema.fixed),
    )


def _warnings(shapes: Shapes) -> Iterator[str]:
    from snap.shapes import ENOUGH  # noqa: PLC0415

    yield from shapes.warnings
    if shapes.small:
        yield (
            f"too few rows to learn columns from (fewer than {ENOUGH}): {some(shapes.small, most=20)}; these columns "
            "are made as without --stats"
        )


def _shapes(source: str, schema: Schema) -> Shapes:
    """Return the shapes of a database's tables."""
    from snap_restorer import Target, read_shapes  # noqa: PLC0415

    return read_shapes(Target(source), schema, privacy_of(schema))


def _read(source: str, project: Path | None, context: Context) -> tuple[bytes, Schema]:
    """Return the SQL of a source, and the schema that Postgres reads from it."""
    from snap_restorer import Target, read_database_schema, read_schema  # noqa: PLC0415

    if _URL.match(source):
        schema = read_database_schema(Target(source), environment=context.environment)
        return schema.sql.encode(), schema
    path = Path(source)
    scripts = [path] if path.is_file() else _migrations(path)
    schema = read_schema(scripts, environment=context.environment, project=project, warn=context.warn)
    return b"\n".join(script.read_bytes() for script in scripts), schema


def _require_there(source: str) -> None:
    """Raise UsageError, with the files of similar names, if a source is neither a database nor a file or folder."""
    path = Path(source)
    if _URL.match(source) or path.is_file() or path.is_dir():
        return
    known = [each.name for each in sorted(path.parent.glob("*")) if each.suffix == ".sql" or each.is_dir()]
    near = [str(path.with_name(name)) for name in difflib.get_close_matches(path.name, known, cutoff=_NEAR)]
    raise UsageError(
        f"{source!r} is not a file, a folder or a database's URL",
        f"did you mean {' or '.join(near)}?"
        if near
        else "name an SQL file, a folder of migrations, or postgresql://host/database",
    )


def _migrations(folder: Path) -> list[Path]:
    """Return the scripts of a folder in the order of their versions, without those that undo a migration."""
    scripts = sorted(
        (file for file in folder.rglob("*.sql") if not _BACK.search(file.name)),
        key=lambda file: [_version(part) for part in file.relative_to(folder).parts],
    )
    if not scripts:
        raise UsageError(
            f"there is no migration in {folder}: no file ends in .sql", "name the folder that holds the migrations"
        )
    return scripts


def _version(part: str) -> tuple[bool, tuple[int, ...], str]:
    """Return the sort key of a file or folder: its number first, 2 before 10, and names without a number last.

    A date with hyphens counts as a number without them, as in Diesel. Flyway's V1_2__ and V1.2__ are one version.
    """
    if day := _DAY.match(part):
        return False, (int("".join(day.groups())),), part
    found = _FLYWAY.match(part) or _NUMBER.match(part)
    numbers = re.findall(r"\d+", found[1]) if found else ()
    return found is None, tuple(map(int, numbers)), part


def _name(source: str) -> str:
    """Return a dataset's name from its source: the database, the file or the nearest folder with a telling name."""
    if _URL.match(source):
        known = Path(source.partition("?")[0]).stem
    else:
        path = Path(source).resolve()
        known = next((each.stem for each in (path, *path.parents) if each.stem.lower() not in _USUAL), "")
    return re.sub(r"\W+", "_", known).lstrip("_0123456789").rstrip("_").lower() or "app"


COMMAND = Command(
    name="init",
    options=Options,
    run=run,
    help="""
    Start a dataset of your own.

    The embedded Postgres runs the SQL of a file or folder and reads the schema that it creates. From a database, snap
    reads only the schema, and no row. The new dataset builds at once: snap build v1. No existing file is overwritten.

    --dataset starts a project for a dataset that comes with snap, and names it in snap.toml. --update reads the schema
    of an existing dataset again, for example after a migration. It writes schema.sql and schema.json, keeps dataset.py,
    and warns if dataset.py no longer fits the schema. Without SOURCE, it reads the file or folder in the project that
    was read before. The URL of a database is not remembered.

    --stats also reads the planner's statistics of a database. They set the numbers of rows, shares of NULL, categories,
    quantiles and rows per parent. No row leaves the database. Texts leave it only if at least 20 rows share them and
    they look like codes, or if a CHECK lists them: read dataset.py and schema.sql before you commit them.
    """,
    short="Start a dataset of your own.",
    example="snap init schema.sql",
    codes="""
        0 written
        2 the source has no readable schema, or the dataset exists already
        5 the database shows no statistics
        6 Postgres or the disk failed""",
)
