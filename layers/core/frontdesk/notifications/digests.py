"""The clinic's mail of the day: how many notices nobody has read, of which kind; no name, no caller's word.

The day's row is committed before SES is asked, so one whose answer got lost is not sent twice. What was
refused is not tried again either: the next day has its own.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from frontdesk import aws, zones
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.logs import described, logger
from frontdesk.notifications.inbox import TITLES
from frontdesk.notifications.notices import Kind
from frontdesk.settings import settings

_SQL: Final = queries.beside(__file__)


class _Clinic(NamedTuple):
    org_id: UUID


class _Mailbox(NamedTuple):
    name: str
    time_zone: str
    address: str
    hour: int
    at: datetime
    since: datetime


class _Unread(NamedTuple):
    kind: Kind
    how_many: int
    last_id: int


def clinics(db: Transaction) -> list[UUID]:
    """Those that want one; the directory's answer. Nobody, where the platform has no address to send by."""
    if settings().mail_from is None:
        return []
    return [clinic.org_id for clinic in db.all(_Clinic, _SQL["clinics_with_a_digest"])]


def send(db: Transaction) -> str | None:
    """What became of today's; None where it isn't the hour yet, or it was begun before."""
    mailbox = db.one(_Mailbox, _SQL["mailbox"])
    if mailbox is None:
        return None
    local = mailbox.at.astimezone(zones.zone(mailbox.time_zone))
    day = local.date()
    if local.hour < mailbox.hour:
        return None
    org_id: UUID | None = db.value(_SQL["begin_digest"], day=day)
    if org_id is None:
        return None
    unread = db.all(_Unread, _SQL["unread_by_kind"], since=mailbox.since)
    came: dict[str, Any] | None = {"status": "nothing", "message_id": None, "failure": None}
    if unread:
        with db.released():
            came = _sent(mailbox, org_id, day, unread)
    if came is None:
        return "sending"
    db.run(_SQL["settle_digest"], day=day, **came)
    return came["status"]


def _sent(mailbox: _Mailbox, org_id: UUID, day: date, unread: Sequence[_Unread]) -> dict[str, Any] | None:
    """What SES answered; None when its answer got lost, so that nobody knows."""
    how_many = sum(one.how_many for one in unread)
    words = {
        "Subject": f"{mailbox.name}: {how_many} unread notice{'s' if how_many > 1 else ''}",
        "Body": _body(unread),
    }
    try:
        answer: dict[str, Any] = aws.client("sesv2").send_email(
            FromEmailAddress=settings().mail_from,
            Destination={"ToAddresses": [mailbox.address]},
            Content={
                "Simple": {
                    "Subject": {"Data": words["Subject"], "Charset": "UTF-8"},
                    "Body": {"Text": {"Data": words["Body"], "Charset": "UTF-8"}},
                }
            },
            # By which the events that SES publishes are matched with our row.
            EmailTags=[{"Name": "digest", "Value": f"{org_id}_{day}"}],
        )
    except aws.ClientError as refused:
        code = aws.code_of(refused)
        logger.error("a digest was refused", extra={"org_id": str(org_id), "why": code})
        return {"status": "failed", "message_id": None, "failure": code}
    except aws.FAILED as failed:
        logger.error(
            "nobody knows whether a digest was sent", extra={"org_id": str(org_id), **described(failed)}
        )
        return None
    return {"status": "sent", "message_id": answer["MessageId"], "failure": None}


def _body(unread: Sequence[_Unread]) -> str:
    lines = [f"{one.how_many:>4}  {TITLES[one.kind]}" for one in unread]
    last = max(one.last_id for one in unread)
    return "\n".join(
        [
            "Since the last of these mails, nobody has read yet:",
            "",
            *lines,
            "",
            f"Read them: {settings().public_url}/notifications?unread=true (the newest is {last}).",
            "",
            "Who gets this mail, and when: digestEmail and digestHour of the clinic's settings.",
            "",
        ]
    )
