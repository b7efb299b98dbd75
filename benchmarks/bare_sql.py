"""The floor: the same statements as each tool sends, in the same round trips, by psycopg and nothing else.

No HTTP, no envelope, no validation, no rules: which start and which patient, the caller of `ask` knows.
`tests/benchmarks` holds them equal to what the handlers send.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import psycopg
from psycopg.rows import TupleRow

from benchmarks.clinic import NUMBER, ZONE
from benchmarks.traffic import CREATE, FIND, SEARCH, Asked
from frontdesk import zones
from frontdesk.patients.patient import SQL as OF_PATIENTS
from frontdesk.scheduling.diary import _STRETCHES_DAYS  # pyright: ignore[reportPrivateUsage]
from frontdesk.scheduling.diary import SQL as OF_DIARY

Connection = psycopg.Connection[TupleRow]

OPEN: Final = (
    b"SELECT organization, call_language, proven_patient_id, failed_proofs, is_new, is_same, earlier, at"
    b" FROM desk.open_call(%s::text, %s::text[], %s::text, %s::text, %s::text, %s::text, %s::text, %s::bytea,"
    b" %s::int, %s::text)"
)
CLOSE: Final = (
    b"SELECT desk.close_call(%s::text, %s::text, %s::text, %s::text, %s::int, %s::text, %s::bigint, %s::int,"
    b" %s::text, %s::bigint, %s::bigint)"
)
_VISIT: Final = timedelta(minutes=30)
_ANSWER: Final = json.dumps({"status": "BOOKED", "booked": True, "say": "x" * 300})
"""As long as the answer that is kept of a booking."""


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
            ),
            prepare=True,
        )
        connection.execute(b"COMMIT")


def _open(connection: Connection, one: Asked) -> datetime:
    digest = hashlib.sha256(json.dumps(one.arguments, sort_keys=True).encode()).digest()
    told = one.arguments.get("language")
    values: tuple[object, ...] = (
        NUMBER,
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


def _find(connection: Connection, one: Asked, now: datetime) -> None:
    run = _runner(connection, OF_DIARY)
    first = date.fromisoformat(one.arguments["startDate"])
    providers, type_id = _desk(connection)
    run("live_holds", capped_as=one.caller, now=now, call_id=one.call_id)
    run("drop_holds", call_id=one.call_id, now=now)
    _days(connection, one, now, providers, first, first + timedelta(days=_STRETCHES_DAYS[0] - 1))
    start = zones.instant(datetime.fromisoformat(one.start), ZONE)
    assert run(
        "hold",
        provider_id=one.provider_id,
        type_id=type_id,
        **_at(start),
        held_until=now + timedelta(minutes=5),
        call_id=one.call_id,
        capped_as=one.caller,
    )


def _create(connection: Connection, one: Asked, now: datetime) -> int:
    assert _runner(connection, OF_PATIENTS)("by_id", id=one.patient_id)
    run = _runner(connection, OF_DIARY)
    _, type_id = _desk(connection)
    start = zones.instant(datetime.fromisoformat(one.start), ZONE)
    whose = {"patient_id": one.patient_id, "type_id": type_id, "provider_id": one.provider_id}
    run("booked_by_this_call", starts_at=start, call_id=one.call_id, **whose)
    midnight = datetime.combine(now.astimezone(ZONE).date(), time(), ZONE).astimezone(UTC)
    run("booked_since", capped_as=one.caller, since=midnight, now=now)
    day = start.astimezone(ZONE).date()
    _days(connection, one, now, [one.provider_id], day - timedelta(days=1), day)
    run("drop_holds", call_id=one.call_id, now=now)
    [(made,)] = run(
        "book",
        **whose,
        **_at(start),
        reason="sore throat",
        language="en",
        is_virtual=False,
        call_id=one.call_id,
        capped_as=one.caller,
    )
    assert run("of_patient", patient_id=one.patient_id, id=made)
    return made


_WORK: Final[Mapping[str, Callable[[Connection, Asked, datetime], int | None]]] = {
    SEARCH: _search,
    FIND: _find,
    CREATE: _create,
}


def _desk(connection: Connection) -> tuple[list[int], int]:
    with connection.pipeline():
        providers = connection.execute(OF_DIARY["providers"].encode(), {}, prepare=True)
        types = connection.execute(OF_DIARY["appointment_types"].encode(), {}, prepare=True)
        shifts = connection.execute(OF_DIARY["shifts"].encode(), {}, prepare=True)
    shifts.fetchall()
    return [row[0] for row in providers], types.fetchall()[0][0]


def _days(
    connection: Connection, one: Asked, now: datetime, providers: list[int], first: date, last: date
) -> None:
    window = {
        "since": zones.midnight(first - timedelta(days=1), ZONE),
        "until": zones.midnight(last + timedelta(days=3), ZONE),
    }
    values = {"provider_ids": providers, **window, "now": now, "call_id": one.call_id, "except_id": None}
    with connection.pipeline():
        busy = connection.execute(OF_DIARY["busy"].encode(), values, prepare=True)
        off = connection.execute(OF_DIARY["time_off"].encode(), window, prepare=True)
    busy.fetchall()
    off.fetchall()


def _at(start: datetime) -> dict[str, datetime]:
    ends = start + _VISIT
    return {"starts_at": start, "ends_at": ends, "occupied_from": start, "occupied_to": ends}


def _runner(connection: Connection, queries: Mapping[str, str]) -> Callable[..., list[TupleRow]]:
    def run(name: str, **values: Any) -> list[TupleRow]:
        cursor = connection.execute(queries[name].encode(), values, prepare=True)
        return cursor.fetchall() if cursor.description else []

    return run
