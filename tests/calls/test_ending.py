"""What is left of a call once Vapi has reported it."""

from tests.calls.conftest import Line
from tests.clinic import Clinic


def test_a_report_leaves_a_row_and_a_redacted_transcript(clinic: Clinic, line: Line) -> None:
    clinic.ask("get_clinic_info")
    line.said("bot", "Maple Clinic, how can I help?")
    line.said("user", "Hi, this is John Doe, my number is 604 555 0123.")

    line.end(analysis={"summary": "John Doe asked when the clinic is open."})

    row = line.row()
    assert row["ended_reason"] == "customer-ended-call"
    assert 30 <= row["duration_s"] <= 60
    assert row["cost_usd"] == 0.0421
    assert row["flags"] == []
    assert row["reported_at"] is not None
    assert row["summary"] == "[NAME] asked when the clinic is open."
    assert line.turns() == [
        ("assistant", "Maple Clinic, how can I help?"),
        ("caller", "Hi, this is [NAME], my number is [PHONE]."),
    ]
