"""What models send in place of arguments: the usual slips are repaired, the rest is asked again."""

from datetime import date, timedelta
from typing import Any

from tests.clinic import Clinic

ADA: dict[str, Any] = {"firstName": "Ada", "lastName": "Lind", "phone": "+16045550177"}


def names_on_the_waitlist(clinic: Clinic) -> list[tuple[str, str]]:
    return clinic.all("SELECT first_name, last_name FROM waitlist ORDER BY id")


def a_monday() -> date:
    """The first Monday that is a week or more away."""
    day = date.today() + timedelta(days=7)  # noqa: DTZ011 - a day more or less makes no difference
    return day + timedelta(days=-day.weekday() % 7)


def wish(clinic: Clinic, **more: Any) -> dict[str, Any]:
    """A booking that would work."""
    return {
        "demographicId": clinic.prove_john(),
        "providerId": "100",
        "startTime": f"{a_monday()}T14:30:00",
        "appointmentType": "General consultation",
        "reason": "cough",
        "language": "en",
        **more,
    }


def test_empty_text_and_null_are_absent(clinic: Clinic) -> None:
    plain = clinic.ask("find_earliest_appointment")
    padded = clinic.ask(
        "find_earliest_appointment",
        startDate="",
        endDate=None,
        timeOfDay=" ",
        providerId="",
        providerName=None,
        excludeDates="",
        appointmentType="",
    )

    assert (padded["startTime"], padded["providerId"]) == (plain["startTime"], plain["providerId"])


def test_an_absent_value_that_is_needed_is_asked_for_in_the_calls_language(clinic: Clinic) -> None:
    for absent in ("", None, "   "):
        answer = clinic.ask("add_to_waitlist", **{**ADA, "phone": absent})
        assert answer["waitlisted"] is False
        assert answer["fields"] == ["phone"]
        assert answer["say"] == "What's the best phone number for you?"
    clinic.ask("log_call_metadata", language="zh", callOutcome="no_action")
    assert clinic.ask("add_to_waitlist", **{**ADA, "phone": None})["say"] == "请问您的电话号码是多少？"
    assert names_on_the_waitlist(clinic) == []


def test_digits_sent_as_text_are_numbers(clinic: Clinic) -> None:
    booked = clinic.book()["appointmentId"]
    patient = clinic.prove_john()

    for sent in (
        str(patient),
        float(patient),
        f" {patient} ",
        "".join(chr(ord(c) + 0xFEE0) for c in str(patient)),
    ):
        assert clinic.ask("get_patient", demographicId=sent)["id"] == patient, sent
    assert clinic.ask("cancel_appointment", appointmentId=str(booked))["cancelled"] is True


def test_a_start_is_understood_as_it_is_said(clinic: Clinic) -> None:
    monday = a_monday()

    for said in (
        f"{monday}T14:30:00",
        f"{monday} 2:30 PM",
        f"{monday} 14:30",
        f"{monday:%B} {monday.day}, {monday.year} at 2:30 pm",
        str(monday).translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"}) + "T１４:３０:００",
    ):
        answer = clinic.ask("create_appointment", **wish(clinic, startTime=said))
        assert answer["booked"] is True, said
        assert answer["startTime"] == f"{monday}T14:30:00"
    assert clinic.all("SELECT count(*) FROM appointments WHERE status = 'booked'") == [(1,)]


def test_a_day_that_the_calendar_does_not_have_is_asked_again(clinic: Clinic) -> None:
    for day in ("2019-02-30", "2026-02-30", "2026-13-01", "2026-00-10"):
        answer = clinic.ask("find_earliest_appointment", startDate=day)
        assert answer["found"] is False
        assert answer["fields"] == ["startDate"]
        assert answer["say"] == "Which day would you like?"
    birth = clinic.ask("search_patient_by_phone", phone="0000000000", dateOfBirth="2019-02-30")
    assert birth["found"] is False
    assert clinic.all("SELECT sum(failed_proofs) FROM calls") == [(0,)]


def test_several_problems_are_named_and_the_first_is_asked(clinic: Clinic) -> None:
    answer = clinic.ask("add_to_waitlist", firstName="Ada", phone="12")

    assert set(answer["fields"]) == {"lastName", "phone"}
    assert answer["problem"] == "unclear"


def test_names_keep_their_letters_and_lose_what_cannot_be_stored_or_spoken(clinic: Clinic) -> None:
    for number, (sent, kept) in enumerate(
        (
            ("A\x00da", "Ada"),
            ("\u202eAda\u202c", "Ada"),
            ("\u200fعائشة", "عائشة"),
            ("Zoë 😀", "Zoë 😀"),
            ("Ad\ud800a", "Ada"),
            ("  O'Neil-Smith\t", "O'Neil-Smith"),
            ("陈 美玲", "陈 美玲"),
        )
    ):
        clinic.ask("add_to_waitlist", **{**ADA, "firstName": sent, "phone": f"+1604555017{number}"})
        assert names_on_the_waitlist(clinic)[-1] == (kept, "Lind")


def test_a_name_of_nothing_but_what_is_dropped_is_missing(clinic: Clinic) -> None:
    for sent in ("\x00", "\u202e\u202c", "\ud800", "\ufeff"):
        assert clinic.ask("add_to_waitlist", **{**ADA, "firstName": sent})["fields"] == ["firstName"]


def test_a_text_that_no_caller_can_have_said_is_refused_whole(clinic: Clinic) -> None:
    for field in ("firstName", "notes", "phone"):
        answer = clinic.ask("add_to_waitlist", **{**ADA, field: "x" * 100_000})
        assert answer["fields"] == [field]
    assert names_on_the_waitlist(clinic) == []


def test_arguments_nobody_asked_for_are_passed_over(clinic: Clinic) -> None:
    answer = clinic.ask("add_to_waitlist", **ADA, orgId="x", __proto__={"a": 1}, today="1999-01-01")

    assert answer["waitlisted"] is True
    assert answer["today"] != "1999-01-01"
