"""When `notifications/send_texts` runs."""

from datetime import timedelta

from frontdesk.trigger import Schedule

TRIGGER = Schedule(every=timedelta(minutes=1), sends="texts")
