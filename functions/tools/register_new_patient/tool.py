"""What the model is told about `register_new_patient`, and what its Lambda is given."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from frontdesk.arguments import (
    BirthDate,
    CardType,
    Gender,
    Name,
    Phone,
    PostalCode,
    Province,
    Words,
)
from frontdesk.errors import Unclear
from frontdesk.patients import health_cards
from frontdesk.tool import Answer, Messages, Need, Tool, ToolArguments


class Arguments(ToolArguments):
    first_name: Name
    """As the caller spelled it; in characters if they gave them, else in Latin letters."""
    last_name: Name
    date_of_birth: BirthDate
    """`YYYY-MM-DD`."""
    gender: Gender
    """`M`, `F`, `X`, or `U` when they would rather not say."""
    phone: Phone
    """The number the clinic should call."""
    address: Words
    """Street and number."""
    city: Words
    postal_code: PostalCode
    health_card_type: CardType
    """`BC`, `ON`, `OTHER_PROVINCE`, `PRIVATE` or `NONE`."""
    email: Words | None = None
    province: Annotated[Province | None, Field(validate_default=True)] = None
    """The province that issued the card; needed for `OTHER_PROVINCE`."""
    health_card_number: Annotated[Words | None, Field(validate_default=True)] = None
    """The card's number, when they have one."""

    @field_validator("province")
    @classmethod
    def _names_the_issuer(cls, province: str | None, info: ValidationInfo) -> str | None:
        if province is None and info.data.get("health_card_type") == "OTHER_PROVINCE":
            raise Unclear("A card of another province needs that province. Ask which one issued it.")
        return province

    @field_validator("health_card_number")
    @classmethod
    def _can_be_theirs(cls, number: str | None, info: ValidationInfo) -> str | None:
        if "health_card_type" not in info.data or "province" not in info.data:
            return number
        return health_cards.checked_number(info.data["health_card_type"], number, info.data["province"])


class Registered(Answer):
    """A new file, proven for the rest of the call."""

    registered: bool
    id: int
    demographic_id: int
    """The same id, under the name other tools take it by."""
    first_name: str
    last_name: str
    can_text: bool
    """Whether this caller may be asked if they'd like the time of a visit as a text message."""


TOOL = Tool(
    name="register_new_patient",
    description=(
        "Registers a new patient after each item was asked for one at a time and the name was spelled. "
        "Search first: a person who has a file is not registered again. When the clinic takes no new "
        "patients, offer the waitlist."
    ),
    arguments=Arguments,
    answer=Registered,
    needs=frozenset({Need.DATABASE, Need.EMR}),
    refused={"registered": False},
    writes=True,
    messages=Messages(delayed="Still looking that up.", delayed_zh="还在办，请您稍等。"),
    example={
        "firstName": "Alex",
        "lastName": "Sample",
        "dateOfBirth": "1988-04-09",
        "gender": "X",
        "phone": "+16045550150",
        "address": "12 Example Street",
        "city": "Vancouver",
        "postalCode": "V6B 1A1",
        "healthCardType": "NONE",
        "language": "en",
    },
)
