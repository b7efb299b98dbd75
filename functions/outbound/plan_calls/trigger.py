"""When `outbound/plan_calls` runs."""

from datetime import timedelta

from frontdesk.trigger import Schedule

# A freed time is kept for an hour, so whoever waits for it is to be called soon.
TRIGGER = Schedule(every=timedelta(minutes=2))
