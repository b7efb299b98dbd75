"""Making the calls: one clinic's at a time, each asked for once, whatever becomes of Vapi's answer.

Before Vapi is asked the attempt is written down, and no transaction is open while it is awaited. Who finds an
attempt without a call's id looks for the call by its marks before anything is asked for again, so an answer
that was lost, or a function that was killed between any two lines, makes no second call.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from psycopg.errors import UniqueViolation

from frontdesk import rounds
from frontdesk.agents.registry import soon
from frontdesk.agents.syncing import CLOCKS_APART
from frontdesk.call import between_calls
from frontdesk.calls.arrival import squad_at_vapi
from frontdesk.db.claims import clinic_transaction, directory_transaction
from frontdesk.logs import described, logger
from frontdesk.outbound import items, plan, speaker, words
from frontdesk.outbound.items import SQL, Marks
from frontdesk.outbound.speaker import Speaker
from frontdesk.vapi.api import LONGEST_CALL, AnswerLost, Refused, Vapi, VapiFailed, instant
from frontdesk.vapi.kinds import CALLS

LEASE_S: Final = 60
"""Longer than the function that holds it may run."""
_LONGEST_ASK_S: Final = 12.0
"""Of one clinic's next call, from the choice to what is written down of it."""
LOST_AFTER: Final = timedelta(minutes=3)
"""A call that Vapi does not list by then was never made."""
OVERDUE_AFTER: Final = timedelta(minutes=45)
"""Calls end after 30 minutes at most: one whose report hasn't come by then is asked about."""
GIVEN_UP_AFTER: Final = LONGEST_CALL + timedelta(hours=3)
"""No call lasts that long, whatever Vapi says of it, or doesn't."""


class NobodyAnswers(VapiFailed):
    """Neither an assistant of the clinic's nor the shared squad is at Vapi to speak for it."""


class _Unsettled(NamedTuple):
    item_id: int
    attempt: int
    asked_since: datetime
    vapi_call_id: str | None
    at: datetime


class _Claimed(NamedTuple):
    item_id: int
    attempt: int
    body: dict[str, Any]


def make(vapi: Vapi, org_id: UUID, *, until: float) -> int:
    """How many calls the clinic made; none while another run is at its calls.

    `until` is on the clock of `time.monotonic`. Raises `VapiFailed` and `ProviderFailed`; the next run goes
    on.
    """
    with _alone(org_id) as is_alone:
        if not is_alone:
            return 0
        _look_after(vapi, org_id, until=until)
        made = 0
        speaks: Speaker | None = None
        while time.monotonic() < until - _LONGEST_ASK_S and _is_due(org_id):
            speaks = speaks or _speaker(org_id)
            claimed = _claim(org_id, speaks)
            if claimed is None:
                break
            _ask(vapi, org_id, claimed)
            made += 1
        return made


def make_all(vapi: Vapi, *, until: float) -> tuple[int, int]:
    """How many calls all clinics made, and at how many of them that failed."""
    made, failed = rounds.of_ids(
        items.clinics, lambda org_id: make(vapi, org_id, until=until), ends=until - _LONGEST_ASK_S
    )
    return sum(made), failed


def _is_due(org_id: UUID) -> bool:
    """Whether somebody is to be called now; what is over is put away in passing."""
    with clinic_transaction(org_id, soon()) as db:
        board = items.board(db, only_due=True)
        verdicts = plan.plan(board.items, board.rules, now=board.now)
        for verdict in verdicts:
            if verdict.what == "never":
                has_tried = verdict.item.attempts > 0
                status = "gave_up" if has_tried and not verdict.item.untrue else "cancelled"
                db.run(SQL["end_item"], item_id=verdict.item.id, status=status, outcome=verdict.why)
        return any(verdict.what == "now" for verdict in verdicts)


def _claim(org_id: UUID, speaks: Speaker) -> _Claimed | None:
    """The next one, taken, with what Vapi is to be asked; None when nobody is to be called any more."""
    with clinic_transaction(org_id, soon()) as db:
        board = items.board(db, only_due=True)
        verdicts = plan.plan(board.items, board.rules, now=board.now)
    for verdict in verdicts:
        if verdict.what == "now":
            try:
                claimed = _claimed(org_id, speaks, verdict.item, board.phone_number_id)
            except UniqueViolation:
                # Somebody else has begun to call that person since the plan was made; the next one is free.
                continue
            if claimed is not None:
                return claimed
    return None


def _claimed(org_id: UUID, speaks: Speaker, item: plan.Item, phone_number_id: str | None) -> _Claimed | None:
    """That one, taken; None when somebody else has it. Raises `UniqueViolation`."""
    with clinic_transaction(org_id, soon()) as db:
        whom = {"id": item.id, "number": item.number, "patient_id": item.patient_id}
        attempt = db.value(SQL["claim"], **whom)
        if attempt is None:
            return None
        db.run(SQL["ask_since"], item_id=item.id, attempt=attempt)
        who = db.one(words.Who, SQL["who"], id=item.id, phone_number_id=phone_number_id)
        assert who is not None  # noqa: S101 - claimed just now
        call = between_calls(db)
        clinic = call.clinic
        answered = speaks.entry.answer(
            words.told(who, clinic, now=call.now, is_open=speaks.is_open(call.now))
        )
        assert answered is not None  # noqa: S101 - `_speaker` has seen to it
        overrides: dict[str, Any] = answered[
            "assistantOverrides" if "assistantId" in answered else "squadOverrides"
        ]
        overrides |= {
            "metadata": {"orgId": str(org_id), "outboundCallId": str(item.id), "attempt": attempt},
            "voicemailDetection": {"provider": "vapi"},
            "voicemailMessage": words.voicemail(who, clinic),
        }
        if "assistantId" in answered:
            overrides["firstMessage"] = words.greeting(who, clinic)
        body = {
            **answered,
            "phoneNumberId": phone_number_id,
            "customer": {"number": item.number},
            "name": f"frontdesk {item.purpose} {item.id}/{attempt}"[:40],
        }
        return _Claimed(item.id, attempt, body)


def _ask(vapi: Vapi, org_id: UUID, claimed: _Claimed) -> None:
    """Asks for the call. A lost answer is left to the next run, which looks first."""
    about = {"org_id": str(org_id), "item_id": claimed.item_id, "attempt": claimed.attempt}
    try:
        call = vapi.create(CALLS, claimed.body)
    except AnswerLost as lost:
        logger.warning("nobody knows whether a call was made", extra=about | described(lost))
        return
    except Refused as refused:
        # Its reasons may repeat the number that was sent, so they are not logged.
        logger.error("Vapi refuses a call", extra=about | {"status": refused.status})
        with clinic_transaction(org_id, soon()) as db:
            if refused.status == 400:
                items.settle(db, claimed.item_id, claimed.attempt, None, "frontdesk-refused")
            else:
                db.run(SQL["unclaim"], id=claimed.item_id, attempt=claimed.attempt)
        if refused.status != 400:
            raise
        return
    except VapiFailed:
        with clinic_transaction(org_id, soon()) as db:
            db.run(SQL["unclaim"], id=claimed.item_id, attempt=claimed.attempt)
        raise
    _made(org_id, claimed.item_id, claimed.attempt, call["id"])
    logger.info("call made", extra=about | {"call_id": call["id"]})


def _made(org_id: UUID, item_id: int, attempt: int, call_id: str) -> None:
    with clinic_transaction(org_id, soon()) as db:
        db.run(SQL["made"], item_id=item_id, attempt=attempt, call_id=call_id)


def _look_after(vapi: Vapi, org_id: UUID, *, until: float) -> None:
    """Finds calls whose answer was lost, and asks about those whose report is, as far as there is time."""
    with clinic_transaction(org_id, soon()) as db:
        open_ = db.all(_Unsettled, SQL["unsettled"])
    lost = [one for one in open_ if one.vapi_call_id is None]
    if lost:
        since = min(one.asked_since for one in lost) - CLOCKS_APART
        listed = vapi.items(CALLS, created_after=instant(since.astimezone(UTC)))
        there = {marks: call["id"] for call in listed if (marks := items.of_call(call))}
        for one in lost:
            call_id = there.get(Marks(str(org_id), one.item_id, one.attempt))
            if call_id is not None:
                _made(org_id, one.item_id, one.attempt, call_id)
            elif one.at - one.asked_since >= LOST_AFTER:
                _settle(org_id, one, None, items.NOT_BEGUN)
    for one in open_:
        if one.vapi_call_id is None or one.at - one.asked_since < OVERDUE_AFTER:
            continue
        if time.monotonic() >= until - _LONGEST_ASK_S:
            return
        if ended_reason := _ended(vapi, org_id, one, one.vapi_call_id):
            _settle(org_id, one, one.vapi_call_id, ended_reason)


def _ended(vapi: Vapi, org_id: UUID, one: _Unsettled, call_id: str) -> str | None:
    """Why that call ended, as far as Vapi has it; None of one that may still be under way."""
    about = {"org_id": str(org_id), "item_id": one.item_id, "attempt": one.attempt, "call_id": call_id}
    try:
        call = vapi.get(CALLS, call_id)
    except VapiFailed as failed:
        logger.warning("Vapi does not say how a call is doing", extra=about | described(failed))
        call = {}
    if call is None:
        return items.GONE
    if call.get("endedAt") or call.get("status") == "ended":
        return call.get("endedReason") or items.GONE
    if one.at - one.asked_since < GIVEN_UP_AFTER:
        return None
    logger.error("a call never ends, so it is taken for one that has", extra=about)
    return items.GONE


def _settle(org_id: UUID, one: _Unsettled, call_id: str | None, ended_reason: str) -> None:
    with clinic_transaction(org_id, soon()) as db:
        items.settle(db, one.item_id, one.attempt, call_id, ended_reason)


def _speaker(org_id: UUID) -> Speaker:
    """Who speaks for the clinic. Raises `NobodyAnswers`."""
    with clinic_transaction(org_id, soon()) as db:
        found = speaker.of(db)
    if found.entry.assistant_id is None and found.entry.squad_id is None:
        squad_id = squad_at_vapi(soon())
        if squad_id is None:
            raise NobodyAnswers("the squad that all clinics share is not at Vapi")
        found = found._replace(entry=found.entry.model_copy(update={"squad_id": squad_id}))
    return found


@contextmanager
def _alone(org_id: UUID) -> Generator[bool]:
    """Whether nobody else makes this clinic's calls; while it lasts, nobody does."""
    lease = {"name": f"outbound {org_id}", "holder": uuid4()}
    with directory_transaction(soon()) as db:
        is_alone = db.run(SQL["take_lease"], **lease, seconds=LEASE_S) > 0
    try:
        yield is_alone
    finally:
        if is_alone:
            with directory_transaction(soon()) as db:
                db.run(SQL["give_lease"], **lease)
