"""What a patient is to be told, and is remembered by, once they call and have proven who they are."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from frontdesk.call import Call
from frontdesk.calls import memory
from frontdesk.db import queries
from frontdesk.db.transaction import Ask
from frontdesk.patients.wire import PatientAnswer
from frontdesk.speech import doctors, sentences, times

SQL: Final = queries.beside(__file__)


class _News(NamedTuple):
    kind: str
    provider_name: str | None
    provider_name_zh: str | None
    starts_at: datetime | None
    """Null of news that is about no visit, or about one that is past."""


def with_news(call: Call[Any], answer: PatientAnswer) -> PatientAnswer:
    """The answer, with what its proven patient hasn't heard yet said after it, and what the desk remembers.

    News is said again for as long as this call lasts, since an answer may get lost; in the next call no more.
    """
    if answer.proven and answer.id is not None:
        told = {"patient_id": answer.id, "call_id": call.id, "now": call.now}
        found, remembered = call.db.together(Ask(_News, SQL["tell"], told), memory.ask_of(answer.id))
        answer.memory = memory.of_patient(remembered)
        joint = "" if call.language == "zh" else " "
        answer.say = joint.join([answer.say, *(_said(call, one) for one in found)])
    return answer


def _said(call: Call[Any], one: _News) -> str:
    if one.starts_at is None or one.provider_name is None:
        return sentences.NEWS[one.kind].say(call.language)
    provider = doctors.called(one.provider_name, one.provider_name_zh, call.language)
    when = times.say_when(one.starts_at.astimezone(call.clinic.zone), now=call.now, language=call.language)
    return sentences.NEWS_OF_VISIT[one.kind].say(call.language, provider=provider, when=when)
