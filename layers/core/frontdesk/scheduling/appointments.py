"""Booking, moving and cancelling: each true only when Postgres says so."""

from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

from frontdesk import zones
from frontdesk.call import Call, Freed
from frontdesk.db import queries
from frontdesk.db.transaction import Ask
from frontdesk.errors import Declined
from frontdesk.notifications import notices
from frontdesk.patients import identity
from frontdesk.scheduling import desks, diary, eligibility, fairness, holds, refusals, slots, waitlist
from frontdesk.scheduling.openings import Opening, Start
from frontdesk.scheduling.providers import AppointmentType, chosen
from frontdesk.scheduling.ranges import Range, clip
from frontdesk.scheduling.refusals import NotOpen, Wanted, refused, taken
from frontdesk.scheduling.slots import Refusal
from frontdesk.scheduling.visits import Appointment
from frontdesk.speech import sentences

SQL: Final = queries.beside(__file__)

MOST_BOOKINGS_A_DAY: Final = 10
"""Visits to come, booked by one number since the clinic's midnight."""
_BOOKED: Final = {"status": "booked", "pending_until": None}
_LOOKED_AT: Final = 4
"""Of those who have a start free as far as we know, so many are looked at more closely at once."""


class NoSuchAppointment(Declined):
    """The proven patient has no appointment of that id; somebody else may."""

    fact = "The patient has no such appointment. List them with check_appointments."


class TooManyBookings(Declined):
    """This number has booked as many visits today as it may."""

    fact = "This number has reached its bookings for today. Transfer with reason out_of_scope."


class _Count(NamedTuple):
    bookings: int


class _TakenOut(NamedTuple):
    id: int
    type_id: int
    reason: str
    language: str | None
    is_virtual: bool
    call_id: str | None
    capped_as: str | None
    created_at: datetime


def start_meant(call: Call[Any], wall: datetime) -> datetime:
    """The instant that a wall time means at the clinic; raises `NotOpen` for one the clocks skip.

    An offset counts only where the clinic's clocks have it, to tell which of two. Models like to put a Z
    behind the time they were given; another zone's time nobody here has offered.
    """
    if wall.tzinfo is not None:
        local, zone = wall.replace(tzinfo=None), call.clinic.zone
        if wall.utcoffset() in {local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}:
            return zones.utc(wall)
        if wall.utcoffset():
            say = sentences.ASK["start_time"].say(call.language)
            raise NotOpen("Send the offered startTime exactly as it was given, without an offset.", say=say)
        wall = local
    if zones.is_skipped(wall, call.clinic.zone):
        say = sentences.NO_SUCH_HOUR.say(call.language)
        raise NotOpen(
            "The clocks are set forward then, so that time does not exist. Ask for another.", say=say
        )
    return zones.instant(wall, call.clinic.zone)


def book(
    call: Call[Any],
    wanted: Wanted,
    *,
    patient_id: int,
    provider_id: int | None,
    reason: str,
    is_virtual: bool,
) -> Appointment:
    """The visit, booked; of the same request again in the same call, the visit it booked then.

    Where the clinic approves what is booked it is pending. Without a provider it is the held slot's, or else
    of those who are free the one with the fewest visits that day. Raises `SlotTaken`, `NotOpen`,
    `TooManyBookings`, `NotForThis` or `NoSuchProvider`; then nothing is booked.
    """
    kind = wanted.kind
    _look(call, wanted, provider_id)
    again, _, [count], call.kept, held = call.db.together(
        Ask(
            Appointment,
            SQL["booked_by_this_call"],
            {
                "patient_id": patient_id,
                "starts_at": wanted.start,
                "call_id": call.id,
                "type_id": kind.id,
                "provider_id": provider_id,
            },
        ),
        holds.asking_for_a_turn(call),
        Ask(
            _Count,
            SQL["booked_since"],
            {"capped_as": call.capped_as, "since": call.midnight, "now": call.now},
        ),
        holds.asking_for_kept(call),
        holds.asking_for_own(call),
    )
    if again and call.clinic.emr and again[0].status == "pending":
        again[0] = _written(call, again[0], wanted)
        _tell(call, "booked", again[0])
    if again:
        return again[0]
    if call.id and count.bookings >= MOST_BOOKINGS_A_DAY:  # the clinic's own people book whom they like
        raise TooManyBookings(say=sentences.TOO_MANY_BOOKINGS.say(call.language), transfer=True)
    eligibility.check_mode(call, kind, is_virtual=is_virtual)
    eligibility.check_patient(call, kind, patient_id)
    if provider_id is not None:
        chosen(call, wanted.desk.providers.values(), provider_id=provider_id)
    start = _free_start(call, wanted, provider_id, held)
    appointment_id = _won(
        call,
        SQL["book"],
        **_place(call, wanted, start),
        **_standing(call, start),
        patient_id=patient_id,
        type_id=kind.id,
        reason=reason,
        language=call.language,
        is_virtual=is_virtual or "in_person" not in kind.modes,
        call_id=call.id,
        capped_as=call.capped_as,
        kept_for=call.kept_for,
    )
    if appointment_id is None:
        raise taken(call, wanted, start.provider_id)
    if call.clinic.emr:
        try:
            _written(call, of_patient(call, patient_id, appointment_id), wanted)  # it is pending so far
        except Declined:
            if call.kept:  # who waits and didn't get it waits on
                call.db.run(SQL["wait_on"], kept_for=call.kept_for)
                call.db.keep()
            raise
    if call.kept:
        call.freed += call.db.all(Freed, SQL["serve"], kept_for=call.kept_for)
    waitlist.wake(call, call.freed)
    booked = of_patient(call, patient_id, appointment_id)
    _tell(call, "booked", booked)
    return booked


def move(
    call: Call[Any], appointment: Appointment, start: datetime, *, provider_id: int | None
) -> Appointment:
    """The visit at its new time, its id kept; pending once more where the clinic approves what is booked.

    Raises `SlotTaken`, `NotOpen` or `NoSuchProvider`, and the old time stands; or `NoSuchAppointment` for one
    that is cancelled.
    """
    if appointment.status == "cancelled":
        raise _cancelled(call)
    desk = desks.of_clinic(call)
    kind = call.db.one(AppointmentType, SQL["appointment_type"], id=appointment.type_id)
    assert kind is not None  # noqa: S101 - a foreign key
    wanted = Wanted(start, kind, desk, moved=appointment)
    if provider_id is not None:
        chosen(call, desk.providers.values(), provider_id=provider_id)
    new_provider = provider_id or appointment.provider_id
    if (start, new_provider) == (zones.utc(appointment.starts_at), appointment.provider_id):
        return appointment
    _look(call, wanted, new_provider)
    desks.lock_caps(call, desk)
    call.db.run(SQL["lock_providers"], provider_ids=[appointment.provider_id, new_provider])
    call.kept, held = call.db.together(holds.asking_for_kept(call), holds.asking_for_own(call))
    free = _free_start(call, wanted, new_provider, held)
    whose = {"patient_id": appointment.patient_id, "id": appointment.id}
    if call.clinic.emr and call.id and not _moved_there(call, appointment, wanted, free):
        raise taken(call, wanted, new_provider)
    # A second try meets the row that another call's move has just put in place of the one seen here.
    old = call.db.one(_TakenOut, SQL["take_out"], **whose) or call.db.one(_TakenOut, SQL["take_out"], **whose)
    if old is None:
        if of_patient(call, appointment.patient_id, appointment.id).status == "cancelled":
            raise _cancelled(call)
        raise NoSuchAppointment(say=sentences.NO_SUCH_APPOINTMENT.say(call.language))
    put_back = _won(
        call,
        SQL["put_back"],
        **old._asdict(),
        **_place(call, wanted, free),
        **(_BOOKED if call.clinic.emr else _standing(call, free)),
        patient_id=appointment.patient_id,
    )
    if put_back is None:
        if call.clinic.emr and call.id:
            from frontdesk.emr import writing

            raise writing.moved_only_there(call, appointment.id)
        raise taken(call, wanted, new_provider)
    waitlist.wake(call, [Freed(appointment.provider_id, appointment.starts_at), *call.freed])
    moved = of_patient(call, appointment.patient_id, appointment.id)
    _tell(call, "moved", moved)
    return moved


def cancel(call: Call[Any], appointment: Appointment, *, reason: str | None) -> bool:
    """Whether it was cancelled now; False when it had been before. The time is free at once."""
    if appointment.status == "cancelled":
        return False
    if call.clinic.emr and call.id:
        from frontdesk.emr import writing

        writing.cancel(call, appointment.id)
    values = {"patient_id": appointment.patient_id, "id": appointment.id, "now": call.now, "reason": reason}
    # A second try meets the row that another call's move has just put in place of the one seen here.
    if call.db.run(SQL["cancel"], **values) or call.db.run(SQL["cancel"], **values):
        waitlist.wake(call, [Freed(appointment.provider_id, appointment.starts_at)])
        _tell(call, "cancelled", appointment)
        return True
    if of_patient(call, appointment.patient_id, appointment.id).status == "cancelled":
        return False
    raise NoSuchAppointment(say=sentences.NO_SUCH_APPOINTMENT.say(call.language))


def confirm(call: Call[Any], appointment: Appointment) -> None:
    """Writes down that its patient will come. Raises `NoSuchAppointment` for one that isn't booked."""
    if appointment.status == "cancelled":
        raise _cancelled(call)
    values = {"patient_id": appointment.patient_id, "id": appointment.id, "now": call.now}
    if not call.db.run(SQL["confirm"], **values):
        raise NoSuchAppointment(
            "That appointment is not booked yet: the clinic has to answer first.",
            say=sentences.STILL_A_REQUEST.say(call.language),
        )


def of_patient(call: Call[Any], patient_id: int, appointment_id: int) -> Appointment:
    """The patient's appointment of that id, cancelled or not; raises `NoSuchAppointment`."""
    call.appointment_id = appointment_id
    found = call.db.one(Appointment, SQL["of_patient"], patient_id=patient_id, id=appointment_id)
    if found is None:
        raise NoSuchAppointment(say=sentences.NO_SUCH_APPOINTMENT.say(call.language))
    return found


def of_proven_patient(call: Call[Any], appointment_id: int, *, named: int | None = None) -> Appointment:
    """An appointment of the patient this call has proven to be, still to come or already cancelled."""
    found = of_patient(call, identity.proven_patient(call, named), appointment_id)
    is_to_come = found.status in ("pending", "booked") and zones.utc(found.starts_at) > zones.utc(call.now)
    if found.status != "cancelled" and not is_to_come:
        raise NoSuchAppointment(
            "That appointment is already past and can't be changed.",
            say=sentences.APPOINTMENT_IS_PAST.say(call.language),
        )
    return found


def next_of_patient(
    call: Call[Any], patient_id: int, *, first: date, last: date, provider_id: int | None
) -> list[Appointment]:
    """The patient's coming appointments between two local days, both included; at most ten, in order."""
    if call.clinic.emr:
        from frontdesk.emr import seeing

        seeing.check_age(call)
    if last < max(first, call.today):
        last = call.today + timedelta(days=call.clinic.horizon_days)
    return call.db.all(
        Appointment,
        SQL["next_of_patient"],
        patient_id=patient_id,
        since=max(zones.midnight(first, call.clinic.zone), zones.utc(call.now)),
        until=zones.midnight(last + timedelta(days=1), call.clinic.zone),
        provider_id=provider_id,
    )


def _tell(call: Call[Any], kind: Literal["booked", "moved", "cancelled"], visit: Appointment) -> None:
    """Tells the clinic what a caller did, or what they ask it for; not what it did itself, between calls."""
    if not call.id:
        return
    is_asked_for = kind != "cancelled" and visit.status == "pending"
    notices.note(
        call.db,
        "approval_wanted" if is_asked_for else kind,
        call_id=call.id,
        patient_id=visit.patient_id,
        appointment_id=visit.id,
        of=zones.utc(visit.starts_at).isoformat() if kind == "moved" else "",
    )


def _cancelled(call: Call[Any]) -> NoSuchAppointment:
    return NoSuchAppointment(
        "That appointment is cancelled. Offer to book a new one.",
        say=sentences.APPOINTMENT_IS_CANCELLED.say(call.language),
    )


def _won(call: Call[Any], taking: str, **row: Any) -> int | None:
    """The id of the row that takes a time; None when somebody else has it."""
    for _ in range(2):
        # An expired hold that another call was clearing is left to it; should that call have come to nothing,
        # the hold is in the way still, and cleared the second time.
        holds.drop(call)
        if call.kept:
            call.db.run(SQL["clear_kept"], **{**row, "kept_for": call.kept_for})
        won = call.db.value(taking, **row)
        if won is not None:
            return won
    return None


def _place(call: Call[Any], wanted: Wanted, start: Start) -> dict[str, Any]:
    """The columns that say when and with whom."""
    rules = wanted.desk.rules(call.clinic, wanted.kind, start.provider_id)
    occupied = slots.occupied(start.at, rules)
    return {
        "provider_id": start.provider_id,
        "location_id": start.location_id,
        "starts_at": start.at,
        "ends_at": start.at + rules.duration,
        "occupied_from": occupied.start,
        "occupied_to": occupied.end,
    }


def _standing(call: Call[Any], start: Start) -> dict[str, Any]:
    """The columns that say whether it stands already, or waits for the clinic's word, or for its EMR's."""
    if call.clinic.emr:
        return {"status": "pending", "pending_until": start.at}
    if call.clinic.booking_mode == "autonomous":
        return _BOOKED
    until = call.now + timedelta(minutes=call.clinic.approval_min)
    return {"status": "pending", "pending_until": min(until, start.at)}


def _written(call: Call[Any], visit: Appointment, wanted: Wanted) -> Appointment:
    """The visit once the clinic's EMR has it; raises `SlotTaken` if somebody was faster there."""
    from frontdesk.emr import writing  # only for who has one

    if not writing.book(call, visit.id):
        raise taken(call, wanted, visit.provider_id)
    return of_patient(call, visit.patient_id, visit.id)


def _moved_there(call: Call[Any], visit: Appointment, wanted: Wanted, free: Start) -> bool:
    """Whether the clinic's EMR has it at the new time, which is held meanwhile."""
    from frontdesk.emr import writing

    rules = wanted.desk.rules(call.clinic, wanted.kind, free.provider_id)
    old = Range(visit.starts_at, visit.ends_at)
    holds.drop(call)
    # What overlaps with the visit itself nobody else gets, and couldn't be held.
    overlaps = free.provider_id == visit.provider_id and any(
        clip([slots.occupied(free.at, rules)], slots.occupied(old.start, rules))
    )
    if not overlaps and holds.take(call, free, wanted.kind, rules) is None:
        return False
    end = free.at + rules.duration
    try:
        stands = writing.move(call, visit.id, provider_id=free.provider_id, start=free.at, end=end)
    finally:
        holds.drop(call)
        call.db.keep()  # a refusal that follows would bring the hold back, and undo what is known of the move
    if stands:
        desks.lock_caps(call, wanted.desk)
        call.db.run(SQL["lock_providers"], provider_ids=[visit.provider_id, free.provider_id])
    return stands


def _look(call: Call[Any], wanted: Wanted, provider_id: int | None) -> None:
    """Sees to it that the start, or else what would be offered instead, is in nobody's own calendar."""
    desk, kind = wanted.desk, wanted.kind
    asked = [one for one in desk.providers if provider_id in (None, one) and desk.does(one, kind)]

    def occupied() -> list[tuple[int, Range]]:
        call.kept, held = call.db.together(holds.asking_for_kept(call), holds.asking_for_own(call))
        promised = _promised(call, held)
        asked.sort(key=lambda one: (one, wanted.start) not in promised)
        read = diary.around(call, desk, asked, wanted.start, except_id=wanted.moved and wanted.moved.id)
        starts = [
            Start(wanted.start, one)
            for one in asked
            if read.why_not(one, kind, wanted.start, since=promised.get((one, wanted.start))) is None
        ]
        starts = starts[:_LOOKED_AT] or refusals.instead(call, wanted, asked[0])
        return [
            (one.provider_id, slots.occupied(one.at, desk.rules(call.clinic, kind, one.provider_id)))
            for one in starts
        ]

    diary.look(call, desk, asked, occupied)


def _promised(call: Call[Any], held: list[holds.Own]) -> dict[tuple[int, datetime], datetime]:
    """What is kept or held for the caller, by provider and start, and since when."""
    kept = {(kept.provider_id, zones.utc(kept.starts_at)): kept.kept_at for kept in call.kept}
    return kept | {(own.provider_id, zones.utc(own.starts_at)): own.held_at for own in held}


def _free_start(call: Call[Any], wanted: Wanted, provider_id: int | None, held: list[holds.Own]) -> Start:
    """The wanted start with whoever is asked for; else the held slot's provider, else the first who is free.

    Raises unless the finder itself would offer it.
    """
    desk, kind = wanted.desk, wanted.kind
    if provider_id is not None and provider_id not in desk.providers:
        raise refused(call, wanted, provider_id, Refusal.CLOSED)  # Who has left sees nobody any more.
    asked = eligibility.doing(
        call, desk, kind, list(desk.providers) if provider_id is None else [provider_id]
    )
    promised = _promised(call, held)
    # What was promised comes first. An alternative may be another's time, when that provider is not free.
    asked.sort(key=lambda one: (one, wanted.start) not in promised)
    desks.lock_caps(call, desk)
    read = diary.around(call, desk, asked, wanted.start, except_id=wanted.moved and wanted.moved.id)
    whys = [read.why_not(one, kind, wanted.start, since=promised.get((one, wanted.start))) for one in asked]
    free = [one for one, why in zip(asked, whys, strict=True) if why is None]
    if free:
        is_promised = (free[0], wanted.start) in promised
        [one] = free[:1] if is_promised else fairness.chosen(call, [Opening(wanted.start, free)])
        return Start(wanted.start, one, read.location_of(one, wanted.start))
    raise refused(call, wanted, asked[0], whys[0] or Refusal.TAKEN)
