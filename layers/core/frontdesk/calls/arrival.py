"""A call rings, and Vapi asks who answers it (`assistant-request`): within 6 s, whatever has failed.

Vapi hangs up at 7.5 s. The database is asked once, in one round trip, and given up on after 2.5 s; then the
last known copy answers (`entries`); failing that, a sentence in both languages, or the clinic's own number.
Vapi's OpenAPI of 2026-08-18, `ServerMessageResponseAssistantRequest`.
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, cast

import psycopg

from frontdesk import measures, zones
from frontdesk.agents.definitions import SQL as OF_AGENTS
from frontdesk.answering import storable
from frontdesk.call import Clinic
from frontdesk.calls import entries, flags, memory, opening, variables
from frontdesk.calls.entries import SQL, Entry
from frontdesk.calls.opening import Worked
from frontdesk.db import connection as database
from frontdesk.db.claims import clinic_transaction, directory_transaction
from frontdesk.db.transaction import rows_of
from frontdesk.logs import described, logger
from frontdesk.patients import phones
from frontdesk.scheduling import exceptions
from frontdesk.scheduling.desks import SQL as OF_SCHEDULING
from frontdesk.speech import sentences
from frontdesk.speech.language import LANGUAGES, Language
from frontdesk.speech.sentences import Sentence
from frontdesk.tool import STATEMENT_SHARE, clean
from frontdesk.vapi import messages, squads
from frontdesk.vapi.messages import Conversation

DATABASE_S: Final = 2.5
"""For all that the database is asked; to connect alone libpq is given no less than 2 s."""
_LONGEST_HINT: Final = 40
"""Characters; Vapi's own limit of a customer's name."""

_ANSWER: Final = b"""
    SELECT organization, agent, squad_id, forward_to, knowledge, is_blocked, recalled, call_language, at
    FROM desk.answer_call(%s::text, %s::text, %s::text, %s::text, %s::text, %s::int)"""


class Answer(NamedTuple):
    """What Vapi is told, and what that was, for those who watch."""

    body: dict[str, Any]
    how: str
    """`agent`, `copy`, `forwarded`, `closed`, `blocked`, `no_line` or `nobody`."""
    org_id: str | None = None


class _Rang(NamedTuple):
    organization: dict[str, Any] | None
    agent: dict[str, Any] | None
    squad_id: str | None
    forward_to: str | None
    knowledge: dict[Language, str] | None
    is_blocked: bool | None
    recalled: dict[str, Any] | None
    call_language: Language | None
    at: datetime


class _Read(NamedTuple):
    rang: _Rang
    worked: list[Worked]
    differing: exceptions.Row


def answer(message: Mapping[str, Any], ends: float) -> Answer:
    """Who answers the call; raises nothing.

    `ends` is when that must be known, on the clock of `time.monotonic`.
    """
    try:
        of = messages.conversation(dict(message))
        called = phones.carrier_number(of.called_number)
        if called is None:
            return _spoken("no_line", sentences.LINE_NOT_SET_UP)
        hint = _name_hint(message)
    except Exception as unread:  # noqa: BLE001 - whatever was sent: somebody waits for a voice
        logger.error("a call could not be read", extra=described(unread))
        return _spoken("no_line", sentences.LINE_NOT_SET_UP)
    try:
        return _known(of, called, hint, min(ends, time.monotonic() + DATABASE_S))
    except Exception as failed:  # noqa: BLE001 - whatever failed here, the copy may answer
        logger.error("a call is answered without the database", extra={"call_id": of.id, **described(failed)})
        measures.failed(failed)
    finally:
        database.settle()
    try:
        return _by_copy(called, hint)
    except Exception as ours:  # noqa: BLE001 - nor may this be silence
        logger.error("our own fault", extra={"call_id": of.id, **described(ours)})
        return _spoken("nobody", sentences.NOBODY_ANSWERS)


def _known(of: Conversation, called: str, hint: str, deadline: float) -> Answer:
    """By what the database says."""
    caller = phones.carrier_number(of.caller_number)
    rang, worked, differing = _read(of, called, caller, deadline)
    if rang.organization is None or rang.call_language is None:
        logger.error("a called number belongs to no organization", extra={"call_id": of.id})
        return _spoken("no_line", sentences.LINE_NOT_SET_UP)
    clinic = Clinic.from_row(rang.organization)
    org_id = str(clinic.org_id)
    if rang.is_blocked:
        return _spoken("blocked", sentences.NOT_TAKEN, clinic.languages)._replace(org_id=org_id)
    now = rang.at.astimezone(clinic.zone)
    entry = Entry.of(
        called,
        clinic,
        opening.in_words(clinic, worked),
        rang.agent,
        squad_id=rang.squad_id,
        forward_to=rang.forward_to,
        knowledge=rang.knowledge,
    )
    if entry.squad_id is None and entry.assistant_id is None:
        entry = entry.model_copy(update={"squad_id": squad_at_vapi(deadline)})
    entries.remember(entry)
    is_open = opening.is_open(clinic, worked, differing, now)
    if is_open is False and rang.organization["after_hours"] == "message":
        _turned_away(clinic, of, "outside-hours", deadline)
        said = _spoken("closed", sentences.CLOSED, clinic.languages, entry)
        return said._replace(org_id=org_id)
    told = {
        **variables.of_moment(now, rang.call_language, is_open=is_open),
        "callerMemory": memory.worded(rang.recalled, clinic),
        "callerNameHint": hint,
    }
    return _answered_by(entry, told, "agent")


def _by_copy(called: str, hint: str) -> Answer:
    """By the last known copy: whose number it is and who answers, and nothing of the caller."""
    entry = entries.last_known(called)
    if entry is None:
        return _spoken("nobody", sentences.NOBODY_ANSWERS)
    language = entry.languages[0]
    now = datetime.now(UTC).astimezone(zones.zone(entry.time_zone))
    told = {**variables.of_moment(now, language, is_open=None), "callerNameHint": hint}
    return _answered_by(entry, told, "copy")


def _answered_by(entry: Entry, told: dict[str, str], how: str) -> Answer:
    org_id = str(entry.org_id)
    if body := entry.answer(told):
        return Answer(body, how, org_id)
    if entry.forward_to:
        return Answer({"destination": {"type": "number", "number": entry.forward_to}}, "forwarded", org_id)
    return _spoken("nobody", sentences.NOBODY_ANSWERS, entry.languages)._replace(org_id=org_id)


def _read(of: Conversation, called: str, caller: str | None, deadline: float) -> _Read:
    """Everything, in one round trip; asked again if the kept connection had died since the last call."""
    try:
        return _asked(of, called, caller, deadline)
    except psycopg.OperationalError:
        if database.is_connected():
            raise
        # What was written down before that is not written down twice.
        return _asked(of, called, caller, deadline)


def _asked(of: Conversation, called: str, caller: str | None, deadline: float) -> _Read:
    connection = database.connection(deadline)
    now = datetime.now(UTC)
    values = (
        called,
        caller,
        storable(of.id) or None,
        of.kind[:40] or "unknown",
        squads.SHARED_SQUAD,
        max(1, round((deadline - time.monotonic()) * STATEMENT_SHARE * 1000)),
    )
    days = opening.days_around(now)

    def sent(row: type[Any], query: bytes, asked: Any) -> psycopg.Cursor[Any]:
        return connection.cursor(row_factory=rows_of(row)).execute(query, asked, prepare=True)

    with connection.pipeline():
        connection.execute(b"BEGIN")
        rang = sent(_Rang, _ANSWER, values)
        # Under the claims that the first one has set; of no clinic, where there is none.
        worked = sent(Worked, SQL["worked"].encode(), {})
        differing = sent(exceptions.Row, OF_SCHEDULING["exceptions"].encode(), days)
        connection.execute(b"COMMIT")
    return _Read(
        cast("_Rang", rang.fetchone()),
        worked.fetchall(),
        cast("exceptions.Row", differing.fetchone()),
    )


def _name_hint(message: Mapping[str, Any]) -> str:
    """The name that the network gives the caller; only ever a hint for spelling, and kept nowhere."""
    call = message.get("call")
    for holder in (message, cast("dict[str, Any]", call) if isinstance(call, dict) else {}):
        customer = holder.get("customer")
        name: Any = cast("dict[str, Any]", customer).get("name") if isinstance(customer, dict) else None
        if isinstance(name, str):
            return str(clean(name))[:_LONGEST_HINT]
    return ""


def squad_at_vapi(deadline: float) -> str | None:
    """The shared squad's id as Vapi says it, written down for the calls to come."""
    found = squads.look_up()
    if found is not None:
        try:
            with directory_transaction(max(deadline, time.monotonic() + 1)) as db:
                db.run(OF_AGENTS["squad_seen"], name=squads.SHARED_SQUAD, vapi_id=found)
        except Exception as failed:  # noqa: BLE001 - this call is answered; the next one asks Vapi again
            logger.warning("the squad's id was not written down", extra=described(failed))
    return found


def _turned_away(clinic: Clinic, of: Conversation, why: str, deadline: float) -> None:
    try:
        with clinic_transaction(clinic.org_id, deadline) as db:
            db.run(SQL["turned_away"], call_id=storable(of.id), why=why)
            flags.note_event(db, storable(of.id), None, why)
    except Exception as failed:  # noqa: BLE001 - the caller hears the message whether it is noted or not
        logger.warning("what a caller was told was not written down", extra=described(failed))


def _spoken(
    how: str,
    sentence: Sentence,
    languages: tuple[Language, ...] = LANGUAGES,
    entry: Entry | None = None,
) -> Answer:
    """What to do in an emergency, then the sentence, in each language."""
    said: list[str] = []
    for language in languages:
        facts = {}
        if entry is not None:
            name = (entry.name_zh or entry.name) if language == "zh" else entry.name
            facts = {"name": name, "hours": entry.hours[language]}
        said += [sentences.EMERGENCY.say(language), sentence.say(language, **facts)]
    return Answer({"error": " ".join(said)}, how)
