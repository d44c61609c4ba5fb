"""Test that secrets declared in snap.toml, under any name, are in no text that leaves the process."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.config import read
from snap.manifest import Finding
from snap.redact import scrub
from snap_ops.migrations.commands import redactor
from snap_ops.record import StepRecord
from snap_restorer import Target

SECRET = "Tr0ub4dor &3 ümlaut"
URL = "postgresql://app:pw%2Dof-the-app@db.example/staging?options=-c%20app.tenant%3Dt0p-tenant"
TOML = """
[target]
db = "env:STAGING"
[notify]
services = ["env:LOUD"]
[[health.endpoints]]
token = "env:ANYTHING"
"""


@pytest.fixture(autouse=True)
def _declared(tmp_path: Path) -> None:
    (tmp_path / "snap.toml").write_text(TOML)
    hook = "https://chat.example/T0/h00k-path"
    read(tmp_path / "snap.toml", {"ANYTHING": SECRET, "STAGING": URL, "LOUD": hook, "OTHER": "harmless"})


@pytest.mark.parametrize(
    "form", [SECRET, quote(SECRET, safe=""), json.dumps(SECRET)[1:-1], "pw-of-the-app", "pw%2Dof-the-app"]
)
def test_a_declared_secret_leaves_no_text(form: str) -> None:
    assert scrub(f"GET /x said <{form}>") == "GET /x said <***>"


def test_the_path_of_a_webhook_is_its_secret() -> None:
    assert scrub("POST https://chat.example/T0/h00k-path: 404") == "POST ***: 404"


def test_other_variables_and_the_name_of_a_database_stay() -> None:
    assert scrub("harmless db.example/staging") == "harmless db.example/staging"


def test_what_a_url_sets_in_options_leaves_no_text() -> None:
    assert "t0p-tenant" not in scrub(f"connect to {URL}")
    assert "t0p-tenant" not in Target(URL).redacted
    assert Target(URL).redacted.startswith("postgresql://app@db.example/staging?options=")


def test_no_field_of_a_record_holds_a_declared_secret() -> None:
    step = StepRecord(
        name="health",
        state="failed",
        seconds=1,
        detail=SECRET,
        warnings=(SECRET,),
        findings=(Finding(name="endpoint", ok=False, value=SECRET, limit=200, detail=f"got {SECRET}"),),
        facts={"url": [{"header": SECRET}]},
        hint=SECRET,
        log=(SECRET,),
    )
    assert SECRET not in json.dumps(step.document(), ensure_ascii=False)
    assert SECRET not in repr(step)


def test_a_command_line_that_is_shown_holds_no_declared_secret() -> None:
    assert redactor({})(f"migrate --tenant '{SECRET}'") == "migrate --tenant '***'"


@pytest.mark.parametrize("text", ["://a:" * 40_000, "://a@" * 40_000, "password='" * 40_000, "password " * 40_000])
def test_a_long_text_is_read_in_time_that_grows_with_its_length(text: str) -> None:
    began = time.process_time()
    scrub(text[: len(text) // 8])
    eighth = time.process_time() - began
    scrub(text)
    assert time.process_time() - began - eighth < 32 * eighth + 0.1  # a quadratic one takes 64 times as long


_OLD = re.compile(r"(://[^:/?#\s@]*):[^\s]*@")


@given(st.text(alphabet=":/@a ?\n", max_size=40))
def test_a_password_ends_at_the_last_at_sign_of_its_word(text: str) -> None:
    assert scrub(text) == _OLD.sub(r"\1:***@", text)


def test_no_secret_of_an_address_is_an_argument_of_a_program() -> None:
    """Every user of the machine reads the arguments of its programs (ps)."""
    public, secrets = Target(f"{URL}&sslpassword=of-the-key&application_name=app").split()
    assert not {"pw-of-the-app", "t0p-tenant", "of-the-key"} & set(re.split(r"[\s'=]", public))
    assert "application_name=app" in public
    assert secrets == {"PGPASSWORD": "pw-of-the-app", "PGOPTIONS": "-c app.tenant=t0p-tenant"}
