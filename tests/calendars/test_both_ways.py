"""A thousand edits at random, on both sides and in the middle of everything: they settle, and agree."""

import random
from datetime import datetime

import pytest

from frontdesk.errors import ProviderFailed
from tests.calendars.deaths import dying
from tests.calendars.syncs import Synced, at, declined

EDITS = 500
"""At each vendor."""
BATCH = 25
_LOST = {"when": "after", "times": 1, "reset": True}


@pytest.mark.slow
@pytest.mark.parametrize("synced", ["google", "outlook"], indirect=True)
def test_a_thousand_edits_on_both_sides_settle_and_agree(synced: Synced) -> None:
    dice = random.Random(f"two sides of {synced.vendor}")
    done: dict[str, int] = {}
    for _ in range(0, EDITS, BATCH):
        synced.rules(
            calendar_moved=dice.choice(["follow", "put_back"]),
            calendar_deleted=dice.choice(["cancel", "put_back"]),
            calendar_names=dice.random() < 0.2,
        )
        for _ in range(BATCH):
            edit = _edited(synced, dice)
            done[edit] = done.get(edit, 0) + 1
            _meanwhile(synced, dice)
        synced.faults()

        rounds = synced.settle()

        assert rounds <= 4
        synced.assert_agrees()
    synced.pull(whole=True)
    assert synced.settle() == 1, "nothing is left that one side would tell the other"
    assert len(done) == 6, done
    assert {edit for _, edit in synced.notices()} == {"moved", "put_back", "cancelled", "not_bookable"}


def _time(dice: random.Random) -> datetime:
    return at(dice.randrange(6), dice.randrange(8, 18), dice.choice([0, 15, 30, 45, 45, 50]))


def _edited(synced: Synced, dice: random.Random) -> str:
    """One edit, on one of the sides."""
    visits, events = sorted(synced.visits()), synced.shown()
    if len(visits) < 4 or dice.random() < 0.2:
        declined(synced.book, _time(dice))
        return "book"
    edit = dice.choice(["move", "move", "cancel", "drag", "drag", "drag", "rename", "remove"])
    event = dice.choice(events).id if events else None
    match edit:
        case "move":
            declined(synced.move, dice.choice(visits), _time(dice))
        case "cancel":
            declined(synced.cancel, dice.choice(visits))
        case "drag" if event:
            synced.drag(event, _time(dice), dice.choice([15, 15, 15, 40]))
        case "rename" if event:
            synced.rename(event, f"Called so {dice.random()}")
        case "remove" if event:
            synced.remove(event)
        case _:
            pass
    return edit


def _meanwhile(synced: Synced, dice: random.Random) -> None:
    """Now and then half a sync, one whose answer is lost, or one that is killed."""
    chance = dice.random()
    if chance < 0.12:
        synced.push()
    elif chance < 0.24:
        synced.pull()
    elif chance < 0.30:
        with dying(dice.randrange(1, 25)):
            (synced.push if chance < 0.27 else synced.pull)()
    elif chance < 0.36:
        synced.faults(_LOST | {"method": dice.choice(["POST", "PATCH", "DELETE"])})
        try:
            synced.push()
            synced.pull()
        except ProviderFailed:
            pass
        synced.faults()
