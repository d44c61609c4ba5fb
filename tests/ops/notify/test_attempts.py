"""Test when a message is sent again: it depends on the server's answer, and ends with the time limit."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from snap.errors import Interrupted
from snap_ops.notify import attempts
from tests.ops.servers import PATH, serving
from tests.ops.telling import OK, tell

pytestmark = [
    pytest.mark.server,
    # One of apprise's plugins imports it where it is still there.
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
]


def test_a_server_that_fails_is_asked_again() -> None:
    with serving((500, "", {}), (503, "", {}), OK) as server:
        assert tell(server.url) == ()
    assert len(server.got) == 3
    assert server.got[0] == server.got[2]


@pytest.mark.slow
def test_a_server_that_keeps_failing_is_a_warning() -> None:
    with serving((502, "bad gateway", {})) as server:
        assert tell(server.url) == ("Slack ($SLACK_WEBHOOK_URL) was not notified: it answered 502, bad gateway",)
    assert len(server.got) == 4


@pytest.mark.slow
def test_too_many_requests_waits_as_long_as_it_is_told() -> None:
    with serving((429, "", {"Retry-After": "1"}), OK) as server:
        began = time.monotonic()
        assert tell(server.url) == ()
        assert time.monotonic() - began >= 1  # the pauses of its own would be over in a hundredth of that
    assert len(server.got) == 2


@pytest.mark.slow
def test_retry_after_may_be_a_moment() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    with serving((429, "", {"Retry-After": soon}), OK) as server:
        assert tell(server.url) == ()
    assert len(server.got) == 2


@pytest.mark.parametrize("nonsense", ["soon", "", "-3", "Thu, 99 Foo"])
def test_retry_after_that_says_nothing_is_ignored(nonsense: str) -> None:
    with serving((429, "", {"Retry-After": nonsense}), OK) as server:
        assert tell(server.url) == ()
    assert len(server.got) == 2


def test_who_asks_for_more_time_than_there_is_is_not_waited_for() -> None:
    with serving((429, "", {"Retry-After": "3600"})) as server:
        (warning,) = tell(server.url)
    assert warning.endswith("was not notified: it answered 429, and asks to wait for 3,600 s")
    assert len(server.got) == 1


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, "no_service", "it answered 404, no_service"),
        (400, "invalid_payload", "it answered 400, invalid_payload"),
        (403, "<html>no</html>", "it answered 403"),
        (410, "x" * 100_000, "it answered 410"),
        (302, "", "it answered 302"),
    ],
)
def test_a_refusal_is_told_once_with_its_reason(status: int, body: str, said: str) -> None:
    with serving((status, body, {"Location": "http://127.0.0.1:1/"})) as server:
        assert tell(server.url) == (f"Slack ($SLACK_WEBHOOK_URL) was not notified: {said}",)
    assert len(server.got) == 1


def test_a_dead_port_is_a_warning() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert tell(f"http://127.0.0.1:{port}{PATH}") == (
        "Slack ($SLACK_WEBHOOK_URL) was not notified: it cannot be reached",
    )


def test_a_server_that_keeps_silent_is_left_alone_in_time() -> None:
    with serving(OK, wait_s=30) as server:
        assert tell(server.url, seconds=0.5)[0].startswith("Slack ($SLACK_WEBHOOK_URL) was not notified: it did not ")


@pytest.mark.slow
def test_a_server_that_drips_is_left_alone_in_time() -> None:
    """The server sends a header byte by byte, so a limit on the time between two bytes would never end the request."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                while not ended.wait(0.05):
                    try:
                        connection.sendall(b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            (warning,) = tell(f"http://127.0.0.1:{listener.getsockname()[1]}{PATH}", seconds=0.6)
        finally:
            ended.set()
            thread.join()
    assert "it did not answer completely within 0.6 s" in warning


def test_a_bug_of_a_library_is_a_warning_without_its_words(capfd: pytest.CaptureFixture[str]) -> None:
    def broken(_: float) -> attempts.Attempt:
        raise RuntimeError(PATH)

    assert attempts.retry(broken, time.monotonic() + 5) == "the notification failed with RuntimeError"
    assert capfd.readouterr() == ("", "")


def test_an_interruption_ends_the_waiting() -> None:
    def interrupt(*_: object) -> None:
        raise Interrupted(signal.SIGTERM)

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with serving((503, "", {"Retry-After": "15"})) as server:

            def strike() -> None:
                while not server.got:
                    time.sleep(0.01)
                os.kill(os.getpid(), signal.SIGALRM)

            with ThreadPoolExecutor() as pool, pytest.raises(Interrupted):
                pool.submit(strike)
                tell(server.url)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert len(server.got) == 1
