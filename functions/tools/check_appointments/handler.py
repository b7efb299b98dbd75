"""Lambda behind the `check_appointments` tool."""

from frontdesk.patients import identity
from frontdesk.scheduling import appointments, desks, fairness, finder, offers, providers, visits
from frontdesk.scheduling.openings import Openings
from frontdesk.serving import Call, serve
from frontdesk.speech import sentences
from functions.tools.check_appointments.tool import TOOL, Appointments, Arguments


@serve(TOOL)
def handler(call: Call[Arguments]) -> Appointments:
    """What the proven patient has in those days, and free times if asked for."""
    asked = call.args
    own = appointments.next_of_patient(
        call,
        identity.proven_patient(call, asked.demographic_id),
        first=asked.start_date.first,
        last=asked.end_date.last,
        provider_id=asked.provider_id,
    )
    say = visits.listed(call, own)
    available: list[offers.Slot] = []
    if asked.find_available:
        desk = desks.of_clinic(call)
        kind = providers.type_meant(call, desk.types, None)
        who = providers.chosen(call, desk.providers.values(), provider_id=asked.provider_id)
        wanted = finder.wish(call, start=asked.start_date, end=asked.end_date)
        openings = Openings(call, desk, kind, [provider.id for provider in who], wanted)
        free = fairness.shared_out(call, offers.choice(openings.first, call.clinic.zone), openings)
        available = [offers.slot(call, desk, kind, start) for start in free]
        if free:
            free_times = sentences.FREE_TIMES.say(call.language, list=offers.said(call, desk, free))
            say += ("" if call.language == "zh" else " ") + free_times
    return Appointments(
        found=bool(own),
        appointments=[visits.on_wire(call, one) for one in own],
        available=available,
        say=say,
    )
