"""What becomes of a visit, as the clinic's people say: which decision leads from which status to which."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.errors import Declined, Unknown

SQL: Final = queries.beside(__file__)


class Transition(NamedTuple):
    """One step in a visit's life."""

    to: str
    allowed_from: frozenset[str]


DECISIONS: Final[Mapping[str, Transition]] = {
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
    to, allowed_from = DECISIONS[decision]
    changed = db.run(
        SQL["decide"], id=appointment_id, decision=decision, status=to, allowed_from=sorted(allowed_from)
    )
    if changed:
        return to
    match db.value(SQL["status"], id=appointment_id):
        case None:
            raise NoSuchVisit
        case status if status != to:
            raise NotAllowed(f"The appointment is {status}, so it can't be {to}.", currentStatus=status)
        case _:
            return to
