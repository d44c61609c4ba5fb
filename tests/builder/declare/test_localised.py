"""Test texts by the locale of a row: name, e-mail, city, country and phone agree."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.errors import UsageError
from snap.schema import Schema, Table
from snap_builder.declare import Dataset, case, choice, copy, document, items, ref, text
from snap_builder.declare import Table as Declared
from snap_builder.words.locales import names, shown
from tests.builder.compiled.declarations import built, dataset_of, inputs_of
from tests.builder.compiled.tenants import columns, key
from tests.params import examples

SCHEMA = Schema(
    tables=(
        Table(name="orgs", columns=columns("id bigint", "country text"), primary_key=("id",)),
        Table(
            name="users",
            columns=columns(
                *("id bigint", "org_id bigint", "country text?", "first text?", "name text", "email text"),
                *(
                    "city text",
                    "nation text",
                    "phone text",
                    "slug text",
                    "short character varying(12)?",
                    "facts jsonb?",
                ),
            ),
            primary_key=("id",),
            foreign_keys=(key("org_id", "orgs"),),
        ),
    ),
    enums=(),
    sql="",
)
COUNTRIES = choice({"Germany": 3, "FR": 2, "pt_BR": 2, "Canada": 2, "Egypt": 1, "ja-JP": 1})


def declared(locale="country", count=200, **words):
    told = {
        "country": COUNTRIES,
        "first": text("{first|ascii}", locale=locale),
        "name": text("{first} {last}", locale=locale),
        "email": text("{first|ascii}.{last|ascii}{n}@mail.example", locale=locale),
        "city": text("{city}", locale=locale),
        "nation": text("{country}", locale=locale),
        "phone": text("{phone}", locale=locale),
        "slug": text("{last|slug}-{city|slug}", locale=locale),
    }
    orgs = Declared("orgs", 20, {"country": choice(DE=1, FR=1)})
    return Dataset(as_of="2026-11-01", tables=(orgs, Declared("users", count, {**told, **words})))


def users(scale=1, **given):
    return built(declared(**given), scale, SCHEMA)["users"].to_pylist()


def agrees(row, value):
    """Return whether all texts of a row come from one pool of the locale `value`."""
    return any(
        row["nation"] == pool.country
        and row["city"] in pool.words("city").to_pylist()
        and row["phone"] in pool.words("phone").to_pylist()
        and any(row["name"].startswith(f"{first} ") for first in pool.words("first").to_pylist())
        and any(row["name"].endswith(f" {last}") for last in pool.words("last").to_pylist())
        for pool in names()[value.lower()]
    )


def test_name_email_city_country_and_phone_of_a_row_agree():
    rows = users()
    for row in rows:
        assert agrees(row, row["country"]), row
        assert re.fullmatch(rf"{row['first']}\.[a-z0-9]+{row['id']}@mail\.example", row["email"])
        assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)+", row["slug"])
    assert {row["nation"] for row in rows} == {"Germany", "France", "Brazil", "Canada", "Egypt", "Japan"}


def test_a_parent_may_name_the_locale_and_a_locale_may_be_the_same_in_all_rows():
    assert {row["nation"] for row in users(locale="org.country")} == {"Germany", "France"}
    assert {row["nation"] for row in users(locale="it_IT")} == {"Italy"}


def test_a_row_without_a_locale_has_the_words_of_the_usual_lists():
    rows = users(country=choice(DE=1, none=50))
    assert {row["nation"] == "Germany" for row in rows if row["country"] is not None} == {True}
    plain = text("{first} {last}")
    usual = [row["name"] for row in users(name=plain)]
    assert [row["name"] for row in rows if row["country"] is None] == [
        name for name, row in zip(usual, rows, strict=True) if row["country"] is None
    ]


def test_without_a_locale_words_are_as_they_were():
    row = users(name=text("{first} {last}"), phone=text("{first|lower}.{last|lower}"), count=20)[0]
    assert row["phone"] == row["name"].lower().replace(" ", ".")


@pytest.mark.slow
@examples(5, 60)
@given(st.lists(st.sampled_from(shown()), min_size=1, max_size=5, unique=True), st.data())
def test_any_locale_in_any_cut_at_any_scale(values, data):
    given_dataset = declared(country=choice(dict.fromkeys(values, 1)), count=120)
    whole = built(given_dataset, 1, SCHEMA)["users"]
    assert all(agrees(row, row["country"]) for row in whole.to_pylist())
    dataset = dataset_of(given_dataset, SCHEMA)
    start, stop = sorted((data.draw(st.integers(0, 120)), data.draw(st.integers(0, 120))))
    if start < stop:
        part = dataset.plan(inputs_of(dataset)).part("users", start, stop)
        assert part.equals(whole.to_batches()[0].slice(start, stop - start))
    assert built(given_dataset, 2, SCHEMA)["users"].slice(0, 120).equals(whole)


def test_names_in_a_document_agree_with_the_row_and_its_lists_have_the_rows_locale():
    word = document(
        {
            "name": text("{first} {last}", locale="country"),
            "friends": items(1, 2, text("{first} of {country}", locale="country")),
        }
    )
    for row in users(facts=word):
        facts = json.loads(row["facts"])
        assert facts["name"] == row["name"]
        assert {friend.rpartition(" of ")[2] for friend in facts["friends"]} == {row["nation"]}


def test_a_slug_of_another_column_is_folded():
    for row in users(slug=text("{name|slug}"), name=text("{first} {last}", locale="fr_FR")):
        assert re.fullmatch("[a-z]+(-[a-z]+)+", row["slug"])


def test_a_case_may_choose_the_locale():
    word = case("country", Germany=text("{city}", locale="de_DE"), other=text("{country}", locale="FR"))
    rows = users(city=word)
    german = names()["de_de"][0].words("city").to_pylist()
    assert all((row["city"] in german) if row["country"] == "Germany" else row["city"] == "France" for row in rows)


@pytest.mark.parametrize(
    ("make", "message", "hint"),
    [
        (lambda: text("{first}", locale="de_DF"), "no names of the locale or country 'de_DF'", "did you mean 'de_DE'?"),
        (
            lambda: users(country=choice(Germny=1, FR=1)),
            "users.first, by country: there are no names of the locale or country 'Germny'",
            "did you mean 'Germany'?",
        ),
        (lambda: users(locale="cuntry"), "table users has no column 'cuntry'", "did you mean 'country'?"),
        (lambda: users(locale="org.contry"), "table orgs has no column 'contry'", "did you mean 'country'?"),
        (lambda: users(country=text("Atlantis")), "no names of the locale or country 'Atlantis'", ""),
        (lambda: users(country=text("{name}")), "columns depend on each other", ""),
        (
            lambda: users(name=text("{first} {last}", locale="country", unique=True)),
            "words of '{first} {last}' may repeat, but the texts have to be unique",
            "add {n}",
        ),
        (lambda: text("{first}", locale="de_DE", longest_word=4), "longest_word= and locale=", "leave one"),
        (lambda: users(short=text("{first} {last}", locale="de_DE")), "do not fit into character varying(12)", ""),
        (lambda: users(slug=text("{first|uper}")), "a word has no form 'uper'", "lower, ascii, slug"),
        (lambda: users(slug=copy("email|slug")), "table users has no column 'email|slug'", "did you mean 'email'?"),
        (
            lambda: users(org_id=ref("orgs"), slug=text("{phone}"), phone=text("{slug}")),
            "columns depend on each other",
            "",
        ),
    ],
)
def test_what_cannot_be_is_refused(make, message, hint):
    with pytest.raises(UsageError) as refusal:
        make()
    assert message in refusal.value.message
    assert hint in (refusal.value.hint or "")
