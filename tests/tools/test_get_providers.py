import pytest

from tests.clinic import Clinic


def test_everybody_who_sees_patients_is_named(clinic: Clinic) -> None:
    answer = clinic.ask("get_providers")

    assert answer["found"] is True
    assert answer["say"] == "You can see Dr. Wei Chen, Dr. Priya Sharma or Dr. James O'Neil."
    assert answer["providers"][0] == {
        "providerId": "100",
        "name": "Dr. Wei Chen",
        "specialty": "family medicine",
        "languages": ["en", "zh"],
    }
    assert [line["providerId"] for line in answer["providers"]] == ["100", "101", "102"]


def test_another_clinics_doctors_are_not(harbour: Clinic) -> None:
    assert [line["providerId"] for line in harbour.ask("get_providers")["providers"]] == ["200", "201"]


@pytest.mark.parametrize(
    ("heard", "named"),
    [
        ("dermatology", ["102"]),
        ("Dermatology", ["102"]),
        ("dermatolgy", ["102"]),
        ("family medicine", ["100", "101"]),
        ("family", ["100", "101"]),
        ("", ["100", "101", "102"]),
    ],
)
def test_a_specialty_is_found_by_a_near_word(clinic: Clinic, heard: str, named: list[str]) -> None:
    answer = clinic.ask("get_providers", specialty=heard)

    assert [line["providerId"] for line in answer["providers"]] == named


def test_a_specialty_nobody_has_is_said(clinic: Clinic) -> None:
    answer = clinic.ask("get_providers", specialty="neurosurgery")

    assert (answer["found"], answer["providers"]) == (False, [])
    assert answer["say"] == "I found no such doctor here."


def test_a_doctor_who_has_left_is_not_named(clinic: Clinic) -> None:
    clinic.do("UPDATE providers SET is_active = false WHERE id = 100")

    assert "Chen" not in clinic.ask("get_providers")["say"]
