"""Who is calling: what a number, a name and a birth date give, and how guessing ends."""

import json
from typing import Any

import pytest

from tests.clinic import FAMILY, JOHN, MAPLE_NUMBER, MEILING, Clinic, signed
from tests.tools import visits

WRONG, RIGHT = "1990-01-16", "1990-01-15"


def guess(clinic: Clinic, born: str, *, call: str | None = None) -> dict[str, Any]:
    return clinic.ask("search_patient_by_phone", call=call, phone="0000000000", dateOfBirth=born)


@pytest.mark.parametrize("kind", ["webCall", "outboundPhoneCall", "vapi.websocketCall", ""])
def test_only_of_an_inbound_telephone_call_does_the_number_count(clinic: Clinic, kind: str) -> None:
    clinic.kind = kind

    assert clinic.ask("search_patient_by_phone", phone="0000000000")["found"] is False
    assert clinic.ask("search_patient_by_phone", phone=JOHN)["found"] is False
    booked = visits.create(clinic, visits.at("10:00"), demographicId=visits.id_of(clinic, "John"))
    assert booked["status"] == "NOT_BOOKED"
    assert visits.standing(clinic) == []


def test_bare_arguments_come_from_an_unproven_caller(clinic: Clinic) -> None:
    clinic.prove_john()
    body = json.dumps({"phone": "0000000000"}).encode()
    headers = {"x-called-number": MAPLE_NUMBER, "x-caller-number": JOHN, "x-call-id": "by-curl"}

    status, answer = clinic.post("search_patient_by_phone", body, signed(body) | headers)

    assert (status, answer["found"], answer["firstName"]) == (200, False, None)


@pytest.mark.parametrize("caller", ["anonymous", "+266696687", ""])
def test_a_hidden_number_is_nobodys(clinic: Clinic, caller: str) -> None:
    clinic.caller = caller

    assert clinic.ask("search_patient_by_phone", phone="0000000000")["found"] is False


def test_what_was_wrong_is_never_said(clinic: Clinic) -> None:
    nobody = clinic.ask("search_patient_by_phone", phone="+16045550199", dateOfBirth=RIGHT)

    assert guess(clinic, WRONG) == nobody
    assert clinic.ask("search_patient", name="John Doe", dateOfBirth=WRONG) == nobody
    assert clinic.ask("search_patient", name="Zebulon Quist", dateOfBirth=RIGHT) == nobody


def test_four_wrong_birth_dates_are_forgiven(clinic: Clinic) -> None:
    for _ in range(4):
        assert guess(clinic, WRONG)["found"] is False

    assert guess(clinic, RIGHT)["proven"] is True


def test_after_five_wrong_ones_even_the_right_one_leads_to_a_person(clinic: Clinic) -> None:
    for attempt in range(5):
        if attempt % 2:
            answer = clinic.ask("search_patient", name="John Doe", dateOfBirth=WRONG)
        else:
            answer = guess(clinic, WRONG)
        assert "transfer" not in answer

    for answer in (guess(clinic, RIGHT), clinic.ask("search_patient", name="John Doe", dateOfBirth=RIGHT)):
        assert (answer["found"], answer["transfer"]) == (False, True)
        assert "pass you to someone" in answer["say"]
        assert "id" not in answer
    assert clinic.all("SELECT failed_proofs, proven_patient_id FROM calls") == [(5, None)]


def test_guessing_again_after_the_end_is_not_counted_on(clinic: Clinic) -> None:
    for _ in range(8):
        guess(clinic, WRONG)

    assert clinic.all("SELECT failed_proofs FROM calls") == [(5,)]


def test_a_number_that_guesses_call_after_call_is_stopped_for_the_day(clinic: Clinic) -> None:
    for attempt in range(15):
        assert "transfer" not in guess(clinic, WRONG, call=f"call-{attempt // 4}")

    assert guess(clinic, RIGHT, call="a-new-call")["transfer"] is True
    other = clinic.ask(
        "search_patient_by_phone", call="b", caller=MEILING, phone="0000000000", dateOfBirth="1985-07-02"
    )
    assert other["proven"] is True


def test_who_hides_their_number_is_nobody_new_in_each_call(clinic: Clinic) -> None:
    clinic.caller = "anonymous"
    for day in range(15):
        born = f"1990-03-{day + 1:02}"
        answer = clinic.ask("search_patient", call=f"call-{day // 4}", name="John Doe", dateOfBirth=born)
        assert "transfer" not in answer

    right = {"name": "John Doe", "dateOfBirth": RIGHT}
    assert clinic.ask("search_patient", call="a-new-call", **right)["transfer"] is True
    assert clinic.ask("search_patient", call="another", caller=JOHN, **right)["proven"] is True


def test_the_next_day_the_number_may_try_again(clinic: Clinic) -> None:
    for attempt in range(15):
        guess(clinic, WRONG, call=f"call-{attempt // 4}")
    clinic.do("UPDATE calls SET started_at = started_at - interval '25 hours'")

    assert guess(clinic, RIGHT, call="a-new-call")["proven"] is True


def test_a_proof_holds_for_its_own_call_only(clinic: Clinic) -> None:
    clinic.prove_john(call="call-1")

    assert clinic.ask("get_patient", call="call-2")["found"] is False


@pytest.mark.parametrize(
    ("tool", "refusal"),
    [
        ("get_patient", ("found", False)),
        ("check_appointments", ("found", False)),
        ("update_appointment", ("status", "NOT_BOOKED")),
        ("cancel_appointment", ("cancelled", False)),
    ],
)
def test_a_telephone_match_alone_opens_nothing(clinic: Clinic, tool: str, refusal: tuple[str, Any]) -> None:
    john = visits.id_of(clinic, "John")
    visit = visits.insert(clinic, visits.at("10:00"), patient=john)
    clinic.ask("search_patient_by_phone", phone="0000000000")
    arguments: dict[str, dict[str, Any]] = {
        "get_patient": {"demographicId": john},
        "check_appointments": {"demographicId": john, "startDate": "today", "endDate": str(visits.day())},
        "update_appointment": {"appointmentId": visit, "newStartTime": visits.at("11:00")},
        "cancel_appointment": {"appointmentId": visit},
    }

    answer = clinic.ask(tool, **arguments[tool])

    assert answer[refusal[0]] == refusal[1]
    assert answer["say"] == "For your privacy, please tell me your date of birth first."
    assert visits.standing(clinic) == [(100, visits.at("10:00"))]


def test_a_telephone_match_is_enough_to_book_a_new_visit(clinic: Clinic) -> None:
    found = clinic.ask("search_patient_by_phone", phone="0000000000")

    answer = visits.create(clinic, visits.at("10:00"), demographicId=found["id"])

    assert answer["status"] == "BOOKED"


def test_nobody_is_booked_for_whose_telephone_it_is_not(clinic: Clinic) -> None:
    known = visits.create(clinic, visits.at("10:00"), demographicId=visits.id_of(clinic, "Meiling"))
    unknown = visits.create(clinic, visits.at("10:00"), demographicId=999_999)
    nobody = visits.create(clinic, visits.at("10:00"))

    assert known == unknown == nobody
    assert known["say"] == "May I have your full name and date of birth first?"
    assert visits.standing(clinic) == []


@pytest.mark.parametrize(
    "tool", ["get_patient", "check_appointments", "create_appointment", "update_appointment"]
)
def test_another_patients_id_is_refused_and_never_replaced(clinic: Clinic, tool: str) -> None:
    john = clinic.prove_john()
    visit = visits.insert(clinic, visits.at("10:00"), patient=john)
    arguments: dict[str, dict[str, Any]] = {
        "get_patient": {},
        "check_appointments": {"startDate": "today", "endDate": str(visits.day())},
        "create_appointment": {
            "providerId": "100",
            "startTime": visits.at("11:00"),
            "appointmentType": "Follow-up",
            "reason": "a cough",
            "language": "en",
        },
        "update_appointment": {"appointmentId": visit, "newStartTime": visits.at("11:00")},
    }

    answer = clinic.ask(tool, demographicId=visits.id_of(clinic, "Meiling"), **arguments[tool])

    assert answer["say"] == "I can only help with the file of the person I'm speaking with."
    assert "firstName" not in answer
    assert not answer.get("appointments")
    assert visits.standing(clinic) == [(100, visits.at("10:00"))]


def test_an_absent_id_means_the_proven_caller(clinic: Clinic) -> None:
    john = clinic.prove_john()

    booked = visits.create(clinic, visits.at("10:00"))

    assert booked["status"] == "BOOKED"
    assert clinic.all("SELECT patient_id FROM appointments WHERE status = 'booked'") == [(john,)]
    assert clinic.ask("get_patient")["id"] == john


def test_a_caller_who_proves_to_be_somebody_else_loses_the_first_file(clinic: Clinic) -> None:
    john = clinic.prove_john()
    clinic.ask("search_patient_by_phone", phone=MEILING, dateOfBirth="1985-07-02")

    assert clinic.ask("get_patient", demographicId=john)["found"] is False
    assert clinic.ask("get_patient")["firstName"] == "Meiling"


class TestAClinicThatTrustsTelephones:
    @pytest.fixture(autouse=True)
    def trusts_telephones(self, clinic: Clinic) -> None:
        clinic.do("UPDATE organizations SET identity_proof = 'phone'")

    def test_the_callers_number_proves_them(self, clinic: Clinic) -> None:
        answer = clinic.ask("search_patient_by_phone", phone="0000000000")

        assert (answer["proven"], answer["dateOfBirth"]) == (True, RIGHT)
        assert clinic.ask("get_patient")["firstName"] == "John"

    def test_of_a_family_the_first_name_proves(self, clinic: Clinic) -> None:
        assert clinic.ask("search_patient_by_phone", caller=FAMILY, phone="")["nextQuestion"] == "firstName"
        assert clinic.ask("search_patient", caller=FAMILY, name="Robin Field")["proven"] is True

    def test_anothers_name_or_number_proves_nobody(self, clinic: Clinic) -> None:
        assert clinic.ask("search_patient", name="Chen Meiling")["proven"] is False
        assert clinic.ask("search_patient_by_phone", phone=MEILING)["found"] is False

    def test_a_web_calls_number_proves_nobody(self, clinic: Clinic) -> None:
        clinic.kind = "webCall"

        assert clinic.ask("search_patient", name="John Doe")["proven"] is False
        assert clinic.ask("get_patient")["found"] is False
