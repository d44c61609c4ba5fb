"""Draw random declarations over a schema of tenants: two-column keys, trees, and parents chosen by their values."""

from __future__ import annotations

from hypothesis import strategies as st

from snap.schema import Column, Enum, ForeignKey, Schema, Table
from snap.types import parse
from snap_builder import declare
from snap_builder.declare import Dataset, choice, integer, pairs, polymorphic, primary, ref
from snap_builder.declare import Table as Declared
from tests.builder.compiled.declarations import percent, shapes

KINDS = ("tool", "toy", "food")


def columns(*named: str) -> tuple[Column, ...]:
    """Return columns from texts `name type`; a question mark at the end makes a column nullable."""
    parted = [[*text.rstrip("?").split(" ", 1), text[-1]] for text in named]
    return tuple(Column(name=n, type=parse(kind, {"kind"}), nullable=end == "?") for n, kind, end in parted)


def key(names: str, parent: str, to: str = "id") -> ForeignKey:
    return ForeignKey(columns=tuple(names.split(",")), references=parent, to=tuple(to.split(",")))


SCHEMA = Schema(
    tables=(
        Table(name="orgs", columns=columns("id bigint", "name text"), primary_key=("id",)),
        Table(
            name="users",
            columns=columns("id bigint", "org_id bigint", "manager_id bigint?", "rank integer", "card_id bigint?"),
            primary_key=("id",),
            unique=(("org_id", "id"),),
            foreign_keys=(
                key("org_id", "orgs"),
                key("org_id,manager_id", "users", "org_id,id"),
                key("card_id", "cards"),
            ),
        ),
        Table(
            name="projects",
            columns=columns("tenant bigint", "id bigint", "open boolean"),
            primary_key=("tenant", "id"),
            foreign_keys=(key("tenant", "orgs"),),
        ),
        Table(
            name="tasks",
            columns=columns(
                "id bigint", "org_id bigint", "project_id bigint", "author_id bigint", "assignee_id bigint?"
            ),
            primary_key=("id",),
            foreign_keys=(
                key("org_id", "orgs"),
                key("org_id,project_id", "projects", "tenant,id"),
                key("org_id,author_id", "users", "org_id,id"),
                key("org_id,assignee_id", "users", "org_id,id"),
            ),
        ),
        Table(
            name="members",
            columns=columns("org_id bigint", "project_id bigint", "user_id bigint", "added_by bigint?"),
            primary_key=("project_id", "user_id"),
            foreign_keys=(
                key("org_id,user_id", "users", "org_id,id"),
                key("org_id,added_by", "users", "org_id,id"),
                key("org_id,project_id", "projects", "tenant,id"),
            ),
        ),
        Table(
            name="mentors",
            columns=columns("user_id bigint", "mentor_id bigint", "since date"),
            primary_key=("user_id", "mentor_id"),
            foreign_keys=(key("user_id", "users"), key("mentor_id", "users")),
        ),
        Table(
            name="products",
            columns=columns("id bigint", "kind kind", "popularity integer", "active boolean", "price numeric(10,2)"),
            primary_key=("id",),
        ),
        Table(
            name="sales",
            columns=columns("id bigint", "product_id bigint", "gift_id bigint?"),
            primary_key=("id",),
            foreign_keys=(key("product_id", "products"), key("gift_id", "products")),
        ),
        Table(
            name="cards",
            columns=columns("id bigint", "user_id bigint", "main boolean", "state text", "until date?", "no integer?"),
            primary_key=("id",),
            foreign_keys=(key("user_id", "users"),),
        ),
        Table(
            name="comments",
            columns=columns("id bigint", "subject_type text?", "subject_id text?", "shelf text", "item bigint"),
            primary_key=("id",),
        ),
    ),
    enums=(Enum(name="kind", labels=KINDS),),
    sql="-- read from nothing: these tests make rows without a database\n",
)


@st.composite
def tenants(draw: st.DrawFn) -> Dataset:
    """Draw a declaration of every table, with trees, tenants and parents chosen by weight."""
    orgs = draw(st.integers(4, 12))
    owned = draw(st.booleans())  # whether each project has a member
    members = (
        pairs("project_id", "user_id", fanout=draw(shapes), at_least=1)
        if owned
        else draw(st.sampled_from((None, pairs("user_id", "project_id", fanout=draw(shapes)))))
    )
    author = draw(st.sampled_from(({}, {"author_id": ref("users", fanout=draw(shapes))})))
    return Dataset(
        seed=draw(st.integers(0, 99)),
        as_of="2026-11-01",
        tables=[
            Declared("orgs", orgs),
            Declared(
                "users",
                orgs * draw(st.integers(8, 12)),
                {
                    "org_id": ref("orgs", fanout=draw(shapes), at_least=1),
                    "manager_id": ref(
                        "users", tree=draw(st.integers(2, 5)), none=draw(st.sampled_from((25, 40, "62.5", 100)))
                    ),
                    "rank": integer(1, 9),
                    **draw(st.sampled_from(({}, {"card_id": ref("cards", none=50)}))),
                },
            ),
            Declared("projects", orgs * draw(st.integers(5, 8)), {"open": choice({True: 3, False: 1})}),
            Declared(
                "tasks",
                orgs * draw(st.integers(9, 40)) + draw(st.integers(0, orgs - 1)),
                {
                    "project_id": ref("projects", fanout=draw(shapes), at_least=draw(st.integers(0, 1))),
                    "assignee_id": ref("users", none=draw(st.sampled_from((0, 40, 60)))),
                    **author,
                },
            ),
            Declared(
                "cards",
                orgs * draw(st.integers(3, 30)),
                {
                    "main": primary("user_id", none_have=draw(percent)),
                    "state": primary("user_id", value="new", otherwise=choice(paid=2, sent=1)),
                    "until": primary("user_id", value=None, otherwise=declare.moment(declare.during("-1y"))),
                    "no": primary((), value=1, otherwise=None),
                    **draw(st.sampled_from(({}, {"user_id": ref("users", at_most=5, fanout=draw(shapes))}))),
                },
            ),
            Declared(
                "comments",
                draw(st.integers(50, 500)),
                {
                    "subject_id": polymorphic(
                        {"task": "tasks", "org": "orgs"},
                        kind="subject_type",
                        shares={"task": draw(st.integers(1, 9)), "org": 1},
                        none=draw(percent),
                        fanout=draw(shapes),
                    ),
                    "item": polymorphic({"a": "products", "b": "comments"}, kind="shelf"),
                },
            ),
            Declared("members", orgs * draw(st.integers(9, 12) if owned else st.integers(2, 9)), pairs=members),
            Declared(
                "mentors",
                orgs * draw(st.integers(2, 12)),
                pairs=pairs("user_id", "mentor_id", differ=True, within="user.org_id", fanout=draw(shapes)),
            ),
            Declared(
                "products",
                draw(st.integers(30, 90)),
                {
                    "kind": choice(dict.fromkeys(KINDS, 1)),
                    "popularity": declare.integer(0, 200, shape=draw(st.sampled_from((None, declare.zipf("0.9"))))),
                    "active": choice({True: draw(st.integers(1, 4)), False: 1}),
                },
            ),
            Declared(
                "sales",
                draw(st.integers(100, 900)),
                {
                    "product_id": ref("products", weight="popularity", where={"active": True}),
                    "gift_id": ref("products", where={"kind": ["toy", "food"]}, none=draw(percent)),
                },
            ),
        ],
    )
