"""Lambda behind `/providers`, `/providers/{id}` and `/providers/{id}/hours`."""

from typing import Any

from frontdesk import events
from frontdesk.calls.entries import ClinicChanged
from frontdesk.db.transaction import Transaction
from frontdesk.endpoint import Nothing
from frontdesk.members.serving import Request, routed, serve
from frontdesk.providers import staff
from functions.providers.staff.endpoint import (
    ADD,
    CHANGE,
    HOURS,
    LIST,
    READ,
    REPLACE,
    Changes,
    Hours,
    New,
    One,
    Provider,
    Providers,
    ShownDate,
    ShownHours,
    ShownWeekly,
)


@serve(LIST)
def everybody(request: Request[Nothing]) -> Providers:
    """All who are or were the clinic's."""
    return Providers(providers=[_shown(one) for one in staff.everybody(request.db)])


@serve(READ)
def read(request: Request[One]) -> Provider:
    """One of them."""
    return _shown(staff.read(request.db, request.parameters.id))


@serve(ADD)
def add(request: Request[Nothing, New]) -> Provider:
    """The new provider, who has no hours yet."""
    return _shown(staff.add(request.db, request.body.model_dump(mode="json")))


@serve(CHANGE)
def change(request: Request[One, Changes]) -> Provider:
    """The provider from now on."""
    changes = request.body.model_dump(mode="json", exclude_unset=True)
    _tell_of_hours(request)
    return _shown(staff.change(request.db, request.parameters.id, changes, seen=request.if_match))


@serve(HOURS)
def hours(request: Request[One]) -> ShownHours:
    """When the provider works."""
    return _hours(request.db, request.parameters.id)


@serve(REPLACE)
def replace(request: Request[One, Hours]) -> ShownHours:
    """When the provider works from now on."""
    sent = request.body.model_dump(mode="json")
    staff.replace_hours(
        request.db,
        request.parameters.id,
        weekly=sent["weekly"],
        dates=sent["dates"],
        seen=request.if_match,
    )
    _tell_of_hours(request)
    return _hours(request.db, request.parameters.id)


def _tell_of_hours(request: Request[Any, Any]) -> None:
    """The clinic's week in words is told to whoever calls."""
    changed = ClinicChanged(org_id=request.member.org_id)
    request.afterwards.append(lambda: events.raise_event("ClinicChanged", changed))


def _shown(one: staff.Provider) -> Provider:
    return Provider.model_validate(one._asdict())


def _hours(db: Transaction, provider_id: int) -> ShownHours:
    version, weekly, dates = staff.hours(db, provider_id)
    return ShownHours(
        version=version,
        weekly=[ShownWeekly.model_validate(one._asdict()) for one in weekly],
        dates=[ShownDate.model_validate(one._asdict()) for one in dates],
    )


handler = routed(everybody, read, add, change, hours, replace)
