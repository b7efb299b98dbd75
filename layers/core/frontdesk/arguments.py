"""The kinds of argument a tool may take: how each is read from what a model sends.

Models send digits as text, "2:30 PM" for an instant and "" for nothing. What is unambiguous is
repaired here; what is not becomes `Unclear`, with a sentence that says what to ask the caller.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any, Final, NamedTuple, cast

from pydantic import BeforeValidator, PlainValidator, StringConstraints, ValidationInfo, WithJsonSchema

from frontdesk.errors import Unclear
from frontdesk.patients import demographics, health_cards, phones
from frontdesk.speech import heard, preferences, when

_TEXT: Final = {"type": "string"}
_BEFORE_A_DATE: Final = r"(?<=\d)[,;，、；](?=\s*\d{4}-)"
_MOST_EXCLUDED: Final = 60


class Heard(NamedTuple):
    """What words are understood against; pydantic's validation context."""

    today: date
    """The clinic's local date."""
    region: str = "CA"
    """ISO 3166; how a telephone number without a country code is read."""


def _context(info: ValidationInfo) -> Heard:
    return cast("Heard", info.context)


def _id(sent: Any) -> int:
    found = heard.number_heard(sent)
    if not 0 < found < 2**63:
        raise Unclear("That is not an id that a tool has given.")
    return found


def _provider(sent: Any) -> int | None:
    """A provider's id; None for words such as "any" or 任何, which mean all of them."""
    try:
        return _id(sent)
    except Unclear:
        return None


def _days(sent: Any, info: ValidationInfo) -> when.Days:
    if type(sent) is date:
        return when.Days(sent, sent)
    return heard.days_heard(_words(sent), today=_context(info).today)


def _preference(sent: Any, info: ValidationInfo) -> when.Preference:
    return preferences.preference_heard(_words(sent), today=_context(info).today)


def _excluded(sent: Any, info: ValidationInfo) -> tuple[when.When, ...]:
    # Of one text with many dates each is heard by itself, for what is heard at once must be short.
    parts = cast("list[Any]", sent) if isinstance(sent, list) else re.split(_BEFORE_A_DATE, _words(sent))
    if len(parts) > _MOST_EXCLUDED:
        raise Unclear("Those are too many. Send only the days that matter to the caller.")
    heard_of_each = (
        preferences.excluded_heard(_words(part), today=_context(info).today)
        for part in parts
        if not isinstance(part, str) or part.strip()
    )
    return tuple(excluded for several in heard_of_each for excluded in several)


def _birth_date(sent: Any, info: ValidationInfo) -> date:
    if type(sent) is date:
        return sent
    return heard.birth_date_heard(_words(sent), today=_context(info).today)


def _wall(sent: Any, info: ValidationInfo) -> datetime:
    if isinstance(sent, datetime):
        return sent
    return heard.wall_heard(_words(sent), today=_context(info).today)


def _words(sent: Any) -> str:
    if isinstance(sent, str):
        return sent
    if isinstance(sent, int | float) and not isinstance(sent, bool):
        return str(sent)
    raise Unclear("Send this as text.")


Words = Annotated[str, BeforeValidator(_words)]
"""Free text; a number is taken as its digits."""
Name = Annotated[str, BeforeValidator(_words), StringConstraints(min_length=1, max_length=100)]
Id = Annotated[int, BeforeValidator(_id), WithJsonSchema({"type": "integer"})]
"""An id that an earlier answer gave."""
ProviderId = Annotated[int | None, BeforeValidator(_provider), WithJsonSchema(_TEXT)]
"""Numeric text; anything else means all providers."""
Days = Annotated[when.Days, PlainValidator(_days), WithJsonSchema(_TEXT)]
"""A day, or all of a week, weekend or month."""
Preference = Annotated[when.Preference, PlainValidator(_preference), WithJsonSchema(_TEXT)]
"""Weekdays, parts of the day, and what is denied of them."""
Excluded = Annotated[
    tuple[when.When, ...],
    PlainValidator(_excluded),
    WithJsonSchema({"type": "array", "items": _TEXT}),
]
"""Days, weekdays, parts of the day and starts, in a list or in one text."""
BirthDate = Annotated[date, BeforeValidator(_birth_date), WithJsonSchema(_TEXT)]
WallTime = Annotated[datetime, BeforeValidator(_wall), WithJsonSchema(_TEXT)]
"""The clinic's local wall time, naive; aware only where an offset was sent with it."""


def _phone(sent: Any, info: ValidationInfo) -> str:
    found = phones.callable_number(heard.digits_heard(_words(sent)), region=_context(info).region)
    if found is None:
        raise Unclear("That is not a valid telephone number. Ask for it again, digit by digit.")
    return found


def _number(sent: Any, info: ValidationInfo) -> str | None:
    digits = heard.digits_heard(_words(sent))
    # The placeholder, which begins nearly every call, is spared the import of phonenumbers: 30 ms.
    return phones.spoken_number(digits, region=_context(info).region) if digits.strip("+0") else None


Phone = Annotated[str, BeforeValidator(_phone), WithJsonSchema(_TEXT)]
"""A telephone number that the clinic may call, as E.164."""
PhoneOrPlaceholder = Annotated[str | None, BeforeValidator(_number), WithJsonSchema(_TEXT)]
"""A telephone number as E.164; None for the placeholder, or anything that is no valid number."""

Gender = Annotated[
    demographics.Gender,
    BeforeValidator(lambda sent: demographics.gender_heard(_words(sent))),
]
PostalCode = Annotated[
    str, BeforeValidator(lambda sent: demographics.postal_code_heard(_words(sent))), WithJsonSchema(_TEXT)
]
Province = Annotated[
    str, BeforeValidator(lambda sent: health_cards.province_heard(_words(sent))), WithJsonSchema(_TEXT)
]
"""ISO 3166-2 without the country: `BC`, `ON`."""
CardType = Annotated[
    health_cards.HealthCardType,
    BeforeValidator(lambda sent: _words(sent).upper().replace(" ", "_").replace("-", "_")),
]
