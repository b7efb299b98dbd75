"""Zones: whose data answers, and how wall times and instants meet where the clocks are changed."""

import zoneinfo
from datetime import UTC, date, datetime, timedelta

import pytest
import tzdata
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.zones import instant, is_skipped, today, utc, wall_text, zone
from tests.scheduling import oracle

HOUR = timedelta(hours=1)


def offset_h(name: str, moment: str) -> float:
    offset = datetime.fromisoformat(moment).replace(tzinfo=zone(name)).utcoffset()
    assert offset is not None
    return offset / HOUR


def test_the_zone_data_is_of_2026f_or_later() -> None:
    assert tzdata.IANA_VERSION >= "2026f"


def test_no_zone_file_of_the_machine_is_looked_at() -> None:
    assert zoneinfo.TZPATH == ()


@pytest.mark.parametrize(
    ("name", "moment", "hours"),
    [
        ("America/Vancouver", "2025-12-01", -8),
        ("America/Vancouver", "2026-03-08 01:59", -8),
        ("America/Vancouver", "2026-03-08 03:00", -7),
        ("America/Vancouver", "2026-12-01", -7),
        ("America/Vancouver", "2030-01-15", -7),
        ("America/Edmonton", "2025-12-01", -7),
        ("America/Edmonton", "2026-12-01", -6),
        ("America/Edmonton", "2030-01-15", -6),
        ("America/Toronto", "2026-12-01", -5),
    ],
)
def test_british_columbia_and_alberta_keep_their_summer_time_from_2026_on(
    name: str, moment: str, hours: float
) -> None:
    assert offset_h(name, moment) == hours


@pytest.mark.parametrize(
    "name", ["", "Vancouver/America", "America", "/etc/localtime", "../UTC", "zone.tab", "x" * 999, "上海"]
)
def test_a_name_that_is_no_zone_is_refused_with_a_clear_text(name: str) -> None:
    with pytest.raises(ValueError, match="There is no time zone"):
        zone(name)


@pytest.mark.parametrize(
    ("name", "wall", "expected"),
    [
        ("America/New_York", "2026-11-01 01:30", "2026-11-01 05:30"),
        ("Europe/London", "2026-10-25 01:30", "2026-10-25 00:30"),
        ("America/Vancouver", "2025-11-02 01:30", "2025-11-02 08:30"),
        ("Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04 14:45"),
    ],
)
def test_a_repeated_local_time_is_its_first_occurrence(name: str, wall: str, expected: str) -> None:
    for fold in (0, 1):
        asked = datetime.fromisoformat(wall).replace(fold=fold)
        assert instant(asked, zone(name)) == datetime.fromisoformat(expected + "+00:00")


@pytest.mark.parametrize(
    ("name", "wall", "shown"),
    [
        ("America/New_York", "2026-03-08 02:30", "2026-03-08T03:30:00"),
        ("Europe/London", "2026-03-29 01:00", "2026-03-29T02:00:00"),
        ("America/Vancouver", "2026-03-08 02:59", "2026-03-08T03:59:00"),
        ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-04T02:45:00"),
        ("Pacific/Apia", "2011-12-30 09:00", "2011-12-31T09:00:00"),
    ],
)
def test_a_skipped_local_time_moves_forward_by_the_gap(name: str, wall: str, shown: str) -> None:
    asked = datetime.fromisoformat(wall)
    assert is_skipped(asked, zone(name))
    assert wall_text(instant(asked, zone(name)), zone(name)) == shown


@pytest.mark.parametrize(
    ("name", "wall"),
    [
        ("America/New_York", "2026-03-08 01:59"),
        ("America/New_York", "2026-03-08 03:00"),
        ("America/New_York", "2026-11-01 01:30"),
        ("Australia/Lord_Howe", "2026-10-04 02:30"),
        ("Pacific/Apia", "2011-12-29 23:59"),
    ],
)
def test_a_time_the_clocks_do_show_is_not_skipped(name: str, wall: str) -> None:
    assert not is_skipped(datetime.fromisoformat(wall), zone(name))


@pytest.mark.parametrize(
    ("name", "moment", "text"),
    [
        ("America/Vancouver", "2026-02-20T22:00:00", "2026-02-20T14:00:00"),
        ("America/New_York", "2026-11-01T04:59:00", "2026-11-01T00:59:00"),
        ("America/New_York", "2026-11-01T05:30:00", "2026-11-01T01:30:00-04:00"),
        ("America/New_York", "2026-11-01T06:30:00", "2026-11-01T01:30:00-05:00"),
        ("America/New_York", "2026-11-01T07:00:00", "2026-11-01T02:00:00"),
        ("America/New_York", "2026-03-08T07:00:00", "2026-03-08T03:00:00"),
        ("America/Vancouver", "2026-11-01T08:30:00", "2026-11-01T01:30:00"),
        ("Australia/Lord_Howe", "2026-04-04T14:45:00", "2026-04-05T01:45:00+11:00"),
        ("Australia/Lord_Howe", "2026-04-04T15:15:00", "2026-04-05T01:45:00+10:30"),
    ],
)
def test_a_wall_text_carries_its_offset_only_in_a_repeated_hour(name: str, moment: str, text: str) -> None:
    assert wall_text(datetime.fromisoformat(moment + "+00:00"), zone(name)) == text


@given(st.sampled_from(oracle.CHANGES), st.integers(-2000, 3500))
def test_a_wall_text_names_one_instant_only(change: tuple[str, date], offset_min: int) -> None:
    name, day = change
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + offset_min * oracle.MINUTE

    read = datetime.fromisoformat(wall_text(moment, zone(name)))

    assert moment == (utc(read) if read.tzinfo else instant(read, zone(name)))


def test_today_is_the_date_in_the_zone() -> None:
    now = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
    assert today(now, zone("America/Vancouver")) == date(2026, 3, 1)
    assert today(now, zone("Asia/Shanghai")) == date(2026, 3, 2)


def test_a_moment_beyond_all_years_is_the_first_or_the_last() -> None:
    """Vendors, servers and cursors may name one; whoever compares it finds it where it is."""
    shanghai, vancouver = zone("Asia/Shanghai"), zone("America/Vancouver")

    assert utc(datetime.min.replace(tzinfo=shanghai)) == datetime.min.replace(tzinfo=UTC)
    assert utc(datetime.max.replace(tzinfo=vancouver)) == datetime.max.replace(tzinfo=UTC)


def test_a_naive_moment_and_an_aware_wall_time_are_refused() -> None:
    naive, aware = datetime(2026, 3, 2, 9), datetime(2026, 3, 2, 9, tzinfo=UTC)  # noqa: DTZ001 the point of it
    with pytest.raises(ValueError, match="naive"):
        wall_text(naive, zone("Europe/London"))
    with pytest.raises(ValueError, match="aware"):
        instant(aware, zone("Europe/London"))
