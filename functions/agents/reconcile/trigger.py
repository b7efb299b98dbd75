"""When `agents/reconcile` runs."""

from datetime import timedelta

from frontdesk.trigger import Schedule

TRIGGER = Schedule(every=timedelta(minutes=15), sends_to="agents/on_agent_saved", uses_vapi=True)
