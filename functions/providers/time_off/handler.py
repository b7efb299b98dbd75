"""Lambda behind `/time-off` and `/time-off/{id}`."""

from frontdesk.endpoint import Nothing
from frontdesk.members.serving import Request, routed, serve
from frontdesk.providers import absences
from functions.providers.time_off.endpoint import (
    ADD,
    DELETE,
    LIST,
    Deleted,
    New,
    One,
    TimeOff,
    TimesOff,
)


@serve(LIST)
def listing(request: Request[Nothing]) -> TimesOff:
    """What is not over."""
    return TimesOff(time_off=[_shown(one) for one in absences.to_come(request.db)])


@serve(ADD)
def add(request: Request[Nothing, New]) -> TimeOff:
    """The stretch, with how many visits are booked in it."""
    sent = request.body
    return _shown(absences.add(request.db, sent.provider_id, sent.start_time, sent.end_time))


@serve(DELETE)
def delete(request: Request[One]) -> Deleted:
    """Patients are seen in that time again."""
    absences.drop(request.db, request.parameters.id)
    return Deleted(id=request.parameters.id)


def _shown(one: absences.TimeOff) -> TimeOff:
    return TimeOff.model_validate(one._asdict())


handler = routed(listing, add, delete)
