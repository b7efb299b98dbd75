"""What a call is answered by, whoever calls: read with the call itself, and copied for an outage.

One small object per number in the stage's store, `entries/16045550100.json`, made anew by a queue after
every change and by a schedule for every clinic; and what this process has seen lately. They hold nothing
of a caller.
"""

import json
import time
from typing import Any, Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from frontdesk.agents.choices import VOICES
from frontdesk.call import Clinic, between_calls
from frontdesk.calls import opening, variables
from frontdesk.calls.opening import Worked
from frontdesk.db import queries
from frontdesk.db.claims import clinic_transaction, directory_transaction
from frontdesk.errors import ProviderFailed
from frontdesk.logs import described, logger
from frontdesk.settings import settings
from frontdesk.speech.language import LANGUAGES, Language
from frontdesk.vapi.squads import SHARED_SQUAD

SQL: Final = queries.beside(__file__)

FRESH_S: Final = 600
"""How old what this process has seen may be."""
_USUAL_VOICE: Final = "sarah"
"""What the squad speaks with by itself, in English; in Chinese it has another."""


class ClinicChanged(BaseModel):
    """The event that a clinic's numbers, settings or agents changed, or may have. By its id alone."""

    org_id: UUID


class Entry(BaseModel):
    """Who answers one number, and all that is told to every caller."""

    model_config = ConfigDict(frozen=True)

    called: str
    """E.164."""
    org_id: UUID
    name: str
    name_zh: str | None
    time_zone: str
    languages: tuple[Language, ...]
    hours: dict[Language, str]
    """The week in words."""
    assistant_id: str | None
    """At Vapi, of a clinic whose agent has one of its own."""
    squad_id: str | None
    """At Vapi, of the squad that clinics share; None while nobody has seen it there."""
    voice: str | None
    """Of our own list; None: the squad's own."""
    greeting: str
    greeting_zh: str
    instructions: str
    forward_to: str | None
    """Where people answer; never a number whose calls come to us."""
    knowledge: dict[Language, str] = {}
    """What the clinic's documents say of what is asked most; absent where they say nothing."""

    @classmethod
    def of(
        cls,
        called: str,
        clinic: Clinic,
        hours: dict[Language, str],
        agent: dict[str, Any] | None,
        *,
        squad_id: str | None,
        forward_to: str | None,
        knowledge: dict[Language, str] | None,
    ) -> Self:
        """Of what the database has; an agent of the template `assistant` that isn't at Vapi is the squad."""
        agent = agent or {}
        voice: str | None = agent.get("voice")
        is_own = bool(agent.get("assistant_id"))
        return cls(
            called=called,
            org_id=clinic.org_id,
            name=clinic.name,
            name_zh=clinic.name_zh,
            time_zone=clinic.zone.key,
            languages=clinic.languages,
            hours=hours,
            assistant_id=agent["assistant_id"] if is_own else None,
            squad_id=squad_id,
            voice=None if is_own or not _suits_everybody(voice) else voice,
            greeting=agent.get("greeting") or "",
            greeting_zh=agent.get("greeting_zh") or "",
            instructions=agent.get("instructions") or "",
            forward_to=forward_to,
            knowledge=knowledge or {},
        )

    def answer(self, told: dict[str, str]) -> dict[str, Any] | None:
        """Vapi's answer with these variables beside the clinic's own; None when nobody is there to answer.

        What a squad's members have in common can be overridden for all of them at once, so of an agent's
        words only variables travel: its greeting as `firstMessage` would be said again at every handover, and
        its instructions as `model.messages` would take the place of nine prompts.
        """
        values = variables.clean(
            {
                **dict.fromkeys(variables.CALLER, ""),
                "clinicName": self.name,
                "clinicNameZh": self.name_zh or self.name,
                "timeZone": self.time_zone,
                "hours": self.hours.get("zh", "") if told["language"] == "zh" else self.hours["en"],
                "greeting": self.greeting,
                "greetingZh": self.greeting_zh,
                "instructions": self.instructions,
                "knowledge": self._known_in(told["language"]),
                **told,
            }
        )
        overrides: dict[str, Any] = {"variableValues": values}
        if self.assistant_id:
            return {"assistantId": self.assistant_id, "assistantOverrides": overrides}
        if not self.squad_id:
            return None
        if self.voice in VOICES:
            overrides["voice"] = dict(VOICES[self.voice].wire)
        return {"squadId": self.squad_id, "squadOverrides": overrides}

    def _known_in(self, language: str) -> str:
        """In the call's language, else in whichever there is: the agent speaks both."""
        return next((self.knowledge[one] for one in (language, *LANGUAGES) if one in self.knowledge), "")


def _suits_everybody(voice: str | None) -> bool:
    """Whether the squad's members, in both languages, may all speak with it, and don't already."""
    known = VOICES.get(voice or "")
    return known is not None and voice != _USUAL_VOICE and set(known.languages) == set(LANGUAGES)


_seen: dict[str, tuple[float, Entry]] = {}
"""By number: when the database last said so, and what."""


def remember(entry: Entry) -> None:
    """Keeps it in this process."""
    _seen[entry.called] = (time.monotonic(), entry)


def forget() -> None:
    """Keeps nothing of what this process has seen."""
    _seen.clear()


def last_known(called: str) -> Entry | None:
    """The number's copy: this process's own if it is fresh, else the store's; None when neither has one.

    The store is asked once, and given up on after 1.5 s; whatever is wrong with it is logged and is None.
    """
    seen_at, entry = _seen.get(called, (float("-inf"), None))
    if entry is not None and time.monotonic() - seen_at < FRESH_S:
        return entry
    from frontdesk import aws  # 345 ms, which a caller waits for only in an outage

    try:
        answer = aws.client("s3", in_a_hurry=True).get_object(Bucket=settings().store, Key=_key(called))
        entry = Entry.model_validate_json(answer["Body"].read())
    except (*aws.FAILED, ValueError) as failed:
        logger.error("there is no copy to answer by", extra=described(failed))
        return entry  # an old one is better than none
    remember(entry)
    return entry


def keep(org_id: UUID, deadline: float) -> None:
    """Makes the copies of one clinic's numbers anew, and takes away those of numbers that it gave back.

    A number that went to another clinic meanwhile may just have got this one's copy in place of its own: its
    owner's is made again. Raises `ProviderFailed`, and is to be tried again.
    """
    from frontdesk import aws

    with clinic_transaction(org_id, deadline) as db:
        call = between_calls(db)
        hours = opening.in_words(call.clinic, db.all(Worked, SQL["worked"]))
        row: dict[str, Any] = db.value(SQL["entry"], squad=SHARED_SQUAD)
        copied = {
            number: Entry.of(number, call.clinic, hours, **row)
            for number in db.value(SQL["entry_numbers"]) or ()
        }
        # Written down before they are there, so that none is there that nobody knows of.
        db.run(SQL["note_copies"], numbers=list(copied))
        gone: list[str] = db.value(SQL["copies_of_gone"], numbers=list(copied)) or []
    store, bucket = aws.client("s3"), settings().store
    try:
        for number, entry in copied.items():
            body = entry.model_dump_json().encode()
            store.put_object(Bucket=bucket, Key=_key(number), Body=body, ContentType="application/json")
        for number in gone:
            store.delete_object(Bucket=bucket, Key=_key(number))
    except aws.FAILED as failed:
        raise ProviderFailed("the store did not take the copies") from failed
    if gone:
        with clinic_transaction(org_id, deadline) as db:
            db.run(SQL["forget_copies"], numbers=gone)
    with directory_transaction(deadline) as db:
        strangers = db.value(SQL["others_with"], numbers=list(copied), org_id=org_id) or ()
    for other in strangers:
        keep(UUID(other) if other else org_id, deadline)


def every_clinic(deadline: float) -> list[UUID]:
    """The ids of all there are."""
    with directory_transaction(deadline) as db:
        return [UUID(one) for one in json.loads(db.value(SQL["every_clinic"]))]


def _key(called: str) -> str:
    return f"entries/{called.removeprefix('+')}.json"
