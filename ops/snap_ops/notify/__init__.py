"""Send messages about how a night went. A message that is not delivered is a warning and fails no night.

recipients.py  section [notify] of snap.toml, and who gets a message when
ping.py        a dead man's switch, told when a night begins, succeeds or fails
message.py     the message, from the record; pure
slack.py       a message as Slack's Block Kit, within its limits; pure
services.py    a message for other services, through apprise, if it is installed
attempts.py    retries with backoff, and one limit for all the time that one recipient takes
post.py        one HTTP request
"""

from snap_ops.notify.ping import ping
from snap_ops.notify.recipients import NotifySettings, notify_all

__all__ = ["NotifySettings", "notify_all", "ping"]
