"""Appointments as OSCAR has them: read as visits, written whole, weighed against each other; pure."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from frontdesk.emr import oscar_times as times
from frontdesk.emr.emr import Draft, Visit
from frontdesk.emr.oscar_server import Server

Row = Mapping[str, Any]

_MARK: Final = "frontdesk:"
"""Before our marker in `remarks`, which OSCAR's screens don't show; the column has 50 characters."""
_FREE: Final = ("cancelled", "noshow")
_JUNO_REFUSES: Final = re.compile(r"[<>\"';\r\n]+")


def visit(row: Row, server: Server) -> Visit:
    """Of an `appointmentTransfer`. There is nothing by which OSCAR tells whether it changed."""
    start, end = times.span(row, server.zone)
    remarks = row.get("remarks") or ""
    return Visit(
        id=str(row["id"]),
        provider_id=row["providerNo"] or "",
        patient_id=str(row["demographicNo"]) if row["demographicNo"] else None,
        start=start,
        end=end,
        status=server.status(row["status"]),
        marker=remarks.removeprefix(_MARK) if remarks.startswith(_MARK) else None,
        version=None,
        type_name=row.get("type") or "",
    )


def new_row(draft: Draft, server: Server) -> dict[str, Any]:
    """What `addAppointment` is sent: each text cut to its column, which a strict database insists on."""

    def cut(text: str, most: int) -> str:
        return (_JUNO_REFUSES.sub(" ", text) if server.flavour == "juno" else text)[:most]

    return {
        "appointmentStartDateTime": times.wall(draft.start, server.zone),
        "appointmentEndDateTime": times.wall(draft.end, server.zone),
        "providerNo": draft.provider_id,
        "demographicNo": int(draft.patient_id),
        "programId": server.program_id,
        # Neither is filled in by the server: without a name the screen shows a blank, and a visit without a
        # status isn't listed.
        "name": cut(draft.patient_name, 50),
        "status": "t",
        "type": cut(draft.type_name, 50),
        "reason": cut(draft.reason, 80),
        "remarks": f"{_MARK}{draft.marker}",
    }


def whole(row: Row, server: Server, **changed: Any) -> dict[str, Any]:
    """What `updateAppointment` is sent so that what isn't in `changed` stays: all of it, for it overwrites.

    The end goes as its exclusive self; as it was read it would lose another second each time.
    """
    start, end = times.span(row, server.zone)
    sent = {
        name: value.replace(tzinfo=None) if isinstance(value, datetime) else value
        for name, value in row.items()
    }
    return (
        sent
        | {
            # The stored digits themselves: by way of an instant a wall time that is skipped would move.
            "appointmentStartDateTime": row["appointmentStartDateTime"].replace(tzinfo=None),
            "appointmentEndDateTime": row["appointmentStartDateTime"].replace(tzinfo=None) + (end - start),
        }
        | changed
    )


def at(provider_id: str, start: datetime, end: datetime, server: Server) -> dict[str, Any]:
    """The columns that say whose time, and when."""
    return {
        "providerNo": provider_id,
        "appointmentStartDateTime": times.wall(start, server.zone),
        "appointmentEndDateTime": times.wall(end, server.zone),
    }


def marked(row: Row, marker: str) -> dict[str, Any]:
    """The column of our marker, unless people have written something else there."""
    remarks = row.get("remarks") or ""
    return {"remarks": f"{_MARK}{marker}"} if not remarks or remarks.startswith(_MARK) else {}


def is_full(others: Iterable[Visit], start: datetime, end: datetime, most: int) -> bool:
    """Whether at some moment of that time `most` others are there; blocked time counts as one."""
    inside = [one for one in others if one.status not in _FREE and one.start < end and start < one.end]
    moments = {max(start, one.start) for one in inside}
    return any(sum(one.start <= moment < one.end for one in inside) >= most for moment in moments)


def changed_since(known: Visit, now: Visit) -> bool:
    """Whether staff have moved it, given it to somebody else, or the visit has begun."""
    is_elsewhere = (now.provider_id, now.patient_id, now.start) != (
        known.provider_id,
        known.patient_id,
        known.start,
    )
    return is_elsewhere or (now.status in ("arrived", "fulfilled", "noshow") and now.status != known.status)
