"""What is asked: tool calls of many callers, and the bodies by which Vapi would send them."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import cycle, islice
from typing import Any, Final
from uuid import uuid4

from benchmarks.clinic import CALLS, NUMBER, TYPE, ZONE, Clinic
from local.vapi_call import PhoneCall, ToolCall

SEARCH: Final = "search_patient_by_phone"
FIND: Final = "find_earliest_appointment"
CREATE: Final = "create_appointment"
TOOLS: Final = (SEARCH, FIND, CREATE)

PROOFS: Final = {SEARCH: '"proven":true', FIND: '"found":true', CREATE: '"booked":true'}
"""What stands in every answer that did the work; an answer without it is not counted but reported."""

_HISTORY: Final = (
    ("bot", "Thank you for calling Bench Clinic, this is the virtual assistant. How can I help you today?"),
    ("user", "Hi, I'd like to see a doctor, I've had a sore throat for a few days now."),
    ("bot", "I'm sorry to hear that. Let me pull up your file. May I have your date of birth?"),
    ("user", "Sure, it's January fifteenth nineteen ninety."),
)


@dataclass(frozen=True)
class Asked:
    """One tool call, and what a client without rules of its own must be told to do the same work."""

    tool: str
    call_id: str
    tool_call_id: str
    caller: str
    patient_id: int
    arguments: dict[str, Any]
    provider_id: int
    start: str
    """A free start, as local wall time; a different one in each call."""
    called: str = NUMBER


def asked(tool: str, clinic: Clinic, count: int, *, at_once: int, seed: int) -> list[Asked]:
    """So many calls of one tool; every `at_once`-th is of the same caller, who never asks two things at once.

    A search and a booking are the first thing a conversation asks; a finder is asked again and again.
    """
    chance = random.Random(seed)
    patients = chance.sample(clinic.patients, at_once if tool == FIND else len(clinic.patients))
    free = cycle(chance.sample(clinic.free, len(clinic.free)))
    names = [f"{CALLS}{uuid4()}" for _ in range(at_once if tool == FIND else count)]
    made: list[Asked] = []
    for (provider_id, start), patient, name in islice(zip(free, cycle(patients), cycle(names)), count):
        if tool == SEARCH:
            arguments = {"phone": "0000000000", "dateOfBirth": patient.birth_date.isoformat()}
        elif tool == FIND:
            arguments = wish(chance, datetime.now(ZONE).date(), 120)
        else:
            arguments = {
                "demographicId": patient.id,
                "providerId": str(provider_id),
                "startTime": start,
                "appointmentType": TYPE,
                "reason": "sore throat",
                "language": "en",
            }
        one = Asked(
            tool, name, f"call_{uuid4().hex}", patient.number, patient.id, arguments, provider_id, start
        )
        made.append(one)
    return made


def body(one: Asked) -> bytes:
    """The `tool-calls` message, 3 kB, a few turns into the conversation."""
    call = PhoneCall(one.caller, one.called, "Bench squad", "https://vapi.invalid", id=one.call_id)
    for role, text in _HISTORY:
        call.said(role, text)
    definition = {
        "type": "function",
        "function": {"name": one.tool},
        "server": {"url": "https://vapi.invalid"},
    }
    message = call.tool_calls(
        [ToolCall(one.tool, one.arguments, id=one.tool_call_id)], {one.tool: definition}
    )
    return json.dumps(message, ensure_ascii=False).encode()


def results(answer: bytes) -> Iterator[dict[str, Any]]:
    """The results in a response body, their JSON read; raises `KeyError` where there is an error instead."""
    for item in json.loads(answer)["results"]:
        yield json.loads(item["result"])


def wish(chance: random.Random, today: date, within_days: int) -> dict[str, Any]:
    """What a finder is asked for: from some day after today on, at any time of day or at one."""
    day = today + timedelta(days=chance.randrange(1, within_days))
    part = chance.choice(("", "morning", "afternoon"))
    return {"startDate": day.isoformat(), **({"timeOfDay": part} if part else {})}
