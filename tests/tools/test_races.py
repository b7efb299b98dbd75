"""Callers who want the same thing at the same moment, in processes of their own."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from frontdesk.scheduling.holds import MOST
from tests.clinic import MEILING, Clinic
from tests.conftest import Database
from tests.scheduling.invariants import meeting
from tests.tools import callers, visits
from tests.tools.callers import Ask, Callers, booking, moving, results, statuses
from tests.tools.visits import at, day

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def crowd() -> Iterator[Callers]:
    with callers.waiting(16) as crowd:
        yield crowd


@pytest.fixture
def people(clinic: Clinic) -> list[tuple[int, str]]:
    """As many patients as there are callers: each one's id and telephone."""
    numbers = [f"+160455502{number:02}" for number in range(16)]
    return [
        (visits.patient(clinic, "Caller", f"Number{number}", phone=phone), phone)
        for number, phone in enumerate(numbers)
    ]


def test_times_that_overlap_are_won_one_at_a_time(
    clinic: Clinic, database: Database, crowd: Callers, people: list[tuple[int, str]]
) -> None:
    """Quarters of an hour from 9:00 on, of half-hour and hour-long visits, all at once."""
    asked = [
        booking(
            *person,
            at(f"{9 + number % 8 // 4:02}:{number % 4 * 15:02}"),
            appointmentType="Physical" if number % 3 == 0 else "General consultation",
        )
        for number, person in enumerate(people)
    ]

    answers = results(crowd.at_once(clinic, database.app_url, asked))

    booked = [answer["appointmentId"] for answer in answers if answer["booked"]]
    assert sorted(booked) == [
        row for (row,) in clinic.all("SELECT id FROM appointments WHERE status = 'booked' ORDER BY id")
    ]
    assert len(booked) >= 2
    assert meeting(clinic) == []


def test_a_number_holds_no_more_than_it_may_however_many_calls_it_makes_at_once(
    clinic: Clinic, database: Database, crowd: Callers
) -> None:
    asked = [
        Ask("find_earliest_appointment", {"startDate": str(day())}, f"call-{number}", MEILING)
        for number in range(16)
    ]

    answers = results(crowd.at_once(clinic, database.app_url, asked))

    assert sum(answer["slotId"] is not None for answer in answers) == MOST
    assert len(visits.holds(clinic)) == MOST


def test_the_last_place_under_a_cap_is_had_once(
    clinic: Clinic, database: Database, crowd: Callers, people: list[tuple[int, str]]
) -> None:
    """Sixteen times, each free by itself, on a day that takes two visits."""
    clinic.do("INSERT INTO caps (org_id, period, most) VALUES (%s, 'day', 2)", clinic.org_id)
    clinic.do("UPDATE organizations SET slot_interval_min = 30")
    free = [f"{hour:02}:{minute}" for hour in (9, 10, 11, 13, 14, 15, 16) for minute in ("00", "30")]
    asked = [booking(*person, at(start)) for person, start in zip(people, free, strict=False)]

    answers = results(crowd.at_once(clinic, database.app_url, asked))

    assert sorted(statuses(answers)) == ["BOOKED"] * 2 + ["NOT_BOOKED"] * (len(asked) - 2)
    assert clinic.all("SELECT count(*) FROM appointments WHERE status = 'booked'") == [(2,)]


def test_everybody_gets_the_time_that_is_held_for_them(
    clinic: Clinic, database: Database, crowd: Callers, people: list[tuple[int, str]]
) -> None:
    asked: list[Ask] = []
    for patient, phone in people:
        offer = clinic.ask(
            "find_earliest_appointment", call=f"call-of-{patient}", caller=phone, startDate=str(day())
        )
        asked.append(booking(patient, phone, offer["startTime"], providerId="any"))

    answers = results(crowd.at_once(clinic, database.app_url, asked))

    assert statuses(answers) == ["BOOKED"] * 16
    assert visits.holds(clinic) == []


def test_holds_that_ran_out_are_in_nobodys_way_however_many_come_at_once(
    clinic: Clinic, database: Database, crowd: Callers, people: list[tuple[int, str]]
) -> None:
    starts: list[tuple[str, str]] = []
    for patient, phone in people:
        offer = clinic.ask(
            "find_earliest_appointment", call=f"old-{patient}", caller=phone, startDate=str(day())
        )
        starts.append((offer["startTime"], offer["providerId"]))
    clinic.do("UPDATE appointments SET held_until = now() - interval '1 second'")
    # Each wants a start whose hold another one clears.
    wanted = [*starts[1:], starts[0]]

    answers = results(
        crowd.at_once(
            clinic,
            database.app_url,
            [
                booking(*person, start, providerId=provider)
                for person, (start, provider) in zip(people, wanted, strict=True)
            ],
        )
    )

    assert statuses(answers) == ["BOOKED"] * 16


@pytest.mark.parametrize("tool", ["create_appointment", "update_appointment", "find_earliest_appointment"])
def test_a_hold_that_ran_out_is_in_nobodys_way_when_the_call_that_cleared_it_came_to_nothing(
    clinic: Clinic, database: Database, tool: str
) -> None:
    other = visits.insert(clinic, at("16:00"), patient=clinic.prove_john())
    clinic.ask(
        "find_earliest_appointment", call="gone", caller=MEILING, startDate=str(day()), providerId="100"
    )
    clinic.do("UPDATE appointments SET held_until = now() - interval '1 second' WHERE status = 'held'")
    ask: dict[str, Callable[[], dict[str, Any]]] = {
        "create_appointment": lambda: visits.create(clinic, at("09:00")),
        "update_appointment": lambda: clinic.ask(
            "update_appointment", appointmentId=other, newStartTime=at("09:00")
        ),
        "find_earliest_appointment": lambda: clinic.ask(
            "find_earliest_appointment", startDate=str(day()), providerId="100"
        ),
    }
    with ThreadPoolExecutor(1) as caller, psycopg.connect(clinic.owner_url) as clearing:
        clearing.execute(
            "SELECT set_config('request.jwt.claims', %s, true)",
            [json.dumps({"app_metadata": {"org_id": clinic.org_id}})],
        )
        clearing.execute("DELETE FROM appointments WHERE status = 'held'")
        answer = caller.submit(ask[tool])
        until_it_waits(database, answer)
        clearing.rollback()
        assert answer.result()["startTime"] == at("09:00")
    assert "gone" not in [call for call, *_ in visits.holds(clinic)]


def until_it_waits(database: Database, answer: Future[Any]) -> None:
    """Until the tool's connection waits for another's transaction; or has answered without."""
    with psycopg.connect(database.app_url, autocommit=True) as looking:
        while (
            not answer.done()
            and not looking.execute(
                "SELECT pid FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone()
        ):
            time.sleep(0.01)


def test_the_same_tool_call_twice_at_once_is_one_visit_and_one_answer(
    clinic: Clinic, database: Database, crowd: Callers, people: list[tuple[int, str]]
) -> None:
    patient, phone = people[0]
    one = booking(patient, phone, at("10:00"))
    same = Ask(one.tool, one.arguments, one.call, one.caller, id="the-one")

    items = crowd.at_once(clinic, database.app_url, [same] * 8)

    assert items == [items[0]] * 8
    assert statuses(results(items)) == ["BOOKED"] * 8
    assert visits.standing(clinic) == [(100, at("10:00"))]


def test_a_caller_who_is_asked_for_twice_at_once_is_booked_once(
    clinic: Clinic, database: Database, crowd: Callers, people: list[tuple[int, str]]
) -> None:
    patient, phone = people[0]
    asked = [booking(patient, phone, at("10:00"), reason=f"a cough, {number}") for number in range(8)]

    answers = results(crowd.at_once(clinic, database.app_url, asked))

    assert len({answer["appointmentId"] for answer in answers}) == 1
    assert visits.standing(clinic) == [(100, at("10:00"))]


def test_of_movers_and_bookers_who_want_one_time_one_gets_it_and_no_old_time_is_lost(
    clinic: Clinic, database: Database, crowd: Callers, people: list[tuple[int, str]]
) -> None:
    clocks = ("09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "13:00", "13:30")
    asked: list[Ask] = []
    for clock, person in zip(clocks, people[:8], strict=True):
        visit = visits.insert(clinic, at(clock), patient=person[0])
        asked.append(moving(clinic, *person, visit, at("15:00"), 100))
    asked += [booking(*person, at("15:00")) for person in people[8:]]

    answers = results(crowd.at_once(clinic, database.app_url, asked))

    assert statuses(answers) == ["BOOKED"] + ["NOT_BOOKED"] * 15
    moved = any(answer["booked"] for answer in answers[:8])
    assert len(visits.standing(clinic)) == (8 if moved else 9)
    assert meeting(clinic) == []
