"""What feeds `agents/on_agent_saved`."""

from frontdesk.trigger import Queue

# Few at a time, for Vapi counts requests by account, and there is one for all clinics.
TRIGGER = Queue(
    events=("AgentSaved",), max_concurrency=8, timeout_s=30, uses_vapi=True, raises=("AgentSynced",)
)
