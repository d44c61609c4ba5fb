"""Test snap init: a project that builds at once, from a file, a folder of migrations, or a database."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from snap_cli.init import _migrations, _name
from tests.cli.program import Ran
from tests.postgres import execute

SQL = """
CREATE TABLE customers (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email varchar(80) NOT NULL UNIQUE, plan text NOT NULL,
    created_at timestamptz NOT NULL, CHECK (plan IN ('free', 'pro')), CHECK (email <> reverse(email))
);
CREATE TABLE invoices (
    id serial PRIMARY KEY, customer_id uuid NOT NULL REFERENCES customers,
    amount numeric(10,2) NOT NULL CHECK (amount > 0)
);
"""


@pytest.mark.slow
def test_a_file_of_sql_becomes_a_project_that_builds(init: Callable[..., Ran], project: Path) -> None:
    (project / "app.sql").write_text(SQL)
    ran = init("init", "app.sql")
    assert ran.code == 0
    assert "look at customers: nothing ensures that its rows satisfy CHECK" in ran.out
    assert "always NULL" not in ran.out
    assert (
        "wrote dataset app: datasets/app/schema.sql, datasets/app/schema.json, datasets/app/dataset.py, "
        "snap.toml, .gitignore\n"
    ) in ran.out
    written = {path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()}
    assert written == {
        "app.sql",
        "snap.toml",
        ".gitignore",
        "datasets/app/schema.sql",
        "datasets/app/schema.json",
        "datasets/app/dataset.py",
    }
    assert "snapshots/.*" in (project / ".gitignore").read_text()
    document = init("build", "v1", "--json").document
    assert {table["name"]: table["rows"] for table in document["rows"]} == {"customers": 10, "invoices": 30}
    assert init("build", "v1", "--json").document["reproduced"] is True
    assert init("restore", "v1").code == 0


TENANTS = """
CREATE TABLE tenants (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE users (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL, manager_id uuid, email text NOT NULL,
    PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, manager_id) REFERENCES users
);
CREATE TABLE teams (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL, lead_id uuid, PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, lead_id) REFERENCES users
);
CREATE TABLE team_members (
    tenant_id uuid NOT NULL, team_id uuid NOT NULL, user_id uuid NOT NULL, PRIMARY KEY (tenant_id, team_id, user_id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams, FOREIGN KEY (tenant_id, user_id) REFERENCES users
);
CREATE TABLE tasks (
    tenant_id uuid NOT NULL REFERENCES tenants, id bigint GENERATED ALWAYS AS IDENTITY, team_id uuid NOT NULL,
    author_id uuid NOT NULL, reviewer_id uuid, parent_id bigint, PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams, FOREIGN KEY (tenant_id, author_id) REFERENCES users,
    FOREIGN KEY (tenant_id, reviewer_id) REFERENCES users, FOREIGN KEY (tenant_id, parent_id) REFERENCES tasks
);
CREATE TABLE task_settings (
    tenant_id uuid NOT NULL, task_id bigint NOT NULL, changed_by uuid, PRIMARY KEY (tenant_id, task_id),
    FOREIGN KEY (tenant_id, task_id) REFERENCES tasks, FOREIGN KEY (tenant_id, changed_by) REFERENCES users
);
CREATE TABLE addresses (
    id bigint PRIMARY KEY, tenant_id uuid NOT NULL, user_id uuid NOT NULL, is_primary boolean NOT NULL,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users
);
CREATE UNIQUE INDEX ON addresses (tenant_id, user_id) WHERE is_primary;
CREATE TYPE state AS ENUM ('trial', 'active', 'ended');
CREATE TABLE subscriptions (
    id bigint PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, state state NOT NULL, slug varchar(20),
    started_at timestamptz NOT NULL, ended_at timestamptz
);
CREATE UNIQUE INDEX ON subscriptions (tenant_id) WHERE state = 'active';
CREATE UNIQUE INDEX ON subscriptions (tenant_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX ON subscriptions (slug) WHERE ended_at IS NULL;
CREATE TABLE steps (id int PRIMARY KEY, after_id int UNIQUE REFERENCES steps);
CREATE TABLE admins (id int PRIMARY KEY REFERENCES steps, level int);
CREATE TABLE admin_keys (admin_id int PRIMARY KEY REFERENCES admins, hash text UNIQUE);
ALTER TABLE tenants ADD COLUMN owner_id uuid, ADD FOREIGN KEY (id, owner_id) REFERENCES users (tenant_id, id);
ALTER TABLE subscriptions ADD COLUMN invoice_id int UNIQUE;
CREATE TABLE invoices (id int PRIMARY KEY, subscription_id bigint NOT NULL REFERENCES subscriptions);
ALTER TABLE subscriptions ADD FOREIGN KEY (invoice_id) REFERENCES invoices;
CREATE TABLE notes (
    id bigint PRIMARY KEY, subject_type text NOT NULL CHECK (subject_type IN ('Address', 'Subscription')),
    subject_id bigint NOT NULL
);
"""


@pytest.mark.slow
def test_references_of_tenants_and_unique_indexes_over_some_rows_are_met_without_an_edit(
    init: Callable[..., Ran], project: Path
) -> None:
    (project / "app.sql").write_text(TENANTS)
    ran = init("init", "app.sql")
    assert ran.code == 0
    assert "look at" not in ran.out
    # Postgres has every constraint over all rows.
    assert init("build", "v1").code == 0
    assert init("restore", "v1").code == 0
    tenants = init("preview", "tenants", "--json").document["rows"]
    assert all(row["owner_id"] for row in tenants)


@pytest.mark.slow
def test_the_json_says_by_what_each_column_was_recognised(init: Callable[..., Ran], project: Path) -> None:
    (project / "app.sql").write_text(SQL)
    document = init("init", "app.sql", "--name", "store", "--json").document
    assert document["dataset"] == "store"
    assert document["tables"][0]["columns"] == {
        "id": "constraint",
        "email": "name",
        "plan": "constraint",
        "created_at": "name",
    }
    assert document["tables"][1]["columns"]["customer_id"] == "reference"
    assert [left["table"] for left in document["left"]] == ["customers"]


@pytest.mark.slow
def test_columns_that_nothing_but_null_is_known_for_are_named(init: Callable[..., Ran], project: Path) -> None:
    (project / "app.sql").write_text("CREATE TABLE tasks (id int PRIMARY KEY, due daterange, price money, note text)")
    document = init("init", "app.sql", "--json").document
    assert [table["always_null"] for table in document["tables"]] == [["due", "price"]]
    ran = init("init", "app.sql", "--name", "other")
    assert "always NULL until dataset.py declares them: tasks.due, tasks.price\n" in ran.out
    rows = init("preview", "tasks", "--dataset", "app", "--json").document["rows"]
    assert {(row["due"], row["price"]) for row in rows} == {(None, None)}


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("/srv/07_my-shop.sql", "my_shop"),
        ("/srv/app/schema.sql", "app"),
        ("/srv/001.sql", "app"),
        ("db/Größe", "größe"),
        ("/srv/app/db/schema.sql", "app"),
        ("/srv/My app/supabase/migrations", "my_app"),
        ("/db/schema.sql", "app"),
        ("postgresql://localhost/db", "db"),
    ],
)
def test_a_dataset_is_called_after_its_source(source: str, name: str) -> None:
    assert _name(source) == name


@pytest.mark.parametrize(
    "names",
    [
        ["1_a.sql", "2_a.sql", "10_a.sql"],
        ["V1__b.sql", "V1_2__a.sql", "V1.10__a.sql", "V2__a.sql", "R__views.sql"],
        [
            "00000000000000_setup/up.sql",
            "20170804200817_a/up.sql",
            "2017-09-23-182408_b/up.sql",
            "20180101000000_c/up.sql",
        ],
        ["0_init/migration.sql", "20240101000000_more/migration.sql"],
        ["20240101000000_a.sql", "20240101000000_b.sql", "extra.sql"],
    ],
)
def test_migrations_are_ordered_by_their_versions(tmp_path: Path, names: list[str]) -> None:
    for name in sorted(names):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [path.relative_to(tmp_path).as_posix() for path in _migrations(tmp_path)]
    assert found == names


@pytest.mark.parametrize("back", ["2_a.down.sql", "2_a_down.sql", "down.sql", "U2__a.sql"])
def test_what_takes_a_migration_back_is_not_read(tmp_path: Path, back: str) -> None:
    for name in ("1_slowdown.sql", back):
        (tmp_path / name).touch()
    assert [path.name for path in _migrations(tmp_path)] == ["1_slowdown.sql"]


@pytest.mark.slow
def test_a_folder_of_migrations_is_read_in_order(init: Callable[..., Ran], project: Path) -> None:
    folder = project / "migrations"
    (folder / "1_init").mkdir(parents=True)
    (folder / "1_init" / "migration.sql").write_text(SQL)
    (folder / "2_more.sql").write_text("ALTER TABLE invoices ADD paid boolean NOT NULL DEFAULT false;\n")
    (folder / "2_more.down.sql").write_text("ALTER TABLE invoices DROP paid;\n")
    document = init("init", "migrations", "--name", "app", "--json").document
    assert "paid" in document["tables"][1]["columns"]


@pytest.mark.slow
def test_rows_that_the_sql_inserts_are_the_first_ones_of_every_build(init: Callable[..., Ran], project: Path) -> None:
    (project / "app.sql").write_text(
        SQL
        + """
        CREATE TABLE ar_internal_metadata (key text PRIMARY KEY, value text);
        INSERT INTO ar_internal_metadata VALUES ('environment', 'production');
        INSERT INTO customers VALUES (gen_random_uuid(), 'ann@app.example', 'pro', now());
        INSERT INTO invoices (customer_id, amount) SELECT id, 5 FROM customers;
        INSERT INTO invoices (customer_id, amount) VALUES (gen_random_uuid(), 6);
        """
    )
    ran = init("init", "app.sql")
    assert "kept 2 rows that the SQL inserts" in ran.out
    assert "line 15: insert or update on table" in ran.err
    declared = project / "datasets/app/dataset.py"
    declared.write_text(declared.read_text().replace("rows=1)", "rows=20)"))
    assert init("build", "v1").code == 0
    assert init("build", "v1", "--json").document["reproduced"] is True
    manifest = json.loads((project / "manifests/v1.json").read_text())
    assert manifest["edge_cases"] == {"fixed_rows": {"customers": 1, "invoices": 1}}
    assert [table["name"] for table in manifest["tables"]] == ["customers", "invoices"]
    first = init("preview", "customers", "--json").document["rows"][0]
    assert first["email"] == "ann@app.example"


@pytest.mark.slow
def test_a_database_is_read_without_its_rows(init: Callable[..., Ran], project: Path, database: str) -> None:
    execute(database, SQL + "INSERT INTO customers VALUES (gen_random_uuid(), 'secret@real.example', 'pro', now());")
    assert init("init", database, "--name", "app").code == 0
    assert not any(b"secret@real" in path.read_bytes() for path in project.rglob("*") if path.is_file())
    assert init("build", "v1").code == 0


@pytest.mark.slow
def test_statistics_give_rows_and_shapes(init: Callable[..., Ran], project: Path, database: str) -> None:
    execute(
        database,
        SQL
        + """INSERT INTO customers SELECT gen_random_uuid(), 'c' || i || '@real.example', CASE WHEN i % 4 = 0 THEN 'pro'
                ELSE 'free' END, now() - i * interval '1 day' FROM generate_series(1, 400) i;
            INSERT INTO invoices (customer_id, amount)
                SELECT id, (n * 10) FROM customers, generate_series(1, 3) n WHERE plan = 'pro';
            CREATE TABLE empty (id int PRIMARY KEY); ANALYZE""",
    )
    ran = init("init", database, "--name", "app", "--stats")
    assert ran.code == 0
    assert "by statistics" in ran.out
    assert ran.err == "warning: empty is empty: its rows are guessed\n"
    text = (project / "datasets/app/dataset.py").read_text()
    assert '"plan": choice({"free": 75, "pro": 25}),' in text
    assert 'ref("customers", fanout=histogram({3: 100}), none_have=75)' in text
    assert "@real" not in text
    document = init("build", "v1", "--json").document
    assert {table["name"]: table["rows"] for table in document["rows"]} == {
        "customers": 400,
        "invoices": 300,
        "empty": 10,
    }
    again = init("init", database, "--name", "again", "--stats", "--json")
    assert again.document["tables"][0]["columns"]["plan"] == "statistics"


@pytest.mark.slow
def test_few_rows_teach_nothing_and_their_tables_are_named(
    init: Callable[..., Ran], project: Path, database: str
) -> None:
    execute(
        database,
        SQL
        + """INSERT INTO customers SELECT gen_random_uuid(), 'c' || i || '@real.example', 'pro',
                now() - i * interval '7 minutes' FROM generate_series(1, 40) i;
            INSERT INTO invoices (customer_id, amount)
                SELECT id, (n * 10) FROM customers, generate_series(1, 3) n; ANALYZE""",
    )
    ran = init("init", database, "--name", "app", "--stats")
    few = "customers (40); these columns are made as without --stats"
    assert ran.err == f"warning: too few rows to learn columns from (fewer than 100): {few}\n"
    text = (project / "datasets/app/dataset.py").read_text()
    assert 'Table("customers", rows=40),' in text
    assert 'ref("customers", fanout=histogram({3: 100}))' in text
    assert init("build", "v1").code == 0
    ran = init("fit", "v1", "--db", database)
    said = "the scores of these tables say little"
    assert ran.err.splitlines() == [
        f"warning: too few rows in the database to score columns by (fewer than 100): customers (40); {said}",
        f"warning: too few rows in v1 to score columns by (fewer than 100): customers (40); {said}",
    ]


def test_only_a_database_has_statistics(snap: Callable[..., Ran], project: Path) -> None:
    (project / "app.sql").write_text(SQL)
    ran = snap("init", "app.sql", "--stats")
    assert ran.code == 2
    assert "'app.sql' is not a database, and only a database has statistics" in ran.err


@pytest.mark.slow
def test_a_database_without_statistics_is_refused_and_nothing_is_written(
    init: Callable[..., Ran], project: Path, database: str
) -> None:
    execute(database, SQL)
    ran = init("init", database, "--name", "app", "--stats")
    assert ran.code == 5
    assert "no table has statistics that this role may see: customers" in ran.err
    assert "run ANALYZE" in ran.err
    assert not (project / "datasets").exists()


@pytest.mark.slow
def test_nothing_is_overwritten_and_a_gitignore_is_added_to(init: Callable[..., Ran], project: Path) -> None:
    (project / "app.sql").write_text(SQL)
    (project / ".gitignore").write_text("mine\n")
    (project / "snap.toml").write_text("# mine\n")
    assert init("init", "app.sql").code == 0
    assert (project / ".gitignore").read_text().startswith("mine\n")
    assert (project / "snap.toml").read_text() == "# mine\n"
    (project / "datasets/app/dataset.py").write_text("mine")
    ran = init("init", "app.sql")
    assert ran.code == 2
    assert "there is a dataset 'app' already" in ran.err
    assert (project / "datasets/app/dataset.py").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nope.sql",), "'nope.sql' is not a file, a folder or a database's URL\nhint: name an SQL file"),
        (("ap.sql",), "'ap.sql' is not a file, a folder or a database's URL\nhint: did you mean app.sql?"),
        (("project.sq",), "'project.sq' is not a file"),
        (("x.sq", "--name", "a-b"), "'x.sq' is not a file"),
        (("x.sq", "--stats"), "'x.sq' is not a file"),
        (("x.sq", "--update"), "'x.sq' is not a file"),
        (("../app.sq",), "hint: name an SQL file"),
        (("nowhere/app.sql",), "hint: name an SQL file"),
        (("empty",), "there is no migration in empty"),
        (("app.sql", "--name", "a-b"), "'a-b' is not a valid name for a dataset"),
        ((), "missing argument"),
    ],
)
def test_wrong_sources_are_refused_before_anything_is_written(
    snap: Callable[..., Ran], project: Path, arguments: tuple[str, ...], message: str
) -> None:
    (project / "empty").mkdir()
    (project / "app.sql").write_text(SQL)
    (project / "datasets/project").mkdir(parents=True)
    ran = snap("init", *arguments)
    assert ran.code == 2
    assert message in ran.err.lower() if message.islower() else message in ran.err
    assert list((project / "datasets").iterdir()) == [project / "datasets/project"]


@pytest.mark.slow
def test_the_schema_of_a_database_is_read_again(init: Callable[..., Ran], project: Path, database: str) -> None:
    execute(database, SQL)
    assert init("init", database, "--name", "app").code == 0
    folder = project / "datasets/app"
    (folder / "dataset.py").write_text(
        "from snap.dataset import Dataset, Table, text\n"
        'dataset = Dataset(tables=[Table("customers", 5, {"email": text("{n}@a.example")})])\n'
    )
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    ran = init("init", database, "--name", "app", "--update")
    assert "the schema of app has not changed; nothing was written" in ran.out
    assert files == {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    execute(
        database,
        "ALTER TABLE invoices ADD paid boolean NOT NULL; ALTER TABLE customers ALTER email TYPE text;"
        "CREATE TABLE notes (id int PRIMARY KEY); ALTER TABLE invoices DROP amount;"
        "ALTER TABLE notes ADD word text NOT NULL CHECK (word <> reverse(word))",
    )
    document = init("init", database, "--name", "app", "--update", "--json").document
    assert document["changes"] == [
        "table notes is new",
        "column customers.email is now text NOT NULL; it was character varying(80) NOT NULL",
        "column invoices.amount is gone",
        "column invoices.paid is new",
    ]
    assert document["left"] == [  # the first is printed otherwise, now that its column has another type
        {"table": "customers", "check": "CHECK ((email <> reverse(email)))"},
        {"table": "notes", "check": "CHECK ((word <> reverse(word)))"},
    ]
    assert files["dataset.py"] == (folder / "dataset.py").read_bytes()
    assert init("build", "v1", "--postgres", "none").code == 0
    execute(database, "ALTER TABLE notes ADD CHECK (word <> upper(reverse(word)))")
    ran = init("init", database, "--name", "app", "--update")
    assert [line for line in ran.out.splitlines() if line.startswith("look at")] == [
        "look at notes: nothing ensures that its rows satisfy CHECK ((word <> upper(reverse(word))))"
    ]
    execute(database, "ALTER TABLE customers RENAME email TO mail")
    ran = init("init", database, "--name", "app", "--update")
    assert ran.code == 0
    assert "table customers has no column 'email'" in ran.err
    assert "column customers.mail is new" in ran.out
