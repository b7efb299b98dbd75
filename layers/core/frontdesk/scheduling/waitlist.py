"""The waitlist, and how it fills: a freed time is kept for one who waits at a time, in order."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from frontdesk import zones
from frontdesk.call import Call, Freed, Kept
from frontdesk.db import queries
from frontdesk.errors import Declined
from frontdesk.notifications import notices
from frontdesk.patients import names
from frontdesk.scheduling import desks, diary, eligibility, holds
from frontdesk.scheduling.desks import Desk
from frontdesk.scheduling.diary import Diary
from frontdesk.scheduling.openings import Start
from frontdesk.scheduling.providers import AppointmentType
from frontdesk.scheduling.wishes import Wish, suits
from frontdesk.speech import sentences

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SQL: Final = queries.beside(__file__)

MOST_ENTRIES_A_DAY: Final = 10
"""New ones by one number, counted from the clinic's midnight: the clinic may call each of them."""
_LOST_RACES: Final = 3
"""Entries that could not be given a time, before it is taken to be somebody's."""


class TooManyEntries(Declined):
    """This number has put as many people on the list today as it may."""

    fact = "This number has reached its waitlist entries for today. Transfer with reason out_of_scope."


class Sought(NamedTuple):
    """What a caller asked the finder for, as it is remembered for them."""

    type_id: int
    provider_ids: list[int]
    wish: Wish

    def as_json(self) -> str:
        """For the database: places, not names; nothing in it says who."""
        return json.dumps(
            {"typeId": self.type_id, "providerIds": self.provider_ids, "wish": self.wish}, default=_plain
        )


class _Added(NamedTuple):
    id: int
    was_already: bool


class _Entry(NamedTuple):
    id: int
    patient_id: int | None
    sought: dict[str, Any]
    """Empty for somebody who asked for nothing in particular."""


def key_of(first_name: str, last_name: str) -> str:
    """What a person is told by on the list, beside their number."""
    # In order of the alphabet: callers, and models, put first and last names either way round.
    return " ".join(sorted(names.fold(f"{last_name} {first_name}").split()))


def add(call: Call[Any], *, first_name: str, last_name: str, phone: str, notes: str) -> tuple[int, bool]:
    """The entry's id, and whether the person was on the list before; a person is on it once.

    They wait for what this call last asked the finder for; for anything, if it asked nothing. What somebody
    else waits for stays as it is. Raises `TooManyEntries`.
    """
    since = {"since": call.midnight, "caller_number": call.caller_number, "call_id": call.id}
    if call.db.value(SQL["waitlisted_since"], **since) >= MOST_ENTRIES_A_DAY:
        raise TooManyEntries(say=sentences.TOO_MANY_REGISTRATIONS.say(call.language), transfer=True)
    entry = call.db.one(
        _Added,
        SQL["add_to_waitlist"],
        first_name=first_name,
        last_name=last_name,
        name_key=key_of(first_name, last_name),
        phone=phone,
        notes=notes,
        call_id=call.id,
        patient_id=call.proven_patient_id,
        own_number=call.caller_number if call.is_inbound or call.is_ours else None,
    )
    assert entry is not None  # noqa: S101 - an upsert gives a row
    if not entry.was_already:
        notices.note(
            *(call.db, "waitlisted"), call_id=call.id, patient_id=call.proven_patient_id, of=str(entry.id)
        )
    return entry.id, entry.was_already


def wake(call: Call[Any], freed: Sequence[Freed]) -> int:
    """Keeps each freed time for the first who waits for such a one; returns how many are kept now."""
    kept = 0
    desk: Desk | None = None
    for provider_id, starts_at in freed:
        at = zones.utc(starts_at)
        time = {"provider_id": provider_id, "starts_at": at}
        waiting = call.db.all(_Entry, SQL["waiting"], **time, day=zones.today(at, call.clinic.zone))
        if not waiting or at <= zones.utc(call.now):
            continue
        if desk is None:
            desk = desks.of_clinic(call)
            desks.lock_caps(call, desk)
        call.db.run(SQL["settle_offer"], **time, now=call.now)
        if provider_id in desk.providers and _keep(call, desk, provider_id, at, waiting):
            kept += 1
    return kept


def talk_about(call: Call[Any], kept: Kept) -> None:
    """Keeps it for as long as a hold lasts, should its time be up before."""
    call.db.run(
        SQL["talk_about_kept"],
        id=kept.hold_id,
        held_until=call.now + holds.HOLD,
        longest=timedelta(minutes=call.clinic.waitlist_offer_min) + holds.HOLD,
        now=call.now,
    )


def pass_on(call: Call[Any]) -> int:
    """Settles the offers that nobody took, and keeps their times for the next; returns how many are kept."""
    return wake(call, call.db.all(Freed, SQL["passed_offers"], now=call.now))


def _keep(call: Call[Any], desk: Desk, provider_id: int, at: datetime, waiting: Sequence[_Entry]) -> bool:
    read = diary.around(call, desk, [provider_id], at)
    start = Start(at, provider_id, read.location_of(provider_id, at))
    until = min(call.now + timedelta(minutes=call.clinic.waitlist_offer_min), at)
    lost = 0
    for entry in waiting:
        kind = _kind_for(call, desk, read, entry, start)
        if kind is None:
            continue
        rules = desk.rules(call.clinic, kind, provider_id)
        if holds.keep(call, start, kind, rules, waitlist_id=entry.id, until=until) is None:
            # This entry got another time just now, and the next one has the chance; or somebody has this one.
            lost += 1
            if lost == _LOST_RACES:
                return False
            continue
        call.db.run(
            SQL["offer_to_waiting"],
            waitlist_id=entry.id,
            provider_id=provider_id,
            starts_at=at,
            now=call.now,
            until=until,
        )
        return True
    return False


def _kind_for(
    call: Call[Any], desk: Desk, read: Diary, entry: _Entry, start: Start
) -> AppointmentType | None:
    """The kind of visit that person waits for and could have then; None when there is none."""
    sought = _read(entry.sought)
    if sought is not None and (
        start.provider_id not in sought.provider_ids or not suits(sought.wish, start.at, call.clinic.zone)
    ):
        return None
    kinds = (kind for kind in desk.types if sought is None or kind.id == sought.type_id)
    return next(
        (
            kind
            for kind in kinds
            if desk.does(start.provider_id, kind)
            and read.why_not(start.provider_id, kind, start.at) is None
            and not (entry.patient_id and eligibility.is_only_for_others(call, kind, entry.patient_id))
        ),
        None,
    )


def _read(sought: dict[str, Any]) -> Sought | None:
    if not sought:
        return None
    return Sought(sought["typeId"], sought["providerIds"], _wishes().validate_python(sought["wish"]))


@cache
def _wishes() -> "TypeAdapter[Wish]":
    from pydantic import TypeAdapter  # only a freed time is worth building a validator for

    return TypeAdapter(Wish)


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else str(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
