"""When `privacy/keep_retention` runs."""

from datetime import timedelta

from frontdesk.trigger import Schedule

TRIGGER = Schedule(every=timedelta(hours=1))
