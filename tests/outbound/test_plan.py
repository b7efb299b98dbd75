"""The laws of calling people, for every clinic, number and night of the year."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk import zones
from frontdesk.outbound import callee
from frontdesk.outbound.plan import Item, Rules, Verdict, plan

VANCOUVER = zones.zone("America/Vancouver")
NOON = datetime(2026, 3, 3, 20, tzinfo=UTC)
"""Tuesday at Vancouver."""
VANCOUVERS, TORONTOS = "+16045550123", "+14165550123"
HALIFAXES, NEWFOUNDLANDS = "+19025550123", "+17095550123"
RULES = Rules(
    zone=VANCOUVER,
    purposes=frozenset({"reminder", "waitlist_offer", "approval_result", "recall"}),
    starts=time(9),
    ends=time(20),
    attempts=3,
    concurrency=10,
    spacing=timedelta(hours=2),
    has_line=True,
)


def item(**fields: Any) -> Item:
    usual: dict[str, Any] = {
        "id": 1,
        "purpose": "reminder",
        "number": VANCOUVERS,
        "patient_id": 7,
        "may_be_called": None,
        "is_on_list": False,
        "is_on_the_phone": False,
        "untrue": None,
        "is_calling": False,
        "not_before": NOON - timedelta(hours=1),
        "expires_at": NOON + timedelta(days=3),
        "next_at": NOON - timedelta(hours=1),
        "attempts": 0,
        "last_asked": None,
    }
    return Item(**(usual | fields))


def one(now: datetime = NOON, rules: Rules = RULES, **fields: Any) -> Verdict:
    [verdict] = plan([item(**fields)], rules, now=now)
    return verdict


# Nights on which Canadian clocks are changed, and an ordinary one.
_NIGHTS = (date(2026, 3, 8), date(2026, 11, 1), date(2026, 7, 1), date(2027, 3, 14), date(2027, 11, 7))


def _moment(night: date, minutes: int) -> datetime:
    return datetime.combine(night, time(), UTC) + timedelta(minutes=minutes)


_moments = st.builds(_moment, st.sampled_from(_NIGHTS), st.integers(-1440, 2880))
_numbers = st.sampled_from(
    [
        *("+16045550123", "+12505550123", "+14165550123", "+18075550123", "+19025550123", "+17095550123"),
        *("+18675550123", "+18005550123", "+12125550123", "+447700900123", "+861012345678", "+18765550123"),
    ]
)
_homes = st.sampled_from(["America/Vancouver", "America/Toronto", "America/St_Johns", "America/Regina"])


@st.composite
def _items(draw: st.DrawFn, now: datetime) -> list[Item]:
    def minutes(least: int, most: int) -> timedelta:
        return timedelta(minutes=draw(st.integers(least, most)))

    return [
        item(
            id=id_,
            purpose=draw(st.sampled_from(["reminder", "recall", "waitlist_offer"])),
            number=draw(_numbers),
            patient_id=draw(st.sampled_from([None, 1, 2, 3, 4])),
            may_be_called=draw(st.sampled_from([None, True, True, False])),
            is_on_list=draw(st.booleans()) and draw(st.booleans()),
            is_on_the_phone=draw(st.booleans()) and draw(st.booleans()),
            untrue=draw(st.sampled_from([None, None, None, "the visit has moved"])),
            not_before=now + minutes(-2000, 600),
            next_at=now + minutes(-2000, 600),
            expires_at=now + minutes(-60, 4000),
            attempts=draw(st.integers(0, 4)),
            last_asked=draw(st.sampled_from([None, now + minutes(-300, 0)])),
        )
        for id_ in range(1, draw(st.integers(2, 9)))
    ]


def _is_open(at: datetime, one: Item, rules: Rules) -> bool:
    where = callee.zones_of(one.number, rules.zone)
    return all(rules.starts <= at.astimezone(zone).time() < rules.ends for zone in where)


@given(st.data(), _moments, _homes, st.integers(1, 4), st.sampled_from([(9, 20), (10, 12), (17, 20)]))
def test_whoever_is_called_may_be_called_then_and_is_called_once(
    data: st.DataObject, now: datetime, home: str, concurrency: int, hours: tuple[int, int]
) -> None:
    rules = RULES._replace(
        zone=zones.zone(home), concurrency=concurrency, starts=time(hours[0]), ends=time(hours[1])
    )
    verdicts = plan(data.draw(_items(now)), rules, now=now)
    called = [verdict.item for verdict in verdicts if verdict.what == "now"]

    assert len(called) <= concurrency
    for each in called:
        assert _is_open(now, each, rules)
        assert max(each.not_before, each.next_at) <= now < each.expires_at
        assert each.last_asked is None or each.last_asked + rules.spacing <= now
        assert each.attempts < rules.attempts
        assert (each.is_on_list, each.is_on_the_phone, each.untrue) == (False, False, None)
        assert each.may_be_called or (each.may_be_called is None and each.purpose != "recall")
    _are_different([each.number for each in called])
    _are_different([each.patient_id for each in called if each.patient_id])


def _are_different(found: Sequence[object]) -> None:
    assert len(set(found)) == len(found)


@given(st.data(), _moments, _homes)
def test_whoever_is_to_be_called_later_may_be_called_then(
    data: st.DataObject, now: datetime, home: str
) -> None:
    rules = RULES._replace(zone=zones.zone(home))
    for verdict in plan(data.draw(_items(now)), rules, now=now):
        if verdict.what == "later":
            assert verdict.at is not None
            assert now <= verdict.at < verdict.item.expires_at
            assert verdict.at >= (verdict.item.last_asked or now - rules.spacing) + rules.spacing
            assert _is_open(verdict.at, verdict.item, rules)


@given(_moments, _numbers, _homes)
def test_no_minute_that_would_have_done_is_passed_over(now: datetime, number: str, home: str) -> None:
    zone = zones.zone(home)
    where = callee.zones_of(number, zone)
    found = callee.open_from(now, where, starts=time(9), ends=time(20))
    step = timedelta(minutes=15)
    tried = now
    while tried < now + timedelta(days=2) and (found is None or tried < found):
        assert not all(time(9) <= tried.astimezone(each).time() < time(20) for each in where)
        tried += step


@pytest.mark.parametrize(
    ("number", "utc", "why"),
    [
        (VANCOUVERS, "2026-03-03T16:59", "later"),
        (VANCOUVERS, "2026-03-03T17:00", "now"),
        (VANCOUVERS, "2026-03-04T03:59", "now"),
        (VANCOUVERS, "2026-03-04T04:00", "later"),
        # At Toronto it is nine long before it is at the clinic, and eight in the evening long before, too.
        (TORONTOS, "2026-03-03T14:30", "later"),
        (TORONTOS, "2026-03-03T17:00", "now"),
        (TORONTOS, "2026-03-04T00:59", "now"),
        (TORONTOS, "2026-03-04T01:00", "later"),
        (NEWFOUNDLANDS, "2026-03-03T23:29", "now"),
        (NEWFOUNDLANDS, "2026-03-03T23:30", "later"),
        # Toronto's clocks are set forward in the night to Sunday.
        (TORONTOS, "2026-03-07T17:00", "now"),
        (TORONTOS, "2026-03-08T23:59", "now"),
        (TORONTOS, "2026-03-09T00:00", "later"),
    ],
)
def test_quiet_hours_are_those_of_the_callee_and_of_the_clinic(number: str, utc: str, why: str) -> None:
    now = datetime.fromisoformat(utc).replace(tzinfo=UTC)

    times: dict[str, Any] = {"not_before": now, "next_at": now, "expires_at": now + timedelta(days=2)}

    assert one(now, RULES, number=number, **times).what == why


def test_a_reminder_that_fell_due_at_night_waits_for_the_morning() -> None:
    night = datetime(2026, 3, 3, 8, 30, tzinfo=UTC)

    verdict = one(night, not_before=night - timedelta(hours=1), next_at=night - timedelta(hours=1))

    assert verdict == Verdict(
        verdict.item,
        "later",
        datetime(2026, 3, 3, 17, tzinfo=UTC),
        "it is a quiet hour there or at the clinic",
    )


@pytest.mark.parametrize(
    ("fields", "what", "why"),
    [
        ({"is_on_list": True}, "never", "the number is on the do-not-call list"),
        ({"may_be_called": False}, "never", "the patient does not want to be called"),
        ({"purpose": "recall"}, "never", "the patient has not agreed to such calls"),
        ({"purpose": "recall", "may_be_called": True}, "now", "is called now"),
        ({"untrue": "the visit has moved"}, "never", "the visit has moved"),
        ({"attempts": 3}, "never", "it was tried as often as the clinic allows"),
        ({"attempts": 2}, "now", "is called now"),
        ({"expires_at": NOON}, "never", "it is too late for it"),
        ({"is_on_the_phone": True}, "later", "that person is on the phone with the clinic"),
        ({"attempts": 1, "next_at": NOON + timedelta(minutes=5)}, "later", "was tried a while ago"),
        ({"last_asked": NOON - timedelta(minutes=119)}, "later", "that person was called a while ago"),
        ({"last_asked": NOON - timedelta(hours=2)}, "now", "is called now"),
        ({"not_before": NOON + timedelta(minutes=5)}, "later", "it is too early for it"),
        # From Tuesday noon to the next morning no hour is right.
        ({"next_at": NOON + timedelta(hours=9), "expires_at": NOON + timedelta(hours=10)}, "never", None),
        # Half the world away: by day there it is night here.
        ({"number": "+923001234567"}, "never", "there is no hour that is right there and at the clinic"),
    ],
)
def test_why_somebody_is_called_or_not(fields: dict[str, Any], what: str, why: str | None) -> None:
    verdict = one(**fields)

    assert verdict.what == what
    assert verdict.why == (why or "no hour to call is left before it is too late")


def test_a_clinic_calls_nobody_before_it_says_what_for_and_has_a_number_to_call_from() -> None:
    off = one(rules=RULES._replace(purposes=frozenset({"recall"})))
    without = one(rules=RULES._replace(has_line=False))

    assert (off.what, off.why) == ("off", "the clinic has not switched on reminders")
    assert (without.what, without.why) == ("off", "no number of the clinic is at Vapi to call from")


def test_of_two_for_one_person_or_number_only_the_more_urgent_is_called() -> None:
    early, late = NOON + timedelta(hours=2), NOON + timedelta(hours=5)
    verdicts = plan(
        [
            item(id=1, expires_at=late),
            item(id=2, expires_at=early, purpose="waitlist_offer"),
            item(id=3, number=TORONTOS, patient_id=9),
        ],
        RULES,
        now=NOON,
    )

    assert [(one.item.id, one.what) for one in verdicts] == [(2, "now"), (1, "later"), (3, "now")]


def test_a_call_under_way_takes_one_of_the_clinics_lines_and_its_persons() -> None:
    verdicts = plan(
        [item(id=1, is_calling=True), item(id=2), item(id=3, number=TORONTOS, patient_id=9)],
        RULES._replace(concurrency=1),
        now=NOON,
    )

    assert [(one.item.id, one.what, one.why) for one in verdicts] == [
        (1, "calling", "is being called"),
        (2, "later", "that person is on the phone with the clinic"),
        (3, "later", "as many calls as the clinic allows are under way"),
    ]


@pytest.mark.parametrize(
    ("number", "zones_there"),
    [
        ("+16045550100", {"America/Vancouver"}),
        ("+12505550100", {"America/Vancouver", "America/Edmonton"}),
        (HALIFAXES, {"America/Halifax"}),
        ("+18005550100", set[str]()),
        ("+18765550100", {"America/Jamaica"}),
        ("+33612345678", {"Europe/Paris"}),
        ("+99999999999", set[str]()),
    ],
)
def test_where_a_number_rings(number: str, zones_there: set[str]) -> None:
    home = zones.zone("America/Regina")

    assert {zone.key for zone in callee.zones_of(number, home)} == {"America/Regina", *zones_there}


def test_every_canadian_area_code_in_use_is_known() -> None:
    import phonenumbers

    unknown = [
        code
        for code in range(200, 1000)
        if phonenumbers.region_code_for_number(phonenumbers.PhoneNumber(1, code * 10**7 + 2005000)) == "CA"
        and callee.zones_of(f"+1{code}2005000", zones.zone("Etc/UTC")) >= {zones.zone("America/Atikokan")}
    ]

    assert unknown == []
