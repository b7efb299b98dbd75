"""A patient as the clinic writes one down: the fields. What of them fits together says `fitting`."""

from typing import Annotated, Final

from pydantic import Field

from frontdesk.endpoint import Body, Day, Line, Name
from frontdesk.patients.demographics import Gender
from frontdesk.patients.health_cards import HealthCardType
from frontdesk.speech.language import Language

Email = Annotated[Line, Field(pattern=r"^[^@\s]+@[^@\s]+$")]


class Written(Body):
    """Everything about a patient; what may be left out has a default."""

    first_name: Name
    last_name: Name
    native_name: Name | None = None
    """In the person's own script, such as 陈美玲."""
    birth_date: Day
    gender: Gender = "U"
    phone: Line
    """In any form; without a country code it is one of the clinic's own country."""
    email: Email | None = None
    address: Line = ""
    city: Line = ""
    province: Line | None = None
    """Of a card of another province, the one that issued it."""
    postal_code: Line = ""
    health_card_type: HealthCardType = "NONE"
    health_card_number: Line | None = None
    language: Language = "en"


EVERYTHING: Final = frozenset(Written.model_fields)
