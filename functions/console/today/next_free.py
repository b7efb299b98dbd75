"""When each provider is free next, for the clinic's first kind of visit that they give."""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from frontdesk.call import Call
from frontdesk.scheduling import desks
from frontdesk.scheduling.openings import Openings
from frontdesk.scheduling.providers import AppointmentType, Provider
from frontdesk.scheduling.wishes import Wish

_LOOK: Final = timedelta(days=27)
"""Further than the first two stretches of the diary nobody looks for a glance."""


class NextFree(NamedTuple):
    """What a caller would be offered."""

    provider: Provider
    kind: AppointmentType | None
    """None: they give none of the clinic's kinds of visits."""
    at: datetime | None
    """On the clinic's clock; None: nothing within four weeks."""
    is_known: bool
    """False while their own calendar hasn't been read for longer than the clinic wants."""


def of_each(call: Call[Any]) -> list[NextFree]:
    """In the order in which the clinic has its providers. Nothing is held, and nobody's calendar is asked."""
    desk = desks.of_clinic(call)
    wish = Wish(call.today, call.today + _LOOK, (), ())
    stale = desk.stale(call, desk.providers)
    found: list[NextFree] = []
    for provider in desk.providers.values():
        kind = next((one for one in desk.types if desk.does(provider.id, one)), None)
        first = kind and Openings(call, desk, kind, [provider.id], wish).first()
        at = first.start.astimezone(call.clinic.zone) if first else None
        found.append(NextFree(provider, kind, at, provider.id not in stale))
    return found
