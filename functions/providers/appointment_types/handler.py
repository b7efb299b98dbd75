"""Lambda behind `/appointment-types` and `/appointment-types/{id}`."""

from frontdesk.endpoint import Nothing
from frontdesk.members.serving import Request, routed, serve
from frontdesk.providers import kinds
from functions.providers.appointment_types.endpoint import (
    ADD,
    CHANGE,
    LIST,
    AppointmentType,
    AppointmentTypes,
    Changes,
    New,
    One,
)


@serve(LIST)
def listing(request: Request[Nothing]) -> AppointmentTypes:
    """All that are or were offered."""
    return AppointmentTypes(appointment_types=[_shown(one) for one in kinds.every(request.db)])


@serve(ADD)
def add(request: Request[Nothing, New]) -> AppointmentType:
    """The new kind of visit."""
    return _shown(kinds.add(request.db, request.body.model_dump(mode="json")))


@serve(CHANGE)
def change(request: Request[One, Changes]) -> AppointmentType:
    """The kind from now on."""
    changes = request.body.model_dump(mode="json", exclude_unset=True)
    return _shown(kinds.change(request.db, request.parameters.id, changes, seen=request.if_match))


def _shown(one: kinds.Kind) -> AppointmentType:
    return AppointmentType.model_validate(one._asdict())


handler = routed(listing, add, change)
