"""What an EMR's diary and charts hold, as rows of ours: each reading brings them nearer to what is there.

Whoever reads a provider's visits stores them, a caller's look at one day as well as the whole reading of
each minute, in any order: a younger reading is never overwritten by an older one. When a reading began is
told by the database's clock, taken before the EMR was asked.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from frontdesk.db import queries
from frontdesk.db.transaction import Ask, Transaction
from frontdesk.emr.emr import Opening, Patient, Visit

SQL: Final = queries.beside(__file__)

NEAR: Final = timedelta(days=6)
"""Beyond today: what is read each minute; the rest is read less often, for a month is megabytes in OSCAR."""
_LONGEST: Final = timedelta(days=1)
"""Of a row, so that who asks for a day reads that day's rows and no more."""


class _Done(NamedTuple):
    provider_id: int


class _Locked(NamedTuple):
    locked: str


def store_visits(
    db: Transaction,
    provider_id: int,
    visits: Iterable[Visit],
    since: datetime,
    until: datetime,
    began_at: datetime,
    *,
    is_whole: bool = False,
    is_near: bool = False,
) -> None:
    """All visits of one provider that begin in this time, as `Emr.visits` told them; one round trip.

    What isn't among them is there no more, and becomes cancelled. Rows in doubt are left alone. Whoever
    stores several providers' in one transaction does so in order of their ids.

    Args:
        db: the clinic's; nobody else stores this provider's visits until it ends.
        provider_id: ours.
        visits: cancelled ones too.
        since: when the first day that was asked for begins.
        until: when the last one ends.
        began_at: when the EMR was asked, by the database's clock.
        is_whole: of the reading from today to the clinic's horizon.
        is_near: of the one of this week, the days of `NEAR` from today on.
    """
    told = {one.id: one for one in visits}
    rows = [
        {
            "emr_id": one.id,
            "marker": one.marker,
            "patient_emr_id": one.patient_id,
            "starts_at": one.start.isoformat(),
            "ends_at": one.end.isoformat(),
            "status": one.status,
            "version": one.version,
            "type_name": one.type_name,
        }
        for one in told.values()
        if one.start < one.end
    ]
    db.together(
        Ask(_Locked, SQL["lock_diary"], {"provider_id": provider_id}),
        Ask(
            _Done,
            SQL["store_visits"],
            {
                "provider_id": provider_id,
                "visits": json.dumps(rows),
                "since": since,
                "until": until,
                "began_at": began_at,
                "is_whole": is_whole,
                "is_near": is_near,
            },
        ),
    )


def store_openings(
    db: Transaction, provider_id: int, openings: Iterable[Opening], since: datetime, until: datetime
) -> None:
    """All of one provider's bookable time that begins in this time, in place of what was known of it."""
    rows = [
        {"starts_at": start.isoformat(), "ends_at": end.isoformat(), "code": code}
        for start, end, code in _pieces(openings)
    ]
    told: dict[str, Any] = {"provider_id": provider_id, "openings": json.dumps(rows)}
    db.run(SQL["store_openings"], **told, since=since, until=until)


def store_patient_phones(db: Transaction, patients: Iterable[Patient], read_at: datetime) -> None:
    """Whose numbers these are; a chart that isn't active has none."""
    told = {
        one.id: [phone for phone in one.phones if phone.startswith("+")] if one.is_active else []
        for one in patients
    }
    rows = [{"emr_id": key, "phones": phones} for key, phones in told.items()]
    db.run(SQL["store_phones"], charts=json.dumps(rows), read_at=read_at)


def _pieces(openings: Iterable[Opening]) -> Iterator[tuple[datetime, datetime, str]]:
    """By code: what touches or overlaps is one, cut into stretches of a day at most."""
    by_code: dict[str, list[Opening]] = {}
    for one in sorted(openings):
        if one.start < one.end:
            by_code.setdefault(one.code, []).append(one)
    for code, ones in by_code.items():
        start, end = ones[0].start, ones[0].end
        for one in [*ones[1:], None]:
            if one is not None and one.start <= end:
                end = max(end, one.end)
                continue
            while start < end:
                yield start, min(start + _LONGEST, end), code
                start += _LONGEST
            if one is not None:
                start, end = one.start, one.end
