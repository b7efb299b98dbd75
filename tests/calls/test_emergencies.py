"""A caller who speaks of an emergency is told of at once, and not quoted."""

import pytest

from frontdesk.calls import emergencies, said
from tests.calls.reading import Read
from tests.clinic import Clinic
from tests.conversation import Conversation


@pytest.mark.parametrize(
    "text",
    [
        "I have chest pain.",
        "My chest hurts really bad",
        "There's this pain in my chest and my arm",
        "I can't breathe",
        "he is having trouble breathing",
        "She's not breathing!",
        "I think I'm having a heart attack",
        "I think my dad is having a stroke",
        "My son is having a seizure right now",
        "she passed out and won't wake up",
        "He is bleeding a lot and it won't stop",
        "my baby is choking",
        "I took an overdose",
        "I want to kill myself",
        "I don't want to live anymore",
        "I've been feeling suicidal",
        "This is an emergency!",
        "No, I told you, I have chest pain",
        "I don't need an appointment, I can't breathe",
        "我胸痛",
        "我胸口很疼",
        "我喘不过气来",
        "他呼吸困难",
        "我觉得是心脏病发作",
        "我爸爸中风了",
        "孩子一直抽搐",
        "她昏迷了叫不醒",
        "流血不止",
        "我想自杀",
        "我不想活了",
        "我媽媽昏倒了",
        "没有发烧，但是胸痛",
    ],
)
def test_what_is_urgent(text: str) -> None:
    assert emergencies.are_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "No chest pain, just a cough.",
        "I don't have any chest pain or trouble breathing.",
        "It's not an emergency.",
        "My emergency contact is my wife.",
        "I had a heart attack five years ago.",
        "There's a history of stroke in my family.",
        "I need a refill of my seizure medication.",
        "Do you treat seizures?",
        "I'd like the physical, please.",
        "My chest of drawers",
        "I'm dying to see the doctor",
        "没有胸痛，就是咳嗽。",
        "不是紧急情况",
        "我去年中风过，来复查",
        "我没有呼吸困难",
        "我想约个时间",
    ],
)
def test_what_is_not(text: str) -> None:
    assert not emergencies.are_in(text)


def test_what_is_read_of_a_sentence_without_an_end_grows_as_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    read = Read(monkeypatch, emergencies, "_CLAUSE")

    assert not emergencies.are_in("no chest pain " * 2_000)

    assert 2_000 < read.characters <= 2_000 * said.LOOK_BACK


def test_it_is_flagged_and_told_once_and_no_word_is_kept(clinic: Clinic, talk: Conversation) -> None:
    for text in ("I have chest pain", "my chest pain is bad"):
        talk.tell(talk.message("transcript", role="user", transcriptType="final", transcript=text))

    assert talk.row()["flags"] == ["emergency"]
    assert talk.notices() == [("emergency", "")]
    assert clinic.all("SELECT kind, detail FROM call_events") == [("emergency", {})]
    assert talk.turns() == []


def test_what_the_assistant_asks_and_what_is_not_final_are_none(clinic: Clinic, talk: Conversation) -> None:
    asked = "Do you have chest pain? I have chest pain written here."
    talk.tell(talk.message("transcript", role="assistant", transcriptType="final", transcript=asked))
    talk.tell(
        talk.message("transcript", role="user", transcriptType="partial", transcript="I have chest pain")
    )

    assert talk.row()["flags"] == []


def test_a_report_is_listened_to_as_well(talk: Conversation) -> None:
    talk.said("user", "I can't breathe")

    talk.end()

    assert talk.row()["flags"] == ["emergency"]
    assert talk.notices() == [("emergency", "")]
