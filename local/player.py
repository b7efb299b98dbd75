"""Plays a scripted call against a running stack: Vapi's payloads, signed as Vapi signs, over HTTP."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import httpx
import psycopg

from frontdesk import zones
from frontdesk.vapi.origin import sign
from local import deadlines, emrs, owners, scheduled, scripts, squad
from local.addresses import Addresses
from local.errors import ScriptWrong
from local.scripts import (
    Ask,
    Diary,
    Ends,
    Handoff,
    Looked,
    Ordered,
    Passing,
    Placed,
    Planned,
    Repeat,
    Request,
    Rings,
    Runs,
    Says,
    Script,
    Tells,
    Turn,
)
from local.vapi_call import PhoneCall, ToolCall

TIMEOUT_S = 20
"""As long as Vapi waits for a tool."""
_OVERRIDES = ("squadOverrides", "assistantOverrides", "squadId", "assistantId")
_AGAIN_S = 0.1
"""Between two askings for what is yet to happen."""


@dataclass(frozen=True)
class Spoke:
    """Somebody said something."""

    call: str
    who: str
    """`caller`, or the assistant's name."""
    text: str


@dataclass(frozen=True)
class HandedOff:
    """One assistant gave the call to another."""

    call: str
    before: str
    after: str
    objections: list[str]
    """Why the squad would not have done it."""


@dataclass(frozen=True)
class Passed:
    """Time passed at the clinic of that call."""

    call: str
    minutes: int


@dataclass(frozen=True)
class Ran:
    """A scheduled function had its turn."""

    call: str
    folder: str


@dataclass(frozen=True, kw_only=True)
class Judged:
    """An answer, and what the script thinks of it."""

    call: str
    answer: dict[str, Any]
    took_ms: float
    """Of the whole HTTP request."""
    met: list[str]
    """Paths that were as expected."""
    objections: list[str]
    """What was not."""


@dataclass(frozen=True, kw_only=True)
class Answered(Judged):
    """A tool call and its answer: the `result`, parsed; of an error, `{"error": sentence}`."""

    tool: str
    tool_call_id: str
    arguments: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Decided(Judged):
    """A member's request to the HTTP API, and its answer; a problem document has a `title`."""

    request: str


@dataclass(frozen=True, kw_only=True)
class Told(Judged):
    """A message that is no tool call, and its answer."""

    message: str
    """Its type, `assistant-request`; of a call of the desk's own, `POST /call`; else `live control`."""


@dataclass(frozen=True, kw_only=True)
class Glanced(Judged):
    """What is in a provider's own calendar: the event that was looked for, or nothing."""

    vendor: str
    looked_for: dict[str, Any]


@dataclass(frozen=True)
class Noted:
    """A provider put an event into their own calendar."""

    call: str
    vendor: str
    event: dict[str, Any]


@dataclass(frozen=True)
class Stopped:
    """The play could not go on."""

    call: str
    reason: str


Event = Spoke | HandedOff | Passed | Ran | Noted | Answered | Decided | Told | Glanced | Stopped


class Player:
    """One script on one stack. What earlier tool calls answered is known to later turns."""

    def __init__(self, script: Script, addresses: Addresses) -> None:
        self._script = script
        self._addresses = addresses
        self._http = httpx.Client(timeout=TIMEOUT_S)
        self._known: dict[str, Any] = {"fresh": scripts.somebody(), "clinic": script.known}
        self._asked: dict[str, tuple[Ask, ToolCall]] = {}
        self._calls: dict[str, PhoneCall] = {}
        for name, line in {"a": script, **script.calls}.items():
            self._calls[name] = PhoneCall(
                caller=scripts.resolved(line.caller, self._known),
                called=line.called,
                assistant=line.assistant or script.assistant or "router",
                vapi_url=addresses.vapi_url,
            )
        self._known["call"] = {name: {"id": call.id} for name, call in self._calls.items()}
        self._began = datetime.now(UTC)
        self._known["date"] = scripts.days(self._today())
        key = addresses.vapi_private_key
        self._squad = squad.read(addresses.vapi_url, key) if key else None

    def play(self) -> Iterator[Event]:
        """What happens, as it happens; the first turn that can't be played is the last."""
        with self._http:
            yield from self._played()

    def _played(self) -> Iterator[Event]:
        try:
            if any(isinstance(turn, Placed) for turn in self._script.turns):
                self._buy(self._script.called)
            for turn in self._script.turns:
                yield from self._turn(turn)
        except (ScriptWrong, httpx.HTTPError, psycopg.Error) as error:
            yield Stopped("a", str(error) or type(error).__name__)

    def _turn(self, turn: Turn) -> Iterator[Event]:
        if isinstance(turn, Says):
            yield self._says(turn)
        elif isinstance(turn, Handoff):
            call = self._call(turn.call)
            yield HandedOff(turn.call, call.assistant, turn.handoff, self._unlawful(call, turn.handoff))
            call.assistant = turn.handoff
        elif isinstance(turn, Request):
            yield self._request(turn)
        elif isinstance(turn, Rings):
            yield self._rings(turn)
        elif isinstance(turn, Placed):
            yield self._placed(turn)
        elif isinstance(turn, Runs):
            scheduled.run(turn.runs, self._addresses)
            yield Ran(turn.call, turn.runs)
        elif isinstance(turn, Tells):
            fields = scripts.resolved(turn.tells, self._known)
            yield self._tell(turn.call, self._call(turn.call).message(fields.pop("type"), **fields))
        elif isinstance(turn, Ordered):
            yield self._ordered(turn)
        elif isinstance(turn, Planned):
            event = scripts.resolved(turn.puts, self._known)
            owners.put(self._addresses.calendar_urls, turn.calendar, event, self._zone(turn.call))
            yield Noted(turn.call, turn.calendar, event)
        elif isinstance(turn, Looked):
            yield self._looked(turn)
        elif isinstance(turn, Diary):
            if kind := self._clinic(turn.call).get("emr"):
                yield self._diary(turn, kind)
        elif isinstance(turn, Ends):
            call = self._call(turn.call)
            yield self._tell(turn.call, call.message("status-update", status="ended", endedReason=turn.ends))
            yield self._tell(turn.call, call.report(turn.ends))
        elif isinstance(turn, Passing):
            org_id = self._clinic(turn.call)["id"]
            deadlines.bring_nearer(self._addresses.database_url, org_id, minutes=turn.minutes_pass)
            yield Passed(turn.call, turn.minutes_pass)
        elif isinstance(turn, Repeat):
            if turn.repeat not in self._asked:
                raise ScriptWrong(f"repeat: {turn.repeat}: no tool call before has that label")
            ask, tool_call = self._asked[turn.repeat]
            again = ask.model_copy(update={"label": turn.label, "expect": turn.expect})
            yield from self._ask(ask.call, [(again, tool_call)])
        elif isinstance(turn, Ask):
            yield self._ask_until(turn)
        else:
            yield from self._ask(turn.call, [(ask, self._tool_call(ask)) for ask in turn.together])

    def _says(self, turn: Says) -> Spoke:
        call = self._call(turn.call)
        text = scripts.spoken(turn.caller or turn.assistant or "", self._known)
        call.said("user" if turn.caller else "bot", text)
        return Spoke(turn.call, "caller" if turn.caller else call.assistant, text)

    def _ask_until(self, turn: Ask) -> Answered:
        """Each time another tool call: an answer that was given isn't given anew."""
        until = time.monotonic() + (turn.within_s or 0)
        while True:
            [answered] = self._ask(turn.call, [(turn, self._tool_call(turn))])
            if not answered.objections or time.monotonic() > until:
                return answered
            time.sleep(_AGAIN_S)

    def _tool_call(self, ask: Ask) -> ToolCall:
        return ToolCall(ask.tool, scripts.resolved(ask.arguments, self._known))

    def _ask(self, name: str, pairs: Sequence[tuple[Ask, ToolCall]]) -> Iterator[Answered]:
        """One message per tool asked, each with all calls, since each function answers only its own."""
        call = self._call(name)
        tool_calls = [tool_call for _, tool_call in pairs]
        tools = {one.name: self._definition(call, one.name) for one in tool_calls}
        body = json.dumps(call.tool_calls(tool_calls, tools), ensure_ascii=False).encode()
        answers: dict[str, tuple[dict[str, Any], float]] = {}
        for tool in tools.values():
            results, took_ms = self._post(tool["server"]["url"], body)
            answers |= {key: (answer, took_ms) for key, answer in results.items()}
        for ask, tool_call in pairs:
            answer, took_ms = answers.get(tool_call.id, ({"error": "no result with this toolCallId"}, 0.0))
            call.answered(tool_call, json.dumps(answer, ensure_ascii=False))
            if ask.label:
                self._known[ask.label] = answer
                self._asked[ask.label] = (ask, tool_call)
            met, objections = self._judged(answer, ask.expect, unless="error")
            objections += self._unlinked(call, ask.tool)
            yield Answered(
                call=name,
                tool=ask.tool,
                tool_call_id=tool_call.id,
                arguments=tool_call.arguments,
                answer=answer,
                took_ms=took_ms,
                met=met,
                objections=objections,
            )

    def _definition(self, call: PhoneCall, tool: str) -> dict[str, Any]:
        """The tool as the speaking assistant has it; where no squad was pushed, one that only says where."""
        member = self._squad and self._squad.members.get(call.assistant)
        if member and tool in member.tools:
            return dict(member.tools[tool])
        url = f"{self._addresses.api_url}/vapi/tools/{tool}"
        return {"type": "function", "function": {"name": tool}, "async": False, "server": {"url": url}}

    def _unlinked(self, call: PhoneCall, tool: str) -> list[str]:
        if self._squad is None:
            return []
        member = self._squad.members.get(call.assistant)
        return [] if member and tool in member.tools else [f"{call.assistant} is not linked to {tool}"]

    def _unlawful(self, call: PhoneCall, after: str) -> list[str]:
        if self._squad is None:
            return []
        member = self._squad.members.get(call.assistant)
        return [] if member and after in member.hands_to else [f"{call.assistant} can't hand over to {after}"]

    def _request(self, turn: Request) -> Decided:
        request = scripts.spoken(turn.member, self._known)
        method, _, path = request.partition(" ")
        headers = {"authorization": f"Bearer {self._clinic(turn.call)['jwt']}"}
        body = scripts.resolved(turn.body, self._known)
        until = time.monotonic() + (turn.within_s or 0)
        while True:
            began = time.perf_counter()
            response = self._http.request(
                method, f"{self._addresses.api_url}{path}", headers=headers, json=body
            )
            took_ms = _since(began)
            answer = response.json()
            met, objections = self._judged(answer, turn.expect, unless="title")
            if not objections or time.monotonic() > until:
                break
            time.sleep(_AGAIN_S)
        if turn.label:
            self._known[turn.label] = answer
        return Decided(
            call=turn.call,
            request=request,
            answer=answer,
            took_ms=took_ms,
            met=met,
            objections=objections,
        )

    def _rings(self, turn: Rings) -> Told:
        call = self._call(turn.call)
        told = self._tell(turn.call, call.message("assistant-request"))
        call.squad_id = told.answer.get("squadId")
        return self._heard(turn, told)

    def _buy(self, number: str) -> None:
        """Puts the clinic's line into the platform's account, as an operator does once."""
        headers = {"authorization": f"Bearer {self._addresses.vapi_private_key}"}
        url = f"{self._addresses.vapi_url}/phone-number"
        there = self._http.get(url, headers=headers, params={"limit": 1000}).raise_for_status().json()
        if number not in [one.get("number") for one in there]:
            bought = {
                "provider": "twilio",
                "number": number,
                "twilioAccountSid": "AC1",
                "twilioAuthToken": "x",
            }
            self._http.post(url, headers=headers, json=bought).raise_for_status()

    def _placed(self, turn: Placed) -> Told:
        """Takes over the call that the desk made to this number since the play began."""
        call = self._call(turn.call)
        headers = {"authorization": f"Bearer {self._addresses.vapi_private_key}"}
        asked = {"limit": 1000, "createdAtGe": self._began.isoformat()}
        until = time.monotonic() + turn.within_s
        while True:
            began = time.perf_counter()
            found = self._http.get(f"{self._addresses.vapi_url}/call", headers=headers, params=asked)
            took_ms = _since(began)
            for one in cast("list[dict[str, Any]]", found.raise_for_status().json()):
                number = scripts.at(one, "customer.number")
                if number == call.caller and one["id"] not in self._ids:
                    call.id, call.kind = one["id"], one["type"]
                    call.made_with = {key: one[key] for key in _OVERRIDES if key in one}
                    self._known["call"][turn.call]["id"] = call.id
                    told = Told(
                        call=turn.call,
                        message="POST /call",
                        answer=one,
                        took_ms=took_ms,
                        met=[],
                        objections=[],
                    )
                    return self._heard(turn, told)
            if time.monotonic() > until:
                raise ScriptWrong(f"nobody called {call.caller} within {turn.within_s} s")
            time.sleep(_AGAIN_S)

    def _ordered(self, turn: Ordered) -> Told:
        """The first order to the call that is as expected, else the last there is."""
        url = f"{self._addresses.vapi_url}/calls/{self._call(turn.call).id}/control"
        until = time.monotonic() + turn.within_s
        while True:
            began = time.perf_counter()
            orders = cast("list[dict[str, Any]]", self._http.get(url).raise_for_status().json())
            took_ms = _since(began)
            judged = [(*self._judged(order, turn.ordered, unless="error"), order) for order in orders or [{}]]
            met, objections, order = next((one for one in judged if not one[1]), judged[-1])
            if not objections or time.monotonic() > until:
                break
            time.sleep(_AGAIN_S)
        return Told(
            call=turn.call,
            message="live control",
            answer=order,
            took_ms=took_ms,
            met=met,
            objections=objections,
        )

    def _looked(self, turn: Looked) -> Glanced:
        """The event that is as wanted, or what is there in its place; how long that took to be so."""
        wanted = scripts.resolved(turn.sees, self._known)
        zone = self._zone(turn.call)
        began = time.perf_counter()
        until = time.monotonic() + turn.within_s
        while True:
            there = owners.events(self._addresses.calendar_urls, turn.calendar, zone)
            found = next((one for one in there if not self._judged(one, wanted, unless="error")[1]), None)
            if (found is not None) == turn.is_there or time.monotonic() > until:
                break
            time.sleep(_AGAIN_S)
        is_right = (found is not None) == turn.is_there
        return Glanced(
            call=turn.call,
            vendor=turn.calendar,
            looked_for=wanted,
            answer=found or {},
            took_ms=_since(began),
            met=["sees"] if is_right else [],
            objections=[]
            if is_right
            else [f"sees: wanted {'one' if turn.is_there else 'none'}, there are {there}"],
        )

    def _diary(self, turn: Diary, kind: str) -> Glanced:
        """The visit that is as wanted; the EMR itself is asked."""
        wanted = scripts.resolved(turn.diary, self._known)
        began = time.perf_counter()
        there = emrs.visits(self._addresses.emr_urls[kind], kind, self._zone(turn.call))
        found = next((one for one in there if not self._judged(one, wanted, unless="error")[1]), None)
        is_right = (found is not None) == turn.is_there
        return Glanced(
            call=turn.call,
            vendor=kind,
            looked_for=wanted,
            answer=found or {},
            took_ms=_since(began),
            met=["diary"] if is_right else [],
            objections=[]
            if is_right
            else [f"diary: wanted {'one' if turn.is_there else 'none'}, there are {there}"],
        )

    @property
    def _ids(self) -> set[str]:
        return {call.id for call in self._calls.values()}

    def _heard(self, turn: Rings | Placed, told: Told) -> Told:
        """The answer, known by its label and judged."""
        if turn.label:
            self._known[turn.label] = told.answer
        met, objections = self._judged(told.answer, turn.expect, unless="error")
        return replace(told, met=met, objections=objections)

    def _tell(self, name: str, body: dict[str, Any]) -> Told:
        """Sends a message that is no tool call."""
        answer, took_ms = self._send(
            f"{self._addresses.api_url}/vapi/messages", json.dumps(body, ensure_ascii=False).encode()
        )
        return Told(
            call=name,
            message=body["message"]["type"],
            answer=answer,
            took_ms=took_ms,
            met=[],
            objections=[],
        )

    def _post(self, url: str, body: bytes) -> tuple[dict[str, dict[str, Any]], float]:
        """The answers by tool call id, and the milliseconds it took."""
        answer, took_ms = self._send(url, body)
        results = cast("list[dict[str, str]]", answer.get("results", []))
        return {one["toolCallId"]: _read(one) for one in results}, took_ms

    def _send(self, url: str, body: bytes) -> tuple[dict[str, Any], float]:
        """The answer to a request of Vapi's, and the milliseconds it took. Raises `ScriptWrong`."""
        plan = self._addresses.vapi_hmac
        stamp = str(int(time.time()))
        headers = {
            "content-type": "application/json",
            plan.timestamp_header: stamp,
            plan.signature_header: sign(body, stamp, plan.secret),
        }
        began = time.perf_counter()
        response = self._http.post(url, content=body, headers=headers)
        took_ms = _since(began)
        if response.status_code != 200:
            raise ScriptWrong(f"{url} answered {response.status_code}: {response.text[:300]}")
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise ScriptWrong(f"{url} is no desk: it answered 200, and no JSON object")
        return cast("dict[str, Any]", answer), took_ms

    def _judged(
        self, answer: dict[str, Any], expect: dict[str, Any], *, unless: str
    ) -> tuple[list[str], list[str]]:
        """What was met and what not. What only an error has fails the play, unless it is expected."""
        met: list[str] = []
        objections: list[str] = []
        for path, wanted in ({unless: {"exists": False}} | expect).items():
            objection = scripts.objection(scripts.at(answer, path), scripts.resolved(wanted, self._known))
            if objection:
                objections.append(f"{path}: {objection}")
            elif path in expect:
                met.append(path)
        return met, objections

    def _call(self, name: str) -> PhoneCall:
        if name not in self._calls:
            raise ScriptWrong(f"there is no call {name}; name it under `calls`")
        return self._calls[name]

    def _clinic(self, name: str) -> dict[str, Any]:
        """Of the line that a call is on; raises `ScriptWrong` when it is nobody's."""
        called = self._call(name).called
        for one in self._addresses.organizations:
            if one["phone_number"] == called:
                return one
        raise ScriptWrong(f"{called} is no clinic's line on this stack")

    def _zone(self, name: str) -> ZoneInfo:
        return zones.zone(self._clinic(name)["time_zone"])

    def _today(self) -> date:
        """The clinic's."""
        names = {one["phone_number"]: one["time_zone"] for one in self._addresses.organizations}
        return zones.today(datetime.now(UTC), zones.zone(names.get(self._script.called, "UTC")))


def _since(began: float) -> float:
    """Milliseconds."""
    return round((time.perf_counter() - began) * 1000, 1)


def _read(result: dict[str, str]) -> dict[str, Any]:
    if "result" not in result:
        return {"error": result.get("error", "neither result nor error")}
    return json.loads(result["result"])
