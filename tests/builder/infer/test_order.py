"""Test that rows come after the rows that they reference, unless that is unknown or declared otherwise."""

from __future__ import annotations

import datetime as dt

import pytest

from snap.schema import Check, Details, Schema
from snap_builder import declare
from tests.builder.compiled.declarations import built, fixed_rows
from tests.builder.infer.tables import described

CLUBS = described("clubs", "id bigint", "founded_on date", "renamed_at timestamp with time zone?")
MEMBERS = described("members", "id bigint", "joined_at timestamp with time zone", "boss_id bigint?", boss_id="members")
AS_OF = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def _rows(*tables, words=(), details=(), scale=20):
    schema = Schema(tables=tables, enums=(), sql="", details=details)
    made = built(declare.Dataset(as_of="2026-11-01", tables=words), scale, schema)
    return {name: {row["id"]: row for row in batch.to_pylist()} for name, batch in made.items()}


@pytest.mark.parametrize(
    "column", ["started_on date", "created_at timestamp with time zone", "date timestamp without time zone"]
)
def test_the_first_moment_of_a_row_comes_after_those_of_the_rows_that_it_references(column: str) -> None:
    name = column.split(maxsplit=1)[0]
    visits = described(
        "visits", "id bigint", "club_id bigint", "guest_id bigint?", column, club_id="clubs", guest_id="members"
    )
    made = _rows(CLUBS, MEMBERS, visits)
    for visit in made["visits"].values():
        day = visit[name] if type(visit[name]) is dt.date else visit[name].date()
        assert made["clubs"][visit["club_id"]]["founded_on"] <= day
        assert made["members"][visit["guest_id"]]["joined_at"].date() <= day <= AS_OF.date()


def test_rows_follow_over_several_tables() -> None:
    threads = described("threads", "id bigint", "club_id bigint", "opened_at timestamp with time zone", club_id="clubs")
    posts = described(
        "posts",
        "id bigint",
        "thread_id bigint",
        "created_at timestamp with time zone",
        "read_at timestamp with time zone?",
        thread_id="threads",
    )
    made = _rows(CLUBS, threads, posts)
    for post in made["posts"].values():
        thread = made["threads"][post["thread_id"]]
        assert thread["opened_at"] <= post["created_at"] < AS_OF
        assert post["read_at"] is None or post["created_at"] <= post["read_at"]
        assert made["clubs"][thread["club_id"]]["founded_on"] <= thread["opened_at"].date()


def _before(made, table: str, name: str, since: str, parents: str, reference: str) -> int:
    return sum(row[name] < made[parents][row[reference]][since] for row in made[table].values() if row[reference])


@pytest.mark.parametrize(
    ("since", "column"),
    [
        ("expires_at", "created_at"),  # says nothing about when the coupon began
        ("starts_at", "created_at"),  # people register for a course before it starts
        ("created_at", "born_at"),
    ],
)
def test_a_moment_follows_only_one_since_when_the_row_exists(since: str, column: str) -> None:
    coupons = described("coupons", "id bigint", f"{since} timestamp with time zone")
    uses = described("uses", "id bigint", "coupon_id bigint", f"{column} timestamp with time zone", coupon_id="coupons")
    assert _before(_rows(coupons, uses), "uses", column, since, "coupons", "coupon_id") > 5


def test_what_is_declared_or_asked_for_by_a_check_stays() -> None:
    uses = described(
        "uses", "id bigint", "member_id bigint", "created_at timestamp with time zone", member_id="members"
    )
    word = declare.Table("uses", 60, {"created_at": declare.moment(declare.during("-9y", "-8y"))})
    made = _rows(MEMBERS, uses, words=[word])
    assert _before(made, "uses", "created_at", "joined_at", "members", "member_id") == len(made["uses"])
    check = Check(columns=("created_at",), sql="CHECK (created_at < '2020-01-01'::timestamptz)")
    made = _rows(MEMBERS, uses, details=(Details(table="uses", checks=(check,)),))
    assert all(row["created_at"].year < 2020 for row in made["uses"].values())


@pytest.mark.parametrize(
    ("members", "uses"),
    [
        ({}, {"member_id": declare.ref("members", none=30)}),
        ({"joined_at": declare.moment(declare.during("-1y", "+90d"))}, {}),
        ({"joined_at": declare.last_of("uses.created_at")}, {}),
    ],
)
def test_rows_that_may_have_no_parent_or_a_parent_that_comes_later_follow_nobody(members, uses) -> None:
    joined = described("members", "id bigint", "joined_at timestamp with time zone?")
    table = described(
        "uses", "id bigint", "member_id bigint?", "created_at timestamp with time zone", member_id="members"
    )
    made = _rows(
        joined, table, words=[declare.Table("members", 40, members), declare.Table("uses", 100, uses)], scale=1
    )
    assert all(row["created_at"] < AS_OF for row in made["uses"].values())


def test_a_day_that_another_day_must_follow_leaves_room_for_it_before_as_of() -> None:
    stays = described("stays", "id bigint", "member_id bigint", "starts_on date", "ends_on date", member_id="members")
    check = Check(columns=("starts_on", "ends_on"), sql="CHECK (ends_on > starts_on)")
    made = _rows(MEMBERS, stays, details=(Details(table="stays", checks=(check,)),), scale=200)
    late = [row for row in made["stays"].values() if row["ends_on"] >= AS_OF.date()]
    assert all(made["members"][row["member_id"]]["joined_at"] >= AS_OF - dt.timedelta(days=1) for row in late)
    assert all(row["starts_on"] < row["ends_on"] for row in made["stays"].values())
    assert len(late) < len(made["stays"]) / 200


def test_rows_of_fixed_rows_are_not_all_of_their_moment() -> None:
    kinds = described("kinds", "id bigint", "created_at timestamp with time zone")
    uses = described("uses", "id bigint", "kind_id bigint", "created_at timestamp with time zone", kind_id="kinds")
    fixed = fixed_rows(kinds, {"id": [1, 2], "created_at": [AS_OF + dt.timedelta(hours=9)] * 2})
    schema = Schema(tables=(kinds, uses), enums=(), sql="", fixed=(fixed,))
    made = built(declare.Dataset(as_of="2026-11-01", tables=[declare.Table("uses", 50)]), 1, schema)
    moments = made["uses"]["created_at"].to_pylist()
    assert len(set(moments)) == 50
    assert max(moments) < AS_OF


def test_tables_that_reference_each_other_are_made() -> None:
    teams = described("teams", "id bigint", "lead_id bigint?", "created_at timestamp with time zone", lead_id="people")
    people = described("people", "id bigint", "team_id bigint", "created_at timestamp with time zone", team_id="teams")
    made = _rows(teams, people, scale=1)
    assert {row["team_id"] for row in made["people"].values()} <= made["teams"].keys()
