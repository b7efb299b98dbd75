"""Whose telephone number is whose, of all charts: read at night, for a search there takes seconds."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from frontdesk import zones
from frontdesk.call import between_calls
from frontdesk.db.claims import clinic_transaction
from frontdesk.emr import charts, mirror
from frontdesk.emr.emr import Charts, Emr, Gone
from frontdesk.emr.mirror import SQL

if TYPE_CHECKING:
    from frontdesk.emr.syncing import Turn

_NIGHT: Final = (2, 5)
"""Hours of the clinic's clocks."""
_SHARE_S: Final = 40
"""Of one reading: visits are read between."""
_PAGE_S: Final = 30
_BEGAN: Final = " "
"""Between when a pass began and where it goes on."""


class _State(NamedTuple):
    charts_position: str | None
    charts_read_at: datetime | None


class _Known(NamedTuple):
    emr_id: str


def read(turn: "Turn") -> None:
    """Goes on where the last reading stopped, at night, or by day until all have been read once.

    Raises what `Emr.everybody` does.
    """
    ends = min(turn.deadline - 10, time.monotonic() + _SHARE_S)
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        state = db.one(_State, SQL["charts_state"])
    if state is None or not _is_time(turn, state):
        return
    began, _, position = (state.charts_position or turn.began_at.isoformat()).partition(_BEGAN)
    while time.monotonic() < ends:
        try:
            page = turn.ask(_page_at(position), seconds=_PAGE_S)
        except Gone:  # from the beginning, the next time
            with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
                db.run(SQL["keep_charts_state"], position=None, read_at=None)
            return
        position = page.next or ""
        _keep(turn, page, datetime.fromisoformat(began))
        if not position:
            return


def _page_at(position: str) -> Callable[[Emr, float], Charts]:
    return lambda emr, ends: emr.everybody(position or None, deadline=ends)


def _keep(turn: "Turn", page: Charts, began_at: datetime) -> None:
    with clinic_transaction(turn.org_id, turn.deadline, source="schedule") as db:
        known = {one.emr_id for one in db.all(_Known, SQL["known_charts"], ids=[p.id for p in page.patients])}
        if known:
            call = between_calls(db)
            # In the order of their ids, as each is locked.
            for one in sorted(page.patients, key=lambda one: one.id):
                if one.id in known:
                    charts.taken_over(call, one, None)
        # After the charts are locked, as a call does it.
        mirror.store_patient_phones(db, page.patients, turn.began_at)
        if page.next is None:
            db.run(SQL["drop_unread_phones"], began_at=began_at)
            db.run(SQL["keep_charts_state"], position=None, read_at=began_at)
        else:
            position = f"{began_at.isoformat()}{_BEGAN}{page.next}"
            db.run(SQL["keep_charts_state"], position=position, read_at=None)


def _is_time(turn: "Turn", state: _State) -> bool:
    """Whether there is no index yet, or it is night, and this night's isn't done."""
    if state.charts_read_at is None:
        return True
    local = turn.now.astimezone(turn.zone)
    if not _NIGHT[0] <= local.hour < _NIGHT[1]:
        return False
    return state.charts_read_at < zones.midnight(turn.today, turn.zone) + timedelta(hours=_NIGHT[0] - 1)
