"""A call that is over, or about to be: what Vapi reports of it becomes rows, redacted before it is stored."""

import itertools
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple

from frontdesk.call import Clinic
from frontdesk.calls import archive, emergencies, flags, known, languages, memory, promises, transcripts
from frontdesk.calls.flags import Event
from frontdesk.calls.transcripts import Report
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.notifications import notices
from frontdesk.outbound import items
from frontdesk.privacy.redaction import Redactor

SQL: Final = queries.beside(__file__)

_FORWARDED: Final = "assistant-forwarded-call"
_OF_REPORT: Final = ("handoff", "tool")
"""Events that the report tells all of; of handoffs, only one that names who spoke."""


@dataclass
class Told:
    """One message, in the transaction that does it."""

    db: Transaction
    clinic: Clinic
    call_id: str
    message: dict[str, Any]
    now: datetime
    deadline: float
    """On the clock of `time.monotonic`."""
    afterwards: list[Callable[[], object]] = field(default_factory=list[Callable[[], object]])
    """What other servers are asked for, once all is committed."""


class _Id(NamedTuple):
    id: str


class _Settled(NamedTuple):
    status: str
    patient_id: int | None


def settle(told: Told) -> None:
    """The report: the call's row, what was said, what happened; then what follows from it.

    A second, different report of the same call takes the first one's place, as far as it says anything.
    """
    db, clinic, call_id = told.db, told.clinic, told.call_id
    report = transcripts.report(told.message, now=told.now)
    redact = Redactor(known.known(db, clinic, call_id))
    texts = redact.call([turn.text for turn in report.turns])
    structured = known.redacted(report.structured, redact.redact)
    db.run(
        SQL["settle_call"],
        call_id=call_id,
        started_at=report.started_at,
        ended_at=report.ended_at,
        ended_reason=report.ended_reason,
        duration_s=report.duration_s,
        cost_usd=report.cost_usd,
        summary=redact.redact(report.summary) or None,
        structured=_json(structured) if structured else None,
        recording_url=report.recording_url,
        has_turns=bool(report.turns),
        turns_left_out=report.left_out,
    )
    if report.turns:
        turns = [
            {"role": turn.role, "assistant": turn.assistant, "said_at": turn.at.isoformat(), "text": text}
            for turn, text in zip(report.turns, texts, strict=True)
            if text
        ]
        db.run(SQL["drop_turns"], call_id=call_id)
        db.run(SQL["keep_turns"], call_id=call_id, turns=_json(turns))
    if report.turns or report.assistants:
        names_speakers = bool(report.assistants) or any(turn.assistant for turn in report.turns)
        kinds = _OF_REPORT if names_speakers else ("tool",)
        flags.put_events(db, call_id, _events(told, report), kinds=kinds)
    emergencies.heard(
        db, call_id, (t.text for t in report.turns if t.role == "caller"), at=report.ended_at or told.now
    )
    _close(told, report.ended_reason)
    promises.check(db, clinic, call_id)
    memory.keep(db, call_id)
    if marks := items.of_call(told.message.get("call")):
        items.settle(db, marks.item_id, marks.attempt, call_id, report.ended_reason or "unknown")
    copies(told, report)


def copies(told: Told, report: Report | None = None) -> None:
    """Has what the clinic wants copied be copied after the commit; what is there already isn't again."""
    wants, of_call = archive.wanted(told.db, told.call_id), (told.clinic.org_id, told.call_id)
    if wants.original:
        turns = (report or transcripts.report(told.message, now=told.now)).turns
        told.afterwards.append(partial(archive.keep_original, *of_call, turns, told.deadline))
    if wants.recording_url:
        told.afterwards.append(partial(archive.keep_recording, *of_call, wants.recording_url, told.deadline))


def status(told: Told) -> None:
    """The call began, is passed on, or is over; on its end what was held for it is free."""
    state = told.message.get("status")
    at = _at(told)
    if state in ("in-progress", "forwarding", "ended"):
        flags.note_event(told.db, told.call_id, at, "status", status=state)
    if state == "forwarding":
        settle_transfers(told.db, told.call_id, was_forwarded=True)
    elif state == "ended":
        reason = told.message.get("endedReason")
        reason = reason[:200] if isinstance(reason, str) and reason.isprintable() else None
        told.db.run(SQL["end_call"], call_id=told.call_id, at=at, reason=reason)
        if reason is None:
            # The report will say whether the caller was passed on.
            told.db.run(SQL["let_go"], call_id=told.call_id)
        else:
            _close(told, reason)


def said(told: Told) -> None:
    """What was said while the call runs; only an emergency follows from it, and no word is stored."""
    is_final = told.message.get("transcriptType", "final") == "final"
    text = told.message.get("transcript")
    if is_final and told.message.get("role") == "user" and isinstance(text, str):
        emergencies.heard(told.db, told.call_id, [text], at=_at(told))


def handed_over(told: Told) -> None:
    """Another assistant speaks from now on, or a person does."""
    to = transcripts.named(told.message.get("toAssistant"))
    if to:
        if not told.db.value(SQL["told_of_handoff"], call_id=told.call_id, to=to):
            flags.note_event(told.db, told.call_id, _at(told), "handoff", to=to)
    else:
        flags.note_event(told.db, told.call_id, _at(told), "transfer")


def hung(told: Told) -> None:
    """Something kept the caller waiting."""
    flags.note_event(told.db, told.call_id, _at(told), "hang")


def language_changed(told: Told) -> None:
    """The caller speaks another language now."""
    languages.changed(told.db, told.clinic, told.message)
    hand_over(told)


def hand_over(told: Told) -> None:
    """Has the running call, after the commit, be handed to who speaks its new language, if anybody does."""
    if do := languages.order(told.clinic, told.message):
        told.afterwards.append(do)


def _close(told: Told, ended_reason: str | None) -> None:
    """What a call's end ends: holds, and wishes for a person that nobody answered."""
    told.db.run(SQL["let_go"], call_id=told.call_id)
    was_forwarded = None if ended_reason is None else ended_reason == _FORWARDED
    settle_transfers(told.db, told.call_id, was_forwarded=was_forwarded)


def settle_transfers(db: Transaction, call_id: str, *, was_forwarded: bool | None) -> None:
    """What became of wishes for a person that are still open; the clinic is told of one that failed.

    `was_forwarded` is None where nobody said how the call ended.
    """
    settled = db.all(_Settled, SQL["settle_transfers"], call_id=call_id, was_forwarded=was_forwarded)
    for one in settled:
        if one.status == "failed":
            notices.note(db, "transfer_missed", call_id=call_id, patient_id=one.patient_id)


def _events(told: Told, report: Report) -> Iterator[Event]:
    """Handoffs, by who speaks or else by who took the call, and tools that are none of ours."""
    own = {one.id for one in told.db.all(_Id, SQL["own_tool_calls"], call_id=told.call_id)}
    for tool in report.tools:
        if tool.id not in own:
            yield Event(tool.at, "tool", {"tool": tool.name} | ({} if tool.ms is None else {"ms": tool.ms}))
    speaking: list[tuple[datetime, str]] = [
        (turn.at, turn.assistant) for turn in report.turns if turn.assistant is not None
    ]
    if len({name for _, name in speaking}) < 2:
        ended = report.turns[-1].at if report.turns else told.now
        speaking = [(ended, name) for name in report.assistants]
    for (_, before), (at, name) in itertools.pairwise(speaking):
        if name != before:
            yield Event(at, "handoff", {"from": before, "to": name})


def _at(told: Told) -> datetime:
    return transcripts.instant(told.message.get("timestamp"), now=told.now) or told.now


def _json(value: Any) -> str:
    """For a jsonb column, which takes neither NUL nor half a surrogate pair, and no infinity."""
    return json.dumps(_plain(value), ensure_ascii=False).encode("utf-8", "replace").decode()


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [_plain(one) for one in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {_plain(key): _plain(one) for key, one in value.items()}  # pyright: ignore[reportUnknownVariableType]
    return value
