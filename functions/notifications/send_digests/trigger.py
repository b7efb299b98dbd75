"""When `notifications/send_digests` runs."""

from datetime import timedelta

from frontdesk.trigger import Schedule

TRIGGER = Schedule(every=timedelta(hours=1), sends="mail")
