"""Our own event of a visit: the row that says what is in the calendar, beside what should be.

The row is locked while it is read and changed, and never while a vendor is asked: what was seen may have
changed by then, so each change says which event it means, by calendar and generation.
"""

import hashlib
from datetime import UTC, datetime, time
from typing import Literal, NamedTuple

from frontdesk.calendars.tokens import SQL
from frontdesk.calendars.turn import Turn
from frontdesk.calendars.vendors import Days, Draft, Event, Forbidden, Mark, Span, Withdrawn
from frontdesk.db.claims import clinic_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.logs import logger
from frontdesk.notifications.notices import note

Edit = Literal["moved", "put_back", "cancelled", "not_bookable"]
"""What came of what an owner did to our event."""


class State(NamedTuple):
    """What is, and what should be."""

    appointment_id: int
    calendar_id: int | None
    """Where it is, or is about to be; None: nowhere."""
    for_calendar_id: int | None
    generation: int
    event_id: str | None
    """None of one that is somewhere: nobody knows whether it was made."""
    etag: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    is_named: bool
    is_unsure: bool
    """A change of it was asked for, and nobody heard what came of that."""
    is_due: bool
    vendor_id: str | None
    """Of the calendar where it is."""
    connection_id: int | None
    place_failure: str | None
    target_id: int | None
    """The calendar where it belongs; None: it is to be nowhere."""
    target_vendor_id: str | None
    target_connection_id: int | None
    target_failure: str | None
    visit_starts_at: datetime | None
    """None: there is no such visit any more."""
    visit_ends_at: datetime | None
    is_over: bool
    """The visit is, or it is not there."""
    is_past: bool
    """What the event says is."""
    is_erased: bool
    """The patient was."""
    patient_id: int | None
    type_name: str | None
    first_name: str | None
    last_name: str | None
    is_virtual: bool
    is_by_telephone: bool
    calendar_names: bool
    calendar_moved: Literal["follow", "put_back"]
    calendar_deleted: Literal["cancel", "put_back"]

    @property
    def place(self) -> str:
        """The vendor's id of the calendar where it is, or is about to be."""
        assert self.vendor_id is not None  # noqa: S101 - only asked of one that is somewhere
        return self.vendor_id

    @property
    def span(self) -> Span:
        """What the event says, or was to say when it was asked for."""
        return _span(self.starts_at, self.ends_at)

    @property
    def visit(self) -> Span:
        """What it should say."""
        return _span(self.visit_starts_at, self.visit_ends_at)

    @property
    def is_left(self) -> bool:
        """Whether nothing is done about it any more: what it was about is past."""
        return self.is_past and self.is_over and not self.is_erased

    def draft(self, org_id: object, when: Span, *, is_named: bool) -> Draft:
        """The event as it is to be; neither a reason nor a number stands in it."""
        kind = self.type_name or "Visit"
        title = f"{kind} (booked by frontdesk)"
        if is_named and self.first_name and self.last_name and not self.is_erased:
            title = f"{self.first_name} {self.last_name[0]}. – {kind}"
        lines = [
            "Booked by telephone." if self.is_by_telephone else "Booked by the clinic.",
            *(["A virtual visit."] if self.is_virtual else []),
            f"Visit {self.appointment_id} in frontdesk, which keeps this event as the visit is.",
        ]
        mark = Mark(str(org_id), self.appointment_id, self.generation)
        return Draft(mark, when, title, "\n".join(lines))


def locked(db: Transaction, appointment_id: int) -> State | None:
    """The row of that visit, nobody else's to change until the transaction ends; None if there is none."""
    if db.value(SQL["lock_event"], appointment_id=appointment_id) is None:
        return None
    return db.one(State, SQL["event_of_visit"], appointment_id=appointment_id)


def keep(
    db: Transaction, state: State, event_id: str, etag: str, when: Span, *, is_named: bool | None = None
) -> bool:
    """Writes down what is there; False if that is no event of ours any more."""
    named = state.is_named if is_named is None else is_named
    kept = {"event_id": event_id, "etag": etag, "starts_at": when.start, "ends_at": when.end}
    return bool(db.run(SQL["keep_event"], **_which(state), **kept, is_named=named))


def forget(db: Transaction, state: State) -> None:
    """Writes down that it is nowhere any more."""
    db.run(SQL["forget_event"], **_which(state), target_id=state.target_id)


def make_due(db: Transaction, state: State) -> None:
    """It is to be made as it should be."""
    db.run(SQL["make_event_due"], appointment_id=state.appointment_id)


def note_edit(db: Transaction, state: State, edit: Edit, etag: str) -> None:
    """Tells the clinic what an owner did to our event, and what came of it."""
    digest = hashlib.sha256(f"{state.generation} {etag}".encode()).hexdigest()[:16]
    note(
        db,
        "calendar_edited",
        patient_id=state.patient_id,
        appointment_id=state.appointment_id,
        of=f"{edit} {digest}",
    )


def fail(turn: Turn, calendar_id: int, failed: Withdrawn | Forbidden) -> None:
    """One calendar is no longer ours to read or write: the clinic is told, once; the others go on."""
    failure = "withdrawn" if isinstance(failed, Withdrawn) else "forbidden"
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        if db.run(SQL["fail_calendar"], id=calendar_id, failure=failure):
            note(db, "calendar_disconnected", of=f"calendar {calendar_id}")
            about = {"org_id": str(turn.org_id), "calendar_id": calendar_id, "why": failure}
            logger.warning("a calendar is no longer there for us", extra=about)


def when(event: Event) -> Span:
    """When an event of ours is; one that was made to last whole days, as UTC's days, which ours never are."""
    assert event.when is not None  # noqa: S101 - only asked of one that is there
    if isinstance(event.when, Days):
        first, until = (datetime.combine(day, time(), UTC) for day in event.when)
        return Span(first, until)
    return event.when


def _which(state: State) -> dict[str, object]:
    return {
        "appointment_id": state.appointment_id,
        "calendar_id": state.calendar_id,
        "generation": state.generation,
    }


def _span(start: datetime | None, end: datetime | None) -> Span:
    assert start is not None and end is not None  # noqa: S101, PT018 - asked only where there is one
    return Span(start, end)
