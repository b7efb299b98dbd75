import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.patients.phones import callable_number, carrier_number, spoken_number


@pytest.mark.parametrize(
    "text",
    [
        "6045550123",
        "604-555-0123",
        "(604) 555.0123",
        "1 604 555 0123",
        "+1 604 555 0123",
        "６０４ ５５５ ０１２３",
        "＋１６０４５５５０１２３",
        "604 555 0123 ext. 7",
        "tel:+1-604-555-0123",
    ],
)
def test_a_number_is_the_same_however_it_was_written(text: str) -> None:
    assert spoken_number(text) == "+16045550123"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "123",
        "911",
        "555 0123",
        "0000000000",
        "1111111111",
        "6041110123",
        "anonymous",
        "+10000000000",
        "１２３\x00",
    ],
)
def test_what_nobody_could_dial_is_no_number(text: str) -> None:
    assert spoken_number(text) is None
    assert carrier_number(text) is None


@pytest.mark.parametrize(
    "text",
    ["1-900-555-0123", "+1 500 555 0123", "+44 909 879 0123", "+881 612345678", "+88299123456"],
)
def test_what_charges_whoever_calls_it_is_a_number_and_none_that_we_call(text: str) -> None:
    assert spoken_number(text) is not None
    assert callable_number(text) is None


@pytest.mark.parametrize("text", ["604 555 0123", "1-800-555-0123", "+800 12345678", "+44 20 7946 0123"])
def test_what_costs_no_more_than_a_call_is_called(text: str) -> None:
    assert callable_number(text) == spoken_number(text) is not None


def test_a_number_without_a_country_is_read_in_the_region() -> None:
    assert spoken_number("020 7946 0123", region="GB") == "+442079460123"


@pytest.mark.parametrize("number", ["+16045550123", "+14165550123", "+442079460123"])
def test_the_carrier_s_number_is_believed_without_loading_the_library(number: str) -> None:
    code = (
        "import sys; from frontdesk.patients.phones import carrier_number;"
        f"assert carrier_number(' {number} ') == '{number}' and 'phonenumbers' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_carrier_s_number_in_another_format_is_normalised() -> None:
    assert carrier_number("604-555-0123") == "+16045550123"


@pytest.mark.parametrize(
    "text", ["anonymous", "Restricted", "+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"]
)
def test_a_hidden_number_is_no_number(text: str) -> None:
    assert carrier_number(text) is None


@given(st.text(st.characters(), max_size=40) | st.text("+0123456789 -()x;=", max_size=40))
def test_any_text_is_a_number_or_none(text: str) -> None:
    for number in (spoken_number(text), carrier_number(text)):
        assert number is None or (number[0] == "+" and number[1:].isascii() and number[1:].isdigit())
        assert number is None or carrier_number(number) == number
