"""What a clinic's settings are made of: kinds of field, each with the message for what it doesn't take."""

from collections.abc import Iterable
from datetime import time
from typing import Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, Field, model_validator

from frontdesk import zones
from frontdesk.calls.wire import TransferReason
from frontdesk.endpoint import Body, Id, Line
from frontdesk.outbound.wire import Purpose
from frontdesk.patients import phones
from frontdesk.speech.language import Language

_MOST_LISTED: Final = 100

T = TypeVar("T")


def _time_zone(name: str) -> str:
    if not zones.is_known(name):
        raise ValueError("There is no such time zone; IANA names look like America/Vancouver.")
    return name


def _region(code: str) -> str:
    import phonenumbers  # some 30 ms, for who changes it

    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("There is no such country; ISO 3166 codes look like CA.")
    return code


def _number(text: str) -> str:
    number = phones.callable_number(text)
    if number is None:
        raise ValueError(
            "That is no telephone number, or it charges who calls it; outside North America it begins with +"
            " and its country."
        )
    return number


def _wall(at: time) -> time:
    if at.tzinfo is not None or at.microsecond:
        raise ValueError("A time of day looks like 09:00, as the clinic's clock shows it.")
    return at


def once(each: Iterable[T]) -> list[T]:
    """The same, in order; raises `ValueError` when one comes twice."""
    listed = list(each)
    if len(set(listed)) < len(listed):
        raise ValueError("One of them comes twice.")
    return listed


TimeZone = Annotated[str, AfterValidator(_time_zone)]
"""An IANA name."""
Region = Annotated[str, AfterValidator(_region)]
"""ISO 3166; how a number without a country code is read."""
Number = Annotated[Line, AfterValidator(_number)]
"""A telephone number in any form, to which calls may go; kept as E.164."""
Wall = Annotated[time, AfterValidator(_wall)]
"""A time of day on the clinic's clock, `09:00`."""
Weekday = Annotated[int, Field(ge=1, le=7)]
"""ISO: 1 is Monday."""
Languages = Annotated[list[Language], Field(min_length=1), AfterValidator(once)]
"""The first is spoken until the caller speaks another."""
Purposes = Annotated[list[Purpose], AfterValidator(once)]
Province = Literal["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"]
"""ISO 3166-2:CA, without its country."""


class TransferLine(Body):
    """Where people answer."""

    reason: TransferReason | None = None
    """Null: for any."""
    weekday: Weekday | None = None
    """Null: on every day."""
    starts: Wall | None = None
    """Null, as `ends` then: at any time."""
    ends: Wall | None = None
    """Of the next day when not after `starts`."""
    number: Number

    @model_validator(mode="after")
    def _from_and_to(self) -> "TransferLine":
        if (self.starts is None) != (self.ends is None):
            raise ValueError("Send both `starts` and `ends`, or neither.")
        return self


class Cap(Body):
    """The most visits of a day, or of a week from Monday on."""

    provider_id: Id | None = None
    """Null: of all together."""
    type_id: Id | None = None
    """Null: of any kind."""
    period: Literal["day", "week"]
    most: Annotated[int, Field(ge=0, le=10_000)]


TransferLines = Annotated[list[TransferLine], Field(max_length=_MOST_LISTED)]
Caps = Annotated[list[Cap], Field(max_length=_MOST_LISTED)]
