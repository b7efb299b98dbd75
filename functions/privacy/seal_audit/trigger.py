"""When `privacy/seal_audit` runs."""

from datetime import timedelta

from frontdesk.trigger import Schedule

TRIGGER = Schedule(every=timedelta(minutes=10))
