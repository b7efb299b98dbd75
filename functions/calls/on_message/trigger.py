"""What feeds `calls/on_message`."""

from frontdesk.trigger import Queue

# A report may have 5 MB of what was said to go through, and a live call to be told of a change of language.
TRIGGER = Queue(max_concurrency=20, timeout_s=60, reads=("messages",), writes=("originals", "recordings"))
