"""When `privacy/delete_elsewhere` runs."""

from datetime import timedelta

from frontdesk.trigger import Schedule

TRIGGER = Schedule(
    every=timedelta(minutes=15), uses_vapi=True, deletes=("originals", "recordings", "documents")
)
