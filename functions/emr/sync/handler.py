"""Lambda that reads one clinic's EMR."""

from frontdesk.emr.due import Reading
from frontdesk.emr.syncing import sync
from frontdesk.queue import Attempt, consume


@consume(Reading)
def handler(one: Reading, attempt: Attempt) -> None:
    """One clinic."""
    sync(one.org_id, attempt.deadline, found_at=one.found_at)
