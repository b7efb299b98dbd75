"""A call that nobody makes: the tools' own handlers, asked at this very clinic, and all of it undone.

The caller is invented and known to the clinic for as long as the call lasts. Nothing is committed, so nobody
else sees any of it: no patient, no hold, no visit, and what follows from those is never begun.
"""

import json
import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from frontdesk.answering import worked
from frontdesk.call import Call, between_calls
from frontdesk.db import queries
from frontdesk.db.transaction import AsksNobody, Transaction
from frontdesk.errors import Declined
from frontdesk.patients import registration
from frontdesk.patients.registration import Newcomer
from frontdesk.serving import Served
from frontdesk.speech.language import Language
from frontdesk.speech.sentences import Sentence
from frontdesk.tool import ToolArguments
from frontdesk.vapi import messages

SQL: Final = queries.beside(__file__)

NUMBER: Final = "+16045550187"
"""Of those that are kept for fiction, and nobody's in the demo clinics."""
_ID: Final = "rehearsal"
_A_YEAR_MIN: Final = 525_600
_CALLERS: Final[dict[Language, tuple[str, str, str | None]]] = {
    "en": ("Taylor", "Sample", None),
    "zh": ("Xiaoyu", "Lin", "林小雨"),
}
"""First, last and native name."""
_BORN: Final = date(1988, 4, 9)


class InEmr(Declined):
    """What an EMR was told can't be undone here."""

    fact = "This clinic's diary is in its EMR, which a rehearsal would have to write to, so none is played."


class Line(NamedTuple):
    """What the caller says, and what the desk asks a tool then."""

    said: Sentence
    tool: Served[Any]
    asked: Callable[[Sequence[dict[str, Any]]], dict[str, Any]]
    """The tool's arguments, of the answers to the lines before."""


class Turn(NamedTuple):
    """One line, played."""

    said: str
    tool: str
    say: str
    """The tool's own sentence; empty where there is none."""
    outcome: str
    """`done`; `refused` and `unclear` end the call, and so does `unread`, where a calendar must be asked."""
    took_ms: float


def play(db: Transaction, lines: Sequence[Line], language: Language, *, deadline: float) -> list[Turn]:
    """The lines in order, up to the first that is refused; nothing of it stays.

    Calendars count as they were read last; one that never was would have to be asked, and that ends the call.

    Args:
        db: under the clinic's claims.
        lines: of the call, from its first.
        language: the caller's.
        deadline: on the clock of `time.monotonic`.

    Raises `InEmr`.
    """
    clinic = between_calls(db).clinic
    if clinic.emr:
        raise InEmr
    with db.undone():
        db.run(SQL["take_up_call"], call_id=_ID, kind=messages.INBOUND, caller_number=NUMBER)
        _register(_call(db, language, deadline))
        turns: list[Turn] = []
        answers: list[dict[str, Any]] = []
        proven: int | None = None
        for line in lines:
            call = _call(db, language, deadline, proven)
            said = line.said.say(language, clinic=clinic.name_in(language))
            began = time.monotonic()
            try:
                result, _ = worked(line.tool.tool, line.tool.handler, line.asked(answers), call)
            except AsksNobody:
                turns.append(Turn(said, line.tool.tool.name, "", "unread", 0.0))
                break
            took_ms = round((time.monotonic() - began) * 1000, 1)
            answer = json.loads(result.text)
            turns.append(Turn(said, line.tool.tool.name, answer["say"], result.outcome, took_ms))
            if result.outcome != "done":
                break
            answers.append(answer)
            proven = call.proven_patient_id
        return turns


def _call(db: Transaction, language: Language, deadline: float, proven: int | None = None) -> Call[Any]:
    """As the desk has it at each of a call's tools."""
    between = between_calls(db)
    return Call(
        args=ToolArguments(),
        db=db,
        # Who is known may come where no new patients are taken; and nobody's calendar is asked.
        clinic=between.clinic._replace(accepting_new_patients=True, calendar_fresh_min=_A_YEAR_MIN),
        id=_ID,
        kind=messages.INBOUND,
        caller_number=NUMBER,
        is_inbound=True,
        language=language,
        now=between.now,
        proven_patient_id=proven,
        deadline=deadline,
    )


def _register(call: Call[Any]) -> None:
    first_name, last_name, native_name = _CALLERS[call.language]
    registration.register(
        call,
        Newcomer(
            first_name=first_name,
            last_name=last_name,
            native_name=native_name,
            birth_date=_BORN,
            gender="X",
            phone=NUMBER,
            email=None,
            address="12 Example Street",
            city="Vancouver",
            province=None,
            postal_code="V6B 1A1",
            health_card_type="NONE",
            health_card_number=None,
            language=call.language,
        ),
    )
