"""Callers who want the same thing at the same moment, in processes of their own."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.clinic import MEILING, Clinic
from tests.conftest import Database
from tests.tools import callers, visits
from tests.tools.callers import Ask, Callers
from tests.tools.visits import TUESDAY, at, day


@pytest.fixture(scope="module")
def crowd() -> Iterator[Callers]:
    with callers.waiting() as crowd:
        yield crowd


@pytest.fixture
def people(clinic: Clinic) -> list[tuple[int, str]]:
    """As many patients as there are callers: each one's id and telephone."""
    numbers = [f"+160455502{number:02}" for number in range(callers.MOST)]
    return [
        (visits.patient(clinic, "Caller", f"Number{number}", phone=phone), phone)
        for number, phone in enumerate(numbers)
    ]


def booking(patient: int, phone: str, start: str, *, call: str | None = None, **changes: Any) -> Ask:
    arguments = {
        "demographicId": patient,
        "providerId": "100",
        "startTime": start,
        "appointmentType": "General consultation",
        "reason": "a cough",
        "language": "en",
    }
    return Ask("create_appointment", {**arguments, **changes}, call or f"call-of-{patient}", phone)


def results(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Everybody's answer; an error fails the test."""
    assert [item["error"] for item in items if "error" in item] == []
    return [json.loads(item["result"]) for item in items]


def statuses(answers: list[dict[str, Any]]) -> list[str]:
    return sorted(answer["status"] for answer in answers)


def meeting(clinic: Clinic) -> list[Any]:
    """Pairs of visits of one provider that meet, buffers included: there must be none."""
    return clinic.all(
        "SELECT a.id, b.id FROM appointments a JOIN appointments b ON a.id < b.id"
        " AND a.provider_id = b.provider_id AND a.occupied && b.occupied"
        " AND a.status NOT IN ('cancelled', 'noshow') AND b.status NOT IN ('cancelled', 'noshow')"
    )


def test_of_sixteen_callers_who_want_one_time_one_gets_it(
    clinic: Clinic, database: Database, crowd: Callers, people: list[tuple[int, str]]
) -> None:
    answers = results(
        crowd.at_once(clinic, database.app_url, [booking(*person, at("10:00")) for person in people])
    )

    assert statuses(answers) == ["BOOKED"] + ["NOT_BOOKED"] * 15
    assert visits.standing(clinic) == [(100, at("10:00"))]
    for answer in answers:
        if answer["booked"]:
            [(row,)] = clinic.all("SELECT id FROM appointments WHERE status = 'booked'")
            assert answer["appointmentId"] == row
        else:
            assert answer["say"].startswith("That time has just been taken. I could offer ")
            assert len(answer["alternatives"]) == 2
            assert at("10:00") not in [slot["startTime"] for slot in answer["alternatives"]]
    assert meeting(clinic) == []


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


def test_sixteen_who_ask_for_the_earliest_are_offered_sixteen_different_times(
    clinic: Clinic, database: Database, crowd: Callers, people: list[tuple[int, str]]
) -> None:
    asked = [
        Ask("find_earliest_appointment", {"startDate": str(day())}, f"call-of-{patient}", phone)
        for patient, phone in people
    ]

    offers = results(crowd.at_once(clinic, database.app_url, asked))

    assert all(offer["slotId"] is not None for offer in offers)
    assert len({(offer["providerId"], offer["startTime"]) for offer in offers}) == 16
    assert len(visits.holds(clinic)) == 16
    assert meeting(clinic) == []


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
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'frontdesk'"
                " AND datname = current_database() AND wait_event_type = 'Lock'"
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


# --- Moves


def moving(clinic: Clinic, patient: int, phone: str, visit: int, start: str, provider: str) -> Ask:
    """A move, of a patient who has been proven in their call."""
    call = f"call-of-{patient}"
    clinic.ask(
        "search_patient_by_phone", call=call, caller=phone, phone="0000000000", dateOfBirth="1970-05-05"
    )
    return Ask(
        "update_appointment",
        {"appointmentId": visit, "newStartTime": start, "newProviderId": provider},
        call,
        phone,
    )


def test_moves_between_two_doctors_in_both_directions_all_succeed(
    clinic: Clinic, database: Database, crowd: Callers, people: list[tuple[int, str]]
) -> None:
    """Eight from Dr. Chen's Monday to Dr. Sharma's Tuesday, and eight the other way."""
    asked: list[Ask] = []
    for number, person in enumerate(people):
        clock, here, there = f"{9 + number // 4:02}:{number // 2 % 2 * 30:02}", 100, 101
        if number % 2:
            here, there = there, here
        clock = ("09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "13:00", "13:30")[number // 2]
        visit = visits.insert(clinic, at(clock), patient=person[0], provider=here)
        asked.append(moving(clinic, *person, visit, at(clock, day(TUESDAY)), str(there)))

    answers = results(crowd.at_once(clinic, database.app_url, asked))

    assert statuses(answers) == ["BOOKED"] * 16
    assert all(start.startswith(str(day(TUESDAY))) for _, start in visits.standing(clinic))
    assert meeting(clinic) == []


def test_two_who_want_each_others_time_both_keep_their_own(
    clinic: Clinic, database: Database, crowd: Callers, people: list[tuple[int, str]]
) -> None:
    asked: list[Ask] = []
    for number in range(0, 16, 2):
        clock = ("09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "13:00", "13:30")[number // 2]
        for person, here, there in ((people[number], 100, 101), (people[number + 1], 101, 100)):
            visit = visits.insert(clinic, at(clock), patient=person[0], provider=here)
            asked.append(moving(clinic, *person, visit, at(clock), str(there)))
    before = visits.standing(clinic)

    answers = results(crowd.at_once(clinic, database.app_url, asked))

    assert statuses(answers) == ["NOT_BOOKED"] * 16
    assert visits.standing(clinic) == before


def test_of_movers_and_bookers_who_want_one_time_one_gets_it_and_no_old_time_is_lost(
    clinic: Clinic, database: Database, crowd: Callers, people: list[tuple[int, str]]
) -> None:
    clocks = ("09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "13:00", "13:30")
    asked: list[Ask] = []
    for clock, person in zip(clocks, people[:8], strict=True):
        visit = visits.insert(clinic, at(clock), patient=person[0])
        asked.append(moving(clinic, *person, visit, at("15:00"), "100"))
    asked += [booking(*person, at("15:00")) for person in people[8:]]

    answers = results(crowd.at_once(clinic, database.app_url, asked))

    assert statuses(answers) == ["BOOKED"] + ["NOT_BOOKED"] * 15
    moved = any(answer["booked"] for answer in answers[:8])
    assert len(visits.standing(clinic)) == (8 if moved else 9)
    assert meeting(clinic) == []
