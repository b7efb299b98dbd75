"""Time passing at a clinic of the local stack: its deadlines come nearer, since its clock is Postgres' own.

Only for rehearsals: by the owner's hand, under the clinic's claims.
"""

import json
from datetime import timedelta
from typing import Final

import psycopg

_NEARER: Final = (
    b"UPDATE appointments SET held_until = held_until - %(passed)s WHERE status = 'held'",
    # A hold's age bounds it too.
    b"UPDATE appointments SET created_at = created_at - %(passed)s WHERE status = 'held'",
    b"UPDATE appointments SET pending_until = pending_until - %(passed)s WHERE status = 'pending'",
    # Booked that much earlier.
    b"UPDATE appointments SET placed_at = placed_at - %(passed)s WHERE status = 'booked'",
    b"UPDATE waitlist_offers SET offered_until = offered_until - %(passed)s WHERE outcome IS NULL",
)


def bring_nearer(owner_url: str, org_id: str, *, minutes: int) -> None:
    """Brings nearer what is held, kept or to be answered at that clinic; it may be over with that."""
    claims = json.dumps({"app_metadata": {"org_id": org_id}})
    with psycopg.connect(owner_url) as connection:
        connection.execute("SELECT set_config('request.jwt.claims', %s, true)", [claims])
        for statement in _NEARER:
            connection.execute(statement, {"passed": timedelta(minutes=minutes)})
