"""The rules a clinic books by, each by name, as the caller meets them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.clinic import MEILING, Clinic
from tests.tools import visits
from tests.tools.visits import FRIDAY, MONDAY, THURSDAY, TUESDAY, WEDNESDAY, at, create, day

ON_MONDAY = {"startDate": str(day()), "endDate": str(day())}


def find(clinic: Clinic, **wish: Any) -> dict[str, Any]:
    return clinic.ask("find_earliest_appointment", **{**ON_MONDAY, **wish})


def starts(answer: dict[str, Any]) -> list[str]:
    """Everything that was offered."""
    return [answer["startTime"], *(other["startTime"] for other in answer["alternatives"])]


def type_id(clinic: Clinic, name: str = "General consultation") -> int:
    return clinic.all("SELECT id FROM appointment_types WHERE name = %s", name)[0][0]


# --- Hours


def test_hours_of_a_date_replace_that_weekdays(clinic: Clinic) -> None:
    for shift in (("14:00", "14:30"), ("15:00", "15:30")):
        clinic.do(
            "INSERT INTO date_hours (org_id, provider_id, day, starts, ends) VALUES (%s, 100, %s, %s, %s)",
            *(clinic.org_id, day(), *shift),
        )
    clinic.do("INSERT INTO date_hours (org_id, provider_id, day) VALUES (%s, 101, %s)", clinic.org_id, day())

    assert starts(find(clinic, providerId="100")) == [at("14:00"), at("15:00")]
    assert find(clinic, providerId="101")["found"] is False
    clinic.prove_john()
    assert create(clinic, at("09:00"))["booked"] is False
    assert create(clinic, at("15:00"))["booked"] is True


def test_colleagues_keep_what_is_their_own_of_hours_days_and_leave(clinic: Clinic) -> None:
    clinic.do("DELETE FROM working_hours")
    for provider, opens in ((100, "13:00"), (101, "13:00"), (102, "08:00")):
        clinic.do(
            "INSERT INTO working_hours (org_id, provider_id, weekday, starts, ends)"
            " SELECT %s, %s, weekday, %s, '17:00' FROM generate_series(1, 5) AS weekday",
            *(clinic.org_id, provider, opens),
        )
    for provider, *shift in ((100, "14:00", "14:30"), (101, "10:00", "10:30"), (102, None, None)):
        clinic.do(
            "INSERT INTO date_hours (org_id, provider_id, day, starts, ends) VALUES (%s, %s, %s, %s, %s)",
            *(clinic.org_id, provider, day(), *shift),
        )
    for provider in (100, 102):
        clinic.do(
            "INSERT INTO time_off (org_id, provider_id, starts_at, ends_at) VALUES (%s, %s, %s, %s)",
            *(clinic.org_id, provider),
            *(visits.instant(clinic, at(clock, day(FRIDAY))) for clock in ("08:00", "17:00")),
        )

    def offered(weekday: int) -> list[tuple[str, str]]:
        answer = find(clinic, startDate=str(day(weekday)), endDate=str(day(weekday)))
        return [(one["startTime"], one["providerId"]) for one in (answer, *answer["alternatives"])]

    assert offered(MONDAY) == [(at("10:00"), "101"), (at("14:00"), "100")]
    assert offered(WEDNESDAY)[0] == (at("08:00", day(WEDNESDAY)), "102")
    assert offered(FRIDAY)[0] == (at("13:00", day(FRIDAY)), "101")


def test_leave_may_have_no_end_yet(clinic: Clinic) -> None:
    clinic.do(
        "INSERT INTO time_off (org_id, provider_id, starts_at, ends_at) VALUES (%s, 100, %s, 'infinity')",
        *(clinic.org_id, visits.instant(clinic, at("10:00"))),
    )

    assert starts(find(clinic, providerId="100")) == [at("09:00"), at("09:15"), at("09:30")]


@pytest.mark.parametrize("table", ["working_hours", "date_hours"])
def test_an_hour_that_nobody_can_read_is_refused_where_it_is_written(clinic: Clinic, table: str) -> None:
    day_of = "weekday" if table == "working_hours" else "day"
    with pytest.raises(psycopg.errors.CheckViolation):
        clinic.do(
            f"INSERT INTO {table} (org_id, provider_id, {day_of}, starts, ends)"
            " VALUES (%s, 100, %s, '18:00', '24:00')",
            *(clinic.org_id, 6 if table == "working_hours" else day()),
        )


def test_a_holiday_is_closed_unless_the_clinic_keeps_it_open(clinic: Clinic) -> None:
    clinic.do("INSERT INTO holidays (org_id, day, name) VALUES (%s, %s, 'Fair Day')", clinic.org_id, day())
    assert find(clinic)["found"] is False

    clinic.do("UPDATE holidays SET is_closed = false")
    assert find(clinic)["startTime"] == at("09:00")


def test_a_visit_is_at_the_place_where_the_doctor_is_then(clinic: Clinic) -> None:
    clinic.do("INSERT INTO locations (org_id, id, name) VALUES (%s, 1, 'Main Street')", clinic.org_id)
    clinic.do(
        "INSERT INTO locations (org_id, id, name, name_zh) VALUES (%s, 2, 'Hill', '山上')", clinic.org_id
    )
    clinic.do(
        "UPDATE working_hours SET location_id = CASE WHEN starts < '12:00' THEN 1 ELSE 2 END, "
        "ends = CASE WHEN starts < '12:00' THEN '13:00' ELSE ends END WHERE provider_id = 100"
    )
    clinic.prove_john()

    morning = find(clinic, providerId="100")
    assert morning["locationName"] == "Main Street"
    assert morning["say"].endswith("with Dr. Wei Chen, at Main Street. Does that work?")
    # Half an hour from 12:45 on would begin at one place and end at the other.
    refused = create(clinic, at("12:45"))
    assert (refused["booked"], refused["alternatives"][0]["startTime"]) == (False, at("13:00"))
    booked = create(clinic, at("13:00"), language="zh")
    assert booked["locationName"] == "山上"
    assert "在山上" in booked["say"]
    assert clinic.all("SELECT location_id FROM appointments WHERE status = 'booked'") == [(2,)]


# --- Kinds of visit


def test_who_does_not_do_a_kind_is_not_offered_for_it(clinic: Clinic) -> None:
    clinic.do(
        "INSERT INTO provider_types (org_id, provider_id, type_id, is_offered) VALUES (%s, 100, %s, false)",
        *(clinic.org_id, type_id(clinic, "Physical")),
    )
    clinic.prove_john()

    assert find(clinic, appointmentType="Physical")["providerId"] == "101"
    for refused in (
        find(clinic, appointmentType="Physical", providerId="100"),
        create(clinic, at("09:00"), appointmentType="Physical"),
    ):
        assert refused["say"] == (
            "That doctor doesn't do Physical. For that you can see Dr. Priya Sharma or Dr. James O'Neil."
        )
    assert visits.standing(clinic) == []


def test_a_doctor_may_take_longer_than_others(clinic: Clinic) -> None:
    clinic.do(
        "INSERT INTO provider_types (org_id, provider_id, type_id, duration_min) VALUES (%s, 100, %s, 45)",
        *(clinic.org_id, type_id(clinic)),
    )
    clinic.prove_john()

    assert find(clinic, providerId="100")["endTime"] == at("09:45")
    assert find(clinic, providerId="101")["endTime"] == at("09:30")
    assert create(clinic, at("11:15"))["endTime"] == at("12:00")
    assert create(clinic, at("11:30"))["booked"] is False


def test_what_is_in_person_only_is_not_booked_by_video(clinic: Clinic) -> None:
    clinic.do("UPDATE appointment_types SET modes = '{in_person}' WHERE name = 'Physical'")
    clinic.prove_john()

    answer = create(clinic, at("09:00"), appointmentType="Physical", isVirtual=True)

    assert answer["say"] == "Physical is in person only. Would you come to the clinic?"
    assert create(clinic, at("09:00"), appointmentType="Physical")["booked"] is True


def test_what_is_virtual_only_is_booked_as_such(clinic: Clinic) -> None:
    clinic.do("UPDATE appointment_types SET modes = '{virtual}' WHERE name = 'Follow-up'")
    clinic.prove_john()

    assert create(clinic, at("09:00"), appointmentType="Follow-up")["booked"] is True
    assert clinic.all("SELECT is_virtual FROM appointments") == [(True,)]


def test_what_is_for_new_patients_is_not_for_who_has_been_here(clinic: Clinic) -> None:
    clinic.do("UPDATE appointment_types SET is_for_new_patients = true WHERE name = 'Physical'")
    john = clinic.prove_john()
    assert find(clinic, appointmentType="Physical")["found"] is True

    visits.insert(clinic, "2024-03-04T10:00:00", patient=john, status="fulfilled")
    for refused in (
        find(clinic, appointmentType="Physical"),
        create(clinic, at("09:00"), appointmentType="Physical"),
    ):
        assert refused["say"].startswith("Physical is for new patients only.")
    assert find(clinic)["found"] is True


def test_what_to_bring_is_said_with_the_booking(clinic: Clinic) -> None:
    clinic.do(
        "UPDATE appointment_types SET instructions = 'Please bring your health card.',"
        " instructions_zh = '请带上医保卡。'"
    )
    clinic.prove_john()

    assert create(clinic, at("09:00"))["say"].endswith(" Please bring your health card.")
    assert create(clinic, at("10:00"), language="zh")["say"].endswith("。请带上医保卡。")


# --- The grid


def test_the_grid_may_be_moved(clinic: Clinic) -> None:
    clinic.do("UPDATE organizations SET slot_interval_min = 30, slot_offset_min = 10")
    clinic.prove_john()

    assert find(clinic)["startTime"] == at("09:10")
    assert create(clinic, at("09:00"))["booked"] is False


def test_packed_visits_follow_each_other(clinic: Clinic) -> None:
    clinic.do("UPDATE organizations SET packed = true")
    john = clinic.prove_john()
    visits.insert(clinic, at("09:00"), patient=john, kind="Physical")

    assert find(clinic, providerId="100")["startTime"] == at("10:15")


def test_cleaning_up_may_go_on_after_closing(clinic: Clinic) -> None:
    clinic.do("UPDATE organizations SET cleanup_min = 10, buffers_inside_hours = true")
    clinic.prove_john()

    assert create(clinic, at("16:30"))["booked"] is True


def test_no_two_visits_are_back_to_back_where_the_clinic_cleans_up(clinic: Clinic) -> None:
    clinic.do("UPDATE organizations SET cleanup_min = 10, slot_interval_min = 5")
    clinic.prove_john()
    assert create(clinic, at("09:00"))["booked"] is True

    assert create(clinic, at("09:35"))["booked"] is False
    assert create(clinic, at("09:40"))["booked"] is True


# --- Caps


@pytest.mark.parametrize(
    ("provider", "kind", "period", "free_again"),
    [
        ("100", None, "day", day(TUESDAY)),
        ("100", "General consultation", "day", day(TUESDAY)),
        ("100", None, "week", day(weeks=4)),
        (None, None, "day", day(TUESDAY)),
        (None, "General consultation", "week", day(weeks=4)),
    ],
)
def test_a_cap_closes_the_rest_of_its_day_or_week(
    clinic: Clinic, provider: str | None, kind: str | None, period: str, free_again: date
) -> None:
    clinic.do(
        "INSERT INTO caps (org_id, provider_id, type_id, period, most) VALUES (%s, %s, %s, %s, 2)",
        *(clinic.org_id, provider, kind and type_id(clinic), period),
    )
    john = clinic.prove_john()
    visits.insert(clinic, at("09:00"), patient=john)
    assert find(clinic, providerId="100")["startTime"] == at("09:30")
    visits.insert(clinic, at("15:00"), patient=john)

    offer = clinic.ask("find_earliest_appointment", startDate=str(day()), providerId="100")
    assert offer["date"] == str(free_again)
    refused = create(clinic, at("10:00"))
    assert (refused["booked"], refused["alternatives"][0]["startTime"][:10]) in [
        (False, str(free_again)),
        # Others of whom this cap knows nothing take their place.
        (False, str(day())),
    ]
    # Another's day, or another kind, is no affair of this cap.
    elsewhere = find(clinic, providerId="101", appointmentType="Follow-up")
    assert elsewhere["found"] is (provider is not None or kind is not None)


def test_a_cap_counts_what_others_hold_and_not_ones_own_hold(clinic: Clinic) -> None:
    clinic.do("INSERT INTO caps (org_id, period, most) VALUES (%s, 'day', 1)", clinic.org_id)
    clinic.prove_john()

    assert find(clinic)["found"] is True
    assert (
        clinic.ask("find_earliest_appointment", call="other", caller=MEILING, **ON_MONDAY)["found"] is False
    )
    assert create(clinic, at("09:00"))["booked"] is True


def test_a_visit_may_be_moved_within_a_day_that_is_full(clinic: Clinic) -> None:
    clinic.do("INSERT INTO caps (org_id, period, most) VALUES (%s, 'day', 1)", clinic.org_id)
    clinic.prove_john()
    booked = create(clinic, at("09:00"))["appointmentId"]

    moved = clinic.ask("update_appointment", appointmentId=booked, newStartTime=at("11:00"))

    assert moved["booked"] is True


# --- Whom, of several


def test_of_several_who_are_free_the_one_with_the_fewest_visits_that_day_is_offered(clinic: Clinic) -> None:
    john = visits.id_of(clinic, "John")
    visits.insert(clinic, at("16:00"), patient=john, provider=100)
    visits.insert(clinic, at("16:00"), patient=john, provider=102)
    visits.insert(clinic, at("16:00", day(TUESDAY)), patient=john, provider=101)

    assert find(clinic)["providerId"] == "101"


def test_who_books_with_anybody_gets_the_one_with_the_fewest_visits_that_day(clinic: Clinic) -> None:
    john = clinic.prove_john()
    visits.insert(clinic, at("16:00"), patient=john, provider=100)
    visits.insert(clinic, at("16:00"), patient=john, provider=101)

    assert create(clinic, at("09:00"), providerId="any")["providerId"] == "102"


def test_with_as_many_visits_each_the_callers_last_doctor_is_offered(clinic: Clinic) -> None:
    john = visits.id_of(clinic, "John")
    visits.insert(clinic, "2024-03-04T10:00:00", patient=john, provider=101, status="fulfilled")
    visits.insert(clinic, "2025-03-04T10:00:00", patient=john, provider=102, status="fulfilled")

    assert find(clinic)["providerId"] == "102"
    assert (
        clinic.ask("find_earliest_appointment", call="b", caller=MEILING, **ON_MONDAY)["providerId"] == "100"
    )


# --- What suits


@pytest.mark.parametrize(
    ("wish", "start"),
    [
        ({"timeOfDay": "after 4"}, at("16:00")),
        ({"timeOfDay": "下午三点以后"}, at("15:00")),
        ({"timeOfDay": "not Mondays"}, at("09:00", day(TUESDAY))),
        ({"timeOfDay": "Wednesday afternoon"}, at("13:00", day(WEDNESDAY))),
        ({"excludeDates": ["Mondays", "Tuesdays"]}, at("09:00", day(WEDNESDAY))),
        ({"excludeDates": "周一,周二,周三"}, at("09:00", day(THURSDAY))),
        ({"timeOfDay": "Friday mornings", "excludeDates": ["before 10"]}, at("10:00", day(FRIDAY))),
    ],
)
def test_what_the_caller_wishes_is_what_is_offered(clinic: Clinic, wish: dict[str, Any], start: str) -> None:
    offer = clinic.ask("find_earliest_appointment", startDate=str(day(MONDAY)), **wish)

    assert offer["startTime"] == start


def test_the_alternatives_are_another_time_of_day_and_another_day(clinic: Clinic) -> None:
    offer = clinic.ask("find_earliest_appointment", startDate=str(day()))

    assert starts(offer) == [at("09:00"), at("11:00"), at("09:00", day(TUESDAY))]


# --- A hold's life


def test_what_is_held_can_be_booked_though_its_notice_goes_by(clinic: Clinic) -> None:
    clinic.prove_john()
    offer = find(clinic)
    clinic.do("UPDATE appointments SET created_at = created_at - interval '4 minutes' WHERE status = 'held'")
    ahead = visits.instant(clinic, offer["startTime"]) - datetime.now(UTC)
    clinic.do("UPDATE organizations SET notice_min = %s", int(ahead.total_seconds() // 60) + 2)

    assert offer["providerId"] == "100"
    assert create(clinic, offer["startTime"], providerId="101")["booked"] is False
    assert create(clinic, offer["startTime"])["booked"] is True


def age(clinic: Clinic, *, minutes: int) -> None:
    """Makes the hold that old."""
    clinic.do(
        "UPDATE appointments SET created_at = created_at - %s, held_until = held_until - %s"
        " WHERE status = 'held'",
        *[timedelta(minutes=minutes)] * 2,
    )


def minutes_left(clinic: Clinic) -> list[float]:
    rows = clinic.all(
        "SELECT extract(epoch FROM held_until - now()) / 60 FROM appointments WHERE status = 'held'"
    )
    return [float(left) for (left,) in rows]


@pytest.mark.parametrize("talk", ["get_clinic_info", "get_providers"])
def test_a_hold_is_extended_as_long_as_the_call_talks(clinic: Clinic, talk: str) -> None:
    find(clinic)
    age(clinic, minutes=4)
    clinic.ask(talk, call="somebody else")
    assert minutes_left(clinic)[0] < 1.1

    clinic.ask(talk)

    assert 4.9 < minutes_left(clinic)[0] <= 5


def test_but_not_for_ever(clinic: Clinic) -> None:
    find(clinic)
    clinic.do("UPDATE appointments SET created_at = now() - interval '18 minutes' WHERE status = 'held'")
    age(clinic, minutes=0)

    clinic.ask("get_clinic_info")
    assert minutes_left(clinic)[0] <= 5
    clinic.do("UPDATE appointments SET held_until = now() + interval '1 minute' WHERE status = 'held'")
    clinic.ask("get_clinic_info")

    assert minutes_left(clinic)[0] <= 2.1


def test_a_hold_is_given_back_at_goodbye(clinic: Clinic) -> None:
    find(clinic)

    clinic.ask("log_call_metadata", language="en", callOutcome="no_action")

    assert visits.holds(clinic) == []


# --- History


def test_every_change_of_a_visit_is_in_the_audit_log_with_its_times(clinic: Clinic) -> None:
    clinic.prove_john()
    booked = create(clinic, at("09:00"))["appointmentId"]
    clinic.ask("update_appointment", appointmentId=booked, newStartTime=at("11:00"))
    clinic.ask("cancel_appointment", appointmentId=booked, reason="better already")

    rows = clinic.all(
        "SELECT action, change FROM audit_log WHERE appointment_id = %s AND change IS NOT NULL ORDER BY id",
        booked,
    )

    assert [action for action, _ in rows] == [
        "appointment.booked",
        "appointment.taken_out",
        "appointment.moved",
        "appointment.cancelled",
    ]
    changes = [change for _, change in rows]
    assert changes[1]["before"]["start"] != changes[2]["after"]["start"]
    assert changes[3] == {
        "before": {**changes[2]["after"]},
        "after": {**changes[2]["after"], "status": "cancelled"},
    }
    assert "better" not in str(rows)


def test_who_made_a_change_is_the_call_that_made_it(clinic: Clinic) -> None:
    clinic.prove_john()
    booked = create(clinic, at("09:00"))["appointmentId"]
    clinic.prove_john(call="another")
    clinic.ask("cancel_appointment", call="another", appointmentId=booked)

    assert clinic.all("SELECT call_id, action FROM audit_log WHERE change IS NOT NULL ORDER BY id") == [
        ("call-1", "appointment.booked"),
        ("another", "appointment.cancelled"),
    ]


def test_a_hold_leaves_no_history(clinic: Clinic) -> None:
    find(clinic)
    find(clinic)

    assert clinic.all("SELECT FROM audit_log WHERE action LIKE 'appointment.%%'") == []
