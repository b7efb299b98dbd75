"""Where a telephone number may ring, and when it may: quiet hours by the clock of whoever is called.

A number says no more than its area code or its country, and people take theirs along when they move. So where
it leaves several zones open, all of them must have it right, and so must the clinic's own.
"""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from functools import cache
from importlib import resources
from typing import Final
from zoneinfo import ZoneInfo

from frontdesk import zones

_NEWFOUNDLAND, _ATLANTIC = "America/St_Johns", "America/Halifax"
_EASTERN, _CENTRAL = "America/Toronto", "America/Winnipeg"
_MOUNTAIN, _PACIFIC = "America/Edmonton", "America/Vancouver"

_AREA_CODES: Final[dict[tuple[str, ...], str]] = {
    # phonenumberslite has no zones. By province, and both of its two times where the codes don't tell them
    # apart; that no Canadian code is missing is tested against phonenumberslite's own list.
    (_PACIFIC,): "604",
    # The rest of British Columbia: its east keeps Alberta's time.
    (_PACIFIC, _MOUNTAIN): "236 250 257 672 778",
    (_MOUNTAIN,): "368 403 587 780 825",
    ("America/Regina", _MOUNTAIN): "306 474 639",
    (_CENTRAL,): "204 431 584",
    # Ontario's north-west.
    (_EASTERN, _CENTRAL): "807",
    (_EASTERN,): "226 249 289 343 365 382 416 437 519 548 613 647 683 705 742 753 905 942"
    " 263 354 438 450 468 514 579 819 873",
    # Quebec's east, with the Magdalen Islands.
    (_EASTERN, _ATLANTIC): "273 367 418 581",
    (_ATLANTIC,): "428 506 782 902",
    (_NEWFOUNDLAND, "America/Goose_Bay"): "709 879",
    # The three territories.
    ("America/Whitehorse", _MOUNTAIN, _CENTRAL, _EASTERN): "867",
}
_NOWHERE: Final = frozenset(
    ["600", "622", "633", "644", "655", "677", "688", "800", "833", "844", "855", "866", "877", "888"]
)
"""Codes of no place: the clinic's own zone is all there is to go by."""
_BY_CODE: Final = {code: names for names, codes in _AREA_CODES.items() for code in codes.split()}
_MOST_STEPS: Final = 12


def zones_of(number: str, home: ZoneInfo) -> frozenset[ZoneInfo]:
    """Every zone whose clock counts for that number (E.164), the clinic's own among them."""
    code = number[2:5] if number.startswith("+1") else ""
    if code in _NOWHERE:
        return frozenset({home})
    names = _BY_CODE.get(code) or _of_country(_country(number))
    return frozenset({home, *(zones.zone(name) for name in names)})


def open_from(moment: datetime, where: Collection[ZoneInfo], *, starts: time, ends: time) -> datetime | None:
    """The first instant from `moment` on, in UTC, when every clock there is between `starts` and `ends`.

    None when there is no such hour: the zones lie too far apart.
    """
    at = zones.utc(moment)
    for _ in range(_MOST_STEPS):
        latest = max(_opened(at, zone, starts, ends) for zone in where)
        if latest == at:
            return at
        at = latest
    return None


def _opened(at: datetime, zone: ZoneInfo, starts: time, ends: time) -> datetime:
    local = at.astimezone(zone)
    shown = local.time()
    if starts <= shown < ends:
        return at
    return zones.at(local.date() + timedelta(days=int(shown >= ends)), starts, zone)


def _country(number: str) -> str:
    import phonenumbers  # some 30 ms, for numbers from elsewhere

    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""


def _of_country(country: str) -> tuple[str, ...]:
    return _countries().get(country, ())


@cache
def _countries() -> dict[str, tuple[str, ...]]:
    """Zones by ISO 3166 country, of the pinned data's own table."""
    found: dict[str, tuple[str, ...]] = {}
    text = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            country, _, name = line.split("\t")[:3]
            found[country] = (*found.get(country, ()), name)
    return found
