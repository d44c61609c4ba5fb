"""A snapshot's schema in two sections: the tables to load, then indexes, constraints and the like after the load."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from snap.manifest import Manifest
from snap_restorer.pg import transaction, user_code
from snap_restorer.pg.catalog import one_row
from snap_restorer.pg.hand_over import handed_over
from snap_restorer.pg.introspect import TargetView, views_over
from snap_restorer.pg.scanner import Statement
from snap_restorer.pg.schema_sections import Sections, evaluated, sections
from snap_restorer.pg.schema_sql import created_views, unfilled_views
from snap_restorer.pg.session_settings import SessionSettings, reset_to
from snap_restorer.pg.target import Connection
from snap_restorer.replace.create_schema import admit_schema, create_schema
from snap_restorer.restore_job import RestoreJob


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaRest:
    """The section of a schema's SQL that runs after the load.

    `settings` are the session's settings before the restore.
    """

    statements: tuple[Statement, ...]
    settings: SessionSettings

    def create(self, connection: Connection, job: RestoreJob) -> None:
        """Run the statements of the section. Errors: as `create_schema`."""
        if self.statements:
            _run(connection, self.settings, job, self.statements, path=_path(connection, job))

    @contextlib.contextmanager
    def rehearsed(self, connection: Connection, job: RestoreJob) -> Iterator[None]:
        """If the session has a superuser's rights, run the section during the block, and then roll it back.

        The section evaluates expressions for each row. So the code that they call must be checked before there are
        rows.
        """
        rehearsed = evaluated(self.statements)
        if not rehearsed or not _lends_rights(connection, job):
            yield
            return
        connection.execute("SAVEPOINT snap_rehearsal")
        _run(connection, self.settings, job, rehearsed, path=transaction.OWN)
        yield
        connection.execute("ROLLBACK TO SAVEPOINT snap_rehearsal")
        connection.execute("RELEASE SAVEPOINT snap_rehearsal")  # within the savepoint COPY could not freeze rows

    def views(self, connection: Connection, manifest: Manifest, oids: Sequence[int]) -> tuple[TargetView, ...]:
        """Return the materialised views to fill, with those over the tables `oids` last.

        Views that the source never filled are left out. The other views read tables only through functions, which the
        catalog does not record.
        """
        unfilled, over = unfilled_views(manifest.schema_sql), views_over(connection, oids)
        names = created_views(manifest.schema_sql)
        apart = (TargetView(name=name, ours=True, filled=False) for name in names if name not in {v.name for v in over})
        return tuple(view for view in (*apart, *over) if view.ours and view.name not in unfilled)


def begin_schema(connection: Connection, settings: SessionSettings, job: RestoreJob) -> SchemaRest:
    """Create the tables to load, and return the section that waits for their rows. Errors: as `create_schema`.

    Over several connections indexes and keys do not wait, since they are built side by side. There nothing waits in a
    session that lends a superuser's rights: if this run did not finish, the next run would evaluate the section over
    rows.
    """
    every = admit_schema(connection, job.manifest, trust_code=job.request.trust_code)
    parallel = job.request.jobs > 1
    chosen = sections(every, indexes=not parallel)
    if parallel and _lends_rights(connection, job):
        chosen = Sections(pre=every, post=())
    _run(connection, settings, job, chosen.pre, path=transaction.OWN)
    return SchemaRest(statements=chosen.post, settings=settings)


def resume_schema(connection: Connection, settings: SessionSettings, job: RestoreJob) -> SchemaRest:
    """Return the section that an unfinished restore over several connections did not run. Errors: as `admit_schema`."""
    every = admit_schema(connection, job.manifest, trust_code=job.request.trust_code)
    return SchemaRest(statements=sections(every, indexes=False).post, settings=settings)


def _run(
    connection: Connection, settings: SessionSettings, job: RestoreJob, statements: Sequence[Statement], *, path: str
) -> None:
    trust = job.request.trust_code
    with handed_over(connection):
        create_schema(connection, job.target, job.manifest, statements, path=path, trust_code=trust)
        reset_to(connection, settings)  # dumped SQL has SETs of its own
        transaction.apply_settings(connection, job.request.lock_timeout_s)


def _lends_rights(connection: Connection, job: RestoreJob) -> bool:
    return not job.request.trust_code and user_code.may_be_superuser(connection)


def _path(connection: Connection, job: RestoreJob) -> str:
    """Return the search path for the section: that of schema SQL, followed by the role's own.

    Functions in the expressions of indexes and CHECKs find other objects by the role's own path. The role's own path is
    left out in a session that lends a superuser's rights. It is also left out if it names pg_catalog, which would then
    take precedence over all else.
    """
    if _lends_rights(connection, job):
        return transaction.OWN
    with transaction.own_path(connection):
        (own,) = one_row(connection, "SHOW search_path")
    return transaction.OWN if not own or "pg_catalog" in own else f"{transaction.OWN}, {own}"
