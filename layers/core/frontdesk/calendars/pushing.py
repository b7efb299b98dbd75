"""Outward: what became of visits is put into their providers' calendars.

A visit's row is the outbox: due since the visit's own transaction, it says what is in the calendar. One step
at a time makes that what should be, and each begins by reading the row: whoever is killed anywhere, or
doesn't hear the answer, is repeated. No step makes a second event, for the intent to make one is committed
before the vendor is asked, and the vendor knows it again by its mark.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from frontdesk import queue
from frontdesk.calendars import due, ours
from frontdesk.calendars.ours import State
from frontdesk.calendars.tokens import SQL
from frontdesk.calendars.turn import Turn
from frontdesk.calendars.vendors import (
    Event,
    EventChanged,
    EventGone,
    Forbidden,
    MadeBefore,
    Span,
    Throttled,
    Withdrawn,
    Written,
)
from frontdesk.db.claims import clinic_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.errors import DatabaseFailed, DeadlineExceeded, ProviderFailed
from frontdesk.logs import described, logger
from frontdesk.settings import settings

_STEPS: Final = 12
"""Of one visit in one round: more than this, and somebody changes it faster than we do."""
_FAILURES: Final = 3
"""In a row, after which it is the vendor that fails, and not what is asked for."""


class _Due(NamedTuple):
    appointment_id: int


class _Elsewhere(NamedTuple):
    """Another connection that is to go on."""

    connection_id: int


def push(turn: Turn) -> None:
    """Makes, moves and deletes the events that are due, the oldest first.

    One that the vendor fails at stays due, behind those that wait for their first try, and the others go on.
    Raises what `Turn.ask` does; the vendor's failure at one event after the others were tried.
    """
    tried: list[int] = []
    first: ProviderFailed | None = None
    in_a_row = 0
    for appointment_id in _waiting(turn, tried):
        tried.append(appointment_id)
        try:
            _settle(turn, appointment_id)
            in_a_row = 0
        except (Throttled, DatabaseFailed, DeadlineExceeded):
            raise
        except ProviderFailed as failed:
            about = {"org_id": str(turn.org_id), "appointment_id": appointment_id, **described(failed)}
            logger.warning("an event stays due", extra=about)
            with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
                db.run(SQL["event_tried"], appointment_id=appointment_id)
            first = first or failed
            in_a_row += 1
            if in_a_row == _FAILURES:
                break
    if first:
        raise first


def _waiting(turn: Turn, tried: list[int]) -> Iterator[int]:
    """The visits whose events are due; what becomes due meanwhile too."""
    while True:
        with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
            found = db.all(_Due, SQL["due_events"], connection_id=turn.connection_id, tried=tried)
        if not found:
            return
        yield from (one.appointment_id for one in found)


def _settle(turn: Turn, appointment_id: int) -> None:
    """Takes one step after the other, until the row says that all is as it should be."""
    for _ in range(_STEPS):
        with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
            state = ours.locked(db, appointment_id)
            step = state and _next(turn, db, state)
        if step is None:
            return
        if isinstance(step, _Elsewhere):
            _hand_over(turn, step.connection_id)
            return
        try:
            _ask(turn, step)
        except Withdrawn as failed:
            assert step.calendar_id is not None  # noqa: S101 - the vendor is asked of one that is somewhere
            ours.fail(turn, step.calendar_id, failed)
        except Forbidden as failed:
            # Of one event that says nothing of the calendar, which may be read all the same.
            raise ProviderFailed("the vendor forbids it") from failed
    logger.warning("an event is never settled", extra={"org_id": str(turn.org_id), "of": appointment_id})


def _next(turn: Turn, db: Transaction, state: State) -> State | _Elsewhere | None:
    """What the vendor is to be asked for, as the row that says so; None: no more here."""
    of = {"appointment_id": state.appointment_id}
    if state.calendar_id is None:
        return _nowhere(turn, db, state)
    if state.connection_id != turn.connection_id:
        return _elsewhere(state.connection_id)
    if state.place_failure:
        if state.for_calendar_id == state.calendar_id:
            return None  # it waits until the calendar is back
        ours.forget(db, state)  # nothing is there that we could see; should it come back, its mark is known
        return _nowhere(turn, db, state._replace(calendar_id=None))
    if state.is_left or (state.event_id and not state.is_unsure and _agrees(state)):
        db.run(SQL["settle_event"], **of)
        return None
    if state.event_id and not state.is_unsure:
        db.run(SQL["event_asked"], **of)
    return state


def _nowhere(turn: Turn, db: Transaction, state: State) -> State | _Elsewhere | None:
    of = {"appointment_id": state.appointment_id}
    if state.target_id is None or state.is_over:
        db.run(SQL["drop_event"], **of)
        return None
    if state.target_connection_id != turn.connection_id:
        db.run(SQL["belongs_to"], **of, target_id=state.target_id)
        return _elsewhere(state.target_connection_id)
    if state.target_failure:
        db.run(SQL["belongs_to"], **of, target_id=state.target_id)
        return None
    when = {"starts_at": state.visit.start, "ends_at": state.visit.end, "is_named": state.calendar_names}
    db.run(SQL["intend"], **of, calendar_id=state.target_id, **when)
    return state._replace(
        calendar_id=state.target_id,
        vendor_id=state.target_vendor_id,
        generation=state.generation + 1,
        event_id=None,
        etag=None,
        **when,
    )


def _elsewhere(connection_id: int | None) -> _Elsewhere | None:
    return _Elsewhere(connection_id) if connection_id else None


def _agrees(state: State) -> bool:
    return (
        state.target_id == state.calendar_id
        and state.span == state.visit
        and state.is_named == state.calendar_names
    )


def _ask(turn: Turn, state: State) -> None:
    """One change at the vendor, and what came of it written down."""
    if state.event_id is None or state.etag is None:
        _make(turn, state)
    elif state.is_unsure:
        _read_again(turn, state, Written(state.event_id, state.etag))
    elif state.target_id != state.calendar_id:
        _delete(turn, state, Written(state.event_id, state.etag))
    else:
        _move(turn, state, Written(state.event_id, state.etag))


def _make(turn: Turn, state: State) -> None:
    draft = state.draft(turn.org_id, state.span, is_named=state.is_named)
    try:
        made = turn.ask(lambda access: turn.vendor.create(access, state.place, draft))
    except EventGone:  # it was made, and somebody deleted it before we knew: another, of the next generation
        _forget(turn, state)
    except MadeBefore as before:  # and somebody moved it before we knew
        _keep_edited(turn, state, before.event)
    else:
        _keep(turn, state, made, state.span)


def _move(turn: Turn, state: State, written: Written) -> None:
    draft = state.draft(turn.org_id, state.visit, is_named=state.calendar_names)
    try:
        moved = turn.ask(lambda access: turn.vendor.update(access, state.place, written, draft))
    except EventGone:  # both changed it: what stands here is made again
        _forget(turn, state, is_edit=True)
    except EventChanged:
        _read_again(turn, state, written)
    else:
        _keep(turn, state, moved, state.visit, is_named=state.calendar_names)


def _delete(turn: Turn, state: State, written: Written) -> None:
    try:
        turn.ask(lambda access: turn.vendor.delete(access, state.place, written))
    except EventChanged:
        _read_again(turn, state, written)
    else:
        _forget(turn, state)


def _read_again(turn: Turn, state: State, written: Written) -> None:
    """The event isn't the one we knew: it is our own write whose answer was lost, or its owner's."""
    try:
        event = turn.ask(lambda access: turn.vendor.event(access, state.place, written.id))
    except EventGone:
        _forget(turn, state)
        return
    when = ours.when(event)
    if when == state.span or state.target_id != state.calendar_id or when == state.visit:
        # Whose words are in it isn't known, so it is written once more where those count.
        is_lost = state.is_unsure or when == state.visit != state.span
        named = not state.calendar_names if is_lost else state.is_named
        _keep(turn, state, Written(event.id, event.etag), when, is_named=named)
    else:
        _keep_edited(turn, state, event)


def _keep(turn: Turn, state: State, written: Written, when: Span, *, is_named: bool | None = None) -> None:
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        ours.keep(db, state, written.id, written.etag, when, is_named=is_named)


def _keep_edited(turn: Turn, state: State, event: Event) -> None:
    """Both changed it: the next step puts it back to where the visit is."""
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        if ours.keep(db, state, event.id, event.etag, ours.when(event)) and not state.is_unsure:
            ours.note_edit(db, state, "put_back", event.etag)


def _forget(turn: Turn, state: State, *, is_edit: bool = False) -> None:
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        ours.forget(db, state)
        if is_edit:
            ours.note_edit(db, state, "put_back", state.etag or "")


def _hand_over(turn: Turn, connection_id: int) -> None:
    """A word to the queue; should it be lost, the dispatcher finds what is due there within a minute."""
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        is_new = due.want(db, connection_id)
    if not is_new or settings().queue_url is None:
        return
    try:
        queue.send([due.Sync(org_id=turn.org_id, connection_id=connection_id)])
    except ProviderFailed as failed:
        logger.warning("another calendar hears of it later", extra=described(failed))
