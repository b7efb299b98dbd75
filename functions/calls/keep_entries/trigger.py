"""What feeds `calls/keep_entries`: whatever changes what a call is answered by."""

from frontdesk.trigger import Queue

TRIGGER = Queue(
    events=("ClinicChanged", "AgentSaved", "AgentSynced"),
    max_concurrency=4,
    writes=("entries",),
    deletes=("entries",),
)
