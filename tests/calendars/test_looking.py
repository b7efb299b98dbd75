"""What a caller is offered and told when doctors have calendars of their own: known, old, or unseen."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from tempfile import TemporaryFile
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from frontdesk import zones
from frontdesk.call import between_calls
from frontdesk.db import connection as database
from frontdesk.db.claims import clinic_transaction
from frontdesk.scheduling import desks
from local import demo
from tests import owner
from tests.calendars.consenting import Connecting
from tests.calendars.microsoft import DOCTOR, HOME, Microsoft
from tests.calendars.own import busy, connected, pulled
from tests.clinic import Clinic
from tests.google_calendar import GoogleAccount, Server
from tests.tools import visits
from tests.tools.visits import at, create, day

CHEN, SHARMA = 100, 101
OTHERS = {"101", "102"}
"""Doctors without a calendar of their own."""
MONDAY = {"startDate": str(day()), "endDate": str(day())}
CANT_SEE = "I can't see every calendar at the moment"


def find(clinic: Clinic, provider: int | None = CHEN, **wish: Any) -> dict[str, Any]:
    return clinic.ask(
        "find_earliest_appointment",
        **{"providerId": str(provider or "any"), "language": "en", **MONDAY, **wish},
    )


def moment(clinic: Clinic, clock: str, on: date | None = None) -> datetime:
    return visits.instant(clinic, at(clock, on))


def of_google(account: GoogleAccount, start: str, end: str) -> None:
    """The owner's own event on that Monday, which nobody has pulled yet."""
    account.put(f"{day()} {start}", f"{day()} {end}")


def rule(at: Connecting, **settings: Any) -> None:
    assert at.member.patch("/organization", settings).status == 200


def asked(account: GoogleAccount) -> list[dict[str, Any]]:
    """The live questions since the last time."""
    return [one for one in account.requests() if one["path"].endswith("/freeBusy")]


def works(clinic: Clinic, on: date, starts: str, ends: str) -> None:
    """Dr. Chen, on that date."""
    clinic.do(
        "INSERT INTO date_hours (org_id, provider_id, day, starts, ends)"
        " VALUES (auth.org_id(), 100, %s, %s, %s)",
        *(on, starts, ends),
    )


# --- Known


def test_what_is_in_a_doctors_own_calendar_is_not_offered(maple: Connecting, account: GoogleAccount) -> None:
    calendar = connected(maple)
    pulled(maple.clinic, 29)
    account.requests()
    assert find(maple.clinic)["startTime"] == at("09:00")

    busy(maple.clinic, calendar, moment(maple.clinic, "09:00"), moment(maple.clinic, "10:30"))

    assert find(maple.clinic)["startTime"] == at("10:30"), "touching isn't overlapping"
    assert find(maple.clinic, SHARMA)["startTime"] == at("09:00"), "it is another doctor's"
    assert asked(account) == [], "what is young enough is enough"


def test_what_is_in_a_doctors_own_calendar_is_not_booked_either(maple: Connecting) -> None:
    calendar = connected(maple)
    pulled(maple.clinic)
    offered = find(maple.clinic)["startTime"]
    busy(maple.clinic, calendar, moment(maple.clinic, "09:15"), moment(maple.clinic, "09:20"))

    maple.clinic.prove_john()
    answer = create(maple.clinic, offered)

    assert answer["status"] == "NOT_BOOKED"
    assert answer["say"].startswith("That time has just been taken. I could offer ")
    assert answer["alternatives"][0]["startTime"] == at("09:30")


def test_another_clinics_calendar_is_in_nobodys_way(maple: Connecting, harbour: Clinic) -> None:
    calendar = connected(maple)
    pulled(maple.clinic)
    busy(maple.clinic, calendar, moment(maple.clinic, "06:00"), moment(maple.clinic, "17:00"))

    assert find(harbour, None)["startTime"] == at("09:00")


def test_what_is_young_enough_costs_no_further_round_trip(maple: Connecting) -> None:
    def round_trips() -> int:
        find(maple.clinic)  # what is asked for the first time is parsed first
        pgconn = database.connection(time.monotonic() + 5).pgconn
        with TemporaryFile() as trace:
            pgconn.trace(trace.fileno())
            find(maple.clinic)
            pgconn.untrace()
            trace.seek(0)
            return trace.read().count(b"ReadyForQuery")

    without = round_trips()
    busy(maple.clinic, connected(maple), moment(maple.clinic, "09:00"), moment(maple.clinic, "09:30"))
    pulled(maple.clinic)

    assert without == round_trips()
    assert without >= 5, "they are counted"


def test_knowledge_is_old_when_it_is_older_than_the_clinic_wants(maple: Connecting) -> None:
    connected(maple)
    pulled(maple.clinic)
    [(pulled_at,)] = maple.clinic.all("SELECT pulled_at FROM calendars WHERE provider_id = 100")
    rule(maple, calendarFreshMin=45)

    with clinic_transaction(UUID(demo.MAPLE), time.monotonic() + 20) as db:
        call = between_calls(db)
        desk = desks.of_clinic(call)
        call.now = (pulled_at + timedelta(minutes=45)).astimezone(call.clinic.zone)
        assert desk.stale(call, [CHEN, SHARMA]) == []
        call.now += timedelta(microseconds=1)
        assert desk.stale(call, [CHEN, SHARMA]) == [CHEN]


# --- Old: it is looked into


def test_the_day_that_is_offered_is_looked_at_first(maple: Connecting, account: GoogleAccount) -> None:
    connected(maple)
    of_google(account, "09:00", "10:00")
    account.requests()

    answer = find(maple.clinic)

    assert answer["startTime"] == at("10:00")
    assert answer["say"].endswith("at 10 AM with Dr. Wei Chen. Does that work?")
    [question] = asked(account)
    body = question["body"]
    assert (body["timeMin"], body["timeMax"]) == tuple(
        f"{moment(maple.clinic, '00:00', on):%Y-%m-%dT%H:%M:%SZ}" for on in (day(), day() + timedelta(days=1))
    )
    assert visits.holds(maple.clinic) == [("call-1", CHEN, at("10:00"))]


@pytest.mark.parametrize("of", [DOCTOR, HOME], ids=["organization", "personal"])
def test_an_outlook_of_either_kind_is_looked_into(maple: Connecting, outlook: Microsoft, of: str) -> None:
    outlook.http.put("/_consent", json={"account": of}).raise_for_status()
    connected(maple, "outlook")
    start, end = (moment(maple.clinic, clock) for clock in ("09:00", "10:00"))
    outlook.put(f"{start:%Y-%m-%dT%H:%M:%S}", f"{end:%Y-%m-%dT%H:%M:%S}", email=of)

    assert find(maple.clinic)["startTime"] == at("10:00")


def test_a_doctors_whole_day_elsewhere_is_a_day_of_the_clinics(maple: Connecting, outlook: Microsoft) -> None:
    outlook.http.put("/_consent", json={"account": HOME}).raise_for_status()
    connected(maple, "outlook")
    works(maple.clinic, day(), "09:00", "20:00")  # until after midnight, by Greenwich
    first, until = (f"{one}T00:00:00" for one in (day(), day() + timedelta(days=1)))
    outlook.put(first, until, email=HOME, isAllDay=True)

    answer = find(maple.clinic, endDate=str(day() + timedelta(days=1)))

    assert answer["startTime"] == at("09:00", day() + timedelta(days=1))


def test_what_is_offered_instead_is_looked_at_too(maple: Connecting, account: GoogleAccount) -> None:
    connected(maple)
    for days in range(2):
        account.put(str(day() + timedelta(days=days)), str(day() + timedelta(days=days + 1)))

    answer = find(maple.clinic, endDate=None)

    assert answer["startTime"] == at("09:00", day() + timedelta(days=2))
    assert len({one["date"] for one in answer["alternatives"]} | {answer["date"]}) == 2
    taken = {str(day()), str(day() + timedelta(days=1))}
    assert not taken & {one["date"] for one in answer["alternatives"]}


def test_who_was_away_for_long_is_said_to_be_unseen_and_not_to_have_nothing_free(
    maple: Connecting, account: GoogleAccount
) -> None:
    connected(maple)
    account.put(str(day()), str(day() + timedelta(days=60)))

    told = find(maple.clinic, endDate=None)

    assert (told["found"], told["say"].startswith(CANT_SEE)) == (False, True)
    assert len(asked(account)) <= 9


def test_a_time_is_looked_at_again_before_it_is_booked(maple: Connecting, account: GoogleAccount) -> None:
    connected(maple)
    maple.clinic.prove_john()
    offered = find(maple.clinic)["startTime"]
    of_google(account, "09:00", "11:00")

    answer = create(maple.clinic, offered)

    assert (answer["status"], visits.standing(maple.clinic)) == ("NOT_BOOKED", [])
    assert answer["say"].startswith("That time has just been taken. I could offer ")
    assert [one["startTime"] for one in answer["alternatives"]] == [at("11:00"), at("11:15")]
    assert create(maple.clinic, at("11:00"))["status"] == "BOOKED"


def test_no_transaction_is_open_while_a_vendor_is_asked(
    maple: Connecting, google_at: Server, superuser_url: str
) -> None:
    connected(maple)
    open_ones = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE usename = 'frontdesk_app' AND xact_start IS NOT NULL AND datname = current_database()"
    )
    there = make_conninfo(superuser_url, dbname=conninfo_to_dict(maple.clinic.owner_url)["dbname"])
    seen: list[Any] = []

    def look() -> None:
        with psycopg.connect(there) as connection:
            seen.extend(connection.execute(open_ones.encode()).fetchall())

    meanwhile(google_at, look)
    assert find(maple.clinic)["found"]

    assert seen == [(0,)]


def meanwhile(google_at: Server, do: Callable[[], None]) -> None:
    """Does it once, while Google has been asked what blocks and has not answered yet."""
    inner, is_done = google_at.app.inner, threading.Event()

    async def asked(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].endswith("/freeBusy") and not is_done.is_set():
            is_done.set()
            do()
        await inner(scope, receive, send)

    google_at.app.inner = asked


def test_who_asks_twice_at_once_is_booked_once(maple: Connecting, google_at: Server) -> None:
    """The call's other request is let in while Google is awaited, and gets there first."""
    connected(maple)
    clinic, john = maple.clinic, maple.clinic.prove_john()
    threads: list[threading.Thread] = []

    def twin() -> None:
        connection = psycopg.connect(clinic.owner_url)
        owner.claim(connection, clinic.org_id)
        connection.execute(b"SELECT FROM calls WHERE id = 'call-1' FOR UPDATE")
        row = visits.put(connection, clinic, at("10:00"), patient=john)
        connection.execute(b"UPDATE appointments SET call_id = 'call-1' WHERE id = %s", [row])

        def commit() -> None:
            time.sleep(0.3)
            connection.commit()
            connection.close()

        threads.append(threading.Thread(target=commit))
        threads[0].start()

    meanwhile(google_at, twin)
    answer = create(clinic, at("10:00"))

    threads[0].join()
    [(booked,)] = clinic.all("SELECT id FROM appointments")
    assert (answer["status"], answer["appointmentId"]) == ("BOOKED", booked)


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_visits_own_event_is_not_in_the_way_of_its_move(
    maple: Connecting, account: GoogleAccount, is_ours: bool
) -> None:
    calendar, clinic = connected(maple), maple.clinic
    visit = visits.insert(clinic, at("10:00"), patient=clinic.prove_john())
    of_google(account, "10:00", "10:30")
    if is_ours:
        clinic.do(
            "UPDATE calendar_events SET calendar_id = %s, starts_at = %s, ends_at = %s, event_id = 'e',"
            " etag = '1', due_since = NULL",
            *(calendar, moment(clinic, "10:00"), moment(clinic, "10:30")),
        )

    answer = clinic.ask("update_appointment", appointmentId=visit, newStartTime=at("10:15"), language="en")

    assert answer["status"] == ("BOOKED" if is_ours else "NOT_BOOKED")
    assert visits.standing(clinic) == [(CHEN, at("10:15" if is_ours else "10:00"))]


def test_what_a_doctor_put_over_a_visit_stays_taken_when_the_visit_is_cancelled(
    maple: Connecting, account: GoogleAccount
) -> None:
    calendar = connected(maple)
    patient = maple.clinic.prove_john()
    visit = create(maple.clinic, at("09:00"))["appointmentId"]
    owns = (
        "INSERT INTO calendar_events (org_id, appointment_id, for_calendar_id, calendar_id, generation,"
        " event_id, etag, starts_at, ends_at)"
        " SELECT org_id, id, %s, %s, 1, 'e', 'x', lower(visit), upper(visit)"
        " FROM appointments WHERE id = %s ON CONFLICT (org_id, appointment_id) DO UPDATE SET"
        " calendar_id = excluded.calendar_id, generation = 1, event_id = 'e', etag = 'x',"
        " starts_at = excluded.starts_at, ends_at = excluded.ends_at"
    )
    maple.clinic.do(owns, calendar, calendar, visit)
    of_google(account, "09:00", "12:00")
    maple.clinic.ask("cancel_appointment", appointmentId=str(visit), demographicId=str(patient))

    assert find(maple.clinic)["startTime"] >= at("12:00")


def test_the_longest_day_of_the_year_is_looked_at_to_its_end(
    maple: Connecting, account: GoogleAccount
) -> None:
    connected(maple)
    zone = zones.zone("America/Toronto")
    days = (datetime.now(UTC).date() + timedelta(days=n) for n in range(1, 400))
    day = next(
        one
        for one in days
        if zones.midnight(one + timedelta(days=1), zone) - zones.midnight(one, zone) > timedelta(days=1)
    )
    rule(maple, timeZone=zone.key, horizonDays=400)
    works(maple.clinic, day, "23:00", "00:00")
    wish: dict[str, Any] = {"startDate": str(day), "endDate": str(day)}
    assert find(maple.clinic, **wish)["startTime"] == at("23:00", day)
    start, end = ({"dateTime": f"{day}T23:{minute}:00", "timeZone": zone.key} for minute in ("00", "30"))
    account.put(start, end)

    assert find(maple.clinic, **wish)["startTime"] == at("23:30", day)


# --- Not to be seen


def gone(maple: Connecting, account: GoogleAccount) -> None:
    maple.clinic.do(
        "UPDATE calendar_connections SET failure = 'consent_gone', refresh_token = NULL, access_token = NULL,"
        " access_expires_at = NULL"
    )


def failing(_: Connecting, account: GoogleAccount) -> None:
    account.faults({"path": "/calendar/v3/freeBusy", "status": 503})


def unsure(_: Connecting, account: GoogleAccount) -> None:
    account.options(unknown_busy="internalError")


def silent(_: Connecting, account: GoogleAccount) -> None:
    account.faults({"path": "/calendar/v3/freeBusy", "latency_s": 3})


def unrefreshed(maple: Connecting, account: GoogleAccount) -> None:
    maple.clinic.do("UPDATE calendar_connections SET access_expires_at = now()")
    account.faults({"path": "/token", "latency_s": 3})


def refreshing(maple: Connecting, _: GoogleAccount) -> None:
    maple.clinic.do(
        "UPDATE calendar_connections"
        " SET access_expires_at = now(), leased_until = clock_timestamp() + interval '25 seconds'"
    )


@pytest.mark.parametrize("fault", [failing, unsure, silent, unrefreshed, refreshing, gone])
def test_a_calendar_that_doesnt_answer_is_not_taken_for_free(
    maple: Connecting, account: GoogleAccount, fault: Callable[[Connecting, GoogleAccount], None]
) -> None:
    connected(maple)
    fault(maple, account)
    began = time.monotonic()

    told = find(maple.clinic)

    assert time.monotonic() - began < 3, "the caller waits"
    assert (told["found"], told["say"].startswith(CANT_SEE)) == (False, True)
    assert "transfer with reason out_of_scope" in told["fact"]


def test_what_cant_be_seen_is_said_so_and_others_are_offered(
    maple: Connecting, account: GoogleAccount
) -> None:
    connected(maple)
    maple.clinic.prove_john()
    failing(maple, account)

    in_chinese = find(maple.clinic, language="zh")
    booked = create(maple.clinic, at("09:00"), language="en")
    other = find(maple.clinic, None)

    assert in_chinese["say"].startswith("我现在看不到全部日程")
    assert booked["status"] == "NOT_BOOKED"
    assert booked["say"].startswith("I can't see that doctor's calendar at the moment")
    assert {one["providerId"] for one in booked["alternatives"]} <= OTHERS
    assert len(booked["alternatives"]) == 2
    assert other["providerId"] in OTHERS, "who has no calendar has nothing to be asked"


def test_by_the_clinics_rule_what_is_known_of_it_counts(maple: Connecting, account: GoogleAccount) -> None:
    calendar = connected(maple)
    busy(maple.clinic, calendar, moment(maple.clinic, "09:00"), moment(maple.clinic, "10:00"))
    rule(maple, calendarUnknown="offer")
    failing(maple, account)

    assert find(maple.clinic)["startTime"] == at("10:00")


def test_who_asked_for_patience_is_left_alone(maple: Connecting, account: GoogleAccount) -> None:
    connected(maple)
    maple.clinic.do(
        "UPDATE calendar_connections SET sync_failure = 'Throttled', due_at = now() + interval '1 minute'"
    )
    account.requests()

    assert find(maple.clinic)["say"].startswith(CANT_SEE)
    assert asked(account) == []
    maple.clinic.do("UPDATE calendar_connections SET due_at = now()")
    assert find(maple.clinic)["found"]


def test_a_calendar_that_was_withdrawn_is_not_asked(maple: Connecting, account: GoogleAccount) -> None:
    connected(maple)
    maple.clinic.do("UPDATE calendars SET failure = 'withdrawn'")
    account.requests()

    assert find(maple.clinic)["say"].startswith(CANT_SEE)
    assert asked(account) == []


def test_a_time_that_was_freed_is_kept_for_nobody_unseen(maple: Connecting) -> None:
    """Between calls nobody is asked, so the waitlist waits for the next pull."""
    connected(maple)
    clinic = maple.clinic
    visit = visits.insert(clinic, at("10:00"), patient=clinic.prove_john())
    clinic.ask(
        "add_to_waitlist",
        call="call-2",
        caller="+16045550199",
        firstName="Ana",
        lastName="Ruiz",
        phone="+16045550199",
    )

    clinic.ask("cancel_appointment", appointmentId=visit, language="en")

    assert visits.holds(clinic) == []
