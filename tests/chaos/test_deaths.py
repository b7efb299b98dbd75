"""A queue's function is killed at any step, told twice, at once, late: nothing is lost, nothing twice.

Each consumer on disk has a case. What other tests enumerate more finely in their own process isn't repeated:
what else may happen to a visit whose event is pushed (`tests/calendars/test_pushing.py`), first registrations
of tools (`tests/agents/test_sync.py`), faults of embedder and store (`tests/knowledge/test_documents.py`).
"""

import logging
import random
from typing import Final

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from infra import discovery
from tests.chaos.cases import CASES
from tests.chaos.lives import TRIES, Mortal
from tests.chaos.settling import Case, settle
from tests.conftest import Database

SEED: Final = random.SystemRandom().randrange(10**6)
SAMPLED: Final = 1
CUTS: Final = 2


def _sampled(steps: int, most: int) -> list[int]:
    """Some of so many places, in order; a test that fails shows by which seed."""
    logging.getLogger(__name__).warning("seed %s", SEED)
    return sorted(random.Random(SEED).sample(range(1, steps + 1), min(most, steps)))


def test_every_consumer_on_disk_has_a_case() -> None:
    assert CASES.keys() == discovery.queues().keys()


@pytest.fixture(params=CASES)
def folder(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def case(folder: str, request: pytest.FixtureRequest) -> Case:
    return request.getfixturevalue(CASES[folder])


def test_killed_at_any_step_it_is_done_once(
    process: Mortal, folder: str, case: Case, database: Database
) -> None:
    message = case.begin()
    [whole] = process.live(folder, message)
    assert whole.is_done
    assert whole.steps
    case.check()
    at, was_killed = 0, True
    while was_killed:
        at += 1
        message = case.begin()
        was_killed = process.die(folder, message, at)
        settle(process, folder, case, message, database)
    assert at > 2


def test_killed_within_a_transaction_it_is_done_once(
    process: Mortal, folder: str, case: Case, database: Database
) -> None:
    message = case.begin()
    [whole] = process.live(folder, message, every=True)
    for at in _sampled(len(whole.steps), SAMPLED):
        message = case.begin()
        process.die(folder, message, at, every=True)
        settle(process, folder, case, message, database)


def test_cut_off_from_postgres_it_is_done_once(
    process: Mortal, folder: str, case: Case, database: Database, superuser_url: str
) -> None:
    as_superuser = make_conninfo(superuser_url, dbname=conninfo_to_dict(database.app_url)["dbname"])
    message = case.begin()
    [life] = process.live(folder, message, die_at=1, cut=as_superuser)
    assert not life.is_done
    settle(process, folder, case, message, database)
    [whole] = process.live(folder, case.begin())
    for at in _sampled(len(whole.steps), CUTS):
        message = case.begin()
        process.live(folder, message, die_at=at, cut=as_superuser)
        settle(process, folder, case, message, database)


def test_told_twice_it_is_done_once(process: Mortal, folder: str, case: Case, database: Database) -> None:
    message = case.begin()
    assert process.live(folder, message)[0].is_done
    settle(process, folder, case, message, database)


def test_told_twice_at_once_it_is_done_once(
    process: Mortal, folder: str, case: Case, database: Database
) -> None:
    message = case.begin()
    process.live(folder, message, copies=3)
    settle(process, folder, case, message, database)


def test_told_in_the_wrong_order_it_ends_as_the_last_change(
    process: Mortal, folder: str, case: Case, database: Database
) -> None:
    first = case.begin()
    second = case.change()
    for message in (second, first, second):
        for _ in range(TRIES):
            if process.live(folder, message)[0].is_done:
                break
            case.heal()
    settle(process, folder, case, first, database)
