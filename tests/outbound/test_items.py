"""What is to be called about comes up by itself, once, and an attempt's end says what comes next."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from frontdesk.outbound import items
from functions.scheduling.sweep.handler import handler as sweep
from tests.clinic import Clinic, Context
from tests.member import Member, token
from tests.outbound.conftest import Desk, noon_zone

MEMBER = Member(token())
AN_HOUR_LATER = (
    "visit = tstzrange(lower(visit) + '1 hour', upper(visit) + '1 hour'),"
    " occupied = tstzrange(lower(occupied) + '1 hour', upper(occupied) + '1 hour')"
)


@pytest.fixture
def visit(desk: Desk, john: int) -> int:
    """John's visit tomorrow noon, booked a week ago; its id."""
    return book(desk.clinic, john, hours=24)


def book(clinic: Clinic, patient: int, *, hours: int, status: str = "booked") -> int:
    [(id_,)] = clinic.all(
        "INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, visit, occupied,"
        " placed_at, pending_until) SELECT p.org_id, p.id, %s, t.id, %s, s.visit, s.visit,"
        " now() - interval '7 days',"
        " CASE WHEN %s = 'pending' THEN now() + interval '1 hour' END"
        " FROM providers p JOIN appointment_types t USING (org_id),"
        " LATERAL (SELECT tstzrange(s, s + interval '15 minutes') AS visit FROM"
        "  (SELECT date_trunc('hour', now()) + make_interval(hours => %s) AS s) x) s"
        " WHERE p.id = 100 AND t.name = 'Follow-up' RETURNING id",
        *(patient, status, status, hours),
    )
    return id_


def test_tomorrows_visits_are_called_about_once(desk: Desk, visit: int, john: int) -> None:
    book(desk.clinic, john, hours=72)

    assert desk.plan() == {"clinics": 1, "calls": 1, "failed": 0}
    assert desk.plan()["calls"] == 0
    assert desk.items("purpose, appointment_id, patient_id") == [("reminder", visit, john)]
    desk.run()
    [call] = desk.calls()
    told = call["squadOverrides"]["variableValues"]
    assert told["purpose"] == "reminder"
    assert told["purposeDetail"].startswith("Reminds John of the visit tomorrow, ")
    assert told["purposeDetail"].endswith(", at 12 noon: confirm it, move it or cancel it.")


def test_nobody_is_reminded_of_what_they_arranged_a_moment_ago(desk: Desk, visit: int) -> None:
    desk.clinic.do("UPDATE appointments SET placed_at = now() - interval '1 minute'")

    assert desk.plan()["calls"] == 0


def test_a_visit_that_is_about_to_begin_is_nothing_to_be_reminded_of(desk: Desk, john: int) -> None:
    book(desk.clinic, john, hours=1)

    assert desk.plan()["calls"] == 0


def test_a_clinic_may_remind_earlier_and_of_nothing_else(desk: Desk, visit: int, john: int) -> None:
    book(desk.clinic, john, hours=72)
    desk.clinic.do("UPDATE organizations SET reminder_days = 3")
    assert desk.plan()["calls"] == 2

    desk.clinic.do("DELETE FROM outbound_calls")
    desk.clinic.do("UPDATE organizations SET outbound_purposes = '{recall}'")
    assert desk.plan()["calls"] == 0


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("status = 'cancelled'", "the visit is not booked any more"),
        (
            AN_HOUR_LATER,
            "the visit has moved",
        ),
        ("confirmed_at = now()", "the visit is confirmed already"),
    ],
)
def test_a_reminder_that_is_true_no_more_is_not_made(desk: Desk, visit: int, change: str, why: str) -> None:
    desk.plan()
    desk.clinic.do(f"UPDATE appointments SET {change} WHERE id = %s", visit)

    desk.run()

    assert desk.calls() == []
    assert desk.items("status, outcome") == [("cancelled", why)]


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ("confirmed_at = now()", "confirmed"),
        ("status = 'cancelled'", "cancelled"),
        (
            AN_HOUR_LATER,
            "moved",
        ),
        ("reason = reason", "answered"),
    ],
)
def test_what_a_reminder_came_to_is_read_from_the_visit(
    desk: Desk, visit: int, change: str, outcome: str
) -> None:
    desk.plan()
    desk.run()
    [(item, call)] = desk.clinic.all("SELECT item_id, vapi_call_id FROM outbound_attempts")
    desk.clinic.do(f"UPDATE appointments SET {change} WHERE id = %s", visit)

    desk.settle(item, call, "customer-ended-call")

    assert desk.items() == [("reminder", "done", 1, outcome)]


@pytest.mark.parametrize(
    ("ended_reason", "status", "outcome"),
    [
        ("customer-busy", "waiting", "busy"),
        ("customer-did-not-answer", "waiting", "no_answer"),
        ("twilio-failed-to-connect-call", "waiting", "failed"),
        ("call.in-progress.error-of-next-year", "waiting", "failed"),
        ("silence-timed-out", "waiting", "no_answer"),
        ("voicemail", "done", "voicemail"),
        ("assistant-ended-call", "done", "answered"),
        ("customer-ended-call-during-transfer", "done", "answered"),
        ("exceeded-max-duration", "done", "answered"),
        ("call.forwarding.operator-busy", "done", "answered"),
        ("manually-canceled", "cancelled", "stopped"),
    ],
)
def test_what_comes_after_an_attempt(
    desk: Desk, john: int, ended_reason: str, status: str, outcome: str
) -> None:
    item = desk.recall(john)
    desk.run()
    [call] = desk.calls()

    for _ in range(2):  # a report comes twice
        desk.settle(item, call["id"], ended_reason)

    assert desk.items() == [("recall", status, 1, outcome)]
    if status == "waiting":
        [(next_at,)] = desk.items("next_at")
        assert timedelta(minutes=59) < next_at - datetime.now(UTC) <= timedelta(minutes=60)


def test_after_as_many_attempts_as_the_clinic_allows_it_is_given_up(desk: Desk, john: int) -> None:
    item = desk.recall(john)
    for attempt in range(1, 5):
        desk.run()
        desk.wait()
        found = desk.clinic.all("SELECT vapi_call_id FROM outbound_attempts WHERE settled_at IS NULL")
        if found:
            desk.settle(item, found[0][0], "customer-did-not-answer")
            desk.wait()
        assert len(desk.calls()) == min(attempt, 3)

    assert desk.items() == [("recall", "gave_up", 3, "no_answer")]


def test_a_message_on_a_machine_is_no_end_where_the_clinic_says_so(desk: Desk, john: int) -> None:
    desk.clinic.do("UPDATE organizations SET voicemail_is_enough = false")
    item = desk.recall(john)
    desk.run()

    desk.settle(item, desk.calls()[0]["id"], "voicemail")

    assert desk.items() == [("recall", "waiting", 1, "voicemail")]


def test_a_report_that_comes_before_vapis_answer_is_written_down_belongs_to_its_attempt(
    desk: Desk, john: int
) -> None:
    item = desk.recall(john)
    desk.vapi.faults({"path": "/call", "method": "POST", "times": 1, "when": "after", "reset": True})
    desk.run()
    [call] = desk.calls()

    desk.settle(item, call["id"], "customer-ended-call")
    desk.run()

    assert len(desk.calls()) == 1
    assert desk.items() == [("recall", "done", 1, "answered")]
    assert desk.clinic.all("SELECT vapi_call_id FROM outbound_attempts") == [(call["id"],)]


@pytest.mark.parametrize(
    ("ended_reason", "status"), [("customer-ended-call", "done"), ("customer-busy", "calling")]
)
def test_a_late_report_of_a_call_that_was_given_up_for_lost_is_of_its_own_attempt(
    desk: Desk, john: int, ended_reason: str, status: str
) -> None:
    item = desk.recall(john)
    desk.vapi.faults({"path": "/call", "method": "POST", "times": 1, "reset": True})
    desk.run()
    desk.age(minutes=4)
    desk.run()  # the second attempt, of which nothing is heard yet
    attempts = "SELECT attempt, vapi_call_id, ended_reason FROM outbound_attempts ORDER BY 1"
    [call] = desk.calls()
    assert desk.clinic.all(attempts) == [(1, None, items.NOT_BEGUN), (2, call["id"], None)]

    desk.settle(item, "the-late-one", ended_reason, attempt=1)

    assert desk.clinic.all(attempts) == [(1, "the-late-one", ended_reason), (2, call["id"], None)]
    assert desk.items("status") == [(status,)]
    desk.settle(item, call["id"], "customer-did-not-answer", attempt=2)
    assert desk.items("status") == [("done" if status == "done" else "waiting",)]


def test_a_late_report_does_not_settle_the_attempt_whose_answer_is_lost(desk: Desk, john: int) -> None:
    item = desk.recall(john)
    desk.vapi.faults({"path": "/call", "method": "POST", "times": 1, "reset": True})
    desk.run()
    desk.age(minutes=4)
    desk.vapi.faults({"path": "/call", "method": "POST", "times": 1, "when": "after", "reset": True})
    desk.run()

    desk.settle(item, "the-late-one", "customer-busy", attempt=1)
    desk.run()

    [call] = desk.calls()
    attempts = "SELECT attempt, vapi_call_id FROM outbound_attempts ORDER BY 1"
    assert desk.clinic.all(attempts) == [(1, "the-late-one"), (2, call["id"])]
    assert desk.items("status") == [("calling",)]


def test_who_turns_out_to_have_answered_the_last_attempt_is_not_given_up(desk: Desk, john: int) -> None:
    desk.clinic.do("UPDATE organizations SET outbound_attempts = 1")
    item = desk.recall(john)
    desk.vapi.faults({"path": "/call", "method": "POST", "times": 1, "reset": True})
    desk.run()
    desk.age(minutes=4)
    desk.run()
    assert desk.items("status") == [("gave_up",)]

    desk.settle(item, "the-late-one", "customer-ended-call", attempt=1)

    assert desk.items() == [("recall", "done", 1, "answered")]


def test_another_calls_report_settles_nothing(desk: Desk, john: int) -> None:
    item = desk.recall(john)
    desk.run()

    desk.settle(item, "some-other-call", "customer-ended-call")

    assert desk.items("status") == [("calling",)]


def test_what_the_clinic_decided_is_told_by_a_call_and_then_no_more(desk: Desk, john: int) -> None:
    request = book(desk.clinic, john, hours=48, status="pending")
    assert MEMBER.post(f"/appointments/{request}/approve").status == 200
    desk.plan()
    desk.run()
    [call] = desk.calls()
    assert call["squadOverrides"]["variableValues"]["purpose"] == "approval_result"

    answer = said(desk, call["id"])
    assert answer["proven"] is True
    assert "The clinic has confirmed your appointment" in answer["say"]
    [(item,)] = desk.items("id")
    desk.settle(item, call["id"], "customer-ended-call")

    assert desk.items() == [("approval_result", "done", 1, "told")]
    assert desk.plan()["calls"] == 0
    assert desk.clinic.all("SELECT told_in FROM communications") == [(call["id"],)]


def said(desk: Desk, call: str, **more: Any) -> dict[str, Any]:
    """John, on the line of our call, says his birth date."""
    asked = {"phone": "0000000000", "dateOfBirth": "1990-01-15"} | more
    desk.clinic.kind, desk.clinic.caller = "outboundPhoneCall", "+18005550123"
    return desk.clinic.ask("search_patient_by_phone", call=call, **asked)


def test_whoever_answers_our_call_has_proven_nothing(desk: Desk, visit: int) -> None:
    desk.clinic.do("UPDATE organizations SET identity_proof = 'phone'")
    desk.plan()
    desk.run()
    [call] = desk.calls()
    desk.clinic.kind, desk.clinic.caller = "outboundPhoneCall", "+18005550123"

    unproven = desk.clinic.ask("search_patient_by_phone", call=call["id"], phone="0000000000")
    wrong = said(desk, call["id"], dateOfBirth="1991-01-15")
    listed = desk.clinic.ask("check_appointments", call=call["id"])

    assert (unproven["found"], unproven["nextQuestion"]) == (False, "dateOfBirth")
    assert wrong["found"] is False
    assert listed["found"] is False
    assert "John" not in str([unproven, wrong, listed])


def test_a_visit_is_confirmed_by_voice(desk: Desk, visit: int) -> None:
    desk.plan()
    desk.run()
    [call] = desk.calls()
    said(desk, call["id"])

    answer = desk.clinic.ask("confirm_appointment", call=call["id"], appointmentId=visit)

    assert answer["confirmed"] is True
    assert answer["say"].startswith("Thank you, I've noted that you're coming tomorrow, ")
    [(item,)] = desk.items("id")
    desk.settle(item, call["id"], "assistant-ended-call")
    assert desk.items() == [("reminder", "done", 1, "confirmed")]


def test_a_visit_that_is_moved_is_confirmed_no_more(desk: Desk, clinic: Clinic) -> None:
    clinic.do("UPDATE organizations SET time_zone = 'America/Vancouver'")
    clinic.caller = "+18005550123"
    made = clinic.book()["appointmentId"]
    clinic.ask("confirm_appointment", appointmentId=made)
    assert clinic.all("SELECT confirmed_at IS NOT NULL FROM appointments") == [(True,)]

    other = clinic.ask("find_earliest_appointment")
    moved = clinic.ask(
        "update_appointment",
        appointmentId=made,
        newStartTime=other["startTime"],
        newProviderId=other["providerId"],
    )

    assert moved["booked"] is True
    assert clinic.all("SELECT confirmed_at FROM appointments WHERE status = 'booked'") == [(None,)]


@pytest.mark.parametrize("which", ["a request", "somebody else's", "a cancelled one"])
def test_what_is_not_booked_for_the_caller_is_not_confirmed(desk: Desk, john: int, which: str) -> None:
    whose = john if which != "somebody else's" else john + 1
    made = book(desk.clinic, whose, hours=24, status="pending" if which == "a request" else "booked")
    if which == "a cancelled one":
        desk.clinic.do("UPDATE appointments SET status = 'cancelled'")
    said(desk, "ours")

    assert desk.clinic.ask("confirm_appointment", call="ours", appointmentId=made)["confirmed"] is False
    assert desk.clinic.all("SELECT confirmed_at FROM appointments") == [(None,)]


def test_whoever_is_called_may_say_that_it_is_enough(desk: Desk, john: int, visit: int) -> None:
    desk.plan()
    desk.run()
    [call] = desk.calls()
    desk.clinic.kind, desk.clinic.caller = "outboundPhoneCall", "+18005550123"

    answer = desk.clinic.ask("stop_calling", call=call["id"])

    assert answer["stopped"] is True
    assert desk.clinic.all("SELECT number FROM do_not_call") == [("+18005550123",)]
    [(item,)] = desk.items("id")
    desk.settle(item, call["id"], "customer-did-not-answer")
    desk.wait()
    desk.run()
    assert len(desk.calls()) == 1


def test_who_calls_us_is_proven_before_their_number_is_put_on_the_list(clinic: Clinic) -> None:
    assert clinic.ask("stop_calling")["stopped"] is False

    clinic.prove_john()

    assert clinic.ask("stop_calling")["stopped"] is True


def test_what_was_told_when_the_patient_called_is_not_called_about(desk: Desk, john: int) -> None:
    request = book(desk.clinic, john, hours=48, status="pending")
    MEMBER.post(f"/appointments/{request}/decline")
    desk.plan()
    desk.clinic.caller = "+18005550123"
    desk.clinic.prove_john()
    desk.clinic.do("UPDATE calls SET ended_at = now()")

    desk.run()

    assert desk.calls() == []
    assert desk.items("status, outcome") == [("cancelled", "they have been told already")]


def test_a_freed_time_is_offered_by_a_call_while_it_is_kept(desk: Desk, john: int) -> None:
    clinic = desk.clinic
    clinic.do(
        "INSERT INTO waitlist (org_id, first_name, last_name, name_key, phone, patient_id, status)"
        " VALUES (%s, 'John', 'Doe', 'doe john', '+18005550123', %s, 'waiting')",
        *(clinic.org_id, john),
    )
    taken = book(clinic, john, hours=48)
    clinic.do("UPDATE organizations SET time_zone = 'America/Vancouver'")  # of the working hours
    clinic.do(
        "UPDATE appointments SET visit = tstzrange(%s, %s), occupied = tstzrange(%s, %s) WHERE id = %s",
        *(*_tuesday(), *_tuesday(), taken),
    )
    clinic.caller = "+18005550199"
    sweep({}, Context())
    clinic.do("UPDATE appointments SET patient_id = (SELECT min(id) FROM patients WHERE id <> %s)", john)
    assert MEMBER.get("/appointments").status == 200
    clinic.do("UPDATE appointments SET status = 'pending', pending_until = now() + interval '1 hour'")
    assert MEMBER.post(f"/appointments/{taken}/decline").status == 200
    clinic.do("UPDATE organizations SET time_zone = %s", noon_zone())
    assert clinic.all("SELECT status FROM waitlist") == [("offered",)]

    desk.plan()
    desk.run()

    [call] = desk.calls()
    assert call["squadOverrides"]["variableValues"]["purposeDetail"].startswith(
        "A time that John was waiting"
    )
    assert desk.items("purpose, status")[0] == ("waitlist_offer", "calling")


def _tuesday() -> tuple[datetime, datetime]:
    """A quarter of an hour in working hours at Vancouver, a week or two ahead."""
    now = datetime.now(UTC)
    day = now.date() + timedelta(days=8 + (1 - now.weekday()) % 7)
    starts = datetime(day.year, day.month, day.day, 18, tzinfo=UTC)
    return starts, starts + timedelta(minutes=15)


def test_a_time_that_is_kept_no_more_is_not_called_about(desk: Desk, john: int) -> None:
    clinic = desk.clinic
    clinic.do(
        "INSERT INTO waitlist (org_id, first_name, last_name, name_key, phone, patient_id, status)"
        " VALUES (%s, 'John', 'Doe', 'doe john', '+18005550123', %s, 'offered')",
        *(clinic.org_id, john),
    )
    clinic.do(
        "INSERT INTO appointments (org_id, provider_id, type_id, status, visit, occupied, held_until,"
        " waitlist_id) SELECT p.org_id, 100, t.id, 'held', tstzrange(%s, %s), tstzrange(%s, %s),"
        " now() + interval '1 hour', w.id FROM waitlist w JOIN appointment_types t USING (org_id)"
        " JOIN providers p USING (org_id) WHERE p.id = 100 AND t.name = 'Follow-up'",
        *(*_tuesday(), *_tuesday()),
    )
    clinic.do(
        "INSERT INTO communications (org_id, kind, waitlist_id)"
        " SELECT org_id, 'waitlist_offer', id FROM waitlist"
    )
    assert desk.plan()["calls"] == 1
    clinic.do("UPDATE appointments SET held_until = now() - interval '1 second'")

    desk.run()

    assert desk.calls() == []
    assert desk.items("status, outcome") == [("cancelled", "the time is not kept for them any more")]
