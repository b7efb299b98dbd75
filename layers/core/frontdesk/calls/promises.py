"""What was said in a call against what the rows say.

A promise without a row, a row nobody was told of, and a logged outcome that didn't happen each flag the call,
and the clinic is told. Read from the stored transcript, which keeps times and what was done though it names
nobody; so a call can be looked over again when a tool call comes after its report.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from frontdesk.call import Clinic
from frontdesk.calls import flags, said
from frontdesk.calls.flags import Flag
from frontdesk.calls.said import Claim
from frontdesk.calls.spoken_times import Times, times
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.notifications import notices

SQL: Final = queries.beside(__file__)

_CHECKED: Final[tuple[Flag, ...]] = ("promise_broken", "not_told", "outcome_differs")
_SKEW: Final = timedelta(seconds=5)
"""Vapi's clock and ours."""
_SOON: Final = 3
"""Turns of the voice within which it puts a slip right."""
_STANDING: Final = ("booked", "arrived", "fulfilled")
_OF_VISITS: Final = frozenset({"booked", "confirmed", "requested", "moved"})
_CANCELS: Final = re.compile(r"cancel|取消")


class Turn(NamedTuple):
    """A turn as it is stored."""

    role: str
    assistant: str | None
    at: datetime
    text: str


class Change(NamedTuple):
    """What the call did to a visit."""

    what: str
    """`booked`, `pending`, `moved`, `cancelled`, `taken_out`."""
    at: datetime
    appointment_id: int
    starts_at: datetime
    """Of a visit that was cancelled or taken out: as it had been."""
    status: str


class Rows(NamedTuple):
    """What a promise can rest on; starts as the clinic's clock shows them."""

    changes: list[Change]
    visits: list[tuple[str, datetime]]
    """Status and start of the caller's visits, whoever made them."""
    tools: frozenset[str]
    """Those that did what they were asked for."""
    transfers: list[str]
    """What became of each wish for a person."""
    is_proven: bool
    waits: bool
    """Whether the caller is on the waitlist."""
    was_handed_on: bool
    """To another assistant, or by Vapi itself to a number."""
    today: date

    def changed(self, *what: str, claim: Claim, status: str | None = None) -> bool:
        """Whether the call did one of these, at a time that the claim doesn't speak against."""
        return any(
            one.what in what
            and status in (None, one.status)
            and claim.times.fit(one.starts_at, today=self.today)
            for one in self.changes
        )

    def has(self, *statuses: str, claim: Claim) -> bool:
        """Whether the caller has such a visit at that time."""
        return any(
            status in statuses and claim.times.fit(starts_at, today=self.today)
            for status, starts_at in self.visits
        )


def check(db: Transaction, clinic: Clinic, call_id: str) -> set[Flag]:
    """Compares, flags, and tells the clinic what is new; returns every flag that came of it."""
    turns = db.all(Turn, SQL["turns"], call_id=call_id)
    found = db.value(SQL["what_stands"], call_id=call_id)
    rows = _rows(db, clinic, call_id, found)
    spoken = [turn for turn in turns if turn.role == "assistant"]
    raised: set[Flag] = set()
    untold: list[Change] = []
    if spoken:
        if broken(spoken, rows):
            raised.add("promise_broken")
        untold = not_told(spoken, rows)
        if untold:
            raised.add("not_told")
    logged = [found["outcome"], *_outcomes(found["structured"])]
    if any(outcome and not _OUTCOMES.get(outcome, _anything)(rows) for outcome in logged):
        raised.add("outcome_differs")
    flags.add(db, call_id, *raised, instead_of=_CHECKED)
    if "promise_broken" in raised:
        notices.note(db, "promise_broken", call_id=call_id)
    for change in untold:
        notices.note(
            db, "promise_broken", call_id=call_id, appointment_id=change.appointment_id, of="not_told"
        )
    if "outcome_differs" in raised:
        notices.note(db, "promise_broken", call_id=call_id, of="outcome_differs")
    db.run(SQL["checked"], call_id=call_id)
    return raised


def broken(spoken: Sequence[Turn], rows: Rows) -> list[Claim]:
    """What the voice said to be done that no row bears out, unless it took that back itself."""
    missing: list[Claim] = []
    for place, turn in enumerate(spoken):
        unkept = [claim for claim in said.claims(turn.text) if not is_kept(claim, rows)]
        if unkept and not any(said.takes_back(soon.text) for soon in spoken[place + 1 : place + 1 + _SOON]):
            missing += unkept
    return missing


def is_kept(claim: Claim, rows: Rows) -> bool:
    """Whether a row bears it out, at the time that was said."""
    has_times = claim.times != Times()
    match claim.kind:
        case "booked" | "confirmed":
            may_be_older = has_times or "check_appointments" in rows.tools
            return rows.changed("booked", "moved", claim=claim, status="booked") or (
                may_be_older and rows.has(*_STANDING, claim=claim)
            )
        case "moved":
            # Booking anew and cancelling the old one is a move to whoever hears it.
            return rows.changed("booked", "moved", claim=claim, status="booked")
        case "requested":
            return (
                rows.changed("pending", "booked", "moved", claim=claim)
                or rows.has("pending", claim=claim)
                or bool(rows.transfers)
                or rows.waits
            )
        case "cancelled":
            return rows.changed("cancelled", "taken_out", claim=claim) or rows.has("cancelled", claim=claim)
        case "waitlisted":
            return rows.waits or "add_to_waitlist" in rows.tools
        case "registered":
            return rows.is_proven or "register_new_patient" in rows.tools
        case "call_back":
            is_asked = any(change.status == "pending" for change in rows.changes)
            return (
                bool(rows.transfers) or rows.waits or is_asked or any(s == "pending" for s, _ in rows.visits)
            )
        case "transferred":
            return bool(rows.transfers) or rows.was_handed_on


def not_told(spoken: Sequence[Turn], rows: Rows) -> list[Change]:
    """The last change of each visit that no later turn speaks of, as when the caller had hung up."""
    last = {change.appointment_id: change for change in rows.changes if change.what != "taken_out"}
    return [
        change
        for change in last.values()
        if not any(_tells(turn, change, rows) for turn in _after(spoken, change))
    ]


def _after(spoken: Sequence[Turn], change: Change) -> Sequence[Turn]:
    """The turns from then on; all of them where their times are no guide."""
    first, last = spoken[0].at, spoken[-1].at
    if (first == last and len(spoken) > 1) or not first - timedelta(
        minutes=5
    ) <= change.at <= last + timedelta(hours=1):
        return spoken
    return [turn for turn in spoken if turn.at >= change.at - _SKEW]


def _tells(turn: Turn, change: Change, rows: Rows) -> bool:
    if change.what == "cancelled":
        return bool(_CANCELS.search(said.plain(turn.text)))
    if any(
        claim.kind in _OF_VISITS and claim.times.fit(change.starts_at, today=rows.today)
        for claim in said.claims(turn.text)
    ):
        return True
    named = (times(sentence) for sentence in said.sentences(turn.text))
    return any(one.clocks and one.fit(change.starts_at, today=rows.today) for one in named)


def _rows(db: Transaction, clinic: Clinic, call_id: str, found: dict[str, Any]) -> Rows:
    changes = db.all(
        Change,
        SQL["changes_of_visits"],
        call_id=call_id,
        since=found["since"] or found["started_at"],
        until=found["until"],
    )
    local = [one._replace(starts_at=one.starts_at.astimezone(clinic.zone)) for one in changes]
    visits = [
        (one["status"], datetime.fromisoformat(one["starts_at"]).astimezone(clinic.zone))
        for one in found["visits"]
    ]
    return Rows(
        changes=local,
        visits=visits,
        tools=frozenset(found["tools"]),
        transfers=found["transfers"],
        is_proven=found["proven"] is not None,
        waits=found["waits"],
        was_handed_on=found["handed"] > 0 or "forwarded" in (found["ended_reason"] or ""),
        today=datetime.fromisoformat(found["since"] or found["started_at"]).astimezone(clinic.zone).date(),
    )


def _outcomes(structured: Any) -> list[str]:
    """What Vapi's own analysis took the outcome to be (`resources/structuredOutputs/call_outcome.yml`)."""
    output = structured.get("call_outcome") if isinstance(structured, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    outcome = output.get("outcome") if isinstance(output, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return [outcome] if isinstance(outcome, str) else []


def _did(*what: str) -> Callable[[Rows], bool]:
    return lambda rows: any(change.what in what for change in rows.changes)


def _did_nothing(rows: Rows) -> bool:
    return not rows.changes and not rows.tools & {"add_to_waitlist", "register_new_patient"}


def _anything(rows: Rows) -> bool:  # noqa: ARG001 - of an outcome that says nothing about rows
    return True


_OUTCOMES: Final[dict[str, Callable[[Rows], bool]]] = {
    # A request that the clinic has yet to answer is logged as booked too: the tool knows no other word.
    "booked": _did("booked", "pending", "moved"),
    "requested": _did("pending", "booked", "moved"),
    "rescheduled": _did("moved", "booked", "pending"),
    "cancelled": _did("cancelled", "taken_out"),
    "registered": lambda rows: "register_new_patient" in rows.tools,
    "waitlisted": lambda rows: "add_to_waitlist" in rows.tools or rows.waits,
    "transferred": lambda rows: (
        "accepted" in rows.transfers or "asked" in rows.transfers or rows.was_handed_on
    ),
    "no_action": _did_nothing,
    "nothing": _did_nothing,
}
"""By the words of `log_call_metadata` and of the structured output; no row could deny the others."""
