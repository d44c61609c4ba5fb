"""A dataset with derived columns of every kind: of children, of derived columns of children, and copied by children."""

from __future__ import annotations

from snap.checks import RuleSet
from snap.schema import Schema, Table
from snap_builder.compiled.compile import compile_dataset
from snap_builder.dataset import Dataset
from snap_builder.declare import Dataset as Declared
from snap_builder.declare import Table as DeclaredTable
from snap_builder.declare import (
    average_of,
    copy,
    count_of,
    during,
    first_of,
    integer,
    last_of,
    moment,
    money,
    ref,
    sum_of,
)
from tests.builder.compiled.tenants import columns, key

NO_RULES = RuleSet()
SCHEMA = Schema(
    tables=(
        Table(
            name="customers",
            columns=columns(
                *("id bigint", "joined timestamp with time zone", "orders_count integer", "stars numeric(4,2)?"),
                *("first_at timestamp with time zone?", "last_at timestamp with time zone", "spent numeric(12,2)"),
            ),
            primary_key=("id",),
        ),
        Table(
            name="orders",
            columns=columns(
                *("id bigint", "total numeric(12,2)", "customer_id bigint?", "at timestamp with time zone?"),
                "stars integer?",
            ),
            primary_key=("id",),
            foreign_keys=(key("customer_id", "customers"),),
        ),
        Table(
            name="lines",
            columns=columns("id bigint", "order_id bigint", "amount numeric(8,2)"),
            primary_key=("id",),
            foreign_keys=(key("order_id", "orders"),),
        ),
        Table(
            name="payments",
            columns=columns("id bigint", "order_id bigint", "amount numeric(12,2)"),
            primary_key=("id",),
            foreign_keys=(key("order_id", "orders"),),
        ),
    ),
    enums=(),
    sql="-- read from nothing: these tests make rows without a database\n",
)
LATE = {
    "customers": {"orders_count", "stars", "first_at", "last_at", "spent"},
    "orders": {"total"},
    "payments": {"amount"},
}


def declared(customers: int = 40, none: int = 20) -> Declared:
    return Declared(
        seed=7,
        as_of="2026-11-01",
        profiles={"dev": 1},
        tables=[
            DeclaredTable(
                "customers",
                customers,
                {
                    "joined": moment(during("-2y")),
                    "orders_count": count_of("orders"),
                    "stars": average_of("orders.stars"),
                    "first_at": first_of("orders.at"),
                    "last_at": last_of("orders.at", "joined"),
                    "spent": sum_of("orders.total"),
                },
            ),
            DeclaredTable(
                "orders",
                3 * customers,
                {
                    "total": sum_of("lines.amount"),
                    "customer_id": ref("customers", none=none),
                    "at": moment(during("-1y"), none=none),
                    "stars": integer(1, 5, none=none),
                },
            ),
            DeclaredTable("lines", 9 * customers, {"order_id": ref("orders"), "amount": money(1, 90)}),
            DeclaredTable("payments", 2 * customers, {"order_id": ref("orders"), "amount": copy("order.total")}),
        ],
    )


def dataset(rules: RuleSet = NO_RULES, customers: int = 40, none: int = 20) -> Dataset:
    return compile_dataset("orders", declared(customers, none), SCHEMA, rules)
