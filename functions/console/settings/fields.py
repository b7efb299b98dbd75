"""What a clinic can choose, tab by tab: each field of the member API's `Organization`, in words."""

from collections.abc import Callable, Mapping
from datetime import time
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, cast, get_args

from frontdesk.console.visit import Form
from frontdesk.console.words import _
from frontdesk.organizations.fields import Province

Kind = Literal["text", "maybe", "number", "flag", "choice", "clock", "many", "lines", "caps"]
"""`maybe` is a text that may be none; `many` several of a few names; the last two are rows of a table."""


class Field(NamedTuple):
    """One setting."""

    name: str
    """On the wire."""
    kind: Kind
    label: str
    hint: str = ""
    """What callers notice."""
    options: tuple[tuple[str, str], ...] = ()
    input: Mapping[str, Any] = MappingProxyType({})
    """Attributes of what it is typed into."""
    type: str = "text"
    """HTML's, of what it is typed into; a number's and a clock's follow from the kind."""


class Tab(NamedTuple):
    """Settings that are saved together."""

    title: str
    fields: tuple[Field, ...]


_MINUTES: Final = {"min": 0, "step": 1}
_LANGUAGES: Final = (("en", "English"), ("zh", "中文"))
_PROVINCES: Final = tuple((code, code) for code in ("", *get_args(Province)))

TABS: Final[Mapping[str, Tab]] = {
    "clinic": Tab(
        _("Clinic"),
        (
            Field("name", "text", _("Name"), _("As callers hear it.")),
            Field("nameZh", "maybe", _("Name in Chinese"), _("Empty: the English name is spoken.")),
            Field("phoneNumber", "maybe", _("Telephone number that you tell people"), "", type="tel"),
            Field("address", "text", _("Address"), _("Callers who ask the way are told it.")),
            Field("region", "text", _("Country"), _("ISO code, such as CA: how numbers are read.")),
            Field(
                "timeZone",
                "text",
                _("Time zone"),
                _("Such as America/Toronto. Every time you see is in it."),
            ),
            Field("languages", "many", _("Languages"), _("The first is spoken first."), _LANGUAGES),
            Field(
                "hoursText",
                "maybe",
                _("Opening hours, in your own words"),
                _("Empty: made from working hours."),
            ),
            Field("hoursTextZh", "maybe", _("Opening hours in Chinese")),
            Field("acceptingNewPatients", "flag", _("New patients are welcome")),
            Field(
                "holidayProvince", "choice", _("Public holidays of"), _("Closed on those days."), _PROVINCES
            ),
        ),
    ),
    "rules": Tab(
        _("Rules"),
        (
            Field(
                "slotIntervalMin",
                "number",
                _("A visit may begin every … minutes"),
                "",
                (),
                {"min": 1, "max": 1440},
            ),
            Field("slotOffsetMin", "number", _("… beginning that many past the hour"), "", (), _MINUTES),
            Field(
                "packed",
                "flag",
                _("One right after the other"),
                _("No grid: a visit begins as the one before ends."),
            ),
            Field("cleanupMin", "number", _("Minutes kept free between two visits"), "", (), _MINUTES),
            Field(
                "buffersInsideHours",
                "flag",
                _("Buffers lie within working hours"),
                _("Else they may run past closing."),
            ),
            Field(
                "noticeMin",
                "number",
                _("Notice, in minutes"),
                _("Callers are offered nothing sooner."),
                (),
                _MINUTES,
            ),
            Field(
                "horizonDays",
                "number",
                _("How many days ahead"),
                _("Callers are offered nothing later."),
                (),
                {"min": 1},
            ),
            Field(
                "caps",
                "caps",
                _("The most visits"),
                _("Of a day, or of a week from Monday on; a row without a number is taken away."),
            ),
        ),
    ),
    "booking": Tab(
        _("Booking"),
        (
            Field(
                "bookingMode",
                "choice",
                _("Who says yes"),
                _("With approval, callers hear that you will confirm, and you find the request on Today."),
                (("autonomous", _("The desk books")), ("approval", _("You approve each request"))),
            ),
            Field(
                "approvalMin",
                "number",
                _("Minutes you have to approve"),
                _("After that the time is free again."),
                (),
                {"min": 5},
            ),
            Field(
                "identityProof",
                "choice",
                _("How callers prove who they are"),
                _("A date of birth, or just the number they call from."),
                (("standard", _("Date of birth")), ("phone", _("The number they call from"))),
            ),
            Field(
                "waitlistOfferMin",
                "number",
                _("Minutes a freed time is kept for who waits"),
                "",
                (),
                {"min": 5},
            ),
            Field(
                "textsEnabled",
                "flag",
                _("Offer a text message"),
                _("Callers are asked if they would like the time in writing."),
            ),
            Field(
                "afterHours",
                "choice",
                _("Outside hours"),
                "",
                (("agent", _("The agent answers")), ("message", _("Callers hear when you are open"))),
            ),
            Field(
                "transferLines",
                "lines",
                _("Where people answer"),
                _("Callers who want a person are handed on there; a row without a number is taken away."),
            ),
        ),
    ),
    "privacy": Tab(
        _("Calls and privacy"),
        (
            Field("retentionDays", "number", _("Days that calls are kept"), "", (), {"min": 30}),
            Field("archivesRecordings", "flag", _("Keep recordings in your own store too")),
            Field(
                "keepsOriginals",
                "flag",
                _("Keep words unredacted too"),
                _("For owners only; each reading is written down."),
            ),
            Field("originalDays", "number", _("… for so many days"), "", (), {"min": 1}),
            Field(
                "memoryDays",
                "number",
                _("Days a caller is remembered"),
                _("0: every call begins from nothing."),
                (),
                _MINUTES,
            ),
            Field(
                "legalHold", "flag", _("Legal hold"), _("Nothing is deleted by age, and nobody is erased.")
            ),
            Field("digestEmail", "maybe", _("Daily mail about unread notices to"), "", type="email"),
            Field("digestHour", "number", _("… from this hour on"), "", (), {"min": 0, "max": 23}),
        ),
    ),
    "outbound": Tab(
        _("Calls you make"),
        (
            Field(
                "outboundPurposes",
                "many",
                _("The desk calls people for"),
                _("Nothing ticked: it calls nobody."),
                (("reminder", _("reminders")), ("waitlist", _("a freed time")), ("recall", _("recalls"))),
            ),
            Field("outboundFrom", "clock", _("Not before")),
            Field("outboundTo", "clock", _("Not after")),
            Field("outboundAttempts", "number", _("Tries"), "", (), {"min": 1, "max": 6}),
            Field("outboundSpacingMin", "number", _("Minutes between tries"), "", (), {"min": 15}),
            Field(
                "outboundConcurrency", "number", _("Calls at once, at most"), "", (), {"min": 1, "max": 10}
            ),
            Field(
                "reminderDays",
                "number",
                _("Days before a visit that its patient is reminded"),
                "",
                (),
                {"min": 1},
            ),
            Field("voicemailIsEnough", "flag", _("A message on a machine is enough")),
        ),
    ),
    "diaries": Tab(
        _("Own calendars"),
        (
            Field(
                "calendarFreshMin",
                "number",
                _("Minutes a calendar may be old"),
                _("Older: its vendor is asked while the caller waits."),
                (),
                {"min": 11},
            ),
            Field(
                "calendarUnknown",
                "choice",
                _("When it doesn't answer"),
                "",
                (("withhold", _("offer no time of that provider")), ("offer", _("offer what is known"))),
            ),
            Field(
                "calendarMoved",
                "choice",
                _("When a provider moves our event there"),
                "",
                (("follow", _("the visit moves too")), ("put_back", _("the event is put back"))),
            ),
            Field(
                "calendarDeleted",
                "choice",
                _("When a provider deletes it"),
                "",
                (("cancel", _("the visit is cancelled")), ("put_back", _("the event is put back"))),
            ),
            Field("calendarTitles", "flag", _("Keep titles of their own events"), _("But of private ones.")),
            Field("calendarNames", "flag", _("Our events carry the patient's name")),
        ),
    ),
}


def shown(value: Any) -> Any:
    """A value as an input has it."""
    if isinstance(value, list):
        return [shown(one) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {name: shown(one) for name, one in cast("dict[str, Any]", value).items()}
    if isinstance(value, time):
        return value.isoformat("minutes")
    return "" if value is None else value


def typed(tab: Tab, form: Form) -> dict[str, Any]:
    """What the form says of the tab's fields, as JSON has it; what can't be read stays text."""
    return {field.name: _READ[field.kind](form, field.name) for field in tab.fields}


def _rows(form: Form, name: str, parts: tuple[str, ...], needed: str) -> list[dict[str, str | None]]:
    """The rows of a table that have something in the column that each needs; what is empty in one is none."""
    columns = [form.get(f"{name}-{part}", []) for part in parts]
    rows = [
        dict(zip(parts, (text.strip() or None for text in row), strict=True))
        for row in zip(*columns, strict=False)
    ]
    return [row for row in rows if row[needed]]


def _number(text: str | None) -> int | str | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else text


def _lines(form: Form, name: str) -> list[dict[str, Any]]:
    rows = _rows(form, name, ("reason", "weekday", "starts", "ends", "number"), "number")
    return [{**row, "weekday": _number(row["weekday"])} for row in rows]


def _caps(form: Form, name: str) -> list[dict[str, Any]]:
    rows = _rows(form, name, ("providerId", "typeId", "period", "most"), "most")
    return [{**row, **{one: _number(row[one]) for one in ("providerId", "typeId", "most")}} for row in rows]


def _maybe(form: Form, name: str) -> str | None:
    return form.one(name) or None


_READ: Final[Mapping[Kind, Callable[[Form, str], Any]]] = {
    "text": Form.one,
    "maybe": _maybe,
    "number": Form.number,
    "flag": Form.ticked,
    "choice": _maybe,
    "clock": Form.one,
    "many": Form.many,
    "lines": _lines,
    "caps": _caps,
}
