"""When `calendars/dispatch` runs."""

from datetime import timedelta

from frontdesk.trigger import Schedule

# Each connection has its own time, ten minutes after the last: spread over them, and not all at once.
TRIGGER = Schedule(every=timedelta(minutes=1), sends_to="calendars/sync")
