"""When `scheduling/sweep` runs."""

from datetime import timedelta

from frontdesk.trigger import Schedule

TRIGGER = Schedule(every=timedelta(minutes=1))
