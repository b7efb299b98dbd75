"""What becomes of a visit, as the clinic's people say: which decision leads from which status to which."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from frontdesk.call import Freed, between_calls
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.errors import Declined, Unknown
from frontdesk.scheduling import holds, waitlist

SQL: Final = queries.beside(__file__)


class Transition(NamedTuple):
    """One step in a visit's life."""

    to: str
    allowed_from: frozenset[str]
    told: str | None = None
    """The kind of news it is to the patient (`communications`); None when they were there themselves."""


DECISIONS: Final[Mapping[str, Transition]] = {
    "approve": Transition("booked", frozenset({"pending"}), told="approved"),
    "decline": Transition("cancelled", frozenset({"pending"}), told="declined"),
    "arrived": Transition("arrived", frozenset({"booked"})),
    "fulfilled": Transition("fulfilled", frozenset({"booked", "arrived"})),
    "noshow": Transition("noshow", frozenset({"booked"})),
}


class NoSuchDecision(Unknown):
    """Nothing that can be decided has that name."""

    fact = f"There is no such decision; there are: {', '.join(DECISIONS)}."


class NoSuchVisit(Unknown):
    """The clinic has no appointment of that id; another clinic may, and a hold is none."""

    fact = "There is no appointment of that id."


class NotAllowed(Declined):
    """The visit's status is one that the decision doesn't lead from."""


def decide(db: Transaction, appointment_id: int, decision: str) -> str:
    """The visit's status from now on; of the same decision again, nothing changes.

    Raises `NoSuchDecision`, `NoSuchVisit` and `NotAllowed`.
    """
    if decision not in DECISIONS:
        raise NoSuchDecision
    call = between_calls(db)
    if call.clinic.emr:
        raise NotAllowed("The clinic's diary is in its EMR. Say it there: it is read within a minute.")
    # Else a request whose time is up could be approved until somebody sweeps.
    freed = holds.lapse(call)
    to, allowed_from, told = DECISIONS[decision]
    decided = db.all(
        Freed,
        SQL["decide"],
        id=appointment_id,
        status=to,
        allowed_from=sorted(allowed_from),
        told=told,
        now=call.now,
    )
    waitlist.wake(call, freed + (decided if to == "cancelled" else []))
    if decided:
        return to
    match db.value(SQL["status"], id=appointment_id):
        case None:
            raise NoSuchVisit
        case "booked" if to == "noshow":
            raise NotAllowed("The appointment has not begun, so nobody missed it.", currentStatus="booked")
        case status if status != to:
            raise NotAllowed(f"The appointment is {status}, so it can't be {to}.", currentStatus=status)
        case _:
            return to
