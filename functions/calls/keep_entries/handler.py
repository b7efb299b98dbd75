"""Lambda fed by changes of a clinic's numbers, settings and agents: copies what calls are answered by."""

from frontdesk.calls import entries
from frontdesk.calls.entries import ClinicChanged
from frontdesk.queue import Attempt, consume


@consume(ClinicChanged)
def handler(changed: ClinicChanged, attempt: Attempt) -> None:
    """One clinic, as it is by now."""
    entries.keep(changed.org_id, attempt.deadline)
