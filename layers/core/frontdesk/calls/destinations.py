"""Where a call goes when Vapi asks in mid-call: to a person's telephone, or another member of the squad."""

import time
from collections.abc import Mapping
from typing import Any, cast

from frontdesk.answering import storable
from frontdesk.call import between_calls
from frontdesk.calls import entries, flags
from frontdesk.calls.arrival import DATABASE_S
from frontdesk.calls.entries import SQL
from frontdesk.db.claims import clinic_transaction, directory_transaction
from frontdesk.logs import described, logger
from frontdesk.notifications import notices
from frontdesk.patients import phones
from frontdesk.speech import sentences
from frontdesk.speech.language import LANGUAGES, Language, language_heard
from frontdesk.speech.sentences import Sentence
from frontdesk.vapi import messages, squads

Body = dict[str, Any]


def of_transfer(message: Mapping[str, Any]) -> Body:
    """The clinic's line of now, else its own number; a sentence where there is neither. Raises nothing."""
    of = messages.conversation(dict(message))
    called = phones.carrier_number(of.called_number)
    if called is None:
        return {"error": _said(sentences.LINE_NOT_SET_UP)}
    try:
        number = _line_of_now(called, storable(of.id), time.monotonic() + DATABASE_S)
    except Exception as failed:  # noqa: BLE001 - a caller who asked for a person is owed one
        logger.error("a transfer goes by the copy", extra={"call_id": of.id, **described(failed)})
        entry = entries.last_known(called)
        number = entry and entry.forward_to
    if number is None:
        return {"error": _said(sentences.NOBODY_THERE)}
    # Silent: the agent has said what happens.
    return {"destination": {"type": "number", "number": number, "message": ""}}


def of_handoff(message: Mapping[str, Any]) -> Body:
    """The member that the handoff's own arguments name, or who does that in the language they name."""
    parameters = message.get("parameters")
    asked: dict[str, Any] = cast("dict[str, Any]", parameters) if isinstance(parameters, dict) else {}
    assistant = message.get("assistant")
    speaking: Any = cast("dict[str, Any]", assistant).get("name") if isinstance(assistant, dict) else None
    named: Any = asked.get("destination")
    name = named.strip() if isinstance(named, str) else ""
    language = language_heard(asked.get("language")) or language_of(speaking) or "en"
    # Asked for a role, or for nothing but the other language.
    found = name if name in squads.MEMBERS else squads.member_in(language, name or str(speaking))
    if found is None:
        return {"error": f"Nobody here is called that; there are {', '.join(sorted(squads.MEMBERS))}."}
    plan = dict(squads.CONTEXT)
    return {"destination": {"type": "assistant", "assistantName": found, "contextEngineeringPlan": plan}}


def language_of(assistant: object) -> Language | None:
    """The one language that a squad's member of that name speaks; None for the router, which speaks both."""
    name = assistant if isinstance(assistant, str) else ""
    return next((each for each in LANGUAGES if name.endswith(f"-{each}")), None)


def _line_of_now(called: str, call_id: str, deadline: float) -> str | None:
    with directory_transaction(deadline) as db:
        org_id = db.value("SELECT directory.organization_of_number(%(called)s::text)", called=called)
    if org_id is None:
        return None
    with clinic_transaction(org_id, deadline) as db:
        now = between_calls(db).now
        number = db.value(
            SQL["transfer_line"], reason=None, weekday=now.isoweekday(), at=now.time()
        ) or db.value(SQL["own_line"])
        flags.note_event(db, call_id, None, "transfer-destination", found=number is not None)
        if number is None and db.value(SQL["flags"], call_id=call_id) is not None:
            notices.note(db, "transfer_missed", call_id=call_id)
        return number


def _said(sentence: Sentence) -> str:
    return " ".join(sentence.say(each) for each in LANGUAGES)
