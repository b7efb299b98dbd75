"""Visits of ours in a clinic's EMR: written in the tool call, and true only when the EMR has shown them.

Before it is asked, what it is asked for stands committed in our own tables; so whatever is lost, the answer
or this process, the next reading finds out how it ended (`emr.syncing`).
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, TypeVar
from uuid import uuid4

from frontdesk import zones
from frontdesk.call import Call
from frontdesk.db import queries
from frontdesk.emr import mirror, waiting
from frontdesk.emr.emr import Conflict, Draft, Emr, Gone, Status, Visit
from frontdesk.emr.waiting import EmrCannot, EmrUnsure
from frontdesk.errors import Declined, FrontdeskError
from frontdesk.notifications import notices
from frontdesk.speech import sentences

SQL: Final = queries.beside(__file__)

T = TypeVar("T")


class ChangedThere(Declined):
    """Staff have changed that visit since we read it."""

    fact = (
        "The clinic has changed that appointment in the meantime; nothing was done. List the appointments"
        " again with check_appointments, and ask the caller."
    )


class _Intended(NamedTuple):
    marker: str
    is_new: bool
    """False: the EMR was asked for it before."""


class _Elsewhere(Exception):
    """The visit isn't where we know it to be, or has begun."""


class _Row(NamedTuple):
    """A visit of ours as it is written there; what isn't known there yet is None."""

    emr_id: str | None
    marker: str | None
    provider_there: str | None
    """Whose it is, as far as we know."""
    version: str | None
    starts_at: datetime
    ends_at: datetime
    status: Status
    patient_there: str | None
    first_name: str
    last_name: str
    type_name: str
    reason: str

    def draft(self, marker: str, provider_there: str, start: datetime, end: datetime) -> Draft:
        return Draft(
            marker=marker,
            provider_id=provider_there,
            patient_id=self.patient_there or "",
            patient_name=f"{self.last_name.upper()}, {self.first_name.upper()}",
            start=start,
            end=end,
            type_name=self.type_name,
            reason=self.reason,
        )

    @property
    def visit(self) -> Visit:
        return Visit(
            id=self.emr_id or "",
            provider_id=self.provider_there or "",
            patient_id=self.patient_there,
            start=self.starts_at,
            end=self.ends_at,
            status=self.status,
            marker=self.marker,
            version=self.version,
        )


def book(call: Call[Any], appointment_id: int) -> bool:
    """Whether the pending visit stands there now, and so is booked; False: somebody else has that time.

    A repeat of one of which nobody knew finds the first by its marker. Raises `EmrAway`, and the visit is
    gone; `EmrUnsure`, and it stays pending until a reading has settled it.
    """
    row = _row(call, appointment_id)
    if row.patient_there is None or row.provider_there is None:
        _undo(call, appointment_id)
        raise EmrCannot(say=sentences.EMR_CANNOT.say(call.language), transfer=True)
    intended = call.db.one(_Intended, SQL["intend"], appointment_id=appointment_id, marker=uuid4().hex)
    assert intended is not None  # noqa: S101 - its patient has a chart
    marker = intended.marker
    draft = row.draft(marker, row.provider_there, row.starts_at, row.ends_at)
    try:
        visit = _written(call, draft, lambda there, ends: there.book(draft, 1, deadline=ends))
    except Gone:
        visit = None
    except EmrUnsure:
        _tell_unsure(call, appointment_id, "booking")
        raise
    except Declined as refused:
        if not intended.is_new:  # nobody knows yet what came of the first time
            raise EmrUnsure(say=sentences.EMR_UNSURE.say(call.language), transfer=True) from refused
        _undo(call, appointment_id)
        raise
    if visit is None:
        _undo(call, appointment_id)
        return False
    call.db.run(SQL["stands"], appointment_id=appointment_id)
    _keep(call, appointment_id, visit)
    return True


def move(call: Call[Any], appointment_id: int, *, provider_id: int, start: datetime, end: datetime) -> bool:
    """Whether the visit stands at its new time there; False: somebody else has that.

    Our own row is the caller's to move, and what holds the new time meanwhile the caller's to drop. Raises
    `EmrAway` and `ChangedThere`, and nothing is moved; `EmrUnsure`.
    """
    row = _known(call, appointment_id)
    provider_there: str | None = call.db.value(SQL["provider_there"], provider_id=provider_id)
    if provider_there is None:
        raise EmrCannot(say=sentences.EMR_CANNOT.say(call.language), transfer=True)
    marker: str = call.db.value(SQL["touch"], appointment_id=appointment_id, marker=uuid4().hex)
    draft = row.draft(marker, provider_there, start, end)

    def moved(there: Emr, ends: float) -> Visit:
        return _if_unchanged(there, ends, row.visit, lambda known: there.move(known, draft, 1, deadline=ends))

    try:
        visit = _written(call, draft, moved)
    except EmrUnsure:
        _tell_unsure(call, appointment_id, "move")
        raise
    except (_Elsewhere, Gone):
        raise ChangedThere(say=sentences.CHANGED_THERE.say(call.language)) from None
    if visit is None:
        return False
    _keep(call, appointment_id, visit)
    return True


def cancel(call: Call[Any], appointment_id: int) -> None:
    """The visit stands there no more; our own row is the caller's to cancel. Raises as `move` does."""
    row = _row(call, appointment_id)
    row = _known(call, appointment_id)
    call.db.run(SQL["touch"], appointment_id=appointment_id, marker=row.marker)

    def cancelled(there: Emr, ends: float) -> None:
        _if_unchanged(there, ends, row.visit, lambda known: there.cancel(known, deadline=ends))

    try:
        waiting.ask(call, cancelled, is_write=True)
    except Gone:
        pass
    except EmrUnsure:
        _tell_unsure(call, appointment_id, "cancellation")
        raise
    except (_Elsewhere, Conflict):
        raise ChangedThere(say=sentences.CHANGED_THERE.say(call.language)) from None
    call.db.run(SQL["cancelled_there"], appointment_id=appointment_id)


def _written(call: Call[Any], draft: Draft, write: Callable[[Emr, float], Visit]) -> Visit | None:
    """The visit there; None: somebody else has the time, and that day was read for what else is offered."""
    zone = call.clinic.zone
    day = zones.today(draft.start, zone)
    began_at: datetime = call.db.value("SELECT clock_timestamp()")

    def written(there: Emr, ends: float) -> Visit | list[Visit]:
        try:
            return write(there, ends)
        except Conflict:
            with suppress(FrontdeskError):
                return there.visits(draft.provider_id, day, day, deadline=ends)
            return []

    came = waiting.ask(call, written, is_write=True)
    if isinstance(came, Visit):
        return came
    call.patience.may_stand = False
    if came:
        provider_id: int = call.db.value(SQL["provider_here"], emr_id=draft.provider_id)
        since, until = (zones.midnight(one, zone) for one in (day, day + timedelta(days=1)))
        mirror.store_visits(call.db, provider_id, came, since, until, began_at=began_at)
    return None


def moved_only_there(call: Call[Any], appointment_id: int) -> EmrUnsure:
    """What to raise when the visit stands at its new time there, and somebody has that here by now.

    Our row follows when it can (`emr.following`); until then the clinic knows of it.
    """
    call.db.undo()
    _tell_unsure(call, appointment_id, "move")
    return EmrUnsure(say=sentences.EMR_UNSURE.say(call.language), transfer=True)


def _if_unchanged(there: Emr, ends: float, known: Visit, write: Callable[[Visit], T]) -> T:
    """Once more if what staff have changed is neither when it is nor with whom: a note, say."""
    try:
        return write(known)
    except Conflict:
        now = there.visit(known.id, deadline=ends)
        when = known.provider_id, known.start, known.end, known.status
        if (now.provider_id, now.start, now.end, now.status) != when:
            raise _Elsewhere from None
        if now.version == known.version:
            raise
        return write(now)


def _known(call: Call[Any], appointment_id: int) -> _Row:
    """A visit that stands there. Raises `EmrCannot` for one that isn't there, `EmrUnsure` if nobody knows."""
    row = _row(call, appointment_id)
    if row.marker is not None and row.emr_id is None:
        raise EmrUnsure(say=sentences.EMR_UNSURE.say(call.language), transfer=True)
    if row.emr_id is None:
        raise EmrCannot(say=sentences.EMR_CANNOT.say(call.language), transfer=True)
    return row


def _row(call: Call[Any], appointment_id: int) -> _Row:
    row = call.db.one(_Row, SQL["row_of"], appointment_id=appointment_id)
    assert row is not None  # noqa: S101 - whoever asks has just read the appointment
    return row


def _keep(call: Call[Any], appointment_id: int, visit: Visit) -> None:
    call.db.run(SQL["make_room"], emr_id=visit.id)
    call.db.run(
        SQL["keep_visit"],
        appointment_id=appointment_id,
        emr_id=visit.id,
        provider_there=visit.provider_id,
        starts_at=visit.start,
        ends_at=visit.end,
        status=visit.status,
        version=visit.version,
    )


def _undo(call: Call[Any], appointment_id: int) -> None:
    """Gives the time back for good: the refusal that follows undoes what isn't committed."""
    call.db.run(SQL["undo_visit"], appointment_id=appointment_id)
    call.db.run(SQL["undo_appointment"], appointment_id=appointment_id)
    call.db.keep()


def _tell_unsure(call: Call[Any], appointment_id: int, what: str) -> None:
    notices.note(call.db, "emr_unsure", call_id=call.id, appointment_id=appointment_id, of=what)
    call.db.keep()
