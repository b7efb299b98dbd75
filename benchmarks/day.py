"""A day of 2,000 clinics with 60 calls each, along the hours of a clinic's day, through the gateway.

An open loop: calls come when the day says, whether or not those before them were answered, so a queue that
grows is seen in how long answers take. Two processors can't take all 120,000 calls a hundred times as fast as
they come; so the whole curve is played with one call in so many, and its busiest hour with every call.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from statistics import quantiles
from typing import Any, Final, NamedTuple
from uuid import uuid4

import httpx
import psycopg

from benchmarks.clinic import AREA_CODES
from benchmarks.traffic import CREATE, FIND, SEARCH, Asked, body
from frontdesk.vapi import origin
from local.stack import Stack

CLINICS: Final = 2_000
CALLS_EACH: Final = 60
HOURS: Final = {8: 9, 9: 16, 10: 14, 11: 11, 12: 7, 13: 10, 14: 10, 15: 9, 16: 8, 17: 4, 18: 2}
"""Calls of a clinic's day by hour, in percent: a morning's rush, a quiet lunch."""
BUSIEST: Final = max(HOURS, key=lambda hour: HOURS[hour])
ONE_IN: Final = 40
"""Calls of the whole curve that are played."""
DAY_S: Final = 110.0
SPEEDS: Final = (10, 20)
_SLICE_S: Final = 30.0
_TIMEOUT_S: Final = 30.0
_PATIENTS: Final = 5
_SEED: Final = """
    CREATE TEMP TABLE made AS
        SELECT n, ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid AS org_id
        FROM generate_series(1, %(clinics)s) n;
    INSERT INTO organizations (id, name, phone_number, time_zone, languages)
        SELECT org_id, 'Clinic ' || n, (%(numbers)s::text[])[n], 'America/Vancouver', '{{en,zh}}' FROM made;
    INSERT INTO phone_numbers (e164, org_id) SELECT (%(numbers)s::text[])[n], org_id FROM made;
    INSERT INTO appointment_types (org_id, name, duration_min)
        SELECT org_id, 'General consultation', 15 FROM made;
    INSERT INTO providers (org_id, id, name, languages)
        SELECT org_id, 1000000 + n * 2 + p, 'Dr. Number ' || p, '{{en}}' FROM made, generate_series(0, 1) p;
    INSERT INTO working_hours (org_id, provider_id, weekday, starts, ends)
        SELECT org_id, 1000000 + n * 2 + p, d, '09:00', '17:00' FROM made, generate_series(0, 1) p,
            generate_series(1, 5) d;
    INSERT INTO patients (org_id, first_name, last_name, birth_date, gender, phone)
        SELECT org_id, 'First' || p, 'Last' || n, '1980-01-01'::date + p, 'U',
            (%(numbers)s::text[])[1 + (n + p * 397) %% %(clinics)s]
        FROM made, generate_series(1, {patients}) p;
    ANALYZE"""
_OVERLAPS: Final = """
    SELECT count(*) FROM appointments a JOIN appointments b
    ON a.org_id = b.org_id AND a.provider_id = b.provider_id AND a.id < b.id AND a.occupied && b.occupied
    WHERE a.status IN ('held', 'pending', 'booked') AND b.status IN ('held', 'pending', 'booked')"""


class Caller(NamedTuple):
    """Somebody of one of the clinics, who calls at a moment of the day."""

    at_s: float
    """Of the wall's clock, from the beginning."""
    called: str
    number: str
    born: date


@dataclass
class Seen:
    """What came of them."""

    latencies_ms: list[float] = field(default_factory=list[float])
    late_ms: list[float] = field(default_factory=list[float])
    """How much later than it should a call began: by that, whoever measures was too slow itself."""
    booked: int = 0
    refused: int = 0
    """Truthfully: somebody had just taken that time, or nothing was free."""
    errors: list[str] = field(default_factory=list[str])
    most_at_once: int = 0


def measure(stack: Stack, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """A row for the day, and one for its busiest hour at each speed."""
    assert stack.server is not None
    numbers = [f"+1{area}55501{line:02}" for line in range(100) for area in AREA_CODES][:CLINICS]
    say(f"{CLINICS:,} clinics")
    with psycopg.connect(stack.server.superuser_url, dbname="frontdesk") as superuser:
        for statement in _SEED.format(patients=_PATIENTS).split(";\n"):
            superuser.execute(statement.encode(), {"numbers": numbers, "clinics": CLINICS})
    every = CLINICS * CALLS_EACH
    rows: list[dict[str, Any]] = []
    chance = Random(60)
    plays: list[tuple[str, list[Caller], float, float | None]] = [
        (f"the day, one call in {ONE_IN}", _day(chance, numbers, every // ONE_IN), DAY_S, None)
    ]
    for speed in SPEEDS:
        rate = every * HOURS[BUSIEST] / 100 / 3600 * speed
        plays.append(
            (
                f"{BUSIEST} to {BUSIEST + 1} o'clock, {speed} times as fast",
                _steady(chance, numbers, rate),
                _SLICE_S,
                speed,
            )
        )
    for what, callers, seconds, speed in plays:
        say(f"{what}: {len(callers):,} calls in {seconds:.0f} s")
        began = time.perf_counter()
        seen = asyncio.run(_played(stack, callers))
        took = time.perf_counter() - began
        with psycopg.connect(stack.server.superuser_url, dbname="frontdesk") as superuser:
            row = superuser.execute(_OVERLAPS.encode()).fetchone()
        average = len(callers) / seconds / (every / 86_400)
        rows.append(_row(what, callers, took, seen, row[0] if row else -1, speed or round(average, 1)))
        for wrong in seen.errors[:1]:
            say(f"a wrong answer: {wrong}")
    return rows


def _day(chance: Random, numbers: list[str], count: int) -> list[Caller]:
    hours = chance.choices(list(HOURS), list(HOURS.values()), k=count)
    first, span = min(HOURS), len(HOURS)
    moments = sorted((hour - first + chance.random()) / span * DAY_S for hour in hours)
    return [_caller(chance, numbers, at_s) for at_s in moments]


def _steady(chance: Random, numbers: list[str], rate: float) -> list[Caller]:
    """A Poisson process: at each moment as many as at any other, and never evenly."""
    callers: list[Caller] = []
    at_s = chance.expovariate(rate)
    while at_s < _SLICE_S:
        callers.append(_caller(chance, numbers, at_s))
        at_s += chance.expovariate(rate)
    return callers


def _caller(chance: Random, numbers: list[str], at_s: float) -> Caller:
    clinic, patient = chance.randrange(CLINICS) + 1, chance.randint(1, _PATIENTS)
    number = numbers[(clinic + patient * 397) % CLINICS]
    return Caller(at_s, numbers[clinic - 1], number, date(1980, 1, 1) + timedelta(days=patient))


async def _played(stack: Stack, callers: list[Caller]) -> Seen:
    seen, secret = Seen(), stack.addresses.vapi_hmac.secret
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=200)
    async with httpx.AsyncClient(
        base_url=stack.addresses.api_url, timeout=_TIMEOUT_S, limits=limits, trust_env=False
    ) as client:
        began = time.perf_counter()
        under_way: set[asyncio.Task[None]] = set()
        for caller in callers:
            wait = caller.at_s - (time.perf_counter() - began)
            if wait > 0:
                await asyncio.sleep(wait)
            seen.late_ms.append(max(0.0, time.perf_counter() - began - caller.at_s) * 1000)
            task = asyncio.create_task(_called(client, caller, secret, seen))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            seen.most_at_once = max(seen.most_at_once, len(under_way))
        await asyncio.gather(*under_way)
    return seen


async def _called(client: httpx.AsyncClient, caller: Caller, secret: str, seen: Seen) -> None:
    """One call: who is it, what is free first, book it."""
    call_id = str(uuid4())

    async def ask(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        content = body(
            Asked(tool, call_id, f"call_{uuid4().hex}", caller.number, 0, arguments, 0, "", caller.called)
        )
        stamp = str(int(time.time() * 1000))
        headers = {
            "content-type": "application/json",
            origin.TIMESTAMP: stamp,
            origin.SIGNATURE: origin.sign(content, stamp, secret),
        }
        began = time.perf_counter()
        answer = await client.post(f"/vapi/tools/{tool}", content=content, headers=headers)
        [result] = answer.json()["results"]
        seen.latencies_ms.append((time.perf_counter() - began) * 1000)
        return json.loads(result["result"])

    try:
        known = await ask(SEARCH, {"phone": "0000000000", "dateOfBirth": caller.born.isoformat()})
        offer = await ask(FIND, {"appointmentType": "General consultation"})
        if not offer["found"]:
            seen.refused += 1
            return
        booked = await ask(
            CREATE,
            {
                "demographicId": known["id"],
                "providerId": offer["providerId"],
                "startTime": offer["startTime"],
                "appointmentType": offer["appointmentType"],
                "reason": "sore throat",
                "language": "en",
            },
        )
    except (httpx.HTTPError, KeyError, ValueError) as failed:
        seen.errors.append(f"{type(failed).__name__}: {failed}")
        return
    if booked.get("booked"):
        seen.booked += 1
    else:
        seen.refused += 1


def _row(
    what: str, callers: list[Caller], took: float, seen: Seen, overlaps: int, speed: float
) -> dict[str, Any]:
    cuts, late = quantiles(seen.latencies_ms, n=100), quantiles(seen.late_ms, n=100)
    by_second: dict[int, int] = {}
    for caller in callers:
        by_second[int(caller.at_s)] = by_second.get(int(caller.at_s), 0) + 1
    return {
        "what": what,
        "clinics": CLINICS,
        "calls": len(callers),
        "seconds": round(took, 1),
        "times_real": speed,
        "peak_calls_per_second": max(by_second.values()),
        "most_at_once": seen.most_at_once,
        "p50_ms": round(cuts[49], 1),
        "p99_ms": round(cuts[98], 1),
        "late_p99_ms": round(late[98], 1),
        "booked": seen.booked,
        "refused": seen.refused,
        "errors": len(seen.errors),
        "overlapping_visits": overlaps,
    }
