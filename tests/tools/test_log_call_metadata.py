from typing import Any, get_args

import pytest

from frontdesk.calls.wire import Outcome
from tests.clinic import Clinic
from tests.tools import visits
from tests.tools.visits import at


def outcomes(clinic: Clinic) -> list[Any]:
    return clinic.all("SELECT call_id, outcome, language, patient_id, appointment_id FROM call_outcomes")


@pytest.mark.parametrize("outcome", get_args(Outcome))
def test_a_calls_end_is_noted(clinic: Clinic, outcome: str) -> None:
    answer = clinic.ask("log_call_metadata", language="en", callOutcome=outcome)

    assert (answer["logged"], answer["say"]) == (True, "Noted.")
    assert outcomes(clinic) == [("call-1", outcome, "en", None, None)]


def test_of_a_proven_caller_it_is_theirs(clinic: Clinic) -> None:
    john = clinic.prove_john()
    booked = visits.create(clinic, at("10:00"))["appointmentId"]

    clinic.ask("log_call_metadata", language="en", callOutcome="booked", appointmentId=booked)

    assert outcomes(clinic) == [("call-1", "booked", "en", john, booked)]


def test_the_last_word_stands_and_forgets_nothing(clinic: Clinic) -> None:
    john = clinic.prove_john()
    booked = visits.create(clinic, at("10:00"))["appointmentId"]
    clinic.ask("log_call_metadata", language="en", callOutcome="booked", appointmentId=booked)

    clinic.ask("log_call_metadata", language="zh", callOutcome="cancelled")

    assert outcomes(clinic) == [("call-1", "cancelled", "zh", john, booked)]


def test_a_caller_known_by_telephone_may_be_named(clinic: Clinic) -> None:
    john = visits.id_of(clinic, "John")

    clinic.ask("log_call_metadata", language="en", callOutcome="no_action", demographicId=john)

    assert outcomes(clinic) == [("call-1", "no_action", "en", john, None)]


def test_another_patient_or_anothers_visit_is_refused(clinic: Clinic) -> None:
    meiling = visits.id_of(clinic, "Meiling")
    hers = visits.insert(clinic, at("10:00"), patient=meiling)
    clinic.prove_john()

    for name, sent in (("demographicId", meiling), ("appointmentId", hers), ("appointmentId", 999_999)):
        asked: dict[str, Any] = {"language": "en", "callOutcome": "cancelled", name: sent}
        assert clinic.ask("log_call_metadata", **asked)["logged"] is False
    assert outcomes(clinic) == []


def test_another_clinics_visit_is_refused(clinic: Clinic, harbour: Clinic) -> None:
    clinic.prove_john()
    theirs = visits.insert(harbour, at("10:00"), patient=visits.id_of(harbour, "Jane"), provider=200)

    answer = clinic.ask("log_call_metadata", language="en", callOutcome="booked", appointmentId=theirs)

    assert answer["logged"] is False
    assert outcomes(clinic) == []


def test_a_word_that_is_no_outcome_is_not_noted(clinic: Clinic) -> None:
    answer = clinic.ask("log_call_metadata", language="en", callOutcome="it went well")

    assert (answer["logged"], answer["problem"]) == (False, "unclear")
    assert "callOutcome" in answer["fact"]
    assert outcomes(clinic) == []


def test_the_outcome_is_kept_though_nobody_proved_whom_it_was_about(clinic: Clinic) -> None:
    somebody = clinic.all("SELECT id FROM patients WHERE first_name = 'Meiling'")[0][0]

    answer = clinic.ask(
        "log_call_metadata", language="en", callOutcome="no_action", demographicId=somebody, appointmentId=1
    )

    assert answer["logged"] is True
    assert clinic.all("SELECT outcome, patient_id, appointment_id FROM call_outcomes") == [
        ("no_action", None, None)
    ]
