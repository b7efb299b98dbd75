"""What the clinic is told of what callers do: by ids, once, in the transaction that does it."""

from typing import Any

from tests.clinic import Clinic
from tests.member import Member, token
from tests.tools.visits import at, create

MEMBER = Member(token())


def kinds(clinic: Clinic) -> list[Any]:
    return [kind for (kind,) in clinic.all("SELECT kind FROM notifications ORDER BY id")]


def test_a_caller_who_books_moves_and_cancels_is_told_of_by_ids(clinic: Clinic) -> None:
    patient = clinic.prove_john()
    visit = create(clinic, at("09:00"))["appointmentId"]
    clinic.ask("update_appointment", appointmentId=visit, newStartTime=at("10:00"))
    clinic.ask("cancel_appointment", appointmentId=visit)

    told = clinic.all("SELECT kind, call_id, patient_id, appointment_id FROM notifications ORDER BY id")
    assert told == [(kind, "call-1", patient, visit) for kind in ("booked", "moved", "cancelled")]


def test_a_repeat_tells_once_and_a_second_move_again(clinic: Clinic) -> None:
    clinic.prove_john()
    visit = create(clinic, at("09:00"))["appointmentId"]
    create(clinic, at("09:00"))
    for _ in range(2):
        clinic.ask("update_appointment", id="twice", appointmentId=visit, newStartTime=at("10:00"))
    clinic.ask("update_appointment", appointmentId=visit, newStartTime=at("10:00"))
    assert kinds(clinic) == ["booked", "moved"]

    clinic.ask("update_appointment", appointmentId=visit, newStartTime=at("11:00"))
    for _ in range(2):
        clinic.ask("cancel_appointment", appointmentId=visit)

    assert kinds(clinic) == ["booked", "moved", "moved", "cancelled"]


def test_what_came_to_nothing_is_not_told(clinic: Clinic) -> None:
    clinic.prove_john()
    create(clinic, at("09:00"))
    before = kinds(clinic)

    assert create(clinic, at("09:15"), providerId=100)["booked"] is False

    assert kinds(clinic) == before


def test_a_request_wants_approval_and_a_members_answer_is_no_news(clinic: Clinic) -> None:
    clinic.do("UPDATE organizations SET booking_mode = 'approval'")
    clinic.prove_john()
    visit = create(clinic, at("09:00"))["appointmentId"]

    assert MEMBER.post(f"/appointments/{visit}/approve").status == 200
    assert kinds(clinic) == ["approval_wanted"]


def test_whoever_waits_and_whoever_reached_nobody_is_told_of_once(clinic: Clinic) -> None:
    clinic.do("DELETE FROM transfer_lines")
    for _ in range(2):
        clinic.ask("add_to_waitlist", firstName="Wai", lastName="Ting", phone="+16045550188")
        clinic.ask("transfer_call", reason="billing")
    clinic.ask("add_to_waitlist", call="later", firstName="Wai", lastName="Ting", phone="+16045550188")

    assert kinds(clinic) == ["waitlisted", "transfer_missed"]
    [missed, waiting] = MEMBER.get("/notifications").body["notifications"]
    assert missed["title"] == "A caller wanted a person, and nobody could be reached"
    assert waiting["waitlistId"] == clinic.all("SELECT id FROM waitlist")[0][0]
