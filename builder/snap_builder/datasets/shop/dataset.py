"""Shop: a platform on which many shops sell. Beside it lies its schema; here stands what a schema cannot say."""

from snap.dataset import (
    Dataset,
    Table,
    after,
    booking,
    case,
    choice,
    copy,
    count_of,
    during,
    formula,
    integer,
    last_of,
    lifecycle,
    lognormal,
    moment,
    money,
    pairs,
    pattern,
    polymorphic,
    primary,
    ref,
    sum_of,
    text,
    weights,
    zipf,
)

dataset = Dataset(
    seed=20_261_128,
    as_of="2026-11-01",
    profiles={"dev": 1, "load": 100},
    tables=[
        Table(
            "shops",
            rows=48,
            columns={
                "slug": text("{word|lower}-{word|lower}-{n}", unique=True),
                "plan": choice(free=60, pro=30, enterprise=10),
                "opened_at": moment(during("-6y", "-90d"), growth=3),
                "customer_count": count_of("customers"),
                "revenue": sum_of("orders.total"),
            },
        ),
        Table(
            "staff",
            rows=240,
            columns={
                "shop_id": ref("shops", fanout=zipf("0.8"), at_least=3),
                "manager_id": ref("staff", tree=3, none=25),  # of the same shop: the schema says so
                "role": primary("shop_id", value="owner", otherwise=choice(manager=1, packer=4, courier=3)),
                "email": text("{first|lower}.{last|lower}{n}@{shop.slug}.example"),
                "hired_at": moment(after("shop.opened_at")),
            },
        ),
        Table(
            "categories",
            rows=336,
            columns={"shop_id": ref("shops", at_least=3), "parent_id": ref("categories", tree=3, none=30)},
        ),
        Table(
            "products",
            rows=912,
            columns={
                "category_id": ref("categories", at_least=1),
                "sku": pattern("^[A-Z]{3}-[0-9]{5}$"),
                "price": money(2, 400, shape=lognormal(30, "0.8")),
                "stock": integer(0, 500, shape=lognormal(40, "0.8")),
                "popularity": weights(1, 2, 4, 8, 16, 32),
                "active": choice({True: 9, False: 1}),
                "added_at": moment(after("shop.opened_at")),
                "review_count": count_of("reviews"),
            },
        ),
        Table("product_tags", rows=2_280),
        Table(
            "customers",
            rows=1_200,
            columns={
                "shop_id": ref("shops", fanout=zipf("1.1"), at_least=5),
                "language": choice(en=70, es=20, fr=10),
                "newsletter": choice({True: 2, False: 3}, none=40),  # nobody asked them
                "signed_up_at": moment(after("shop.opened_at")),
                "order_count": count_of("orders"),
                "spent": sum_of("orders.total"),
                "last_order_at": last_of("orders.placed_at"),
            },
        ),
        Table("addresses", rows=1_650, columns={"is_primary": primary(["shop_id", "customer_id"])}),
        Table(
            "orders",
            rows=3_600,
            columns={
                "customer_id": ref("customers", fanout=zipf("0.6"), none_have=25),
                "placed_at": moment(after("customer.signed_up_at")),
                "status": lifecycle(
                    "placed_at",
                    placed=5,
                    paid=("paid_at", 5),
                    shipped=("shipped_at", 10),
                    delivered=("delivered_at", 75),
                    returned=("returned_at", 5),
                ),
                "total": sum_of("order_lines.amount"),
            },
        ),
        Table(
            "order_lines",
            rows=9_000,
            pairs=pairs("order_id", "product_id", at_least=1),
            columns={
                "quantity": choice({1: 60, 2: 24, 3: 8, 4: 4, 6: 3, 12: 1}),
                "unit_price": copy("product.price"),
                "amount": formula(lambda quantity, unit_price: quantity * unit_price),
            },
        ),
        Table(
            "payments",
            rows=3_000,
            columns={
                "order_id": ref("orders", at_most=1, where={"status": ["paid", "shipped", "delivered", "returned"]}),
                "method": choice(card=70, transfer=20, voucher=10),
                "card_last4": case("method", card=pattern("^[0-9]{4}$")),
                "received_at": copy("order.paid_at"),
                "recorded_at": moment(after("received_at", delay=lognormal(32_400, "1.6"))),
            },
        ),
        Table(
            "reviews",
            rows=1_500,
            pairs=pairs("product_id", "customer_id"),
            columns={"stars": choice({5: 53, 4: 30, 3: 10, 2: 4, 1: 3}), "written_at": moment(during("-2y"))},
        ),
        Table(
            "deliveries",
            rows=2_100,
            columns={
                "courier_id": ref("staff", where={"role": "courier"}),
                "starts_at": booking(
                    ["shop_id", "courier_id"], ends="ends_at", period=during("-1y"), lasts=("15m", "50m"), every="1h"
                ),
            },
        ),
        Table(
            "comments",
            rows=1_050,
            columns={
                "subject_id": polymorphic(
                    {"reviews": "reviews", "deliveries": "deliveries"},
                    kind="subject_type",
                    shares={"reviews": 4, "deliveries": 1},
                )
            },
        ),
    ],
    checks="rules",
)
