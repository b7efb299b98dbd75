"""A clinic to call in tests: real Lambda events, real payloads, real signatures, the real database."""

import importlib
import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import psycopg

from frontdesk.vapi import origin
from local import demo
from tests import owner

MAPLE_NUMBER, HARBOUR_NUMBER = "+16045550100", "+14165550100"
JOHN, MEILING, FAMILY, JANE = "+16045550123", "+16045550124", "+16045550125", "+14165550123"
SECRET = "a-live-secret"
_ids = count(1)


class Context:
    """What Lambda tells a function of its invocation."""

    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "test"

    def __init__(self, seconds: float = 10) -> None:
        self._ends = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return int((self._ends - time.monotonic()) * 1000)


@dataclass
class Clinic:
    """One clinic's line; `ask` is what Vapi does when a model calls a tool."""

    owner_url: str
    org_id: str = demo.MAPLE
    number: str = MAPLE_NUMBER
    caller: str | None = JOHN
    call: str = "call-1"
    control_url: str = ""
    kind: str = "inboundPhoneCall"
    sent: list[dict[str, Any]] = field(default_factory=list)

    def ask(
        self,
        tool: str,
        *,
        call: str | None = None,
        caller: str | None = None,
        id: str | None = None,
        **arguments: Any,
    ) -> dict[str, Any]:
        """The tool's result; fails the test on an `error`."""
        item = self.asked(tool, arguments, call=call, caller=caller, id=id)
        assert "error" not in item, item
        return json.loads(item["result"])

    def error(self, tool: str, **arguments: Any) -> str:
        """The tool's error; fails the test on a result."""
        item = self.asked(tool, arguments)
        assert "result" not in item, item
        return item["error"]

    def asked(
        self,
        tool: str,
        arguments: Any,
        *,
        call: str | None = None,
        caller: str | None = None,
        id: str | None = None,
        seconds: float = 10,
    ) -> dict[str, Any]:
        """The one item of `results` for a tool call, of a Lambda that has so long."""
        message = self.message(tool, arguments, call=call, caller=caller, id=id)
        status, answer = self.post(tool, json.dumps({"message": message}).encode(), seconds=seconds)
        assert status == 200
        [item] = answer["results"]
        assert item["name"] == tool
        return item

    def message(
        self,
        tool: str,
        arguments: Any,
        *,
        call: str | None = None,
        caller: str | None = None,
        id: str | None = None,
    ) -> dict[str, Any]:
        """The message, as Vapi sends it."""
        one = {
            "id": id or f"tool-call-{next(_ids)}",
            "type": "function",
            "function": {"name": tool, "arguments": arguments},
        }
        number = caller or self.caller
        customer = {"number": number} if number else {}
        return {
            "type": "tool-calls",
            "timestamp": int(time.time() * 1000),
            "toolCallList": [one],
            "toolCalls": [one],
            "call": {
                "id": call or self.call,
                "type": self.kind,
                "customer": customer,
                "monitor": {"controlUrl": self.control_url},
            },
            "phoneNumber": {"number": self.number} if self.number else {},
            "customer": customer,
        }

    def post(
        self, tool: str, body: bytes, headers: dict[str, str] | None = None, *, seconds: float = 10
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON of a signed request, straight through the tool's Lambda handler."""
        answer = invoke(tool, body, signed(body) if headers is None else headers, seconds=seconds)
        return answer["statusCode"], json.loads(answer["body"])

    @contextmanager
    def rows(self) -> Generator[psycopg.Connection]:
        """The database as its owner, under this clinic's claims; commits at the end."""
        with psycopg.connect(self.owner_url) as connection:
            owner.claim(connection, self.org_id)
            yield connection

    def all(self, query: str, *values: Any) -> list[Any]:
        """What the database holds for this clinic."""
        with owner.transaction(self.owner_url, self.org_id) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def do(self, statement: str, *values: Any) -> None:
        """Changes this clinic's rows, as its owner."""
        with owner.transaction(self.owner_url, self.org_id) as connection:
            connection.execute(statement.encode(), values)

    def lower_the_owner(self, role: str) -> None:
        """The demo's member has this role from now on, and the clinic another owner."""
        self.do(
            "INSERT INTO members (user_id, org_id, role) VALUES ('another-owner', %s, 'owner')", self.org_id
        )
        self.do("UPDATE members SET role = %s WHERE user_id <> 'another-owner'", role)

    def prove_john(self, *, call: str | None = None) -> int:
        """John Doe, proven by his birth date; his id."""
        return self.ask("search_patient_by_phone", call=call, phone="0000000000", dateOfBirth="1990-01-15")[
            "id"
        ]

    def book(self, *, call: str | None = None, **wish: Any) -> dict[str, Any]:
        """Proves John, finds and books; the booking's answer."""
        patient = self.prove_john(call=call)
        offer = self.ask("find_earliest_appointment", call=call, **wish)
        return self.ask("create_appointment", call=call, **taking(offer, patient))


def taking(offer: dict[str, Any], patient: int) -> dict[str, Any]:
    """What `create_appointment` is told by somebody who takes what the finder offered."""
    return {
        "demographicId": patient,
        "providerId": offer["providerId"],
        "startTime": offer["startTime"],
        "appointmentType": offer["appointmentType"],
        "reason": "sore throat",
        "language": "en",
    }


def signed(body: bytes, secret: str = SECRET, *, at: float | None = None) -> dict[str, str]:
    """The headers by which Vapi proves a body."""
    stamp = str(int((at or time.time()) * 1000))
    return {origin.TIMESTAMP: stamp, origin.SIGNATURE: origin.sign(body, stamp, secret)}


def invoke(tool: str, body: bytes, headers: dict[str, str], *, seconds: float = 10) -> dict[str, Any]:
    """The Lambda's answer to an API Gateway event of payload version 2.0."""
    handler = importlib.import_module(f"functions.tools.{tool}.handler").handler
    event = {
        "version": "2.0",
        "routeKey": f"POST /vapi/tools/{tool}",
        "rawPath": f"/vapi/tools/{tool}",
        "headers": {"content-type": "application/json", **headers},
        "body": body.decode("utf-8", "surrogatepass"),
        "isBase64Encoded": False,
    }
    return handler(event, Context(seconds))
