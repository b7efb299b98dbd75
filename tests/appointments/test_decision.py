"""`POST /appointments/{id}/{decision}`: which status leads to which, once, with its line in the history."""

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.scheduling.statuses import DECISIONS
from tests.appointments.test_listing import visit
from tests.clinic import Clinic
from tests.conftest import Database
from tests.member import Answer, Member, token

MEMBER = Member(token())
STATUSES = ("pending", "booked", "arrived", "fulfilled", "cancelled", "noshow")
ALLOWED = {
    ("pending", "booked"),
    ("pending", "cancelled"),
    ("booked", "arrived"),
    ("booked", "fulfilled"),
    ("arrived", "fulfilled"),
    ("booked", "noshow"),
}


def decide(id: Any, decision: str) -> Answer:
    return MEMBER.post(f"/appointments/{id}/{decision}")


def status(clinic: Clinic, id: int) -> str:
    return clinic.all("SELECT status FROM appointments WHERE id = %s", id)[0][0]


def history(clinic: Clinic) -> list[Any]:
    """Every change since it was made, each with who made it."""
    return clinic.all(
        "SELECT change -> 'before' ->> 'status', change -> 'after' ->> 'status', appointment_id"
        " FROM audit_log"
        " WHERE change ->> 'member' IS NOT NULL ORDER BY id"
    )


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("before", STATUSES)
def test_only_allowed_steps_are_taken(clinic: Clinic, before: str, decision: str) -> None:
    made = visit(clinic, "2026-03-02T09:30", status=before)

    answer = decide(made, decision)

    to = DECISIONS[decision].to
    if before == to:
        assert (answer.status, answer.body, history(clinic)) == (200, {"id": made, "status": to}, [])
    elif (before, to) in ALLOWED and before in DECISIONS[decision].allowed_from:
        assert (answer.status, answer.body) == (200, {"id": made, "status": to})
        assert (status(clinic, made), history(clinic)) == (to, [(before, to, made)])
    else:
        assert (answer.status, answer.body["currentStatus"]) == (409, before)
        assert before in answer.body["detail"]
        assert (status(clinic, made), history(clinic)) == (before, [])


def test_the_same_decision_twice_changes_nothing_the_second_time(clinic: Clinic) -> None:
    made = visit(clinic, "2026-03-02T09:30")

    assert decide(made, "arrived") == decide(made, "arrived")
    assert decide(made, "fulfilled").status == 200
    assert history(clinic) == [("booked", "arrived", made), ("arrived", "fulfilled", made)]


@pytest.mark.parametrize("id", ["999999", "0", "-1", "abc", "1.5", str(2**63), "9" * 400, "%00", "é"])
def test_an_id_of_nothing_is_404_however_it_is_written(database: Database, id: str) -> None:
    answer = decide(id, "arrived")

    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_decision_that_there_is_not_is_404(clinic: Clinic) -> None:
    made = visit(clinic, "2026-03-02T09:30", status="noshow")

    for decision in ("booked", "cancelled", "held", "Arrived", "drop table"):
        assert decide(made, decision).status == 404
    assert status(clinic, made) == "noshow"


def test_a_hold_is_no_appointment(clinic: Clinic) -> None:
    made = visit(clinic, "2026-03-02T09:30", status="held")

    assert decide(made, "arrived").status == 404
    assert status(clinic, made) == "held"


def test_nobody_has_missed_what_has_not_begun(clinic: Clinic) -> None:
    made = visit(clinic, "2099-03-02T09:30")

    answer = decide(made, "noshow")

    assert (answer.status, answer.body["currentStatus"]) == (409, "booked")
    assert status(clinic, made) == "booked"


def test_a_missed_visits_time_is_free_again_and_a_kept_ones_is_not(clinic: Clinic) -> None:
    first = visit(clinic, "2026-03-02T09:30")
    decide(first, "noshow")
    second = visit(clinic, "2026-03-02T09:30")
    decide(second, "arrived")

    assert [status(clinic, one) for one in (first, second)] == ["noshow", "arrived"]


def test_of_two_decisions_at_once_the_second_hears_what_the_first_made(clinic: Clinic) -> None:
    made = visit(clinic, "2026-03-02T09:30")
    answers: list[Answer] = []

    with clinic.rows() as first:
        first.execute("UPDATE appointments SET status = 'noshow' WHERE id = %s", [made])
        second = threading.Thread(target=lambda: answers.append(decide(made, "arrived")))
        second.start()
        second.join(0.3)
        assert second.is_alive()
    second.join()

    assert (answers[0].status, answers[0].body["currentStatus"]) == (409, "noshow")
    assert status(clinic, made) == "noshow"


@given(st.lists(st.sampled_from(sorted(DECISIONS)), max_size=6))
def test_no_order_of_decisions_leads_back(decisions: list[str]) -> None:
    """By the table alone: no status comes twice."""
    now, been = "booked", ["booked"]
    for decision in decisions:
        to, allowed_from, _ = DECISIONS[decision]
        if now in allowed_from:
            now = to
            been.append(now)

    assert len(been) == len(set(been))


@pytest.mark.parametrize("over", ["fulfilled", "noshow", "cancelled"])
def test_from_a_visit_that_is_over_nothing_leads_on(over: str) -> None:
    assert [name for name, step in DECISIONS.items() if over in step.allowed_from] == []
