"""The model of how far it goes: its laws, and that the page is of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra import scale

USE = scale.uses()
CLINICS = st.integers(min_value=1, max_value=10_000_000)


@given(CLINICS, st.integers(min_value=2, max_value=100))
def test_so_many_times_the_clinics_need_so_many_times_as_much(clinics: int, times: int) -> None:
    one, several = scale.needs(clinics, USE), scale.needs(clinics * times, USE)

    for name, value in one.items():
        assert several[name] == pytest.approx(times * value)


@pytest.mark.parametrize("limit", scale.limits(), ids=lambda limit: limit.name)
def test_a_limit_is_met_at_just_so_many_clinics(limit: scale.Limit) -> None:
    at = scale.reached(limit, USE)

    assert scale.needs(at, USE)[limit.of] <= limit.value < scale.needs(at + 1, USE)[limit.of]


def test_what_comes_first_stands_first() -> None:
    rows = scale.tables()["limits"].splitlines()[2:]
    met = [int(row.split("|")[1].replace(",", "").split()[0]) for row in rows]

    assert met == sorted(scale.reached(limit, USE) for limit in scale.limits())


@given(CLINICS)
def test_clinics_pay_for_their_cells_and_for_their_calls(clinics: int) -> None:
    idle, calls = scale.usd_a_month(clinics, USE)
    _, twice = scale.usd_a_month(clinics, {**USE, "calls_a_day": 2 * USE["calls_a_day"]})
    nobody, nothing = scale.usd_a_month(clinics, {**USE, "calls_a_day": 0})

    assert twice == pytest.approx(2 * calls)
    assert (nobody, nothing) == (idle, 0)
    assert scale.cells(clinics) * scale.A_CELL >= clinics


def test_the_page_and_its_picture_are_of_the_model() -> None:
    """But for money, which follows the templates: `python -m infra.scale --write` makes both anew."""

    def without_money(page: str) -> list[str]:
        return [line for line in page.splitlines() if "USD" not in line]

    page = scale.PAGE.read_text("utf-8")
    assert without_money(page) == without_money(scale.filled(page))
    assert scale.PICTURE.read_text("utf-8") == scale.picture()
