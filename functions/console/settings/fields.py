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
            Field(
                "region", "text", _("Country"), _("Two letters, such as CA: how telephone numbers are read.")
            ),
            Field(
                "timeZone",
                "text",
                _("Time zone"),
                _("Such as America/Toronto. Every time you see, and callers hear, is by it."),
            ),
            Field("languages", "many", _("Languages"), _("The first is spoken first."), _LANGUAGES),
            Field(
                "hoursText",
                "maybe",
                _("Opening hours, in your own words"),
                _("Empty: the hours of your providers are said."),
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
                _("15: at 9:00, 9:15, 9:30 and so on."),
                (),
                {"min": 1, "max": 1440},
            ),
            Field(
                "slotOffsetMin",
                "number",
                _("… counted from so many minutes past the hour"),
                _("5, with 30 above: at 9:05, 9:35 and so on."),
                (),
                _MINUTES,
            ),
            Field(
                "packed",
                "flag",
                _("One right after the other"),
                _("A visit begins when the one before ends, and the two lines above don't count."),
            ),
            Field("cleanupMin", "number", _("Minutes kept free between two visits"), "", (), _MINUTES),
            Field(
                "buffersInsideHours",
                "flag",
                _("Time kept free lies within working hours"),
                _("If not, cleaning up after the last visit may run past closing."),
            ),
            Field(
                "noticeMin",
                "number",
                _("Notice you want, in minutes"),
                _("Callers are offered nothing sooner than that from now."),
                (),
                _MINUTES,
            ),
            Field(
                "horizonDays",
                "number",
                _("How many days ahead"),
                _("Callers are offered nothing later than that."),
                (),
                {"min": 1},
            ),
            Field(
                "caps",
                "caps",
                _("The most visits"),
                _("In a day, or in a week from Monday on. A row without a number is left out."),
            ),
        ),
    ),
    "booking": Tab(
        _("Booking"),
        (
            Field(
                "bookingMode",
                "choice",
                _("Who confirms a booking"),
                _("If you approve each, callers hear that you will confirm, and the request waits on Today."),
                (("autonomous", _("The desk, at once")), ("approval", _("You approve each one"))),
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
                _("Minutes a freed time is kept for whoever is asked from the waitlist"),
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
                _("Outside opening hours"),
                "",
                (("agent", _("The agent answers")), ("message", _("Callers hear when you are open"))),
            ),
            Field(
                "transferLines",
                "lines",
                _("Where people answer"),
                _("Callers who want a person are put through there. A row without a number is left out."),
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
                _("Keep what was said with names and numbers too"),
                _("Only owners can read it, and each reading is written down."),
            ),
            Field("originalDays", "number", _("… for how many days"), "", (), {"min": 1}),
            Field(
                "memoryDays",
                "number",
                _("Days a caller is remembered"),
                _("So that whoever calls again needn't say everything again. 0: nobody is remembered."),
                (),
                _MINUTES,
            ),
            Field(
                "legalHold",
                "flag",
                _("Legal hold"),
                _("Nothing is deleted, however old, and nobody is erased on request."),
            ),
            Field("digestEmail", "maybe", _("Send a daily mail of what needs you to"), "", type="email"),
            Field("digestHour", "number", _("… at which hour, 0 to 23"), "", (), {"min": 0, "max": 23}),
        ),
    ),
    "outbound": Tab(
        _("Outgoing calls"),
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
            Field("outboundAttempts", "number", _("How often it tries"), "", (), {"min": 1, "max": 6}),
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
            Field("voicemailIsEnough", "flag", _("A message on an answering machine is enough")),
        ),
    ),
    "diaries": Tab(
        _("Calendar rules"),
        (
            Field(
                "calendarFreshMin",
                "number",
                _("Minutes for which a calendar that was read is trusted"),
                _("After that it is read again while the caller waits."),
                (),
                {"min": 11},
            ),
            Field(
                "calendarUnknown",
                "choice",
                _("When it can't be read"),
                "",
                (
                    ("withhold", _("offer none of that provider's times")),
                    ("offer", _("offer by what was read last")),
                ),
            ),
            Field(
                "calendarMoved",
                "choice",
                _("When a provider moves a visit in their calendar"),
                "",
                (("follow", _("the visit moves too")), ("put_back", _("it is put back there"))),
            ),
            Field(
                "calendarDeleted",
                "choice",
                _("When a provider deletes a visit there"),
                "",
                (("cancel", _("the visit is cancelled")), ("put_back", _("it is put back there"))),
            ),
            Field(
                "calendarTitles",
                "flag",
                _("Keep titles of their own events"),
                _("Never those of private ones."),
            ),
            Field("calendarNames", "flag", _("Write the patient's name into their calendar")),
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
