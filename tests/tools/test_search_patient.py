import pytest

from tests.clinic import MEILING, Clinic
from tests.tools import visits

STRANGER = "+16045550198"


@pytest.mark.parametrize(
    "heard",
    [
        "John Doe",
        "john doe",
        "DOE JOHN",
        "Doe, John",
        "Jöhn Dóe",
        "Jon Doe",
        "Mr. John Doe",
        " John  Doe ",
        "Doe",
    ],
)
def test_case_accents_order_and_a_slip_of_spelling_do_not_hide_a_patient(clinic: Clinic, heard: str) -> None:
    answer = clinic.ask("search_patient", caller=STRANGER, name=heard)

    assert (answer["firstName"], answer["lastName"]) == ("John", "Doe")
    assert answer["id"] == visits.id_of(clinic, "John")


@pytest.mark.parametrize(
    "heard",
    [
        "陈美玲",
        "陈 美 玲",
        "陳美玲",
        "Chen Meiling",
        "Meiling Chen",
        "Chén Měilíng",
        "chen2 mei3 ling2",
        "Chen Mei Ling",
        "陈美铃",
    ],
)
def test_a_chinese_name_is_found_spaced_out_romanised_or_in_other_characters(
    clinic: Clinic, heard: str
) -> None:
    answer = clinic.ask("search_patient", caller=STRANGER, name=heard)

    assert answer["found"] is True
    assert answer["id"] == visits.id_of(clinic, "Meiling")


def test_the_first_name_may_come_by_itself(clinic: Clinic) -> None:
    visits.patient(clinic, "Jane", "Doe")

    answer = clinic.ask("search_patient", caller=STRANGER, name="Doe", firstName="Jane")

    assert (answer["firstName"], answer["lastName"]) == ("Jane", "Doe")


def test_a_name_alone_gives_id_and_name_and_nothing_private(clinic: Clinic) -> None:
    answer = clinic.ask("search_patient", caller=STRANGER, name="John Doe")

    assert answer["dateOfBirth"] is answer["phone"] is None
    assert answer["proven"] is False
    [line] = answer["patients"]
    assert line["dateOfBirth"] is line["phone"] is None


def test_name_and_birth_date_prove_a_caller_from_any_telephone(clinic: Clinic) -> None:
    answer = clinic.ask("search_patient", caller=STRANGER, name="陈美玲", dateOfBirth="1985年7月2日")

    assert answer["proven"] is True
    assert (answer["dateOfBirth"], answer["phone"]) == ("1985-07-02", MEILING)


def test_at_most_five_are_named_and_none_of_them_proven(clinic: Clinic) -> None:
    for number in range(7):
        visits.patient(clinic, "Maria", "Silva", born=f"198{number}-01-01")

    answer = clinic.ask("search_patient", caller=STRANGER, name="Maria Silva")

    assert len(answer["patients"]) == 5
    assert all(line["dateOfBirth"] is line["phone"] is None for line in answer["patients"])
    assert (answer["id"], answer["nextQuestion"]) == (None, "dateOfBirth")
    assert answer["say"] == "I found more than one possible file. What is your date of birth?"


def test_the_birth_date_finds_one_of_more_namesakes_than_are_named(clinic: Clinic) -> None:
    for number in range(70):
        visits.patient(clinic, "Maria", "Silva", born=f"19{number + 20}-01-01")

    answer = clinic.ask("search_patient", caller=STRANGER, name="Maria Silva", dateOfBirth="1989-01-01")

    assert (answer["proven"], answer["dateOfBirth"]) == (True, "1989-01-01")


def test_of_namesakes_the_one_whose_telephone_it_is_comes_first(clinic: Clinic) -> None:
    visits.patient(clinic, "John", "Doe", born="1950-01-01")

    answer = clinic.ask("search_patient", name="John Doe")

    assert answer["id"] == clinic.all("SELECT id FROM patients WHERE phone = %s", "+16045550123")[0][0]
    assert answer["proven"] is False


def test_namesakes_born_the_same_day_prove_nobody(clinic: Clinic) -> None:
    for phone in ("+16045550177", "+16045550178"):
        visits.patient(clinic, "Maria", "Silva", born="1980-01-01", phone=phone)

    answer = clinic.ask("search_patient", caller=STRANGER, name="Maria Silva", dateOfBirth="1980-01-01")

    assert (answer["found"], answer["proven"]) == (False, False)
    assert clinic.all("SELECT proven_patient_id FROM calls") == [(None,)]


def test_a_name_nobody_has_is_not_found(clinic: Clinic) -> None:
    assert clinic.ask("search_patient", caller=STRANGER, name="Zebulon Quist")["found"] is False


def test_another_clinics_patient_is_not_found_by_name(clinic: Clinic, harbour: Clinic) -> None:
    assert clinic.ask("search_patient", name="Jane Roe")["found"] is False
    assert harbour.ask("search_patient", name="Jane Roe")["found"] is True


def test_without_a_name_the_caller_is_asked_for_it(clinic: Clinic) -> None:
    assert clinic.ask("search_patient", name="")["say"] == "What name is the file under?"


def test_of_twins_with_names_alike_the_one_who_was_named_is_proven(clinic: Clinic) -> None:
    for first_name in ("Anna", "Anne"):
        visits.patient(clinic, first_name, "Lindqvist", born="1991-02-03", phone="+16045550160")

    answer = clinic.ask("search_patient", caller=STRANGER, name="Anna Lindqvist", dateOfBirth="1991-02-03")

    assert (answer["proven"], answer["firstName"]) == (True, "Anna")


def test_namesakes_born_the_same_day_are_told_apart_by_their_number(clinic: Clinic) -> None:
    for phone in ("+16045550177", "+16045550178"):
        visits.patient(clinic, "Maria", "Silva", born="1980-01-01", phone=phone)

    by_name = clinic.ask("search_patient", caller=STRANGER, name="Maria Silva", dateOfBirth="1980-01-01")
    assert (by_name["found"], by_name["nextQuestion"]) == (False, "phone")

    by_number = clinic.ask(
        "search_patient_by_phone", caller=STRANGER, phone="604 555 0177", dateOfBirth="1980-01-01"
    )
    assert by_number["proven"] is True
