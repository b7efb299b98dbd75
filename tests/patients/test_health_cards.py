from typing import get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from frontdesk.errors import Unclear
from frontdesk.patients.health_cards import HealthCardType, checked_number, province_heard

DIGITS = st.text("0123456789", min_size=8, max_size=8)
ANYTHING = st.text(st.characters(), max_size=30)
PUBLISHED_PHN = "9698658215"
"""The example in the documentation of python-stdnum."""


def phn(middle: str) -> str | None:
    """The BC number around eight digits; None where the check would have two digits."""
    weighted = sum(a * int(b) for a, b in zip((2, 4, 8, 5, 10, 9, 7, 3), middle, strict=True))
    check = 11 - weighted % 11
    return f"9{middle}{check}" if check < 10 else None


def ontario(nine: str) -> str:
    """The Ontario number that begins with nine digits."""
    total = sum(int(digit) for place in range(9) for digit in str(int(nine[place]) * (2 - place % 2)))
    return f"{nine}{-total % 10}"


@given(DIGITS)
def test_a_bc_number_is_kept_with_its_separators_gone(middle: str) -> None:
    number = phn(middle)
    assume(number is not None)
    assert number is not None

    assert checked_number("BC", f" {number[:4]} {number[4:7]}-{number[7:]}", None) == number


@given(DIGITS, st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_in_a_bc_number_is_noticed(middle: str, place: int, off: int) -> None:
    number = phn(middle) or PUBLISHED_PHN
    wrong = number[:place] + str((int(number[place]) + off) % 10) + number[place + 1 :]

    with pytest.raises(Unclear) as unclear:
        checked_number("BC", wrong, None)

    assert not any(sign.isdigit() and sign != "9" for sign in unclear.value.fact)


def test_a_published_bc_number_passes() -> None:
    assert checked_number("BC", "９６９８ ６５８ ２１５", None) == PUBLISHED_PHN


@given(st.text("0123456789", min_size=9, max_size=9), st.sampled_from(["", "A", "xy"]))
def test_an_ontario_number_is_kept_with_its_version(nine: str, version: str) -> None:
    number = ontario(nine)

    assert (
        checked_number("ON", f"{number[:4]}-{number[4:7]}-{number[7:]} {version}", None)
        == number + version.upper()
    )


@given(st.text("0123456789", min_size=9, max_size=9), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_in_an_ontario_number_is_noticed(nine: str, place: int, off: int) -> None:
    number = ontario(nine)
    wrong = number[:place] + str((int(number[place]) + off) % 10) + number[place + 1 :]

    with pytest.raises(Unclear):
        checked_number("ON", wrong, None)


@pytest.mark.parametrize("card_type", ["BC", "ON", "OTHER_PROVINCE"])
@pytest.mark.parametrize("number", [None, "", "12345", "no idea", "9" * 40])
def test_a_provincial_card_needs_its_number(card_type: HealthCardType, number: str | None) -> None:
    with pytest.raises(Unclear, match="Ask the caller"):
        checked_number(card_type, number, "Alberta")


def test_another_province_s_number_is_letters_and_digits() -> None:
    assert checked_number("OTHER_PROVINCE", "12345-6789", "Alberta") == "123456789"
    assert checked_number("OTHER_PROVINCE", "abcd 0102 0304", "Québec") == "ABCD01020304"


def test_another_province_must_be_named() -> None:
    with pytest.raises(Unclear, match="province"):
        checked_number("OTHER_PROVINCE", "123456789", None)


def test_a_province_of_its_own_rule_is_checked_by_it() -> None:
    assert checked_number("OTHER_PROVINCE", PUBLISHED_PHN, "BC") == PUBLISHED_PHN
    with pytest.raises(Unclear):
        checked_number("OTHER_PROVINCE", "9698658216", "British Columbia")


def test_a_private_number_is_optional_and_no_card_has_none() -> None:
    assert checked_number("PRIVATE", None, None) is None
    assert checked_number("PRIVATE", "gs-77 / 1", None) == "GS771"
    assert checked_number("NONE", "123", None) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("AB", "AB"),
        ("alberta", "AB"),
        ("艾伯塔 省", "AB"),
        ("阿尔伯塔", "AB"),
        ("B.C.", "BC"),
        ("卑诗省", "BC"),
        ("安省", "ON"),
        ("Province of Ontario", "ON"),
        ("Québec", "QC"),
        ("魁北克", "QC"),
        ("Newfoundland and Labrador", "NL"),
        ("P.E.I.", "PE"),
        ("Northwest Territories", "NT"),
        ("育空", "YT"),
    ],
)
def test_a_province_goes_by_many_names(text: str, code: str) -> None:
    assert province_heard(text) == code


@given(st.sampled_from(get_args(HealthCardType)), st.none() | ANYTHING, st.none() | ANYTHING)
def test_any_text_is_a_number_or_unclear(
    card_type: HealthCardType, number: str | None, province: str | None
) -> None:
    try:
        kept = checked_number(card_type, number, province)
    except Unclear:
        return
    assert kept is None or (kept.isascii() and kept.isalnum())
