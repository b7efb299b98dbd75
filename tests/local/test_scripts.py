from datetime import date
from pathlib import Path
from typing import Any

import pytest

from local import scripts
from local.errors import ScriptWrong

KNOWN = {"slot": {"startTime": "09:00", "alternatives": [{"startTime": "09:30"}], "none": None}}


def test_values_are_taken_from_earlier_answers_by_path() -> None:
    found = scripts.resolved({"a": ["$slot.startTime"], "b": "$slot.alternatives.0.startTime", "c": 1}, KNOWN)

    assert found == {"a": ["09:00"], "b": "09:30", "c": 1}
    assert scripts.spoken("At {slot.startTime}?", KNOWN) == "At 09:00?"


@pytest.mark.parametrize("path", ["$nobody", "$slot.alternatives.1.startTime", "$slot.startTime.hour"])
def test_a_path_to_nothing_is_said(path: str) -> None:
    with pytest.raises(ScriptWrong, match="leads to nothing; known so far: slot"):
        scripts.resolved(path, KNOWN)


@pytest.mark.parametrize(
    ("path", "wanted", "is_met"),
    [
        ("startTime", "09:00", True),
        ("startTime", "10:00", False),
        ("startTime", {"not": "10:00"}, True),
        ("startTime", {"contains": "9"}, True),
        ("startTime", {"matches": r"^\d\d:00$"}, True),
        ("startTime", {"matches": r"^9", "exists": True}, False),
        ("startTime", {"exists": False}, False),
        ("none", {"exists": False}, True),
        ("endTime", {"exists": False}, True),
        ("endTime", {"not": "10:00"}, False),
        ("alternatives.length", 1, True),
        ("alternatives.0", {"startTime": "09:30"}, True),
    ],
)
def test_an_expectation_is_met_or_objected_to(path: str, wanted: Any, is_met: bool) -> None:
    objection = scripts.objection(scripts.at(KNOWN["slot"], path), wanted)

    assert (objection is None) is is_met


def test_days_are_counted_from_the_clinics_today() -> None:
    friday = scripts.days(date(2026, 11, 27))

    assert friday["tomorrow"] == "2026-11-28"
    assert (friday["next_weekday"], friday["weekday_after"]) == ("2026-11-30", "2026-12-01")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title: [", "is not YAML"),
        ("title: x\ncaller: y\ncalled: z\nturns: [{whisper: x}]", "turns.0: a turn has one of"),
        ("title: x\ncaller: y\ncalled: z\nturns: [{tool: x, argument: {}}]", "turns.0.*argument"),
        ("title: x\nturns: []", "caller: Field required"),
        ("title: x\ncaller: y\ncalled: z\nturns: [{minutes_pass: 0}]", "turns.0.*greater than 0"),
    ],
)
def test_the_first_mistake_in_a_file_is_said_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "call.yml").write_text(text, encoding="utf-8")

    with pytest.raises(ScriptWrong, match=message):
        scripts.load(str(tmp_path / "call.yml"))


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ScriptWrong, match="barge_in_repeat, booking"):
        scripts.load("karaoke")
