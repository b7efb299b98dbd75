"""When `outbound/make_calls` runs."""

from datetime import timedelta

from frontdesk.trigger import Schedule

TRIGGER = Schedule(every=timedelta(minutes=1), uses_vapi=True)
