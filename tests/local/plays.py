"""The scripted calls, played from end to end on a stack that runs."""

from local import scripts
from local.player import Answered, HandedOff, Judged, Player, Stopped
from local.stack import Stack

PLAYS = [
    *sorted(path.stem for path in scripts.SHIPPED.glob("*.yml")),
    *("visit at harbour", "visit at willow", "visit at aspen"),
]


def play(stack: Stack, name: str) -> list[Answered]:
    """Every answer of a play that went through as its script wants."""
    name, _, clinic = name.partition(" at ")
    script = scripts.load(name)
    events = list(Player(script.at(clinic) if clinic else script, stack.addresses).play())
    answers = [event for event in events if isinstance(event, Answered)]
    assert [event.reason for event in events if isinstance(event, Stopped)] == []
    judged = [event for event in events if isinstance(event, Judged | HandedOff)]
    assert [objection for one in judged for objection in one.objections] == []
    return answers
