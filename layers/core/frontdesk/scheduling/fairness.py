"""Who gets a visit that several could take: who has the fewest that day, then whom the caller saw last.

Then whom the proven patient is remembered to have asked for. None of it makes a start later.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple

from frontdesk import zones
from frontdesk.call import Call
from frontdesk.db import queries
from frontdesk.scheduling.openings import Opening, Openings, Start

SQL: Final = queries.beside(__file__)


class _Of(NamedTuple):
    """A provider on the day of an opening."""

    place: int
    """Among the openings asked about, from 1; 0 for whom the caller saw last, -1 for whom they asked for."""
    provider_id: int
    bookings: int


def shared_out(call: Call[Any], found: Sequence[Opening], openings: Openings) -> list[Start]:
    """One provider for each opening."""
    return [
        openings.with_one(opening, provider_id)
        for opening, provider_id in zip(found, chosen(call, found), strict=True)
    ]


def chosen(call: Call[Any], found: Sequence[Opening]) -> list[int]:
    """Whose each opening is to be; the order they were asked for decides what nothing else does."""
    if all(len(opening.provider_ids) == 1 for opening in found):
        return [opening.provider_ids[0] for opening in found]
    zone = call.clinic.zone
    days = [zones.today(opening.start, zone) for opening in found]
    rows = call.db.all(
        _Of,
        SQL["shared_out"],
        provider_ids=sorted({one for opening in found for one in opening.provider_ids}),
        midnights=[zones.midnight(day, zone) for day in days],
        next_midnights=[zones.midnight(day + timedelta(days=1), zone) for day in days],
        patient_id=call.proven_patient_id,
        phone=call.caller_number if call.is_inbound else None,
    )
    bookings = {(row.place, row.provider_id): row.bookings for row in rows}

    def claim(place: int, provider_id: int) -> tuple[int, bool, bool]:
        return (
            bookings.get((place, provider_id), 0),
            (0, provider_id) not in bookings,
            (-1, provider_id) not in bookings,
        )

    return [
        min(opening.provider_ids, key=lambda one, place=place: claim(place, one))
        for place, opening in enumerate(found, start=1)
    ]
