"""When `calls/renew_entries` runs."""

from datetime import timedelta

from frontdesk.trigger import Schedule

TRIGGER = Schedule(every=timedelta(minutes=30), sends_to="calls/keep_entries")
