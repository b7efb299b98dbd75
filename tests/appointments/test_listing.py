"""`GET /appointments`: whose visits, of which days, with what about them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.scheduling.agenda import NotThoseDays, days
from local import demo
from tests.clinic import Clinic
from tests.conftest import Database
from tests.member import Member, token

VANCOUVER = ZoneInfo("America/Vancouver")
MEMBER = Member(token())
DATES = st.dates(date(1900, 1, 1), date(2199, 12, 31))


def visit(clinic: Clinic, wall: str, *, provider: int = 100, status: str = "booked") -> int:
    """Half an hour of John Doe's at this wall time, by its id."""
    starts = datetime.fromisoformat(wall).replace(tzinfo=VANCOUVER)
    span = (starts, starts + timedelta(minutes=30))
    until = datetime.now(UTC) + timedelta(hours=1)
    [(made,)] = clinic.all(
        "INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, visit, occupied, reason,"
        " held_until, pending_until) SELECT %s, %s, p.id, t.id, %s, tstzrange(%s, %s), tstzrange(%s, %s),"
        " 'hiccups', %s, %s"
        " FROM patients p, appointment_types t WHERE p.first_name = 'John' AND t.name = 'Follow-up'"
        " RETURNING id",
        *(clinic.org_id, provider, status, *span, *span),
        *(until if status == one else None for one in ("held", "pending")),
    )
    return made


def ids(**query: Any) -> list[int]:
    answer = MEMBER.get("/appointments", **query)
    assert answer.status == 200, answer.body
    return [one["id"] for one in answer.body["appointments"]]


def test_a_visit_is_shown_in_the_clinics_time_without_why_somebody_comes(clinic: Clinic) -> None:
    made = visit(clinic, "2026-03-02T09:30")
    [(john,)] = clinic.all("SELECT id FROM patients WHERE first_name = 'John'")

    answer = MEMBER.get("/appointments", from_="2026-03-02", to="2026-03-02")

    assert answer.body == {
        "appointments": [
            {
                "id": made,
                "status": "booked",
                "startTime": "2026-03-02T09:30:00",
                "endTime": "2026-03-02T10:00:00",
                "providerId": "100",
                "providerName": "Dr. Wei Chen",
                "patientId": john,
                "appointmentType": "Follow-up",
                "isVirtual": False,
            }
        ]
    }


def test_days_are_the_clinics_own_and_both_ends_are_in(clinic: Clinic) -> None:
    made = [
        visit(clinic, wall)
        for wall in ("2026-03-01T23:30", "2026-03-02T00:00", "2026-03-03T23:45", "2026-03-04T00:15")
    ]

    assert ids(from_="2026-03-02", to="2026-03-03") == made[1:3]
    assert ids(from_="2026-03-01", to="2026-03-04") == made


def test_visits_come_by_start_then_provider_and_may_be_one_providers(clinic: Clinic) -> None:
    late = visit(clinic, "2026-03-02T15:00")
    second = visit(clinic, "2026-03-02T09:00", provider=101)
    first = visit(clinic, "2026-03-02T09:00")

    assert ids(from_="2026-03-02") == [first, second, late]
    assert ids(from_="2026-03-02", providerId=101) == [second]
    assert ids(from_="2026-03-02", providerId=999) == []


def test_cancelled_and_missed_visits_are_listed_and_holds_are_not(clinic: Clinic) -> None:
    statuses = ("pending", "booked", "arrived", "fulfilled", "cancelled", "noshow")
    made = [
        visit(clinic, f"2026-03-02T{9 + hour:02}:00", status=status) for hour, status in enumerate(statuses)
    ]
    visit(clinic, "2026-03-02T16:00", status="held")

    assert ids(from_="2026-03-02") == made


def test_without_days_it_is_today_and_six_more(clinic: Clinic) -> None:
    midnight = datetime.now(VANCOUVER).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    made = [visit(clinic, (midnight + timedelta(days=day)).isoformat()) for day in (-1, 0, 6, 7)]

    assert ids() == made[1:3]
    assert ids(to=(midnight + timedelta(days=7)).date()) == made[1:]


@pytest.mark.parametrize(
    "query",
    [
        {"from_": "2026-03-02", "to": "2026-03-01"},
        {"from_": "2026-01-01", "to": "2026-04-03"},
        {"from_": "tomorrow"},
        {"from_": "2026-02-30"},
        {"from_": "20260302"},
        {"from_": "1772438400"},
        {"from_": "0001-01-01"},
        {"to": "9999-12-31"},
        {"from_": ""},
        {"providerId": "any"},
        {"providerId": "0"},
        {"providerId": str(2**63)},
        {"provider_id": "100"},
        {"first": "2026-03-02"},
        {"patientId": "1000"},
    ],
)
def test_what_cant_be_listed_is_said_not_guessed(database: Database, query: dict[str, str]) -> None:
    answer = MEMBER.get("/appointments", **query)

    assert answer.status == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_quarter_is_the_most_there_is(database: Database) -> None:
    assert MEMBER.get("/appointments", from_="2026-01-01", to="2026-04-02").status == 200


def test_a_token_of_a_clinic_that_is_not_here_any_more_opens_nothing(database: Database) -> None:
    answer = Member(token("00000000-0000-4000-8000-0000000000ff")).get("/appointments")

    assert answer.status == 403


@given(st.none() | DATES, st.none() | DATES, DATES)
def test_days_are_those_asked_for_or_refused(first: date | None, last: date | None, today: date) -> None:
    try:
        found = days(first, last, today=today)
    except NotThoseDays:
        assert last is not None
        assert not 0 <= (last - (first or today)).days < 92
        return

    assert found[0] == (first or today)
    assert found[1] == (last or found[0] + timedelta(days=6))
    assert 0 <= (found[1] - found[0]).days < 92


def test_the_other_clinic_has_its_own_days(clinic: Clinic, harbour: Clinic) -> None:
    """Half past nine in the evening in Vancouver is the next day in Toronto."""
    offer = harbour.ask("find_earliest_appointment")
    assert offer["found"] is True
    patient = harbour.ask("search_patient_by_phone", phone="0000000000", dateOfBirth="1978-03-30")
    wish = {key: offer[key] for key in ("providerId", "startTime", "appointmentType")}
    booked = harbour.ask(
        "create_appointment", demographicId=patient["id"], **wish, reason="cough", language="en"
    )

    day = booked["startTime"][:10]
    [shown] = Member(token(demo.HARBOUR)).get("/appointments", from_=day, to=day).body["appointments"]
    assert (shown["id"], shown["startTime"]) == (booked["appointmentId"], booked["startTime"])
