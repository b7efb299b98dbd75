"""Lambda behind the `find_earliest_appointment` tool."""

from frontdesk.scheduling import diary, finder, offers, providers
from frontdesk.serving import Call, serve
from frontdesk.speech import sentences, times
from functions.tools.find_earliest_appointment.tool import TOOL, Arguments, Earliest


@serve(TOOL)
def handler(call: Call[Arguments]) -> Earliest:
    """The earliest start that suits, held for this call."""
    asked, desk = call.args, diary.desk(call)
    kind = providers.type_meant(call, desk.types, asked.appointment_type)
    who = providers.chosen(call, desk.providers, provider_id=asked.provider_id, heard=asked.provider_name)
    wanted = finder.wish(
        call,
        start=asked.start_date,
        end=asked.end_date,
        preference=asked.time_of_day,
        excluded=asked.exclude_dates,
    )
    found = finder.earliest(call, desk, who, kind, wanted)
    if found is None:
        raise finder.NothingFree(say=sentences.NOTHING_FREE.say(call.language))
    by_id = {provider.id: provider for provider in who}
    start, provider_id = found.first
    first = offers.slot(call, start, by_id[provider_id], kind, slot_id=found.hold_id)
    return Earliest(
        found=True,
        **vars(first),
        appointment_type=kind.name,
        alternatives=[
            offers.slot(call, other, by_id[provider], kind) for other, provider in found.alternatives
        ],
        say=sentences.OFFER.say(
            call.language,
            when=times.say_when(start, now=call.now, language=call.language),
            provider=by_id[provider_id].called_in(call.language),
        ),
    )
