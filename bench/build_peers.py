"""Make five tables of a shop by django-data-shape: python bench/build_peers.py HOST DATABASE ROWS ROWS ROWS ROWS ROWS.

The numbers of rows are for shops, customers, products, orders and order lines. The script needs Django, psycopg and
django-data-shape, but not snap.
"""

from __future__ import annotations

import datetime
import sys

import django
from django.conf import settings

host, database, *counts = sys.argv[1:]
settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": host,
            "PORT": "5432",
            "NAME": database,
            "USER": "postgres",
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()

from django.db import connection, models  # noqa: E402 - needs the settings
from django_data_shape import After, FanOut, Sequential, Shape, Skew, Table, Uniform, Zipf, build  # noqa: E402


class Row(models.Model):
    class Meta:
        abstract = True
        app_label = "shop"


class Shop(Row):
    plan = models.CharField(max_length=20)
    opened_at = models.DateTimeField()


class Customer(Row):
    shop = models.ForeignKey(Shop, models.CASCADE)
    language = models.CharField(max_length=2)
    signed_up_at = models.DateTimeField()


class Product(Row):
    shop = models.ForeignKey(Shop, models.CASCADE)
    price = models.DecimalField(max_digits=10, decimal_places=2)


class Order(Row):
    customer = models.ForeignKey(Customer, models.CASCADE)
    status = models.CharField(max_length=10)
    placed_at = models.DateTimeField()


class OrderLine(Row):
    order = models.ForeignKey(Order, models.CASCADE)
    product = models.ForeignKey(Product, models.CASCADE)
    quantity = models.IntegerField()


def main() -> None:
    shops, customers, products, orders, lines = map(int, counts)
    with connection.schema_editor() as editor:
        for model in (Shop, Customer, Product, Order, OrderLine):
            editor.create_model(model)
    opened = Sequential(datetime.datetime(2020, 11, 1, tzinfo=datetime.UTC), datetime.timedelta(minutes=30))
    states = Skew({"placed": 0.05, "paid": 0.05, "shipped": 0.1, "delivered": 0.75, "returned": 0.05})
    year = datetime.timedelta(days=365)
    build(
        Shape(
            Table(Shop, rows=shops, plan=Skew({"free": 0.6, "pro": 0.3, "enterprise": 0.1}), opened_at=opened),
            Table(
                Customer,
                rows=customers,
                shop=FanOut(Zipf(1.1)),
                language=Skew({"en": 0.7, "es": 0.2, "fr": 0.1}),
                signed_up_at=After("shop.opened_at", within=year),
            ),
            Table(Product, rows=products, shop=FanOut(Uniform(1, 4)), price=Uniform(2, 400, places=2)),
            Table(
                Order,
                rows=orders,
                customer=FanOut(Zipf(1.2), childless=0.25),
                status=states,
                placed_at=After("customer.signed_up_at", within=year),
            ),
            Table(
                OrderLine,
                rows=lines,
                order=FanOut(Uniform(1, 4)),
                product=FanOut(Zipf(1.2)),
                quantity=Uniform(1, 12, places=0),
            ),
            seed=7,
        )
    )


if __name__ == "__main__":
    main()
