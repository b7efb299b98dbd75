"""Visits that a clinic's own people book, move and cancel: by the rules and the guarantee of callers.

Nobody has to prove who the patient is, no cap of bookings counts, and nobody has to approve: they are the
clinic.
"""

from datetime import datetime

from frontdesk.call import Call, between_calls
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.errors import Declined
from frontdesk.scheduling import appointments, desks, holds, statuses
from frontdesk.scheduling.providers import NoSuchType
from frontdesk.scheduling.refusals import Wanted
from frontdesk.scheduling.visits import Appointment
from frontdesk.tool import ToolArguments

SQL = queries.beside(__file__)


class InEmr(Declined):
    fact = "The clinic's diary is in its EMR. Say it there: it is read within a minute."


def book(
    db: Transaction, *, patient_id: int, type_id: int, provider_id: int, wall: datetime, reason: str
) -> Appointment:
    """The visit, booked; of the same sent twice, the one that was booked then.

    `wall` is the clinic's wall time, with its offset where that comes twice. Raises what a caller's booking
    does (`SlotTaken`, `NotOpen`, ...), and `InEmr`.
    """
    call = _call(db)
    desk = desks.of_clinic(call)
    kind = next((one for one in desk.types if one.id == type_id), None)
    if kind is None:
        raise NoSuchType
    wanted = Wanted(appointments.start_meant(call, wall), kind, desk)
    booked = appointments.book(
        call,
        wanted,
        patient_id=patient_id,
        provider_id=provider_id,
        reason=reason,
        is_virtual="in_person" not in kind.modes,
    )
    return _approved(call, booked)


def move(db: Transaction, appointment_id: int, wall: datetime, *, provider_id: int) -> Appointment:
    """The visit at its new time. Raises what a caller's move does, and `InEmr`."""
    call = _call(db)
    visit = _visit(call, appointment_id)
    moved = appointments.move(call, visit, appointments.start_meant(call, wall), provider_id=provider_id)
    return _approved(call, moved)


def cancel(db: Transaction, appointment_id: int, *, reason: str | None) -> None:
    """The time is free at once; of one that is cancelled nothing changes. Raises `NoSuchVisit`, `InEmr`."""
    call = _call(db)
    appointments.cancel(call, _visit(call, appointment_id), reason=reason)


def visit(db: Transaction, appointment_id: int) -> Appointment:
    """Raises `NoSuchVisit`."""
    return _visit(between_calls(db), appointment_id)


def _call(db: Transaction) -> Call[ToolArguments]:
    call = between_calls(db)
    if call.clinic.emr:
        raise InEmr
    holds.lapse(call)  # a hold whose time is up is in nobody's way
    return call


def _visit(call: Call[ToolArguments], appointment_id: int) -> Appointment:
    patient_id = call.db.value(SQL["patient_of_visit"], id=appointment_id)
    if patient_id is None:
        raise statuses.NoSuchVisit
    return appointments.of_patient(call, patient_id, appointment_id)


def _approved(call: Call[ToolArguments], visit: Appointment) -> Appointment:
    if visit.status != "pending":
        return visit
    statuses.decide(call.db, visit.id, "approve")
    return visit._replace(status="booked")
