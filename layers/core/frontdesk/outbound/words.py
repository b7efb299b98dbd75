"""What goes along with a call: what the agent knows of it, and what it leaves on a machine.

A machine, and whoever hears it, learns that the clinic called and no more. The agent knows a first name and a
time, and says neither the time nor what for before the birth date has matched (the prompts say so).
"""

import re
from datetime import datetime
from typing import Final, NamedTuple

from frontdesk.call import Clinic
from frontdesk.calls import variables
from frontdesk.speech import times
from frontdesk.speech.language import Language
from frontdesk.speech.sentences import Sentence


class Who(NamedTuple):
    """Whom a call is to, and what about."""

    language: Language
    native: str | None
    first_name: str | None
    """Null of nobody known."""
    visit_start: datetime | None
    purpose: str
    call_back: str
    """Where the clinic answers."""
    kind: str | None
    """Of news: of `communications`."""


VOICEMAIL: Final = Sentence(
    "Hello, this is {clinic}. Please call us back when you can, at {number}. Thank you, goodbye.",
    "您好，这里是{clinic}。方便的时候请给我们回电话，号码是{number}。谢谢，再见。",
)
GREETING: Final = Sentence(
    "Hello, this is the automated assistant of {clinic}, on a recorded line. May I speak with {name}?",
    "您好，这里是{clinic}的自动助理，通话会录音。请问是{name}吗？",
)
_BRACES: Final = re.compile("[{}]")
"""What Vapi would read as a template once more, were it in a name."""
SOMEBODY: Final = Sentence("the patient we are calling for", "我们要找的患者")
_ABOUT: Final = {
    "reminder": Sentence(
        "Reminds {name} of the visit {when}: confirm it, move it or cancel it.",
        "提醒{name}{when}的预约：确认、改时间或取消。",
    ),
    "waitlist_offer": Sentence(
        "A time that {name} was waiting for has come free and is kept for a short while: offer it.",
        "{name}在等的时间空出来了，暂时留着：请告诉对方并询问要不要。",
    ),
    "approval_result": Sentence(
        "Tells {name} what the clinic decided about the visit {when}.",
        "告诉{name}诊所对{when}的预约作了什么决定。",
    ),
    "recall": Sentence(
        "The clinic would like {name} to come in again: offer to find a time.",
        "诊所希望{name}再来就诊：询问要不要约个时间。",
    ),
}


def name_of(who: Who) -> str:
    """A first name and no more, as the person's own language has it."""
    named = who.native if who.language == "zh" else who.first_name
    return _BRACES.sub("", named or "") or SOMEBODY.say(who.language)


def detail(who: Who, clinic: Clinic, *, now: datetime) -> str:
    """What the call is about, for the agent: a first name, a day and a time."""
    when = ""
    if who.visit_start is not None:
        when = times.say_when(who.visit_start.astimezone(clinic.zone), now=now, language=who.language)
    return _ABOUT[who.purpose].say(who.language, name=name_of(who), when=when)


def voicemail(who: Who, clinic: Clinic) -> str:
    """What is left on a machine: no name, no date, nothing of what for."""
    number = times.say_digits(who.call_back, who.language)
    return VOICEMAIL.say(who.language, clinic=clinic.name_in(who.language), number=number)


def greeting(who: Who, clinic: Clinic) -> str:
    """The first words of an agent that has no prompt for calls of ours: who calls, by machine, for whom."""
    return GREETING.say(who.language, clinic=clinic.name_in(who.language), name=name_of(who))


def told(who: Who, clinic: Clinic, *, now: datetime, is_open: bool | None) -> dict[str, str]:
    """What the prompts are told beside the clinic itself: the moment, and what this call is for."""
    return {
        **variables.of_moment(now.astimezone(clinic.zone), who.language, is_open=is_open),
        "purpose": who.purpose,
        "purposeDetail": detail(who, clinic, now=now),
    }
