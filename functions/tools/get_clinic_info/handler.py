"""Lambda behind the `get_clinic_info` tool."""

from frontdesk.scheduling import desks, diary
from frontdesk.serving import Call, serve
from frontdesk.speech import sentences, times
from functions.tools.get_clinic_info.tool import TOOL, Arguments, ClinicInfo


@serve(TOOL)
def handler(call: Call[Arguments]) -> ClinicInfo:
    """The clinic that was called, its hours in words."""
    clinic, desk = call.clinic, desks.of_clinic(call)
    hours_today = times.say_shifts(diary.clinic_hours(call, desk, call.today), call.language)
    week = clinic.hours_in(call.language) or times.say_week(diary.week(call, desk), call.language)
    name = clinic.name_in(call.language)
    sentence = sentences.CLINIC if clinic.address else sentences.CLINIC_OF_NO_ADDRESS
    return ClinicInfo(
        name=name,
        address=clinic.address,
        phone=clinic.phone_number,
        hours_today=hours_today,
        hours=week,
        time_zone=clinic.zone.key,
        languages=list(clinic.languages),
        accepting_new_patients=clinic.accepting_new_patients,
        say=sentence.say(call.language, name=name, address=clinic.address, today=hours_today, week=week),
    )
