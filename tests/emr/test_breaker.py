"""An EMR that doesn't answer is left alone for a while, by all of our processes, and tried by one."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from frontdesk.db.claims import clinic_transaction
from frontdesk.emr import breaker as opening
from frontdesk.emr.emr import Away, Conflict, Gone, NotAllowed, Refused
from frontdesk.errors import DeadlineExceeded, FrontdeskError, ProviderFailed
from frontdesk.settings import settings
from local.oscar_clinic import Clinic as OscarClinic
from local.oscar_soap import Fault
from tests.clinic import Clinic
from tests.emr.asks import MAPLE, AskedWorld
from tests.emr.contract import draft, soon


class Breaker:
    """What is kept of it, and the hand at its clock."""

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic

    def state(self) -> tuple[int, float | None]:
        """Failures in a row, and for how many seconds nobody may ask."""
        [found] = self._clinic.all(
            "SELECT failures, extract(epoch FROM retry_at - now())::float FROM emr_connections"
        )
        return found[0], found[1]

    def set(self, failures: int, retry_in_s: float | None) -> None:
        self._clinic.do(
            "UPDATE emr_connections SET failures = %s, retry_at = now() + make_interval(secs => %s)",
            *(failures, retry_in_s),
        )


@pytest.fixture
def world(asked_world: AskedWorld) -> AskedWorld:
    return asked_world


@pytest.fixture
def breaker(clinic: Clinic, world: AskedWorld) -> Breaker:
    return Breaker(clinic)


def faulty(*_: object, **__: object) -> None:
    raise Fault("NullPointerException")


def ask(world: AskedWorld, seconds: float = 5) -> FrontdeskError | None:
    try:
        world.emr.patient("999", deadline=soon(seconds))
    except Gone:
        return None
    except FrontdeskError as failed:
        return failed
    raise AssertionError("there is no such chart")


def test_after_three_failures_in_a_row_nobody_asks(world: AskedWorld, breaker: Breaker) -> None:
    world.be_down()
    assert [type(ask(world)) for _ in range(3)] == [ProviderFailed] * 3
    failures, rests_s = breaker.state()
    assert failures == 3
    assert rests_s is not None
    assert 7 <= rests_s <= 12
    world.asked()

    began = time.monotonic()
    assert type(ask(world)) is Away
    assert time.monotonic() - began < 0.2

    assert world.asked() == []
    assert breaker.state()[0] == 3


def test_one_answer_between_them_begins_the_count_anew(world: AskedWorld, breaker: Breaker) -> None:
    for _ in range(2):
        world.be_down()
        assert [type(ask(world)) for _ in range(2)] == [ProviderFailed] * 2
        world.faults()
        assert ask(world) is None
        assert breaker.state() == (0, None)


def test_of_many_who_come_when_it_has_rested_one_asks(
    world: AskedWorld,
    breaker: Breaker,
) -> None:
    assert ask(world) is None
    breaker.set(3, -1)
    world.be_slow(0.5)
    world.asked()
    gate = threading.Barrier(20)

    def come(_: int) -> FrontdeskError | None:
        gate.wait(10)
        return ask(world)

    with ThreadPoolExecutor(20) as callers:
        came = list(callers.map(come, range(20)))

    assert sorted(type(one).__name__ for one in came) == ["Away"] * 19 + ["NoneType"]
    assert len(world.asked()) == 1
    assert breaker.state() == (0, None)


def test_a_failed_try_doubles_the_rest_up_to_five_minutes(world: AskedWorld, breaker: Breaker) -> None:
    world.be_down()
    for failures, least_s, most_s in ((3, 15, 25), (4, 31, 49), (8, 239, 361), (500, 239, 361)):
        breaker.set(failures, -1)
        assert type(ask(world)) is ProviderFailed
        counted, rests_s = breaker.state()
        assert counted == failures + 1
        assert rests_s is not None
        assert least_s <= rests_s <= most_s


def test_who_tries_and_dies_keeps_nobody_out_for_long(world: AskedWorld, breaker: Breaker) -> None:
    breaker.set(3, -1)
    with clinic_transaction(MAPLE, soon()) as db:
        assert opening.enter(db) == 3

    _, rests_s = breaker.state()
    assert rests_s is not None
    assert 12 < rests_s <= 15


@pytest.mark.parametrize("what", ["conflict", "gone", "not allowed", "refused"])
def test_a_no_is_an_answer(
    world: AskedWorld, breaker: Breaker, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    jane = world.chart("Doe", "Jane", date(1980, 1, 1), phones=["604-555-0133"])
    if what == "conflict":
        world.staff_book(draft(world, "1", "09:30").start, 30)
    if what == "not allowed":
        world.faults({"status": 403})
    if what == "refused":
        monkeypatch.setattr(OscarClinic, "shown_chart", faulty)
    asked: dict[str, tuple[Callable[[], Any], type[FrontdeskError]]] = {
        "conflict": (lambda: world.emr.book(draft(world, "1", "09:30"), 1, deadline=soon()), Conflict),
        "gone": (lambda: world.emr.patient("999", deadline=soon()), Gone),
        "not allowed": (lambda: world.emr.patient("999", deadline=soon()), NotAllowed),
        "refused": (lambda: world.emr.patient(jane, deadline=soon()), Refused),
    }
    question, no = asked[what]

    for _ in range(4):
        with pytest.raises(no):
            question()

    assert breaker.state() == (0, None)


def test_who_has_no_time_left_to_give_blames_nobody(world: AskedWorld, breaker: Breaker) -> None:
    assert ask(world) is None
    world.be_slow(0.5)

    assert [type(ask(world, 0.25)) for _ in range(4)] == [DeadlineExceeded] * 4

    assert breaker.state() == (0, None)


def test_fifty_callers_of_an_emr_that_hangs_wait_once_and_count_once(
    world: AskedWorld,
    breaker: Breaker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FRONTDESK_DEADLINE_S", "1")  # connections to Postgres are opened in the last second
    settings.cache_clear()
    assert ask(world) is None
    world.be_slow(4)
    world.asked()
    took: list[float] = []

    def come(_: int) -> type[FrontdeskError | None]:
        began = time.monotonic()
        try:
            return type(ask(world, 2))
        finally:
            took.append(time.monotonic() - began)

    with ThreadPoolExecutor(50) as callers:
        first = list(callers.map(come, range(50)))
    requests = len(world.asked())
    with ThreadPoolExecutor(50) as callers:
        second = list(callers.map(come, range(50)))

    assert max(took) < 3
    assert {*first} <= {DeadlineExceeded, Away}
    assert {*second} == {Away}
    assert 1 <= requests <= 50
    assert world.asked() == []
    # Those who were on their way together are no proof that it has been away for longer.
    assert breaker.state()[0] == 3
