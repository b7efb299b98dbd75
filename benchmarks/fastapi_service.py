"""The same three tools as a FastAPI service: what one would build instead, and is measured beside.

As the documentation of FastAPI, pydantic and psycopg_pool has it: an app with a lifespan, a pool of
connections, models for the envelope and the arguments, the signature as a dependency. The database does
exactly the same work: the same functions, queries and transaction, in the same round trips. Shared with
ours are the SQL, the reckoning of free starts and the words; all that carries them is its own.

What no measured call needs is left out, which only makes it faster: other shapes of the envelope, words
for days, repeated ids, alternatives to a taken time, the waitlist, caps, several places, doctors who differ,
a second try after a lost connection, metrics.

    uvicorn benchmarks.fastapi_service:app --loop uvloop --http httptools --no-access-log
"""

import hashlib
import json
import logging
import os
import time as clock
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from typing import Annotated, Any, Final, Literal, TypeVar
from zoneinfo import ZoneInfo

from fastapi import Depends, FastAPI, HTTPException, Request
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from benchmarks.bare_sql import CLOSE, OPEN
from frontdesk import zones
from frontdesk.calls import memory
from frontdesk.notifications import notices
from frontdesk.patients.patient import SQL as OF_PATIENTS
from frontdesk.scheduling import slots
from frontdesk.scheduling.desks import SQL as OF_SCHEDULING
from frontdesk.scheduling.hours import Shift, open_ranges, whole_days
from frontdesk.scheduling.openings import _STRETCHES_DAYS  # pyright: ignore[reportPrivateUsage]
from frontdesk.scheduling.ranges import Range
from frontdesk.scheduling.rules import Rules
from frontdesk.scheduling.wishes import Wish, windows
from frontdesk.speech import sentences, times
from frontdesk.speech.when import PartOfDay, When
from frontdesk.vapi import origin

SECRETS: Final = origin.Secrets(tuple(json.loads(os.environ.get("FRONTDESK_VAPI_HMAC_SECRETS", "[]"))))
CONNECTIONS: Final = 4
"""Of each worker; more only queue in Postgres, and were measured to be slower on two cores."""
PLACEHOLDER: Final = "0000000000"
PARTS: Final = {
    "morning": PartOfDay(before=time(12)),
    "afternoon": PartOfDay(time(12), time(17)),
    "evening": PartOfDay(time(17)),
}
DAY: Final = timedelta(days=1)
APART: Final = timedelta(hours=2)

log = logging.getLogger("fastapi_service")
logging.basicConfig(level=logging.INFO, format="%(message)s")


# --- What comes in and goes out


class Number(BaseModel):
    number: str


class VapiCall(BaseModel):
    id: str
    type: str
    customer: Number


class Function(BaseModel):
    name: str
    arguments: dict[str, Any]


class ToolCall(BaseModel):
    id: str
    function: Function


class Message(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)

    type: Literal["tool-calls"]
    tool_call_list: list[ToolCall]
    call: VapiCall
    phone_number: Number


class Envelope(BaseModel):
    message: Message


class Result(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    name: str
    tool_call_id: str
    result: str


class Results(BaseModel):
    results: list[Result]


class Wire(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class SearchArguments(Wire):
    phone: str = PLACEHOLDER
    date_of_birth: date | None = None


class FindArguments(Wire):
    start_date: date | None = None
    end_date: date | None = None
    time_of_day: Literal["morning", "afternoon", "evening"] | None = None
    provider_id: int | None = None


class CreateArguments(Wire):
    demographic_id: int
    provider_id: int
    start_time: datetime
    appointment_type: str
    reason: str
    language: Literal["en", "zh"]
    is_virtual: bool = False


class Answer(Wire):
    say: str
    today: date


class PatientLine(Wire):
    id: int
    first_name: str
    last_name: str
    date_of_birth: date | None = None
    phone: str | None = None


class PatientAnswer(Answer):
    found: bool
    id: int | None = None
    first_name: str | None = None
    last_name: str | None = None
    date_of_birth: date | None = None
    phone: str | None = None
    proven: bool = False
    patients: list[PatientLine] = []
    next_question: str | None = None
    can_text: bool = False
    memory: list[str] = []


class Slot(Wire):
    slot_id: str | None
    date: str
    day: str
    start_time: str
    end_time: str
    provider_id: str
    provider_name: str
    clinic_name: str
    location_name: str | None = None


class Earliest(Answer, Slot):
    found: bool
    appointment_type: str
    alternatives: list[Slot]


class Booked(Answer):
    status: Literal["BOOKED", "NOT_BOOKED"]
    booked: bool
    appointment_id: int
    start_time: str
    end_time: str
    provider_id: str
    provider_name: str
    appointment_type: str
    location_name: str | None = None


# --- One tool call and its transaction

Connection = AsyncConnection[DictRow]
Arguments = TypeVar("Arguments", bound=BaseModel)


class Declined(Exception):
    """The rules say no; what was done is undone, the record of the call stays."""


@dataclass
class Call:
    db: Connection
    clinic: dict[str, Any]
    id: str
    kind: str
    caller: str
    language: Literal["en", "zh"]
    now: datetime
    proven_patient_id: int | None
    failed_proofs: int
    newly_failed_proofs: int = 0
    patient_id: int | None = None
    appointment_id: int | None = None
    sought: str | None = None

    @property
    def zone(self) -> ZoneInfo:
        return zones.zone(self.clinic["time_zone"])

    @property
    def today(self) -> date:
        return self.now.date()

    async def rows(self, query: str, **values: Any) -> list[DictRow]:
        cursor = await self.db.execute(query.encode(), values, prepare=True)
        return await cursor.fetchall() if cursor.description else []

    async def together(self, *asked: tuple[str, dict[str, Any]]) -> list[list[DictRow]]:
        """The rows of several queries of the scheduling package, in one round trip."""
        async with self.db.pipeline():
            cursors = [
                await self.db.execute(OF_SCHEDULING[name].encode(), values, prepare=True)
                for name, values in asked
            ]
        return [await cursor.fetchall() for cursor in cursors]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with AsyncConnectionPool[Connection](
        os.environ["FRONTDESK_DATABASE_URL"],
        kwargs={"autocommit": True, "row_factory": dict_row, "options": "-c TimeZone=UTC"},
        min_size=CONNECTIONS,
        max_size=CONNECTIONS,
    ) as pool:
        app.state.pool = pool
        yield


async def is_signed(request: Request) -> None:
    if not origin.is_proven(await request.body(), request.headers, SECRETS, now=clock.time()):
        raise HTTPException(401, "The request is not proven to come from Vapi.")


def the_pool(request: Request) -> AsyncConnectionPool[Connection]:
    return request.app.state.pool


app = FastAPI(lifespan=lifespan, dependencies=[Depends(is_signed)])
Pool = Annotated[AsyncConnectionPool[Connection], Depends(the_pool)]


@app.post("/vapi/tools/search_patient_by_phone")
async def search_patient_by_phone(envelope: Envelope, pool: Pool) -> Results:
    return await answered(pool, envelope.message, SearchArguments, search)


@app.post("/vapi/tools/find_earliest_appointment")
async def find_earliest_appointment(envelope: Envelope, pool: Pool) -> Results:
    return await answered(pool, envelope.message, FindArguments, find)


@app.post("/vapi/tools/create_appointment")
async def create_appointment(envelope: Envelope, pool: Pool) -> Results:
    return await answered(pool, envelope.message, CreateArguments, create, writes=True)


async def answered(
    pool: AsyncConnectionPool[Connection],
    message: Message,
    arguments: type[Arguments],
    work: Callable[[Call, Arguments], Awaitable[Answer]],
    *,
    writes: bool = False,
) -> Results:
    results: list[Result] = []
    for asked in message.tool_call_list:
        began = clock.perf_counter()
        async with pool.connection() as connection:
            call = await opened(connection, message, asked)
            outcome, answer = "done", None
            try:
                answer = await work(call, arguments.model_validate(asked.function.arguments))
                text = answer.model_dump_json(by_alias=True)
            except (Declined, ValidationError) as declined:
                outcome, text = "refused", json.dumps({"found": False, "booked": False, "say": str(declined)})
            took_ms = round((clock.perf_counter() - began) * 1000)
            async with connection.pipeline():
                if answer is None:
                    await connection.execute(b"ROLLBACK TO SAVEPOINT handler")
                values = (
                    *(
                        call.id,
                        asked.id,
                        text if writes and answer else None,
                        outcome,
                        took_ms,
                        call.language,
                    ),
                    *(call.proven_patient_id, call.newly_failed_proofs, asked.function.name),
                    *(call.patient_id, call.appointment_id, call.sought, None),
                )
                await connection.execute(CLOSE, values, prepare=True)
                await connection.execute(b"COMMIT")
        told = {"tool": asked.function.name, "outcome": outcome, "duration_ms": took_ms, "call_id": call.id}
        log.info(json.dumps({"message": "tool call answered", **told}))
        results.append(Result(name=asked.function.name, tool_call_id=asked.id, result=text))
    return Results(results=results)


async def opened(connection: Connection, message: Message, asked: ToolCall) -> Call:
    arguments = json.dumps(asked.function.arguments, sort_keys=True).encode()
    values: tuple[object, ...] = (
        *(message.phone_number.number, [], message.call.id, message.call.type, message.call.customer.number),
        *(asked.id, asked.function.name, hashlib.sha256(arguments).digest(), 3000),
        asked.function.arguments.get("language"),
    )
    async with connection.pipeline():
        await connection.execute(b"BEGIN")
        cursor = await connection.execute(OPEN, values, prepare=True)
        await connection.execute(b"SAVEPOINT handler")
    row = await cursor.fetchone()
    if row is None or row["organization"] is None or not row["is_new"]:
        raise HTTPException(404, "This line is not set up.")
    return Call(
        db=connection,
        clinic=row["organization"],
        id=message.call.id,
        kind=message.call.type,
        caller=message.call.customer.number,
        language=row["call_language"],
        now=row["at"].astimezone(zones.zone(row["organization"]["time_zone"])),
        proven_patient_id=row["proven_patient_id"],
        failed_proofs=row["failed_proofs"],
    )


# --- Searching


async def search(call: Call, asked: SearchArguments) -> PatientAnswer:
    since = call.now - timedelta(days=1)
    [failed] = await call.rows(OF_PATIENTS["failed_proofs_since"], caller_number=call.caller, since=since)
    if call.failed_proofs >= 5 or failed["coalesce"] >= 15:
        raise Declined(sentences.TOO_MANY_ATTEMPTS.say(call.language))
    number = call.caller if asked.phone == PLACEHOLDER else asked.phone
    found = await call.rows(OF_PATIENTS["by_phone"], phone=number, birth_date=asked.date_of_birth)
    if asked.date_of_birth is not None:
        if len(found) == 1:
            call.proven_patient_id = found[0]["id"]
        call.newly_failed_proofs += not found
    elif number != call.caller:
        found = []
    if len(found) > 1:
        say = sentences.ASK_FIRST_NAME.say(call.language)
        return PatientAnswer(found=False, next_question="firstName", say=say, today=call.today)
    if not found:
        return PatientAnswer(found=False, say=sentences.NO_PATIENT.say(call.language), today=call.today)
    [patient] = found
    call.patient_id = patient["id"]
    is_proven = patient["id"] == call.proven_patient_id
    line = PatientLine(
        id=patient["id"],
        first_name=patient["first_name"],
        last_name=patient["last_name"],
        date_of_birth=patient["birth_date"] if is_proven else None,
        phone=patient["phone"] if is_proven else None,
    )
    sentence = sentences.PROVEN if is_proven else sentences.FOUND_BY_NAME
    said = [sentence.say(call.language, name=patient["first_name"])]
    if is_proven:
        told = {"patient_id": patient["id"], "call_id": call.id, "now": call.now}
        remembered = memory.ask_of(patient["id"])
        async with call.db.pipeline():
            untold = await call.db.execute(OF_PATIENTS["tell"].encode(), told, prepare=True)
            await call.db.execute(remembered.query.encode(), remembered.values, prepare=True)
        said += [news(call, row) for row in await untold.fetchall()]
    return PatientAnswer(
        found=True,
        **vars(line),
        proven=is_proven,
        patients=[line],
        next_question=None if is_proven else "dateOfBirth",
        say=" ".join(said),
        today=call.today,
    )


def news(call: Call, row: DictRow) -> str:
    if row["starts_at"] is None:
        return sentences.NEWS[row["kind"]].say(call.language)
    when = times.say_when(row["starts_at"].astimezone(call.zone), now=call.now, language=call.language)
    return sentences.NEWS_OF_VISIT[row["kind"]].say(call.language, provider=row["provider_name"], when=when)


# --- Finding and booking

Start = tuple[datetime, int]
"""A free start, and its provider's id."""


@dataclass
class Opening:
    """A free start, and everybody who has it free."""

    start: datetime
    providers: list[int]


@dataclass
class Desk:
    providers: dict[int, DictRow]
    kinds: list[DictRow]
    shifts: dict[int, list[Shift]]
    calendars: list[dict[str, Any]]
    """Of providers who have one of their own."""


async def read_desk(call: Call) -> Desk:
    names = ("providers", "appointment_types", "shifts", "particulars")
    providers, kinds, shifts, [particulars] = await call.together(
        *((name, dict[str, Any]()) for name in names)
    )
    by_provider: defaultdict[int, list[Shift]] = defaultdict(list)
    for row in shifts:
        by_provider[row["provider_id"]].append(Shift(row["weekday"], row["starts"], row["ends"]))
    return Desk({row["id"]: row for row in providers}, kinds, by_provider, particulars["calendars"] or [])


@dataclass
class Diary:
    """What some providers are open for and taken by, over some days."""

    desk: Desk
    zone: ZoneInfo
    first: date
    last: date
    busy: dict[int, list[Range]]
    closed: list[tuple[int | None, Range]]
    dates: dict[int, dict[date, list[Shift]]]

    def hours(self, provider: int) -> Iterator[Range]:
        return open_ranges(
            self.desk.shifts[provider],
            self.zone,
            first=self.first,
            last=self.last,
            closed=[closed for whose, closed in self.closed if whose in (None, provider)],
            dates=self.dates[provider],
        )


async def read_diary(call: Call, desk: Desk, providers: list[int], first: date, last: date) -> Diary:
    zone = call.zone
    window = {"since": zones.midnight(first - DAY, zone), "until": zones.midnight(last + 3 * DAY, zone)}
    of_call = {"now": call.now, "call_id": call.id, "kept_for": list[int](), "except_id": None}
    calendars = [one for one in desk.calendars if one["provider_id"] in providers]
    own = {
        "calendar_ids": [one["id"] for one in calendars],
        "owner_ids": [one["provider_id"] for one in calendars],
    }
    taken, [exceptions] = await call.together(
        ("busy", {"provider_ids": providers, **own, **window, **of_call}),
        ("exceptions", {**window, "first": first - DAY, "last": last + 3 * DAY}),
    )
    busy: defaultdict[int, list[Range]] = defaultdict(list)
    for row in taken:
        busy[row["provider_id"]] = list(map(Range, row["starts"], row["ends"]))
    moment, clock = datetime.fromisoformat, time.fromisoformat
    closed: list[tuple[int | None, Range]] = [
        (row["provider_id"], Range(moment(row["starts_at"]), moment(row["ends_at"])))
        for row in exceptions["time_off"] or ()
    ]
    holidays = [date.fromisoformat(day) for day in exceptions["holidays"] or ()]
    closed += [(None, whole) for day in holidays if (whole := whole_days(day, day, zone))]
    dates: defaultdict[int, dict[date, list[Shift]]] = defaultdict(dict)
    for row in exceptions["date_hours"] or ():
        day = date.fromisoformat(row["day"])
        own = dates[row["provider_id"]].setdefault(day, [])
        if row["starts"] is not None:
            own.append(Shift(day.isoweekday(), clock(row["starts"]), clock(row["ends"])))
    return Diary(desk, zone, first, last, busy, closed, dates)


def rules_of(call: Call, kind: DictRow) -> Rules:
    clinic = ("buffers_inside_hours", "notice_min", "horizon_days", "slot_interval_min", "slot_offset_min")
    return Rules.model_construct(
        **{name: call.clinic[name] for name in (*clinic, "packed")},
        duration_min=kind["duration_min"],
        buffer_before_min=kind["buffer_before_min"],
        buffer_after_min=kind["buffer_after_min"] + call.clinic["cleanup_min"],
    )


@dataclass
class Search:
    """The free times that suit; what was read of the diary is kept."""

    call: Call
    desk: Desk
    providers: list[int]
    rules: Rules
    wish: Wish
    diaries: dict[date, Diary] = field(default_factory=dict[date, Diary])

    async def first(self, since: datetime | None = None) -> Opening | None:
        """The first from a moment on, read from the database a stretch of days at a time."""
        first = self.wish.first
        for days in _STRETCHES_DAYS:
            if first > self.wish.last:
                return None
            last = min(self.wish.last, first + (days - 1) * DAY)
            if since is None or since < zones.midnight(last + DAY, self.call.zone):
                if first not in self.diaries:
                    self.diaries[first] = await read_diary(self.call, self.desk, self.providers, first, last)
                if found := self.first_in(self.diaries[first], since):
                    return found
            first = last + DAY
        return None

    def first_in(self, diary: Diary, since: datetime | None) -> Opening | None:
        free = slots.earliest(
            {
                provider: slots.free_starts(
                    diary.hours(provider),
                    diary.busy[provider],
                    self.rules,
                    now=self.call.now,
                    zone=diary.zone,
                    starting=self.suiting(diary, since),
                )
                for provider in self.providers
            }
        )
        for start, provider in free:
            others = takewhile(lambda one, start=start: one[0] == start, free)
            return Opening(start, [provider, *(other for _, other in others)])
        return None

    def suiting(self, diary: Diary, since: datetime | None) -> Iterator[Range]:
        for window in windows(self.wish._replace(first=diary.first, last=diary.last), diary.zone):
            if since is None or window.start >= since:
                yield window
            elif window.end > since:
                yield Range(since, window.end)


async def choice(search: Search) -> list[Opening]:
    """The first, another time of day and another day; where there is no such day, the next ones."""
    zone = search.call.zone
    first = await search.first()
    if first is None:
        return []
    other_time = await search.first(first.start + APART)
    if other_time is not None:
        next_day = zones.midnight(zones.today(other_time.start, zone) + DAY, zone)
        another_day = await search.first(next_day)
        if another_day is not None:
            return [first, other_time, another_day]
    found = [first]
    while len(found) < 3 and (next_one := await search.first(found[-1].start + datetime.resolution)):
        found.append(next_one)
    if other_time is not None and other_time not in found:
        found[2:] = [other_time]
    return found


async def shared_out(call: Call, openings: Sequence[Opening]) -> list[Start]:
    """Each with who has the fewest visits that day, then with whom the caller saw last."""
    if all(len(opening.providers) == 1 for opening in openings):
        return [(opening.start, opening.providers[0]) for opening in openings]
    days = [zones.today(opening.start, call.zone) for opening in openings]
    rows = await call.rows(
        OF_SCHEDULING["shared_out"],
        provider_ids=sorted({one for opening in openings for one in opening.providers}),
        midnights=[zones.midnight(day, call.zone) for day in days],
        next_midnights=[zones.midnight(day + DAY, call.zone) for day in days],
        patient_id=call.proven_patient_id,
        phone=call.caller,
    )
    bookings = {(row["place"], row["provider_id"]): row["bookings"] for row in rows}

    def claim(place: int, provider: int) -> tuple[int, bool]:
        return bookings.get((place, provider), 0), (0, provider) not in bookings

    return [
        (opening.start, min(opening.providers, key=lambda one, place=place: claim(place, one)))
        for place, opening in enumerate(openings, start=1)
    ]


async def find(call: Call, asked: FindArguments) -> Earliest:
    desk = await read_desk(call)
    kind = desk.kinds[0]
    rules = rules_of(call, kind)
    providers = [p for p in desk.providers if asked.provider_id in (None, p)]
    wish = wish_of(call, asked)
    call.sought = json.dumps(
        {"typeId": kind["id"], "providerIds": providers, "wish": asked.model_dump(mode="json")}
    )
    mine = {"now": call.now, "call_id": call.id}
    _, [held], _, _ = await call.together(
        ("lock_number", {"capped_as": call.caller}),
        ("live_holds", {"capped_as": call.caller, **mine}),
        ("kept", {"phone": call.caller, "patient_id": call.proven_patient_id, "now": call.now}),
        ("drop_holds", mine),
    )
    lost = 0 if held["holds"] < 3 else 16
    while True:
        offered = await shared_out(call, await choice(Search(call, desk, providers, rules, wish)))
        if not offered:
            raise Declined(sentences.NOTHING_FREE.say(call.language))
        hold_id = await hold(call, offered[0], kind, rules) if lost < 16 else None
        if hold_id is not None or lost == 16:
            break
        lost += 1
        await call.rows(OF_SCHEDULING["drop_holds"], **mine)
    first, *others = offered
    when = times.say_when(first[0].astimezone(call.zone), now=call.now, language=call.language)
    offer = sentences.TIME_WITH.say(call.language, when=when, provider=desk.providers[first[1]]["name"])
    return Earliest(
        found=True,
        **vars(slot(call, desk, first, rules, hold_id)),
        appointment_type=kind["name"],
        alternatives=[slot(call, desk, other, rules) for other in others],
        say=sentences.OFFER.say(call.language, time=offer),
        today=call.today,
    )


def wish_of(call: Call, asked: FindArguments) -> Wish:
    horizon = call.today + call.clinic["horizon_days"] * DAY
    return Wish(
        max(asked.start_date or call.today, call.today),
        min(asked.end_date or horizon, horizon),
        (When(part=PARTS[asked.time_of_day]),) if asked.time_of_day else (),
    )


async def hold(call: Call, start: Start, kind: DictRow, rules: Rules) -> int | None:
    made = await call.rows(
        OF_SCHEDULING["hold"],
        provider_id=start[1],
        location_id=None,
        type_id=kind["id"],
        **occupied(start[0], rules),
        held_until=call.now + timedelta(minutes=5),
        call_id=call.id,
        capped_as=call.caller,
        waitlist_id=None,
    )
    return made[0]["id"] if made else None


def occupied(start: datetime, rules: Rules) -> dict[str, datetime]:
    taken = slots.occupied(start, rules)
    start = zones.utc(start)
    ends = start + rules.duration
    return {"starts_at": start, "ends_at": ends, "occupied_from": taken.start, "occupied_to": taken.end}


def slot(call: Call, desk: Desk, start: Start, rules: Rules, hold_id: int | None = None) -> Slot:
    local = start[0].astimezone(call.zone)
    return Slot(
        slot_id=None if hold_id is None else str(hold_id),
        date=local.date().isoformat(),
        day=times.say_weekday(local.weekday(), call.language),
        start_time=zones.wall_text(start[0], call.zone),
        end_time=zones.wall_text(start[0] + rules.duration, call.zone),
        provider_id=str(start[1]),
        provider_name=desk.providers[start[1]]["name"],
        clinic_name=call.clinic["name"],
    )


async def create(call: Call, asked: CreateArguments) -> Booked:
    zone = call.zone
    patients = await call.rows(OF_PATIENTS["by_id"], id=asked.demographic_id)
    if not patients or call.caller != patients[0]["phone"]:
        raise Declined(sentences.WHO_IS_IT_FOR.say(call.language))
    call.patient_id = asked.demographic_id
    desk = await read_desk(call)
    kind = next((k for k in desk.kinds if k["name"].casefold() == asked.appointment_type.casefold()), None)
    if kind is None or asked.provider_id not in desk.providers:
        raise Declined("There is no such doctor or kind of visit.")
    rules, start = rules_of(call, kind), zones.instant(asked.start_time, zone)
    whose: dict[str, Any] = {
        "patient_id": asked.demographic_id,
        "type_id": kind["id"],
        "provider_id": asked.provider_id,
    }
    midnight = zones.midnight(call.today, zone)
    again, _, [booked], _, _ = await call.together(
        ("booked_by_this_call", {"starts_at": start, "call_id": call.id, **whose}),
        ("lock_number", {"capped_as": call.caller}),
        ("booked_since", {"capped_as": call.caller, "since": midnight, "now": call.now}),
        ("kept", {"phone": call.caller, "patient_id": call.proven_patient_id, "now": call.now}),
        ("own_hold", {"call_id": call.id, "now": call.now}),
    )
    if not again:
        if booked["bookings"] >= 10:
            raise Declined(sentences.TOO_MANY_BOOKINGS.say(call.language))
        day = asked.start_time.date()
        diary = await read_diary(call, desk, [asked.provider_id], day - DAY, day)
        hours, busy = diary.hours(asked.provider_id), diary.busy[asked.provider_id]
        if slots.why_not(start, hours, busy, rules, now=call.now, zone=zone) is not None:
            raise Declined(sentences.TAKEN.say(call.language))
        await call.rows(OF_SCHEDULING["drop_holds"], call_id=call.id, now=call.now)
        made = await call.rows(
            OF_SCHEDULING["book"],
            **whose,
            **occupied(start, rules),
            location_id=None,
            status="booked",
            pending_until=None,
            reason=asked.reason,
            language=call.language,
            is_virtual=asked.is_virtual,
            call_id=call.id,
            capped_as=call.caller,
            kept_for=[],
        )
        if not made:
            raise Declined(sentences.TAKEN.say(call.language))
        call.appointment_id = made[0]["id"]
        again = await call.rows(
            OF_SCHEDULING["of_patient"], patient_id=asked.demographic_id, id=call.appointment_id
        )
    [booked] = again
    told = {"kind": "booked", "call_id": call.id, "appointment_id": call.appointment_id, "of": ""}
    await call.db.execute(
        notices.SQL["note"].encode(), {"patient_id": asked.demographic_id, **told}, prepare=True
    )
    local = booked["starts_at"].astimezone(zone)
    return Booked(
        status="BOOKED",
        booked=True,
        appointment_id=booked["id"],
        start_time=zones.wall_text(booked["starts_at"], zone),
        end_time=zones.wall_text(booked["ends_at"], zone),
        provider_id=str(booked["provider_id"]),
        provider_name=booked["provider_name"],
        appointment_type=booked["type_name"],
        say=sentences.BOOKED.say(
            call.language,
            provider=booked["provider_name"],
            type=booked["type_name"],
            when=times.say_when(local, now=call.now, language=call.language),
        ),
        today=call.today,
    )
