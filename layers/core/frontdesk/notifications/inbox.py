"""What a clinic's people read of their notices, and what they have read."""

from datetime import datetime
from typing import Final, NamedTuple

from frontdesk import zones
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.errors import Unknown
from frontdesk.notifications.wire import Kind
from frontdesk.speech import written

_SQL: Final = queries.beside(__file__)
_NEWEST: Final = 2**63 - 1

_OF_A_VISIT: Final[dict[str, str]] = {
    "booked": "Booked by a caller: {visit}",
    "moved": "Moved by a caller, now: {visit}",
    "cancelled": "Cancelled by a caller: {visit}",
    "approval_wanted": "A caller asks for your approval: {visit}",
}
SETTLED: Final[frozenset[Kind]] = frozenset({"booked", "moved", "cancelled", "waitlisted"})
"""What the desk did by itself: good to know, and nobody's to mend."""
TITLES: Final[dict[Kind, str]] = {
    "booked": "A caller has booked a visit",
    "moved": "A caller has moved a visit",
    "cancelled": "A caller has cancelled a visit",
    "approval_wanted": "A caller asks for your approval of a visit",
    "waitlisted": "A caller was put on the waitlist",
    "transfer_missed": "A caller wanted a person, and nobody could be reached",
    "promise_broken": "A caller was told something else than what is in the diary",
    "sync_degraded": "An agent does not answer as it was saved",
    "emergency": "A caller spoke of an emergency",
    "call_lost": "A call has ended without a report",
    "calendar_disconnected": "A calendar has to be connected again",
    "calendar_conflict": "Something in a provider's own calendar lies over a visit; the visit stands",
    "calendar_edited": "A provider has moved or deleted a visit in their own calendar",
    "emr_disconnected": "The EMR doesn't let us in any more; callers are told that nothing can be booked",
    "emr_unsure": "A caller was not told for sure what was booked; look into the EMR and call them back",
}
"""Where nothing is known but what happened; also the lines of a digest."""
_BROKEN: Final[dict[str, str]] = {
    "not_told": "A caller was not told what was done: {visit}",
    "outcome_differs": "A call was logged as something else than what was done in it",
}
"""`promise_broken`, by what it is of (`calls.promises`)."""


_EDITED: Final[dict[str, str]] = {
    "moved": "Moved by its provider in their calendar; tell the patient: {visit}",
    "put_back": "A provider has moved or deleted it in their calendar, and it was put back: {visit}",
    "cancelled": "Cancelled, as its provider deleted it in their calendar; tell the patient: {visit}",
    "not_bookable": "A provider has moved it to a time that can't be booked, and it was put back: {visit}",
}
"""`calendar_edited`, by the first word of what it is of (`calendars.ours`)."""


_SETTLED: Final[dict[str, str]] = {
    "booked": "A caller was not told for sure: it is booked; call them back: {visit}",
    "not_booked": "A caller was not told for sure: it was not booked; call them back: {visit}",
}
"""`emr_unsure` that has ended (`emr.following`)."""
_OF_AN_AGENT: Final = TITLES["sync_degraded"] + ": {agent}"
FORMS: Final = (
    *(form for forms in (_OF_A_VISIT, _BROKEN, _EDITED, _SETTLED) for form in forms.values()),
    _OF_AN_AGENT,
)
"""Every title that says of what it is."""


class NoSuchNotice(Unknown):
    """The clinic has no notice of that id; another clinic may."""

    fact = "There is no notification of that id."


class _Row(NamedTuple):
    id: int
    kind: Kind
    at: datetime
    is_read: bool
    call_id: str | None
    appointment_id: int | None
    of: str
    time_zone: str
    starts_at: datetime | None
    """Of the visit as it stands now; null of one that is gone."""
    provider_name: str | None
    type_name: str | None
    agent_name: str | None


class Notice(NamedTuple):
    """One notice, in words and by ids of what it is about: no patient is named, not even by id.

    It is polled all day; whom it is about, the call or the visit says, with an entry of the audit log.
    """

    id: int
    kind: Kind
    title: str
    at: str
    """The clinic's wall time."""
    read: bool
    call_id: str | None
    appointment_id: int | None
    start_time: str | None
    """Likewise: of the visit as it stands now."""
    agent_id: str | None
    waitlist_id: int | None


class Page(NamedTuple):
    """Newest first; `ends` is the id after which the next page begins, None on the last."""

    notices: list[Notice]
    ends: int | None


def page(
    db: Transaction, *, before: int | None, limit: int, unread: bool = False, wanting: bool = False
) -> Page:
    """The notices of ids below `before`, or the newest; all, the unread, or of those what isn't `SETTLED`."""
    query = _SQL["page_of_wanting" if wanting else "page_of_unread" if unread else "page"]
    rows = db.all(_Row, query, below=before or _NEWEST, limit=limit + 1)
    shown = rows[:limit]
    return Page([_shown(row) for row in shown], shown[-1].id if len(rows) > limit else None)


def mark(db: Transaction, notice_id: int, *, read: bool, member: str) -> Notice:
    """The notice as it stands from now on. Raises `NoSuchNotice`."""
    if not db.run(_SQL["mark"], id=notice_id, is_read=read, member=member):
        raise NoSuchNotice
    return page(db, before=notice_id + 1, limit=1).notices[0]


def mark_up_to(db: Transaction, notice_id: int, *, member: str) -> int:
    """Marks this one and all before it as read; how many were not."""
    return db.run(_SQL["mark_up_to"], up_to=notice_id, member=member)


def _shown(row: _Row) -> Notice:
    zone = zones.zone(row.time_zone)
    return Notice(
        id=row.id,
        kind=row.kind,
        title=_title(row),
        at=zones.wall_text(row.at, zone),
        read=row.is_read,
        call_id=row.call_id,
        appointment_id=row.appointment_id,
        start_time=row.starts_at and zones.wall_text(row.starts_at, zone),
        agent_id=row.of if row.kind == "sync_degraded" else None,
        waitlist_id=int(row.of) if row.kind == "waitlisted" and row.of else None,
    )


def _title(row: _Row) -> str:
    match row.kind:
        case "promise_broken":
            form = _BROKEN.get(row.of)
        case "calendar_edited":
            form = _EDITED.get(row.of.partition(" ")[0])
        case "emr_unsure":
            form = _SETTLED.get(row.of)
        case _:
            form = _OF_A_VISIT.get(row.kind)
    if row.agent_name:
        return _OF_AN_AGENT.format(agent=row.agent_name)
    if form is None or ("{visit}" in form and row.starts_at is None):
        return TITLES[row.kind]
    return form.format(visit=_visit(row))


def _visit(row: _Row) -> str:
    if row.starts_at is None:
        return ""
    when = written.say_when(row.starts_at.astimezone(zones.zone(row.time_zone)), "en")
    return f"{row.type_name} with {row.provider_name}, {when}"
