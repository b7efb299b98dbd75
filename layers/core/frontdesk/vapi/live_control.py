"""Commands to a call that is running, by the `controlUrl` its messages carry.

Vapi's docs, "Live call control" and "Dynamic call transfers", snapshot of 2026-08-20.
"""

from frontdesk import outside
from frontdesk.settings import settings
from frontdesk.vapi.squads import CONTEXT


def transfer(control_url: str, number: str, *, timeout_s: float) -> None:
    """Passes the call to a number (E.164), silently: the agent has said what happens.

    Raises `ProviderFailed` unless Vapi accepted; the address comes from a message, so its host is checked.
    """
    command = {"type": "transfer", "destination": {"type": "number", "number": number, "message": ""}}
    outside.post(control_url, command, hosts=settings().live_control_hosts, timeout_s=timeout_s)


def handoff(control_url: str, assistant_name: str, *, timeout_s: float) -> None:
    """Has another member of the call's squad go on, with what was said last; raises `ProviderFailed`."""
    destination = {
        "type": "assistant",
        "assistantName": assistant_name,
        "contextEngineeringPlan": dict(CONTEXT),
    }
    command = {"type": "handoff", "destination": destination}
    outside.post(control_url, command, hosts=settings().live_control_hosts, timeout_s=timeout_s)
