"""Scripted calls: what is said, which tools the model calls, and what must come back. YAML 1.2.

A value `$label.path` is taken from the answer labelled so by `as`; `$date` holds days in the clinic's zone,
`$fresh` a person nobody knows yet, `$call` each call's id by its name. In what is said, and in a member's
request, `{label.path}` does the same.

A member of the clinic may have a turn, by the HTTP API. And time may pass: on the local stack only, and only
for what the clinic waits for, because nothing but a rehearsal can wind on a clinic's clock.
"""

import random
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, cast

from pydantic import BaseModel, ConfigDict, Discriminator, Field, PositiveInt, Tag, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from local.errors import ScriptWrong

SHIPPED = Path(__file__).parent / "calls"
MISSING = object()
"""What a path leads to when it leads nowhere."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Says(_Part):
    """One of the two speaks."""

    caller: str | None = None
    assistant: str | None = None
    call: str = "a"


class Handoff(_Part):
    """Another assistant of the squad takes over, unheard by the caller."""

    handoff: str
    call: str = "a"


class Ask(_Part):
    """The model calls a tool."""

    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    label: str | None = Field(None, alias="as")
    expect: dict[str, Any] = Field(default_factory=dict)
    """Path into the answer → the value there, or `{equals|not|contains|matches|exists: …}`."""
    within_s: PositiveInt | None = None
    """Asked again for so long until it is as expected: of what a calendar's hint is yet to bring."""
    call: str = "a"


class Together(_Part):
    """The model calls several tools in one message."""

    together: list[Ask]
    call: str = "a"


class Repeat(_Part):
    """The same tool call once more, id and all, as when Vapi tries again."""

    repeat: str
    """The label of the first one."""
    label: str | None = Field(None, alias="as")
    expect: dict[str, Any] = Field(default_factory=dict)


class Rings(_Part):
    """Vapi asks who takes the call; the answer holds the agents' variables."""

    rings: Literal[True]
    label: str | None = Field(None, alias="as")
    expect: dict[str, Any] = Field(default_factory=dict)
    call: str = "a"


class Placed(_Part):
    """The desk has called somebody: the call that is found at Vapi becomes this one."""

    placed: Literal[True]
    within_s: PositiveInt = 10
    """How long it is looked for."""
    label: str | None = Field(None, alias="as")
    expect: dict[str, Any] = Field(default_factory=dict)
    call: str = "a"


class Tells(_Part):
    """Any other message of Vapi's."""

    tells: dict[str, Any]
    """`{type: language-change-detected, language: zh}`; the call's own fields are added."""
    call: str = "a"


class Ordered(_Part):
    """The desk has told Vapi to do something with the running call."""

    ordered: dict[str, Any]
    """Path into an order → as in `expect`: `{type: handoff, destination.assistantName: booking-zh}`."""
    within_s: PositiveInt = 20
    """How long it is waited for."""
    call: str = "a"


class Runs(_Part):
    """A scheduled function has its turn now, and not when its time comes."""

    runs: str
    """Its folder, `outbound/make_calls`."""
    call: str = "a"


class Ends(_Part):
    """The call is over, and Vapi reports it with all that was said."""

    ends: str
    """The reason, `customer-ended-call`."""
    call: str = "a"


class Request(_Part):
    """A member of the clinic asks the HTTP API for something."""

    member: str
    """`POST /appointments/{booking.appointmentId}/approve`"""
    body: dict[str, Any] | None = None
    within_s: PositiveInt | None = None
    """Asked again for so long until it is as expected: of what a queue is yet to do."""
    label: str | None = Field(None, alias="as")
    expect: dict[str, Any] = Field(default_factory=dict)
    call: str = "a"
    """Whose clinic it is."""


class Planned(_Part):
    """A provider puts an event into their own calendar: no member, no caller, by the vendor's stand-in."""

    calendar: Literal["google", "outlook"]
    puts: dict[str, Any]
    """`{start: $offer.startTime, minutes: 30, title: Dentist}`"""
    call: str = "a"
    """Whose clinic's clock tells the start."""


class Looked(_Part):
    """A provider looks into their own calendar."""

    calendar: Literal["google", "outlook"]
    sees: dict[str, Any]
    """Path into an event → as in `expect`: `{start: $booking.startTime}`."""
    is_there: bool = True
    """False: no such event is there any more."""
    within_s: PositiveInt = 10
    """How long it is waited for."""
    call: str = "a"


class Diary(_Part):
    """The clinic's people look into the diary of their EMR; where the clinic has none, nobody does."""

    diary: dict[str, Any]
    """Path into a visit → as in `expect`: `{start: $booking.startTime, status: booked}`."""
    is_there: bool = True
    """False: no such visit is there any more."""
    call: str = "a"
    """Whose clinic it is."""


class Passing(_Part):
    """Time passes at a clinic: what is kept until then, or has to be answered by then, runs out.

    For rehearsals, on the local stack. Nobody's clock moves: the deadlines come nearer (`local.deadlines`).
    """

    minutes_pass: PositiveInt
    call: str = "a"
    """Whose clinic it is."""


_KINDS = {
    "caller": "says",
    "assistant": "says",
    "handoff": "handoff",
    "tool": "ask",
    "together": "together",
    "repeat": "repeat",
    "rings": "rings",
    "placed": "placed",
    "tells": "tells",
    "ordered": "ordered",
    "runs": "runs",
    "ends": "ends",
    "member": "request",
    "puts": "planned",
    "sees": "looked",
    "diary": "diary",
    "minutes_pass": "passing",
}


def _kind(turn: Any) -> str | None:
    keys = cast("dict[str, Any]", turn) if isinstance(turn, dict) else {}
    return next((kind for key, kind in _KINDS.items() if key in keys), None)


Turn: TypeAlias = Annotated[
    Annotated[Says, Tag("says")]
    | Annotated[Handoff, Tag("handoff")]
    | Annotated[Ask, Tag("ask")]
    | Annotated[Together, Tag("together")]
    | Annotated[Repeat, Tag("repeat")]
    | Annotated[Rings, Tag("rings")]
    | Annotated[Placed, Tag("placed")]
    | Annotated[Tells, Tag("tells")]
    | Annotated[Ordered, Tag("ordered")]
    | Annotated[Runs, Tag("runs")]
    | Annotated[Ends, Tag("ends")]
    | Annotated[Request, Tag("request")]
    | Annotated[Planned, Tag("planned")]
    | Annotated[Looked, Tag("looked")]
    | Annotated[Diary, Tag("diary")]
    | Annotated[Passing, Tag("passing")],
    Discriminator(
        _kind,
        custom_error_type="unknown_turn",
        custom_error_message=f"a turn has one of: {', '.join(_KINDS)}",
    ),
]


class Line(_Part):
    """Who calls whom."""

    caller: str
    called: str
    """The clinic's line; of a call that the desk makes too, whose `caller` is who is called."""
    assistant: str | None = None
    """Who speaks first; as in the first call if left out."""


class Clinic(_Part):
    """One of several clinics at which a script can be played."""

    caller: str
    called: str
    known: dict[str, Any] = Field(default_factory=dict)
    """What differs there besides; `$clinic` in the script."""


class Script(Line):
    """One play, of one call or of several: at the same time, or one after the other."""

    title: str
    clinics: dict[str, Clinic] = Field(default_factory=dict)
    """Where the same can be played, by a short name."""
    calls: dict[str, Line] = Field(default_factory=dict)
    """Calls beside the first, which is `a`; a turn names the one it belongs to by `call`."""
    known: dict[str, Any] = Field(default_factory=dict)
    """`$clinic`, of the clinic that was chosen."""
    turns: list[Turn]

    def at(self, clinic: str) -> "Script":
        """The same at one of its clinics. Raises `ScriptWrong`."""
        if clinic not in self.clinics:
            listed = ", ".join(self.clinics) or "none by name"
            raise ScriptWrong(f"“{self.title}” isn't played at {clinic}; where it is: {listed}")
        chosen = self.clinics[clinic]
        there = {"caller": chosen.caller, "called": chosen.called, "known": chosen.known}
        return self.model_copy(update=there | {"title": f"{self.title} ({clinic})"})


def load(name: str) -> Script:
    """The script in a file, or of that name among those that come with us.

    Raises:
        ScriptWrong: there is none, or its first mistake.
    """
    path = next((p for p in (Path(name), SHIPPED / f"{name}.yml") if p.is_file()), None)
    if path is None:
        shipped = ", ".join(sorted(p.stem for p in SHIPPED.glob("*.yml")))
        raise ScriptWrong(f"there is no script {name}; those that come with us: {shipped}")
    try:
        # Pure, for the C library that other packages may bring along refuses `{at: 4:30}`.
        return Script.model_validate(YAML(typ="safe", pure=True).load(path))  # pyright: ignore[reportUnknownMemberType]
    except YAMLError as error:
        raise ScriptWrong(f"{path} is not YAML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise ScriptWrong(f"{path}: {where}: {first['msg']}") from None


def days(today: date) -> dict[str, str]:
    """`$date`: days counted from the clinic's today, written as the tools take them."""
    weekdays = (day for n in range(1, 9) if (day := today + timedelta(n)).weekday() < 5)
    first, second = next(weekdays), next(weekdays)
    found = {
        "today": today,
        "tomorrow": today + timedelta(1),
        "next_weekday": first,
        "weekday_after": second,
        "in_two_weeks": today + timedelta(14),
        "in_two_months": today + timedelta(60),
    }
    return {name: day.isoformat() for name, day in found.items()}


def somebody() -> dict[str, str]:
    """`$fresh`: a person no clinic has seen, so that a script can be played again on the same data."""
    pick = random.SystemRandom()
    return {
        "first_name": pick.choice(["Ana", "Ben", "Chloe", "Dev", "Elif", "Femi", "Grace", "Hugo"]),
        "last_name": "".join(pick.choice(part) for part in (_FIRST, _NEXT, _NEXT, _LAST)),
        "birth_date": date.fromordinal(pick.randint(711_000, 732_000)).isoformat(),
        # 555-01xx is nobody's anywhere; no demo clinic, and nobody in one, has these area codes.
        "phone": f"+1{pick.choice(_AREAS)}55501{pick.randint(0, 99):02}",
    }


# Of all Canada: with a few hundred numbers, plays on the same data would soon meet somebody's again.
_AREAS = (
    *("236", "672", "778", "403", "587", "780", "825", "204", "431", "306", "639", "437", "647", "905"),
    *("289", "365", "343", "613", "705", "249", "807", "519", "226", "548", "514", "438", "450", "579"),
)
_FIRST = ("Bar", "Cal", "Fen", "Mor", "Pem", "Win")
_NEXT = ("a", "de", "ga", "li", "ne", "ri", "sto", "va", "wen", "ye")
_LAST = ("by", "ford", "ley", "son", "ton", "worth")


def resolved(value: Any, known: Mapping[str, Any]) -> Any:
    """`value` with each `$path` in it replaced by what it leads to. Raises `ScriptWrong` where to nothing."""
    if isinstance(value, dict):
        return {key: resolved(item, known) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [resolved(item, known) for item in cast("list[Any]", value)]
    if isinstance(value, str) and value.startswith("$"):
        found = at(known, value[1:])
        if found is MISSING:
            raise ScriptWrong(f"{value} leads to nothing; known so far: {', '.join(sorted(known))}")
        return found
    return value


def spoken(text: str, known: Mapping[str, Any]) -> str:
    """A sentence with each `{path}` in it filled."""
    return re.sub(r"\{([\w.]+)\}", lambda match: str(resolved(f"${match[1]}", known)), text)


def at(value: Any, path: str) -> Any:
    """What stands at a path such as `alternatives.0.startTime`, else `MISSING`; `length` counts a list."""
    for step in path.split("."):
        if isinstance(value, Mapping) and step in value:
            value = cast("Mapping[str, Any]", value)[step]
        elif isinstance(value, list) and step == "length":
            value = len(cast("list[Any]", value))
        elif isinstance(value, list) and step.isdigit() and int(step) < len(cast("list[Any]", value)):
            value = cast("list[Any]", value)[int(step)]
        else:
            return MISSING
    return value


def objection(actual: Any, wanted: Any) -> str | None:
    """Why `actual` is not what an `expect` wants, or None when it is."""
    tests: Mapping[str, Any] = {"equals": wanted}
    if isinstance(wanted, dict) and wanted and set(cast("dict[str, Any]", wanted)) <= set(_TESTS):
        tests = cast("dict[str, Any]", wanted)
    failed = [
        f"{name} {argument!r}" for name, argument in tests.items() if not _TESTS[name](actual, argument)
    ]
    if not failed:
        return None
    return f"wanted {' and '.join(failed)}, got {'nothing' if actual is MISSING else repr(actual)}"


def _equals(actual: Any, wanted: Any) -> bool:
    return actual == wanted


def _not(actual: Any, unwanted: Any) -> bool:
    return actual is not MISSING and actual != unwanted


def _contains(actual: Any, part: Any) -> bool:
    return isinstance(actual, str | list) and part in cast("Any", actual)


def _matches(actual: Any, pattern: Any) -> bool:
    return isinstance(actual, str) and re.search(pattern, actual) is not None


def _exists(actual: Any, wanted: Any) -> bool:
    return (actual is not MISSING and actual is not None) is wanted


_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "equals": _equals,
    "not": _not,
    "contains": _contains,
    "matches": _matches,
    "exists": _exists,
}
