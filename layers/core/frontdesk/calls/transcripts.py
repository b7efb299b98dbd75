"""What Vapi tells of a call that is over, as plain values, from old places and new, whatever is missing.

Shapes: Vapi's OpenAPI of 2026-08-18 (`ServerMessageEndOfCallReport`, `Artifact`) and reports captured in
2024. Nothing here raises, and no text is redacted yet.
"""

import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple, cast

from frontdesk.tool import clean

MOST_TURNS: Final = 5_000
"""More are counted, not stored; half an hour has some three hundred."""
MOST_CHARACTERS: Final = 100_000
"""Of all turns together: an hour of talk, where a call may last half of one; a second of redaction."""
MOST_SUMMARY: Final = 10_000
"""Characters; Vapi's own summaries are a paragraph."""
MOST_STRUCTURED: Final = 20_000
"""Characters of JSON of all structured outputs together."""
_LONGEST_REASON: Final = 200
_MOST_COST: Final = 100_000
_NAME: Final = re.compile(r"[\w .:/-]{1,100}")
_ROLES: Final[dict[str, "Role"]] = {
    **dict.fromkeys(("bot", "assistant", "ai"), "assistant"),
    **dict.fromkeys(("user", "caller", "customer"), "caller"),
}
_LINE: Final = re.compile(r"^(AI|Assistant|Bot|User|Caller|Customer): ?", re.MULTILINE | re.IGNORECASE)

Role = Literal["assistant", "caller"]


class Turn(NamedTuple):
    """What one of the two said before the other spoke."""

    role: Role
    assistant: str | None
    """Which of a squad's members spoke, where that is told."""
    at: datetime
    """In UTC; of a turn without a time, that of the one before."""
    text: str


class ToolSeen(NamedTuple):
    """A tool call as Vapi reports it; some are not ours, such as handing over and hanging up."""

    id: str
    name: str
    at: datetime
    ms: int | None


class Report(NamedTuple):
    """A call, at its end."""

    started_at: datetime | None
    ended_at: datetime | None
    ended_reason: str | None
    cost_usd: Decimal | None
    summary: str
    structured: dict[str, Any]
    """Structured outputs by name, and what older analysis plans gave; what is too long says so."""
    recording_url: str | None
    turns: list[Turn]
    left_out: int
    """How many turns at the end are not among them."""
    tools: list[ToolSeen]
    assistants: list[str]
    """Who took the call, in order."""

    @property
    def duration_s(self) -> int | None:
        """From start to end, where both are told and in order."""
        if self.started_at is None or self.ended_at is None or self.ended_at < self.started_at:
            return None
        return round((self.ended_at - self.started_at).total_seconds())


def report(message: dict[str, Any], *, now: datetime) -> Report:
    """The end-of-call report in a message; times that can't be, as after `now`, count as not told."""
    artifact, analysis, call = (_dict(message.get(name)) for name in ("artifact", "analysis", "call"))
    started = _first_instant(now, message.get("startedAt"), call.get("startedAt"), call.get("createdAt"))
    ended = _first_instant(now, message.get("endedAt"), call.get("endedAt"), message.get("timestamp"))
    if started and ended and ended < started:
        ended = None
    entries = _history(artifact, message)
    turns = list(_turns(entries, started or now, now))
    if not turns:
        turns = _of_text(_text(artifact, "transcript") or _text(message, "transcript"), started or now)
    kept = _bounded(turns)
    activated = (_named(_dict(one), "assistantName") for one in _list(artifact.get("assistantActivations")))
    return Report(
        started_at=started,
        ended_at=ended,
        ended_reason=_line(message.get("endedReason") or call.get("endedReason")),
        cost_usd=_cost(message.get("cost")),
        summary=_clipped(clean(_text(analysis, "summary") or _text(message, "summary"))),
        structured=_structured(artifact, analysis),
        recording_url=_recording(artifact) or _recording(message),
        turns=kept,
        left_out=len(turns) - len(kept),
        tools=_tools(entries, started or now, now),
        assistants=[name for name in activated if name],
    )


def instant(told: Any, *, now: datetime) -> datetime | None:
    """ISO text or epoch milliseconds (or seconds), in UTC; None for no time between 2000 and tomorrow."""
    try:
        if isinstance(told, str) and told.strip():
            text = told.strip()
            if re.fullmatch(r"\d+(?:\.\d+)?", text):
                return instant(float(text), now=now)
            found = datetime.fromisoformat(text)
            at = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        elif isinstance(told, int | float) and not isinstance(told, bool) and math.isfinite(told):
            at = datetime.fromtimestamp(told / 1000 if told > 1e11 else told, UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return at if at.year >= 2000 and at <= now + timedelta(days=1) else None


def named(holder: Any) -> str | None:
    """The `name` of an object that a message holds, such as an assistant; None without one to be shown."""
    return _named(_dict(holder), "name")


def _history(artifact: dict[str, Any], message: dict[str, Any]) -> list[dict[str, Any]]:
    """The first list in which somebody speaks."""
    for holder in (artifact, message):
        entries = [_dict(one) for one in _list(holder.get("messages"))]
        if any(_role(one) and _said(one) for one in entries):
            return entries
    return []


def _turns(entries: list[dict[str, Any]], started: datetime, now: datetime) -> Iterator[Turn]:
    at = started
    for entry in entries:
        role, text = _role(entry), _said(entry)
        if role and text:
            at = _at(entry, started, now) or at
            yield Turn(role, _named(entry, "assistantName") if role == "assistant" else None, at, text)


def _of_text(transcript: str, started: datetime) -> list[Turn]:
    """Turns of a transcript that is only text, `AI: …` and `User: …` in lines."""
    parts = _LINE.split(transcript)
    spoken = [("user", parts[0]), *zip(parts[1::2], parts[2::2], strict=True)]
    return [Turn(_ROLES[who.lower()], None, started, text) for who, said in spoken if (text := clean(said))]


def _bounded(turns: list[Turn]) -> list[Turn]:
    left = MOST_CHARACTERS
    for place, turn in enumerate(turns[:MOST_TURNS]):
        if len(turn.text) > left:
            whole = [] if not left or place else [turn._replace(text=turn.text[:left])]
            return turns[:place] + whole
        left -= len(turn.text)
    return turns[:MOST_TURNS]


def _tools(entries: list[dict[str, Any]], started: datetime, now: datetime) -> list[ToolSeen]:
    """In order; how long one took is from its call to its result."""
    results = {
        _text(entry, "toolCallId"): at
        for entry in entries
        if entry.get("role") == "tool_call_result" and (at := _at(entry, started, now))
    }
    seen: list[ToolSeen] = []
    for entry in entries:
        if entry.get("role") != "tool_calls":
            continue
        at = _at(entry, started, now) or started
        for one in map(_dict, _list(entry.get("toolCalls"))):
            id_ = _text(one, "id")
            if name := _named(_dict(one.get("function")), "name"):
                took = (results[id_] - at).total_seconds() * 1000 if id_ in results else None
                seen.append(ToolSeen(id_, name, at, None if took is None or took < 0 else round(took)))
    return seen[:MOST_TURNS]


def _structured(artifact: dict[str, Any], analysis: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    outputs = _dict(artifact.get("structuredOutputs"))
    for key, one in outputs.items():
        output = _dict(one)
        if "result" in output:
            found[_named(output, "name") or str(key)[:100]] = output["result"]
    for name in ("structuredData", "structuredDataMulti", "successEvaluation"):
        if (value := analysis.get(name)) not in (None, "", [], {}):
            found[name] = value
    left = MOST_STRUCTURED
    for name, value in found.items():
        length = len(name) + len(json.dumps(value, ensure_ascii=False))
        if length > left:
            found[name] = {"isTooLong": True}
        else:
            left -= length
    return found


def _clipped(summary: str) -> str:
    return summary if len(summary) <= MOST_SUMMARY else f"{summary[:MOST_SUMMARY]}…"


def _recording(holder: dict[str, Any]) -> str | None:
    """A link that stays; the presigned ones end after a while and differ on each delivery."""
    recording = _dict(holder.get("recording"))
    links = (
        recording.get("stereoUrl"),
        _dict(recording.get("mono")).get("combinedUrl"),
        holder.get("stereoRecordingUrl"),
        holder.get("recordingUrl"),
    )
    return next(
        (url for url in links if isinstance(url, str) and re.fullmatch(r"https?://[!-~]{1,1900}", url)), None
    )


def _cost(told: Any) -> Decimal | None:
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 <= told < _MOST_COST:
        return None
    return round(Decimal(str(told)), 6)


def _first_instant(now: datetime, *told: Any) -> datetime | None:
    return next((at for one in told if (at := instant(one, now=now))), None)


def _at(entry: dict[str, Any], started: datetime, now: datetime) -> datetime | None:
    if at := instant(entry.get("time"), now=now):
        return at
    behind = entry.get("secondsFromStart")
    if isinstance(behind, int | float) and not isinstance(behind, bool) and 0 <= behind < 1e6:
        return started + timedelta(seconds=behind)
    return None


def _role(entry: dict[str, Any]) -> Role | None:
    role = entry.get("role")
    return _ROLES.get(role) if isinstance(role, str) else None


def _said(entry: dict[str, Any]) -> str:
    told = entry.get("message") or entry.get("content")
    return clean(told) if isinstance(told, str) else ""


def _named(holder: dict[str, Any], key: str) -> str | None:
    """A name that somebody gave to a thing of ours: short, and without anything unusual in it."""
    name = clean(_text(holder, key))
    return name if _NAME.fullmatch(name) else None


def _line(told: Any) -> str | None:
    return clean(told)[:_LONGEST_REASON] or None if isinstance(told, str) else None


def _dict(found: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _list(found: Any) -> list[Any]:
    return cast("list[Any]", found) if isinstance(found, list) else []


def _text(holder: dict[str, Any], key: str) -> str:
    found = holder.get(key)
    return found if isinstance(found, str) else ""
