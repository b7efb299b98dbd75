"""The rehearsal's script: somebody whom the clinic knows books the earliest time there is."""

from collections.abc import Sequence
from typing import Any, Final

from frontdesk.calls.rehearsing import Line
from frontdesk.speech.sentences import Sentence
from functions.tools.check_appointments.handler import handler as check_appointments
from functions.tools.create_appointment.handler import handler as create_appointment
from functions.tools.find_earliest_appointment.handler import handler as find_earliest_appointment
from functions.tools.get_clinic_info.handler import handler as get_clinic_info
from functions.tools.search_patient_by_phone.handler import handler as search_patient_by_phone

_Answers = Sequence[dict[str, Any]]


def _nothing(_: _Answers) -> dict[str, Any]:
    return {}


def _own_number(_: _Answers) -> dict[str, Any]:
    return {"phone": "0000000000"}


def _birth_date(_: _Answers) -> dict[str, Any]:
    return {"phone": "0000000000", "dateOfBirth": "1988-04-09"}


def _offered(answers: _Answers) -> dict[str, Any]:
    patient, slot = answers[-2], answers[-1]
    return {
        "demographicId": patient["id"],
        "providerId": slot["providerId"],
        "startTime": slot["startTime"],
        "appointmentType": slot["appointmentType"],
        "reason": "sore throat",
    }


def _that_day(answers: _Answers) -> dict[str, Any]:
    return {"startDate": answers[-2]["date"], "endDate": answers[-2]["date"]}


SCRIPT: Final = (
    Line(
        Sentence("Hello, is this {clinic}? When are you open?", "您好，是{clinic}吗？你们什么时候开门？"),
        get_clinic_info,
        _nothing,
    ),
    Line(
        Sentence("I'd like to see a doctor, please.", "我想约个时间看医生。"),
        search_patient_by_phone,
        _own_number,
    ),
    Line(
        Sentence(
            "Yes, that's me. I was born on April 9th, 1988.", "对，是我。我是一九八八年四月九号出生的。"
        ),
        search_patient_by_phone,
        _birth_date,
    ),
    Line(
        Sentence("What is the earliest time you have?", "最早什么时候有空？"),
        find_earliest_appointment,
        _nothing,
    ),
    Line(
        Sentence("Yes, I'll take that. I have a sore throat.", "可以，就约这个时间。我嗓子疼。"),
        create_appointment,
        _offered,
    ),
    Line(
        Sentence("Could you tell me once more when that is?", "麻烦您再说一遍是什么时候？"),
        check_appointments,
        _that_day,
    ),
)
