"""A queue's function is killed at any step, told twice, at once, late: nothing is lost, nothing twice.

Each consumer on disk has a case. What other tests enumerate more finely in their own process isn't repeated:
what else may happen to a visit whose event is pushed (`tests/calendars/test_pushing.py`), first registrations
of tools (`tests/agents/test_sync.py`), faults of embedder and store (`tests/knowledge/test_documents.py`).
"""

import random
from typing import Final

import pytest

from infra import discovery
from tests.chaos.cases import CASES
from tests.chaos.lives import TRIES, Mortal
from tests.chaos.settling import Case, settle
from tests.conftest import Database

SEED: Final = random.SystemRandom().randrange(10**6)
SAMPLED: Final = 1


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
    places = random.Random(SEED).sample(range(1, len(whole.steps) + 1), min(SAMPLED, len(whole.steps)))
    for at in places:
        message = case.begin()
        process.die(folder, message, at, every=True)
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
