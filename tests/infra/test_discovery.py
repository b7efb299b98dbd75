"""What a definition on disk may not say."""

from datetime import timedelta

import pytest

from frontdesk.trigger import Schedule


@pytest.mark.parametrize("seconds", [0, 30, 59, 61, 90, -60])
def test_a_schedule_goes_by_whole_minutes(seconds: int) -> None:
    with pytest.raises(ValueError, match="whole minutes"):
        Schedule(every=timedelta(seconds=seconds))
