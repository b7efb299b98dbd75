"""When `scheduling/keep_holidays` runs."""

from datetime import timedelta

from frontdesk.trigger import Schedule

TRIGGER = Schedule(every=timedelta(days=1), layer="holidays")
