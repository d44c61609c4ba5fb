"""Test which columns look personal: by their name in several languages, and by their type."""

from __future__ import annotations

import pytest

from snap.schema import Column, ForeignKey, Table
from snap.types import Logical, Type, parse
from snap_cli.personal import identifies_person, personal_columns, unmasked

DECLARED = {"text", "inet", "date", "jsonb", "bigint", "uuid", "bytea", "boolean", "timestamp with time zone", "text[]"}


def table(name: str, *columns: tuple[str, str], schema: str = "public", keys: tuple[ForeignKey, ...] = ()) -> Table:
    declared = tuple(Column(name=column, type=_type(pg)) for column, pg in columns)
    return Table(name=name, schema=schema, columns=declared, foreign_keys=keys)


def _type(pg: str) -> Type:
    if pg == "mood":
        return Type(pg="mood", logical=Logical.ENUM)
    assert pg in DECLARED
    return parse(pg)


def kinds(*tables: Table) -> dict[str, str]:
    return {each.label: each.kind for each in personal_columns(tables)}


@pytest.mark.parametrize(
    ("name", "pg", "kind"),
    [
        ("email", "text", "e-mail"),
        ("contactEmailAddress", "text", "e-mail"),
        ("E-Mail", "text", "e-mail"),
        ("emails", "text[]", "e-mail"),
        ("courriel", "text", "e-mail"),
        ("correo_electrónico", "text", "e-mail"),
        ("почта", "text", "e-mail"),
        ("phone_number", "text", "phone"),
        ("mobile", "bigint", "phone"),
        ("Téléphone", "text", "phone"),
        ("Telefonnummer", "text", "phone"),
        ("first_name", "text", "name"),
        ("lastName", "text", "name"),
        ("Vorname", "text", "name"),
        ("prénom", "text", "name"),
        ("ФИО", "text", "name"),
        ("氏名", "text", "name"),
        ("billing_address", "jsonb", "address"),
        ("Straße", "text", "address"),
        ("código_postal", "text", "address"),
        ("plz", "text", "address"),
        ("date_of_birth", "date", "birth date"),
        ("dob", "date", "birth date"),
        ("birthYear", "bigint", "birth date"),
        ("geburtsdatum", "date", "birth date"),
        ("last_login_ip", "text", "IP address"),
        ("anything", "inet", "IP address"),
        ("reset_token", "text", "token or password"),
        ("password_digest", "bytea", "token or password"),
        ("mot_de_passe", "text", "token or password"),
        ("session_id", "uuid", "token or password"),
        ("ssn", "text", "identity number"),
        ("codice_fiscale", "text", "identity number"),
        ("IBAN", "text", "bank account or card"),
    ],
)
def test_what_looks_personal(name, pg, kind):
    assert list(kinds(table("t", (name, pg))).values()) == [kind]


@pytest.mark.parametrize(
    ("name", "pg"),
    [
        ("email_count", "bigint"),
        ("email_verified", "boolean"),
        ("email_verified", "text"),
        ("email_template", "text"),
        ("phone_type", "mood"),
        ("address_type", "text"),
        ("email", "boolean"),
        ("name", "text"),
        ("product_name", "text"),
        ("shipped", "text"),
        ("tokens", "bigint"),
        ("password_changed_at", "timestamp with time zone"),
        ("addressee", "text"),
        ("title", "text"),
        ("recipe", "text"),
        ("description", "text"),
    ],
)
def test_what_does_not(name, pg):
    assert kinds(table("t", (name, pg))) == {}


def test_a_name_is_a_persons_in_a_table_of_people():
    columns = (("name", "text"), ("age", "bigint"), ("city", "text"))
    expected = {"name": "name", "age": "birth date", "city": "address"}
    for people in ("users", "Kunden", "app_customers", "userProfiles", "utilisateurs", "клиенты"):
        assert kinds(table(people, *columns)) == {f"{people}.{name}": kind for name, kind in expected.items()}
    for others in ("products", "user_roles", "recipes"):
        assert kinds(table(others, *columns)) == {}


@pytest.mark.parametrize("name", ["created_by", "assignee", "author", "authorId", "customer_no", "Kunde", "user_ids"])
def test_numbers_that_identify_people(name):
    assert identifies_person(name)


@pytest.mark.parametrize("name", ["customer_count", "account_balance", "player_score", "price", "note", "valid_until"])
def test_numbers_that_do_not(name):
    assert not identifies_person(name)


def test_a_column_of_a_key_between_tables_does_not_count():
    key = ForeignKey(columns=("token",), references="s", to=("token",))
    assert kinds(table("t", ("token", "text"), keys=(key,))) == {}


def test_masked_columns_are_not_named_however_they_are_written():
    users = table("users", ("email", "text"), ("phone", "text"), ("e.mail", "text"))
    staff = table("staff", ("email", "text"), schema="hr")
    masks = ("users.email", 'public."users".phone', "hr.staff.email")
    assert [each.label for each in unmasked((users, staff), masks)] == ['users."e.mail"']
    assert [each.label for each in unmasked((staff,), ("users.email",))] == ["hr.staff.email"]
