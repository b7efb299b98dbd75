"""Who gets a visit that several could take: who has the fewest that day, then whom the caller saw last."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple

from frontdesk import zones
from frontdesk.call import Call
from frontdesk.db import queries
from frontdesk.db.transaction import Ask
from frontdesk.scheduling.openings import Opening, Openings, Start

SQL: Final = queries.beside(__file__)


class _Day(NamedTuple):
    place: int
    """Among the openings asked about, from 1."""
    provider_id: int
    bookings: int


class _Last(NamedTuple):
    provider_id: int


def shared_out(call: Call[Any], found: Sequence[Opening], openings: Openings) -> list[Start]:
    """One provider for each opening; the order they were asked for decides what nothing else does."""
    if all(len(opening.provider_ids) == 1 for opening in found):
        return [openings.with_one(opening, opening.provider_ids[0]) for opening in found]
    zone = call.clinic.zone
    days = [zones.today(opening.start, zone) for opening in found]
    counted, last = call.db.together(
        Ask(
            _Day,
            SQL["bookings_by_day"],
            {
                "provider_ids": sorted({one for opening in found for one in opening.provider_ids}),
                "midnights": [zones.midnight(day, zone) for day in days],
                "next_midnights": [zones.midnight(day + timedelta(days=1), zone) for day in days],
            },
        ),
        Ask(
            _Last,
            SQL["last_provider"],
            {
                "patient_id": call.proven_patient_id,
                "phone": call.caller_number if call.is_inbound else None,
            },
        ),
    )
    bookings = {(one.place, one.provider_id): one.bookings for one in counted}
    seen_last = {one.provider_id for one in last}
    return [
        openings.with_one(
            opening,
            min(opening.provider_ids, key=lambda one: (bookings.get((place, one), 0), one not in seen_last)),
        )
        for place, opening in enumerate(found, start=1)
    ]
