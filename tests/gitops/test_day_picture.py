"""The picture of a day: what it draws is what a caller would be told."""

from itertools import groupby
from xml.etree import ElementTree

from frontdesk import zones
from gitops import day_picture

VANCOUVER = zones.zone("America/Vancouver")


def test_it_draws_each_start_with_what_becomes_of_it() -> None:
    runs = [
        (why and why.value, f"{next(starts)[0].astimezone(VANCOUVER):%H:%M}")
        for why, starts in groupby(day_picture.refusals().items(), key=lambda one: one[1])
    ]

    assert runs == [
        ("too_soon", "09:00"),
        ("taken", "09:45"),
        (None, "11:15"),
        ("closed", "11:45"),
        ("taken", "13:00"),
        (None, "14:15"),
        ("closed", "15:45"),
    ]


def test_it_offers_another_time_and_another_day() -> None:
    offered = [f"{start.astimezone(VANCOUVER):%a %H:%M}" for start in day_picture.offered()]

    assert offered == ["Tue 11:15", "Tue 14:15", "Wed 09:00"]


def test_it_says_so() -> None:
    said = {element.text for element in ElementTree.fromstring(day_picture.draw()).iter()}

    assert {"too soon", "taken", "closed", "free", "11:15", "14:15", "Wednesday 9:00"} <= said
