from tests.clinic import JOHN, Clinic
from tests.tools import visits


def test_the_proven_caller_hears_their_own_file(clinic: Clinic) -> None:
    john = clinic.prove_john()
    clinic.do("UPDATE patients SET address = '1 Sample Road', email = 'john@example.com' WHERE id = %s", john)

    answer = clinic.ask("get_patient", demographicId=john)

    assert (answer["found"], answer["id"], answer["lastName"]) == (True, john, "Doe")
    assert (answer["dateOfBirth"], answer["phone"]) == ("1990-01-15", JOHN)
    assert (answer["address"], answer["email"]) == ("1 Sample Road", "john@example.com")
    assert answer["say"] == "I have your file here, John."


def test_the_health_cards_number_is_never_read_out(clinic: Clinic) -> None:
    john = clinic.prove_john()
    clinic.do("UPDATE patients SET health_card_number = '9876543210' WHERE id = %s", john)

    assert "9876543210" not in str(clinic.ask("get_patient", demographicId=john))


def test_an_unproven_caller_is_asked_for_the_birth_date(clinic: Clinic) -> None:
    answer = clinic.ask("get_patient", demographicId=visits.id_of(clinic, "John"))

    assert answer["found"] is False
    assert answer["say"] == "For your privacy, please tell me your date of birth first."
    assert answer.keys() == {"found", "fact", "say", "today"}


def test_a_file_read_out_is_in_the_audit_log(clinic: Clinic) -> None:
    john = clinic.prove_john()
    clinic.ask("get_patient")

    assert clinic.all("SELECT outcome, patient_id FROM audit_log WHERE action = 'get_patient'") == [
        ("done", john)
    ]
