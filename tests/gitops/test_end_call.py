"""Who is never hung up on: the condition under which Vapi refuses `endCall`, rendered as Vapi renders it."""

import pytest
from liquid import Environment

from frontdesk.vapi.kinds import TOOLS
from gitops import tree
from gitops.files import ROOT


def is_refused(*said: str) -> bool:
    """Whether the assistant that calls `endCall` is refused, after a caller has said these things."""
    [tool] = [each for each in tree.load(ROOT / "resources").of(TOOLS) if each.id == "end_call"]
    [condition] = tool.document["rejectionPlan"]["conditions"]
    heard = [
        # The prompt itself is full of these words.
        {"role": "system", "content": "Suicidal, 自杀: never hang up."},
        {"role": "assistant", "content": "How can I help you?"},
        *({"role": "user", "content": each} for each in said),
    ]
    answer = Environment().from_string(condition["liquid"]).render(messages=heard)
    assert answer in ("true", "false"), "anything else refuses nothing at Vapi"
    return answer == "true"


@pytest.mark.parametrize(
    "said",
    [
        "I've been feeling suicidal.",
        "I want to kill myself",
        "Sometimes I want to hurt myself.",
        "I might harm myself",
        "I'm going to take my own life",
        "I just want to end it all.",
        "They'd be better off dead... I'd be better off dead",
        "I don't want to live anymore.",
        "I don’t want to live anymore.",
        "I took the pills ON PURPOSE.",
        "我想死",
        "我真的活不下去了。",
        "我不想活了",
        "我会自残",
        "我想伤害自己",
        "他要自殺",
        "我有輕生的念頭",
        "我自殘過",
        "我怕我會傷害自己",
    ],
)
def test_nobody_who_speaks_of_dying_is_hung_up_on(said: str) -> None:
    assert is_refused("Hello", said, "Never mind. Bye.")


@pytest.mark.parametrize(
    "said", ["My knee hurts.", "I'd like to live closer to the clinic.", "Bye!", "我膝盖疼", "再见", ""]
)
def test_everybody_else_can_be_said_goodbye_to(said: str) -> None:
    assert not is_refused(said)
