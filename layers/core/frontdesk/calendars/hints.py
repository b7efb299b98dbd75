"""A vendor says that something changed: whoever proves it, by a secret, has their connection synced soon.

A hint is no more than that, so one that is repeated, late or lost does no harm. What isn't proven is answered
like what is: nobody learns which channels there are. Only where we can't look is the vendor asked to come
again.
"""

import hashlib
import hmac
import re
import time
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg

from frontdesk.calendars import due, google, outlook_wire, ringing
from frontdesk.calendars.due import SQL
from frontdesk.calendars.outlook_wire import Hint
from frontdesk.calendars.vendors import VendorName
from frontdesk.db.claims import clinic_transaction, directory_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.errors import FrontdeskError
from frontdesk.logs import described, logger
from frontdesk.vapi import requests

LONGEST_BODY: Final = 1024 * 1024
"""Bytes: some thousand notifications of Microsoft's. Google's have none."""
ANSWERED_S: Final = 2.5
"""Microsoft waits 3 s, and holds back the hints of who is often slower (its page on delivery by webhooks)."""
_ID: Final = re.compile(r"[\w-]{1,100}", re.ASCII)
_TAKEN: Final = {"google": 200, "outlook": 202}


class _Meant(NamedTuple):
    channel_id: str
    org_id: UUID
    connection_id: int


class _Known(NamedTuple):
    id: str
    connection_id: int
    secret_hash: bytes


def taken(vendor: VendorName, event: dict[str, Any], context: Any) -> int:
    """The status of the answer: 202 and 200 also for what nobody proves, 503 for "come again"."""
    body = requests.body(event)
    if len(body) > LONGEST_BODY:
        logger.warning("a hint was too large", extra={"vendor": vendor, "bytes": len(body)})
        return 413
    found = _google(requests.headers(event)) if vendor == "google" else outlook_wire.hints(body)
    if found is None:
        return 400
    hints = [one for one in found if _ID.fullmatch(one.channel_id)]
    deadline = min(requests.ends(context), time.monotonic() + ANSWERED_S)
    try:
        wanted = _wanted(vendor, hints, deadline) if hints else {}
    except (FrontdeskError, psycopg.OperationalError) as failed:
        logger.error("a hint could not be looked up", extra={"vendor": vendor, **described(failed)})
        return 503
    for org_id, connection_ids in wanted.items():
        # A queue that is away costs seconds, not the hint: the next dispatch sees that somebody asks.
        ringing.ring(org_id, connection_ids, deadline=deadline)
    return _TAKEN[vendor]


def hash_of(secret: str) -> bytes:
    """What is kept of a channel's secret, which is so long that nothing slower is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _google(headers: dict[str, str]) -> list[Hint] | None:
    hint = google.hint(headers)
    if hint is None:
        return None
    # The first says only that there is a channel, and we know that, or will in a moment.
    return [] if hint.is_first else [Hint(hint.channel_id, hint.secret, None)]


def _wanted(vendor: VendorName, hints: list[Hint], deadline: float) -> dict[UUID, list[int]]:
    """The connections, by clinic, for which nobody had asked yet."""
    with directory_transaction(deadline) as db:
        asked = {"vendor": vendor, "channel_ids": [one.channel_id for one in hints]}
        meant = db.all(_Meant, SQL["channels_meant"], **asked)
    unknown = len({one.channel_id for one in hints} - {one.channel_id for one in meant})
    if unknown:  # stopped a moment ago, or never ours
        logger.info("hints of unknown channels", extra={"vendor": vendor, "channels": unknown})
    wanted: dict[UUID, list[int]] = {}
    for org_id in {one.org_id for one in meant}:
        own = {one.channel_id for one in meant if one.org_id == org_id}
        with clinic_transaction(org_id, deadline) as db:
            asked = {"vendor": vendor, "channel_ids": sorted(own)}
            known = {one.id: one for one in db.all(_Known, SQL["secret_hashes"], **asked)}
            proven = {
                _heard(db, hint, known[hint.channel_id])
                for hint in hints
                if hint.channel_id in known and _is_proven(org_id, hint, known[hint.channel_id])
            }
            wanted[org_id] = [one for one in sorted(proven) if due.want(db, one)]
    return {org_id: connections for org_id, connections in wanted.items() if connections}


def _is_proven(org_id: UUID, hint: Hint, known: _Known) -> bool:
    if hmac.compare_digest(hash_of(hint.secret), known.secret_hash):
        return True
    about = {"org_id": str(org_id), "connection_id": known.connection_id}
    logger.warning("a forged hint", extra=about)
    return False


def _heard(db: Transaction, hint: Hint, known: _Known) -> int:
    """The connection's id, once what becomes of the channel itself is written down."""
    if hint.becomes is not None:
        db.run(SQL[f"channel_{hint.becomes}"], channel_id=known.id)
    return known.connection_id
