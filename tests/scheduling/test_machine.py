"""Anything in any order by several callers: what each was told is what the diary holds, step by step.

A rule is one thing that a caller, or time, may do. It says from `standing` and `held` what must come of it,
asks the real tool, and writes down what was told; the invariants then hold the database against that.
"""

import json
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

import psycopg
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from frontdesk import zones
from frontdesk.scheduling.appointments import MOST_BOOKINGS_A_DAY
from functions.scheduling.sweep.handler import handler as sweep
from tests.clinic import FAMILY, JOHN, MEILING, Clinic, Context
from tests.member import Member, token
from tests.scheduling.invariants import meeting, places
from tests.tools import visits
from tests.tools.callers import Ask
from tests.tools.visits import KINDS, at

pytestmark = pytest.mark.slow

T = TypeVar("T")
MEMBER = Member(token())

OPENS, CLOSES = datetime.fromisoformat(at("09:00")), datetime.fromisoformat(at("12:00"))
"""The one day that is booked, short enough to fill up."""
PROVIDERS = (100, 101)
BIRTH_DATES = {"John": "1990-01-15", "Meiling": "1985-07-02", "Robin": "1979-11-03", "Casey": "2012-05-21"}
TELEPHONES = {"John": JOHN, "Meiling": MEILING, "Robin": FAMILY, "Casey": FAMILY}
"""Two of them share one, and the caps that go with it."""


class Place(NamedTuple):
    """A time in the diary, and whose."""

    caller: str
    provider: int
    start: datetime
    kind: str

    @property
    def visit_ends(self) -> datetime:
        return self.start + timedelta(minutes=KINDS[self.kind][0])

    @property
    def ends(self) -> datetime:
        """With what is kept free after the visit."""
        return self.start + timedelta(minutes=sum(KINDS[self.kind]))

    def meets(self, other: "Place") -> bool:
        return self.provider == other.provider and self.start < other.ends and other.start < self.ends


@dataclass
class Watched(Clinic):
    """The clinic, its rows looked at through one connection: one a look would be most of the test's time."""

    kept: psycopg.Connection = field(kw_only=True)

    @contextmanager
    def rows(self) -> Generator[psycopg.Connection]:
        with self.kept.transaction():
            yield self.kept


class Told(NamedTuple):
    """What somebody asked that writes, and what they were told."""

    ask: Ask
    item: dict[str, Any]


A_CALLER = st.sampled_from(sorted(BIRTH_DATES))
A_PROVIDER = st.sampled_from(PROVIDERS)
A_PROVIDER_OR_ANY = st.sampled_from((*PROVIDERS, None))
A_KIND = st.sampled_from(sorted(KINDS))
# Also before opening, at closing, and off the grid.
A_START = st.sampled_from([OPENS + timedelta(minutes=minutes) for minutes in (*range(-15, 195, 15), 20, 40)])


def one_of(those: Callable[["Desk"], Sequence[T]]) -> st.SearchStrategy[T]:
    """One of what the machine has so far; the rule's precondition says that there is any."""

    def of(desk: "Desk") -> st.SearchStrategy[T]:
        return st.sampled_from(those(desk))

    return st.runner().flatmap(of)


class Desk(RuleBasedStateMachine):
    """A clinic with an empty diary and four callers, all proven."""

    def __init__(self, clinic: Clinic) -> None:
        super().__init__()
        self.clinic = clinic
        self.standing: dict[int, Place] = {}
        """Every visit that callers were told is booked, by its id."""
        self.pending: set[int] = set()
        """Those of them that were only asked for, and that the clinic has yet to answer."""
        self.cancelled: dict[int, Place] = {}
        self.held: dict[str, Place] = {}
        """The offer that each caller was told is kept for them."""
        self.told: list[Told] = []
        clinic.do("DELETE FROM appointments")
        clinic.do("DELETE FROM calls")
        self.approves = True
        self.change_who_decides()
        self.patients = {
            caller: self.ask(caller, "search_patient_by_phone", phone="0000000000", dateOfBirth=born)["id"]
            for caller, born in BIRTH_DATES.items()
        }

    @rule(caller=A_CALLER, provider=A_PROVIDER_OR_ANY, kind=A_KIND)
    def find(self, caller: str, provider: int | None, kind: str) -> None:
        day = OPENS.date().isoformat()
        free = [place for place in self.places(caller, provider, kind) if self.is_free(place)]

        offer = self.ask(
            caller,
            "find_earliest_appointment",
            startDate=day,
            endDate=day,
            providerId=str(provider or "any"),
            appointmentType=kind,
        )

        assert offer["found"] == bool(free)
        if free:
            earliest = min(place.start for place in free)
            offered = Place(
                caller, int(offer["providerId"]), datetime.fromisoformat(offer["startTime"]), kind
            )
            assert offered in [place for place in free if place.start == earliest]
            assert offer["slotId"] is not None
            self.held[caller] = offered

    @precondition(lambda self: self.held)
    @rule(offer=one_of(lambda desk: list(desk.held.values())))
    def book_what_is_held(self, offer: Place) -> None:
        self.book(offer.caller, offer.provider, offer.start, offer.kind)

    @precondition(lambda self: self.standing)
    @rule(caller=A_CALLER, place=one_of(lambda desk: list(desk.standing.values())))
    def book_what_is_booked(self, caller: str, place: Place) -> None:
        """By whose it is, as after a barge-in, or by another."""
        self.book(caller, place.provider, place.start, place.kind)

    @rule(caller=A_CALLER, provider=A_PROVIDER_OR_ANY, start=A_START, kind=A_KIND)
    def book(self, caller: str, provider: int | None, start: datetime, kind: str) -> None:
        wanted = [Place(caller, one, start, kind) for one in (PROVIDERS if provider is None else (provider,))]
        again = {visit: place for visit, place in self.standing.items() if place in wanted}
        may = self.bookings(caller) < MOST_BOOKINGS_A_DAY and any(self.is_free(place) for place in wanted)

        answer = self.write(
            caller,
            "create_appointment",
            demographicId=self.patients[caller],
            providerId=str(provider or "any"),
            startTime=start.isoformat(),
            appointmentType=kind,
            reason="a cough",
            language="en",
        )

        assert (answer["status"] != "NOT_BOOKED") == (bool(again) or may)
        if again:
            assert answer["appointmentId"] in again
            self.check_standing(answer)
        elif may:
            got = self.place_told(answer, caller, kind)
            assert got in wanted
            assert self.is_free(got)
            assert answer["appointmentId"] not in self.standing
            self.standing[answer["appointmentId"]] = got
            self.now_waits_or_not(answer)
            self.held.pop(caller, None)

    @precondition(lambda self: self.standing or self.cancelled)
    @rule(
        visit=one_of(lambda desk: [*desk.standing, *desk.cancelled]),
        provider=A_PROVIDER,
        start=A_START,
    )
    def move(self, visit: int, provider: int, start: datetime) -> None:
        old = self.standing.get(visit) or self.cancelled[visit]
        new = old._replace(provider=provider, start=start)
        may = visit in self.standing and (new == old or self.is_free(new, moved=visit))

        answer = self.write(
            old.caller,
            "update_appointment",
            appointmentId=visit,
            newStartTime=start.isoformat(),
            newProviderId=str(provider),
        )

        assert (answer["status"] != "NOT_BOOKED") == may
        if may:
            assert answer["appointmentId"] == visit
            assert self.place_told(answer, old.caller, old.kind) == new
            self.standing[visit] = new
            self.check_standing(answer) if new == old else self.now_waits_or_not(answer)
        if may and new != old:
            self.held.pop(old.caller, None)

    @precondition(lambda self: self.standing or self.cancelled)
    @rule(visit=one_of(lambda desk: [*desk.standing, *desk.cancelled]))
    def cancel(self, visit: int) -> None:
        place = self.standing.get(visit) or self.cancelled[visit]

        answer = self.write(place.caller, "cancel_appointment", appointmentId=visit)

        assert answer["cancelled"]
        assert answer["wasAlready"] == (visit in self.cancelled)
        self.is_off(visit)

    @precondition(lambda self: self.pending)
    @rule(visit=one_of(lambda desk: sorted(desk.pending)), decision=st.sampled_from(("approve", "decline")))
    def decide(self, visit: int, decision: str) -> None:
        """The clinic says yes or no to a request, twice: the second time changes nothing."""
        for _ in range(2):
            assert MEMBER.post(f"/appointments/{visit}/{decision}").status == 200
        if decision == "approve":
            self.pending.remove(visit)
        else:
            self.is_off(visit)

    @rule()
    def change_who_decides(self) -> None:
        """From now on the desk alone, or the clinic."""
        self.approves = not self.approves
        mode = "approval" if self.approves else "autonomous"
        self.clinic.do("UPDATE organizations SET booking_mode = %s WHERE id = %s", mode, self.clinic.org_id)

    @rule()
    def let_requests_run_out(self) -> None:
        self.clinic.do(
            "UPDATE appointments SET pending_until = now() - interval '1 second' WHERE status = 'pending'"
        )
        assert sweep({}, Context())["requests"] == len(self.pending)
        for visit in sorted(self.pending):
            self.is_off(visit)

    @precondition(lambda self: self.told)
    @rule(earlier=one_of(lambda desk: desk.told))
    def repeat(self, earlier: Told) -> None:
        """Vapi sends a tool call a second time: the first answer, and nothing done, whatever came between."""
        assert self.send(earlier.ask) == earlier.item

    @rule()
    def let_holds_run_out(self) -> None:
        self.clinic.do(
            "UPDATE appointments SET held_until = now() - interval '1 second' WHERE status = 'held'"
        )
        self.held.clear()

    @invariant()
    def no_two_meet(self) -> None:
        assert meeting(self.clinic) == []

    @invariant()
    def what_was_told_stands(self) -> None:
        assert places(self.clinic) == {
            visit: (self.patients[place.caller], place.provider, place.start.isoformat())
            for visit, place in self.standing.items()
        }

    @invariant()
    def each_call_has_the_one_hold_it_was_told_of(self) -> None:
        rows = self.clinic.all(
            "SELECT call_id, provider_id, visit_start, held_until > now() FROM appointments"
            " WHERE status = 'held'"
        )
        assert len({call for call, *_ in rows}) == len(rows)
        zone = zones.zone("America/Vancouver")
        assert {
            (call, provider, zones.wall_text(start, zone)) for call, provider, start, live in rows if live
        } == {(caller, place.provider, place.start.isoformat()) for caller, place in self.held.items()}

    @invariant()
    def what_waits_for_the_clinic_is_what_was_told_so(self) -> None:
        rows = self.clinic.all("SELECT id FROM appointments WHERE status = 'pending'")
        assert {row for (row,) in rows} == self.pending

    def is_off(self, visit: int) -> None:
        """The visit does not stand any more."""
        if visit in self.standing:
            self.cancelled[visit] = self.standing.pop(visit)
        self.pending.discard(visit)

    def check_standing(self, answer: dict[str, Any]) -> None:
        """The answer calls the visit what it is."""
        is_pending = answer["appointmentId"] in self.pending
        assert (answer["status"], answer["booked"]) == ("PENDING" if is_pending else "BOOKED", not is_pending)

    def now_waits_or_not(self, answer: dict[str, Any]) -> None:
        """A visit that was just taken waits for the clinic where the clinic decides."""
        if self.approves:
            self.pending.add(answer["appointmentId"])
        else:
            self.pending.discard(answer["appointmentId"])
        self.check_standing(answer)

    def is_free(self, wanted: Place, *, moved: int | None = None) -> bool:
        """Whether the desk must give it: open, on the grid, and nobody else's visit or hold in its way."""
        others = [place for visit, place in self.standing.items() if visit != moved]
        others += [place for caller, place in self.held.items() if caller != wanted.caller]
        return (
            wanted.start >= OPENS
            and wanted.visit_ends <= CLOSES
            and wanted.start.minute % 15 == 0
            and not any(wanted.meets(other) for other in others)
        )

    def places(self, caller: str, provider: int | None, kind: str) -> list[Place]:
        """Every start of the day, free or not."""
        return [
            Place(caller, one, OPENS + timedelta(minutes=minutes), kind)
            for one in PROVIDERS
            if provider in (None, one)
            for minutes in range(0, 180, 15)
        ]

    def bookings(self, caller: str) -> int:
        """What stands of the bookings from the caller's telephone."""
        return sum(TELEPHONES[place.caller] == TELEPHONES[caller] for place in self.standing.values())

    def place_told(self, answer: dict[str, Any], caller: str, kind: str) -> Place:
        return Place(caller, int(answer["providerId"]), datetime.fromisoformat(answer["startTime"]), kind)

    def ask(self, caller: str, tool: str, **arguments: Any) -> dict[str, Any]:
        """A read's answer; each caller has one telephone call, of their own name."""
        return self.clinic.ask(tool, call=caller, caller=TELEPHONES[caller], **arguments)

    def write(self, caller: str, tool: str, **arguments: Any) -> dict[str, Any]:
        """A write's answer, remembered for `repeat`."""
        ask = Ask(tool, arguments, caller, TELEPHONES[caller], id=f"write-{len(self.told)}")
        item = self.send(ask)
        assert "error" not in item
        self.told.append(Told(ask, item))
        return json.loads(item["result"])

    def send(self, ask: Ask) -> dict[str, Any]:
        return self.clinic.asked(ask.tool, ask.arguments, call=ask.call, caller=ask.caller, id=ask.id)


def test_whatever_several_callers_do_what_they_are_told_is_what_the_diary_holds(clinic: Clinic) -> None:
    clinic.do("UPDATE providers SET is_active = id = ANY (%s)", list(PROVIDERS))
    clinic.do(
        "INSERT INTO time_off (org_id, starts_at, ends_at) VALUES (%s, %s, %s)",
        clinic.org_id,
        visits.instant(clinic, CLOSES.isoformat()),
        visits.instant(clinic, at("23:00")),
    )
    with clinic.rows() as kept:
        kept.commit()
        watched = Watched(clinic.owner_url, kept=kept)
        run_state_machine_as_test(
            lambda: Desk(watched),  # pyright: ignore[reportArgumentType] - a factory serves as well as a class
            settings=settings(max_examples=25, stateful_step_count=20, deadline=None),
        )
