"""Calls to make, as rows: made once a thing, settled once an attempt."""

from datetime import datetime, time, timedelta
from typing import Any, Final, Literal, NamedTuple, cast
from uuid import UUID

from frontdesk import zones
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.outbound.plan import Item, Rules

SQL: Final = queries.beside(__file__)

LAST_CALL: Final = timedelta(hours=1)
"""Before a visit: who is reminded later than that is on the way, or isn't coming."""
NOT_BEGUN: Final = "frontdesk-not-begun"
"""Our own reason beside Vapi's: the call was asked for, and Vapi has none."""
GONE: Final = "frontdesk-gone"
"""Likewise: Vapi had it, and hasn't any more, or never says that it ended."""

How = Literal["answered", "voicemail", "busy", "no_answer", "failed", "stopped"]
_HOW: Final[dict[str, How]] = {
    "voicemail": "voicemail",
    "customer-busy": "busy",
    "customer-did-not-answer": "no_answer",
    "assistant-said-end-call-phrase": "answered",
    "assistant-forwarded-call": "answered",
    "exceeded-max-duration": "answered",
    "silence-timed-out": "answered",
    "vonage-completed": "answered",
    # Somebody ended it at Vapi, and will have had a reason.
    "manually-canceled": "stopped",
    "scheduled-call-deleted": "stopped",
    "call-deleted": "stopped",
}
"""By Vapi's `endedReason`, an open list; `_PREFIXES` for the rest, and what neither knows has failed."""
_PREFIXES: Final = ("customer-ended-call", "assistant-ended-call", "call.forwarding.", "call.ending.")
_SILENT: Final = "silence-timed-out"
_MOST: Final = 2000
"""Items on a board."""


class _Clinic(NamedTuple):
    org_id: UUID


class _Settings(NamedTuple):
    time_zone: str
    purposes: list[str]
    starts: time
    ends: time
    attempts: int
    concurrency: int
    spacing_min: int
    reminder_days: int
    phone_number_id: str | None
    at: datetime


class _Coming(NamedTuple):
    id: int
    visit_start: datetime
    placed_at: datetime
    patient_id: int
    number: str


class Board(NamedTuple):
    """All that a plan is made of."""

    rules: Rules
    items: list[Item]
    phone_number_id: str | None
    """Of the clinic's number at Vapi, from which it calls."""
    now: datetime
    """The transaction's instant."""
    is_cut: bool
    """Whether there are more than these."""


def clinics(db: Transaction) -> list[UUID]:
    """Those that call people at all; asked without any clinic's claims."""
    return [clinic.org_id for clinic in db.all(_Clinic, SQL["clinics"])]


def board(db: Transaction, *, only_due: bool) -> Board:
    """Whom the clinic is to call, and its rules.

    With `only_due` those of them whose time has come, so that none of a long list for another day hides them.
    """
    asked = _settings(db)
    rules = Rules(
        zone=zones.zone(asked.time_zone),
        purposes=frozenset(asked.purposes),
        starts=asked.starts,
        ends=asked.ends,
        attempts=asked.attempts,
        concurrency=asked.concurrency,
        spacing=timedelta(minutes=asked.spacing_min),
        has_line=asked.phone_number_id is not None,
    )
    found = db.all(Item, SQL["open_items"], only_due=only_due, limit=_MOST + 1)
    return Board(rules, found[:_MOST], asked.phone_number_id, zones.utc(asked.at), len(found) > _MOST)


def add_due(db: Transaction) -> int:
    """Writes down whom to call about what has come up; how many are new. What is there already stays."""
    asked = _settings(db)
    added = db.run(SQL["add_news"], purposes=asked.purposes, now=asked.at)
    return added + (_add_reminders(db, asked) if "reminder" in asked.purposes else 0)


def settle(db: Transaction, item_id: int, attempt: int, call_id: str | None, ended_reason: str) -> None:
    """Writes down how an attempt ended, and what that means: done, or tried again, or given up.

    In the transaction of its end-of-call report; of the same attempt again nothing changes, unless all that
    was known of it was our own reason. `call_id` is None for a call that never was.
    """
    of = {"item_id": item_id, "attempt": attempt, "call_id": call_id}
    if not db.run(SQL["settle_attempt"], **of, ended_reason=ended_reason):
        return
    how = _how(ended_reason)
    if how == "answered" or (how == "failed" and call_id is not None):
        outcome: str | None = db.value(SQL["came_to"], item_id=item_id, call_id=call_id)
        if outcome is None and ended_reason == _SILENT and not db.value(SQL["has_talked"], call_id=call_id):
            how = "no_answer"
        elif outcome is not None or how == "answered":
            db.run(SQL["end_item"], item_id=item_id, status="done", outcome=outcome or how)
            return
    if how == "stopped":
        db.run(SQL["end_item"], item_id=item_id, status="cancelled", outcome=how)
        return
    if how == "voicemail" and db.value(SQL["voicemail_is_enough"]):
        db.run(SQL["end_item"], item_id=item_id, status="done", outcome=how)
        return
    db.run(SQL["try_again"], item_id=item_id, outcome=how, at_once=ended_reason == NOT_BEGUN)


class Marks(NamedTuple):
    """What a call of ours bears at Vapi."""

    org_id: str
    item_id: int
    attempt: int


def of_call(call: Any) -> Marks | None:
    """What a call at Vapi is marked with; None of any other call.

    `POST /call` has no `metadata` in Vapi's API document (2026-08-18), though its server takes one; that of
    the overrides is documented, so ours stands there.
    """
    for path in ("squadOverrides.metadata", "assistantOverrides.metadata", "metadata"):
        marks = _at(call, path)
        try:
            return Marks(str(marks["orgId"]), int(marks["outboundCallId"]), int(marks["attempt"]))
        except (KeyError, TypeError, ValueError):
            continue
    return None


def _at(found: Any, path: str) -> Any:
    for step in path.split("."):
        found = cast("dict[str, Any]", found).get(step) if isinstance(found, dict) else None
    return found


def _settings(db: Transaction) -> _Settings:
    found = db.one(_Settings, SQL["rules"])
    if found is None:
        raise LookupError("there is no such clinic")
    return found


def _add_reminders(db: Transaction, asked: _Settings) -> int:
    zone = zones.zone(asked.time_zone)
    today = zones.today(asked.at, zone)
    until = zones.midnight(today + timedelta(days=asked.reminder_days + 1), zone)
    added = 0
    for visit in db.all(_Coming, SQL["visits_to_remind_of"], now=asked.at, until=until):
        day = zones.today(visit.visit_start, zone) - timedelta(days=asked.reminder_days)
        not_before = zones.midnight(day, zone)
        expires_at = zones.utc(visit.visit_start) - LAST_CALL
        if zones.utc(visit.placed_at) >= not_before or expires_at <= zones.utc(asked.at):
            continue
        start = zones.utc(visit.visit_start)
        added += db.run(
            SQL["add_reminder"],
            id=visit.id,
            key=f"reminder:{visit.id}:{start.isoformat()}",
            number=visit.number,
            patient_id=visit.patient_id,
            visit_start=start,
            not_before=not_before,
            expires_at=expires_at,
        )
    return added


def _how(ended_reason: str) -> How:
    if found := _HOW.get(ended_reason):
        return found
    return "answered" if ended_reason.startswith(_PREFIXES) else "failed"
