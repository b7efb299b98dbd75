"""The client against our own stand-in, for the ways of booking that no other server at hand knows."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from frontdesk.emr.emr import Conflict
from frontdesk.emr.fhir_login import jwks
from frontdesk.emr.fhir_server import Strategy
from local import fhir
from local.fhir import FhirServer
from tests.emr.contract import DAY, Contract, World, at, draft, soon
from tests.emr.fhir_clinic import CLIENT, Door, FhirClinic, described, key, staff_client
from tests.served import served


@pytest.fixture(scope="module")
def door() -> Iterator[tuple[str, Door]]:
    door = Door()
    with served(door) as url:
        yield url, door


def clinic(door: tuple[str, Door], strategy: Strategy) -> Iterator[FhirClinic]:
    url, way = door
    keys = (key("k-1"), key("k-0", "RSA"))
    way.begin(fhir.make({"strategy": strategy, "clients": {CLIENT: jwks(keys)}, "staff": "staff"}))
    with staff_client(url) as staff:
        world = FhirClinic(url, way, staff, described(f"{url}/fhir", strategy), keys)
        world.open()
        yield world
        world.close()
    assert way.wrong == []


class TestTransaction(Contract):
    @pytest.fixture
    def world(self, door: tuple[str, Door]) -> Iterator[FhirClinic]:
        yield from clinic(door, "transaction")


class TestPostOnly(Contract):
    """On a server that takes everybody: nothing but reading again helps."""

    @pytest.fixture
    def world(self, door: tuple[str, Door]) -> Iterator[FhirClinic]:
        for one in clinic(door, "post_only"):
            one.option(guards=False)
            yield one


class TestOperation(Contract):
    @pytest.fixture
    def world(self, door: tuple[str, Door]) -> Iterator[FhirClinic]:
        yield from clinic(door, "operation")

    def test_what_is_booked_stays_an_opening(self, world: World) -> None:
        """It doesn't: `$find` tells what is free alone."""
        world.staff_book(at(world, "09:00"), 30)

        openings = world.emr.openings(world.provider_id, DAY, DAY, deadline=soon())

        assert openings[0].start == at(world, "09:30")


def test_a_server_that_guards_its_slots_is_believed(door: tuple[str, Door]) -> None:
    """A slot that went since we looked: 409, and nothing is written."""
    for world in clinic(door, "post_only"):
        jane = world.chart("Roe", "Jane", date(1988, 5, 6), phones=[])
        world.emr.openings(world.provider_id, DAY, DAY, deadline=soon())
        world.door.inner = Taken(world.door.inner)

        with pytest.raises(Conflict):
            world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())

        assert world.all("Appointment") == []


class Taken:
    """A server where somebody takes a slot between our look and our write."""

    def __init__(self, inner: FhirServer) -> None:
        self.inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].endswith("/Appointment") and scope["method"] == "POST":
            slot = self.inner.store.read("Slot", f"slot-{DAY}-1")
            self.inner.store.update({**slot, "status": "busy"})
        await self.inner(scope, receive, send)


@pytest.mark.parametrize("strategy", ["post_only", "operation"])
def test_of_many_on_a_slow_server_one_gets_the_time(door: tuple[str, Door], strategy: Strategy) -> None:
    """All have written before the first of them reads again."""
    for world in clinic(door, strategy):
        assert _booked_at_once(world, 5) == 1
        assert world.standing() == 1


def _booked_at_once(world: FhirClinic, most: int) -> int:
    """How many of so many callers, each of a process of its own, got one time."""
    world.option(guards=False)
    jane = world.chart("Roe", "Jane", date(1988, 5, 6), phones=[])
    gate = threading.Barrier(most)
    callers = [world.another() for _ in range(most)]
    for one in callers:
        one.visits(world.provider_id, DAY, DAY, deadline=soon())
    world.be_slow(0.1)

    def book(number: int) -> bool:
        gate.wait(10)
        try:
            callers[number].book(draft(world, jane, "10:00", marker=f"v-{number}"), 1, deadline=soon())
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(most) as threads:
        return sum(threads.map(book, range(most)))
