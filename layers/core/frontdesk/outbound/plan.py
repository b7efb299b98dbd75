"""Who is called when, and why not. Pure: rows and rules in, verdicts out; no clock, no database.

The schedule that makes calls and `frontdesk outbound plan` both go by it, so what is shown is what is done.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from frontdesk import zones
from frontdesk.outbound import callee

CONSENT_NEEDED: Final = frozenset({"recall"})
"""The others are about what the patient asked for themselves; this one they never asked for."""
_CALLED: Final = {
    "reminder": "reminders",
    "waitlist_offer": "waitlist offers",
    "approval_result": "answers to requests",
    "recall": "recalls",
}


class Rules(NamedTuple):
    """The clinic's."""

    zone: ZoneInfo
    purposes: frozenset[str]
    starts: time
    """No call begins before, nor at or after `ends`, by the clock of the clinic and of the callee."""
    ends: time
    attempts: int
    concurrency: int
    spacing: timedelta
    """From the beginning of a call until that person is called again, whatever about."""
    has_line: bool
    """Whether a number of the clinic is at Vapi, to call from."""


class Item(NamedTuple):
    """One call to make, or under way, with all that decides about it."""

    id: int
    purpose: str
    number: str
    patient_id: int | None
    may_be_called: bool | None
    is_on_list: bool
    """Whether the number is on the clinic's do-not-call list."""
    is_on_the_phone: bool
    """Whether the number talks with the clinic at this moment."""
    untrue: str | None
    """Why it is about nothing any more, in words."""
    is_calling: bool
    not_before: datetime
    expires_at: datetime
    next_at: datetime
    attempts: int
    """Made so far."""
    last_asked: datetime | None
    """When that person or number was last called, if that was within the spacing."""


class Verdict(NamedTuple):
    """What becomes of it."""

    item: Item
    what: Literal["calling", "now", "later", "never", "off"]
    """`never`: it is over, `off`: until the clinic changes something."""
    at: datetime | None
    """When it is, or may be, called, in UTC; None where no time would do."""
    why: str
    """In words; names nobody."""


def plan(items: Iterable[Item], rules: Rules, *, now: datetime) -> list[Verdict]:
    """A verdict on each, in the order in which they are called: the soonest to expire first."""
    asked = sorted(items, key=lambda one: (not one.is_calling, one.expires_at, one.next_at, one.id))
    under_way = [one for one in asked if one.is_calling]
    free = rules.concurrency - len(under_way)
    numbers = {one.number for one in under_way}
    people = {one.patient_id for one in under_way} - {None}
    verdicts: list[Verdict] = []
    for item in asked:
        verdict = _considered(item, rules, zones.utc(now))
        if verdict.what == "now":
            if item.is_on_the_phone or item.number in numbers or item.patient_id in people:
                verdict = Verdict(item, "later", verdict.at, "that person is on the phone with the clinic")
            elif free <= 0:
                verdict = Verdict(
                    item, "later", verdict.at, "as many calls as the clinic allows are under way"
                )
            else:
                free -= 1
                numbers.add(item.number)
                people |= {item.patient_id} - {None}
        verdicts.append(verdict)
    return verdicts


def _considered(item: Item, rules: Rules, now: datetime) -> Verdict:
    """The verdict on it alone."""
    if item.is_calling:
        return Verdict(item, "calling", None, "is being called")
    if over := _over(item, rules, now):
        return Verdict(item, "never", None, over)
    if item.purpose not in rules.purposes:
        return Verdict(item, "off", None, f"the clinic has not switched on {_CALLED[item.purpose]}")
    if not rules.has_line:
        return Verdict(item, "off", None, "no number of the clinic is at Vapi to call from")
    rested = now if item.last_asked is None else zones.utc(item.last_asked) + rules.spacing
    earliest = max(now, zones.utc(item.not_before), zones.utc(item.next_at), rested)
    where = callee.zones_of(item.number, rules.zone)
    at = callee.open_from(earliest, where, starts=rules.starts, ends=rules.ends)
    if at is None:
        return Verdict(item, "never", None, "there is no hour that is right there and at the clinic")
    if at >= zones.utc(item.expires_at):
        return Verdict(item, "never", None, "no hour to call is left before it is too late")
    if at <= now:
        return Verdict(item, "now", at, "is called now")
    if at > earliest:
        return Verdict(item, "later", at, "it is a quiet hour there or at the clinic")
    if item.attempts and earliest == zones.utc(item.next_at):
        return Verdict(item, "later", at, "was tried a while ago")
    if earliest == rested:
        return Verdict(item, "later", at, "that person was called a while ago")
    return Verdict(item, "later", at, "it is too early for it")


def _over(item: Item, rules: Rules, now: datetime) -> str | None:
    """Why it is never called, if so."""
    if item.is_on_list:
        return "the number is on the do-not-call list"
    if item.may_be_called is False:
        return "the patient does not want to be called"
    if item.may_be_called is None and item.purpose in CONSENT_NEEDED:
        return "the patient has not agreed to such calls"
    if item.untrue:
        return item.untrue
    if item.attempts >= rules.attempts:
        return "it was tried as often as the clinic allows"
    if zones.utc(item.expires_at) <= now:
        return "it is too late for it"
    return None
