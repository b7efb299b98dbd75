"""What the clinic's people see of its calendars: how old, what is kept, what is in the way of whom."""

from tests.calendars.consenting import Connecting
from tests.calendars.own import busy, connected, pulled


def test_a_new_connection_is_due_and_knows_nothing_yet(maple: Connecting) -> None:
    connected(maple)

    [shown] = maple.shown()
    assert shown["dueAt"]
    assert [shown[name] for name in ("lastFailure", "failuresInARow", "channelExpiresAt")] == [None, 0, None]
    [calendar] = [one for one in shown["calendars"] if one["isPrimary"]]
    told = ("pulledAt", "ageS", "readWholeAt", "failure", "eventsKept", "backlog")
    assert [calendar[name] for name in told] == [None, None, None, None, 0, 0]


def test_how_a_calendar_stands_is_shown(maple: Connecting) -> None:
    calendar = connected(maple)
    maple.clinic.do(
        "UPDATE calendars SET pulled_at = now() - interval '7 minutes', read_whole_at = now(),"
        " failure = 'withdrawn' WHERE id = %s",
        calendar,
    )
    maple.clinic.do("UPDATE calendar_connections SET sync_failure = 'Throttled', sync_failures = 3")
    for of, days in ((calendar, 1), (calendar, 6), (None, 2)):
        maple.clinic.do(
            "INSERT INTO calendar_channels (org_id, id, connection_id, calendar_id, vendor, resource_id,"
            " secret_hash, renew_at, expires_at) SELECT org_id, gen_random_uuid()::text, id, %s, 'google',"
            " '', '', now(), date_trunc('day', now()) + %s * interval '1 day' FROM calendar_connections",
            *(of, days),
        )
    busy(maple.clinic, calendar, "2026-03-02 17:00Z", "2026-03-02 18:00Z")
    maple.clinic.book(providerId="100")

    [shown] = maple.shown()
    of = next(one for one in shown["calendars"] if one["isPrimary"])

    assert (shown["lastFailure"], shown["failuresInARow"]) == ("Throttled", 3)
    [(soonest,)] = maple.clinic.all("SELECT (date_trunc('day', now()) + interval '2 days')::date::text")
    assert shown["channelExpiresAt"].startswith(soonest), "two take turns at one calendar: the newer counts"
    assert 420 <= of["ageS"] < 480
    assert (of["failure"], of["eventsKept"]) == ("withdrawn", 1)
    assert of["backlog"] == 1, "it waits until the calendar is back"


def test_a_booking_is_in_the_backlog_until_it_is_there(maple: Connecting) -> None:
    connected(maple)
    pulled(maple.clinic)
    maple.clinic.book(providerId="100")

    [shown] = maple.shown()

    assert [one["backlog"] for one in shown["calendars"] if one["isPrimary"]] == [1]


def test_an_event_over_a_visit_is_told_and_nobody_moves(maple: Connecting) -> None:
    calendar = connected(maple)
    pulled(maple.clinic)
    booked = maple.clinic.book(providerId="100")
    [(start, end)] = maple.clinic.all("SELECT visit_start, upper(visit) FROM appointments")
    busy(maple.clinic, calendar, end, end + (end - start))
    busy(maple.clinic, calendar, start - (end - start), start)
    assert maple.member.get("/calendars/conflicts").body == {"conflicts": []}, "touching isn't overlapping"

    busy(maple.clinic, calendar, start, end + (end - start), "A walk")

    [found] = maple.member.get("/calendars/conflicts").body["conflicts"]
    assert (found["appointmentId"], found["calendarId"]) == (booked["appointmentId"], calendar)
    assert (found["start"], found["title"]) == (booked["startTime"], "A walk")
    maple.clinic.do("UPDATE calendars SET provider_id = 101")
    assert maple.member.get("/calendars/conflicts").body == {"conflicts": []}, "it is another's calendar"
