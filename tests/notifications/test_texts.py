"""A text to a caller who agreed: to their own number, of what is true when it is sent, once."""

import json
from typing import Any

import pytest

from functions.notifications.send_texts.handler import handler
from tests.clinic import JOHN, MEILING, Clinic, Context
from tests.member import Member, token
from tests.notifications.conftest import Faulty, Sent
from tests.tools.visits import at, create

MEMBER = Member(token())


@pytest.fixture(autouse=True)
def switched_on(clinic: Clinic) -> None:
    assert MEMBER.patch("/organization", {"textsEnabled": True}).status == 200


def send() -> dict[str, int]:
    """What texts came to, of a run now; nothing is told of what didn't happen."""
    told = handler({}, Context(50))
    return {name: count for name, count in told.items() if count}


def status(clinic: Clinic) -> list[Any]:
    return [one for (one,) in clinic.all("SELECT status FROM text_messages ORDER BY id")]


def waited(clinic: Clinic, how: str = "1 minute") -> None:
    clinic.do("UPDATE text_messages SET tried_at = tried_at - %s::interval", how)


def test_who_agreed_is_told_date_time_and_clinic_and_nothing_else(clinic: Clinic, sent: Sent) -> None:
    clinic.prove_john()
    create(clinic, at("09:30"), textMe=True)

    assert send() == {"sent": 1}
    assert send() == {}

    [(number, words)] = sent.texts
    assert number == JOHN
    assert words.startswith("Maple Clinic: your appointment is on ")
    assert words.endswith("9:30 AM. Reply STOP to get no more texts.")
    assert not [name for name in ("John", "Doe", "Dr.", "Chen", "throat", "consultation") if name in words]
    assert clinic.all("SELECT status, message_id IS NOT NULL FROM text_messages") == [("sent", True)]


def test_a_chinese_call_is_texted_in_chinese(clinic: Clinic, sent: Sent) -> None:
    clinic.ask("search_patient_by_phone", caller=MEILING, phone="0000000000", dateOfBirth="1985-07-02")
    create(clinic, at("14:30"), caller=MEILING, language="zh", textMe=True)

    send()

    [(number, words)] = sent.texts
    assert number == MEILING
    assert words.startswith("【枫叶诊所】您的预约时间是20")
    assert "）下午2:30" in words


def test_who_did_not_agree_gets_none(clinic: Clinic, sent: Sent) -> None:
    clinic.prove_john()
    create(clinic, at("09:30"))

    assert (send(), sent.texts) == ({}, [])


def test_what_changed_before_sending_is_what_is_sent_once(clinic: Clinic, sent: Sent) -> None:
    clinic.prove_john()
    visit = create(clinic, at("09:30"), textMe=True)["appointmentId"]
    clinic.ask("update_appointment", appointmentId=visit, newStartTime=at("11:00"), textMe=True)
    create(clinic, at("13:00"), textMe=True)
    other = clinic.all("SELECT max(id) FROM appointments")[0][0]
    clinic.ask("cancel_appointment", appointmentId=other)

    assert send() == {"sent": 2}

    moved, cancelled = [words for _, words in sent.texts]
    assert "11:00 AM. Reply" in moved
    assert "1:00 PM is cancelled. Reply" in cancelled


def test_each_change_that_was_agreed_to_is_sent_and_a_repeat_is_not(clinic: Clinic, sent: Sent) -> None:
    clinic.prove_john()
    visit = create(clinic, at("09:30"), textMe=True)["appointmentId"]
    send()
    assert create(clinic, at("09:30"), textMe=True)["appointmentId"] == visit
    assert send() == {}

    for _ in range(2):
        clinic.ask("update_appointment", appointmentId=visit, newStartTime=at("11:00"), textMe=True)
        send()
    for _ in range(2):
        clinic.ask("cancel_appointment", appointmentId=visit, textMe=True)
        send()

    assert [words.split(". ")[0].rsplit(", ")[-1] for _, words in sent.texts] == [
        *("9:30 AM", "11:00 AM"),
        "11:00 AM is cancelled",
    ]


def test_a_request_is_not_called_an_appointment(clinic: Clinic, sent: Sent) -> None:
    clinic.do("UPDATE organizations SET booking_mode = 'approval'")
    clinic.prove_john()
    create(clinic, at("09:30"), textMe=True)

    send()

    [(_, words)] = sent.texts
    assert "you asked for " in words
    assert "has yet to confirm it" in words


@pytest.mark.parametrize("why", ["off", "another telephone", "a browser", "changed file"])
def test_only_the_telephone_on_the_file_that_is_in_their_hands_is_texted(
    clinic: Clinic, sent: Sent, why: str
) -> None:
    match why:
        case "off":
            MEMBER.patch("/organization", {"textsEnabled": False})
        case "another telephone":
            clinic.caller = "+16045550177"
        case "a browser":
            clinic.kind = "webCall"
        case _:
            pass
    found = clinic.ask("search_patient_by_phone", phone=JOHN, dateOfBirth="1990-01-15")
    assert (found["proven"], found["canText"]) == (True, why == "changed file")
    assert create(clinic, at("09:30"), textMe=True)["booked"] is True
    if why == "changed file":
        clinic.do("UPDATE patients SET phone = '+16045550177' WHERE phone = %s", JOHN)

    assert send() == ({"dropped": 1} if why == "changed file" else {})
    assert sent.texts == []


def test_a_newcomer_can_be_texted_where_they_call_from(clinic: Clinic) -> None:
    person = {
        "firstName": "Alex",
        "lastName": "Sample",
        "dateOfBirth": "1988-04-09",
        "gender": "X",
        "address": "12 Example Street",
        "city": "Vancouver",
        "postalCode": "V6B 1A1",
        "healthCardType": "NONE",
        "language": "en",
    }
    caller = "+16045550150"

    assert clinic.ask("register_new_patient", caller=caller, phone=caller, **person)["canText"] is True


def test_who_opted_out_is_left_alone(clinic: Clinic, sent: Sent) -> None:
    """moto has every number that ends in 99 opted out."""
    clinic.do("UPDATE patients SET phone = '+16045550199' WHERE phone = %s", JOHN)
    clinic.caller = "+16045550199"
    clinic.prove_john()
    create(clinic, at("09:30"), textMe=True)

    assert (send(), sent.texts) == ({"opted_out": 1}, [])


def test_what_sns_did_not_take_is_tried_again_and_what_nobody_knows_is_not(
    clinic: Clinic, faulty: Faulty, printed: pytest.CaptureFixture[str]
) -> None:
    clinic.prove_john()
    create(clinic, at("09:30"), textMe=True)
    faulty.planned = ["Throttled"]
    assert (send(), status(clinic)) == ({"waiting": 1}, ["waiting"])
    assert send() == {}  # not at once

    waited(clinic)
    faulty.planned = ["lost"]
    assert (send(), status(clinic)) == ({"sending": 1}, ["sending"])
    waited(clinic, "1 day")

    assert (send(), faulty.asked) == ({}, ["Publish", "Publish"])
    assert JOHN not in printed.readouterr().out


def test_what_sns_refuses_for_good_says_why(clinic: Clinic, faulty: Faulty) -> None:
    clinic.prove_john()
    create(clinic, at("09:30"), textMe=True)
    faulty.planned = ["InvalidParameter"]

    assert send() == {"failed": 1}
    assert clinic.all("SELECT status, failure FROM text_messages") == [("failed", "InvalidParameter")]


def test_a_text_that_is_late_is_not_sent_any_more(clinic: Clinic, sent: Sent) -> None:
    clinic.prove_john()
    create(clinic, at("09:30"), textMe=True)
    clinic.do("UPDATE text_messages SET agreed_at = now() - interval '2 hours'")

    assert (send(), sent.texts) == ({"failed": 1}, [])


def test_it_is_marked_before_sns_is_asked(clinic: Clinic, faulty: Faulty) -> None:
    clinic.prove_john()
    create(clinic, at("09:30"), textMe=True)
    seen: list[Any] = []

    class Watched(list[str]):
        def append(self, operation: str) -> None:
            seen.extend(status(clinic))
            super().append(operation)

    faulty.asked = Watched()

    assert (send(), seen) == ({"sent": 1}, ["sending"])


def test_what_tools_answer_is_as_without_a_text(clinic: Clinic) -> None:
    clinic.prove_john()
    answer = create(clinic, at("09:30"), textMe=True)

    assert "text" not in json.dumps(answer).lower()
