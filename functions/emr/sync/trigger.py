"""What feeds `emr/sync`: dispatches, and those who wait to know whether a visit of ours stands."""

from frontdesk.trigger import Queue

# A clinic's reading is some requests a provider, one after the other; the first one takes longest.
TRIGGER = Queue(max_concurrency=10, timeout_s=120, layer="emr", asks_emrs=True)
