"""A provider's week, read from the database as the functions' own role."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from frontdesk import zones
from frontdesk.call import Call, between_calls
from frontdesk.db.claims import clinic_transaction
from frontdesk.scheduling import desks, week
from frontdesk.scheduling.blocks import Block
from frontdesk.scheduling.diary import Diary
from frontdesk.scheduling.hours import whole_days
from frontdesk.scheduling.slots import ALWAYS
from frontdesk.scheduling.week import Day
from tests.clinic import MEILING, Clinic
from tests.tools import visits
from tests.tools.visits import MONDAY, SATURDAY, TUESDAY, WEDNESDAY, at, day

DAY = timedelta(days=1)


@contextmanager
def desk(clinic: Clinic) -> Generator[tuple[Call[Any], desks.Desk]]:
    with clinic_transaction(UUID(clinic.org_id), time.monotonic() + 10) as db:
        call = between_calls(db)
        yield call, desks.of_clinic(call)


def shown(clinic: Clinic, on: date | None = None, provider: int = 100) -> list[Day]:
    with desk(clinic) as (call, offered):
        return week.of_provider(call, offered, provider, on or day())


def told(clinic: Clinic, one: Day) -> list[str]:
    """The day's blocks by the clinic's clocks, the closed ones left out."""
    zone = zones.zone(clinic.all("SELECT time_zone FROM organizations WHERE id = %s", clinic.org_id)[0][0])
    return [
        f"{block.range.start.astimezone(zone):%H:%M}-{block.range.end.astimezone(zone):%H:%M} {block.kind}"
        for block in one.blocks
        if block.kind != "closed"
    ]


def test_any_day_shows_its_week_from_monday_to_sunday(clinic: Clinic) -> None:
    for weekday in (MONDAY, SATURDAY):
        days = shown(clinic, day(weekday))

        assert [one.date for one in days] == [day() + n * DAY for n in range(7)]
        assert told(clinic, days[0]) == ["09:00-12:00 open", "13:00-17:00 open"]
        assert told(clinic, days[5]) == []


def test_what_is_in_the_doctors_own_calendar_lies_under_visits(clinic: Clinic) -> None:
    clinic.do(
        "WITH mailbox AS (INSERT INTO calendar_connections (org_id, vendor, account, connected_by)"
        " VALUES (auth.org_id(), 'google', 'wei@example.com', 'm') RETURNING id),"
        " own AS (INSERT INTO calendars (org_id, connection_id, vendor_id, name, is_primary, is_writable,"
        " provider_id) SELECT auth.org_id(), id, 'c', 'Wei', true, true, 100 FROM mailbox RETURNING id)"
        " INSERT INTO calendar_busy (org_id, calendar_id, event_id, starts_at, ends_at)"
        " SELECT auth.org_id(), id, 'e', %s, %s FROM own",
        *(visits.instant(clinic, at(clock)) for clock in ("10:00", "13:30")),
    )
    visits.insert(clinic, at("10:30"), patient=visits.id_of(clinic, "John"))

    monday, *_ = shown(clinic)

    assert told(clinic, monday) == [
        "09:00-10:00 open",
        "10:00-10:30 outside",
        "10:30-11:00 booked",
        "11:00-13:30 outside",
        "13:30-17:00 open",
    ]
    assert "outside" not in str(told(clinic, shown(clinic, provider=101)[0]))


def test_what_is_booked_pending_held_and_kept_free_is_seen_for_what_it_is(clinic: Clinic) -> None:
    john = visits.id_of(clinic, "John")
    physical = visits.insert(clinic, at("09:00"), patient=john, kind="Physical", status="arrived")
    request = visits.insert(clinic, at("10:30"), patient=john, status="cancelled")
    clinic.do(
        "UPDATE appointments SET status = 'pending', pending_until = now() + interval '1 day' WHERE id = %s",
        request,
    )
    hold = clinic.ask("find_earliest_appointment", providerId="100", startDate=str(day()))

    monday, *_ = shown(clinic)

    assert told(clinic, monday) == [
        "09:00-10:00 booked",
        "10:00-10:15 buffer",
        "10:15-10:30 open",
        "10:30-11:00 pending",
        "11:00-11:30 held",
        "11:30-12:00 open",
        "13:00-17:00 open",
    ]
    assert [(block.appointment_id, block.status) for block in monday.blocks if block.appointment_id] == [
        (physical, "arrived"),
        (physical, "arrived"),
        (request, "pending"),
        (int(hold["slotId"]), "held"),
    ]


def test_of_what_is_over_or_cancelled_nothing_is_seen(clinic: Clinic) -> None:
    john = visits.id_of(clinic, "John")
    for status in ("cancelled", "noshow"):
        visits.insert(clinic, at("09:00"), patient=john, status=status)
    clinic.ask("find_earliest_appointment", providerId="100", startDate=str(day()))
    clinic.do("UPDATE appointments SET held_until = now() - interval '1 second' WHERE status = 'held'")
    lapsed = visits.insert(clinic, at("14:00"), patient=john)
    clinic.do(
        "UPDATE appointments SET status = 'pending', pending_until = now() - interval '1 second'"
        " WHERE id = %s",
        lapsed,
    )

    assert told(clinic, shown(clinic)[0]) == ["09:00-12:00 open", "13:00-17:00 open"]


def test_time_off_holidays_and_hours_of_a_date_are_told_apart(clinic: Clinic) -> None:
    start, end = (visits.instant(clinic, at(clock)) for clock in ("10:00", "14:00"))
    clinic.do(
        "INSERT INTO time_off (org_id, provider_id, starts_at, ends_at) VALUES (%s, 100, %s, %s)",
        clinic.org_id,
        start,
        end,
    )
    clinic.do(
        "INSERT INTO holidays (org_id, day, name) VALUES (%s, %s, 'A holiday')", clinic.org_id, day(TUESDAY)
    )
    clinic.do(
        "INSERT INTO date_hours (org_id, provider_id, day, starts, ends)"
        " VALUES (%s, 100, %s, '18:00', '20:00')",
        clinic.org_id,
        day(WEDNESDAY),
    )

    days = shown(clinic)

    assert told(clinic, days[0]) == ["09:00-10:00 open", "10:00-14:00 time_off", "14:00-17:00 open"]
    assert told(clinic, days[1]) == ["00:00-00:00 holiday"]
    assert told(clinic, days[2]) == ["18:00-20:00 open"]
    assert [one.date for one in days if one.has_own_hours] == [day(WEDNESDAY)]


def test_a_visit_stays_in_sight_when_its_day_is_taken_off(clinic: Clinic) -> None:
    visits.insert(clinic, at("09:00"), patient=visits.id_of(clinic, "John"))
    clinic.do("INSERT INTO holidays (org_id, day, name) VALUES (%s, %s, 'A holiday')", clinic.org_id, day())

    assert "09:00-09:30 booked" in told(clinic, shown(clinic)[0])


def test_a_place_is_told_where_there_are_several(clinic: Clinic) -> None:
    clinic.do("INSERT INTO locations (org_id, id, name) VALUES (%s, 7, 'North')", clinic.org_id)
    clinic.do("UPDATE working_hours SET location_id = 7 WHERE provider_id = 100 AND starts = '13:00'")

    places = [block.location_id for block in shown(clinic)[0].blocks if block.kind == "open"]

    assert places == [None, 7]


def test_days_are_as_long_as_the_clocks_make_them(harbour: Clinic) -> None:
    hours = {
        sunday: sum((block.range.end - block.range.start for block in week_[6].blocks), timedelta())
        / DAY
        * 24
        for sunday in (date(2026, 3, 8), date(2026, 11, 1), date(2026, 11, 8))
        for week_ in [shown(harbour, sunday, provider=200)]
    }

    assert hours == {date(2026, 3, 8): 23, date(2026, 11, 1): 25, date(2026, 11, 8): 24}


def test_what_is_open_is_what_the_finder_finds_free(clinic: Clinic) -> None:
    john = visits.id_of(clinic, "John")
    visits.insert(clinic, at("09:30"), patient=john, kind="Physical")
    visits.insert(clinic, at("13:15", day(TUESDAY)), patient=john)
    clinic.ask("find_earliest_appointment", caller=MEILING, providerId="100", startDate=str(day()))

    with desk(clinic) as (call, offered):
        days = week.of_provider(call, offered, 100, day())
        follow_up = next(kind for kind in offered.types if kind.name == "Follow-up")
        read = Diary(call, offered, [100], day(), day() + 6 * DAY)
        free = list(read.free_starts(100, follow_up, [ALWAYS]))
    in_open = [
        start for one in days for block in one.blocks if block.kind == "open" for start in _quarters(block)
    ]
    assert in_open == free


def _quarters(block: Block) -> list[datetime]:
    """Every quarter of an hour in it; the open blocks of these days begin and end on one."""
    quarter = timedelta(minutes=15)
    return [block.range.start + n * quarter for n in range((block.range.end - block.range.start) // quarter)]


def test_another_clinics_provider_has_an_empty_week(clinic: Clinic) -> None:
    today = datetime.now(UTC).date()
    days = shown(clinic, today, provider=200)

    assert all(
        len(one.blocks) == 1 and whole_days(one.date, one.date, zones.zone("America/Vancouver"))
        for one in days
    )
