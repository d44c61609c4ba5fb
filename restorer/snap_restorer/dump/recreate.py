"""Recreate the contents of a backup: schemas, extensions, the archive's objects and rows, and objects outside."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import psycopg
from psycopg import sql

from snap.progress import Progress, Silent, phase
from snap_restorer.dump import backup_code
from snap_restorer.dump.archive import ArchiveContents, ArchiveReader, require_read
from snap_restorer.dump.inventory import Extension, Inventory
from snap_restorer.dump.regrant import settle_rights
from snap_restorer.dump.script import events
from snap_restorer.pg import owner_role, transaction, user_code
from snap_restorer.pg.catalog import one_row, query
from snap_restorer.pg.interrupt import require_going
from snap_restorer.pg.schema_objects import SchemaObject, run_statements
from snap_restorer.pg.server_errors import refused
from snap_restorer.pg.target import Connection

_COPIED = re.compile(rb'COPY ((?:"[^"]*"|[^"\s(])+) ')


@dataclass(frozen=True, slots=True, kw_only=True)
class Recreation:
    """The parts of a backup to recreate in the database of `connection`.

    `inventory` is the backup's record, `contents` its table of contents, and `schemas` are the schemas to recreate.
    """

    connection: Connection
    inventory: Inventory
    reader: ArchiveReader
    contents: ArchiveContents
    schemas: tuple[str, ...]
    trust_code: bool
    progress: Progress
    stop: threading.Event

    def create(self) -> None:
        """Create the missing schemas and extensions, then the objects of the archive."""
        create_schemas(self.connection, self.schemas, dict(self.inventory.comments))
        create_extensions(self.connection, self.inventory.extensions, self.schemas)
        self.connection.execute("SET LOCAL check_function_bodies = off")
        self.connection.execute("SET LOCAL lc_monetary TO DEFAULT")  # as pg_dump prints money
        transaction.set_search_path(self.connection, transaction.QUALIFIED)
        before, after = (self._sql(section, self.contents) for section in ("pre-data", "post-data"))
        backup_code.require_trusted_sql(
            self.connection, self.inventory, self.schemas, (before, after), trust_code=self.trust_code
        )
        with phase(self.progress, "create tables"):
            run_statements(self.connection, before)
        self._load(self._owner_roles())
        with phase(self.progress, "index"):
            run_statements(self.connection, after)
        self.connection.execute("SET LOCAL default_tablespace TO DEFAULT")  # these statements name their tablespace
        self.connection.execute("SET LOCAL default_table_access_method TO DEFAULT")

    def create_outside(self) -> None:
        """Create the objects outside the schemas that depend on them, unless they still exist."""
        transaction.set_search_path(self.connection, transaction.QUALIFIED)
        for item in self.inventory.outside:
            require_going(self.stop)
            if item.definition is not None:
                _create_outside(self.connection, item, self.progress)

    def fill_views(self) -> None:
        """Fill the materialised views that were filled when the dump was made."""
        transaction.set_search_path(self.connection, transaction.QUALIFIED)
        # A view's owner fills it under the policies that apply to the owner.
        self.connection.execute("SET LOCAL row_security = on")
        run_statements(self.connection, self._sql("post-data", replace(self.contents, taken=self.contents.views)))
        self.connection.execute("SET LOCAL row_security = off")
        transaction.set_search_path(self.connection, transaction.PINNED)

    def _sql(self, section: str, contents: ArchiveContents) -> str:
        text = self.reader.sql(contents, section)
        require_going(self.stop)
        return text

    def _owner_roles(self) -> Mapping[int, str]:
        """Return the roles that load the rows, by table. Errors: TargetError if loading would run code of other roles.

        Objects get their owners first, since the owner of code decides whether it is trusted.
        """
        if not user_code.may_be_superuser(self.connection):
            return {}
        settle_rights(self.connection, self.inventory, self.schemas, Silent(), large_objects=False)
        roles = {name for name, able in self.connection.execute(query("dump_roles")) if able}
        gone = any(right.owner not in roles for right in self.inventory.rights)
        backup_code.require_trusted_rows(self.connection, self.schemas, created=gone, trust_code=self.trust_code)
        tables = backup_code.tables_of(self.connection, self.schemas)
        return owner_role.owner_roles(self.connection, tables, owner_role.COPY, forced=True, triggers=False)

    def _load(self, roles: Mapping[int, str]) -> None:
        """Stream the backup's rows, sequence positions and large objects into the database.

        `roles` are the roles that load tables, by OID.
        """
        name = "copy"
        self.progress.start(name, sum(row[0] for row in self.inventory.rows.values()))
        cursor = self.connection.cursor()
        with self.reader.data(self.contents) as program:
            script = events(program.pieces())
            for kind, text in script:
                if kind == "copy":
                    with owner_role.as_role(self.connection, self._role_for(text, roles)), cursor.copy(text) as copy:
                        for inner, rows in script:
                            if inner == "end":
                                break
                            copy.write(rows)
                            self.progress.advance(name, rows.count(b"\n"))
                else:
                    cursor.execute(text)
        require_read(program)

    def _role_for(self, statement: bytes, roles: Mapping[int, str]) -> str | None:
        """Return the role that runs a COPY statement of the archive's data."""
        if not roles or (table := _COPIED.match(statement)) is None:
            return None
        (oid,) = one_row(self.connection, "SELECT pg_catalog.to_regclass(%s)::pg_catalog.oid", [table[1].decode()])
        return roles.get(oid)


def create_schemas(connection: Connection, schemas: Collection[str], comments: dict[str, str]) -> None:
    """Create the schemas that are missing, and set the comments of schemas if this role may."""
    for name in schemas:
        # Even with IF NOT EXISTS, CREATE SCHEMA needs the CREATE privilege on the database.
        if not connection.execute("SELECT FROM pg_catalog.pg_namespace WHERE nspname = %s", [name]).rowcount:
            connection.execute(_schema_sql(name))
    for name, text, ours in connection.execute(query("dump_comments"), {"schemas": list(schemas)}).fetchall():
        if comments.get(name) != text and ours:
            connection.execute(_schema_comment_sql(name, comments.get(name)))


def create_extensions(connection: Connection, extensions: Iterable[Extension], schemas: Collection[str]) -> None:
    """Create the extensions that are missing. Errors: TargetError that names an extension that cannot be created."""
    existing = {row[0] for row in connection.execute("SELECT extname FROM pg_catalog.pg_extension")}
    for extension in extensions:
        if extension.name in existing:
            continue
        try:
            with connection.transaction():
                for statement in _extension_sql(extension, schemas):
                    connection.execute(statement)
        except psycopg.Error as error:
            failed = f"extension {extension.name} existed when the backup was made, and cannot be created again"
            raise refused(failed, error, unchanged=True) from None


def _create_outside(connection: Connection, item: SchemaObject, progress: Progress) -> None:
    """Create an object outside the schemas, unless it still exists. Errors: TargetError that names it."""
    assert item.definition is not None
    try:
        with connection.transaction():
            connection.execute(item.definition.encode())
    except (psycopg.errors.DuplicateObject, psycopg.errors.DuplicateTable):
        return
    except psycopg.Error as error:
        failed = f"{item.name} depends on the restored schemas, and cannot be created again"
        raise refused(failed, error, unchanged=True) from None
    if item.comment is None:
        return
    try:
        with connection.transaction():
            connection.execute(_outside_comment_sql(item))
    except psycopg.errors.InsufficientPrivilege:  # creating a trigger on another's table is allowed, commenting not
        progress.warn(f"the comment on {item.name} is lost: only its table's owner may write it")


def _schema_sql(name: str) -> sql.Composed:
    return sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name))


def _schema_comment_sql(name: str, text: str | None) -> sql.Composed:
    return sql.SQL("COMMENT ON SCHEMA {} IS {}").format(sql.Identifier(name), sql.Literal(text))


def _extension_sql(extension: Extension, schemas: Collection[str]) -> Iterator[sql.Composed]:
    """Return the statements that create an extension, and its schema unless that is one of `schemas`. Pure."""
    schema = sql.Identifier(extension.schema)
    if extension.schema not in schemas:
        yield sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(schema)
    yield sql.SQL("CREATE EXTENSION {} SCHEMA {}").format(sql.Identifier(extension.name), schema)


def _outside_comment_sql(item: SchemaObject) -> sql.Composed:
    """Return the statement that comments an object, whose identity Postgres printed and has already quoted. Pure."""
    kind = "CONSTRAINT" if item.kind == "table constraint" else item.kind.upper()
    return sql.SQL(f"COMMENT ON {kind} {item.identity} IS ") + sql.Literal(item.comment)
