"""A visit as it stands in the diary: its row, its fields on the wire, its words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from frontdesk import zones
from frontdesk.call import Call
from frontdesk.scheduling.wire import BookedAnswer, Visit
from frontdesk.speech import doctors, sentences, times
from frontdesk.speech.language import Language
from frontdesk.speech.sentences import Sentence


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
    location_name: str | None
    location_name_zh: str | None
    status: str
    starts_at: datetime
    ends_at: datetime

    def provider_in(self, language: Language) -> str:
        """The provider's name as it is said in that language."""
        return doctors.called(self.provider_name, self.provider_name_zh, language)

    def type_in(self, language: Language) -> str:
        """The kind of visit as it is said in that language."""
        return self.type_name_zh or self.type_name if language == "zh" else self.type_name

    def location_in(self, language: Language) -> str | None:
        """The place as it is said in that language; None at a clinic with one place."""
        return self.location_name_zh or self.location_name if language == "zh" else self.location_name


def on_wire(call: Call[Any], appointment: Appointment) -> Visit:
    """An appointment as it goes over the wire."""
    local = appointment.starts_at.astimezone(call.clinic.zone)
    return Visit(
        **_fields(call, appointment),
        status=appointment.status,
        date=local.date().isoformat(),
        day=times.say_weekday(local.weekday(), call.language),
    )


def answer(
    call: Call[Any],
    appointment: Appointment,
    sentence: Sentence,
    *,
    requested: Sentence = sentences.REQUESTED,
    instructions: str | None = None,
) -> BookedAnswer:
    """That the visit stands in the diary, or waits for the clinic's word, with its provider and time."""
    is_pending = appointment.status == "pending"
    say = said(call, requested if is_pending else sentence, appointment)
    if instructions:
        say += ("" if call.language == "zh" else " ") + instructions
    return BookedAnswer(
        **_fields(call, appointment),
        status="PENDING" if is_pending else "BOOKED",
        booked=not is_pending,
        say=say,
    )


def listed(call: Call[Any], visits: Sequence[Appointment]) -> str:
    """A patient's visits in words."""
    if not visits:
        return sentences.NO_APPOINTMENTS.say(call.language)
    joint = "；" if call.language == "zh" else "; "
    return sentences.APPOINTMENTS.say(
        call.language,
        list=joint.join(
            said(call, sentences.REQUEST if one.status == "pending" else sentences.APPOINTMENT, one)
            for one in visits
        ),
    )


def said(call: Call[Any], sentence: Sentence, appointment: Appointment) -> str:
    """A sentence about a visit: its provider, its kind, when it is, and where if there are several places."""
    when = times.say_when(
        appointment.starts_at.astimezone(call.clinic.zone), now=call.now, language=call.language
    )
    return sentence.say(
        call.language,
        provider=appointment.provider_in(call.language),
        type=appointment.type_in(call.language),
        when=when + at_location(call, appointment.location_in(call.language)),
    )


def at_location(call: Call[Any], location: str | None) -> str:
    """Where, in words to end a phrase with; nothing at a clinic with one place."""
    return sentences.AT_LOCATION.say(call.language, location=location) if location else ""


def _fields(call: Call[Any], appointment: Appointment) -> dict[str, Any]:
    """What every answer says of a visit."""
    zone = call.clinic.zone
    return {
        "appointment_id": appointment.id,
        "start_time": zones.wall_text(appointment.starts_at, zone),
        "end_time": zones.wall_text(appointment.ends_at, zone),
        "provider_id": str(appointment.provider_id),
        "provider_name": appointment.provider_in(call.language),
        "appointment_type": appointment.type_name,
        "location_name": appointment.location_in(call.language),
    }
