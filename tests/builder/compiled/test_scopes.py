"""Test references that choose (within a tenant, by weight, by the parent's values), trees, and what is refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest

from snap.errors import UsageError
from snap.schema import Schema, Table
from snap_builder.declare import Dataset, choice, count_of, integer, pairs, ref, text, zipf
from snap_builder.declare import Table as Declared
from tests.builder.compiled.declarations import built
from tests.builder.compiled.tenants import SCHEMA, columns, key


def _rows(*tables: Declared, schema: Schema = SCHEMA, scale: Fraction | int = 1):
    return {name: rows.to_pylist() for name, rows in built(Dataset(tables=tables), scale, schema).items()}


def _refused(*tables: Declared, schema: Schema = SCHEMA) -> str:
    with pytest.raises(UsageError) as refusal:
        built(Dataset(tables=tables), 1, schema)
    return f"{refusal.value} ({refusal.value.hint})"


def _schema(*tables: Table) -> Schema:
    return Schema(tables=tables, enums=(), sql="")


def _table(name: str, *named: str, keys: tuple = (), **more) -> Table:
    return Table(name=name, columns=columns("id bigint", *named), primary_key=("id",), foreign_keys=keys, **more)


def _holds(made, schema: Schema) -> bool:
    """Return whether every reference names an existing row."""
    for table in schema.tables:
        for each in table.foreign_keys:
            parents = {tuple(row[name] for name in each.to) for row in made[each.references]}
            named = {tuple(row[name] for name in each.columns) for row in made[table.label]}
            if not {names for names in named if None not in names} <= parents:
                return False
    return True


@pytest.mark.parametrize("scale", [1, 3])
def test_references_of_several_columns_that_share_a_tenant_are_inferred_from_the_schema_alone(scale):
    made = _rows(scale=scale)
    assert _holds(made, SCHEMA)
    assert None not in {row["assignee_id"] for row in made["tasks"]}
    assert len({row["org_id"] for row in made["tasks"]}) > 5


def test_a_tenant_that_no_table_lists_is_shared_by_its_value():
    schema = _schema(
        Table(name="users", columns=columns("tenant uuid", "id bigint"), primary_key=("tenant", "id")),
        _table("files", "tenant uuid", "owner bigint", keys=(key("tenant,owner", "users", "tenant,id"),)),
        _table(
            "links",
            "tenant uuid",
            "file_id bigint",
            "user_id bigint",
            keys=(key("tenant,file_id", "files", "tenant,id"), key("tenant,user_id", "users", "tenant,id")),
        ),
    )
    made = _rows(schema=schema)
    assert _holds(made, schema)
    assert len({row["tenant"] for row in made["links"]}) > 3


def test_the_declared_reference_brings_the_tenant_and_the_others_follow():
    made = _rows(
        Declared("orgs", 10),
        Declared("users", 100, {"org_id": ref("orgs", at_least=2)}),
        Declared("projects", 50),
        Declared("tasks", 300, {"author_id": ref("users", at_least=2)}),
    )
    assert _holds(made, SCHEMA)
    assert min(Counter(row["author_id"] for row in made["tasks"]).values()) >= 2
    assert len({row["author_id"] for row in made["tasks"]}) == 100


@pytest.mark.parametrize("scale", [1, 3, Fraction(37, 3)])
@pytest.mark.parametrize("options", [{"at_least": 1}, {"at_least": 2}, {"at_least": 2, "none_have": 20}])
def test_pairs_within_a_tenant_guarantee_rows_to_each_left_parent(options, scale):
    made = _rows(
        Declared("orgs", 10),
        Declared("users", 100, {"org_id": ref("orgs", at_least=2, fanout=zipf(1))}),
        Declared("projects", 50),
        Declared("members", 200, pairs=pairs("project_id", "user_id", fanout=zipf(1), **options)),
        scale=scale,
    )
    assert _holds(made, SCHEMA)
    members = Counter((row["org_id"], row["project_id"]) for row in made["members"])
    assert min(members.values()) == options["at_least"]
    without = len(made["projects"]) - len(members)
    assert abs(without - len(made["projects"]) * options.get("none_have", 0) / 100) < 1
    assert len({(row["project_id"], row["user_id"]) for row in made["members"]}) == len(made["members"])


def test_paths_lead_over_a_tenant_that_follows_from_another_reference():
    titled = replace(SCHEMA.tables[3], columns=(*SCHEMA.tables[3].columns, *columns("title text", "by text")))
    schema = replace(SCHEMA, tables=(*SCHEMA.tables[:3], titled))
    words = {"title": text("{org.name}"), "by": text("{author.rank}")}
    made = _rows(Declared("orgs", 10, {"name": text("org {n}")}), Declared("tasks", 99, words), schema=schema)
    assert all(row["title"] == f"org {row['org_id']}" for row in made["tasks"])
    ranks = {row["id"]: str(row["rank"]) for row in made["users"]}
    assert all(row["by"] == ranks[row["author_id"]] for row in made["tasks"])


def test_rows_share_what_no_key_asks_for_where_within_says_so():
    schema = _schema(
        _table("couriers", "region text"),
        _table("shops", "area text"),
        _table(
            "orders",
            "region text",
            "courier_id bigint",
            "shop_id bigint?",
            keys=(key("courier_id", "couriers"), key("shop_id", "shops")),
        ),
    )
    regions = choice(eu=5, us=4, apac=1)
    made = _rows(
        Declared("couriers", 40, {"region": regions}),
        Declared("shops", 40, {"area": choice(us=1, eu=1)}),
        Declared(
            "orders",
            400,
            {
                "region": regions,
                "courier_id": ref("couriers", within="region"),
                "shop_id": ref("shops", within={"region": "area"}, none=25),
            },
        ),
        schema=schema,
    )
    couriers = {row["id"]: row["region"] for row in made["couriers"]}
    shops = {row["id"]: row["area"] for row in made["shops"]}
    assert all(couriers[row["courier_id"]] == row["region"] for row in made["orders"])
    assert all(shops[row["shop_id"]] == row["region"] for row in made["orders"] if row["shop_id"] is not None)
    assert sum(row["shop_id"] is None for row in made["orders"]) == 100


def test_an_exact_share_of_rows_are_roots_although_every_tenant_needs_one():
    made = _rows(
        Declared("orgs", 40),
        Declared(
            "users",
            300,
            {"org_id": ref("orgs", at_least=1), "manager_id": ref("users", within="org_id", tree=4, none=20)},
        ),
    )
    roots = [row["manager_id"] is None for row in made["users"]]
    assert sum(roots) == 60
    assert all(sum(roots[start : start + 5]) == 1 for start in range(250, 300, 5))


def test_a_tree_whose_column_may_not_be_null_has_roots_that_name_themselves():
    schema = _schema(_table("nodes", "parent_id bigint", keys=(key("parent_id", "nodes"),)))
    made = _rows(Declared("nodes", 90, {"parent_id": ref("nodes", tree=3)}), schema=schema)
    level = {1: 1}
    assert made["nodes"][0]["parent_id"] == 1
    for row in made["nodes"][1:]:
        level[row["id"]] = level[row["parent_id"]] + 1
    assert max(level.values()) == 3


def test_rows_of_which_no_two_may_have_the_same_successor_are_a_chain():
    schema = _schema(_table("steps", "after_id bigint?", keys=(key("after_id", "steps"),), unique=(("after_id",),)))
    assert [row["after_id"] for row in _rows(Declared("steps", 5), schema=schema)["steps"]] == [None, 1, 2, 3, 4]


def test_few_parents_with_rows_are_found_however_far_they_lie_apart():
    schema = _schema(_table("a"), _table("b", "a_id bigint", keys=(key("a_id", "a"),)))
    tables = Declared("a", 1_000), Declared("b", 9_000, {"a_id": ref("a", none_have=99)})
    assert len({row["a_id"] for row in _rows(*tables, schema=schema)["b"]}) == 10


def test_a_parent_of_twice_the_weight_has_twice_the_rows_whatever_its_age():
    made = _rows(
        Declared("products", 400, {"popularity": integer(0, 1_000), "active": choice({True: 3, False: 1})}),
        Declared("sales", 40_000, {"product_id": ref("products", weight="popularity", where={"active": True})}),
    )
    sold = Counter(row["product_id"] for row in made["sales"])
    active = [row for row in made["products"] if row["active"]]
    for some in (active[:150], active[150:], [row for row in active if row["popularity"] > 500]):
        share = sum(sold[row["id"]] for row in some) / 40_000
        weight = sum(row["popularity"] for row in some) / sum(row["popularity"] for row in active)
        assert share == pytest.approx(weight, abs=0.03)
    assert sum(sold[row["id"]] for row in active) == 40_000


SALES = Declared("products", 100), Declared("tasks", 90)


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (
            (Declared("users", 300, {"org_id": ref("orgs"), "manager_id": ref("users", tree=3, none=1)}),),
            "rows are the first of their tree, so they have no parent; none=1 allows only 3 (write none=",
        ),
        (
            (Declared("users", 90, {"manager_id": ref("users", tree=3)}),),
            "users.manager_id: 10 of 90 rows are the first of their tree, so they have no parent; none=0 allows only 0 "
            "(write none=12, or ask for more rows)",
        ),
        ((Declared("users", 90, {"manager_id": ref("users", at_least=1)}),), "shares columns with another reference"),
        (
            (Declared("tasks", 90, {"author_id": ref("users", tree=3)}),),
            "tasks.author_id: tree= needs a reference to tasks itself",
        ),
        (
            (Declared("sales", 90, {"product_id": ref("products", weight="popularty")}),),
            "sales.product_id: table products has no column 'popularty' (did you mean 'popularity'?)",
        ),
        (
            (Declared("sales", 90, {"product_id": ref("products", weight="kind")}),),
            "sales.product_id: products.kind cannot be used as a weight",
        ),
        (
            (
                Declared("products", 90, {"price": choice({1.5: 3, 9.5: 1})}),
                Declared("sales", 90, {"product_id": ref("products", weight="price")}),
            ),
            "sales.product_id: products.price cannot be used as a weight (give it whole numbers to choose from)",
        ),
        (
            (Declared("sales", 90, {"product_id": ref("products", where={"kind": "tol"})}),),
            "sales.product_id: products.kind never has the value 'tol' (its values are: tool, toy, food)",
        ),
        (
            (Declared("sales", 90, {"product_id": ref("products", where={"popularity": "high"})}),),
            "sales.product_id: products.popularity is of type integer, and 'high' is not a value of it",
        ),
        (
            (
                Declared("products", 90, {"popularity": count_of("sales", by="product_id")}),
                Declared("sales", 90, {"product_id": ref("products", weight="popularity")}),
            ),
            "sales.product_id chooses products by popularity, but products.popularity is derived",
        ),
        (
            (
                Declared("products", 90, {"popularity": integer(1, 5)}),
                Declared("sales", 90, {"product_id": ref("products", where={"popularity": 7})}),
            ),
            "sales.product_id: none of 90 rows of products may be referenced",
        ),
        (
            (
                Declared("users", 40),
                Declared("mentors", 9_000, pairs=pairs("user_id", "mentor_id", within="user.org_id")),
            ),
            "mentors: 9,000 unique pairs of 40 users and 40 users within user.org_id are impossible: only ",
        ),
        (
            (Declared("mentors", 90, pairs=pairs("user_id", "mentor_id", within="mentor.org_id")),),
            "mentors: the path mentor.org_id does not begin with the reference user_id (write a path that begins "
            "with it",
        ),
        (
            (Declared("mentors", 90, pairs=pairs("user_id", "mentor_id", within="user.org_id", score=len)),),
            "mentors: pairs within user.org_id cannot have a score (leave out score=)",
        ),
        (
            (
                Declared("users", 90),
                Declared("mentors", 90, pairs=pairs("user_id", "mentor_id", within="user.org_id", at_least=2)),
            ),
            "mentors: 1 rows for each row of users are too few: each needs at least 2 (ask for 2 rows of mentors for "
            "each row of users)",
        ),
        (
            (Declared("mentors", 90, pairs=pairs("user_id", "mentor_id", within={"user.org_id": "tenant"})),),
            "mentors: table users has no column 'tenant'",
        ),
        (
            (Declared("sales", 90, {"product_id": ref("products", within="kind")}),),
            "table sales has no column 'kind'",
        ),
        (
            (Declared("tasks", 90, {"author_id": ref("users", within={"org_id": "org"})}),),
            "tasks.author_id: table users has no column 'org' (did you mean 'org_id'?)",
        ),
        (
            (
                Declared("tasks", 90, {"project_id": ref("projects"), "author_id": ref("users", at_least=1)}),
                Declared("users", 30),
            ),
            "tasks.author_id shares columns with another reference of the same row, so it cannot guarantee rows for "
            "each row of users",
        ),
    ],
)
def test_what_no_parent_can_give_is_refused(tables, message):
    assert message in _refused(*tables)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"within": "org_id", "at_least": 1},
            "guarantees rows for parents with at_least=, but within= or tree= limits the choice",
        ),
        ({"weight": "n", "one": True}, "guarantees rows for parents with one=, but where= or weight= chooses parents"),
        ({"weight": "n", "fanout": zipf(1)}, "has both a weight and a fan-out"),
        ({"tree": 1}, "trees of 1 levels have no references"),
    ],
)
def test_words_that_contradict_each_other_are_refused(options, message):
    with pytest.raises(UsageError, match=message):
        ref("users", **options)


def test_rows_whose_group_has_no_parent_are_refused_by_number():
    schema = _schema(_table("a", "kind text"), _table("b", "kind text", "a_id bigint", keys=(key("a_id", "a"),)))
    said = _refused(
        Declared("a", 30, {"kind": choice(x=1, y=1)}),
        Declared("b", 30, {"kind": choice(x=1, z=1), "a_id": ref("a", within="kind")}),
        schema=schema,
    )
    assert "b.a_id: no row of a has the same kind as row " in said


CIRCLE = _schema(
    _table(
        "users", "address_id bigint?", "team_id bigint?", keys=(key("address_id", "addresses"), key("team_id", "teams"))
    ),
    _table("addresses", "user_id bigint", keys=(key("user_id", "users"),)),
    _table("offices", "address_id bigint", keys=(key("address_id", "addresses"),)),
    _table("teams", "office_id bigint", keys=(key("office_id", "offices"),)),
)


@pytest.mark.parametrize("scale", [1, Fraction(2, 3), Fraction(7, 5), 4])
@pytest.mark.parametrize("addresses", [30, 70, 150])
def test_the_nullable_side_of_a_cycle_names_rows_that_come_with_it(addresses, scale):
    tables = (Declared("users", 60), Declared("addresses", addresses), Declared("offices", 90), Declared("teams", 20))
    made, whole = _rows(*tables, schema=CIRCLE, scale=scale), _rows(*tables, schema=CIRCLE, scale=4)
    assert _holds(made, CIRCLE)
    for table, rows in made.items():
        assert rows == whole[table][: len(rows)]
    owner = {row["id"]: row["user_id"] for row in made["addresses"]}
    homes = [row for row in made["users"] if row["address_id"] is not None]
    assert all(owner[row["address_id"]] == row["id"] for row in homes)
    assert len(homes) == len(made["users"]) or addresses < 60
    assert sum(row["team_id"] is not None for row in made["users"]) >= len(made["users"]) - 6


@pytest.mark.parametrize(
    ("word", "message"),
    [
        (ref("teams", none=1), "users.team_id: 2 of 60 rows are before the first parent of their group"),
        (
            ref("teams"),
            "users.team_id: 2 of 60 rows are before the first parent of their group, so they have no parent",
        ),
        (
            ref("teams", at_least=1),
            "users.team_id: teams references users too, so no rows can be guaranteed for each row",
        ),
    ],
)
def test_what_a_cycle_cannot_give_is_refused(word, message):
    named = CIRCLE.tables[3], _table("users", "team_id bigint?", keys=(key("team_id", "teams"),))
    schema = _schema(*named, _table("offices", "user_id bigint", keys=(key("user_id", "users"),)))
    assert message in _refused(Declared("users", 60, {"team_id": word}), Declared("teams", 20), schema=schema)


@pytest.mark.parametrize("scale", [1, Fraction(3, 2), 3])
@pytest.mark.parametrize("options", [{}, {"at_least": 1}, {"none_have": 20}, {"none": 25}, {"fanout": zipf("1.5")}])
def test_no_parent_has_more_rows_than_it_may(options, scale):
    tables = Declared("products", 60), Declared("sales", 120, {"product_id": ref("products", at_most=3, **options)})
    nullable = replace(SCHEMA.tables[-3], columns=columns("id bigint", "product_id bigint?", "gift_id bigint?"))
    assert nullable.name == "sales"
    schema = replace(SCHEMA, tables=(next(each for each in SCHEMA.tables if each.name == "products"), nullable))
    made, whole = _rows(*tables, schema=schema, scale=scale), _rows(*tables, schema=schema, scale=3)
    named = [row["product_id"] for row in made["sales"]]
    counts = Counter(product for product in named if product is not None)
    assert max(counts.values()) == 3
    assert named == [row["product_id"] for row in whole["sales"]][: len(named)]
    assert named.count(None) * 100 == options.get("none", 0) * len(named)
    assert len(counts) == 60 * scale or "at_least" not in options


def test_more_rows_than_parents_may_have_are_refused_with_the_arithmetic():
    said = _refused(Declared("products", 60), Declared("sales", 240, {"product_id": ref("products", at_most=3)}))
    assert (
        "sales.product_id: 4 rows for each row of products that has any are more than the 3 that at_most= allows"
        in said
    )
    assert "ask for 180 rows of sales at most" in said
