"""Test the report of lost rows, tables and object attributes, in a database like a hosted one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from snap.errors import Interrupted, SnapError
from snap_ops.losses.compare import Losses, compare_surveys
from snap_ops.losses.step import LossesStep, SurveyStep
from snap_ops.night.diff import DiffStep
from snap_ops.night.reset import ResetSettings, ResetStep
from snap_ops.step import StepResult, Surveyed
from snap_restorer import Target
from snap_restorer.local.embedded import Server
from snap_restorer.schemas.survey import Survey, survey
from tests.ops.night.bed import RESET, Bed, Sql, states
from tests.ops.steps import night
from tests.postgres import execute, name_of, session

HOST = """
CREATE SCHEMA auth; CREATE TABLE auth.users (id int PRIMARY KEY); INSERT INTO auth.users SELECT generate_series(1, 40);
CREATE SCHEMA realtime; CREATE TABLE realtime.messages_2026_11_22 (id int); ALTER TABLE realtime.messages_2026_11_22
    ENABLE ROW LEVEL SECURITY; GRANT SELECT ON realtime.messages_2026_11_22 TO anon;
GRANT USAGE ON SCHEMA auth TO plain; GRANT SELECT, REFERENCES, TRIGGER ON auth.users TO plain;
CREATE PUBLICATION supabase_realtime; ALTER PUBLICATION supabase_realtime OWNER TO plain;
ALTER SCHEMA public OWNER TO plain; GRANT USAGE ON SCHEMA public TO anon, authenticated;
CREATE SCHEMA extra AUTHORIZATION plain;
"""
RIGHTS = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT ON TABLES TO anon;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO authenticated;
"""
TABLES = """
CREATE TABLE public.profiles (id int PRIMARY KEY REFERENCES auth.users, name text);
CREATE TABLE public.feedback (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text);
"""
TRIGGER = """
CREATE FUNCTION public.on_signup() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
    AS 'begin insert into public.profiles values (new.id, ''new''); return new; end';
CREATE TRIGGER on_signup AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.on_signup();
"""
SECURITY = """
ALTER TABLE public.profiles ENABLE ROW LEVEL SECURITY; ALTER TABLE public.profiles FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.profiles FOR SELECT TO authenticated USING (id > 3);
"""
MEMBER = "ALTER PUBLICATION supabase_realtime ADD TABLE public.profiles (id) WHERE (id > 0);"
GRANT = "GRANT UPDATE (name) ON public.profiles TO authenticated;"
MIGRATIONS = TABLES + TRIGGER + SECURITY + MEMBER + GRANT
VIEW = "CREATE VIEW extra.seen AS SELECT id FROM public.profiles;"
ROWS = """
INSERT INTO public.profiles SELECT i, 'p' || i FROM generate_series(1, 40) i;
INSERT INTO public.feedback (text) SELECT 'line ' || i FROM generate_series(1, 500) i;
"""
QA = """
CREATE TABLE public."QA's" (n int); INSERT INTO public."QA's" VALUES (1), (1), (2);
ALTER TABLE public."QA's" ENABLE ROW LEVEL SECURITY; CREATE POLICY all_ ON public."QA's" USING (true);
ALTER PUBLICATION supabase_realtime ADD TABLE public."QA's"; GRANT ALL ON public."QA's" TO anon;
ALTER TABLE public.feedback ADD note text;
"""


@pytest.fixture
def owner(any_database: str, any_pg: Server) -> Iterator[str]:
    """Yield the conninfo of a plain owner of a database like a hosted one, which people have used."""
    for role in ("plain BYPASSRLS", "anon", "authenticated"):
        make = f"CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL"
        execute(any_database, f"DO $$ BEGIN {make}; END $$")
    execute(any_database, "ALTER ROLE plain BYPASSRLS;" + HOST)
    execute(any_database, f'GRANT CREATE ON DATABASE "{name_of(any_database)}" TO plain')
    made = f"host={any_pg.socket} port={any_pg.port} user=plain dbname='{name_of(any_database)}'"
    execute(made, RIGHTS + MIGRATIONS + VIEW + ROWS)
    yield made
    for role in ("anon", "authenticated"):
        execute(any_database, f"DROP OWNED BY {role}; DROP ROLE {role}")
    execute(any_database, "ALTER ROLE plain NOBYPASSRLS")


def reset(owner: str) -> StepResult:
    allow = ("auth.users", "extra.*", "supabase_realtime")
    step = ResetStep(settings=ResetSettings(allow_cascade=allow), migrates=False, compared=True)
    return step.run(night(owner))


def surveyed(url: str) -> Survey:
    return survey(Target(url), ["public"])


def missing(losses: Losses) -> dict[str, tuple[str, ...]]:
    return {kept.kind: kept.missing for kept in losses.kept if kept.missing}


def after(owner: str, before: Survey, migrations: str) -> Losses:
    reset(owner)
    execute(owner, migrations)
    return compare_surveys(before, surveyed(owner))


def test_rows_tables_and_columns_that_are_gone_are_told_by_schema(owner: str) -> None:
    execute(owner, QA)
    losses = after(owner, surveyed(owner), MIGRATIONS + VIEW + "INSERT INTO public.profiles VALUES (1, 'p1'), (2, 'x')")
    told = {(loss.schema, loss.name): (loss.before, loss.after, loss.rows) for loss in losses.tables}
    assert told == {
        ("public", "QA's"): (3, None, 3),
        ("public", "feedback"): (500, 0, 500),
        ("public", "profiles"): (40, 2, 39),  # of two rows one is another
    }
    assert losses.objects == {"public": ("column note of feedback", 'table public."QA\'s"')}
    # What was on the table of QA went with the table, and is no finding of its own.
    assert missing(losses) == {}


def test_a_night_that_brings_everything_back_has_no_finding_and_no_warning(owner: str) -> None:
    context = night(owner)
    before = surveyed(owner)
    gone = reset(owner)
    assert gone.warnings == ()
    assert gone.detail.endswith("and 3 objects outside")
    execute(owner, MIGRATIONS + VIEW + ROWS)
    told = LossesStep().run(night(owner, surveyed=Surveyed(survey=before, compared=frozenset())))
    assert (told.detail, told.warnings) == ("everything that was there came back", ())
    assert [finding.name for finding in told.findings if not finding.ok] == []
    assert {finding.name: finding.value for finding in told.findings if finding.name != "kept.grants"} == {
        "kept.publications": 2,
        "kept.triggers": 1,
        "kept.row_security": 3,
        "kept.policies": 1,
        "kept.default_privileges": 5,
        "kept.dependents": 1,
    }
    assert context.surveyed is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("left_out", "kind", "name"),
    [
        (TRIGGER, "triggers", "trigger on_signup on auth.users"),
        (MEMBER, "publications", "publication relation public.profiles in publication supabase_realtime"),
        (SECURITY[: SECURITY.index(";")], "row_security", "row level security of public.profiles"),
        (SECURITY[SECURITY.index("CREATE") :], "policies", "policy own on public.profiles"),
        (GRANT, "grants", "UPDATE for authenticated on column name of table public.profiles"),
        (VIEW, "dependents", "view extra.seen"),
    ],
)
def test_what_does_not_come_back_is_a_finding(owner: str, left_out: str, kind: str, name: str) -> None:
    losses = after(owner, surveyed(owner), (MIGRATIONS + VIEW).replace(left_out, ""))
    assert missing(losses) == {kind: (name,)}
    context = night(
        owner, backup="20261123T030000Z-abc", surveyed=Surveyed(survey=surveyed(owner), compared=frozenset())
    )
    assert LossesStep().run(context).findings[0].ok  # the next night does not ask for it again


@pytest.mark.slow
def test_privileges_that_late_default_privileges_take_away_are_told(owner: str) -> None:
    before = surveyed(owner)
    late = "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE INSERT ON TABLES FROM anon;"
    losses = after(owner, before, late + MIGRATIONS + VIEW)
    assert missing(losses) == {
        "grants": tuple(f"INSERT for anon on table public.{name}" for name in ("feedback", "profiles")),
        "default_privileges": ("INSERT for anon on new tables of plain in schema public",),
    }


def test_what_no_longer_fires_is_missing_and_what_is_defined_otherwise_is_told_alone(
    owner: str, any_database: str
) -> None:
    execute(any_database, "CREATE FUNCTION public.noted() RETURNS event_trigger LANGUAGE plpgsql AS 'begin end'")
    execute(any_database, "CREATE EVENT TRIGGER noted ON ddl_command_end EXECUTE FUNCTION public.noted()")
    before = surveyed(owner)
    execute(any_database, "ALTER TABLE auth.users DISABLE TRIGGER on_signup; ALTER EVENT TRIGGER noted DISABLE")
    execute(owner, "ALTER POLICY own ON public.profiles USING (id > 4)")
    losses = compare_surveys(before, surveyed(owner))
    assert missing(losses) == {"triggers": ("event trigger noted", "trigger on_signup on auth.users")}
    assert {kept.kind: kept.changed for kept in losses.kept if kept.changed} == {
        "policies": ("policy own on public.profiles",)
    }


def test_another_order_of_a_policys_roles_is_no_change(owner: str) -> None:
    execute(owner, "ALTER POLICY own ON public.profiles TO authenticated, anon")
    before = surveyed(owner)
    execute(owner, "ALTER POLICY own ON public.profiles TO anon, authenticated")  # pg_dump keeps no order
    assert [kept for kept in compare_surveys(before, surveyed(owner)).kept if kept.changed] == []
    execute(owner, "ALTER POLICY own ON public.profiles TO anon")
    assert [kept.kind for kept in compare_surveys(before, surveyed(owner)).kept if kept.changed] == ["policies"]


def test_what_the_platform_drops_meanwhile_is_no_loss(owner: str, any_database: str) -> None:
    before = surveyed(owner)
    execute(any_database, "DROP TABLE realtime.messages_2026_11_22; DELETE FROM auth.users WHERE id > 50")
    losses = compare_surveys(before, surveyed(owner))
    assert (losses.tables, losses.objects, missing(losses)) == ((), {}, {})


@pytest.mark.slow
def test_a_schema_that_is_gone_is_one_of_the_objects_and_takes_what_is_its_own(owner: str) -> None:
    execute(owner, "CREATE SCHEMA app; CREATE TABLE app.t (v int); INSERT INTO app.t VALUES (1), (2)")
    execute(
        owner,
        "GRANT USAGE ON SCHEMA app TO anon; ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO anon",
    )
    before = survey(Target(owner), ["public", "app", "not there"])
    assert before.schemas == ("public", "app")
    execute(owner, "DROP SCHEMA app CASCADE")
    losses = compare_surveys(before, survey(Target(owner), before.schemas))
    assert [(loss.schema, loss.name, loss.rows) for loss in losses.tables] == [("app", "t", 2)]
    assert losses.objects == {"app": ("the schema itself", "table app.t")}
    assert missing(losses) == {}
    # The same schema, made anew, lacks its privileges.
    execute(owner, "CREATE SCHEMA app; CREATE TABLE app.t (v int)")
    losses = compare_surveys(before, survey(Target(owner), before.schemas))
    assert missing(losses) == {
        "grants": ("USAGE for anon on schema app",),
        "default_privileges": ("SELECT for anon on new tables of plain in schema app",),
    }


@pytest.mark.slow
def test_another_owner_has_what_the_first_one_lost(owner: str, any_database: str) -> None:
    execute(
        any_database,
        "CREATE TABLE public.theirs (v int); CREATE ROLE first_owner; ALTER TABLE theirs OWNER TO first_owner",
    )
    before = surveyed(owner)
    execute(any_database, "ALTER TABLE public.theirs OWNER TO plain")
    lost = missing(compare_surveys(before, surveyed(owner)))["grants"]
    assert "SELECT for first_owner on table public.theirs" in lost


@pytest.mark.slow
def test_rows_are_the_same_whatever_their_order_and_another_column_is_no_loss(owner: str) -> None:
    before = surveyed(owner)
    execute(owner, "CREATE TABLE public.kept AS SELECT * FROM public.profiles ORDER BY id DESC; DELETE FROM profiles;")
    execute(owner, "INSERT INTO profiles SELECT * FROM kept; DROP TABLE kept; ALTER TABLE feedback ADD more int")
    assert compare_surveys(before, surveyed(owner)).tables == ()
    execute(owner, "DELETE FROM feedback WHERE id <= 7; UPDATE profiles SET name = 'other' WHERE id <= 3")
    assert [loss.rows for loss in compare_surveys(before, surveyed(owner)).tables] == [7, 3]


@pytest.mark.slow
def test_rows_that_this_role_does_not_see_are_said_not_to_be_counted(owner: str, any_database: str) -> None:
    execute(any_database, "ALTER ROLE plain NOBYPASSRLS")
    before = surveyed(owner)
    losses = compare_surveys(before, surveyed(owner))
    assert losses.unread == ("profiles",)
    told = LossesStep().run(night(owner, surveyed=Surveyed(survey=before, compared=frozenset())))
    assert told.detail == "rows of profiles could not be counted"


def test_a_survey_waits_for_no_lock_longer_than_its_limit_and_ends_when_it_is_told(database: str) -> None:
    execute(database, "CREATE TABLE public.held (v int)")
    with session(database) as other:
        other.execute("LOCK TABLE public.held")
        with pytest.raises(SnapError):
            survey(Target(database), ["public"], lock_timeout_s=0.2)
        other.rollback()
    stop = threading.Event()
    stop.set()
    with pytest.raises(Interrupted):
        survey(Target(database), ["public"], stop=stop)


@pytest.mark.slow
def test_the_plan_of_a_survey_names_the_database_and_its_schemas(bed: Bed) -> None:
    context = replace(night(bed.url), snapshot=bed.store.resolve("v1"))
    (line,) = SurveyStep(resolve=bed.store.resolve, schemas=("extra",)).plan(context)
    assert line.startswith("record what postgresql://")
    assert " holds in extra" in line


def steps(bed: Bed) -> tuple[Any, ...]:
    diff = DiffStep(resolve=bed.store.resolve)
    return (bed.backup, diff, SurveyStep(resolve=bed.store.resolve), RESET, bed.restore, LossesStep())


@pytest.mark.slow
def test_a_night_names_the_backup_that_holds_what_is_gone(bed: Bed) -> None:
    execute(bed.url, "CREATE TABLE feedback (crew uuid REFERENCES crew ON DELETE CASCADE)")
    execute(bed.url, "INSERT INTO feedback SELECT id FROM crew LIMIT 2")
    record = bed.night(*steps(bed))
    assert states(record)["losses"] == "done"
    told = record.steps[-1]
    assert record.losses == told.facts
    assert told.facts["backup"] == record.steps[0].facts["id"]
    # The rows of crew, which somebody changed, are in the step diff.
    assert told.facts["lost"] == {"public": {"feedback": {"before": 2, "after": 0, "lost": 2}}}
    assert told.facts["backup"] in told.detail


@pytest.mark.slow
def test_what_is_missing_fails_the_night_and_is_not_put_back(bed: Bed) -> None:
    execute(bed.url, "CREATE VIEW seen AS SELECT 1 AS v; GRANT SELECT ON seen TO PUBLIC")
    *before, losses = steps(bed)
    revoke = Sql(name="migrate", sql=("REVOKE SELECT ON seen FROM PUBLIC",))
    record = bed.night(*before[:-1], revoke, before[-1], losses, Sql(name="health"))
    assert (states(record)["losses"], states(record)["health"], record.rolled_back) == ("failed", "done", "")
    assert (record.ok, record.code) == (False, 1)
    bad = [finding for step in record.steps for finding in step.findings if not finding.ok]
    assert (
        "SELECT for PUBLIC on view public.seen did not come back: create them in a migration" in record.steps[-2].detail
    )
    assert [(finding.name, finding.detail) for finding in bad] == [
        ("kept.grants", "missing: SELECT for PUBLIC on view public.seen")
    ]


@pytest.mark.slow
def test_without_an_earlier_restore_the_snapshots_own_tables_count_too(bed: Bed) -> None:
    execute(bed.url, "DROP SCHEMA snap CASCADE")
    record = bed.night(*steps(bed)[1:])
    assert states(record)["diff"] == "done"
    lost = record.steps[-1].facts["lost"]
    assert lost["public"]["crew"]["lost"] >= 1


@pytest.mark.slow
def test_a_survey_that_fails_is_a_warning(bed: Bed) -> None:
    *_, restore, losses = steps(bed)

    def fail(_: Any) -> None:
        raise SnapError("the server is away")

    record = bed.night(bed.backup, Sql(name="survey", then=fail), restore, losses)
    assert (record.ok, states(record)["survey"], states(record)["losses"]) == (True, "warned", "warned")
    assert record.steps[-1].warnings == ("nothing was recorded before",)


@pytest.mark.slow
def test_losses_that_cannot_be_told_are_a_warning(bed: Bed) -> None:
    def fail(_: Any) -> None:
        raise SnapError("a table is locked")

    record = bed.night(bed.backup, bed.restore, Sql(name="losses", then=fail), Sql(name="health"))
    assert (record.ok, states(record)["losses"], states(record)["health"]) == (True, "warned", "done")
