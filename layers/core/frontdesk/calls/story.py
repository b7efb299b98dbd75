"""Calls as the clinic's people read them, one by one or all of one; each reading is an audit entry."""

import base64
import binascii
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from frontdesk import zones
from frontdesk.call import Clinic, between_calls
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.errors import Unclear, Unknown
from frontdesk.members import audit

SQL: Final = queries.beside(__file__)

_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2200, 1, 1, tzinfo=UTC)


class NoSuchCall(Unknown):
    """No call of that id is this clinic's."""

    fact = "There is no call of that id."


class NoSuchPage(Unclear):
    """A cursor that no page gave."""

    fact = "That `cursor` is of no page; begin again without one."


class Place(NamedTuple):
    """Where a page ended: the start and the id of its last call."""

    started_at: datetime
    id: str

    @classmethod
    def of(cls, cursor: str) -> "Place":
        """From a page's cursor; raises `NoSuchPage`."""
        try:
            text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
            started_at, _, id_ = text.partition(" ")
            return cls(zones.utc(datetime.fromisoformat(started_at)), id_)
        except (ValueError, binascii.Error) as unknown:
            raise NoSuchPage from unknown

    @property
    def cursor(self) -> str:
        """For the next page's URL. An id may be of any characters."""
        text = f"{self.started_at.isoformat()} {self.id}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


class Listed(NamedTuple):
    """One call of a list."""

    id: str
    kind: str
    caller_number: str | None
    language: str
    started_at: datetime
    ended_at: datetime | None
    duration_s: int | None
    ended_reason: str | None
    outcome: str | None
    patient_id: int | None
    flags: list[str]
    """Those nobody has seen to."""


class Asked(NamedTuple):
    """Which calls are listed; the rest of a member's wishes is the page."""

    first: date | None
    last: date | None
    flagged: bool | None
    outcome: str | None
    patient_id: int | None
    language: str | None = None


class Page(NamedTuple):
    """Calls, newest first, and where the next page begins."""

    calls: list[Listed]
    ends: Place | None
    zone: ZoneInfo


class Summary(NamedTuple):
    """A call's own row, as the clinic reads it."""

    id: str
    kind: str
    caller_number: str | None
    language: str
    started_at: datetime
    ended_at: datetime | None
    duration_s: int | None
    ended_reason: str | None
    outcome: str | None
    patient_id: int | None
    flags: list[str]
    resolved_flags: list[str]
    summary: str | None
    structured: dict[str, Any] | None
    cost_usd: Decimal | None
    recording_url: str | None
    is_archived: bool
    reported_at: datetime | None
    turns_left_out: int
    has_original: bool


class Moment(NamedTuple):
    """One thing that happened in a call."""

    at: datetime
    kind: str
    role: str | None
    assistant: str | None
    text: str | None
    tool: str | None
    outcome: str | None
    ms: int | None
    detail: dict[str, Any]


class Visit(NamedTuple):
    """A visit that the call made or changed, as it stands now."""

    id: int
    status: str
    starts_at: datetime
    ends_at: datetime
    provider_id: int
    provider_name: str
    patient_id: int
    appointment_type: str


class Notice(NamedTuple):
    """What the clinic was told of the call."""

    id: int
    kind: str
    of: str
    at: datetime
    appointment_id: int | None
    is_read: bool


class Story(NamedTuple):
    """All of one call."""

    summary: Summary
    timeline: list[Moment]
    visits: list[Visit]
    notices: list[Notice]
    zone: ZoneInfo


class _Changed(NamedTuple):
    appointment_id: int


def calls(db: Transaction, asked: Asked, *, after: Place | None, limit: int) -> Page:
    """A page of the calls that began on these local dates, both included."""
    zone = between_calls(db).clinic.zone
    since = zones.midnight(asked.first, zone) if asked.first else _FIRST
    until = zones.midnight(asked.last + timedelta(days=1), zone) if asked.last else _LAST
    found = db.all(
        Listed,
        SQL["calls"],
        since=since,
        until=until,
        behind_start=after and after.started_at,
        behind_id=after.id if after else "",
        flagged=asked.flagged,
        outcome=asked.outcome,
        patient_id=asked.patient_id,
        language=asked.language,
        limit=limit + 1,
    )
    page = found[:limit]
    named = [one.patient_id for one in page if one.patient_id is not None]
    audit.note(db, "calls.listed", patient_id=asked.patient_id, patient_ids=named)
    is_last = len(found) <= limit
    return Page(page, None if is_last else Place(page[-1].started_at, page[-1].id), zone)


def story(db: Transaction, call_id: str) -> Story:
    """All of one call. Raises `NoSuchCall`, for another clinic's too."""
    clinic = between_calls(db).clinic
    summary = db.one(Summary, SQL["story"], call_id=call_id)
    if summary is None:
        raise NoSuchCall
    changed = db.all(
        _Changed,
        SQL["visits_changed"],
        call_id=call_id,
        since=summary.started_at - timedelta(hours=1),
    )
    visits = db.all(Visit, SQL["visits_of_call"], appointment_ids=[one.appointment_id for one in changed])
    others = {one.patient_id for one in visits} - {summary.patient_id}
    audit.note(db, "call.read", patient_id=summary.patient_id, patient_ids=others or None, of=call_id)
    return Story(
        summary,
        _redacted(db, clinic, call_id, db.all(Moment, SQL["timeline"], call_id=call_id)),
        visits,
        db.all(Notice, SQL["notices_of_call"], call_id=call_id),
        clinic.zone,
    )


def _redacted(db: Transaction, clinic: Clinic, call_id: str, timeline: list[Moment]) -> list[Moment]:
    """What tools answered, as what was said: the words that are kept, without whom they name."""
    if not any(one.kind == "tool" and one.text for one in timeline):
        return timeline
    from frontdesk.calls import known  # word lists, which a list of calls needs none of
    from frontdesk.privacy.redaction import Redactor

    redact = Redactor(known.known(db, clinic, call_id)).redact
    return [
        one._replace(text=redact(one.text)) if one.kind == "tool" and one.text else one for one in timeline
    ]


def resolve(db: Transaction, call_id: str, flags: Collection[str]) -> None:
    """These flags have been seen to, and no others. Raises `NoSuchCall`."""
    if not db.run(SQL["resolve"], call_id=call_id, resolved=sorted(flags)):
        raise NoSuchCall
    audit.note(db, "call.flags_resolved", of=call_id)
