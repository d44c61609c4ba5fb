"""Test that the example of docs/datasets.md builds, restores and grows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.program import Ran
from tests.paths import ROOT

EXAMPLE = """
CREATE TYPE state AS ENUM ('placed', 'paid', 'shipped', 'returned');
CREATE TABLE orgs (
    id bigint PRIMARY KEY, slug text NOT NULL UNIQUE, plan text NOT NULL CHECK (plan IN ('free', 'pro', 'enterprise')),
    created_at timestamptz NOT NULL
);
CREATE TABLE users (
    id uuid PRIMARY KEY, org_id bigint NOT NULL REFERENCES orgs, manager_id uuid REFERENCES users,
    region text NOT NULL, activity int NOT NULL,
    email text NOT NULL UNIQUE CHECK (email = lower(email)), created_at timestamptz NOT NULL
);
CREATE TABLE orders (
    id serial PRIMARY KEY, user_id uuid NOT NULL REFERENCES users, status state NOT NULL,
    placed_at timestamptz NOT NULL,
    paid_at timestamptz CHECK (paid_at >= placed_at), shipped_at timestamptz CHECK (shipped_at >= paid_at),
    returned_at timestamptz CHECK (returned_at >= shipped_at),
    total numeric(12,2) NOT NULL, CHECK ((status = 'placed') = (paid_at IS NULL))
);
CREATE TABLE order_lines (
    id serial PRIMARY KEY, order_id int NOT NULL REFERENCES orders, amount numeric(10,2) NOT NULL CHECK (amount > 0)
);
CREATE TABLE follows (
    follower_id uuid REFERENCES users, followee_id uuid REFERENCES users, PRIMARY KEY (follower_id, followee_id),
    CHECK (follower_id <> followee_id)
);
"""


RULE = """-- rule: childless
-- about: exactly 30 percent of the users have no order
-- between: 0.3 0.3
SELECT avg((o.user_id IS NULL)::int) FROM users u LEFT JOIN (SELECT DISTINCT user_id FROM orders) o ON o.user_id = u.id

-- rule: managers
-- about: a manager is of the same org
-- limit: 0
SELECT u.id FROM users u JOIN users m ON m.id = u.manager_id WHERE m.org_id <> u.org_id
"""


@pytest.mark.slow
@pytest.mark.server
def test_the_example_of_the_docs_builds_restores_and_grows(snap: Callable[..., Ran], project: Path, home: Path) -> None:
    folder = project / "datasets" / "app"
    (folder / "rules").mkdir(parents=True)
    (folder / "schema.sql").write_text(EXAMPLE)
    (folder / "rules" / "users.sql").write_text(RULE)
    written = re.findall(r"```python\n(.*?)```", (ROOT / "docs/datasets.md").read_text("utf-8"), re.DOTALL)
    (folder / "dataset.py").write_text(written[0])
    data = {"SNAP_DATA_DIR": str(home)}
    built = snap("build", "v1", "--json", **data).document
    assert {table["name"]: table["rows"] for table in built["rows"]} == {
        "orgs": 40,
        "users": 300,
        "orders": 2_500,
        "order_lines": 6_000,
        "follows": 700,
    }
    assert {"childless", "managers"} <= {check["name"] for check in built["checks"]}
    assert {check["name"]: check["value"] for check in built["checks"]}["postgres"] == 9_540
    assert snap("restore", "v1", **data).code == 0
    larger = snap("build", "v2", "--scale", "30", "--json", **data).document
    assert 40_000 < {check["name"]: check["value"] for check in larger["checks"]}["postgres"] <= 50_000
    for table in snap("diff", "v1", "v2", "--json").document["tables"]:
        assert table["removed"] == 0
        assert table["columns"].keys() <= {"total"}
