"""What feeds `calendars/sync`: dispatches, vendors' hints, and tools that changed a visit."""

from frontdesk.trigger import Queue

# A first reading of ten thousand events takes many requests; Microsoft answers four at once of a mailbox.
TRIGGER = Queue(max_concurrency=10, timeout_s=120, connects=True)
