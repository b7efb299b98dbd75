"""The diary of a FHIR server: whose schedules there are, their slots, the visits in them.

What seldom changes (roles and schedules) is kept for some minutes, so that a provider's openings cost one
request and their visits two.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from frontdesk import zones
from frontdesk.emr import fhir_resources as resources
from frontdesk.emr.emr import Conflict, Gone, Opening, Provider, Visit
from frontdesk.emr.fhir_json import Item
from frontdesk.emr.fhir_wire import Refused, Wire, escaped
from frontdesk.emr.fhir_wire import resources as entries

KEPT_S: Final = 600
_PAGE: Final = ("_count", "200")
_BLOCKED: Final = "Slot-"
"""Before a slot's id, the id of the time that it blocks."""

_Kept = TypeVar("_Kept")


class Diary:
    """One server's."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self._kept: dict[str, tuple[float, object]] = {}

    # ------------------------------------------------------------------ who

    def providers(self, *, deadline: float) -> list[Provider]:
        """All of them, by their roles where the server has roles."""
        found = self._all_roles(deadline)
        if not any(one.get("resourceType") == "PractitionerRole" for one in found):
            found = self.wire.search("Practitioner", [_PAGE], deadline=deadline)
        return resources.providers(found)

    def roles(self, *, deadline: float) -> Mapping[str, str]:
        """Practitioners' ids by those of their roles."""
        return self._remembered(
            "roles",
            lambda: {
                one["id"]: resources.id_of(one.get("practitioner"), "Practitioner")
                for one in self._all_roles(deadline)
                if one.get("resourceType") == "PractitionerRole"
            },
        )

    def actors(self, provider_id: str, *, deadline: float) -> str:
        """The provider as a value of a search: themselves, and their roles."""
        roles = self.roles(deadline=deadline)
        own = [f"PractitionerRole/{role}" for role, whose in roles.items() if whose == provider_id]
        return ",".join([f"Practitioner/{escaped(provider_id)}", *own])

    def _all_roles(self, deadline: float) -> list[Item]:
        query = [("_include", "PractitionerRole:practitioner"), _PAGE]
        try:
            return self.wire.search("PractitionerRole", query, deadline=deadline)
        except Refused as no:
            if no.is_unknown:
                return []
            raise

    # ------------------------------------------------------------------ slots

    def schedules(self, provider_id: str, *, deadline: float) -> list[str]:
        """Ids of those that are in use."""

        def asked() -> list[str]:
            actors = self.actors(provider_id, deadline=deadline)
            found = self.wire.search("Schedule", [("actor", actors), _PAGE], deadline=deadline)
            return [
                one["id"]
                for one in found
                if one.get("resourceType") == "Schedule" and one.get("active") is not False
            ]

        return self._remembered(f"schedules of {provider_id}", asked)

    def slots(self, provider_id: str, start: datetime, end: datetime, *, deadline: float) -> list[Item]:
        """That begin in this time, ascending, whatever their status; none of whom has no schedule."""
        schedules = self.schedules(provider_id, deadline=deadline)
        if not schedules:
            return []
        whose = ",".join(f"Schedule/{one}" for one in schedules)
        query = [("schedule", whose), *_within("start", start, end), _PAGE]
        found = self.wire.search("Slot", query, deadline=deadline)
        return sorted(_beginning(found, "Slot", start, end), key=lambda one: resources.span(one) or ())

    def openings(self, provider_id: str, start: datetime, end: datetime, *, deadline: float) -> list[Opening]:
        """Those of `Emr.openings`."""
        if self.wire.server.strategy == "operation":
            found = self._found(provider_id, start, end, deadline)
        else:
            found = self.slots(provider_id, start, end, deadline=deadline)
        told = dict.fromkeys(one for slot in found if (one := resources.opening(slot)))
        return sorted(told)

    def _found(self, provider_id: str, start: datetime, end: datetime, deadline: float) -> list[Item]:
        """What `$find` proposes (IHE ITI Scheduling, "Find Appointments")."""
        parameters = {
            "resourceType": "Parameters",
            "parameter": [
                {"name": "start", "valueDateTime": resources.instant_text(start)},
                {"name": "end", "valueDateTime": resources.instant_text(end)},
                {"name": "practitioner", "valueReference": {"reference": f"Practitioner/{provider_id}"}},
            ],
        }
        answer = self.wire.operation("Appointment/$find", parameters, deadline=deadline, is_write=False)
        proposed = _beginning(entries(answer), "Appointment", start, end)
        return [one | {"status": "free"} for one in proposed if one.get("status") == "proposed"]

    def free_slots(
        self,
        provider_id: str,
        start: datetime,
        end: datetime,
        *,
        own: Iterable[str] = (),
        deadline: float,
    ) -> list[Item]:
        """That this time takes up, without a gap. `own` are slots of the visit's own, busy by itself.

        Raises `Conflict`: one isn't free, or there is no such time.
        """
        whole_day = zones.midnight(start.astimezone(self.wire.server.zone).date(), self.wire.server.zone)
        found: list[Item] = []
        until, mine = start, frozenset(own)
        for slot in self.slots(provider_id, whole_day, end, deadline=deadline):
            when = resources.span(slot)
            if when is None or when[1] <= start or slot.get("status") == "entered-in-error":
                continue
            if slot.get("status") != "free" and slot["id"] not in mine:
                raise Conflict
            if when[0] <= until < when[1]:
                found.append(slot)
                until = when[1]
        if until < end:
            raise Conflict
        return found

    def slots_by_id(self, keys: Iterable[str], *, deadline: float) -> list[Item]:
        """Those of them that are there."""
        wanted = list(keys)
        if not wanted:
            return []
        found = self.wire.search("Slot", [("_id", ",".join(wanted)), _PAGE], deadline=deadline)
        return [one for one in found if one.get("resourceType") == "Slot" and one.get("id") in wanted]

    # ------------------------------------------------------------------ visits

    def appointments(
        self, provider_id: str, start: datetime, end: datetime, *, deadline: float
    ) -> list[Item]:
        """That begin in this time, whatever their status."""
        actors = self.actors(provider_id, deadline=deadline)
        query = [("actor", actors), *_within("date", start, end), _PAGE]
        found = self.wire.search("Appointment", query, deadline=deadline)
        roles = self.roles(deadline=deadline)
        # A server that doesn't know a parameter may leave it out.
        return [
            one
            for one in _beginning(found, "Appointment", start, end)
            if provider_id in resources.practitioners(one, roles)
        ]

    def visits(self, provider_id: str, start: datetime, end: datetime, *, deadline: float) -> list[Visit]:
        """Those of `Emr.visits`, and time that is taken without a visit that may be seen."""
        there = self.appointments(provider_id, start, end, deadline=deadline)
        standing = {key for one in there if resources.stands(one) for key in resources.slot_ids(one)}
        told = [visit for one in there if (visit := self.told(one, deadline=deadline))]
        if self.wire.server.strategy == "operation":  # what such a server has of slots is its own affair
            return sorted(told, key=_by_start)
        for slot in self.slots(provider_id, start, end, deadline=deadline):
            when = resources.span(slot)
            is_taken = slot.get("status") in ("busy", "busy-unavailable", "busy-tentative")
            if not is_taken or when is None or slot["id"] in standing:
                continue
            if not any(
                one.start < when[1] and when[0] < one.end for one in told if one.status != "cancelled"
            ):
                told.append(Visit(f"{_BLOCKED}{slot['id']}", provider_id, None, *when, "booked", None, None))
        return sorted(told, key=_by_start)

    def visits_of(self, patient_id: str, since: datetime, *, deadline: float) -> list[Visit]:
        """Those of `Emr.visits_of`."""
        query = [("patient", f"Patient/{escaped(patient_id)}"), *_within("date", since, None), _PAGE]
        found = self.wire.search("Appointment", query, deadline=deadline)
        told = [
            visit
            for one in found
            if one.get("resourceType") == "Appointment" and (visit := self.told(one, deadline=deadline))
        ]
        return sorted(
            (one for one in told if one.patient_id == patient_id and one.start >= since), key=_by_start
        )

    def marked(self, marker: str, *, deadline: float) -> Item | None:
        """The visit of ours with this mark, if it stands."""
        query = [("identifier", f"{resources.VISIT}|{escaped(marker)}"), _PAGE]
        found = self.wire.search("Appointment", query, deadline=deadline)
        ours = [one for one in found if resources.marker(one) == marker and resources.stands(one)]
        return min(ours, key=resources.age, default=None)

    def appointment(self, key: str, *, deadline: float) -> Item:
        """Raises `Gone`."""
        return self.wire.read("Appointment", key, deadline=deadline)

    def told(self, one: Item, *, deadline: float) -> Visit | None:
        """A visit in our words; None: it has no time."""
        return resources.visit(one, self.roles(deadline=deadline))

    def visit(self, one: Item, *, deadline: float) -> Visit:
        """The same; raises `Gone` of one that has no time."""
        found = self.told(one, deadline=deadline)
        if found is None:
            raise Gone
        return found

    def days(self, first: date, last: date) -> tuple[datetime, datetime]:
        """When they begin and end, in the clinic's zone."""
        zone = self.wire.server.zone
        return zones.midnight(first, zone), zones.midnight(last + timedelta(days=1), zone)

    def _remembered(self, what: str, asked: Callable[[], _Kept]) -> _Kept:
        now = time.monotonic()
        with suppress(KeyError):
            asked_at, found = self._kept[what]
            if now - asked_at < KEPT_S:
                return found  # pyright: ignore[reportReturnType] - of what this same name asked before
        found = asked()
        self._kept[what] = now, found
        return found


def _within(name: str, start: datetime, end: datetime | None) -> list[tuple[str, str]]:
    found = [(name, f"ge{resources.instant_text(start)}")]
    return found if end is None else [*found, (name, f"lt{resources.instant_text(end)}")]


def _beginning(found: Iterable[Item], kind: str, start: datetime, end: datetime) -> list[Item]:
    return [
        one
        for one in found
        if one.get("resourceType") == kind and (when := resources.span(one)) and start <= when[0] < end
    ]


def _by_start(one: Visit) -> tuple[datetime, str]:
    return one.start, one.id
