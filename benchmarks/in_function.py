"""What a tool adds to its own statements: the Lambda handler against the bare client, in one process.

python -m benchmarks.in_function TOOL < the clinic, as JSON
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from statistics import median, quantiles
from typing import Any, Final

from benchmarks import apart, bare_sql, traffic
from benchmarks.clinic import Clinic, Patient
from benchmarks.load import request

CALLS: Final = 500
_WARM_UP: Final = 50


def measure(tool: str, environment: Mapping[str, str], made: Clinic) -> dict[str, Any]:
    """Both medians and their difference, in milliseconds; in a process of its own."""
    return apart.ask("benchmarks.in_function", environment, asdict(made), tool)


class Context:
    """What a Lambda is told of its invocation."""

    function_name = invoked_function_arn = aws_request_id = "benchmark"
    memory_limit_in_mb = 1024

    def get_remaining_time_in_millis(self) -> int:
        return 10_000


def event(one: traffic.Asked, secret: str) -> dict[str, Any]:
    """What API Gateway gives a Lambda."""
    head, _, body = request(one, secret).partition(b"\r\n\r\n")
    lines = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    return {
        "version": "2.0",
        "routeKey": f"POST /vapi/tools/{one.tool}",
        "rawPath": f"/vapi/tools/{one.tool}",
        "headers": dict(lines),
        "requestContext": {"http": {"method": "POST"}, "requestId": "benchmark"},
        "body": body.decode(),
        "isBase64Encoded": False,
    }


def compare(sent: dict[str, Any]) -> dict[str, Any]:
    """One call by the handler, one by the bare client, and so on in turn."""
    tool, [secret] = sys.argv[1], json.loads(os.environ["FRONTDESK_VAPI_HMAC_SECRETS"])
    made = Clinic(
        [Patient(p["id"], p["number"], date.fromisoformat(p["birth_date"])) for p in sent["patients"]],
        [(provider, start) for provider, start in sent["free"]],
    )
    connection = bare_sql.connect(os.environ["FRONTDESK_DATABASE_URL"])
    handler = importlib.import_module(f"functions.tools.{tool}.handler").handler
    asked = traffic.asked(tool, made, 2 * (CALLS + _WARM_UP), at_once=2, seed=1)
    proof = json.dumps(traffic.PROOFS[tool])[1:-1]
    ours: list[float] = []
    bare: list[float] = []
    for by_us, by_bare in zip(asked[::2], asked[1::2], strict=True):
        made_event, context = event(by_us, secret), Context()
        began = time.perf_counter()
        answer = handler(made_event, context)
        ours.append((time.perf_counter() - began) * 1000)
        if proof not in answer["body"]:
            raise AssertionError(answer["body"])
        began = time.perf_counter()
        bare_sql.ask(connection, by_bare)
        bare.append((time.perf_counter() - began) * 1000)
    ours, bare = ours[_WARM_UP:], bare[_WARM_UP:]
    return {
        "tool": tool,
        "handler_p50_ms": round(median(ours), 3),
        "handler_p99_ms": round(quantiles(ours, n=100)[98], 3),
        "bare_sql_p50_ms": round(median(bare), 3),
        "bare_sql_p99_ms": round(quantiles(bare, n=100)[98], 3),
        "overhead_p50_ms": round(median(ours) - median(bare), 3),
        "calls": CALLS,
    }


if __name__ == "__main__":
    apart.answer(compare)
