import pytest

from tests.clinic import FAMILY, JANE, JOHN, MEILING, Clinic
from tests.tools import visits


@pytest.mark.parametrize(
    "phone",
    ["0000000000", "anonymous", "12", "", None, "5550123", JOHN, "(604) 555-0123", "６０４５５５０１２３"],
)
def test_a_placeholder_or_their_own_number_gives_the_callers_name_and_no_more(
    clinic: Clinic, phone: str | None
) -> None:
    answer = clinic.ask("search_patient_by_phone", phone=phone)

    assert (answer["found"], answer["firstName"], answer["lastName"]) == (True, "John", "Doe")
    assert answer["id"] == visits.id_of(clinic, "John")
    assert answer["dateOfBirth"] is answer["phone"] is None
    assert answer["proven"] is False
    assert answer["nextQuestion"] == "dateOfBirth"
    assert answer["say"] == "I found a file for John."


def test_the_callers_own_birth_date_proves_them_and_opens_their_file(clinic: Clinic) -> None:
    answer = clinic.ask("search_patient_by_phone", phone="0000000000", dateOfBirth="January 15th, 1990")

    assert answer["proven"] is True
    assert (answer["dateOfBirth"], answer["phone"]) == ("1990-01-15", JOHN)
    assert answer["nextQuestion"] is None
    assert answer["say"] == "Thank you, John. I have your file."


def test_the_call_remembers_who_was_proven(clinic: Clinic) -> None:
    clinic.prove_john()

    again = clinic.ask("search_patient_by_phone", phone="0000000000")

    assert (again["proven"], again["dateOfBirth"]) == (True, "1990-01-15")


def test_a_family_on_one_telephone_is_asked_for_the_first_name(clinic: Clinic) -> None:
    answer = clinic.ask("search_patient_by_phone", caller=FAMILY, phone="0000000000")

    assert answer["found"] is False
    assert answer["nextQuestion"] == "firstName"
    assert answer["patients"] == []
    assert answer["say"] == "There is more than one person on this number. What is your first name?"

    named = clinic.ask("search_patient", caller=FAMILY, name="Casey")
    assert (named["firstName"], named["proven"]) == ("Casey", False)


def test_in_a_family_the_birth_date_says_who_is_calling(clinic: Clinic) -> None:
    answer = clinic.ask(
        "search_patient_by_phone", caller=FAMILY, phone="0000000000", dateOfBirth="2012-05-21"
    )

    assert (answer["firstName"], answer["proven"]) == ("Casey", True)
    assert [line["firstName"] for line in answer["patients"]] == ["Casey"]


def test_twins_on_one_telephone_are_told_apart_by_their_first_names(clinic: Clinic) -> None:
    for name in ("Alba", "Bruno"):
        visits.patient(clinic, name, "Reyes", born="2010-10-10", phone="+16045550177")

    both = clinic.ask(
        "search_patient_by_phone", caller="+16045550177", phone="0000000000", dateOfBirth="2010-10-10"
    )
    assert (both["found"], both["nextQuestion"]) == (False, "firstName")

    one = clinic.ask("search_patient", caller="+16045550177", name="Bruno", dateOfBirth="2010-10-10")
    assert (one["firstName"], one["proven"]) == ("Bruno", True)


def test_in_a_household_of_many_a_birth_date_finds_even_the_last(clinic: Clinic) -> None:
    for number in range(25):
        visits.patient(clinic, "Guest", f"Number{number}", born=f"19{50 + number}-01-01")

    answer = clinic.ask(
        "search_patient_by_phone", caller="+16045550177", phone="0000000000", dateOfBirth="1974-01-01"
    )

    assert (answer["lastName"], answer["proven"]) == ("Number24", True)


def test_anothers_number_finds_nothing_without_the_birth_date(clinic: Clinic) -> None:
    answer = clinic.ask("search_patient_by_phone", phone=MEILING)

    assert answer["found"] is False
    assert answer["id"] is answer["firstName"] is None
    assert answer["patients"] == []


def test_anothers_number_with_its_birth_date_proves_its_owner(clinic: Clinic) -> None:
    answer = clinic.ask("search_patient_by_phone", phone="604-555-0124", dateOfBirth="1985-07-02")

    assert (answer["firstName"], answer["proven"], answer["phone"]) == ("Meiling", True, MEILING)


def test_a_number_nobody_has_asks_for_name_and_birth_date(clinic: Clinic) -> None:
    answer = clinic.ask("search_patient_by_phone", caller="+16045550199", phone="0000000000")

    assert answer["found"] is False
    assert answer["say"].startswith("I couldn't find a matching file. Could you tell me your full name and ")


def test_another_clinics_patient_is_not_found_even_with_the_right_birth_date(
    clinic: Clinic, harbour: Clinic
) -> None:
    assert clinic.ask("search_patient_by_phone", phone=JANE, dateOfBirth="1978-03-30")["found"] is False
    assert harbour.ask("search_patient_by_phone", phone=JANE, dateOfBirth="1978-03-30")["proven"] is True


@pytest.mark.parametrize("born", ["1990-02-30", "the fifteenth", "2190-01-15", "01/02/1990"])
def test_a_birth_date_that_was_not_understood_is_asked_again_and_no_failed_attempt(
    clinic: Clinic, born: str
) -> None:
    answer = clinic.ask("search_patient_by_phone", phone="0000000000", dateOfBirth=born)

    assert answer["found"] is False
    assert answer["say"] == "What is your date of birth, with the month by name?"
    assert clinic.all("SELECT failed_proofs, proven_patient_id FROM calls") == [(0, None)]
