"""Lambda behind the `check_appointments` tool."""

from frontdesk.patients import identity
from frontdesk.scheduling import appointments, diary, finder, offers, providers
from frontdesk.serving import Call, serve
from frontdesk.speech import sentences
from functions.tools.check_appointments.tool import TOOL, Appointments, Arguments


@serve(TOOL)
def handler(call: Call[Arguments]) -> Appointments:
    """What the proven patient has in those days, and free times if asked for."""
    asked = call.args
    visits = appointments.next_of_patient(
        call,
        identity.proven_patient(call, asked.demographic_id),
        first=asked.start_date.first,
        last=asked.end_date.last,
        provider_id=asked.provider_id,
    )
    say = appointments.listed(call, visits)
    available: list[offers.Slot] = []
    if asked.find_available:
        desk = diary.desk(call)
        kind = providers.type_meant(call, desk.types, None)
        who = providers.chosen(call, desk.providers, provider_id=asked.provider_id)
        by_id = {provider.id: provider for provider in who}
        shifts = {provider.id: desk.shifts.get(provider.id, []) for provider in who}
        wanted = finder.wish(call, start=asked.start_date, end=asked.end_date)
        free = offers.choice(finder.suiting(call, shifts, kind.rules(call), wanted))
        available = [offers.slot(call, start, by_id[provider], kind) for start, provider in free]
        if free:
            free_times = sentences.FREE_TIMES.say(call.language, list=offers.said(call, free, by_id))
            say += ("" if call.language == "zh" else " ") + free_times
    return Appointments(
        found=bool(visits),
        appointments=[appointments.visit(call, one) for one in visits],
        available=available,
        say=say,
    )
