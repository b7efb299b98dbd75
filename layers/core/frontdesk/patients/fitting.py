"""Whether what is written of a patient fits: number, birth date, postal code, health card."""

from collections.abc import Set
from datetime import date
from typing import Any, Final

from frontdesk.errors import Unclear
from frontdesk.members.problems import not_taken
from frontdesk.patients import demographics, health_cards, phones
from frontdesk.patients.registration import Newcomer

CARD: Final = frozenset({"health_card_type", "health_card_number", "province"})
"""What is judged together."""


def checked(fields: dict[str, Any], *, sent: Set[str], region: str, today: date) -> Newcomer:
    """The fields, normalised, once those that were `sent` fit; what was there before is left as it is.

    Raises `Problem` (422), which names the fields under their wire names and repeats none of them.
    """
    errors: list[tuple[str, str]] = []
    fitting = dict(fields)
    if "phone" in sent:
        fitting["phone"] = phones.callable_number(fields["phone"], region=region)
        if fitting["phone"] is None:
            errors.append(("phone", "That is no telephone number."))
    if "birth_date" in sent and fields["birth_date"] > today:
        errors.append(("birthDate", "That day is yet to come."))
    if "postal_code" in sent and fields["postal_code"]:
        try:
            fitting["postal_code"] = demographics.postal_code_heard(fields["postal_code"])
        except Unclear:
            errors.append(("postalCode", "That is neither a Canadian postal code nor a ZIP code."))
    if CARD & sent:
        errors += _card(fitting)
    if errors:
        raise not_taken(*errors)
    return Newcomer(**fitting)


def _card(fitting: dict[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with the health card; puts its normalised number, and its province, in their place."""
    if fitting["province"]:
        try:
            fitting["province"] = health_cards.province_heard(fitting["province"])
        except Unclear:
            return [("province", "That is no Canadian province.")]
    kind, number = fitting["health_card_type"], fitting["health_card_number"]
    if kind == "NONE" and number:
        return [("healthCardType", "A number needs the type of its card.")]
    if kind == "OTHER_PROVINCE" and not fitting["province"]:
        return [("province", "A card of another province needs that province.")]
    try:
        fitting["health_card_number"] = health_cards.checked_number(kind, number, fitting["province"])
    except Unclear:
        return [("healthCardNumber", "That number doesn't fit this type of card.")]
    return []
