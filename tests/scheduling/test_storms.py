"""Sixty-four callers at the same moment, each a process of its own: no two ever get one time."""

import json
import time
from collections import Counter
from collections.abc import Generator, Iterator
from concurrent.futures import as_completed
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import pytest

from frontdesk.speech import sentences
from tests import owner
from tests.clinic import Clinic
from tests.conftest import Database
from tests.own_server import OwnServer, own_server
from tests.scheduling.invariants import meeting, places, unkept
from tests.tools import callers, visits
from tests.tools.callers import Ask, Callers, booking, moving, results, statuses
from tests.tools.visits import MONDAY, THURSDAY, TUESDAY, WEDNESDAY, at, day

pytestmark = pytest.mark.slow

MANY = 64
NOTHING_DONE, UNSURE = sentences.NOTHING_DONE.en, sentences.UNSURE.en
CLOCKS = [f"{hour:02}:{minute}" for hour in (9, 10, 11, 13, 14, 15, 16) for minute in ("00", "30")]
"""A provider's day in half hours."""
PROVIDERS = (100, 101, 102)
Person = tuple[int, str]
"""A patient's id, and the telephone they call from."""


@pytest.fixture(scope="module")
def crowd() -> Iterator[Callers]:
    with callers.waiting(MANY) as crowd:
        yield crowd


@pytest.fixture
def people(clinic: Clinic) -> list[Person]:
    return patients(clinic)


def patients(clinic: Clinic) -> list[Person]:
    """As many as there are callers, each with a telephone of their own."""
    return clinic.all(
        "INSERT INTO patients (org_id, first_name, last_name, birth_date, gender, phone)"
        " SELECT %s, 'Caller', 'Number' || n, '1970-05-05', 'U', '+12505550' || 100 + n"
        " FROM generate_series(0, %s) n RETURNING id, phone",
        clinic.org_id,
        MANY - 1,
    )


def slots(weekday: int) -> list[tuple[str, int]]:
    """Every half hour of that day's: its start and its provider."""
    return [(at(clock, day(weekday)), provider) for clock in CLOCKS for provider in PROVIDERS]


def deadlocks(database: Database) -> int:
    """How often Postgres had to end one of several that waited for each other in a ring."""
    owner.leave()
    with psycopg.connect(database.owner_url, autocommit=True) as looking:
        # Each session reports when it ends.
        while looking.execute(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone():
            time.sleep(0.01)
        row = looking.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    return row[0]


# --- Booking


def test_of_sixty_four_who_want_one_time_one_gets_it_and_the_others_hear_of_other_times(
    clinic: Clinic, database: Database, crowd: Callers, people: list[Person]
) -> None:
    wanted = at("10:00")
    asked = [booking(*person, wanted) for person in people]

    answers = results(crowd.at_once(clinic, database.app_url, asked))

    assert Counter(statuses(answers)) == {"BOOKED": 1, "NOT_BOOKED": MANY - 1}
    assert visits.standing(clinic) == [(100, wanted)]
    assert unkept(clinic, zip(asked, answers, strict=True)) == []
    assert meeting(clinic) == []
    for answer in answers:
        if not answer["booked"]:
            assert answer["say"].startswith("That time has just been taken. I could offer ")
            assert len(answer["alternatives"]) == 2
            assert wanted not in [slot["startTime"] for slot in answer["alternatives"]]


def test_sixty_four_who_want_sixty_four_times_all_get_theirs(
    clinic: Clinic, database: Database, crowd: Callers, people: list[Person]
) -> None:
    wanted = [*slots(MONDAY), *slots(TUESDAY)][:MANY]
    asked = [
        booking(*person, start, providerId=str(provider))
        for person, (start, provider) in zip(people, wanted, strict=True)
    ]

    answers = results(crowd.at_once(clinic, database.app_url, asked))

    assert statuses(answers) == ["BOOKED"] * MANY
    assert sorted(visits.standing(clinic)) == sorted((provider, start) for start, provider in wanted)
    assert unkept(clinic, zip(asked, answers, strict=True)) == []
    assert meeting(clinic) == []


# --- Finding


def test_of_sixty_four_who_ask_for_the_earliest_no_two_are_held_the_same_time(
    clinic: Clinic, database: Database, crowd: Callers, people: list[Person]
) -> None:
    asked = [
        Ask("find_earliest_appointment", {"startDate": str(day())}, f"call-of-{patient}", phone)
        for patient, phone in people
    ]

    offers = results(crowd.at_once(clinic, database.app_url, asked))

    held = [
        (ask.call, int(offer["providerId"]), offer["startTime"])
        for ask, offer in zip(asked, offers, strict=True)
        if offer["slotId"] is not None
    ]
    # Who lost too many races is offered a time that isn't kept for them, and is not told that it is.
    assert sorted(held) == visits.holds(clinic)
    assert len(held) >= 16
    assert len({(provider, start) for _, provider, start in held}) == len(held)
    assert meeting(clinic) == []


# --- Moving


def test_moves_that_cross_and_swaps_that_cannot_be_are_answered_truly_and_never_deadlock(
    clinic: Clinic, database: Database, crowd: Callers, people: list[Person]
) -> None:
    waiting = iter(people)
    crossing: list[Ask] = []
    swapping: list[Ask] = []

    def visit(start: str, provider: int, to: str, to_provider: int) -> Ask:
        person = next(waiting)
        return moving(
            clinic,
            *person,
            visits.insert(clinic, start, patient=person[0], provider=provider),
            to,
            to_provider,
        )

    for clock in CLOCKS[:9]:
        monday, tuesday = at(clock), at(clock, day(TUESDAY))
        crossing += [visit(monday, 100, tuesday, 101), visit(monday, 101, tuesday, 100)]
    for clock in CLOCKS[:9]:
        wednesday = at(clock, day(WEDNESDAY))
        swapping += [visit(wednesday, 100, wednesday, 101), visit(wednesday, 101, wednesday, 100)]
    for first, second in zip(CLOCKS[::2], CLOCKS[1::2], strict=True):
        one, other = at(first, day(THURSDAY)), at(second, day(THURSDAY))
        for provider in (100, 101):
            swapping += [visit(one, provider, other, provider), visit(other, provider, one, provider)]
    before = places(clinic)
    asked = [*crossing, *swapping]
    assert len(asked) == MANY

    answers = results(crowd.at_once(clinic, database.app_url, asked))

    assert statuses(answers[: len(crossing)]) == ["BOOKED"] * len(crossing)
    assert statuses(answers[len(crossing) :]) == ["NOT_BOOKED"] * len(swapping)
    moved = {
        ask.arguments["appointmentId"]: (
            before[ask.arguments["appointmentId"]][0],
            int(ask.arguments["newProviderId"]),
            ask.arguments["newStartTime"],
        )
        for ask in crossing
    }
    assert places(clinic) == before | moved
    assert deadlocks(database) == 0
    assert meeting(clinic) == []


def test_two_calls_that_move_one_visit_both_move_it(
    clinic: Clinic, database: Database, crowd: Callers, people: list[Person]
) -> None:
    asked: list[Ask] = []
    for person, (clock, provider) in zip(people, slots(MONDAY)[: MANY // 2], strict=False):
        visit = visits.insert(clinic, clock, patient=person[0], provider=provider)
        tuesday, wednesday = (clock.replace(str(day()), str(day(other))) for other in (TUESDAY, WEDNESDAY))
        asked += [
            moving(clinic, *person, visit, tuesday, provider, call=f"first-of-{person[0]}"),
            moving(clinic, *person, visit, wednesday, 202 - provider, call=f"second-of-{person[0]}"),
        ]

    answers = results(crowd.at_once(clinic, database.app_url, asked))

    assert statuses(answers) == ["BOOKED"] * MANY
    standing = places(clinic)
    assert len(standing) == MANY // 2
    for first, second in zip(answers[::2], answers[1::2], strict=True):
        # The later of the two has the last word.
        assert first["appointmentId"] == second["appointmentId"]
        assert standing[first["appointmentId"]][1:] in [
            (int(answer["providerId"]), answer["startTime"]) for answer in (first, second)
        ]
    assert deadlocks(database) == 0
    assert meeting(clinic) == []


# --- The server's death


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[OwnServer, Clinic, list[Person]]]:
    """A server that forgets nothing it has said, on the disk; its clinic and its callers."""
    with own_server(tmp_path_factory.mktemp("postgres"), durable=True) as server:
        clinic = Clinic(server.owner_url)
        yield server, clinic, patients(clinic)


@contextmanager
def taking(clinic: Clinic, person: Person, wanted: list[tuple[str, int]]) -> Generator[None]:
    """Somebody takes those times and doesn't say for good: whoever else wants one waits."""
    with suppress(psycopg.OperationalError), clinic.rows() as connection:
        for start, provider in wanted:
            visits.put(connection, clinic, start, patient=person[0], provider=provider)
        yield


@pytest.mark.parametrize("weekday", [MONDAY, TUESDAY])
def test_when_the_server_is_killed_in_a_storm_what_was_said_stands_and_the_rest_can_be_asked_again(
    mortal: tuple[OwnServer, Clinic, list[Person]], crowd: Callers, weekday: int
) -> None:
    """Two callers want each time; the server dies as the first has an answer, and comes back.

    Some times are being taken by somebody who never says whether: those who want them still wait
    when the server dies, however fast the rest were.
    """
    server, clinic, people = mortal
    wanted = [slot for slot in slots(weekday)[: MANY // 2] for _ in range(2)]
    asked = [
        booking(
            *person, start, providerId=str(provider), call=f"{weekday}-{person[0]}", id=f"asked-{person[0]}"
        )
        for person, (start, provider) in zip(people, wanted, strict=True)
    ]

    with taking(clinic, people[0], wanted[::4]):
        answers = crowd.off(clinic, server.app_url, asked)
        next(as_completed(answers))
        server.kill()
        heard = [answer.result() for answer in answers]
    server.server.start()

    standing = places(clinic)
    told = [
        (ask, json.loads(item["result"])) for ask, item in zip(asked, heard, strict=True) if "result" in item
    ]
    assert 0 < len(told) < MANY
    assert unkept(clinic, told) == []
    booked = {patient for patient, _, start in standing.values() if start.startswith(str(day(weekday)))}
    for ask, item in zip(asked, heard, strict=True):
        # Said of nothing that stands; where nobody can know, that is said.
        if item.get("error") != UNSURE and not says_booked(item):
            assert item.get("error", NOTHING_DONE) == NOTHING_DONE
            assert ask.arguments["demographicId"] not in booked
    assert meeting(clinic) == []

    again = crowd.at_once(clinic, server.app_url, asked)

    assert statuses(results(again)) == ["BOOKED"] * (MANY // 2) + ["NOT_BOOKED"] * (MANY // 2)
    assert [item for item in heard if "result" in item] == [
        second for first, second in zip(heard, again, strict=True) if "result" in first
    ]
    assert unkept(clinic, zip(asked, results(again), strict=True)) == []
    assert sorted(
        (start, provider)
        for _, provider, start in places(clinic).values()
        if start.startswith(str(day(weekday)))
    ) == sorted(set(wanted))
    assert meeting(clinic) == []


def says_booked(item: dict[str, Any]) -> bool:
    return "result" in item and json.loads(item["result"])["booked"]
