"""`/console/diary`: a week as it is drawn, and visits booked, moved and cancelled by hand."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from frontdesk.console import words
from frontdesk.scheduling.blocks import Block, Kind
from frontdesk.scheduling.ranges import Range
from frontdesk.scheduling.week import Day
from functions.console.diary import drawing
from local import demo
from tests.clinic import Clinic
from tests.console.browsing import Browser, Seen

VANCOUVER = ZoneInfo("America/Vancouver")
TORONTO = ZoneInfo("America/Toronto")
BOOK = "/console/diary/book"


def john(clinic: Clinic) -> int:
    return clinic.all("SELECT id FROM patients WHERE first_name = 'John'")[0][0]


def visits(clinic: Clinic) -> list[tuple[str, str, int]]:
    return clinic.all(
        "SELECT status, to_char(lower(visit) AT TIME ZONE 'America/Vancouver', 'YYYY-MM-DD\"T\"HH24:MI'),"
        " provider_id FROM appointments WHERE status <> 'held' ORDER BY id"
    )


def offered(seen: Seen) -> list[str]:
    return seen.page.xpath("//input[@name='startTime']/@value")


def book(browser: Browser, clinic: Clinic, nth: int = 0, **typed: str) -> Seen:
    page = f"{BOOK}?patientId={john(clinic)}&providerId=100"
    chosen = offered(browser.get(page))[nth]
    return browser.submit(page, BOOK, {"startTime": chosen, **typed})


def test_who_comes_is_found_without_their_name_in_an_address_and_booked_as_offered(clinic: Clinic) -> None:
    browser = Browser.of()
    found = browser.post(BOOK, {"step": "find", "name": "Jon Do"})
    [link] = found.page.xpath("//main//ul//a/@href")
    assert link == f"{BOOK}?patientId={john(clinic)}"
    start = offered(browser.get(f"{link}&providerId=100"))[0]

    seen = browser.submit(f"{link}&providerId=100", BOOK, {"startTime": start, "reason": "Knee"})

    assert seen.to == f"/console/diary?provider=100&week={start[:10]}&done=booked"
    assert visits(clinic) == [("booked", start[:16], 100)]
    assert f"{words.clock(datetime.fromisoformat(start), 'en')}–" in browser.follow(seen).text


def test_sent_twice_it_is_booked_once(clinic: Clinic) -> None:
    browser = Browser.of()
    page = f"{BOOK}?patientId={john(clinic)}&providerId=100"
    form = {**browser.get(page).form(BOOK), "startTime": offered(browser.get(page))[0]}

    assert [browser.post(BOOK, form).status for _ in range(2)] == [303, 303]

    assert len(visits(clinic)) == 1


def test_a_time_that_somebody_else_took_meanwhile_is_refused_and_nothing_typed_is_lost(
    clinic: Clinic,
) -> None:
    browser = Browser.of()
    page = f"{BOOK}?patientId={john(clinic)}&providerId=100"
    form = {**browser.get(page).form(BOOK), "startTime": offered(browser.get(page))[0]}
    [(other,)] = clinic.all("SELECT id FROM patients WHERE first_name <> 'John' ORDER BY id LIMIT 1")
    browser.post(BOOK, {**form, "patientId": other})

    seen = browser.post(BOOK, {**form, "reason": "Knee, since Monday"})

    assert seen.status == 409
    assert "just been taken" in seen.words
    assert seen.page.xpath("//input[@name='reason']/@value") == ["Knee, since Monday"]
    assert len(visits(clinic)) == 1


def test_a_time_that_nobody_could_be_offered_is_refused(clinic: Clinic) -> None:
    browser = Browser.of()
    assert book(browser, clinic, otherTime="2030-01-01T03:00").status == 409
    assert book(browser, clinic, otherTime="soon").status == 422
    assert visits(clinic) == []


def test_what_staff_book_needs_nobodys_approval(clinic: Clinic) -> None:
    clinic.do("UPDATE organizations SET booking_mode = 'approval'")
    book(Browser.of(), clinic)
    assert [status for status, _, _ in visits(clinic)] == ["booked"]


def test_no_cap_of_a_callers_bookings_keeps_staff_from_booking(clinic: Clinic) -> None:
    browser = Browser.of()
    for _ in range(12):
        assert book(browser, clinic).status == 303
    assert len(visits(clinic)) == 12


def test_a_visit_is_moved_and_cancelled_and_the_audit_log_knows_by_whom(clinic: Clinic) -> None:
    browser = Browser.of()
    book(browser, clinic)
    [(visit,)] = clinic.all("SELECT id FROM appointments WHERE status = 'booked'")
    path = f"/console/diary/{visit}"
    later = offered(browser.get(path))[3]

    assert browser.submit(path, f"{path}/move", {"startTime": later}).to.endswith("done=moved")
    assert visits(clinic) == [("booked", later[:16], 100)]

    assert browser.submit(path, f"{path}/cancel", {"reason": "Called off"}).to.endswith("done=cancelled")
    assert visits(clinic) == [("cancelled", later[:16], 100)]
    told = clinic.all(
        "SELECT action, actor_kind FROM audit_log WHERE action LIKE 'appointment.%%' ORDER BY id"
    )
    assert {kind for _, kind in told} == {"member"}
    assert [action for action, _ in told][-1] == "appointment.cancelled"


def test_where_the_diary_is_in_an_emr_nothing_is_written_here(clinic: Clinic) -> None:
    browser = Browser.of()
    book(browser, clinic)
    clinic.do("UPDATE organizations SET emr = 'oscar'")
    [(visit,)] = clinic.all("SELECT id FROM appointments WHERE status = 'booked'")
    assert browser.post(f"/console/diary/{visit}/cancel").status == 409
    assert [status for status, _, _ in visits(clinic)] == ["booked"]


@pytest.mark.parametrize("path", ["/console/diary/987654321", "/console/diary/x", "/console/diary/-1"])
def test_what_is_not_there_is_not_there(clinic: Clinic, path: str) -> None:
    assert Browser.of().get(path).status == 404


def test_another_clinics_visit_is_not_there(clinic: Clinic, harbour: Clinic) -> None:
    book(Browser.of(), clinic)
    [(visit,)] = clinic.all("SELECT id FROM appointments WHERE status = 'booked'")
    harbours = Browser.of(demo.HARBOUR)
    assert harbours.get(f"/console/diary/{visit}").status == 404
    assert harbours.post(f"/console/diary/{visit}/cancel").status == 404
    assert [status for status, _, _ in visits(clinic)] == ["booked"]


def test_a_visit_that_somebody_moved_meanwhile_is_not_cancelled_unseen(clinic: Clinic) -> None:
    visit = clinic.book()["appointmentId"]
    at = f"/console/diary/{visit}"
    mine, theirs = Browser.of(), Browser.of()
    stale = mine.get(at).form(f"{at}/cancel")
    times = theirs.get(at).page.xpath("//input[@name='startTime']/@value")
    assert theirs.submit(at, f"{at}/move", {"startTime": times[-1]}).status == 303

    told = mine.post(f"{at}/cancel", stale)

    assert told.status == 412
    assert "Somebody else has changed it" in told.words
    status = "SELECT status FROM appointments WHERE id = %s"
    assert clinic.all(status, visit) == [("booked",)]
    assert mine.post(f"{at}/cancel", told.form(f"{at}/cancel")).status == 303
    assert clinic.all(status, visit) == [("cancelled",)]


def test_who_left_is_in_the_diary_while_they_have_visits_to_be_moved(clinic: Clinic) -> None:
    booked = clinic.book(providerId="101")
    clinic.do("UPDATE providers SET is_active = false WHERE id IN (101, 102)")
    browser = Browser.of()
    week = f"/console/diary?provider=101&week={booked['startTime'][:10]}"

    seen = browser.get(week)

    assert seen.page.xpath("//select[@name='provider']/option/@value") == ["100", "101"]
    at = f"/console/diary/{booked['appointmentId']}"
    assert at in seen.page.xpath("//main//a/@href")
    assert browser.get(at).page.xpath("//form[contains(@action, '/move')]//input[@name='startTime']")


def test_an_address_that_was_typed_wrong_shows_this_week(clinic: Clinic) -> None:
    seen = Browser.of().get("/console/diary?week=0001-01-01&provider=9999999999999999999999")
    assert seen.status == 200
    assert len(seen.text.encode()) < 60_000


def whole_day(day: date, zone: ZoneInfo, kind: Kind = Kind.OPEN) -> Day:
    """A day that is open from midnight to midnight, in hours of sixty minutes each."""
    start = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    after = day + timedelta(days=1)
    end = datetime(after.year, after.month, after.day, tzinfo=zone).astimezone(UTC)
    return Day(day, [Block(Range(start, end), kind)], has_own_hours=False)


def drawn(day: date, zone: ZoneInfo) -> drawing.Picture:
    return drawing.draw([whole_day(day, zone)], zone, datetime(2026, 1, 1, tzinfo=UTC))


def test_a_usual_day_is_one_stretch_of_24_hours() -> None:
    picture = drawn(date(2026, 6, 1), TORONTO)
    [column] = picture.columns
    assert [box.height for box in column.boxes] == [24 * drawing.HOUR]
    assert len(picture.lines) == 24


def test_on_the_day_that_skips_an_hour_nothing_is_drawn_in_it() -> None:
    picture = drawn(date(2026, 3, 8), TORONTO)
    [column] = picture.columns
    two = next(line.y for line in picture.lines if line.hour == 2)
    assert [box.height for box in column.boxes] == [2 * drawing.HOUR, 21 * drawing.HOUR]
    assert [box.y for box in column.boxes] == [drawing.TOP, two + drawing.HOUR]


def test_on_the_day_with_an_hour_twice_it_stands_there_twice_as_it_comes() -> None:
    picture = drawn(date(2026, 11, 1), TORONTO)
    [column] = picture.columns
    hours = [(line.hour, line.is_again) for line in picture.lines]
    assert hours[:4] == [(0, False), (1, False), (1, True), (2, False)]
    assert [box.height for box in column.boxes] == [25 * drawing.HOUR]


def test_beside_a_day_with_an_hour_twice_the_others_have_it_once() -> None:
    days = [whole_day(date(2026, 10, 31), TORONTO), whole_day(date(2026, 11, 1), TORONTO)]
    picture = drawing.draw(days, TORONTO, datetime(2026, 1, 1, tzinfo=UTC))
    saturday, sunday = picture.columns
    assert [box.height for box in saturday.boxes] == [2 * drawing.HOUR, 22 * drawing.HOUR]
    assert [box.height for box in sunday.boxes] == [25 * drawing.HOUR]


def test_visits_on_both_sides_of_the_change_are_as_high_as_they_are_long() -> None:
    day = date(2026, 11, 1)
    open_ = whole_day(day, TORONTO)
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 1:30 for the first time
    visit = Block(Range(first, first + timedelta(hours=1)), Kind.BOOKED, 7)
    picture = drawing.draw([open_._replace(blocks=[visit])], TORONTO, first)
    [box] = picture.columns[0].boxes
    assert [f"{one:%H:%M %Z}" for one in (box.start, box.end)] == ["01:30 EDT", "01:30 EST"]
    assert box.height == drawing.HOUR


def test_a_time_that_comes_twice_is_offered_with_its_offset_and_booked_as_chosen(clinic: Clinic) -> None:
    """Toronto's clock, as Vancouver's stays where it is from 2026 on."""
    clinic.do("UPDATE organizations SET time_zone = 'America/Toronto', horizon_days = 730, notice_min = 0")
    clinic.do("UPDATE organizations SET slot_interval_min = 30")
    [(today,)] = clinic.all("SELECT (now() AT TIME ZONE 'America/Toronto')::date")
    year = today.year if today < date(today.year, 10, 1) else today.year + 1
    first = date(year, 11, 1)
    sunday = first + timedelta(days=(6 - first.weekday()) % 7)
    clinic.do("DELETE FROM working_hours WHERE provider_id = 100")
    clinic.do(
        "INSERT INTO working_hours (org_id, provider_id, weekday, starts, ends)"
        " VALUES (%s, 100, 7, '00:00', '06:00')",
        clinic.org_id,
    )
    page = f"{BOOK}?patientId={john(clinic)}&providerId=100&since={sunday}"
    browser = Browser.of()
    times = [one for one in offered(browser.get(page)) if re.search("T01:30", one)]
    assert [one[-6:] for one in times] == ["-04:00", "-05:00"]

    assert browser.submit(page, BOOK, {"startTime": times[1]}).status == 303

    [(starts,)] = clinic.all("SELECT lower(visit) FROM appointments WHERE status = 'booked'")
    assert starts == datetime.fromisoformat(times[1])
