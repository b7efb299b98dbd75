"""Lambda fed by every save of an agent: brings it to Vapi."""

from frontdesk import events
from frontdesk.agents import delivery
from frontdesk.agents.syncing import Saved
from frontdesk.queue import Attempt, consume


@consume(Saved)
def handler(saved: Saved, attempt: Attempt) -> None:
    """One agent, as it is by now."""
    delivery.deliver(saved, attempt)
    events.raise_event("AgentSynced", saved)
