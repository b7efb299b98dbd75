"""What is remembered of a call, and what of it a later one is told before and after its caller is proven."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.calls.remembered import end, language, memories, preferences, recalled, told
from tests.clinic import FAMILY, HARBOUR_NUMBER, JOHN, MEILING, Clinic
from tests.member import Member, token
from tests.tools import visits
from tests.tools.visits import TUESDAY, at, day

MEMBER = Member(token())
STRANGER = "+16045550177"


def test_a_proven_callers_booking_is_remembered_as_theirs(clinic: Clinic) -> None:
    clinic.prove_john()
    clinic.ask("find_earliest_appointment", providerId="101", timeOfDay="Tuesday or Thursday mornings")
    visits.create(clinic, at("10:00", day(TUESDAY)), providerId="101", isVirtual=True)
    clinic.ask("log_call_metadata", language="en", callOutcome="no_action")

    end(clinic)

    john = visits.id_of(clinic, "John")
    assert memories(clinic) == [(JOHN, john, "en", 101, "booked", None)]
    assert preferences(clinic) == [{"suits": [{"weekdays": [2, 4], "before": "12:00"}], "virtual": True}]
    assert told(clinic, call="call-2") == [
        "In their last call they spoke English.",
        (
            "They last asked for Dr. Priya Sharma, Tuesdays and Thursdays in the morning,"
            " a visit by telephone or video."
        ),
        "It ended with: booked.",
    ]


def test_before_the_proof_neither_name_nor_time_nor_outcome_is_told(clinic: Clinic) -> None:
    clinic.prove_john()
    clinic.ask("find_earliest_appointment", providerId="100", timeOfDay="afternoon")
    visits.create(clinic, at("14:00"))
    end(clinic)

    first_words = recalled(clinic, JOHN)

    assert first_words == (
        "An earlier caller from this number spoke English."
        " An earlier caller from this number asked for Dr. Wei Chen, in the afternoon."
    )
    unproven = clinic.ask("search_patient_by_phone", call="call-2", phone="0000000000")
    assert (unproven["found"], unproven["proven"], unproven["memory"]) == (True, False, [])


def test_no_word_of_the_caller_is_kept(clinic: Clinic) -> None:
    clinic.prove_john()
    clinic.ask("find_earliest_appointment", providerId="100", appointmentType="Physical")
    visits.create(clinic, at("10:00"), reason="unbearable hiccups", appointmentType="Physical")
    clinic.ask("add_to_waitlist", firstName="John", lastName="Doe", phone=JOHN, notes="prefers whispering")
    clinic.ask("transfer_call", reason="medical_question", notes="bleeding knee")
    end(clinic)

    [(kept,)] = clinic.all("SELECT to_jsonb(m)::text FROM caller_memories m")
    for word in ("hiccups", "whispering", "knee", "Doe", "1990", "Physical", "medical", "typeId"):
        assert word not in kept
    heard = recalled(clinic, JOHN) + " ".join(told(clinic, call="call-2"))
    assert not [word for word in ("hiccups", "whispering", "knee", "Physical", "medical") if word in heard]


def test_of_who_proves_nobody_only_what_was_asked_is_kept_for_the_number(clinic: Clinic) -> None:
    clinic.caller = STRANGER
    clinic.ask("find_earliest_appointment", providerId="102", timeOfDay="after 4", language="zh")
    clinic.ask("log_call_metadata", language="zh", callOutcome="no_action")

    end(clinic)

    assert memories(clinic) == [(STRANGER, None, "zh", 102, None, None)]
    assert recalled(clinic, STRANGER) == (
        "An earlier caller from this number spoke Mandarin."
        " An earlier caller from this number asked for Dr. James O'Neil, from 16:00."
    )
    assert language(clinic, STRANGER) == "zh"


def test_a_visit_booked_for_who_is_not_proven_is_not_the_numbers(clinic: Clinic) -> None:
    clinic.ask("find_earliest_appointment")
    assert visits.create(clinic, at("10:00"), demographicId=visits.id_of(clinic, "John"))["booked"] is True

    end(clinic)

    assert memories(clinic) == [(JOHN, None, "en", None, None, None)]


def test_a_family_line_keeps_people_apart(clinic: Clinic) -> None:
    ada = visits.patient(clinic, "Ada", "Sample", born="1980-01-01", phone=FAMILY)
    bea = visits.patient(clinic, "Bea", "Sample", born="2010-02-02", phone=FAMILY)
    for call, born, provider, spoken in (("a", "1980-01-01", "100", "en"), ("b", "2010-02-02", "101", "zh")):
        clinic.ask("search_patient_by_phone", call=call, caller=FAMILY, dateOfBirth=born, language=spoken)
        clinic.ask("find_earliest_appointment", call=call, caller=FAMILY, providerId=provider)
        end(clinic, call)

    assert [row[:4] for row in memories(clinic)] == [(FAMILY, ada, "en", 100), (FAMILY, bea, "zh", 101)]
    assert recalled(clinic, FAMILY) == (
        "Several people call from this number; what is remembered of each comes with their file."
    )
    assert language(clinic, FAMILY) is None
    adas = told(clinic, call="c", caller=FAMILY, born="1980-01-01")
    assert "They last asked for Dr. Wei Chen." in adas
    assert "Sharma" not in " ".join(adas)


def test_a_number_of_several_patients_is_a_family_line_though_only_one_called(clinic: Clinic) -> None:
    visits.patient(clinic, "Jack", "Doe", phone=JOHN)
    clinic.ask("search_patient", name="John Doe", dateOfBirth="1990-01-15", language="en")
    clinic.ask("find_earliest_appointment", providerId="100")
    end(clinic)

    assert "Chen" not in recalled(clinic, JOHN)
    assert "Several people" in recalled(clinic, JOHN)
    assert language(clinic, JOHN) == "en"


@pytest.mark.parametrize(
    ("caller", "kind"), [("+266696687", "inboundPhoneCall"), (None, "inboundPhoneCall"), (JOHN, "webCall")]
)
def test_without_a_number_or_a_telephone_nothing_is_kept(
    clinic: Clinic, caller: str | None, kind: str
) -> None:
    clinic.caller, clinic.kind = caller, kind
    clinic.ask("search_patient", name="John Doe", dateOfBirth="1990-01-15")

    end(clinic)

    assert memories(clinic) == []
    assert recalled(clinic, None) == ""


def test_a_call_of_ours_is_remembered_like_one_to_us(clinic: Clinic) -> None:
    clinic.kind = "outboundPhoneCall"
    clinic.ask("search_patient", name="John Doe", dateOfBirth="1990-01-15", language="en")

    end(clinic)

    assert [row[:2] for row in memories(clinic)] == [(JOHN, visits.id_of(clinic, "John"))]


def test_a_claim_without_a_row_is_not_remembered(clinic: Clinic) -> None:
    clinic.prove_john()
    clinic.ask("log_call_metadata", language="en", callOutcome="booked")

    end(clinic)

    assert [row[4] for row in memories(clinic)] == [None]


def test_what_was_said_stays_until_something_else_is(clinic: Clinic) -> None:
    clinic.prove_john()
    clinic.ask("find_earliest_appointment", providerId="101", timeOfDay="morning")
    end(clinic)
    clinic.prove_john(call="call-2")
    clinic.ask("log_call_metadata", call="call-2", language="zh", callOutcome="clinic_info")
    end(clinic, "call-2")

    john = visits.id_of(clinic, "John")
    assert memories(clinic) == [(JOHN, john, "zh", 101, "clinic_info", None)]
    assert "in the morning" in recalled(clinic, JOHN)


def test_a_report_that_comes_late_or_twice_changes_nothing(clinic: Clinic) -> None:
    clinic.prove_john()
    clinic.ask("find_earliest_appointment", providerId="101")
    clinic.prove_john(call="call-2")
    clinic.ask("find_earliest_appointment", call="call-2", providerId="102")
    end(clinic, "call-2")
    before = clinic.all("SELECT * FROM caller_memories")

    end(clinic)
    end(clinic, "call-2")

    assert clinic.all("SELECT * FROM caller_memories") == before


def test_a_promise_is_open_as_long_as_its_row_stands(clinic: Clinic) -> None:
    clinic.do("UPDATE organizations SET booking_mode = 'approval'")
    clinic.prove_john()
    clinic.ask("find_earliest_appointment")
    asked = visits.create(clinic, at("10:00"))
    assert asked["status"] == "PENDING"
    end(clinic)

    assert memories(clinic)[0][4:] == ("requested", "approval")
    assert "Something is open to tell them once they have proven who they are." in recalled(clinic, JOHN)
    assert "A request of theirs waits for the clinic's answer." in told(clinic, call="call-2")
    assert MEMBER.post(f"/appointments/{asked['appointmentId']}/approve").status == 200
    # Answered, but they have yet to hear it.
    assert "Something is open" in recalled(clinic, JOHN)
    assert "A request of theirs waits for the clinic's answer." not in told(clinic, call="call-3")
    assert "Something is open" not in recalled(clinic, JOHN)


def test_a_place_on_the_waitlist_and_an_offered_time_are_open(clinic: Clinic) -> None:
    clinic.prove_john()
    clinic.ask("add_to_waitlist", firstName="John", lastName="Doe", phone=JOHN)
    end(clinic)

    assert memories(clinic)[0][5] == "waitlist"
    assert told(clinic, call="call-2")[-1] == "They are on the waitlist."
    clinic.do("UPDATE waitlist SET status = 'offered'")
    assert told(clinic, call="call-3")[-1] == "A time that came free is kept for them."
    clinic.do("UPDATE waitlist SET status = 'booked'")
    assert len(told(clinic, call="call-4")) == 1
    assert "open" not in recalled(clinic, JOHN)


def test_who_reached_nobody_is_remembered_until_the_next_call(clinic: Clinic) -> None:
    clinic.do("DELETE FROM transfer_lines")
    clinic.prove_john()
    assert clinic.ask("transfer_call", reason="billing")["status"] == "nobody_there"
    end(clinic)

    assert memories(clinic)[0][5] == "call_back"
    assert "Something is open" in recalled(clinic, JOHN)
    nobody = "They asked for a person in their last call, and reached nobody."
    assert told(clinic, call="call-2")[-1] == nobody
    end(clinic, "call-2")
    assert memories(clinic)[0][5] is None


def test_memory_lasts_as_long_as_the_clinic_says(clinic: Clinic) -> None:
    clinic.prove_john()
    clinic.ask("find_earliest_appointment", providerId="101")
    end(clinic)
    [(last,)] = clinic.all("SELECT expires_at - updated_at FROM caller_memories")
    assert last == timedelta(days=365)

    assert MEMBER.patch("/organization", {"memoryDays": 30}).body["memoryDays"] == 30

    assert clinic.all("SELECT expires_at - updated_at FROM caller_memories") == [(timedelta(days=30),)]
    clinic.do("UPDATE caller_memories SET expires_at = now()")
    assert (recalled(clinic, JOHN), told(clinic, call="call-2"), language(clinic, JOHN)) == ("", [], None)
    end(clinic, "call-2")
    # Nothing of what had expired comes back with the new one.
    assert memories(clinic) == [(JOHN, visits.id_of(clinic, "John"), "en", None, None, None)]


def test_a_clinic_may_remember_nobody(clinic: Clinic) -> None:
    MEMBER.patch("/organization", {"memoryDays": 0})
    clinic.prove_john()
    end(clinic)

    assert memories(clinic) == []


def test_each_end_of_a_call_deletes_what_has_expired(clinic: Clinic) -> None:
    clinic.prove_john()
    end(clinic)
    clinic.do("UPDATE caller_memories SET expires_at = now()")
    clinic.ask("get_clinic_info", call="call-2", caller=MEILING)

    end(clinic, "call-2")

    assert [row[0] for row in memories(clinic)] == [MEILING]


def test_two_clinics_with_the_same_caller_remember_their_own(clinic: Clinic, harbour: Clinic) -> None:
    harbour.caller = STRANGER
    clinic.caller = STRANGER
    clinic.ask("find_earliest_appointment", call="same-call", providerId="101", language="zh")
    end(clinic, "same-call")

    assert (recalled(harbour, STRANGER), language(harbour, STRANGER)) == ("", None)
    harbour.ask("find_earliest_appointment", call="same-call", providerId="200", language="en")
    end(harbour, "same-call")

    assert harbour.number == HARBOUR_NUMBER
    assert "Dr. Chen Liu" in recalled(harbour, STRANGER)
    assert "Dr. Priya Sharma" in recalled(clinic, STRANGER)
    assert (language(harbour, STRANGER), language(clinic, STRANGER)) == ("en", "zh")
    assert "Dr. Chen Liu" not in recalled(clinic, STRANGER)
    clinic.ask("forget_me", call="third", fromNowOn=True)
    assert (recalled(clinic, STRANGER), "Dr. Chen Liu" in recalled(harbour, STRANGER)) == ("", True)


def test_a_language_the_clinic_does_not_speak_is_not_gone_by(clinic: Clinic) -> None:
    clinic.ask("get_clinic_info", language="zh")
    end(clinic)
    clinic.do("UPDATE organizations SET languages = '{en}'")

    assert (language(clinic, JOHN), recalled(clinic, JOHN)) == (None, "")


def test_a_call_in_which_nothing_was_asked_leaves_the_memory_as_it_was(clinic: Clinic) -> None:
    clinic.ask("get_clinic_info", language="zh")
    end(clinic)
    clinic.do(
        "INSERT INTO calls (org_id, id, kind, caller_number, language)"
        " VALUES (%s, 'hung-up', 'inboundPhoneCall', %s, 'en')",
        *(clinic.org_id, JOHN),
    )

    end(clinic, "hung-up")

    assert language(clinic, JOHN) == "zh"


def test_of_equal_times_the_remembered_doctors_is_offered(clinic: Clinic) -> None:
    for call, provider in (("call-1", "102"), ("call-2", "101")):
        clinic.prove_john(call=call)
        clinic.ask("find_earliest_appointment", call=call, providerId=provider)
        end(clinic, call)
        clinic.do("DELETE FROM appointments WHERE status = 'held'")

        later = f"after-{call}"
        clinic.prove_john(call=later)
        wish = {"startDate": day().isoformat()}
        assert clinic.ask("find_earliest_appointment", call=later, **wish)["providerId"] == provider
        # Of a caller who isn't proven, the number alone decides nothing.
        unproven = clinic.ask("find_earliest_appointment", call=f"unproven-{call}", **wish)
        assert unproven["providerId"] == "100"
        clinic.do("DELETE FROM appointments WHERE status = 'held'")


@given(
    remembered=st.sampled_from((100, 101, 102)),
    taken=st.lists(
        st.tuples(
            st.sampled_from((100, 101, 102)),
            st.sampled_from(("09:00", "09:30", "10:00", "10:30", "11:00", "11:30")),
        ),
        unique=True,
        max_size=10,
    ),
    wish=st.sampled_from(("morning", "after 10", "afternoon", "any time")),
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_memory_never_makes_the_start_later(
    clinic: Clinic, remembered: int, taken: list[tuple[int, str]], wish: str
) -> None:
    clinic.do("DELETE FROM appointments")
    clinic.do("DELETE FROM caller_memories")
    john, meiling = clinic.prove_john(), visits.id_of(clinic, "Meiling")
    with clinic.rows() as connection:
        for provider, clock in taken:
            visits.put(connection, clinic, at(clock), patient=meiling, provider=provider)
    asked: dict[str, Any] = {"startDate": day().isoformat(), "timeOfDay": wish}

    without = clinic.ask("find_earliest_appointment", **asked)
    clinic.do(
        "INSERT INTO caller_memories (org_id, caller_number, patient_id, language, provider_id, expires_at)"
        " VALUES (%s, %s, %s, 'en', %s, now() + interval '1 day')",
        *(clinic.org_id, JOHN, john, remembered),
    )
    with_it = clinic.ask("find_earliest_appointment", **asked)

    assert with_it["startTime"] == without["startTime"]
    assert [one["startTime"] for one in with_it["alternatives"]] == [
        one["startTime"] for one in without["alternatives"]
    ]
