"""When `knowledge/resume` runs."""

from datetime import timedelta

from frontdesk.trigger import Schedule

TRIGGER = Schedule(every=timedelta(minutes=5), sends_to="knowledge/on_document_uploaded")
