"""The finder that steps, which ours is measured beside, finds the same starts: it is no straw man."""

import pytest

from benchmarks import finder


@pytest.mark.parametrize("taken", [*finder.TAKEN, finder.AFTER_FULL_DAYS])
def test_both_finders_give_every_start_alike(taken: str) -> None:
    asked = finder.made(3, 20, taken)

    found = list(asked.ours())

    assert list(asked.stepping()) == found
    assert bool(found) == (taken != "full")
