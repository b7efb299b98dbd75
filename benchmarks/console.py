"""The clinic's pages: how long each takes on the server and how large it is; with 100,000 calls too.

By the functions' own handlers, in one process, from a browser's event to the whole HTML; beside them the same
process's bare round trip to Postgres, so that a slow machine shows in both.
"""

import importlib
import json
import os
import time
from collections.abc import Callable, Iterator
from statistics import median, quantiles
from typing import Any, Final

import jwt
import psycopg

from benchmarks.database import Database
from frontdesk.console.rendering import ASSETS
from frontdesk.db import connection
from frontdesk.logs import logger
from frontdesk.settings import settings
from infra import discovery
from local import api_gateway, demo
from local.tokens import member_id

VISITS: Final = 40
CALLS: Final = 100_000
MANY: Final = ("/console/today", "/console/calls", "/console/figures")
"""Pages whose work could grow with calls."""
SCRIPT: Final = "all script"
_SECRET: Final = "the-secret-of-members-in-benchmarks"
_ELSEWHERE: Final = ("/console/callback", "/console/sign-in", "/console")
_FILL: Final = """
    WITH made AS (
        INSERT INTO calls (org_id, id, kind, caller_number, language, started_at, ended_at, duration_s)
        SELECT %(org)s, 'call-' || n, 'inboundPhoneCall', '+160455501' || lpad((n %% 100)::text, 2, '0'),
            CASE WHEN n %% 4 = 0 THEN 'zh' ELSE 'en' END, at, at + interval '2 minutes', 120
        FROM generate_series(1, %(calls)s) n, LATERAL (SELECT now() - n * interval '5 minutes' AS at) t
        RETURNING id, started_at
    ), came_to AS (
        INSERT INTO call_outcomes (org_id, call_id, outcome, language)
        SELECT %(org)s, id, CASE hashtext(id) %% 3 WHEN 0 THEN 'booked' ELSE 'clinic_info' END, 'en' FROM made
        RETURNING call_id
    )
    INSERT INTO tool_calls (org_id, call_id, id, tool, arguments_hash, outcome, duration_ms, started_at)
    SELECT %(org)s, id, t, t, '', 'done', 10 + abs(hashtext(id)) %% 90, started_at
    FROM made, unnest('{search_patient_by_phone,find_earliest_appointment,create_appointment}'::text[]) t"""


def measure(empty: Database, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """A row a page; those of `MANY` once more with `CALLS` calls; and the size of all script."""
    demo.seed(empty.owner_url)
    told = {
        **empty.environment,
        "FRONTDESK_MEMBER_SECRETS": json.dumps([_SECRET]),
        "FRONTDESK_SIGN_IN_URL": "https://sign-in.example",
        "FRONTDESK_STORE": "documents",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "ca-central-1",
    }
    kept = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    settings.cache_clear()
    connection.drop()
    logger.setLevel("ERROR")
    try:
        say("the clinic's pages at the demo's size")
        rows = [_page(folder, path, 0) for folder, path in _pages()]
        say(f"the clinic's pages with {CALLS:,} calls")
        _fill(empty.owner_url)
        rows += [_page(folder, path, CALLS) for folder, path in _pages() if path in MANY]
    finally:
        logger.setLevel("INFO")
        connection.drop()
        for name, value in kept.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)
        settings.cache_clear()
    script = sum(file.stat().st_size for file in ASSETS.glob("*.js"))
    return [
        *rows,
        {"page": SCRIPT, "calls": 0, "p50_ms": None, "p95_ms": None, "bytes": script, "of_a_query": None},
    ]


def _pages() -> Iterator[tuple[str, str]]:
    """Each page without an id in its address, and the folder of its function."""
    for folder, console in discovery.consoles().items():
        for route in console.routes:
            method, path = route.split(" ")
            if method == "GET" and "{" not in path and path not in _ELSEWHERE:
                yield folder, path


def _page(folder: str, path: str, calls: int) -> dict[str, Any]:
    handler = importlib.import_module(f"functions.{folder.replace('/', '.')}.handler").handler
    member = {
        "sub": member_id(demo.MAPLE),
        "exp": int(time.time()) + 3600,
        "app_metadata": {"org_id": demo.MAPLE},
    }
    token = jwt.encode(member, _SECRET, algorithm="HS256")  # pyright: ignore[reportUnknownMemberType] - its keys' types
    headers = [(b"host", b"desk.example"), (b"cookie", f"__Host-session={token}; __Host-csrf=known".encode())]
    request = api_gateway.Request("GET", path, "", headers, b"", "127.0.0.1")
    took: list[float] = []
    bare: list[float] = []
    size = 0
    for visit in range(VISITS + 5):
        event = api_gateway.event(request, f"GET {path}", {}, now=time.time())
        began = time.perf_counter()
        answer = handler(event, _Context())
        ended = time.perf_counter()
        assert answer["statusCode"] == 200, (path, answer["statusCode"])
        size = len(answer["body"].encode())
        asked = connection.connection(float("inf"))
        again = time.perf_counter()
        asked.execute("SELECT 1")
        if visit >= 5:  # the first ones prepare statements and compile templates
            took.append((ended - began) * 1000)
            bare.append((time.perf_counter() - again) * 1000)
        connection.settle()
    return {
        "page": path,
        "calls": calls,
        "p50_ms": round(median(took), 1),
        "p95_ms": round(quantiles(took, n=20)[-1], 1),
        "bytes": size,
        "of_a_query": round(median(took) / median(bare)),
    }


def _fill(owner_url: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        with owner.transaction():
            claims = json.dumps({"app_metadata": {"org_id": demo.MAPLE}})
            owner.execute("SELECT set_config('request.jwt.claims', %s, true)", [claims])
            owner.execute(_FILL, {"org": demo.MAPLE, "calls": CALLS})
        owner.execute("ANALYZE")


class _Context:
    """What a Lambda is told of its invocation."""

    function_name = invoked_function_arn = aws_request_id = "benchmark"
    memory_limit_in_mb = 1024

    def get_remaining_time_in_millis(self) -> int:
        return 10_000
