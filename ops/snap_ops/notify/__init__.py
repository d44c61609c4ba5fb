"""Telling people how a night went. Nothing here fails a night: what cannot be told is a warning.

tell.py      the settings, and who is told when
message.py   what is said, from the record; pure
slack.py     a message as Slack's Block Kit, within its limits; pure
services.py  a message for other services, through apprise, where it is installed
attempts.py  retries with backoff, and one limit for all the time that telling takes
post.py      one HTTP request with JSON
"""

from snap_ops.notify.recipients import NotifySettings, notify

__all__ = ["NotifySettings", "notify"]
