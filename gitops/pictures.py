"""The pictures in docs/, drawn from what the code says: who asks whom, and the ladder of patience."""

from collections.abc import Mapping, Sequence
from typing import Final

from frontdesk.tool import DEADLINE_S, LAMBDA_TIMEOUT_S, STATEMENT_SHARE, VAPI_TIMEOUT_S
from gitops.svg import WIDTH, document, text

_CALL: Final = {"caller": 70, "Vapi": 260, "Lambda": 490, "Postgres": 780}
_CALL_STEPS: Final = (
    ("caller", "Vapi", "“Tuesday morning, please.”"),
    ("Vapi", "Lambda", "POST /vapi/tools/{name}, signed"),
    ("Lambda", "Lambda", "prove the raw body, read Vapi's shape"),
    ("Lambda", "Postgres", "BEGIN · clinic by called number · claims"),
    ("Lambda", "Lambda", "check the arguments, run the handler"),
    ("Lambda", "Postgres", "its queries, under the clinic's wall"),
    ("Lambda", "Postgres", "(undo a decline) · answer · audit · COMMIT"),
    ("Lambda", "Vapi", "200, one line: facts, say, today"),
    ("Vapi", "caller", "“The earliest I have is …”"),
)
_SAVE: Final = {"clinic": 50, "API": 215, "bus, queue": 375, "on_agent_saved": 545, "Vapi": 800}
_SAVE_STEPS: Final = (
    ("clinic", "API", "PUT /agents/{id}"),
    ("API", "API", "one row, its next version"),
    ("API", "bus, queue", "AgentSaved: ids"),
    ("API", "clinic", "200, sync: pending"),
    ("bus, queue", "on_agent_saved", "at 0, 2, 6, 14 s"),
    ("on_agent_saved", "on_agent_saved", "lease of the agent, its current row"),
    ("on_agent_saved", "Vapi", "POST /tool: what is missing, once"),
    ("on_agent_saved", "Vapi", "PATCH /assistant: the whole model"),
    ("on_agent_saved", "on_agent_saved", "org_tools, synced_version, lease"),
)

_EMR: Final = {"caller": 50, "tool": 210, "Postgres": 400, "emr/ask": 590, "EMR": 790}
_EMR_STEPS: Final = (
    ("caller", "tool", "“Half past nine, please.”"),
    ("tool", "Postgres", "our row, pending, and its mark"),
    ("Postgres", "Postgres", "COMMIT: it blocks the time for others"),
    ("tool", "emr/ask", "book, by that mark; what is left of 4 s"),
    ("emr/ask", "EMR", "is it there by its mark? is the time free?"),
    ("emr/ask", "EMR", "write it, with the mark"),
    ("emr/ask", "EMR", "read the day again: who was first?"),
    ("emr/ask", "tool", "it stands · somebody was faster · no answer"),
    ("tool", "Postgres", "booked · row gone · left pending, in doubt"),
    ("tool", "caller", "“You are booked.” or the truth"),
    ("emr/ask", "emr/ask", "later, what is in doubt: emr/sync reads"),
    ("EMR", "Postgres", "the mark is there: booked; it isn't: cancelled, and the clinic told"),
)

_CALENDAR: Final = {
    "owner": 50,
    "Google, Outlook": 200,
    "calendars/sync": 410,
    "queue": 560,
    "Postgres": 690,
    "tools": 810,
}
_CALENDAR_STEPS: Final = (
    ("calendars/sync", "calendars/sync", "inward: what blocks there, blocks here"),
    ("owner", "Google, Outlook", "“out on Tuesday”"),
    ("Google, Outlook", "queue", "a hint (calendars/hints), or the clock after ten minutes"),
    ("queue", "calendars/sync", "connection's id"),
    ("calendars/sync", "Google, Outlook", "what changed since the last time?"),
    ("calendars/sync", "Postgres", "calendar_busy, by one transaction"),
    ("Postgres", "tools", "busy: not offered"),
    ("tools", "Google, Outlook", "old? a look at that one day, with nothing locked meanwhile"),
    ("calendars/sync", "calendars/sync", "outward: what is booked, stands there"),
    ("tools", "Postgres", "visit + outbox row"),
    ("tools", "queue", "a word, after the commit"),
    ("queue", "calendars/sync", "connection's id"),
    ("calendars/sync", "Postgres", "the event that is about to be"),
    ("calendars/sync", "Google, Outlook", "made once, by an id of ours"),
    ("calendars/sync", "Postgres", "its id and etag: done"),
    ("Google, Outlook", "owner", "the visit"),
)


def tool_call() -> str:
    """A tool call from the voice to the row and back, as SVG."""
    heading = "A tool call, from the voice to the row and back"
    return _sequence(
        _CALL, _CALL_STEPS, heading, "Sequence of a tool call between caller, Vapi, Lambda and Postgres"
    )


def tool_sync() -> str:
    """A save of an agent from the clinic to its assistant at Vapi, as SVG."""
    heading = "A save, from the row to the linked assistant"
    return _sequence(
        _SAVE, _SAVE_STEPS, heading, "Sequence of a save between clinic, API, queue, its function and Vapi"
    )


def emr() -> str:
    """One booking at a clinic's EMR, as SVG."""
    heading = "A booking at an EMR: our row first, then theirs, and ours stands when theirs does"
    title = "Sequence of a booking between caller, tool, Postgres, the function that asks EMRs, and the EMR"
    return _sequence(_EMR, _EMR_STEPS, heading, title)


def calendars() -> str:
    """An owner's event on its way in, and a visit on its way out, as SVG."""
    heading = "Calendars, both ways: Postgres is the truth, a calendar its mirror"
    title = (
        "Sequence of a change inward and of a booking outward between owner, vendor, sync, Postgres and tools"
    )
    return _sequence(_CALENDAR, _CALENDAR_STEPS, heading, title)


def _sequence(
    lanes: Mapping[str, int], steps: Sequence[tuple[str, str, str]], heading: str, title: str
) -> str:
    """Who asks whom, downwards in time; a step from a lane to itself is a box."""
    step, top = 46, 78
    bottom = top + step * len(steps)
    parts = [text(20, 26, heading, "lane")]
    for lane, x in lanes.items():
        parts.append(text(x, 54, lane, "lane", anchor="middle"))
        parts.append(f'<line class="line" x1="{x}" y1="62" x2="{x}" y2="{bottom - 12}"/>')
    for number, (start, end, words) in enumerate(steps):
        y = top + step * number + 18
        if start == end:
            parts.append(
                f'<rect class="box" x="{lanes[start] - 130}" y="{y - 18}" width="260" height="26" rx="6"/>'
            )
            parts.append(text(lanes[start], y, words, anchor="middle"))
        else:
            parts += _arrow(lanes[start], lanes[end], y, words)
    return document(bottom + 8, parts, title)


def ladder() -> str:
    """Who gives up when, to scale, as SVG: each step leaves the next one time to say so."""
    rungs = (
        ("statement timeout", STATEMENT_SHARE * DEADLINE_S),
        ("deadline inside the function", DEADLINE_S),
        ("Lambda timeout", LAMBDA_TIMEOUT_S),
        ("Vapi's patience", VAPI_TIMEOUT_S),
    )
    left, scale = 230, (WIDTH - 310) / VAPI_TIMEOUT_S
    parts = [text(20, 26, "The ladder of patience, in seconds", "lane")]
    for number, (name, seconds) in enumerate(rungs):
        y = 52 + 34 * number
        parts.append(text(left - 12, y + 13, name, anchor="end"))
        parts.append(
            f'<rect class="bar" x="{left}" y="{y}" width="{seconds * scale:.0f}" height="18" rx="4"/>'
        )
        parts.append(text(round(left + seconds * scale) + 8, y + 13, f"{seconds:g} s", "note"))
    return document(52 + 34 * len(rungs) + 6, parts, "Four timeouts, each shorter than the next")


def _arrow(start: int, end: int, y: int, words: str) -> list[str]:
    tip = end - 7 if end > start else end + 7
    back = tip - 6 if end > start else tip + 6
    return [
        text((start + end) // 2, y - 5, words, "note", anchor="middle"),
        f'<line class="go" x1="{start}" y1="{y + 4}" x2="{tip}" y2="{y + 4}"/>',
        f'<path class="tip" d="M{end} {y + 4} L{back} {y - 1} L{back} {y + 9} Z"/>',
    ]
