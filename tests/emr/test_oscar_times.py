"""Times without a zone: short ends, days on which clocks change, codes that only look like statuses."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.emr import oscar_times as times
from frontdesk.emr import oscar_visits as visits
from frontdesk.emr.oscar_server import Code, Server
from frontdesk.zones import at, instant, zone
from tests.emr.contract import DAY, draft, soon
from tests.emr.contract import at as world_at
from tests.emr.oscars import NOW, PROVIDER, ZONE, Place, template

NINE = datetime(2027, 2, 9, 9)  # noqa: DTZ001 - as OSCAR stores it
SPRING, AUTUMN = date(2027, 3, 14), date(2027, 11, 7)
TORONTO = "America/Toronto"


@pytest.mark.parametrize(
    ("end", "minutes"),
    [
        (timedelta(minutes=14), 15),  # a screen's
        (timedelta(minutes=14, seconds=59), 15),  # SOAP's
        (timedelta(minutes=15), 15),  # SOAP's, rounded up by a driver
        (timedelta(minutes=9, seconds=59), 10),
        (timedelta(0), 1),
        (timedelta(minutes=-5), 1),
        (None, 15),
    ],
)
def test_a_stored_end_says_how_long_a_visit_is(end: timedelta | None, minutes: int) -> None:
    assert times.minutes_stored(NINE, None if end is None else NINE + end) == minutes


@given(st.integers(1, 96), st.integers(1, 20))
def test_a_visit_written_again_and_again_keeps_its_length(quarter: int, times_written: int) -> None:
    minutes = quarter * 5
    server = Server("https://o.example/oscar", "oscar19", ZONE, "u", "p", ())
    end = NINE + timedelta(minutes=minutes - 1)
    for _ in range(times_written):
        row = {"appointmentStartDateTime": NINE.replace(tzinfo=UTC), "appointmentEndDateTime": end}
        sent = visits.whole(row, server)
        assert sent["appointmentStartDateTime"] == NINE
        # What OSCAR does to it: a millisecond less, and the rest of the second is dropped.
        end = (sent["appointmentEndDateTime"] - timedelta(milliseconds=1)).replace(microsecond=0)

    assert end == NINE + timedelta(minutes=minutes, seconds=-1)


@pytest.mark.parametrize("server_zone", ["UTC", ZONE, TORONTO, "Asia/Kolkata"])
def test_wherever_the_server_believes_to_be_a_visit_is_when_people_typed_it(
    oscar_at: Place, server_zone: str
) -> None:
    oscar = oscar_at.world(server_zone=server_zone)
    booked = oscar.type_in(start=f"{DAY}T09:30", minutes=15)
    jane = oscar.chart("Roe", "Jane", date(1988, 5, 6), phones=[])

    made = oscar.emr.book(draft(oscar, jane, "10:00"), 1, deadline=soon())

    assert oscar.emr.visit(booked, deadline=soon()).start == world_at(oscar, "09:30")
    assert oscar.row(made.id)["start"] == f"{DAY} 10:00:00"


@pytest.mark.parametrize("server_zone", ["UTC", TORONTO])
@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_on_the_days_clocks_change_openings_are_where_the_screen_shows_them(
    oscar_at: Place, server_zone: str, day: date
) -> None:
    oscar = oscar_at.world(server_zone=server_zone)
    oscar.days(template(at09="2222", at20="22"), day)

    openings = oscar.another(time_zone=TORONTO).openings(PROVIDER, day, day, deadline=soon())

    here = zone(TORONTO)
    walls = [one.start.astimezone(here).strftime("%H:%M") for one in openings]
    assert walls == ["09:00", "20:00"]
    assert openings[0].end - openings[0].start == timedelta(hours=1)


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_a_visit_on_such_a_day_is_stored_as_it_was_said(oscar_at: Place, day: date) -> None:
    oscar = oscar_at.world(server_zone=TORONTO)
    emr = oscar.another(time_zone=TORONTO)
    jane = oscar.chart("Roe", "Jane", date(1988, 5, 6), phones=[])
    start = instant(datetime.fromisoformat(f"{day}T09:30"), zone(TORONTO))
    wanted = draft(oscar, jane, "09:00")._replace(start=start, end=start + timedelta(minutes=30))

    made = emr.book(wanted, 1, deadline=soon())

    assert (made.start, made.end) == (wanted.start, wanted.end)
    assert oscar.row(made.id)["start"] == f"{day} 09:30:00"


def _openings(letters: str, *codes: Code, definitions: Any = (), day: date = DAY, **more: Any) -> list[Any]:
    slots = [
        {"date": datetime.combine(day, (NINE + k * timedelta(minutes=15)).time()), "scheduleCode": ord(code)}
        for k, code in enumerate(letters)
    ]
    schedule = {"holiday": False, "timeSlotDurationMin": 15, "timeSlots": slots} | more
    today = NOW.date()
    return times.openings(day, schedule, codes, list(definitions), zone(ZONE), today=today)


def _defined(letter: str, **more: Any) -> dict[str, Any]:
    return {"code": ord(letter), "duration": "", "bookinglimit": 1, "confirm": "N"} | more


def test_slots_of_one_code_that_touch_are_one_opening() -> None:
    found = _openings("2221", Code("2"), Code("1"), definitions=[_defined("2", duration="30"), _defined("1")])

    assert [(one.code, one.minutes, (one.end - one.start).seconds // 60) for one in found] == [
        ("2", 30, 45),
        ("1", 15, 15),
    ]
    assert found[0].start == at(DAY, NINE.time(), zone(ZONE))


def test_the_code_for_a_clinic_is_a_code_and_no_cancellation() -> None:
    [found] = _openings("C", Code("C"), definitions=[_defined("C", duration="20")])

    assert (found.code, found.minutes) == ("C", 20)


def test_of_a_code_defined_twice_the_first_counts_and_the_clinics_word_before_it() -> None:
    twice = [_defined("C", duration="20"), _defined("C", confirm="Onc")]

    assert _openings("C", Code("C"), definitions=twice)[0].minutes == 20
    assert _openings("C", Code("C", 40), definitions=twice)[0].minutes == 40


@pytest.mark.parametrize(
    ("definition", "ahead", "is_offered"),
    [
        ({"bookinglimit": 0}, 0, False),
        ({"confirm": "Day"}, 0, True),
        ({"confirm": "Day"}, 1, False),
        ({"confirm": "Wk"}, 6, True),
        ({"confirm": "Wk"}, 7, False),
        ({"confirm": "Onc"}, 0, False),
        ({"confirm": "Yes"}, 30, True),
    ],
)
def test_the_rules_of_codes_are_kept(definition: dict[str, Any], ahead: int, is_offered: bool) -> None:
    day = NOW.date() + timedelta(days=ahead)

    assert bool(_openings("x", Code("x"), definitions=[_defined("x", **definition)], day=day)) == is_offered


def test_a_code_nobody_defined_is_a_slot_long_and_one_nobody_listed_is_not_offered() -> None:
    [found] = _openings("?v", Code("?"))

    assert (found.code, found.minutes, found.most) == ("?", 15, 1)


def test_a_day_without_a_template_has_no_openings() -> None:
    assert _openings("", Code("1"), timeSlots=None, timeSlotDurationMin=None) == []
