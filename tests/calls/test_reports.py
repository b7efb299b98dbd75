"""What a report may hold that no column takes, no caller should find stored, or nobody can read in time."""

import json
from typing import Any

import pytest

from frontdesk.calls import transcripts
from tests.conversation import Conversation


def stored(talk: Conversation, result: Any) -> Any:
    """What is kept of a structured output."""
    talk.end(artifact={"structuredOutputs": {"1": {"name": "out", "result": result}}})
    return talk.row()["structured"]["out"]


@pytest.mark.parametrize(
    ("result", "kept"),
    [
        ({"text": "a\\u0000b", "a\\u0000": 1}, {"text": "a\\u0000b", "a\\u0000": 1}),
        (["x\0y\\", "\\\\u0000"], ["xy\\", "\\\\u0000"]),
        (
            {"score": float("inf"), "of": [float("nan"), -1e999, 1.5]},
            {"score": None, "of": [None, None, 1.5]},
        ),
    ],
)
def test_what_no_column_takes_does_not_keep_a_report_from_being_stored(
    talk: Conversation, result: Any, kept: Any
) -> None:
    assert stored(talk, result) == kept


def test_a_number_that_is_a_telephones_or_a_date_of_birth_is_redacted(talk: Conversation) -> None:
    found = stored(
        talk, {"phone": 6045550199, "dob": 19900115, "card": [4111111111111111.0], "minutes": 30, "is": True}
    )

    assert (found["minutes"], found["is"]) == (30, True)
    for secret in ("6045550199", "19900115", "4111111111111111"):
        assert secret not in json.dumps(found)
    assert found["phone"].startswith("[PHONE")


def test_a_summary_and_outputs_that_are_too_long_are_cut_and_say_so(talk: Conversation) -> None:
    long = "and so on " * 5_000
    talk.end(
        analysis={"summary": long, "structuredData": {"kept": 1}},
        artifact={"structuredOutputs": {"1": {"name": "long", "result": [long]}}},
    )

    row = talk.row()
    assert row["summary"] == f"{long[: transcripts.MOST_SUMMARY]}…"
    assert row["structured"]["structuredData"] == {"kept": 1}
    assert row["structured"]["long"] == {"isTooLong": True}


def test_what_older_plans_gave_is_kept_too(talk: Conversation) -> None:
    talk.end(analysis={"structuredDataMulti": [{"booked": {"is": True}}], "successEvaluation": "true"})

    assert talk.row()["structured"] == {
        "structuredDataMulti": [{"booked": {"is": True}}],
        "successEvaluation": "true",
    }
