"""From the save of an agent to one that is usable, with everything between but AWS and Vapi themselves.

Saves are those of the endpoint's own handler, at a steady rate. Its event goes over the wire to
`benchmarks.bus` (EventBridge and SQS in memory: moto is too slow), from there to pollers, as many as Lambda
may have calls at once, which run `on_agent_saved`; that asks Vapi's stand-in, which is slow, fails by chance
and limits its rate. What AWS itself takes to hand an event on, some tenths of a second, is not in it.

python -m benchmarks.saves [inline] < what it is about, as JSON
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from http import HTTPStatus
from statistics import median
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
import jwt
import psycopg

from benchmarks import apart
from benchmarks.bus import DEAD
from benchmarks.database import Database
from benchmarks.in_function import Context
from frontdesk.agents import definitions
from frontdesk.vapi.api import VapiFailed
from frontdesk.vapi.kinds import CREDENTIAL, SERVER_MADE
from functions.agents.on_agent_saved.trigger import TRIGGER
from local import child
from local.aws import REGION
from local.tokens import member_id

USABLE: Final = "save to usable"
BLOCKED: Final = "save alone, Vapi "
MOVED: Final = "moved to a new definition"
SAVES: Final = 1_000
POLLERS: Final = TRIGGER.max_concurrency
VAPIS: Final = ("healthy", "slow by 5 s", "down")
"""What Vapi is while saves are made; in the order of measuring."""

_CLINICS: Final = 50
PER_SECOND: Final = 30
MOST_PER_SECOND: Final = 40
"""Requests that Vapi takes: what it really takes is not published. By chance it is too many now and then."""
_WARM_UP: Final = 24
_BLOCKED_SAVES: Final = 60
_TAKEN: Final = (200, 201)
_DONE_AND_LOST: Final = 502
_LATENCY: Final[Mapping[str, Any]] = {"latency_s": 0.15}
_BAD: Final[Sequence[Mapping[str, Any]]] = (
    _LATENCY,
    {"status": 500, "chance": 0.01, "seed": 1},
    {"status": _DONE_AND_LOST, "chance": 0.01, "seed": 2, "when": "after"},
)
"""Of the failed ones half were done nevertheless."""
_LIMIT: Final[Mapping[str, Any]] = {"status": 429, "headers": {"Retry-After": "1"}}
_NOBODY: Final = "http://127.0.0.1:9"
"""Where no Vapi listens."""
_BODY: Final = {"name": "Front desk", "template": "assistant", "instructions": "Parking is behind the house."}
PACE: Final = 4
"""So many times as fast pass the delays between waves of moves, and Vapi takes so many times as much."""
_KEY: Final = "a-private-key"
_SECRET: Final = "a-secret-of-the-members-of-the-benchmarks"
_PATIENCE_S: Final = 120
_BARE: Final = 100
_TOOL: Final = "get_patient"
"""The one that is given another definition."""


@dataclass(frozen=True)
class Platform:
    """All of it, running."""

    database: Database
    vapi: httpx.Client
    bus: httpx.Client
    environment: Mapping[str, str]

    def faults(self, *faults: Mapping[str, Any]) -> None:
        """What is wrong with Vapi from now on."""
        self.vapi.put("/_faults", json=list(faults)).raise_for_status()

    def requests(self) -> list[dict[str, Any]]:
        """What Vapi was asked since it was last looked at, in order."""
        asked = self.vapi.get("/_requests").json()
        self.vapi.delete("/_requests").raise_for_status()
        return asked

    def assistants(self, most: int = 1000) -> list[dict[str, Any]]:
        """At Vapi, the newest first."""
        return self.vapi.get(f"/assistant?limit={most}").raise_for_status().json()

    def counts(self) -> dict[str, int]:
        """What became of the messages so far."""
        return self.bus.get("/_counts").json()

    def settle(self) -> None:
        """Waits until no message is left."""
        until = time.monotonic() + _PATIENCE_S
        while self.counts()["waiting"]:
            if time.monotonic() > until:
                raise RuntimeError("messages are left that nobody handles")
            time.sleep(0.05)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Past the walls."""
        with psycopg.connect(self.database.superuser_url) as connection:
            return connection.execute(query.encode(), values).fetchall()


def measure(database: Database, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """A row for each of the figures, in a process of its own, for handlers keep what they were told."""
    say(f"{SAVES} agents saved, and moved to another definition of a tool")
    return apart.ask("benchmarks.saves", {}, asdict(database))


def _measured(sent: dict[str, Any]) -> list[dict[str, Any]]:
    database = Database(**sent)
    definitions.publish(database.owner_url)
    clinics = _clinics(database)
    with _platform(database) as platform, ThreadPoolExecutor(1) as aside:
        _save(clinics, _WARM_UP, per_s=10)
        platform.settle()
        # It sleeps for most of its 14 s, beside the rest.
        down = aside.submit(_inline, platform, clinics[0], VAPIS[2])
        usable = _usable(platform, clinics)
        moved = _moved(platform)
        blocked = [_blocked(platform, clinics, vapi) for vapi in VAPIS[:2]]
        blocked.append(_blocked(platform, clinics, VAPIS[2], by_itself_ms=down.result()))
        return [usable, *blocked, moved]


def _usable(platform: Platform, clinics: Sequence[str]) -> dict[str, Any]:
    bare = _bare_ms(platform)
    before = platform.counts()
    platform.requests()
    platform.faults(*_BAD, {**_LIMIT, "per_s": MOST_PER_SECOND})
    ids = _save(clinics, SAVES, per_s=PER_SECOND)[0]
    platform.settle()
    platform.faults()
    took = platform.rows(
        "SELECT extract(epoch FROM synced_at - updated_at)::float8 * 1000 FROM agents"
        " WHERE id = ANY (%s::uuid[]) AND synced_version = version AND sync_error IS NULL ORDER BY 1",
        ids,
    )
    times = [row[0] for row in took]
    counts = {name: number - before[name] for name, number in platform.counts().items()}
    statuses = [one["status"] for one in platform.requests()]
    return {
        "what": USABLE,
        "count": SAVES,
        **_percentiles(times),
        "registered": len(times),
        "retried": counts["retried"],
        "retries_that_healed": counts["done_after_retries"],
        "told_to_wait": statuses.count(429),
        "failed_by_chance": sum(status >= 500 for status in statuses),
        "beside": "one bare request",
        "beside_ms": bare,
        "times": round(median(times) / bare, 2),
    }


def _blocked(
    platform: Platform, clinics: Sequence[str], vapi: str, *, by_itself_ms: float | None = None
) -> dict[str, Any]:
    """What a save takes its caller while others are synced; beside one that does that itself."""
    fault = {"healthy": _LATENCY, "slow by 5 s": {"latency_s": 5}, "down": {"reset": True}}[vapi]
    platform.settle()
    platform.faults(fault)
    if by_itself_ms is None:
        by_itself_ms = _inline(platform, clinics[0], vapi)
    _, took = _save(clinics, _BLOCKED_SAVES, per_s=PER_SECOND)
    platform.faults()
    return {
        "what": f"{BLOCKED}{vapi}",
        "count": _BLOCKED_SAVES,
        **_percentiles(took),
        "beside": "a save that syncs by itself",
        "beside_ms": round(by_itself_ms, 1),
        "times": round(median(took) / by_itself_ms, 4),
    }


def _inline(platform: Platform, org_id: str, vapi: str) -> float:
    """Milliseconds of a save as the old system had it: 2, 4 and 8 s are slept in the request."""
    url = {"down": _NOBODY}.get(vapi, platform.environment["FRONTDESK_VAPI_API_URL"])
    environment = {**platform.environment, "FRONTDESK_VAPI_API_URL": url}
    return apart.ask("benchmarks.saves", environment, {"org_id": org_id}, "inline")


def _saved_inline(sent: dict[str, Any]) -> float:
    from frontdesk.agents import agent as agents
    from frontdesk.agents import registry, syncing
    from frontdesk.agents.wire import AgentBody
    from frontdesk.db.claims import clinic_transaction
    from frontdesk.vapi.api import Vapi

    saved = syncing.Saved(org_id=UUID(sent["org_id"]), agent_id=uuid4())
    fields = AgentBody.model_validate(_BODY).model_dump()
    registry.read()  # connects
    began = time.perf_counter()
    with clinic_transaction(saved.org_id, registry.soon()) as db:
        agents.save(db, saved.agent_id, fields, seen=None)
    for wait_s in (0, 2, 4, 8):
        time.sleep(wait_s)
        with closing(Vapi(os.environ["FRONTDESK_VAPI_API_URL"], _KEY, attempts=1)) as vapi:
            try:
                syncing.sync_agent(vapi, saved)
                break
            except VapiFailed:
                continue
    return (time.perf_counter() - began) * 1000


def _moved(platform: Platform) -> dict[str, Any]:
    """A deploy gives a tool another definition; the reconciler finds that, and the queue moves everybody."""
    from functions.agents.reconcile.handler import handler as reconcile

    [(agents,)] = platform.rows("SELECT count(*) FROM agents WHERE synced_version = version")
    bare_ms = _bare_move_ms(platform)
    documents = definitions.released()
    documents[_TOOL]["function"]["description"] += " It says more now."
    definitions.publish(platform.database.owner_url, documents)
    platform.requests()
    platform.bus.put("/_pace", json=PACE).raise_for_status()
    platform.faults(*_BAD, {**_LIMIT, "per_s": MOST_PER_SECOND * PACE})
    began = time.perf_counter()
    while True:
        try:
            reconcile({}, None)
            break
        except VapiFailed:  # the next run is due in 15 minutes; here at once
            continue
    platform.settle()
    took_ms = (time.perf_counter() - began) * 1000
    platform.faults()
    reconcile({}, None)  # sees that nobody is linked to the old one any more
    platform.rows("UPDATE vapi_tools SET unlinked_at = unlinked_at - interval '10 min' RETURNING 1")
    reconcile({}, None)  # some minutes later, takes it away
    writes = _done(platform.requests())
    patches = [place for place, write in enumerate(writes) if write == ("PATCH", "assistant")]
    removals = [place for place, write in enumerate(writes) if write == ("DELETE", "tool")]
    return {
        "what": MOVED,
        "count": agents,
        "assistants_written": len(patches),
        "tools_made": writes.count(("POST", "tool")),
        "tools_removed": len(removals),
        "removed_too_early": sum(removal < max(patches) for removal in removals),
        "linked_to_none": _linked_to_none(platform),
        "each_ms": round(took_ms / agents, 1),
        "beside": "its bare requests, as many at once",
        "beside_ms": round(bare_ms, 1),
        "times": round(took_ms / agents / bare_ms, 2),
    }


def _done(asked: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The writes that Vapi did, told or not: method and kind, in order."""
    return [
        (one["method"], one["path"].split("/")[1])
        for one in asked
        if one["method"] != "GET" and one["status"] in (*_TAKEN, _DONE_AND_LOST)
    ]


def _linked_to_none(platform: Platform) -> int:
    """Links of assistants to tools that are not there."""
    tools = {each["id"] for each in platform.vapi.get("/tool?limit=1000").json()}
    links = [each["model"]["toolIds"] for each in platform.assistants()]
    return sum(each not in tools for linked in links for each in linked)


def _bare_ms(platform: Platform) -> float:
    """The median of a creation that nothing else comes to."""
    [body] = platform.assistants(1)
    body = {name: value for name, value in body.items() if name not in SERVER_MADE}
    platform.faults(_LATENCY)
    took: list[float] = []
    ids: list[str] = []
    for _ in range(_BARE // 5):
        began = time.perf_counter()
        ids.append(platform.vapi.post("/assistant", json=body).raise_for_status().json()["id"])
        took.append((time.perf_counter() - began) * 1000)
    platform.faults()
    for each in ids:
        platform.vapi.delete(f"/assistant/{each}").raise_for_status()
    return round(median(took), 1)


def _bare_move_ms(platform: Platform) -> float:
    """What an assistant takes to be read and written, of many, as many at once as there are pollers."""

    def move(each: Mapping[str, Any]) -> None:
        held = platform.vapi.get(f"/assistant/{each['id']}").raise_for_status().json()
        platform.vapi.patch(f"/assistant/{each['id']}", json={"model": held["model"]}).raise_for_status()

    listed = platform.assistants(_BARE)
    platform.faults(_LATENCY)
    began = time.perf_counter()
    with ThreadPoolExecutor(POLLERS) as pool:
        list(pool.map(move, listed))
    took_ms = (time.perf_counter() - began) * 1000
    platform.faults()
    return took_ms / len(listed)


def _clinics(database: Database) -> list[str]:
    ids = [str(uuid4()) for _ in range(_CLINICS)]
    with psycopg.connect(database.superuser_url) as connection:
        connection.cursor().executemany(
            "INSERT INTO organizations (id, name, address, time_zone, languages)"
            " VALUES (%s, 'Bench Clinic', '', 'America/Vancouver', '{en,zh}')",
            [[each] for each in ids],
        )
        connection.cursor().executemany(
            "INSERT INTO members (user_id, org_id, role) VALUES (%s, %s, 'owner')",
            [[member_id(each), each] for each in ids],
        )
    return ids


@contextmanager
def _platform(database: Database) -> Generator[Platform]:
    """Vapi's stand-in, the bus and its pollers; this process is told where they are, for it saves."""
    with ExitStack() as ends, open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - no path of ours
        account = {"private_key": _KEY, "credentials": [CREDENTIAL], "file": None}
        vapi = _served(ends, "local.vapi_stand_in", account)
        bus = _served(ends, "benchmarks.bus", {"visible_after_s": 6 * TRIGGER.timeout_s})
        environment = database.environment | {
            "FRONTDESK_MEMBER_SECRETS": json.dumps([_SECRET]),
            "FRONTDESK_VAPI_API_URL": vapi,
            "FRONTDESK_VAPI_PRIVATE_KEY": _KEY,
            "FRONTDESK_PUBLIC_URL": "https://desk.example.test",
            "FRONTDESK_EVENT_BUS": "bench",
            "FRONTDESK_QUEUE_URL": f"{bus}/queue",
            "FRONTDESK_DEAD_LETTER_URL": f"{bus}{DEAD}",
            "AWS_ENDPOINT_URL": bus,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "NO_PROXY": child.HOST,
        }
        source: dict[str, Any] = {
            "function": "OnAgentSaved",
            "handler": "functions.agents.on_agent_saved.handler.handler",
            "environment": {},
            "timeout_s": TRIGGER.timeout_s,
            "memory_mb": 1024,
            "queue": "queue",
            "batch_size": TRIGGER.batch_size,
            "max_concurrency": POLLERS,
            "reports_failures": True,
        }
        polling = {"source": source, "environment": environment, "rie": None}
        pollers = [child.Child("local.queues", None, polling, log=nowhere) for _ in range(POLLERS)]
        for poller in pollers:
            ends.callback(poller.stop)
        for poller in pollers:  # all are told before the first is waited for
            ends.callback(poller.ask_to_stop)
        headers = {"authorization": f"Bearer {_KEY}"}
        http = ends.enter_context(httpx.Client(base_url=vapi, headers=headers, timeout=60))
        made = http.post("/tool", json={"type": "endCall"}).raise_for_status().json()
        http.delete(f"/tool/{made['id']}").raise_for_status()
        told = ends.enter_context(httpx.Client(base_url=bus, timeout=60))
        os.environ.update(environment)
        yield Platform(database, http, told, environment)


def _served(ends: ExitStack, module: str, config: Mapping[str, Any]) -> str:
    """The address of a server of our own."""
    listening = ends.enter_context(child.listen())
    process = child.Child(module, listening, config)
    ends.callback(process.stop)
    process.wait_until_ready()
    return child.address(listening)


def _save(clinics: Sequence[str], saves: int, *, per_s: float) -> tuple[list[str], list[float]]:
    """So many new agents, at intervals as chance has them; their ids, and what each save took, in ms."""
    from functions.agents.saving.handler import handler  # reads this process's environment

    chance = random.Random(saves)
    tokens = {org_id: _token(org_id) for org_id in clinics}
    ids: list[str] = []
    took: list[float] = []
    due = time.perf_counter()
    for number in range(saves):
        due += chance.expovariate(per_s)
        time.sleep(max(0.0, due - time.perf_counter()))
        ids.append(str(uuid4()))
        event = _event(ids[-1], tokens[clinics[number % len(clinics)]])
        began = time.perf_counter()
        answer = handler(event, Context())
        took.append((time.perf_counter() - began) * 1000)
        if answer["statusCode"] != HTTPStatus.OK:
            raise AssertionError(answer["body"])
    return ids, took


def _token(org_id: str) -> str:
    claims = {
        "sub": member_id(org_id),
        "aud": "authenticated",
        "exp": int(time.time()) + 3600,
        "app_metadata": {"org_id": org_id},
    }
    return jwt.encode(claims, _SECRET, algorithm="HS256")  # pyright: ignore[reportUnknownMemberType] - its keys' types


def _event(agent_id: str, token: str) -> dict[str, Any]:
    return {
        "version": "2.0",
        "routeKey": "PUT /agents/{agent_id}",
        "rawPath": f"/agents/{agent_id}",
        "headers": {"authorization": f"Bearer {token}"},
        "pathParameters": {"agent_id": agent_id},
        "requestContext": {"http": {"method": "PUT"}, "requestId": "benchmark"},
        "body": json.dumps(_BODY),
        "isBase64Encoded": False,
    }


def _percentiles(times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "p50_ms": round(median(ordered), 1),
        "p99_ms": round(ordered[len(ordered) * 99 // 100], 1),
        "worst_ms": round(ordered[-1], 1),
    }


if __name__ == "__main__":
    apart.answer(_saved_inline if sys.argv[1:] == ["inline"] else _measured)
