"""What feeds `knowledge/on_document_uploaded`."""

from frontdesk.trigger import Queue

# A file of many pages is read for minutes; what takes longer goes on at the next try.
TRIGGER = Queue(
    events=("DigestOutdated",),
    uploads=("documents",),
    max_concurrency=4,
    timeout_s=900,
    layer="documents",
    reads=("documents",),
    deletes=("documents",),
    embeds=True,
    raises=("ClinicChanged",),
)
