"""How often how things stand is measured."""

from datetime import timedelta

from frontdesk.trigger import Schedule

# CloudWatch's own minute: a gauge that is missing is an alarm (docs/runbook.md#not-measured).
TRIGGER = Schedule(every=timedelta(minutes=1))
