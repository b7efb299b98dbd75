"""What owners did to our own events: by the clinic's rule the visit follows, or the event is put back.

What we did ourselves comes back too, and is told by its etag: an echo is nothing, so none is ever answered.
Where both sides changed the same visit, what stands in Postgres wins. Whatever an owner did, the clinic is
told; a patient whose visit was moved or cancelled by it hears of that with the next call.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Literal, NamedTuple

from frontdesk.calendars import ours
from frontdesk.calendars.ours import Edit, State
from frontdesk.calendars.tokens import SQL
from frontdesk.calendars.turn import Turn
from frontdesk.calendars.vendors import Event, EventChanged, EventGone, Forbidden, Mark, Span, Written
from frontdesk.call import Call, between_calls
from frontdesk.db.claims import clinic_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.errors import Declined, FrontdeskError
from frontdesk.scheduling import appointments
from frontdesk.tool import ToolArguments


class _Ours(NamedTuple):
    appointment_id: int
    event_id: str | None
    etag: str | None
    is_seen: bool


class _VendorId(NamedTuple):
    vendor_id: str


class _Overtaken(FrontdeskError):
    """Somebody changed the visit in the same moment: what they did wins."""


def heard(turn: Turn, calendar_id: int, changed: Sequence[Event], whole: bool, window: Span) -> None:
    """Does what follows from changes of our own events; may be told the same again.

    Args:
        turn: the connection's.
        calendar_id: ours, of the calendar that was pulled.
        changed: events with a mark of this clinic, and everything that is gone, ours or not: a vendor may
            say no more of that than its id.
        whole: whether everything in the window was read, so that what isn't there is gone.
        window: what was pulled.

    Raises what `Turn.ask` does, and `Withdrawn`, `Forbidden` of this calendar.
    """
    there = {one.id: one for one in changed}
    org_id = str(turn.org_id)  # another clinic's are in the same mailbox, and none of ours to delete
    marked = {
        one.id: one.mark
        for one in there.values()
        if one.mark and one.mark.org_id == org_id and not one.is_gone
    }
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        calendar = db.one(_VendorId, SQL["vendor_id_of"], id=calendar_id)
        rows = db.all(
            _Ours,
            SQL["our_events"],
            calendar_id=calendar_id,
            event_ids=list(there),
            appointment_ids=[mark.appointment_id for mark in marked.values()],
            is_whole=whole,
            since=window.start,
            until=window.end,
        )
    if calendar is None:
        return
    echoes = {(row.event_id, row.etag) for row in rows}
    for event_id, mark in marked.items():
        if (event_id, there[event_id].etag) not in echoes:
            _there(turn, calendar_id, calendar.vendor_id, there[event_id], mark)
    for row in rows:
        is_missing = whole or row.event_id in there or not row.is_seen
        if row.event_id is not None and row.event_id not in marked and is_missing:
            _not_there(turn, calendar_id, calendar.vendor_id, row.appointment_id, row.event_id)
    # By themselves: whoever chooses calendars locks the connection first, and then events.
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        if rows or marked:
            db.run(SQL["want_if_due"], id=turn.connection_id)
    if any(not row.is_seen for row in rows):
        with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
            db.run(SQL["see_events"], calendar_id=calendar_id, event_ids=list(marked))


def _there(turn: Turn, calendar_id: int, vendor_id: str, event: Event, mark: Mark) -> None:
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        state = ours.locked(db, mark.appointment_id)
        if (
            state is not None
            and state.generation == mark.generation
            and state.calendar_id not in (None, calendar_id)
        ):
            return  # it is known by way of another calendar
        if state is not None and _is_it(state, calendar_id, event, mark):
            is_to_follow = _seen(db, state, event)
        else:
            state, is_to_follow = None, False
    if state is None:
        # Exactly one event a visit: this one is a copy, or was left behind.
        with suppress(EventChanged, Forbidden):  # it will be heard of again
            gone = Written(event.id, event.etag)
            turn.ask(lambda access: turn.vendor.delete(access, vendor_id, gone))
    elif is_to_follow:
        _follow(turn, state, event)


def _is_it(state: State, calendar_id: int, event: Event, mark: Mark) -> bool:
    return (
        state.calendar_id == calendar_id
        and state.generation == mark.generation
        and state.event_id in (None, event.id)
    )


def _seen(db: Transaction, state: State, event: Event) -> bool:
    """Writes down what is there; whether the visit is to follow it, which isn't written down yet."""
    when = ours.when(event)
    # What was asked of the vendor, and never answered, may be what is there now.
    is_moved = state.etag != event.etag and when != state.span and not state.is_unsure
    has_to_do = is_moved and not state.is_over and state.target_id == state.calendar_id
    # One that was only made longer or shorter is put back: a visit's length is its kind's.
    is_elsewhere = has_to_do and when.start != state.span.start
    if is_elsewhere and not state.is_due and state.calendar_moved == "follow":
        return True
    if state.etag != event.etag:
        ours.keep(db, state, event.id, event.etag, when)
    if has_to_do:
        _put_back(db, state, "put_back", event.etag)
    return False


def _follow(turn: Turn, state: State, event: Event) -> None:
    when = ours.when(event)
    try:
        with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
            call = _call(turn, db)
            visit = appointments.of_patient(call, state.patient_id or 0, state.appointment_id)
            moved = appointments.move(call, visit, when.start, provider_id=None)
            agrees = Span(moved.starts_at, moved.ends_at) == when and state.is_named == state.calendar_names
            followed = {"starts_at": when.start, "ends_at": when.end, "agrees": agrees}
            _done(db, state, "moved", event.etag, followed)
    except _Overtaken:
        return
    except Declined:
        with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
            if ours.locked(db, state.appointment_id) and ours.keep(db, state, event.id, event.etag, when):
                _put_back(db, state, "not_bookable", event.etag)


def _not_there(turn: Turn, calendar_id: int, vendor_id: str, appointment_id: int, event_id: str) -> None:
    """It is gone, or out of the window that is pulled."""
    try:
        event = turn.ask(lambda access: turn.vendor.event(access, vendor_id, event_id))
    except EventGone:
        _gone(turn, calendar_id, appointment_id, event_id)
        return
    if event.mark is not None:
        _there(turn, calendar_id, vendor_id, event, event.mark)


def _gone(turn: Turn, calendar_id: int, appointment_id: int, event_id: str) -> None:
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        state = ours.locked(db, appointment_id)
        if state is None or (state.calendar_id, state.event_id) != (calendar_id, event_id) or state.is_over:
            return
        stands = state.target_id == state.calendar_id
        if state.is_due or not stands or state.calendar_deleted == "put_back":
            ours.forget(db, state)
            _put_back(db, state, "put_back" if stands and not state.is_unsure else None, event_id)
            return
    try:
        with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
            call = _call(turn, db)
            visit = appointments.of_patient(call, state.patient_id or 0, appointment_id)
            appointments.cancel(call, visit, reason="clinic_cancelled")
            _done(db, state, "cancelled", event_id, None)
    except _Overtaken:
        return
    except Declined:
        with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
            if ours.locked(db, appointment_id):
                ours.forget(db, state)
                _put_back(db, state, "put_back", event_id)


def _call(turn: Turn, db: Transaction) -> Call[ToolArguments]:
    """The clinic's own doing, which waits for nobody's approval."""
    call = between_calls(db)
    call.clinic = call.clinic._replace(booking_mode="autonomous")
    call.deadline = turn.deadline
    call.trusts_calendars = True  # it has just been pulled, though that isn't written down yet
    return call


def _done(
    db: Transaction,
    state: State,
    edit: Literal["moved", "cancelled"],
    etag: str,
    followed: Mapping[str, object] | None,
) -> None:
    """The visit is what its owner made it; None: the event is no more. Raises `_Overtaken`."""
    which = {
        "appointment_id": state.appointment_id,
        "calendar_id": state.calendar_id,
        "generation": state.generation,
    }
    if followed is None:
        is_done = db.run(SQL["followed_into_nothing"], **which)
    else:
        is_done = db.run(SQL["followed"], **which, etag=etag, **followed)
    if not is_done:
        raise _Overtaken
    db.run(
        SQL["tell_patient"],
        kind=f"clinic_{edit}",
        patient_id=state.patient_id,
        appointment_id=state.appointment_id,
    )
    ours.note_edit(db, state, edit, etag)


def _put_back(db: Transaction, state: State, edit: Edit | None, etag: str) -> None:
    """As the visit is, by the next round."""
    ours.make_due(db, state)
    if edit:
        ours.note_edit(db, state, edit, etag)
