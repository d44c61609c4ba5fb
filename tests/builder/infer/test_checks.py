"""Test that CHECKs as Postgres prints them are read as bounds, and that other conditions are passed on."""

from decimal import Decimal

import pytest

from snap.schema import Check
from snap_builder.infer.checks import Bounds, read_checks


@pytest.mark.parametrize(
    ("sql", "columns", "bounds"),
    [
        (
            "CHECK ((plan = ANY (ARRAY['free'::text, 'pro'::text])))",
            ("plan",),
            {"plan": Bounds(values=("free", "pro"))},
        ),
        (
            "CHECK (((v)::text = ANY ((ARRAY['a'::character varying, 'it''s'::character varying])::text[])))",
            ("v",),
            {"v": Bounds(values=("a", "it's"))},
        ),
        ("CHECK ((k = ANY (ARRAY[1, 2, 3])))", ("k",), {"k": Bounds(values=("1", "2", "3"))}),
        ("CHECK ((kind = 'only'::text))", ("kind",), {"kind": Bounds(values=("only",))}),
        ("CHECK (((n >= 1) AND (n <= 5)))", ("n",), {"n": Bounds(low=Decimal(1), high=Decimal(5))}),
        ("CHECK ((x > 0))", ("x",), {"x": Bounds(low=Decimal(1))}),
        ("CHECK ((x <> 0))", ("x",), {"x": Bounds(low=Decimal(1))}),
        ("CHECK ((pos >= (0.5)::double precision))", ("pos",), {"pos": Bounds(low=Decimal("0.5"))}),
        ("CHECK ((price > (0)::numeric))", ("price",), {"price": Bounds(low=Decimal("0.01"))}),
        (
            "CHECK (((VALUE > (0)::numeric) AND (VALUE < (1000)::numeric)))",
            ("price",),
            {"price": Bounds(low=Decimal("0.01"), high=Decimal("999.99"))},
        ),
        ("CHECK (((w IS NULL) OR (w > 10)))", ("w",), {"w": Bounds(low=Decimal(11))}),
        ("CHECK (((length(s) >= 3) AND (char_length(s) < 12)))", ("s",), {"s": Bounds(shortest=3, longest=11)}),
        ("CHECK ((length((code)::text) = 2))", ("code",), {"code": Bounds(shortest=2, longest=2)}),
        ("CHECK ((z <> ''::text))", ("z",), {"z": Bounds(shortest=1)}),
        ("CHECK ((a <= b))", ("a", "b"), {"b": Bounds(after="a")}),
        (
            'CHECK (("endsAt" > "startsAt"))',
            ("startsAt", "endsAt"),
            {"endsAt": Bounds(after="startsAt", strictly=True)},
        ),
        ("CHECK ((jsonb_typeof(facts) = 'array'::text))", ("facts",), {"facts": Bounds(document="array")}),
        ("CHECK ((code ~ '^[a-z]{3}$'::text))", ("code",), {"code": Bounds(pattern="^[a-z]{3}$")}),
        ("CHECK ((slug ~ '^a(b)*$'::text))", ("slug",), {"slug": Bounds(pattern="^a(b)*$")}),
        ("CHECK ((code ~ '^(ab|c)-(?:d|e)$'::text))", ("code",), {"code": Bounds(pattern="^(ab|c)-(?:d|e)$")}),
        ("CHECK ((state ~ '^(on|off)$'::text))", ("state",), {"state": Bounds(values=("on", "off"))}),
        ("CHECK ((a > 0)) NOT VALID", ("a",), {"a": Bounds(low=Decimal(1))}),
    ],
)
def test_what_bounds_can_say_is_read(sql, columns, bounds):
    understood = read_checks([Check(columns=columns, sql=sql)], {"price": Decimal("0.01")})
    assert understood.bounds == bounds
    assert understood.others == ()


@pytest.mark.parametrize(
    "sql",
    [
        "CHECK ((email ~ '^(ab|c)+@'::text))",
        "CHECK (((a > 2) OR (b IS NULL)))",
        "CHECK (((a IS NULL) <> (b IS NULL)))",
        "CHECK (((kind = 'x'::text) OR (n > 3)))",
        "CHECK ((total = (price * n)))",
        "CHECK (is_valid(n))",
    ],
)
def test_what_they_cannot_say_is_handed_on(sql):
    check = Check(columns=("email", "a", "b", "kind", "n", "total", "price"), sql=sql)
    assert read_checks([check], {}).others == (check,)
