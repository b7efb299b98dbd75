"""Lambda behind the `find_earliest_appointment` tool."""

from frontdesk.scheduling import desks, finder, offers, providers
from frontdesk.serving import Call, serve
from frontdesk.speech import sentences
from functions.tools.find_earliest_appointment.tool import TOOL, Arguments, Earliest


@serve(TOOL)
def handler(call: Call[Arguments]) -> Earliest:
    """The earliest start that suits, held for this call."""
    asked, desk = call.args, desks.of_clinic(call)
    kind = providers.type_meant(call, desk.types, asked.appointment_type)
    who = providers.chosen(
        call, desk.providers.values(), provider_id=asked.provider_id, heard=asked.provider_name
    )
    wanted = finder.wish(
        call,
        start=asked.start_date,
        end=asked.end_date,
        preference=asked.time_of_day,
        excluded=asked.exclude_dates,
    )
    found = finder.earliest(call, desk, who, kind, wanted)
    first = offers.slot(call, desk, kind, found.first, hold_id=found.hold_id)
    offer = sentences.KEPT if found.is_kept else sentences.OFFER
    return Earliest(
        found=True,
        **vars(first),
        appointment_type=kind.name,
        alternatives=[offers.slot(call, desk, kind, other) for other in found.alternatives],
        say=offer.say(call.language, time=offers.said_one(call, desk, found.first)),
    )
