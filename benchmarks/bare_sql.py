"""The floor: the same statements as each tool sends, in the same round trips, by psycopg and nothing else.

No HTTP, no envelope, no validation, no rules: which start and which patient, the caller of `ask` knows.
`tests/benchmarks` holds them equal to what the handlers send.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

import psycopg
from psycopg.rows import TupleRow

from benchmarks.clinic import ZONE
from benchmarks.traffic import CREATE, FIND, SEARCH, Asked
from frontdesk import zones
from frontdesk.calls import memory
from frontdesk.notifications import notices
from frontdesk.patients.patient import SQL as OF_PATIENTS
from frontdesk.scheduling.desks import SQL as OF_SCHEDULING
from frontdesk.scheduling.openings import _STRETCHES_DAYS  # pyright: ignore[reportPrivateUsage]

Connection = psycopg.Connection[TupleRow]

OPEN: Final = (
    b"SELECT organization, call_language, proven_patient_id, failed_proofs, is_new, is_same, earlier, at"
    b" FROM desk.open_call(%s::text, %s::text[], %s::text, %s::text, %s::text, %s::text, %s::text, %s::bytea,"
    b" %s::int, %s::text)"
)
CLOSE: Final = (
    b"SELECT desk.close_call(%s::text, %s::text, %s::text, %s::text, %s::int, %s::text, %s::bigint, %s::int,"
    b" %s::text, %s::bigint, %s::bigint, %s::jsonb, %s::bigint[])"
)
_VISIT: Final = timedelta(minutes=30)
_DAY: Final = timedelta(days=1)
_ANSWER: Final = json.dumps({"status": "BOOKED", "booked": True, "say": "x" * 300})
"""As long as the answer that is kept of a booking."""
_SOUGHT: Final = json.dumps(
    {"typeId": 1000, "providerIds": [1] * 4, "wish": ["2026-03-02", "2026-08-29", [[None, None, []]], []]}
)
"""As long as what is kept of a search, for the waitlist."""


def connect(url: str) -> Connection:
    """A connection as the tools have theirs."""
    return psycopg.connect(url, autocommit=True, options="-c TimeZone=UTC")


def ask(connection: Connection, one: Asked) -> None:
    """Does in Postgres what the tool would do."""
    now = _open(connection, one)
    appointment_id = _WORK[one.tool](connection, one, now)
    with connection.pipeline():
        connection.execute(
            CLOSE,
            (
                *(one.call_id, one.tool_call_id, _ANSWER if one.tool == CREATE else None, "done", 2, "en"),
                *(one.patient_id if one.tool == SEARCH else None, 0, one.tool),
                *(None if one.tool == FIND else one.patient_id, appointment_id),
                _SOUGHT if one.tool == FIND else None,
                None,
            ),
            prepare=True,
        )
        connection.execute(b"COMMIT")


def _open(connection: Connection, one: Asked) -> datetime:
    digest = hashlib.sha256(json.dumps(one.arguments, sort_keys=True).encode()).digest()
    told = one.arguments.get("language")
    values: tuple[object, ...] = (
        one.called,
        [],
        one.call_id,
        "inboundPhoneCall",
        one.caller,
        one.tool_call_id,
        one.tool,
        digest,
        3000,
    )
    with connection.pipeline():
        connection.execute(b"BEGIN")
        cursor = connection.execute(OPEN, (*values, told), prepare=True)
        connection.execute(b"SAVEPOINT handler")
    row = cursor.fetchone()
    assert row is not None
    return row[7]


def _search(connection: Connection, one: Asked, now: datetime) -> None:
    run = _runner(connection, OF_PATIENTS)
    run("failed_proofs_since", caller_number=one.caller, since=now - timedelta(days=1))
    born = date.fromisoformat(one.arguments["dateOfBirth"])
    assert run("by_phone", phone=one.caller, birth_date=born)
    remembered = memory.ask_of(one.patient_id)
    with connection.pipeline():
        run("tell", patient_id=one.patient_id, call_id=one.call_id, now=now)
        connection.execute(remembered.query.encode(), remembered.values, prepare=True)


def _find(connection: Connection, one: Asked, now: datetime) -> None:
    first = date.fromisoformat(one.arguments["startDate"])
    providers, type_id = _desk(connection)
    mine = {"now": now, "call_id": one.call_id}
    _together(
        connection,
        ("lock_number", {"capped_as": one.caller}),
        ("live_holds", {"capped_as": one.caller, **mine}),
        ("kept", {"phone": one.caller, "patient_id": None, "now": now}),
        ("drop_holds", mine),
    )
    _diary(connection, one, now, providers, first, first + (_STRETCHES_DAYS[0] - 1) * _DAY)
    start = zones.instant(datetime.fromisoformat(one.start), ZONE)
    # Of three offers, whose doctors are tied: two that day and one on the next.
    midnights = [zones.midnight(start.astimezone(ZONE).date() + n * _DAY, ZONE) for n in (0, 0, 1, 2)]
    run = _runner(connection, OF_SCHEDULING)
    run(
        "shared_out",
        provider_ids=providers,
        midnights=midnights[:-1],
        next_midnights=[midnights[2], *midnights[2:]],
        patient_id=None,
        phone=one.caller,
    )
    assert run(
        "hold",
        provider_id=one.provider_id,
        location_id=None,
        type_id=type_id,
        **_at(start),
        held_until=now + timedelta(minutes=5),
        call_id=one.call_id,
        capped_as=one.caller,
        waitlist_id=None,
    )


def _create(connection: Connection, one: Asked, now: datetime) -> int:
    assert _runner(connection, OF_PATIENTS)("by_id", id=one.patient_id)
    run = _runner(connection, OF_SCHEDULING)
    _, type_id = _desk(connection)
    start = zones.instant(datetime.fromisoformat(one.start), ZONE)
    whose = {"patient_id": one.patient_id, "type_id": type_id, "provider_id": one.provider_id}
    midnight = zones.midnight(now.astimezone(ZONE).date(), ZONE)
    _together(
        connection,
        ("booked_by_this_call", {"starts_at": start, "call_id": one.call_id, **whose}),
        ("lock_number", {"capped_as": one.caller}),
        ("booked_since", {"capped_as": one.caller, "since": midnight, "now": now}),
        ("kept", {"phone": one.caller, "patient_id": None, "now": now}),
        ("own_hold", {"call_id": one.call_id, "now": now}),
    )
    day = start.astimezone(ZONE).date()
    _diary(connection, one, now, [one.provider_id], day - _DAY, day)
    run("drop_holds", call_id=one.call_id, now=now)
    [(made,)] = run(
        "book",
        **whose,
        **_at(start),
        location_id=None,
        status="booked",
        pending_until=None,
        reason="sore throat",
        language="en",
        is_virtual=False,
        call_id=one.call_id,
        capped_as=one.caller,
        kept_for=[],
    )
    assert run("of_patient", patient_id=one.patient_id, id=made)
    told = {"kind": "booked", "call_id": one.call_id, "patient_id": one.patient_id, "appointment_id": made}
    _runner(connection, notices.SQL)("note", **told, of="")
    return made


_WORK: Final[Mapping[str, Callable[[Connection, Asked, datetime], int | None]]] = {
    SEARCH: _search,
    FIND: _find,
    CREATE: _create,
}


def _desk(connection: Connection) -> tuple[list[int], int]:
    names = ("providers", "appointment_types", "shifts", "particulars")
    providers, types, *_ = _together(connection, *((name, dict[str, Any]()) for name in names))
    return [row[0] for row in providers], types[0][0]


def _diary(
    connection: Connection, one: Asked, now: datetime, providers: list[int], first: date, last: date
) -> None:
    window = {"since": zones.midnight(first - _DAY, ZONE), "until": zones.midnight(last + 3 * _DAY, ZONE)}
    of_call = {"now": now, "call_id": one.call_id, "kept_for": list[int](), "except_id": None}
    own = {"calendar_ids": list[int](), "owner_ids": list[int]()}
    _together(
        connection,
        ("busy", {"provider_ids": providers, **own, **window, **of_call}),
        ("exceptions", {**window, "first": first - _DAY, "last": last + 3 * _DAY}),
    )


def _together(connection: Connection, *asked: tuple[str, dict[str, Any]]) -> list[list[TupleRow]]:
    with connection.pipeline():
        cursors = [
            connection.execute(OF_SCHEDULING[name].encode(), values, prepare=True) for name, values in asked
        ]
    return [cursor.fetchall() for cursor in cursors]


def _at(start: datetime) -> dict[str, datetime]:
    ends = start + _VISIT
    return {"starts_at": start, "ends_at": ends, "occupied_from": start, "occupied_to": ends}


def _runner(connection: Connection, queries: Mapping[str, str]) -> Callable[..., list[TupleRow]]:
    def run(name: str, **values: Any) -> list[TupleRow]:
        cursor = connection.execute(queries[name].encode(), values, prepare=True)
        return cursor.fetchall() if cursor.description else []

    return run
