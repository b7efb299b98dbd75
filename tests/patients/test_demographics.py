import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.errors import Unclear
from frontdesk.patients.demographics import gender_heard, postal_code_heard

ANYTHING = st.text(st.characters(), max_size=20)


@pytest.mark.parametrize(
    ("text", "gender"),
    [
        ("Male", "M"),
        ("男", "M"),
        ("男 性。", "M"),
        ("female", "F"),
        ("woman", "F"),
        ("女士", "F"),
        ("non-binary", "X"),
        ("非二元", "X"),
        ("x", "X"),
        ("prefer not to say", "U"),
        ("不想说", "U"),
    ],
)
def test_a_gender_is_understood_in_both_languages(text: str, gender: str) -> None:
    assert gender_heard(text) == gender


@pytest.mark.parametrize("text", ["", "maybe", "fmale or so", "🙂"])
def test_another_word_for_gender_is_asked_again(text: str) -> None:
    with pytest.raises(Unclear, match="Ask the caller"):
        gender_heard(text)


@pytest.mark.parametrize("text", ["V6B 1A1", "v6b1a1", "V6B-1A1", " v 6 b 1 a 1 ", "Ｖ６Ｂ１Ａ１", "V6B IA1"])
def test_a_postal_code_is_written_one_way(text: str) -> None:
    assert postal_code_heard(text) == "V6B 1A1"


def test_the_letter_o_for_a_digit_is_a_zero() -> None:
    assert postal_code_heard("KOA OBO") == "K0A 0B0"


@pytest.mark.parametrize(("text", "code"), [("98101", "98101"), ("98101 1234", "98101-1234")])
def test_a_zip_code_is_a_postal_code_too(text: str, code: str) -> None:
    assert postal_code_heard(text) == code


@pytest.mark.parametrize("text", ["", "V6B", "D6B 1A1", "W6B 1A1", "V6B 1A1 2", "V6O 1A1", "1234"])
def test_what_is_no_postal_code_is_asked_again(text: str) -> None:
    with pytest.raises(Unclear, match="Ask the caller"):
        postal_code_heard(text)


@given(ANYTHING | st.text("ABCOI019", max_size=9))
def test_any_text_is_a_postal_code_or_unclear(text: str) -> None:
    try:
        code = postal_code_heard(text)
    except Unclear:
        return
    assert re.fullmatch(r"[A-Z]\d[A-Z] \d[A-Z]\d|\d{5}(-\d{4})?", code)
    assert postal_code_heard(code) == code


@given(ANYTHING)
def test_any_text_is_a_gender_or_unclear(text: str) -> None:
    try:
        gender = gender_heard(text)
    except Unclear:
        return
    assert gender in {"M", "F", "X", "U"}
