"""Telephone numbers as E.164, from the carrier and from callers' words.

A number is its digits: extensions, separators and the way it was written are gone. Numbers 555-01xx,
kept free for examples, count as real ones wherever their area code does.
"""

import re
import unicodedata

_E164 = re.compile(r"\+(?:1[2-9]\d{2}[2-9]\d{6}|[2-9]\d{6,14})", re.ASCII)
"""ITU-T E.164, 6.2.1: at most 15 digits; behind +1 what the North American plan can dial."""

_WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
"""ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE on a keypad: what Twilio sends for a hidden number.

Were they taken for numbers, all callers who hide theirs would be one family.
"""


def carrier_number(text: str) -> str | None:
    """The number of the call's envelope as E.164; None when the caller hid it or it is not a number.

    Only for what the carrier sent: E.164 that could be dialled is believed as it stands, which spares the
    import of phonenumbers (30 ms). Other formats are read as `spoken_number` reads them.
    """
    number = text.strip()
    if number in _WITHHELD:
        return None
    return number if _E164.fullmatch(number) else spoken_number(number)


def callable_number(text: str, *, region: str = "CA") -> str | None:
    """As `spoken_number`; None too for one that charges whoever calls it.

    For what we may call or put calls through to: anybody can say such a number, and be its owner.
    """
    import phonenumbers
    from phonenumbers import PhoneNumberType as Kind

    e164 = spoken_number(text, region=region)
    if e164 is None:
        return None
    number = phonenumbers.parse(e164)
    kind = phonenumbers.number_type(number)
    # Of no country: satellites, networks that span countries, and freephone.
    is_countrys = phonenumbers.region_code_for_number(number) != "001"
    is_dear = kind in (Kind.PREMIUM_RATE, Kind.SHARED_COST, Kind.PERSONAL_NUMBER)
    return e164 if kind == Kind.TOLL_FREE or (is_countrys and not is_dear) else None


def spoken_number(text: str, *, region: str = "CA") -> str | None:
    """A number from a caller's words, digits in any script and any separators, as E.164; None when not valid.

    Args:
        text: one number and nothing else that has digits; without a country code it is read in `region`.
        region: ISO 3166-1, two letters.
    """
    import phonenumbers

    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", text), region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
