"""Visits become events in their providers' calendars: one each, whatever dies or lies in between."""

import pytest

from tests.calendars.syncs import Synced, at

BOTH = pytest.mark.parametrize("synced", ["google", "outlook"], indirect=True)


@BOTH
def test_a_visit_is_made_moved_and_deleted_with_its_event(synced: Synced) -> None:
    visit = synced.book(at(0, 9))
    synced.push()
    synced.assert_agrees()
    synced.move(visit, at(1, 14))
    synced.push()
    synced.assert_agrees()
    synced.cancel(visit)
    synced.push()
    assert synced.shown() == []
    assert synced.rows() == []
