"""Versions that stand still: sent through the queue again, and given up after a day."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from frontdesk.db.transaction import Transaction
from frontdesk.knowledge import documents
from frontdesk.knowledge.documents import SQL, Place
from frontdesk.settings import settings

_STILL: Final = timedelta(minutes=5)
_FORM_IS_OVER_S: Final = documents.FORM_S + 300
"""And what was posted in its last moment has come."""


class Resumed(NamedTuple):
    """What came of one clinic's."""

    resumed: list[Place]
    given_up: int
    """Uploads that never came are gone with it, the rest has failed."""


class _Clinic(NamedTuple):
    org_id: UUID


class _Version(NamedTuple):
    id: int
    document_id: int
    status: str
    is_given_up: bool


def still_since() -> datetime:
    """Nothing has come of them since then."""
    return datetime.now(UTC) - _STILL


def clinics(db: Transaction, *, still_since: datetime) -> list[UUID]:
    """Whose turn it is."""
    found = db.all(_Clinic, SQL["organizations_to_resume"], still_since=still_since)
    return [each.org_id for each in found]


def resume(db: Transaction, *, still_since: datetime) -> Resumed:
    """Gives up what is a day old; what is to be sent again."""
    org_id: UUID = db.value("SELECT auth.org_id()")
    resumed: list[Place] = []
    given_up = 0
    for each in db.all(_Version, SQL["standing_still"], still_since=still_since, form_s=_FORM_IS_OVER_S):
        place = Place(org_id, each.document_id, each.id)
        if not each.is_given_up:
            resumed.append(place)
            continue
        given_up += 1
        if each.status == "awaiting_upload":
            documents.drop_version(db, place)
        else:
            documents.fail(db, place, "stuck", {})
    return Resumed(resumed, given_up)


def message(place: Place) -> dict[str, Any]:
    """As S3 would tell of it."""
    return {"bucket": {"name": settings().store}, "object": {"key": place.key}}
