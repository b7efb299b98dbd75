from typing import Any

import pytest

from tests.clinic import JOHN, MEILING, Clinic

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


def entry(clinic: Clinic) -> list[Any]:
    return clinic.all("SELECT notes, patient_id FROM waitlist")


def test_who_knows_a_name_and_a_number_doesnt_get_that_persons_place(clinic: Clinic) -> None:
    clinic.ask("add_to_waitlist", call="alexs", caller="+16045550150", **ALEX, notes="any Friday")
    clinic.prove_john(call="johns")

    answer = clinic.ask("add_to_waitlist", call="johns", **ALEX, notes="never")

    assert answer["wasAlready"] is True
    assert entry(clinic) == [("any Friday", None)]


def test_whose_place_it_is_may_wish_for_something_else(clinic: Clinic) -> None:
    john = {"firstName": "John", "lastName": "Doe", "phone": JOHN}
    clinic.ask("add_to_waitlist", call="by-a-friend", caller=MEILING, **john, notes="any Friday")
    clinic.ask("add_to_waitlist", call="from-home", **john, notes="any Monday")
    assert entry(clinic) == [("any Monday", None)]

    clinic.prove_john(call="proven")
    clinic.ask("add_to_waitlist", call="proven", caller="+16045550199", **john, notes="any day")

    [(john_id,)] = clinic.all("SELECT id FROM patients WHERE first_name = 'John'")
    assert entry(clinic) == [("any day", john_id)]


@pytest.mark.parametrize("other", [{"firstName": "Robin"}, {"phone": "604 555 0151"}])
def test_another_name_or_number_is_another_person(clinic: Clinic, other: dict[str, str]) -> None:
    clinic.ask("add_to_waitlist", **ALEX)

    assert clinic.ask("add_to_waitlist", **{**ALEX, **other})["wasAlready"] is False


def test_one_number_puts_few_people_on_the_list_in_a_day(clinic: Clinic) -> None:
    """The clinic may call each of them, whoever they are."""
    others = [{**ALEX, "phone": f"604 555 01{nth}"} for nth in range(50, 61)]
    for nth, one in enumerate(others[:10]):
        assert clinic.ask("add_to_waitlist", call=f"call-{nth // 4}", **one)["waitlisted"] is True

    answer = clinic.ask("add_to_waitlist", call="another", **others[10])

    assert (answer["waitlisted"], answer["transfer"]) == (False, True)
    assert clinic.all("SELECT count(*) FROM waitlist") == [(10,)]
    assert clinic.ask("add_to_waitlist", call="hers", caller=MEILING, **others[10])["waitlisted"] is True


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
