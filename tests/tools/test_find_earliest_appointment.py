from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.clinic import MEILING, Clinic
from tests.tools import visits
from tests.tools.visits import FRIDAY, SATURDAY, SUNDAY, TUESDAY, at, day

ON_MONDAY = {"startDate": str(day()), "endDate": str(day())}


def test_the_earliest_time_is_offered_and_said(clinic: Clinic) -> None:
    answer = clinic.ask("find_earliest_appointment", **ON_MONDAY)

    assert answer["found"] is True
    assert (answer["startTime"], answer["endTime"]) == (at("09:00"), at("09:30"))
    assert (answer["date"], answer["day"]) == (str(day()), "Monday")
    assert (answer["providerId"], answer["providerName"]) == ("100", "Dr. Wei Chen")
    assert (answer["clinicName"], answer["appointmentType"]) == ("Maple Clinic", "General consultation")
    assert answer["say"].startswith("The earliest I have is ")
    assert answer["say"].endswith("at 9 AM with Dr. Wei Chen. Does that work?")


def test_without_any_wish_the_first_free_time_from_now_on_is_offered(clinic: Clinic) -> None:
    answer = clinic.ask("find_earliest_appointment")

    start = visits.instant(clinic, answer["startTime"])
    assert datetime.now(UTC) - timedelta(minutes=1) < start < datetime.now(UTC) + timedelta(days=4)


# --- The hold


def test_the_offer_is_held_for_this_call(clinic: Clinic) -> None:
    answer = clinic.ask("find_earliest_appointment", **ON_MONDAY)

    assert visits.holds(clinic) == [("call-1", 100, at("09:00"))]
    [(hold, minutes)] = clinic.all(
        "SELECT id, extract(epoch FROM held_until - now()) / 60 FROM appointments WHERE status = 'held'"
    )
    assert answer["slotId"] == str(hold)
    assert 3 < minutes <= 5


def test_a_held_start_is_not_offered_to_another_caller(clinic: Clinic) -> None:
    clinic.ask("find_earliest_appointment", providerId="100", **ON_MONDAY)

    other = clinic.ask(
        "find_earliest_appointment", call="call-2", caller=MEILING, providerId="100", **ON_MONDAY
    )

    assert other["startTime"] == at("09:30")
    assert at("09:00") not in [slot["startTime"] for slot in other["alternatives"]]


def test_a_time_kept_for_the_waitlist_is_no_calls_and_not_offered(clinic: Clinic) -> None:
    clinic.ask("find_earliest_appointment", providerId="100", **ON_MONDAY)
    clinic.do("UPDATE appointments SET call_id = NULL WHERE status = 'held'")

    other = clinic.ask(
        "find_earliest_appointment", call="call-2", caller=MEILING, providerId="100", **ON_MONDAY
    )

    assert other["startTime"] == at("09:30")
    assert other["slotId"] is not None


def test_asking_again_gives_back_the_first_hold(clinic: Clinic) -> None:
    clinic.ask("find_earliest_appointment", **ON_MONDAY)

    clinic.ask("find_earliest_appointment", timeOfDay="afternoon", **ON_MONDAY)

    assert visits.holds(clinic) == [("call-1", 100, at("13:00"))]
    other = clinic.ask("find_earliest_appointment", call="call-2", caller=MEILING, **ON_MONDAY)
    assert (other["startTime"], other["providerId"]) == (at("09:00"), "100")


def test_the_same_question_again_gets_the_same_offer(clinic: Clinic) -> None:
    first = clinic.ask("find_earliest_appointment", **ON_MONDAY)
    again = clinic.ask("find_earliest_appointment", **ON_MONDAY)

    assert again["startTime"] == first["startTime"]
    assert len(visits.holds(clinic)) == 1


def test_an_offer_that_ran_out_blocks_nobody_though_its_row_is_still_there(clinic: Clinic) -> None:
    clinic.ask("find_earliest_appointment", **ON_MONDAY)
    clinic.do("UPDATE appointments SET held_until = now() - interval '1 second'")

    other = clinic.ask("find_earliest_appointment", call="call-2", caller=MEILING, **ON_MONDAY)

    assert (other["startTime"], other["providerId"]) == (at("09:00"), "100")
    assert visits.holds(clinic) == [("call-2", 100, at("09:00"))]


def test_when_nothing_suits_the_earlier_offer_still_stands(clinic: Clinic) -> None:
    clinic.ask("find_earliest_appointment", **ON_MONDAY)

    assert clinic.ask("find_earliest_appointment", timeOfDay="evening", **ON_MONDAY)["found"] is False
    assert visits.holds(clinic) == [("call-1", 100, at("09:00"))]


# --- The alternatives


def test_two_alternatives_of_the_same_shape_come_with_it(clinic: Clinic) -> None:
    answer = clinic.ask("find_earliest_appointment", startDate=str(day()))

    assert len(answer["alternatives"]) == 2
    for slot in answer["alternatives"]:
        assert slot.keys() == answer.keys() - {"found", "say", "today", "alternatives", "appointmentType"}
        assert slot["slotId"] is None
    later, another_day = answer["alternatives"]
    assert (later["date"], later["startTime"] > answer["startTime"]) == (str(day()), True)
    assert another_day["date"] == str(day(TUESDAY))


@pytest.mark.parametrize("said", ["its own", "any"])
def test_whatever_is_offered_can_be_booked(clinic: Clinic, said: str) -> None:
    """The first offer's doctor is away for the alternatives, so that they are of somebody else."""
    clinic.prove_john()
    clinic.do(
        "INSERT INTO time_off (org_id, provider_id, starts_at, ends_at) VALUES (%s, 100, %s, %s)",
        clinic.org_id,
        visits.instant(clinic, at("09:30")),
        visits.instant(clinic, at("09:30")) + timedelta(days=60),
    )
    answer = clinic.ask("find_earliest_appointment", startDate=str(day()))
    assert answer["providerId"] == "100"

    for slot in [*answer["alternatives"], answer]:
        provider = slot["providerId"] if said == "its own" else said
        booked = visits.create(clinic, slot["startTime"], providerId=provider)
        assert (booked["status"], booked["providerId"]) == ("BOOKED", slot["providerId"])


# --- Which days


@pytest.mark.parametrize("wish", [{}, {"endDate": "2020-01-10"}])
def test_a_past_date_or_a_wrong_year_means_from_now_on(clinic: Clinic, wish: dict[str, str]) -> None:
    answer = clinic.ask("find_earliest_appointment", startDate="2020-01-06", **wish)

    assert answer["found"] is True
    assert answer["date"] >= answer["today"]
    assert date.fromisoformat(answer["date"]) - date.fromisoformat(answer["today"]) < timedelta(days=5)


def test_days_that_do_not_suit_are_left_out(clinic: Clinic) -> None:
    excluded = [str(day()), str(day(TUESDAY))]

    answer = clinic.ask("find_earliest_appointment", startDate=str(day()), excludeDates=excluded)

    wednesday = str(day() + timedelta(2))
    assert answer["date"] == wednesday
    assert all(slot["date"] >= wednesday for slot in answer["alternatives"])


def test_excluded_days_may_come_as_one_text(clinic: Clinic) -> None:
    wish = {"startDate": str(day()), "excludeDates": f"{day()}, {day(TUESDAY)}"}

    assert clinic.ask("find_earliest_appointment", **wish)["date"] == str(day() + timedelta(2))


@pytest.mark.parametrize(
    "wish",
    [
        {"startDate": str(day(weeks=40))},
        {**ON_MONDAY, "timeOfDay": "evening"},
        {**ON_MONDAY, "timeOfDay": "晚上"},
    ],
)
def test_when_nothing_is_free_the_caller_hears_so(clinic: Clinic, wish: dict[str, Any]) -> None:
    answer = clinic.ask("find_earliest_appointment", **wish)

    assert (answer["found"], answer["alternatives"]) == (False, [])
    assert answer["say"].startswith("I don't see anything free in that time.")
    assert visits.holds(clinic) == []


@pytest.mark.parametrize(
    "wish",
    [
        {"startDate": str(day(SATURDAY)), "endDate": str(day(SUNDAY))},
        {**ON_MONDAY, "excludeDates": [str(day())]},
    ],
)
def test_when_the_first_free_time_is_later_the_caller_hears_from_when_on(
    clinic: Clinic, wish: dict[str, Any]
) -> None:
    answer = clinic.ask("find_earliest_appointment", **wish)

    later = day(TUESDAY) if "excludeDates" in wish else day(weeks=4)
    assert (answer["found"], answer["nothingBefore"]) == (False, str(later))
    assert answer["say"].startswith("I don't see anything free before ")
    assert "waitlist" in answer["say"]


def test_a_day_the_clinic_is_closed_is_passed_over(clinic: Clinic) -> None:
    clinic.do(
        "INSERT INTO time_off (org_id, starts_at, ends_at) VALUES (%s, %s, %s)",
        clinic.org_id,
        visits.instant(clinic, at("00:00")),
        visits.instant(clinic, at("00:00", day(TUESDAY))),
    )

    assert clinic.ask("find_earliest_appointment", startDate=str(day()))["date"] == str(day(TUESDAY))


@pytest.mark.parametrize(
    "excluded",
    [["Mondays"], ["not Mondays"], "周一", ["mornings", "周一"], [f"{day()}"], "Mondays, weekends"],
)
def test_what_is_left_out_may_be_said_in_words(clinic: Clinic, excluded: Any) -> None:
    answer = clinic.ask("find_earliest_appointment", startDate=str(day()), excludeDates=excluded)

    assert answer["date"] == str(day(TUESDAY))


def test_one_start_can_be_left_out(clinic: Clinic) -> None:
    excluded = [f"{day()} 09:00", f"{day()}T09:15:00"]

    answer = clinic.ask("find_earliest_appointment", excludeDates=excluded, **ON_MONDAY)

    assert answer["startTime"] == at("09:30")


def test_of_a_whole_month_only_that_month_is_looked_at(clinic: Clinic) -> None:
    first = (day().replace(day=1) + timedelta(62)).replace(day=1)
    month = f"{first:%B %Y}"

    answer = clinic.ask("find_earliest_appointment", startDate=month)
    clinic.do(
        "INSERT INTO time_off (org_id, starts_at, ends_at) VALUES (%s, %s, %s)",
        clinic.org_id,
        visits.instant(clinic, f"{first}T00:00:00"),
        visits.instant(clinic, f"{(first + timedelta(32)).replace(day=1)}T00:00:00"),
    )

    assert answer["date"][:7] == f"{first:%Y-%m}"
    assert clinic.ask("find_earliest_appointment", startDate=month)["found"] is False
    assert clinic.ask("find_earliest_appointment", startDate=str(first))["found"] is True


def test_next_week_ends_with_its_sunday(clinic: Clinic) -> None:
    answer = clinic.ask("find_earliest_appointment", startDate="下周", timeOfDay="上午")
    today = date.fromisoformat(answer["today"])
    monday = today + timedelta(7 - today.weekday())

    slots = [answer, *answer["alternatives"]]
    assert answer["date"] == str(monday)
    assert all(slot["date"] <= str(monday + timedelta(6)) for slot in slots)


def test_a_day_that_does_not_exist_is_asked_for_again(clinic: Clinic) -> None:
    answer = clinic.ask("find_earliest_appointment", startDate="2019-02-30")

    assert (answer["found"], answer["say"]) == (False, "Which day would you like?")


# --- Which time of day


@pytest.mark.parametrize(
    ("wish", "start"),
    [
        ("morning", "09:00"),
        ("上午", "09:00"),
        ("afternoon", "13:00"),
        ("下午", "13:00"),
        ("14:30", "14:30"),
        ("2:30 PM", "14:30"),
        ("after 4", "16:00"),
        ("下午三点", "15:00"),
        ("12 noon", "13:00"),
        ("any", "09:00"),
    ],
)
def test_the_time_of_day_is_understood_in_words_and_by_the_clock(
    clinic: Clinic, wish: str, start: str
) -> None:
    assert clinic.ask("find_earliest_appointment", timeOfDay=wish, **ON_MONDAY)["startTime"] == at(start)


@pytest.mark.parametrize(
    ("wish", "start"),
    [
        ("not Mondays", at("09:00", day(TUESDAY))),
        ("Tuesday or Thursday afternoon", at("13:00", day(TUESDAY))),
        ("between 2 and 4", at("14:00")),
        ("not before 10", at("10:00")),
        ("any time except Monday", at("09:00", day(TUESDAY))),
        ("周二下午", at("13:00", day(TUESDAY))),
        ("周一到周五上午", at("09:00")),
        ("下午四点以后", at("16:00")),
        ("不要周一", at("09:00", day(TUESDAY))),
    ],
)
def test_days_and_times_that_suit_are_understood_together(clinic: Clinic, wish: str, start: str) -> None:
    answer = clinic.ask("find_earliest_appointment", startDate=str(day()), timeOfDay=wish)

    assert answer["startTime"] == start


def test_a_day_of_next_week_may_stand_with_its_time(clinic: Clinic) -> None:
    answer = clinic.ask("find_earliest_appointment", timeOfDay="下周三下午")
    today = date.fromisoformat(answer["today"])

    assert answer["startTime"] == at("13:00", today + timedelta(7 - today.weekday() + 2))


def test_the_alternatives_suit_as_well(clinic: Clinic) -> None:
    answer = clinic.ask("find_earliest_appointment", startDate=str(day()), timeOfDay="Tuesdays after 4")

    starts = [slot["startTime"] for slot in [answer, *answer["alternatives"]]]
    assert all(date.fromisoformat(start[:10]).isoweekday() == 2 and start[11:] >= "16:00" for start in starts)


def test_what_is_meant_in_two_ways_is_asked_for(clinic: Clinic) -> None:
    answer = clinic.ask("find_earliest_appointment", timeOfDay="not Mondays, mornings")

    assert (answer["found"], answer["fields"]) == (False, ["timeOfDay"])
    assert answer["say"] == "Which days suit you, and morning or afternoon?"


# --- Whom


@pytest.mark.parametrize(
    ("heard", "provider"),
    [
        ("Dr. Chen", "100"),
        ("陈医生", "100"),
        ("Wei Chen", "100"),
        ("doctor charma", "101"),
        ("Priya", "101"),
        ("O'Neill", "102"),
        ("Oneil", "102"),
    ],
)
def test_a_doctors_name_is_recognised_as_it_is_spoken(clinic: Clinic, heard: str, provider: str) -> None:
    visits.insert(clinic, at("09:00"), patient=visits.id_of(clinic, "John"), provider=int(provider))

    answer = clinic.ask("find_earliest_appointment", providerName=heard, **ON_MONDAY)

    assert (answer["providerId"], answer["startTime"]) == (provider, at("09:30"))
    assert all(slot["providerId"] == provider for slot in answer["alternatives"])


def test_a_surname_two_doctors_share_means_both(harbour: Clinic) -> None:
    harbour.do("UPDATE providers SET name = 'Dr. Maria Liu' WHERE id = 201")
    visits.insert(harbour, at("09:00"), patient=visits.id_of(harbour, "Jane"), provider=200)

    answer = harbour.ask("find_earliest_appointment", providerName="Dr. Liu", **ON_MONDAY)

    assert (answer["providerId"], answer["startTime"]) == ("201", at("09:00"))


@pytest.mark.parametrize(
    "wish",
    [
        {"providerId": "any"},
        {"providerId": "任何"},
        {"providerId": "null"},
        {"providerName": "any doctor"},
        {"providerName": "anyone"},
        {"providerName": "任何医生"},
        {"providerName": "no preference"},
    ],
)
def test_any_doctor_means_all_of_them(clinic: Clinic, wish: dict[str, str]) -> None:
    for provider in (100, 102):
        visits.insert(clinic, at("09:00"), patient=visits.id_of(clinic, "John"), provider=provider)

    answer = clinic.ask("find_earliest_appointment", **wish, **ON_MONDAY)

    assert (answer["providerId"], answer["startTime"]) == ("101", at("09:00"))


@pytest.mark.parametrize(
    "wish", [{"providerName": "Dr. Strangelove"}, {"providerId": "999"}, {"providerId": "200"}]
)
def test_of_a_doctor_who_is_not_here_the_caller_hears_who_is(clinic: Clinic, wish: dict[str, str]) -> None:
    answer = clinic.ask("find_earliest_appointment", **wish)

    assert answer["found"] is False
    assert answer["say"] == (
        "I couldn't find that doctor. You can see Dr. Wei Chen, Dr. Priya Sharma or Dr. James O'Neil."
    )
    assert visits.holds(clinic) == []


def test_a_doctor_who_has_left_is_not_offered(clinic: Clinic) -> None:
    clinic.do("UPDATE providers SET is_active = false WHERE id = 100")

    assert clinic.ask("find_earliest_appointment", **ON_MONDAY)["providerId"] == "101"
    assert clinic.ask("find_earliest_appointment", providerId="100")["found"] is False


# --- What for


@pytest.mark.parametrize(
    ("heard", "kind", "end"),
    [
        (None, "General consultation", "09:30"),
        ("general", "General consultation", "09:30"),
        ("a consultation", "General consultation", "09:30"),
        ("普通门诊", "General consultation", "09:30"),
        ("Follow-up", "Follow-up", "09:15"),
        ("folow up", "Follow-up", "09:15"),
        ("复诊", "Follow-up", "09:15"),
        ("annual physical", "Physical", "10:00"),
        ("check up", "Physical", "10:00"),
        ("体检", "Physical", "10:00"),
    ],
)
def test_the_kind_of_visit_is_found_by_a_near_word(
    clinic: Clinic, heard: str | None, kind: str, end: str
) -> None:
    answer = clinic.ask("find_earliest_appointment", appointmentType=heard, **ON_MONDAY)

    assert (answer["appointmentType"], answer["endTime"]) == (kind, at(end))


@pytest.mark.parametrize("heard", ["open-heart surgery", "a follow-up consultation", "general physical"])
def test_a_kind_that_is_not_offered_or_could_be_two_is_asked_for(clinic: Clinic, heard: str) -> None:
    answer = clinic.ask("find_earliest_appointment", appointmentType=heard)

    assert answer["found"] is False
    assert answer["say"] == "We offer General consultation, Follow-up or Physical. Which one do you need?"
    assert answer["appointmentTypes"] == ["General consultation", "Follow-up", "Physical"]


@pytest.mark.parametrize(
    ("taken", "start"), [("10:00", "10:30"), ("10:15", "09:00"), ("09:45", "10:15"), ("10:45", "09:00")]
)
def test_a_long_visit_is_offered_where_it_fits_with_the_time_after_it(
    clinic: Clinic, taken: str, start: str
) -> None:
    visits.insert(clinic, at(taken), patient=visits.id_of(clinic, "John"))

    answer = clinic.ask(
        "find_earliest_appointment", providerId="100", appointmentType="Physical", **ON_MONDAY
    )

    assert answer["startTime"] == at(start)


def test_on_a_friday_the_other_day_is_after_the_weekend(clinic: Clinic) -> None:
    answer = clinic.ask("find_earliest_appointment", startDate=str(day(FRIDAY)))

    assert [slot["day"] for slot in answer["alternatives"]] == ["Friday", "Monday"]
