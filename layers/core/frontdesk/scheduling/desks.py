"""What a clinic offers: who sees patients, when in the week, for which kinds of visit, and how many."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

from frontdesk.call import Call, Clinic
from frontdesk.db import queries
from frontdesk.db.transaction import Ask
from frontdesk.scheduling.hours import Shift
from frontdesk.scheduling.providers import AppointmentType, Provider
from frontdesk.scheduling.rules import Rules
from frontdesk.speech.language import Language

SQL: Final = queries.beside(__file__)


class Cap(NamedTuple):
    """At most so many visits in a local day, or in a week from Monday on."""

    provider_id: int | None
    """None: of all providers together."""
    type_id: int | None
    """None: of every kind."""
    period: str
    """`day` or `week`."""
    most: int

    def counts(self, provider_id: int, type_id: int) -> bool:
        """Whether a visit of that kind with that provider is one of those it counts."""
        return self.provider_id in (None, provider_id) and self.type_id in (None, type_id)


class Location(NamedTuple):
    """A place where the clinic sees patients, one of several."""

    id: int
    name: str
    name_zh: str | None

    def name_in(self, language: Language) -> str:
        """The place as it is said in that language."""
        return self.name_zh or self.name if language == "zh" else self.name


class Calendar(NamedTuple):
    """A provider's own, at Google or Microsoft."""

    provider_id: int
    id: int
    connection_id: int
    vendor: Literal["google", "outlook"]
    vendor_id: str
    lookup: str | None
    """As `calendars.vendors` has it."""
    time_zone: str | None
    pulled_at: str | None
    """ISO 8601: everything that was in it then is known; None: nothing is yet."""
    may_be_asked: bool
    """Whether the vendor would answer, as far as we know."""


class _Shift(NamedTuple):
    provider_id: int
    weekday: int
    starts: time
    ends: time
    location_id: int | None


class _Particulars(NamedTuple):
    """What most clinics have none of, as JSON; null then."""

    provider_types: list[dict[str, Any]] | None
    caps: list[dict[str, Any]] | None
    locations: list[dict[str, Any]] | None
    calendars: list[dict[str, Any]] | None
    codes: list[dict[str, Any]] | None


class _Differing(NamedTuple):
    """A provider who doesn't do a kind of visit, or does it in another length."""

    is_offered: bool
    duration_min: int | None


class Desk(NamedTuple):
    """What the clinic offers, of nobody who has left."""

    providers: Mapping[int, Provider]
    types: list[AppointmentType]
    shifts: Mapping[int, list[Shift]]
    """By provider id."""
    differing: Mapping[tuple[int, int], _Differing]
    """By provider and type."""
    caps: list[Cap]
    locations: Mapping[int, Location]
    calendars: Mapping[int, Calendar]
    """By provider id; of those who have one."""
    codes: Mapping[int, list[str]]
    """By type: in which of the EMR's openings it may lie; of a type that isn't here in any."""

    def place(self, location_id: int | None, language: Language) -> str | None:
        """The location as it is said in that language; None at a clinic with one place."""
        location = self.locations.get(location_id or 0)
        return location and location.name_in(language)

    def stale(self, call: Call[Any], provider_ids: Iterable[int]) -> list[int]:
        """Those of whose own calendar we know nothing so young as the clinic wants it."""
        if not self.calendars:
            return []
        oldest = call.now - timedelta(minutes=call.clinic.calendar_fresh_min)
        of = ((one, self.calendars[one].pulled_at) for one in provider_ids if one in self.calendars)
        return [one for one, pulled_at in of if not pulled_at or datetime.fromisoformat(pulled_at) < oldest]

    def does(self, provider_id: int, kind: AppointmentType) -> bool:
        """Whether that provider sees patients for that kind of visit."""
        differing = self.differing.get((provider_id, kind.id))
        return differing is None or differing.is_offered

    def rules(self, clinic: Clinic, kind: AppointmentType, provider_id: int) -> Rules:
        """How that kind is booked with that provider."""
        differing = self.differing.get((provider_id, kind.id))
        return _rules(
            duration_min=(differing and differing.duration_min) or kind.duration_min,
            buffer_before_min=kind.buffer_before_min,
            buffer_after_min=kind.buffer_after_min,
            cleanup_min=clinic.cleanup_min,
            buffers_inside_hours=clinic.buffers_inside_hours,
            notice_min=clinic.notice_min,
            horizon_days=clinic.horizon_days,
            slot_interval_min=clinic.slot_interval_min,
            slot_offset_min=clinic.slot_offset_min,
            packed=clinic.packed,
        )

    def caps_on(self, provider_id: int, type_id: int) -> list[Cap]:
        """The caps that a visit of that kind with that provider comes under."""
        return [cap for cap in self.caps if cap.counts(provider_id, type_id)]


@lru_cache(maxsize=256)
def _rules(**values: Any) -> Rules:
    """Every value was checked by Postgres when the clinic saved it. Kept, for a call asks many times over."""
    return Rules.model_construct(**values)


def of_clinic(call: Call[Any]) -> Desk:
    """Read in one round trip."""
    providers, types, shifts, [particulars] = call.db.together(
        Ask(Provider, SQL["providers"], {}),
        Ask(AppointmentType, SQL["appointment_types"], {}),
        Ask(_Shift, SQL["shifts"], {}),
        Ask(_Particulars, SQL["particulars"], {}),
    )
    by_provider: dict[int, list[Shift]] = {provider.id: [] for provider in providers}
    for shift in shifts:
        if shift.provider_id in by_provider:
            by_provider[shift.provider_id].append(Shift(*shift[1:]))
    return Desk(
        {provider.id: provider for provider in providers},
        types,
        by_provider,
        {
            (one["provider_id"], one["type_id"]): _Differing(one["is_offered"], one["duration_min"])
            for one in particulars.provider_types or ()
        },
        [Cap(**one) for one in particulars.caps or ()],
        {one["id"]: Location(**one) for one in particulars.locations or ()},
        {one["provider_id"]: Calendar(**one) for one in particulars.calendars or ()},
        {one["type_id"]: one["codes"] for one in particulars.codes or ()},
    )


def lock_caps(call: Call[Any], desk: Desk) -> None:
    """Lets those who take times at a clinic with caps do so one after the other; to be called before looking.

    What a cap counts can't be a constraint, and the last place under one is had once.
    """
    if desk.caps:
        call.db.run(SQL["lock_caps"])
