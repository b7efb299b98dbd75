from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.clinic import MEILING, Clinic
from tests.tools import visits
from tests.tools.visits import FRIDAY, SATURDAY, SUNDAY, at, create, day


@pytest.fixture
def john(clinic: Clinic) -> int:
    """John, proven in the call."""
    return clinic.prove_john()


def refused(answer: dict[str, Any]) -> bool:
    return (answer["status"], answer["booked"], answer["appointmentId"]) == ("NOT_BOOKED", False, None)


@pytest.mark.usefixtures("john")
def test_booked_means_that_the_row_is_there(clinic: Clinic, john: int) -> None:
    answer = create(clinic, at("10:00"), demographicId=john, reason="a sore throat", isVirtual=True)

    assert (answer["status"], answer["booked"]) == ("BOOKED", True)
    assert (answer["startTime"], answer["endTime"]) == (at("10:00"), at("10:30"))
    assert (answer["providerId"], answer["providerName"]) == ("100", "Dr. Wei Chen")
    assert answer["say"].startswith("You're booked with Dr. Wei Chen, ")
    assert answer["say"].endswith(" at 10 AM.")
    assert clinic.all(
        "SELECT id, patient_id, provider_id, status, lower(visit), reason, is_virtual, language, call_id"
        " FROM appointments"
    ) == [
        (
            answer["appointmentId"],
            john,
            100,
            "booked",
            visits.instant(clinic, at("10:00")),
            "a sore throat",
            True,
            "en",
            "call-1",
        )
    ]


@pytest.mark.usefixtures("john")
def test_the_offered_time_is_booked_out_of_its_hold(clinic: Clinic) -> None:
    offer = clinic.ask("find_earliest_appointment", startDate=str(day()))

    answer = create(clinic, offer["startTime"], providerId=offer["providerId"])

    assert answer["status"] == "BOOKED"
    assert visits.holds(clinic) == []
    assert visits.standing(clinic) == [(100, at("09:00"))]


@pytest.mark.usefixtures("john")
@pytest.mark.parametrize("said", ["any", "任何", None])
def test_any_doctor_means_the_held_slots(clinic: Clinic, said: str | None) -> None:
    offer = clinic.ask("find_earliest_appointment", startDate=str(day()), providerName="Sharma")

    answer = create(clinic, offer["startTime"], providerId=said)

    assert (answer["status"], answer["providerId"]) == ("BOOKED", "101")


@pytest.mark.usefixtures("john")
def test_any_doctor_without_a_hold_means_the_first_who_is_free(clinic: Clinic) -> None:
    visits.insert(clinic, at("10:00"), patient=visits.id_of(clinic, "Meiling"))

    answer = create(clinic, at("10:00"), providerId="any")

    assert (answer["status"], answer["providerId"]) == ("BOOKED", "101")


@pytest.mark.usefixtures("john")
def test_a_time_somebody_has_is_refused_and_the_next_two_are_offered(clinic: Clinic) -> None:
    visits.insert(clinic, at("10:00"), patient=visits.id_of(clinic, "Meiling"))

    answer = create(clinic, at("10:00"))

    assert refused(answer)
    assert answer["say"].startswith("That time has just been taken. I could offer ")
    assert "10:30 AM with Dr. Wei Chen" in answer["say"]
    assert visits.standing(clinic) == [(100, at("10:00"))]
    assert [(slot["startTime"], slot["providerId"]) for slot in answer["alternatives"]] == [
        (at("10:30"), "100"),
        (at("10:45"), "100"),
    ]
    second = answer["alternatives"][1]
    assert create(clinic, second["startTime"], providerId=second["providerId"])["status"] == "BOOKED"


@pytest.mark.usefixtures("john")
def test_a_time_held_for_another_caller_is_refused(clinic: Clinic) -> None:
    clinic.ask("find_earliest_appointment", call="call-2", caller=MEILING, startDate=str(day()))

    answer = create(clinic, at("09:00"))

    assert refused(answer)
    assert answer["say"].startswith("That time has just been taken.")
    assert visits.holds(clinic) == [("call-2", 100, at("09:00"))]


@pytest.mark.usefixtures("john")
def test_another_callers_hold_that_ran_out_is_in_nobodys_way(clinic: Clinic) -> None:
    clinic.ask("find_earliest_appointment", call="call-2", caller=MEILING, startDate=str(day()))
    clinic.do("UPDATE appointments SET held_until = now() - interval '1 second'")

    assert create(clinic, at("09:00"))["status"] == "BOOKED"


@pytest.mark.usefixtures("john")
def test_a_lost_time_leaves_the_callers_own_hold_alone(clinic: Clinic) -> None:
    clinic.ask("find_earliest_appointment", startDate=str(day()))
    visits.insert(clinic, at("10:00"), patient=visits.id_of(clinic, "Meiling"))

    assert refused(create(clinic, at("10:00")))
    assert visits.holds(clinic) == [("call-1", 100, at("09:00"))]


# --- Only a start the finder itself would give


@pytest.mark.usefixtures("john")
@pytest.mark.parametrize(
    "start",
    [
        at("08:45"),
        at("11:45"),
        at("12:00"),
        at("16:45"),
        at("17:00"),
        at("18:00"),
        at("23:45"),
        at("09:07"),
        at("10:00", day(SATURDAY)),
        at("10:00", day(SUNDAY)),
        at("10:00")[:-2] + "30",
    ],
)
def test_outside_of_what_the_clinic_offers_nothing_is_booked(clinic: Clinic, start: str) -> None:
    answer = create(clinic, start)

    assert refused(answer)
    assert answer["say"].startswith("That time isn't available. I could offer ")
    assert len(answer["alternatives"]) == 2
    assert all(slot["startTime"] >= start for slot in answer["alternatives"])
    assert visits.standing(clinic) == []


@pytest.mark.usefixtures("john")
@pytest.mark.parametrize("start", [at("11:30"), at("13:00"), at("16:30"), at("09:00", day(FRIDAY))])
def test_a_visit_may_touch_lunch_and_closing(clinic: Clinic, start: str) -> None:
    assert create(clinic, start)["status"] == "BOOKED"


@pytest.mark.usefixtures("john")
@pytest.mark.parametrize("start", ["2020-03-02T10:00:00", "1999-12-31T23:00:00"])
def test_a_past_time_or_a_wrong_year_is_said_to_be_past(clinic: Clinic, start: str) -> None:
    answer = create(clinic, start)

    assert refused(answer)
    assert answer["say"] == "That time is already past. Which day would you like?"
    assert visits.standing(clinic) == []


@pytest.mark.usefixtures("john")
@pytest.mark.parametrize("ahead", [181, 400, 3000])
def test_further_ahead_than_the_clinic_books_is_refused(clinic: Clinic, ahead: int) -> None:
    today = date.fromisoformat(clinic.ask("get_clinic_info")["today"])
    start = at("10:00", today + timedelta(ahead))

    answer = create(clinic, start)

    assert refused(answer)
    assert answer["say"] == "We book up to 180 days ahead. Is there a nearer day that works?"


@pytest.mark.usefixtures("john")
def test_less_notice_than_the_clinic_wants_is_refused(clinic: Clinic) -> None:
    clinic.do("UPDATE organizations SET notice_min = %s", 60 * 24 * 25)

    answer = create(clinic, at("10:00", day(weeks=2)))

    assert refused(answer)
    assert answer["say"].startswith("That time isn't available.")
    assert answer["alternatives"][0]["startTime"] > at("10:00", day(weeks=3))
    assert create(clinic, at("10:00", day(weeks=5)))["status"] == "BOOKED"


def clocks_forward() -> date:
    """The next night on which Toronto's clocks skip the hour from 2 to 3: March's second Sunday."""
    today = datetime.now(UTC).date()
    sundays = (
        date(year, 3, 8 + (6 - date(year, 3, 8).weekday()) % 7) for year in (today.year, today.year + 1)
    )
    return next(sunday for sunday in sundays if sunday > today + timedelta(2))


def open_at_night(clinic: Clinic) -> None:
    clinic.do("UPDATE organizations SET horizon_days = 500")
    clinic.do(
        "INSERT INTO working_hours (org_id, provider_id, weekday, starts, ends)"
        " SELECT org_id, id, 7, '00:00', '06:00' FROM providers"
    )


def test_a_time_the_clocks_skip_does_not_exist_even_in_working_hours(harbour: Clinic) -> None:
    open_at_night(harbour)
    jane = visits.id_of(harbour, "Jane")

    answer = create(harbour, at("02:30", clocks_forward()), providerId="200", demographicId=jane)

    assert refused(answer)
    assert answer["say"].startswith("The clocks change then, so that time doesn't exist.")
    assert visits.standing(harbour) == []
    beside = create(harbour, at("03:00", clocks_forward()), providerId="200", demographicId=jane)
    assert (beside["status"], beside["startTime"]) == ("BOOKED", at("03:00", clocks_forward()))


@pytest.mark.usefixtures("john")
def test_vancouver_skips_no_hour_any_more(clinic: Clinic) -> None:
    open_at_night(clinic)

    assert create(clinic, at("02:30", clocks_forward()))["startTime"] == at("02:30", clocks_forward())


@pytest.mark.usefixtures("john")
def test_a_day_off_of_the_doctor_is_not_booked(clinic: Clinic) -> None:
    clinic.do(
        "INSERT INTO time_off (org_id, provider_id, starts_at, ends_at) VALUES (%s, 100, %s, %s)",
        clinic.org_id,
        visits.instant(clinic, at("10:00")),
        visits.instant(clinic, at("11:00")),
    )

    assert refused(create(clinic, at("09:45")))
    assert create(clinic, at("09:30"))["status"] == "BOOKED"
    assert create(clinic, at("11:00"))["status"] == "BOOKED"


@pytest.mark.usefixtures("john")
def test_the_quarter_of_an_hour_after_a_physical_is_kept_free(clinic: Clinic) -> None:
    first = create(clinic, at("09:30"), appointmentType="Physical")
    assert (first["status"], first["endTime"]) == ("BOOKED", at("10:30"))

    assert refused(create(clinic, at("10:30")))
    assert create(clinic, at("10:45"))["status"] == "BOOKED"


@pytest.mark.usefixtures("john")
def test_a_physical_needs_its_quarter_of_an_hour_before_the_next_visit(clinic: Clinic) -> None:
    visits.insert(clinic, at("10:00"), patient=visits.id_of(clinic, "Meiling"))

    assert refused(create(clinic, at("09:00"), appointmentType="Physical"))
    assert create(clinic, at("09:30"))["status"] == "BOOKED"


# --- The same again


@pytest.mark.usefixtures("john")
def test_asking_again_after_a_barge_in_books_once(clinic: Clinic) -> None:
    offer = clinic.ask("find_earliest_appointment", startDate=str(day()))
    first = create(clinic, offer["startTime"], providerId="any")

    again = create(clinic, offer["startTime"], reason="my throat hurts", appointmentType="consultation")

    assert again["appointmentId"] == first["appointmentId"]
    assert again["say"] == first["say"]
    assert visits.standing(clinic) == [(100, at("09:00"))]


@pytest.mark.usefixtures("john")
def test_the_same_asked_in_another_language_or_in_none_books_once(clinic: Clinic) -> None:
    first = create(clinic, at("10:00"), language="zh")

    again = [create(clinic, at("10:00"), language=other) for other in (None, "zh-CN", "en", "")]

    assert {one["appointmentId"] for one in again} == {first["appointmentId"]}
    assert visits.standing(clinic) == [(100, at("10:00"))]


@pytest.mark.usefixtures("john")
@pytest.mark.parametrize("other", [{}, {"language": "en"}, {"language": None}])
def test_the_same_tool_call_id_gets_the_first_answer_whatever_language_it_names(
    clinic: Clinic, other: dict[str, str | None]
) -> None:
    asked = {
        "providerId": "100",
        "startTime": at("10:00"),
        "appointmentType": "Follow-up",
        "reason": "a cough",
    }
    first = clinic.asked("create_appointment", {**asked, "language": "zh"}, id="the-one")

    assert clinic.asked("create_appointment", {**asked, **other}, id="the-one") == first


@pytest.mark.usefixtures("john")
def test_the_same_tool_call_id_gets_the_first_answer_even_when_the_row_has_gone(clinic: Clinic) -> None:
    asked = {
        "providerId": "100",
        "startTime": at("10:00"),
        "appointmentType": "Follow-up",
        "reason": "a cough",
        "language": "en",
    }
    first = clinic.asked("create_appointment", asked, id="the-one")
    clinic.do("UPDATE appointments SET status = 'cancelled'")

    assert clinic.asked("create_appointment", asked, id="the-one") == first
    assert visits.standing(clinic) == []


@pytest.mark.usefixtures("john")
def test_a_tool_call_id_used_for_something_else_books_nothing(clinic: Clinic) -> None:
    clinic.ask("get_clinic_info", id="the-one")

    item = clinic.asked("create_appointment", {"startTime": at("10:00")}, id="the-one")

    assert "used before" in item["error"]
    assert visits.standing(clinic) == []


@pytest.mark.usefixtures("john")
def test_booked_cancelled_and_booked_again_is_booked_again(clinic: Clinic) -> None:
    first = create(clinic, at("10:00"))
    clinic.ask("cancel_appointment", appointmentId=first["appointmentId"])

    again = create(clinic, at("10:00"))

    assert again["status"] == "BOOKED"
    assert again["appointmentId"] != first["appointmentId"]
    assert visits.standing(clinic) == [(100, at("10:00"))]


@pytest.mark.usefixtures("john")
def test_what_another_call_booked_is_taken_for_this_one(clinic: Clinic) -> None:
    create(clinic, at("10:00"))
    clinic.prove_john(call="call-2")

    assert refused(create(clinic, at("10:00"), call="call-2"))


# --- What was said wrong


@pytest.mark.usefixtures("john")
@pytest.mark.parametrize("provider", ["999", "200"])
def test_of_a_doctor_who_is_not_here_nothing_is_booked(clinic: Clinic, provider: str) -> None:
    answer = create(clinic, at("10:00"), providerId=provider)

    assert refused(answer)
    assert "You can see Dr. Wei Chen, Dr. Priya Sharma or Dr. James O'Neil." in answer["say"]
    assert visits.standing(clinic) == []


@pytest.mark.usefixtures("john")
def test_a_kind_of_visit_that_is_not_offered_is_asked_for(clinic: Clinic) -> None:
    answer = create(clinic, at("10:00"), appointmentType="root canal")

    assert refused(answer)
    assert answer["say"] == "We offer General consultation, Follow-up or Physical. Which one do you need?"


@pytest.mark.usefixtures("john")
@pytest.mark.parametrize(
    ("changes", "say"),
    [
        ({"startTime": "2019-02-30T10:00:00"}, "Which day and time would you like?"),
        ({"startTime": ""}, "Which day and time would you like?"),
        ({"startTime": "tomorrow at 2:30"}, "Which day and time would you like?"),
        ({"reason": None}, "What is the visit about?"),
        ({"appointmentType": ""}, "What kind of visit is it?"),
        ({"demographicId": "John Doe"}, "May I have your full name and date of birth first?"),
    ],
)
def test_what_was_not_understood_is_asked_again(clinic: Clinic, changes: dict[str, Any], say: str) -> None:
    answer = clinic.ask(
        "create_appointment",
        **{
            "providerId": "100",
            "startTime": at("10:00"),
            "appointmentType": "Follow-up",
            "reason": "a cough",
            "language": "en",
            **changes,
        },
    )

    assert refused(answer)
    assert answer["say"] == say
    assert visits.standing(clinic) == []


@pytest.mark.usefixtures("john")
def test_an_hour_in_words_is_understood_when_it_is_certain(clinic: Clinic) -> None:
    assert create(clinic, f"{day()} 2:30 PM")["startTime"] == at("14:30")


def test_a_z_behind_the_offered_time_is_a_slip_and_not_another_hour(clinic: Clinic) -> None:
    patient = clinic.prove_john()
    offer = clinic.ask("find_earliest_appointment", timeOfDay="afternoon")

    answer = clinic.ask(
        "create_appointment",
        demographicId=patient,
        providerId=offer["providerId"],
        startTime=offer["startTime"] + "Z",
        appointmentType="General consultation",
        reason="sore throat",
        language="en",
    )

    assert (answer["status"], answer["startTime"]) == ("BOOKED", offer["startTime"])


def test_the_offset_of_another_zone_books_nothing(clinic: Clinic) -> None:
    patient = clinic.prove_john()
    offer = clinic.ask("find_earliest_appointment", timeOfDay="afternoon")

    answer = clinic.ask(
        "create_appointment",
        demographicId=patient,
        providerId=offer["providerId"],
        startTime=offer["startTime"] + "+09:00",
        appointmentType="General consultation",
        reason="sore throat",
        language="en",
    )

    assert (answer["status"], answer["say"]) == ("NOT_BOOKED", "Which day and time would you like?")
    assert clinic.all("SELECT count(*) FROM appointments WHERE status = 'booked'") == [(0,)]
