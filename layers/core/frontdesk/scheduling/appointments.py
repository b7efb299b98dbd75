"""Booking, moving and cancelling: each true only when Postgres says so."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from frontdesk import zones
from frontdesk.call import Call
from frontdesk.db import queries
from frontdesk.errors import Declined
from frontdesk.patients import identity
from frontdesk.scheduling import diary, finder, offers, slots
from frontdesk.scheduling.providers import AppointmentType, Provider, chosen
from frontdesk.scheduling.slots import Refusal
from frontdesk.scheduling.wire import BookedAnswer, Visit
from frontdesk.speech import sentences, times
from frontdesk.speech.language import Language
from frontdesk.speech.sentences import Sentence

SQL: Final = queries.beside(__file__)

MOST_BOOKINGS_A_DAY: Final = 10
"""Visits to come, booked by one number since the clinic's midnight."""


class SlotTaken(Declined):
    """Somebody else has this start, or won the race for it; others are offered."""

    fact = "That time has just been taken; nothing was booked or changed. Offer the alternatives."


class NotOpen(Declined):
    """A start that the clinic doesn't offer: closed, past, too soon, too far, or off its grid."""

    fact = "That is not a time the clinic offers; nothing was booked or changed. Offer the alternatives."


class NoSuchAppointment(Declined):
    """The proven patient has no appointment of that id; somebody else may."""

    fact = "The patient has no such appointment. List them with check_appointments."


class TooManyBookings(Declined):
    """This number has booked as many visits today as it may."""

    fact = "This number has reached its bookings for today. Transfer with reason out_of_scope."


class Appointment(NamedTuple):
    """A visit, with the names it is spoken of by."""

    id: int
    provider_id: int
    provider_name: str
    provider_name_zh: str | None
    patient_id: int
    type_id: int
    type_name: str
    type_name_zh: str | None
    status: str
    starts_at: datetime
    ends_at: datetime

    def provider_in(self, language: Language) -> str:
        """The provider's name as it is said in that language."""
        return self.provider_name_zh or self.provider_name if language == "zh" else self.provider_name

    def type_in(self, language: Language) -> str:
        """The kind of visit as it is said in that language."""
        return self.type_name_zh or self.type_name if language == "zh" else self.type_name


class Wanted(NamedTuple):
    """A start that somebody wants, judged by the rules of its kind."""

    start: datetime
    kind: AppointmentType
    desk: diary.Desk

    @property
    def providers(self) -> Mapping[int, Provider]:
        """Everybody who could be meant."""
        return {provider.id: provider for provider in self.desk.providers}


class _TakenOut(NamedTuple):
    id: int
    type_id: int
    status: str
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

    Without a provider it is the held slot's, or else the first who is free. Raises `SlotTaken`,
    `NotOpen`, `TooManyBookings` or `NoSuchProvider`; then nothing is booked.
    """
    again = call.db.one(
        Appointment,
        SQL["booked_by_this_call"],
        patient_id=patient_id,
        starts_at=wanted.start,
        call_id=call.id,
        type_id=wanted.kind.id,
        provider_id=provider_id,
    )
    if again is not None:
        return again
    booked = call.db.value(SQL["booked_since"], capped_as=call.capped_as, since=call.midnight, now=call.now)
    if booked >= MOST_BOOKINGS_A_DAY:
        raise TooManyBookings(say=sentences.TOO_MANY_BOOKINGS.say(call.language), transfer=True)
    provider = _provider_to_book(call, wanted, provider_id)
    rules = wanted.kind.rules(call)
    taken = slots.occupied(wanted.start, rules)
    appointment_id = _won(
        call,
        SQL["book"],
        provider_id=provider.id,
        patient_id=patient_id,
        type_id=wanted.kind.id,
        starts_at=wanted.start,
        ends_at=wanted.start + rules.duration,
        occupied_from=taken.start,
        occupied_to=taken.end,
        reason=reason,
        language=call.language,
        is_virtual=is_virtual,
        call_id=call.id,
        capped_as=call.capped_as,
    )
    if appointment_id is None:
        raise _taken(call, wanted, provider.id)
    return of_patient(call, patient_id, appointment_id)


def move(
    call: Call[Any], appointment: Appointment, start: datetime, *, provider_id: int | None
) -> Appointment:
    """The visit at its new time, its id kept.

    Raises `SlotTaken`, `NotOpen` or `NoSuchProvider`, and the old time stands; or `NoSuchAppointment` for one
    that is cancelled.
    """
    if appointment.status == "cancelled":
        raise NoSuchAppointment(
            "That appointment is cancelled. Offer to book a new one.",
            say=sentences.APPOINTMENT_IS_CANCELLED.say(call.language),
        )
    desk = diary.desk(call)
    kind = call.db.one(AppointmentType, SQL["appointment_type"], id=appointment.type_id)
    assert kind is not None  # noqa: S101 - a foreign key
    wanted = Wanted(start, kind, desk)
    if provider_id is not None:
        chosen(call, desk.providers, provider_id=provider_id)
    new_provider = provider_id or appointment.provider_id
    if (start, new_provider) == (zones.utc(appointment.starts_at), appointment.provider_id):
        return appointment
    call.db.run(SQL["lock_providers"], provider_ids=[appointment.provider_id, new_provider])
    rules = kind.rules(call)
    _check(call, wanted, new_provider, moved=appointment)
    taken = slots.occupied(start, rules)
    old = call.db.one(_TakenOut, SQL["take_out"], patient_id=appointment.patient_id, id=appointment.id)
    if old is None:
        raise NoSuchAppointment(say=sentences.NO_SUCH_APPOINTMENT.say(call.language))
    put_back = _won(
        call,
        SQL["put_back"],
        **old._asdict(),
        provider_id=new_provider,
        patient_id=appointment.patient_id,
        starts_at=start,
        ends_at=start + rules.duration,
        occupied_from=taken.start,
        occupied_to=taken.end,
    )
    if put_back is None:
        raise _taken(call, wanted, new_provider, moved=appointment)
    return of_patient(call, appointment.patient_id, appointment.id)


def cancel(call: Call[Any], appointment: Appointment, *, reason: str | None) -> bool:
    """Whether it was cancelled now; False when it had been before. The time is free at once."""
    if appointment.status == "cancelled":
        return False
    values = {"patient_id": appointment.patient_id, "id": appointment.id, "now": call.now, "reason": reason}
    # A second try meets the row that another call's move has just put in place of the one seen here.
    if call.db.run(SQL["cancel"], **values) or call.db.run(SQL["cancel"], **values):
        return True
    if of_patient(call, appointment.patient_id, appointment.id).status == "cancelled":
        return False
    raise NoSuchAppointment(say=sentences.NO_SUCH_APPOINTMENT.say(call.language))


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


def visit(call: Call[Any], appointment: Appointment) -> Visit:
    """An appointment as it goes over the wire."""
    zone = call.clinic.zone
    local = appointment.starts_at.astimezone(zone)
    return Visit(
        appointment_id=appointment.id,
        status=appointment.status,
        date=local.date().isoformat(),
        day=times.say_weekday(local.weekday(), call.language),
        start_time=zones.wall_text(appointment.starts_at, zone),
        end_time=zones.wall_text(appointment.ends_at, zone),
        provider_id=str(appointment.provider_id),
        provider_name=appointment.provider_name,
        appointment_type=appointment.type_name,
    )


def answer(call: Call[Any], appointment: Appointment, sentence: Sentence) -> BookedAnswer:
    """That the visit stands in the diary, said with its provider and time."""
    zone = call.clinic.zone
    return BookedAnswer(
        status="BOOKED",
        booked=True,
        appointment_id=appointment.id,
        start_time=zones.wall_text(appointment.starts_at, zone),
        end_time=zones.wall_text(appointment.ends_at, zone),
        provider_id=str(appointment.provider_id),
        provider_name=appointment.provider_name,
        appointment_type=appointment.type_name,
        say=said(call, sentence, appointment),
    )


def listed(call: Call[Any], visits: Sequence[Appointment]) -> str:
    """A patient's visits in words."""
    if not visits:
        return sentences.NO_APPOINTMENTS.say(call.language)
    joint = "；" if call.language == "zh" else "; "
    return sentences.APPOINTMENTS.say(
        call.language, list=joint.join(said(call, sentences.APPOINTMENT, one) for one in visits)
    )


def said(call: Call[Any], sentence: Sentence, appointment: Appointment) -> str:
    """A sentence about a visit: its provider, its kind and when it is."""
    return sentence.say(
        call.language,
        provider=appointment.provider_in(call.language),
        type=appointment.type_in(call.language),
        when=times.say_when(
            appointment.starts_at.astimezone(call.clinic.zone), now=call.now, language=call.language
        ),
    )


def _won(call: Call[Any], taking: str, **row: Any) -> int | None:
    """The id of the row that takes a time; None when somebody else has it."""
    for _ in range(2):
        # An expired hold that another call was clearing is left to it; should that call have come to nothing,
        # the hold is in the way still, and cleared the second time.
        finder.drop_holds(call)
        won = call.db.value(taking, **row)
        if won is not None:
            return won
    return None


def _provider_to_book(call: Call[Any], wanted: Wanted, provider_id: int | None) -> Provider:
    """Whoever is asked for, if free then; else the held slot's provider, else the first who is free."""
    if provider_id is not None:
        provider = chosen(call, wanted.desk.providers, provider_id=provider_id)[0]
        _check(call, wanted, provider.id)
        return provider
    held = call.db.value(SQL["held_provider"], call_id=call.id, now=call.now)
    refused: Declined | None = None
    # An alternative may be another's time, when the held slot's provider is not free.
    for provider in sorted(wanted.desk.providers, key=lambda one: one.id != held):
        try:
            _check(call, wanted, provider.id)
        except Declined as declined:
            refused = refused or declined
        else:
            return provider
    raise refused or NotOpen(say=sentences.NOT_OPEN.say(call.language))


def _check(call: Call[Any], wanted: Wanted, provider_id: int, *, moved: Appointment | None = None) -> None:
    """Raises unless the finder itself would offer this start of this provider."""
    read = diary.around(call, _shifts(wanted, provider_id), wanted.start, except_id=moved and moved.id)
    match read.why_not(provider_id, wanted.start, wanted.kind.rules(call)):
        case None:
            return
        case Refusal.TAKEN:
            raise _taken(call, wanted, provider_id, moved=moved)
        case Refusal.PAST:
            say = sentences.IN_THE_PAST.say(call.language)
            raise NotOpen(
                "That time is past. Check the year; today is in this answer.", say=say, alternatives=[]
            )
        case Refusal.TOO_FAR:
            say = sentences.TOO_FAR.say(call.language, days=call.clinic.horizon_days)
            raise NotOpen("That is further ahead than the clinic books.", say=say, alternatives=[])
        case _:
            raise _instead(
                call, wanted, provider_id, NotOpen, sentences.NOT_OPEN_OFFER, sentences.NOT_OPEN, moved
            )


def _taken(
    call: Call[Any], wanted: Wanted, provider_id: int, *, moved: Appointment | None = None
) -> Declined:
    return _instead(call, wanted, provider_id, SlotTaken, sentences.TAKEN_OFFER, sentences.TAKEN, moved)


def _instead(
    call: Call[Any],
    wanted: Wanted,
    provider_id: int,
    error: type[Declined],
    with_times: Sentence,
    without: Sentence,
    moved: Appointment | None,
) -> Declined:
    """The refusal with the next two starts: the same provider's, or anybody's when there are not two."""
    rules = wanted.kind.rules(call)
    first = max(wanted.start.astimezone(call.clinic.zone).date(), call.today)
    last = first + timedelta(days=60)
    found: list[offers.Start] = []
    for shifts in (
        _shifts(wanted, provider_id),
        {p: wanted.desk.shifts.get(p, []) for p in wanted.providers},
    ):
        free = diary.free_starts(call, shifts, rules, first=first, last=last, except_id=moved and moved.id)
        found = offers.nearest((s for s in free if s != (wanted.start, provider_id)), wanted.start)
        if len(found) == 2:
            break
    if found:
        say = with_times.say(call.language, times=offers.said(call, found, wanted.providers))
    else:
        say = without.say(call.language)
    if moved is not None:
        say = sentences.OLD_TIME_STANDS.say(
            call.language,
            why=say + ("" if call.language == "zh" else " "),
            when=times.say_when(
                moved.starts_at.astimezone(call.clinic.zone), now=call.now, language=call.language
            ),
        ).replace("  ", " ")
    listed = [offers.slot(call, start, wanted.providers[p], wanted.kind) for start, p in found]
    return error(say=say, alternatives=listed)


def _shifts(wanted: Wanted, provider_id: int) -> dict[int, list[diary.Shift]]:
    return {provider_id: wanted.desk.shifts.get(provider_id, [])}
