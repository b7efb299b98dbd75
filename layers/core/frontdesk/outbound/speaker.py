"""Who speaks when the clinic calls: the one who answers its callers, with the same voice and instructions."""

from datetime import datetime
from typing import NamedTuple

from frontdesk.call import Clinic, between_calls
from frontdesk.calls import opening
from frontdesk.calls.entries import SQL as OF_CALLS
from frontdesk.calls.entries import Entry
from frontdesk.calls.opening import Worked
from frontdesk.db.transaction import Transaction
from frontdesk.scheduling import exceptions
from frontdesk.scheduling.desks import SQL as OF_SCHEDULING
from frontdesk.vapi.squads import SHARED_SQUAD


class Speaker(NamedTuple):
    """For one run."""

    entry: Entry
    clinic: Clinic
    worked: list[Worked]
    differing: exceptions.Row

    def is_open(self, now: datetime) -> bool | None:
        """Whether the clinic is open at that moment; None where it has set up no hours."""
        return opening.is_open(self.clinic, self.worked, self.differing, now.astimezone(self.clinic.zone))


def of(db: Transaction) -> Speaker:
    """Of this clinic; an entry without an assistant and a squad where nobody has noted the squad's id."""
    call = between_calls(db)
    worked = db.all(Worked, OF_CALLS["worked"])
    differing = db.one(exceptions.Row, OF_SCHEDULING["exceptions"], **opening.days_around(call.now))
    assert differing is not None  # noqa: S101 - the query has no FROM
    hours = opening.in_words(call.clinic, worked)
    called = call.clinic.phone_number or ""
    entry = Entry.of(called, call.clinic, hours, **db.value(OF_CALLS["entry"], squad=SHARED_SQUAD))
    return Speaker(entry, call.clinic, worked, differing)
