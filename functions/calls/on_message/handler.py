"""Lambda fed by what Vapi told us of a call: does with it what its type asks for."""

from frontdesk.calls import following, intake
from frontdesk.calls.intake import Taken
from frontdesk.queue import Attempt, consume


@consume(Taken)
def handler(taken: Taken, attempt: Attempt) -> None:
    """One message, as it was kept."""
    following.follow(intake.read(taken.key), taken.content_hash, attempt.deadline)
