import pytest

from tests.clinic import Clinic

ALEX = {"firstName": "Alex", "lastName": "Sample", "phone": "604 555 0150"}


def test_a_person_is_put_on_the_list(clinic: Clinic) -> None:
    answer = clinic.ask("add_to_waitlist", **ALEX, notes="any Friday morning")

    assert (answer["waitlisted"], answer["wasAlready"]) == (True, False)
    assert answer["say"] == "You're on the clinic's waitlist, Alex."
    assert clinic.all("SELECT id, first_name, last_name, phone, notes FROM waitlist") == [
        (answer["waitlistId"], "Alex", "Sample", "+16045550150", "any Friday morning")
    ]


@pytest.mark.parametrize(
    "again",
    [
        ALEX,
        {**ALEX, "firstName": "ALEX", "lastName": " sample ", "phone": "+1 (604) 555-0150"},
        {**ALEX, "firstName": "Sample", "lastName": "Alex"},
        {**ALEX, "firstName": "Álex"},
    ],
)
def test_once_however_often_and_however_they_say_their_name(clinic: Clinic, again: dict[str, str]) -> None:
    first = clinic.ask("add_to_waitlist", **ALEX)

    answer = clinic.ask("add_to_waitlist", call="another-call", **again)

    assert (answer["waitlisted"], answer["wasAlready"]) == (True, True)
    assert answer["waitlistId"] == first["waitlistId"]
    assert answer["say"].startswith("You're on the waitlist already, ")
    assert clinic.all("SELECT count(*) FROM waitlist") == [(1,)]


@pytest.mark.parametrize("other", [{"firstName": "Robin"}, {"phone": "604 555 0151"}])
def test_another_name_or_number_is_another_person(clinic: Clinic, other: dict[str, str]) -> None:
    clinic.ask("add_to_waitlist", **ALEX)

    assert clinic.ask("add_to_waitlist", **{**ALEX, **other})["wasAlready"] is False


def test_each_clinic_has_its_own_list(clinic: Clinic, harbour: Clinic) -> None:
    clinic.ask("add_to_waitlist", **ALEX)

    assert harbour.ask("add_to_waitlist", **ALEX)["wasAlready"] is False
    assert len(harbour.all("SELECT id FROM waitlist")) == 1


@pytest.mark.parametrize(
    ("missing", "say"),
    [
        ({"phone": "0000000000"}, "What's the best phone number for you?"),
        ({"phone": None}, "What's the best phone number for you?"),
        ({"firstName": ""}, "What is your first name?"),
        ({"lastName": "\u200e"}, "What is your last name?"),
    ],
)
def test_what_is_missing_is_asked_for(clinic: Clinic, missing: dict[str, str | None], say: str) -> None:
    answer = clinic.ask("add_to_waitlist", **{**ALEX, **missing})

    assert (answer["waitlisted"], answer["say"]) == (False, say)
    assert clinic.all("SELECT id FROM waitlist") == []
