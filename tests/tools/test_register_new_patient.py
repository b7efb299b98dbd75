from typing import Any

import pytest

from tests.clinic import Clinic
from tests.tools import visits
from tests.tools.visits import at

ALEX = {
    "firstName": "Alex",
    "lastName": "Sample",
    "dateOfBirth": "1988-04-09",
    "gender": "X",
    "phone": "604 555 0150",
    "address": "12 Example Street",
    "city": "Vancouver",
    "postalCode": "v6b1a1",
    "healthCardType": "NONE",
    "language": "en",
}
PHN, OHIP = "9876543225", "1234567897"


def register(clinic: Clinic, *, call: str | None = None, **changes: Any) -> dict[str, Any]:
    return clinic.ask("register_new_patient", call=call, **{**ALEX, **changes})


def newcomers(clinic: Clinic) -> list[Any]:
    return clinic.all("SELECT id FROM patients WHERE call_id IS NOT NULL")


def test_a_newcomer_gets_a_file(clinic: Clinic) -> None:
    answer = register(clinic, email="alex@example.com")

    assert (answer["registered"], answer["firstName"], answer["lastName"]) == (True, "Alex", "Sample")
    assert answer["id"] == answer["demographicId"]
    assert answer["say"] == "Welcome, Alex. You're registered."
    assert clinic.all(
        "SELECT first_name, last_name, native_name, birth_date::text, gender, phone, email, address, city,"
        " postal_code, health_card_type, health_card_number, language, call_id FROM patients WHERE id = %s",
        answer["id"],
    ) == [
        (
            *("Alex", "Sample", None, "1988-04-09", "X", "+16045550150", "alex@example.com"),
            *("12 Example Street", "Vancouver", "V6B 1A1", "NONE", None, "en", "call-1"),
        )
    ]


def test_registering_proves_the_caller(clinic: Clinic) -> None:
    registered = register(clinic)

    assert clinic.ask("get_patient")["id"] == registered["id"]
    assert visits.create(clinic, at("10:00"), demographicId=registered["id"])["status"] == "BOOKED"


def test_a_newcomer_is_found_in_the_next_call_by_name_and_by_number(clinic: Clinic) -> None:
    newcomer = register(clinic, firstName="美玲", lastName="王", language="zh")["id"]

    assert clinic.ask("search_patient", call="next", name="Wang Meiling")["patients"][0]["id"] == newcomer
    found = clinic.ask("search_patient_by_phone", call="next", caller="+16045550150", phone="")
    assert found["id"] == newcomer
    assert clinic.all("SELECT native_name FROM patients WHERE id = %s", newcomer) == [("王美玲",)]


# --- Once


def test_asking_again_in_the_same_call_registers_once(clinic: Clinic) -> None:
    first = register(clinic)

    again = register(clinic, address="12 Example St.", firstName="ALEX")

    assert (again["registered"], again["id"]) == (True, first["id"])
    assert len(newcomers(clinic)) == 1


@pytest.mark.parametrize(
    "person",
    [
        {"firstName": "John", "lastName": "Doe", "dateOfBirth": "1990-01-15"},
        {"firstName": "Jon", "lastName": "Doe", "dateOfBirth": "1990-01-15"},
        {"firstName": "Doe", "lastName": "John", "dateOfBirth": "1990-01-15", "phone": "604 555 0199"},
        {"firstName": "美玲", "lastName": "陈", "dateOfBirth": "1985-07-02"},
        {"firstName": "Mei Ling", "lastName": "Chen", "dateOfBirth": "1985-07-02"},
    ],
)
def test_somebody_with_a_file_is_said_to_have_one(clinic: Clinic, person: dict[str, str]) -> None:
    answer = register(clinic, **person)

    assert (answer["registered"], answer["duplicate"]) == (False, True)
    assert answer["say"].startswith("It looks as if there is a file for you already.")
    assert "id" not in answer
    assert newcomers(clinic) == []
    assert clinic.ask("get_patient")["found"] is False


def test_a_card_somebody_has_is_a_duplicate_whatever_the_name(clinic: Clinic) -> None:
    register(clinic, healthCardType="BC", healthCardNumber=PHN)

    answer = register(
        clinic,
        call="call-2",
        firstName="Sandy",
        lastName="Nobody",
        dateOfBirth="1955-05-05",
        healthCardType="BC",
        healthCardNumber=PHN,
    )

    assert (answer["registered"], answer["duplicate"]) == (False, True)


def test_what_another_call_registered_is_a_duplicate_in_this_one(clinic: Clinic) -> None:
    register(clinic, call="call-1")

    assert register(clinic, call="call-2")["duplicate"] is True
    assert len(newcomers(clinic)) == 1


@pytest.mark.parametrize(
    "other", [{"dateOfBirth": "1988-04-10"}, {"firstName": "Robin"}, {"lastName": "Different"}]
)
def test_a_namesake_or_a_twin_is_somebody_else(clinic: Clinic, other: dict[str, str]) -> None:
    register(clinic)

    assert register(clinic, **other)["registered"] is True
    assert len(newcomers(clinic)) == 2


def test_another_clinics_patient_is_new_here(clinic: Clinic) -> None:
    assert register(clinic, firstName="Jane", lastName="Roe", dateOfBirth="1978-03-30")["registered"] is True


# --- New patients


def test_a_clinic_that_takes_none_offers_the_waitlist(clinic: Clinic) -> None:
    clinic.do("UPDATE organizations SET accepting_new_patients = false")

    answer = register(clinic)

    assert (answer["registered"], answer["waitlist"]) == (False, True)
    assert answer["say"] == (
        "The clinic isn't taking new patients at the moment. Shall I put you on the waitlist?"
    )
    assert newcomers(clinic) == []
    person = {key: ALEX[key] for key in ("firstName", "lastName", "phone")}
    assert clinic.ask("add_to_waitlist", **person)["waitlisted"] is True


# --- Cards


@pytest.mark.parametrize(
    ("card", "kept"),
    [
        ({"healthCardType": "BC", "healthCardNumber": "9876 543 225"}, ("BC", PHN, None)),
        ({"healthCardType": "ON", "healthCardNumber": "1234-567-897 ab"}, ("ON", OHIP + "AB", None)),
        ({"healthCardType": "ON", "healthCardNumber": OHIP}, ("ON", OHIP, None)),
        (
            {"healthCardType": "OTHER_PROVINCE", "province": "Alberta", "healthCardNumber": "12345 6789"},
            ("OTHER_PROVINCE", "123456789", "AB"),
        ),
        (
            {"healthCardType": "other province", "province": "魁北克", "healthCardNumber": "DOEJ 9001 1512"},
            ("OTHER_PROVINCE", "DOEJ90011512", "QC"),
        ),
        (
            {"healthCardType": "OTHER_PROVINCE", "province": "BC", "healthCardNumber": PHN},
            ("OTHER_PROVINCE", PHN, "BC"),
        ),
        ({"healthCardType": "PRIVATE", "healthCardNumber": "abc-1"}, ("PRIVATE", "ABC1", None)),
        ({"healthCardType": "PRIVATE"}, ("PRIVATE", None, None)),
        ({"healthCardType": "NONE", "healthCardNumber": "none"}, ("NONE", None, None)),
    ],
)
def test_a_card_is_kept_as_its_issuer_writes_it(
    clinic: Clinic, card: dict[str, str], kept: tuple[str | None, ...]
) -> None:
    answer = register(clinic, **card)

    assert answer["registered"] is True
    assert clinic.all(
        "SELECT health_card_type, health_card_number, province FROM patients WHERE id = %s", answer["id"]
    ) == [kept]


READ_AGAIN = "Could you read me the health card number once more?"


@pytest.mark.parametrize(
    ("card", "say"),
    [
        ({"healthCardType": "BC", "healthCardNumber": "9876543226"}, READ_AGAIN),
        ({"healthCardType": "BC", "healthCardNumber": "1234567897"}, READ_AGAIN),
        ({"healthCardType": "BC"}, READ_AGAIN),
        ({"healthCardType": "ON", "healthCardNumber": "1234567890"}, READ_AGAIN),
        ({"healthCardType": "ON", "healthCardNumber": OHIP + "ABC"}, READ_AGAIN),
        ({"healthCardType": "ON"}, READ_AGAIN),
        ({"healthCardType": "OTHER_PROVINCE", "province": "AB", "healthCardNumber": "907"}, READ_AGAIN),
        (
            {"healthCardType": "OTHER_PROVINCE", "province": "BC", "healthCardNumber": "9876543226"},
            READ_AGAIN,
        ),
        (
            {"healthCardType": "OTHER_PROVINCE", "healthCardNumber": "123456789"},
            "Which province is your health card from?",
        ),
        (
            {"healthCardType": "OTHER_PROVINCE", "province": "Texas", "healthCardNumber": "123456789"},
            "Which province is your health card from?",
        ),
        ({"healthCardType": "library"}, "Which health card do you have?"),
    ],
)
def test_a_card_that_cannot_be_theirs_is_asked_for_again(
    clinic: Clinic, card: dict[str, str], say: str
) -> None:
    answer = register(clinic, **card)

    assert (answer["registered"], answer["problem"], answer["say"]) == (False, "unclear", say)
    assert card.get("healthCardNumber", "none") not in str(answer)
    assert newcomers(clinic) == []


@pytest.mark.parametrize(
    ("wrong", "say"),
    [
        ({"firstName": ""}, "What is your first name?"),
        ({"dateOfBirth": "1988-02-30"}, "What is your date of birth, with the month by name?"),
        ({"dateOfBirth": "2150-01-01"}, "What is your date of birth, with the month by name?"),
        ({"gender": "dragon"}, "What gender should I put down?"),
        ({"phone": "123"}, "What's the best phone number for you?"),
        ({"address": None}, "What is your street address?"),
        ({"city": " "}, "Which city do you live in?"),
        ({"postalCode": "V6B"}, "What is your postal code?"),
    ],
)
def test_what_is_missing_or_was_not_understood_is_asked_for(
    clinic: Clinic, wrong: dict[str, str | None], say: str
) -> None:
    answer = register(clinic, **wrong)

    assert (answer["registered"], answer["say"]) == (False, say)
    assert newcomers(clinic) == []


def test_a_number_that_charges_whoever_calls_it_is_asked_for_again(clinic: Clinic) -> None:
    """The clinic would call it back, and remind it of the visit."""
    answer = register(clinic, phone="1 900 555 0123")

    assert (answer["registered"], answer["fields"]) == (False, ["phone"])
    assert newcomers(clinic) == []


# --- Again in the same call


@pytest.mark.parametrize("twins", [("Jayden", "Hayden"), ("小明", "小敏")])
def test_twins_whose_names_are_alike_get_a_file_each(clinic: Clinic, twins: tuple[str, str]) -> None:
    first, second = (register(clinic, firstName=name) for name in twins)

    assert first["id"] != second["id"]
    assert [second["registered"], second["firstName"]] == [True, twins[1]]


def test_what_the_caller_puts_right_is_kept(clinic: Clinic) -> None:
    first = register(clinic)

    again = register(clinic, phone="604 555 0151", address="14 Example Street")

    assert again["id"] == first["id"]
    assert clinic.all("SELECT phone, address FROM patients WHERE id = %s", first["id"]) == [
        ("+16045550151", "14 Example Street")
    ]


def test_a_likely_duplicate_counts_as_a_guess(clinic: Clinic) -> None:
    for call in range(3):
        register(clinic, call=f"stranger-{call}", firstName="John", lastName="Doe", dateOfBirth="1990-01-15")

    assert clinic.all("SELECT sum(failed_proofs) FROM calls") == [(3,)]
