"""Our rows of visits follow what the EMR says of them: those in doubt, and those that staff have changed.

Here the EMR is right, whoever says otherwise. Nobody is told of what staff did there themselves.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from frontdesk.call import Freed, between_calls
from frontdesk.db.claims import clinic_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.emr.emr import Gone, Visit
from frontdesk.emr.mirror import SQL
from frontdesk.notifications.notices import note
from frontdesk.scheduling import desks, waitlist

_UNDER_WAY: Final = timedelta(seconds=15)
"""Whoever asked the EMR may still be at it, and needs no help."""
_LATE: Final = timedelta(seconds=60)
"""What an EMR was asked to write, and doesn't show by then, it never writes."""
_HOPELESS: Final = timedelta(minutes=15)
"""For so long a visit may still be found with a provider whose diary can't be read just now."""
_MOST: Final = 20
"""Visits that are looked at singly in one reading."""
_BLOCKS: Final = frozenset({"pending", "booked", "arrived", "fulfilled"})


class _Doubt(NamedTuple):
    id: int
    marker: str
    appointment_id: int
    patient_id: int | None


class _Apart(NamedTuple):
    appointment_id: int
    emr_id: str
    status: str
    """There."""
    provider_id: int
    """Here, as all that follows."""
    starts_at: datetime
    was: str
    is_elsewhere: bool
    """The EMR has it at another time, or with somebody else."""


class _Old(NamedTuple):
    row: dict[str, Any]
    provider_id: int
    starts_at: datetime
    status: str


class _Put(NamedTuple):
    id: int


class _Lost(Exception):
    """The times of these visits are somebody's here; nothing was changed."""

    def __init__(self, appointment_ids: set[int]) -> None:
        super().__init__()
        self.appointment_ids = appointment_ids


def settle(
    db: Transaction,
    provider_id: int,
    visits: Iterable[Visit],
    began_at: datetime,
) -> None:
    """Ends the doubt about visits that the EMR gave no sure answer of, and shows; as of `store_visits`.

    The clinic is told, for the caller was told that nobody knows.
    """
    ours = sorted((one for one in visits if one.marker), key=lambda one: (one.status != "cancelled", one.id))
    told = {one.marker: one for one in ours}
    doubts = db.all(
        _Doubt,
        SQL["doubts"],
        markers=list(told),
        begun_by=began_at - _UNDER_WAY,
    )
    for doubt in doubts:
        _found(db, doubt, told[doubt.marker], provider_id, began_at)


def give_up(
    db: Transaction,
    provider_ids: Iterable[int],
    since: datetime,
    until: datetime,
    began_at: datetime,
    *,
    is_everybody: bool,
) -> None:
    """Ends the doubt about visits that no diary shows, of those that began to be read at `began_at`.

    Staff may have taken one to another provider by then: while a diary can't be read, it may be in that one.
    """
    doubts = db.all(
        _Doubt,
        SQL["vain_doubts"],
        provider_ids=list(provider_ids),
        since=since,
        until=until,
        over_by=began_at - (_LATE if is_everybody else _HOPELESS),
    )
    for doubt in doubts:
        db.run(SQL["drop_visit"], id=doubt.id)
        _cancelled(db, [doubt.appointment_id], "cancelled", "not in the EMR")
        _note(db, doubt, "not_booked")


def _found(db: Transaction, doubt: _Doubt, found: Visit, provider_id: int, began_at: datetime) -> None:
    db.run(SQL["make_room"], emr_id=found.id)
    db.run(
        SQL["found_visit"],
        id=doubt.id,
        emr_id=found.id,
        provider_id=provider_id,
        starts_at=found.start,
        ends_at=found.end,
        status=found.status,
        version=found.version,
        began_at=began_at,
    )
    if found.status == "cancelled":
        _cancelled(db, [doubt.appointment_id], "cancelled", "in the EMR")
        _note(db, doubt, "not_booked")
    else:
        db.run(SQL["stands"], appointment_id=doubt.appointment_id)
        _note(db, doubt, "booked")


def _note(db: Transaction, doubt: _Doubt, what: str) -> None:
    whose = doubt.patient_id
    note(db, "emr_unsure", patient_id=whose, appointment_id=doubt.appointment_id, of=what)


def follow(org_id: UUID, visit: Callable[[str], Visit], deadline: float) -> None:
    """Brings rows of `appointments` to what the EMR says of them, after its diary has been read.

    What seems to be cancelled is looked at by itself first: it may be where no reading looks. A visit whose
    new time is somebody's here stays where it was until that is over. `visit` asks the EMR for one.
    """
    sure = _look_for_missing(org_id, visit, deadline)
    with clinic_transaction(org_id, deadline, source="schedule") as db:
        found = db.all(_Apart, SQL["apart"])
        apart = [one for one in found if one.status != "cancelled" or one.emr_id in sure]
        for status in {one.status for one in apart if one.status not in _BLOCKS}:
            of_them = [one.appointment_id for one in apart if one.status == status]
            _cancelled(db, of_them, status, "in the EMR" if status == "cancelled" else None)
        stay = [one for one in apart if not _is_moved(one) and one.status in _BLOCKS]
        for one in stay:
            db.run(SQL["change_status"], appointment_ids=[one.appointment_id], status=one.status, reason=None)
    moved = {one.appointment_id for one in apart if _is_moved(one)}
    while moved:
        try:
            _put(org_id, sorted(moved), deadline)
        except _Lost as lost:
            moved -= lost.appointment_ids
        else:
            return


def _is_moved(one: _Apart) -> bool:
    """Whether its row takes a time that it hasn't now."""
    return one.status in _BLOCKS and (one.is_elsewhere or one.was not in _BLOCKS)


def _look_for_missing(org_id: UUID, visit: Callable[[str], Visit], deadline: float) -> set[str]:
    """By their ids there: which visits were looked at, so that who is cancelled now really is."""
    with clinic_transaction(org_id, deadline, source="schedule") as db:
        missing = [one for one in db.all(_Apart, SQL["apart"]) if one.status == "cancelled"][:_MOST]
    for one in missing:
        with clinic_transaction(org_id, deadline, source="schedule") as db:
            began_at = db.value("SELECT clock_timestamp()")
        try:
            found = visit(one.emr_id)
        except Gone:
            continue
        if found.status == "cancelled":
            continue
        with clinic_transaction(org_id, deadline, source="schedule") as db:
            db.run(
                SQL["found_elsewhere"],
                emr_id=one.emr_id,
                provider_there=found.provider_id,
                starts_at=found.start,
                ends_at=found.end,
                status=found.status,
                version=found.version,
                began_at=began_at,
            )
    return {one.emr_id for one in missing}


def _cancelled(db: Transaction, appointment_ids: Sequence[int], status: str, reason: str | None) -> None:
    """They stand no more, so their times are free for who waits."""
    told = {"appointment_ids": list(appointment_ids), "status": status, "reason": reason}
    freed = db.all(Freed, SQL["change_status"], **told)
    if freed and status == "cancelled":
        waitlist.wake(between_calls(db), freed)


def _put(org_id: UUID, appointment_ids: list[int], deadline: float) -> None:
    """All of them where the EMR has them, so that two that change places can; raises `_Lost`."""
    with clinic_transaction(org_id, deadline, source="schedule") as db:
        db.run(desks.SQL["lock_caps"])  # in the order of a call's move: waking who waits may take it
        db.run(SQL["lock_providers_of"], appointment_ids=appointment_ids)
        old = db.all(_Old, SQL["take_out"], appointment_ids=appointment_ids)
        left = {one.row["id"]: one.row for one in old}
        for keeps_buffers in (True, False):  # rather without a pause after it than at a time that is wrong
            rows = json.dumps(list(left.values()))
            for put in db.all(_Put, SQL["put_back"], rows=rows, keeps_buffers=keeps_buffers):
                del left[put.id]
        if left:
            raise _Lost(set(left))
        freed = [Freed(one.provider_id, one.starts_at) for one in old if one.status in _BLOCKS]
        if freed:
            waitlist.wake(between_calls(db), freed)
