"""Writing visits on a FHIR server, so that of all who want one time one gets it.

What a server does against two visits at one time differs, and other people write there too; so each booking
is read again afterwards, whatever the strategy. Safe is only who has looked, after writing, and seen nobody:
of two who have written, the later look sees both. So who sees somebody older takes their own back, and who
sees somebody younger of ours waits for them to do so. The age decides who goes, never that both stay.
"""

import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from frontdesk import zones
from frontdesk.emr import fhir_resources as resources
from frontdesk.emr.emr import Conflict, Draft, NoAnswer, Visit
from frontdesk.emr.fhir_diary import Diary
from frontdesk.emr.fhir_json import Item
from frontdesk.emr.fhir_server import Strategy
from frontdesk.emr.fhir_wire import Refused
from frontdesk.emr.fhir_wire import resources as entries
from frontdesk.errors import DeadlineExceeded, ProviderFailed

PATIENCE_S: Final = 3.0
"""How long is waited for somebody younger to take theirs back; one who died meanwhile never does."""
LEFT_S: Final = 0.5
"""Kept of the deadline for taking ours back."""
_PAUSE_S: Final = 0.1
_REFUSING: Final = frozenset({"business-rule", "conflict", "duplicate"})


def book(diary: Diary, draft: Draft, most: int, *, deadline: float) -> Visit:
    """See `Emr.book`."""
    found = diary.marked(draft.marker, deadline=deadline) or _booked_or_found(diary, draft, deadline)
    when = resources.span(found)
    if when is not None and when[0] != draft.start:
        return diary.visit(found, deadline=deadline)  # staff have moved it since: it was looked at then
    with _unsure():
        stands = _settled(diary, found, draft, most, lambda own: _take_back(diary, own, deadline), deadline)
        return diary.visit(stands, deadline=deadline)


def move(diary: Diary, visit: Visit, draft: Draft, most: int, *, deadline: float) -> Visit:
    """See `Emr.move`."""
    before = diary.appointment(visit.id, deadline=deadline)
    if not resources.stands(before):
        raise Conflict
    is_there = resources.span(before) == (draft.start, draft.end)
    if is_there and resources.marker(before) == draft.marker:
        after = before  # an earlier try, whose answer was lost
    elif _has_changed(before, visit):
        raise Conflict
    else:
        after = _moved(diary, before, draft, deadline)
    with _unsure():

        def back(own: Item) -> None:
            roles = diary.roles(deadline=deadline)
            change = {key: before.get(key) for key in resources.moved(before, draft, (), roles)}
            taken = [one for one in resources.slot_ids(own) if one not in resources.slot_ids(before)]
            old = diary.slots_by_id(resources.slot_ids(before), deadline=deadline)
            _changed(diary, own, change, taking=old, freeing=taken, deadline=deadline)

        stands = _settled(diary, after, draft, most, back, deadline)
        return diary.visit(stands, deadline=deadline)


def cancel(diary: Diary, visit: Visit, *, deadline: float) -> None:
    """See `Emr.cancel`."""
    for is_last in (False, True):
        before = diary.appointment(visit.id, deadline=deadline)
        if before.get("status") == "cancelled":
            return
        if _has_changed(before, visit):
            raise Conflict
        try:
            _take_back(diary, before, deadline)
        except Refused as no:
            if not no.is_conflict:
                raise
            if is_last:  # a slot, or the visit: looked at anew once
                raise Conflict from None
        else:
            return


# ---------------------------------------------------------------------- writing


def _booked_or_found(diary: Diary, draft: Draft, deadline: float) -> Item:
    """The visit; of one whose answer was lost what the server shows, if it does."""
    try:
        return _booked(diary, draft, deadline)
    except NoAnswer:
        with suppress(ProviderFailed):
            if found := diary.marked(draft.marker, deadline=deadline):
                return found
        raise


def _booked(diary: Diary, draft: Draft, deadline: float) -> Item:
    for is_last in (False, True):
        try:
            return _WRITERS[diary.wire.server.strategy](diary, draft, deadline)
        except Conflict:
            taken = Conflict()
        except Refused as no:
            if not no.is_conflict:
                raise
            taken = None
        # It may be ours: written since we looked, by an earlier try whose answer was lost.
        if found := diary.marked(draft.marker, deadline=deadline):
            return found
        if taken or is_last:
            raise Conflict
    raise AssertionError


def _by_transaction(diary: Diary, draft: Draft, deadline: float) -> Item:
    slots = diary.free_slots(draft.provider_id, draft.start, draft.end, deadline=deadline)
    body = resources.appointment(draft, slots, status="booked", with_provider=True)
    request = {"method": "POST", "url": "Appointment"}
    made = {"fullUrl": "urn:uuid:7f0c55d2-31d3-4b57-8f0e-6f3d8b0a9c01", "resource": body, "request": request}
    return _transacted(diary, body, [made, *_slots(slots, "busy")], deadline)


def _by_post(diary: Diary, draft: Draft, deadline: float) -> Item:
    slots = diary.free_slots(draft.provider_id, draft.start, draft.end, deadline=deadline)
    # Oracle Health takes the patient alone, and puts the provider there by the slot.
    body = resources.appointment(draft, slots, status="booked", with_provider=False)
    same = {
        "identifier": f"{resources.VISIT}|{draft.marker}",
        "status": ",".join(resources.STANDING),
    }
    made, location = diary.wire.write(
        "POST", "Appointment", body, if_none_exist=urlencode(same), deadline=deadline
    )
    return _made(made, location, body)


def _by_operation(diary: Diary, draft: Draft, deadline: float) -> Item:
    body = resources.appointment(draft, (), status="proposed", with_provider=True)
    parameters = {"resourceType": "Parameters", "parameter": [{"name": "appt-resource", "resource": body}]}
    try:
        answer = diary.wire.operation("Appointment/$book", parameters, deadline=deadline, is_write=True)
    except Refused as no:
        if no.codes & _REFUSING:
            raise Conflict from None
        raise
    made = [answer, *entries(answer)]
    booked = [one for one in made if one.get("resourceType") == "Appointment" and resources.stands(one)]
    if not booked:  # such a server may say no in an answer that is well
        raise Conflict
    return booked[0]


_WRITERS: Final[Mapping[Strategy, Callable[[Diary, Draft, float], Item]]] = {
    "transaction": _by_transaction,
    "post_only": _by_post,
    "operation": _by_operation,
}


def _moved(diary: Diary, before: Item, draft: Draft, deadline: float) -> Item:
    own = resources.slot_ids(before)
    for is_last in (False, True):
        slots: list[Item] = []
        if diary.wire.server.strategy in ("transaction", "post_only"):
            slots = diary.free_slots(draft.provider_id, draft.start, draft.end, own=own, deadline=deadline)
        new = {one["id"] for one in slots}
        change = resources.moved(before, draft, slots, diary.roles(deadline=deadline))
        try:
            return _changed(
                diary,
                before,
                change,
                taking=[one for one in slots if one["id"] not in own],
                freeing=[one for one in own if one not in new],
                deadline=deadline,
            )
        except Refused as no:
            if not no.is_conflict:
                raise
            if is_last:
                raise Conflict from None
    raise AssertionError


def _take_back(diary: Diary, own: Item, deadline: float) -> None:
    freeing = resources.slot_ids(own)
    _changed(diary, own, resources.CANCELLED, taking=(), freeing=freeing, deadline=deadline)


def _changed(
    diary: Diary,
    before: Item,
    change: Item,
    *,
    taking: Iterable[Item],
    freeing: Iterable[str],
    deadline: float,
) -> Item:
    """The visit with that change, if nobody has changed it since; raises `Refused`."""
    strategy, version = diary.wire.server.strategy, resources.version(before)
    path = f"Appointment/{before['id']}"
    after = resources.changed(before, change)
    if strategy != "transaction":  # the server keeps its slots
        made, location = diary.wire.write(
            "PATCH", path, resources.patch(before, change), if_match=version, deadline=deadline
        )
        return _made(made, location or path, after)
    request = {"method": "PUT", "url": path} | ({"ifMatch": f'W/"{version}"'} if version else {})
    freed = [one for one in diary.slots_by_id(freeing, deadline=deadline) if one.get("status") == "busy"]
    own = {"resource": after, "request": request}
    return _transacted(diary, after, [own, *_slots(taking, "busy"), *_slots(freed, "free")], deadline)


def _slots(slots: Iterable[Item], status: str) -> list[Item]:
    """Entries that give them that status if nobody has changed them since."""
    found: list[Item] = []
    for one in slots:
        request = {"method": "PUT", "url": f"Slot/{one['id']}"}
        if version := resources.version(one):
            request["ifMatch"] = f'W/"{version}"'
        found.append({"resource": one | {"status": status}, "request": request})
    return found


def _transacted(diary: Diary, body: Item, parts: list[Item], deadline: float) -> Item:
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": parts}
    answer, _ = diary.wire.write("POST", "", bundle, deadline=deadline)
    with _as_documented():
        first = answer["entry"][0]
        return _made(first.get("resource") or {}, first["response"].get("location", ""), body)
    raise AssertionError


def _made(made: Item, location: str, body: Item) -> Item:
    """What was written, with its id; a server that is asked to say what stands there needn't."""
    if made.get("resourceType") == "Appointment" and "id" in made:
        return made
    key = resources.id_of({"reference": location}, "Appointment") or body.get("id")
    if not key:
        raise NoAnswer("the server doesn't say what it made")
    return body | {"id": key}


# ---------------------------------------------------------------------- looking again


def _settled(
    diary: Diary, own: Item, draft: Draft, most: int, back: Callable[[Item], None], deadline: float
) -> Item:
    """Our visit as it stands, nobody else beside it; else it is taken back, and `Conflict` raised."""
    until = min(time.monotonic() + PATIENCE_S, deadline - LEFT_S)
    begins = zones.midnight(draft.start.astimezone(diary.wire.server.zone).date(), diary.wire.server.zone)
    while True:
        there = diary.appointments(draft.provider_id, begins, draft.end, deadline=deadline)
        mine = next((one for one in there if one["id"] == own["id"]), None)
        if mine is not None:
            if not resources.stands(mine):
                raise Conflict  # staff have taken it out already
            # Staff who came after ours saw it, and know what they do.
            others = [
                one
                for one in there
                if _meets(one, draft)
                and one["id"] != own["id"]
                and (resources.marker(one) is not None or resources.age(one) < resources.age(mine))
            ]
            if len(others) < most:
                return mine
            if sum(resources.age(one) < resources.age(mine) for one in others) >= most:
                back(mine)
                raise Conflict
        if time.monotonic() + _PAUSE_S > until:
            back(mine or diary.appointment(own["id"], deadline=deadline))
            if mine is None:
                raise ProviderFailed("a booking doesn't show in its provider's diary")
            raise Conflict
        time.sleep(_PAUSE_S)


def _meets(one: Item, draft: Draft) -> bool:
    when: tuple[datetime, datetime] | None = resources.span(one)
    return when is not None and resources.stands(one) and when[0] < draft.end and draft.start < when[1]


def _has_changed(before: Item, visit: Visit) -> bool:
    if visit.version is not None:
        return resources.version(before) != visit.version
    return resources.span(before) != (visit.start, visit.end)


@contextmanager
def _unsure() -> Generator[None]:
    """After a write: whatever fails now leaves open whether it stands."""
    try:
        yield
    except NoAnswer:
        raise
    except (ProviderFailed, DeadlineExceeded) as error:
        raise NoAnswer(f"written, and then: {type(error).__name__}") from error


@contextmanager
def _as_documented() -> Generator[None]:
    try:
        yield
    except (LookupError, TypeError, AttributeError):
        raise NoAnswer("the answer of a transaction is not as documented") from None
