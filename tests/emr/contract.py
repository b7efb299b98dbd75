"""What every `Emr` must do, whichever it is: a test class for each to be tried by, in its own words' place.

A module of tests makes a fixture `world` and derives from `Contract`:

    class TestOscar(Contract): ...

The days are far ahead and of winter time, so that neither notice nor a change of clocks matters; those are
each EMR's own tests.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final, Protocol, TypeVar
from zoneinfo import ZoneInfo

import pytest

from frontdesk.emr.emr import Conflict, Draft, Emr, Gone, NewPatient, NoAnswer, Opening, Patient, Visit
from frontdesk.errors import DeadlineExceeded, ProviderFailed
from frontdesk.zones import instant

DAY: Final = date(2027, 2, 9)
"""A Tuesday: the provider works from 9 to 12, in visits of 30 minutes."""
DAY_OFF: Final = date(2027, 2, 13)
HOLIDAY: Final = date(2027, 2, 15)
PHONE: Final = "+16045550142"

Made = TypeVar("Made", Visit, Patient)


class World(Protocol):
    """A clinic with its EMR: ours to ask, and the people who work there."""

    zone: ZoneInfo
    provider_id: str

    @property
    def emr(self) -> Emr:
        """Ours."""
        ...

    def another(self) -> Emr:
        """The same EMR as another process of ours has it: nothing is shared but the server."""
        ...

    def chart(
        self, last_name: str, first_name: str, born: date, *, phones: Sequence[str], is_active: bool = True
    ) -> str:
        """Staff register somebody, phones written as people do; its id."""
        ...

    def staff_book(self, start: datetime, minutes: int, *, patient_id: str | None = None) -> str:
        """Staff put somebody in, or block the time; the id of the visit."""
        ...

    def staff_move(self, visit_id: str, start: datetime) -> None:
        """Staff drag it elsewhere, the length kept."""
        ...

    def staff_cancel(self, visit_id: str) -> None: ...

    def stored(self, visit_id: str) -> dict[str, Any]:
        """Everything the EMR has on a visit but what it counts and stamps by itself; start and status too."""
        ...

    def standing(self) -> int:
        """How many visits there are that aren't cancelled."""
        ...

    def lose_answer(self) -> None:
        """The next write is done, and its answer lost."""
        ...

    def be_down(self) -> None:
        """Answers nothing more, but with a page for people."""
        ...

    def be_slow(self, seconds: float) -> None:
        """Each answer takes so long, from now on."""
        ...


def soon(seconds: float = 20) -> float:
    """A deadline."""
    return time.monotonic() + seconds


def at(world: World, clock: str, day: date = DAY) -> datetime:
    """What the clinic's clocks show, as an instant."""
    return instant(datetime.fromisoformat(f"{day}T{clock}"), world.zone)


def draft(world: World, patient_id: str, clock: str, *, marker: str = "v-1", minutes: int = 30) -> Draft:
    """Of a visit on `DAY`."""
    start = at(world, clock)
    return Draft(
        marker=marker,
        provider_id=world.provider_id,
        patient_id=patient_id,
        patient_name="ROE, JANE",
        start=start,
        end=start + timedelta(minutes=minutes),
        type_name="",
        reason="Sore throat",
    )


def newcomer(**other: Any) -> NewPatient:
    """Somebody who isn't there."""
    new = NewPatient(
        last_name="Novak",
        first_name="Petra",
        birth_date=date(1992, 3, 4),
        gender="F",
        phone="+16045550177",
        email="petra@example.com",
        address="1 Main St",
        city="Vancouver",
        province="BC",
        postal_code="V5K 0A1",
        health_card=None,
    )
    return new._replace(**other)


class Contract:
    """To be derived from, beside a fixture `world`."""

    @pytest.fixture
    def jane(self, world: World) -> str:
        return world.chart("Roe", "Jane", date(1988, 5, 6), phones=["604-555-0142"])

    # Patients

    def test_a_number_finds_everybody_who_has_it_however_it_is_written(self, world: World, jane: str) -> None:
        other = world.chart("Roe", "Max", date(2015, 1, 2), phones=["", "(604) 555-0142"])
        world.chart("Poe", "Ann", date(1990, 1, 2), phones=["778-555-0142"])  # the same last digits
        world.chart("Moe", "Sam", date(1991, 1, 2), phones=[])

        found = world.emr.by_phone(PHONE, deadline=soon())

        assert {one.id for one in found} == {jane, other}
        assert all(PHONE in one.phones for one in found)

    def test_a_number_nobody_has_finds_nobody(self, world: World, jane: str) -> None:
        assert world.emr.by_phone("+16045550199", deadline=soon()) == []

    def test_those_who_left_are_found_and_told_apart(self, world: World) -> None:
        left = world.chart("Roe", "Old", date(1950, 1, 2), phones=["604-555-0142"], is_active=False)

        [found] = world.emr.by_phone(PHONE, deadline=soon())

        assert (found.id, found.is_active) == (left, False)

    def test_names_are_found_by_their_beginnings(self, world: World, jane: str) -> None:
        world.chart("Munroe", "Jane", date(1988, 5, 6), phones=[])

        assert [one.id for one in world.emr.by_name("Ro", "Ja", birth_date=None, deadline=soon())] == [jane]

    def test_of_two_with_one_name_the_birth_date_tells(self, world: World, jane: str) -> None:
        other = world.chart("Roe", "Jane", date(2001, 9, 9), phones=[])

        both = world.emr.by_name("Roe", "Jane", birth_date=None, deadline=soon())
        one = world.emr.by_name("Roe", "Jane", birth_date=date(2001, 9, 9), deadline=soon())

        assert {found.id for found in both} == {jane, other}
        assert [found.id for found in one] == [other]

    def test_of_a_birth_date_alone_everybody_is_found_and_of_nothing_nobody(
        self, world: World, jane: str
    ) -> None:
        world.chart("Poe", "Ann", date(1990, 1, 2), phones=[])
        twin = world.chart("Li", "Wei", date(1988, 5, 6), phones=[])

        found = world.emr.by_name("", "", birth_date=date(1988, 5, 6), deadline=soon())

        assert {one.id for one in found} == {jane, twin}
        assert world.emr.by_name("", "", birth_date=None, deadline=soon()) == []

    def test_a_chart_is_read_whole(self, world: World, jane: str) -> None:
        chart = world.emr.patient(jane, deadline=soon())

        assert chart.id == jane
        assert (chart.last_name.upper(), chart.first_name.upper()) == ("ROE", "JANE")
        assert (chart.birth_date, chart.phones, chart.is_active) == (date(1988, 5, 6), (PHONE,), True)

    @pytest.mark.parametrize("no_id", ["999999", "no-such"])
    def test_a_chart_that_is_not_there_is_gone(self, world: World, no_id: str) -> None:
        with pytest.raises(Gone):
            world.emr.patient(no_id, deadline=soon())

    def test_who_registers_is_found_afterwards(self, world: World) -> None:
        made = world.emr.register(newcomer(), deadline=soon())

        assert made.birth_date == date(1992, 3, 4)
        assert [one.id for one in world.emr.by_phone("+16045550177", deadline=soon())] == [made.id]

    def test_a_registration_whose_answer_was_lost_makes_one_chart(self, world: World) -> None:
        world.lose_answer()

        made = _until_sure(lambda: world.emr.register(newcomer(), deadline=soon()))

        assert [one.id for one in world.emr.by_phone("+16045550177", deadline=soon())] == [made.id]

    # The diary

    def test_providers_are_those_who_see_patients(self, world: World) -> None:
        there = {one.id: one for one in world.emr.providers(deadline=soon())}

        assert there[world.provider_id].is_active
        assert there[world.provider_id].name

    def test_openings_are_the_hours_of_the_template(self, world: World) -> None:
        openings = world.emr.openings(world.provider_id, DAY, DAY, deadline=soon())

        assert _hull(openings) == [(at(world, "09:00"), at(world, "12:00"))]
        assert {one.minutes for one in openings} == {30}
        assert {one.most for one in openings} == {1}
        assert all(one.code for one in openings)

    def test_days_off_and_holidays_have_none(self, world: World) -> None:
        assert world.emr.openings(world.provider_id, DAY_OFF, DAY_OFF, deadline=soon()) == []
        assert world.emr.openings(world.provider_id, HOLIDAY, HOLIDAY, deadline=soon()) == []

    def test_openings_of_several_days_ascend(self, world: World) -> None:
        openings = world.emr.openings(world.provider_id, DAY, DAY + timedelta(days=2), deadline=soon())

        assert [one.start for one in openings] == sorted(one.start for one in openings)
        assert len({one.start.astimezone(world.zone).date() for one in openings}) == 3

    def test_what_is_booked_stays_an_opening(self, world: World) -> None:
        world.staff_book(at(world, "09:00"), 30)

        openings = world.emr.openings(world.provider_id, DAY, DAY, deadline=soon())

        assert openings[0].start == at(world, "09:00")

    def test_visits_are_told_as_a_clinic_means_them(self, world: World, jane: str) -> None:
        booked = world.staff_book(at(world, "09:30"), 30, patient_id=jane)
        blocked = world.staff_book(at(world, "11:00"), 60)
        cancelled = world.staff_book(at(world, "10:00"), 30, patient_id=jane)
        world.staff_cancel(cancelled)

        there = {one.id: one for one in world.emr.visits(world.provider_id, DAY, DAY, deadline=soon())}

        assert set(there) == {booked, blocked, cancelled}
        assert (there[booked].start, there[booked].end) == (at(world, "09:30"), at(world, "10:00"))
        assert (there[booked].patient_id, there[booked].status, there[booked].marker) == (
            jane,
            "booked",
            None,
        )
        assert (there[blocked].patient_id, there[blocked].end) == (None, at(world, "12:00"))
        assert there[cancelled].status == "cancelled"

    def test_another_days_visits_are_not_told(self, world: World, jane: str) -> None:
        world.staff_book(at(world, "09:00", DAY + timedelta(days=1)), 30, patient_id=jane)

        assert world.emr.visits(world.provider_id, DAY, DAY, deadline=soon()) == []

    def test_a_patients_visits_are_those_since_then_in_order(self, world: World, jane: str) -> None:
        second = world.staff_book(at(world, "11:00"), 30, patient_id=jane)
        first = world.staff_book(at(world, "10:00"), 30, patient_id=jane)
        world.staff_book(at(world, "09:00"), 30, patient_id=jane)
        world.staff_book(at(world, "11:30"), 30)
        world.staff_cancel(first)

        told = world.emr.visits_of(jane, at(world, "10:00"), deadline=soon())

        assert [(one.id, one.status) for one in told] == [(first, "cancelled"), (second, "booked")]

    def test_a_visit_that_is_not_there_is_gone(self, world: World) -> None:
        with pytest.raises(Gone):
            world.emr.visit("999999", deadline=soon())

    # Booking

    def test_a_booking_stands_as_it_was_asked_for(self, world: World, jane: str) -> None:
        made = world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())

        assert (made.start, made.end) == (at(world, "09:30"), at(world, "10:00"))
        assert (made.provider_id, made.patient_id) == (world.provider_id, jane)
        assert (made.status, made.marker) == ("booked", "v-1")
        assert world.emr.visit(made.id, deadline=soon()) == made
        assert world.standing() == 1

    def test_a_booking_asked_for_twice_stands_once(self, world: World, jane: str) -> None:
        first = world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())
        again = world.another().book(draft(world, jane, "09:30"), 1, deadline=soon())

        assert again == first
        assert world.standing() == 1

    def test_a_lost_answer_leaves_one_booking(self, world: World, jane: str) -> None:
        world.lose_answer()

        made = _until_sure(lambda: world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon()))

        assert (made.marker, made.start) == ("v-1", at(world, "09:30"))
        assert world.standing() == 1

    def test_a_time_that_staff_gave_away_is_refused_and_nothing_is_left(
        self, world: World, jane: str
    ) -> None:
        world.staff_book(at(world, "09:45"), 15)

        with pytest.raises(Conflict):
            world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())

        assert world.standing() == 1

    def test_visits_that_only_touch_are_no_conflict(self, world: World, jane: str) -> None:
        world.staff_book(at(world, "09:00"), 30)
        world.staff_book(at(world, "10:00"), 30)

        world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())

        assert world.standing() == 3

    def test_what_was_cancelled_leaves_its_time_free(self, world: World, jane: str) -> None:
        world.staff_cancel(world.staff_book(at(world, "09:30"), 30))

        assert world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon()).status == "booked"

    def test_of_many_who_book_one_time_one_gets_it(self, world: World, jane: str) -> None:
        gate = threading.Barrier(4)

        def book(number: int) -> Visit | None:
            emr = world.another()
            gate.wait(10)
            try:
                return emr.book(draft(world, jane, "10:00", marker=f"v-{number}"), 1, deadline=soon())
            except Conflict:
                return None

        with ThreadPoolExecutor(4) as callers:
            got = [one for one in callers.map(book, range(4)) if one]

        assert len(got) == 1
        assert world.standing() == 1
        assert world.emr.visit(got[0].id, deadline=soon()) == got[0]

    # Moving and cancelling

    def test_a_moved_visit_is_the_same_one_elsewhere(self, world: World, jane: str) -> None:
        made = world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())

        moved = world.emr.move(made, draft(world, jane, "11:00"), 1, deadline=soon())

        assert (moved.id, moved.start, moved.end) == (made.id, at(world, "11:00"), at(world, "11:30"))
        assert (moved.marker, moved.status) == ("v-1", "booked")
        assert world.standing() == 1

    def test_a_visit_may_move_into_its_own_time(self, world: World, jane: str) -> None:
        made = world.emr.book(draft(world, jane, "09:30", minutes=60), 1, deadline=soon())

        moved = world.emr.move(made, draft(world, jane, "10:00", minutes=60), 1, deadline=soon())

        assert moved.start == at(world, "10:00")

    def test_a_visit_does_not_move_onto_another(self, world: World, jane: str) -> None:
        made = world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())
        world.staff_book(at(world, "11:00"), 30)

        with pytest.raises(Conflict):
            world.emr.move(made, draft(world, jane, "11:00"), 1, deadline=soon())

        assert world.emr.visit(made.id, deadline=soon()).start == at(world, "09:30")

    def test_a_visit_that_staff_moved_meanwhile_is_left_to_them(self, world: World, jane: str) -> None:
        made = world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())
        world.staff_move(made.id, at(world, "10:30"))

        with pytest.raises(Conflict):
            world.emr.move(made, draft(world, jane, "11:00"), 1, deadline=soon())
        with pytest.raises(Conflict):
            world.emr.cancel(made, deadline=soon())

        assert world.emr.visit(made.id, deadline=soon()).start == at(world, "10:30")

    def test_a_move_whose_answer_was_lost_is_made_once(self, world: World, jane: str) -> None:
        made = world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())
        world.lose_answer()

        moved = _until_sure(lambda: world.emr.move(made, draft(world, jane, "11:00"), 1, deadline=soon()))

        assert (moved.id, moved.start) == (made.id, at(world, "11:00"))

    def test_cancelling_changes_nothing_but_the_status(self, world: World, jane: str) -> None:
        booked = world.staff_book(at(world, "09:30"), 30, patient_id=jane)
        before = world.stored(booked)

        world.emr.cancel(world.emr.visit(booked, deadline=soon()), deadline=soon())

        after = world.stored(booked)
        assert before.pop("status") != after.pop("status")
        assert after == before
        assert world.emr.visit(booked, deadline=soon()).status == "cancelled"

    def test_cancelling_twice_is_no_failure(self, world: World, jane: str) -> None:
        made = world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())

        world.emr.cancel(made, deadline=soon())
        world.emr.cancel(made, deadline=soon())

        assert world.standing() == 0

    def test_what_is_gone_is_neither_moved_nor_cancelled(self, world: World, jane: str) -> None:
        made = world.emr.book(draft(world, jane, "09:30"), 1, deadline=soon())._replace(id="999999")

        with pytest.raises(Gone):
            world.emr.cancel(made, deadline=soon())
        with pytest.raises(Gone):
            world.emr.move(made, draft(world, jane, "11:00"), 1, deadline=soon())

    # Faults

    def test_connecting_changes_nothing_and_tells_what_works(self, world: World, jane: str) -> None:
        booked = world.staff_book(at(world, "09:30"), 30, patient_id=jane)
        before = world.stored(booked)

        found = world.emr.capabilities(deadline=soon())

        assert found.name
        assert {"by_phone", "openings", "visits", "book", "cancel"} <= found.can
        assert world.stored(booked) == before

    def test_one_that_is_down_fails_as_a_provider_does(self, world: World, jane: str) -> None:
        world.emr.patient(jane, deadline=soon())
        world.be_down()

        with pytest.raises(ProviderFailed):
            world.emr.by_phone(PHONE, deadline=soon())

    def test_a_slow_one_is_given_up_in_time(self, world: World, jane: str) -> None:
        world.emr.patient(jane, deadline=soon())
        world.be_slow(0.4)

        began = time.monotonic()
        with pytest.raises(DeadlineExceeded):
            world.emr.patient(jane, deadline=soon(0.2))
        assert time.monotonic() - began < 0.35

    def test_a_deadline_that_is_over_asks_nothing(self, world: World, jane: str) -> None:
        with pytest.raises(DeadlineExceeded):
            world.emr.book(draft(world, jane, "09:30"), 1, deadline=time.monotonic() - 1)

        assert world.standing() == 0


def _until_sure(ask: Callable[[], Made]) -> Made:
    """As a caller of it does: what isn't known is asked again."""
    try:
        return ask()
    except NoAnswer:
        return ask()


def _hull(openings: list[Opening]) -> list[tuple[datetime, datetime]]:
    """Their times, those that touch as one."""
    assert all(one.end <= two.start for one, two in pairwise(openings))
    hull: list[tuple[datetime, datetime]] = []
    for one in openings:
        if hull and hull[-1][1] == one.start:
            hull[-1] = hull[-1][0], one.end
        else:
            hull.append((one.start, one.end))
    return hull
