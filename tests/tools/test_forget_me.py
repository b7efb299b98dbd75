"""Forgetting by voice and by API: what goes, what stays, what is not written again."""

from tests.calls.remembered import end, memories, recalled, told
from tests.clinic import JOHN, Clinic
from tests.member import Member, token
from tests.tools import visits
from tests.tools.visits import at

MEMBER = Member(token())
OTHER = "+16045550178"


def two_calls(clinic: Clinic) -> int:
    """John has called from two numbers, and somebody unproven from his; John's id."""
    john = clinic.prove_john()
    clinic.ask("search_patient", call="away", caller=OTHER, name="John Doe", dateOfBirth="1990-01-15")
    clinic.ask("get_clinic_info", call="unproven", language="zh")
    for call in ("call-1", "away", "unproven"):
        end(clinic, call)
    assert [row[:2] for row in memories(clinic)] == [(JOHN, None), (JOHN, john), (OTHER, john)]
    return john


def test_a_proven_caller_is_forgotten_on_every_number_and_the_file_stays(clinic: Clinic) -> None:
    two_calls(clinic)
    clinic.prove_john(call="forgetting")
    visits.create(clinic, at("10:00"), call="forgetting")

    answer = clinic.ask("forget_me", call="forgetting", language="en")

    assert (answer["forgotten"], answer["proven"]) == (True, True)
    assert "Your file, your appointments" in answer["say"]
    assert "From now on" not in answer["say"]
    assert (memories(clinic), recalled(clinic, JOHN), told(clinic, call="next")) == ([], "", [])
    assert len(visits.standing(clinic)) == 1


def test_nothing_of_that_call_is_remembered_but_of_the_next(clinic: Clinic) -> None:
    john = clinic.prove_john()
    clinic.ask("forget_me", language="en")
    clinic.ask("find_earliest_appointment", providerId="101")
    end(clinic)
    assert memories(clinic) == []

    clinic.prove_john(call="next")
    end(clinic, "next")

    assert [row[1] for row in memories(clinic)] == [john]


def test_a_report_that_was_on_its_way_brings_nothing_back(clinic: Clinic) -> None:
    clinic.prove_john(call="before")
    clinic.prove_john()
    clinic.ask("forget_me", language="en")

    end(clinic, "before")

    assert memories(clinic) == []


def test_nor_does_a_second_report_of_a_call_that_had_one(clinic: Clinic) -> None:
    john = two_calls(clinic)
    clinic.ask("search_patient", call="away", caller=OTHER, name="John Doe", dateOfBirth="1990-01-15")
    clinic.prove_john(call="forgetting")
    clinic.ask("forget_me", call="forgetting", language="en")

    for call in ("call-1", "away", "unproven"):
        end(clinic, call)
    assert memories(clinic) == []

    clinic.prove_john(call="later")
    end(clinic, "later")
    assert MEMBER.delete(f"/patients/{john}/memory").status == 200
    end(clinic, "later")
    assert memories(clinic) == []


def test_who_does_not_want_to_be_remembered_is_not_from_now_on(clinic: Clinic) -> None:
    two_calls(clinic)
    clinic.prove_john(call="forgetting")

    answer = clinic.ask("forget_me", call="forgetting", fromNowOn=True, language="en")

    assert answer["say"].endswith("From now on I won't remember your calls either.")
    clinic.prove_john(call="next")
    clinic.ask("search_patient", call="away-2", caller=OTHER, name="John Doe", dateOfBirth="1990-01-15")
    clinic.ask("get_clinic_info", call="unproven-2")
    for call in ("forgetting", "next", "away-2", "unproven-2"):
        end(clinic, call)
    assert memories(clinic) == []
    # Another person on that telephone is remembered as before.
    visits.patient(clinic, "Jack", "Doe", born="2001-01-01", phone=JOHN)
    clinic.ask("search_patient_by_phone", call="jack", phone="0000000000", dateOfBirth="2001-01-01")
    end(clinic, "jack")
    assert len(memories(clinic)) == 1


def test_an_unproven_caller_forgets_what_the_number_alone_left_and_hears_so(clinic: Clinic) -> None:
    john = two_calls(clinic)

    answer = clinic.ask("forget_me", call="forged", language="en")

    assert (answer["forgotten"], answer["proven"]) == (True, False)
    assert "only delete once they have told me who they are" in answer["say"]
    assert [row[:2] for row in memories(clinic)] == [(JOHN, john), (OTHER, john)]


def test_an_unproven_caller_stops_no_patients_memory(clinic: Clinic) -> None:
    clinic.ask("forget_me", call="forged", fromNowOn=True)
    clinic.prove_john()
    clinic.ask("get_clinic_info", call="unproven")
    end(clinic)
    end(clinic, "unproven")

    assert [row[1] for row in memories(clinic)] == [visits.id_of(clinic, "John")]


def test_in_chinese_it_is_said_in_chinese(clinic: Clinic) -> None:
    clinic.prove_john()

    said = clinic.ask("forget_me", fromNowOn=True, language="zh")["say"]

    assert "您的档案、预约和诊所自己的通话记录会保留" in said
    assert said.endswith("以后您来电，我也不会再记住了。")


def test_it_stands_in_the_audit_log(clinic: Clinic) -> None:
    john = clinic.prove_john()
    clinic.ask("forget_me", language="en")

    assert clinic.all("SELECT patient_id, outcome FROM audit_log WHERE action = 'forget_me'") == [
        (john, "done")
    ]


def test_by_the_api_a_patient_is_forgotten_and_stays_a_patient(clinic: Clinic) -> None:
    john = two_calls(clinic)
    clinic.prove_john(call="not settled yet")

    answer = MEMBER.delete(f"/patients/{john}/memory")
    end(clinic, "not settled yet")

    assert (answer.status, answer.body) == (200, {"memories": 2})
    # What the number's unproven caller left is nobody's in particular, so not this patient's.
    assert [row[:2] for row in memories(clinic)] == [(JOHN, None)]
    assert MEMBER.get(f"/patients/{john}").status == 200
    noted = (
        "SELECT patient_id, change ->> 'member' IS NOT NULL FROM audit_log WHERE action = 'memory.forgotten'"
    )
    assert clinic.all(noted) == [(john, True)]
    assert MEMBER.delete(f"/patients/{john}/memory").body == {"memories": 0}


def test_nobody_else_is_forgotten_by_the_api(clinic: Clinic, harbour: Clinic) -> None:
    john = two_calls(clinic)
    jane = visits.id_of(harbour, "Jane")

    assert MEMBER.delete(f"/patients/{jane}/memory").status == 404
    clinic.lower_the_owner("viewer")
    assert MEMBER.delete(f"/patients/{john}/memory").status == 403
    assert len(memories(clinic)) == 3
