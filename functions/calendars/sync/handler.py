"""Lambda that brings one connection's calendars up to date, both ways."""

from frontdesk.calendars.due import Sync
from frontdesk.calendars.syncing import sync
from frontdesk.queue import Attempt, consume


@consume(Sync)
def handler(one: Sync, attempt: Attempt) -> None:
    """One connection."""
    sync(one.org_id, one.connection_id, attempt.deadline, found_at=one.found_at)
