"""Visits become events in their providers' calendars: one each, whatever dies or lies in between."""

import itertools
import json
import time
from collections.abc import Callable

import pytest

from frontdesk.calendars import pushing
from frontdesk.calendars.syncing import sync
from frontdesk.calendars.vendors import Throttled
from frontdesk.errors import ProviderFailed
from frontdesk.privacy.erasing import erase
from local import demo
from tests.calendars.deaths import dying
from tests.calendars.syncs import MAPLE, Synced, at

BOTH = pytest.mark.parametrize("synced", ["google", "outlook"], indirect=True)
ONE = pytest.mark.parametrize("synced", ["google"], indirect=True)

Step = Callable[[Synced, int], None]


def nothing(synced: Synced, visit: int) -> None:
    """Nobody touches it meanwhile."""


def pushed(synced: Synced, visit: int) -> None:
    synced.push()


def moved(synced: Synced, visit: int) -> None:
    synced.move(visit, at(1, 14))


def cancelled(synced: Synced, visit: int) -> None:
    synced.cancel(visit)


def dragged(synced: Synced, visit: int) -> None:
    for one in synced.shown():
        synced.drag(one.id, at(2, 10))


def removed(synced: Synced, visit: int) -> None:
    for one in synced.shown():
        synced.remove(one.id)


def _named(steps: Step | list[Step]) -> str:
    each = [steps] if callable(steps) else steps
    return "-".join(str(getattr(one, "__name__", "")) for one in each) or "booked"


@BOTH
@pytest.mark.parametrize(
    ("first", "then"),
    [
        ([], nothing),
        ([], moved),
        ([], cancelled),
        ([], dragged),
        ([], removed),
        ([pushed, moved], nothing),
        ([pushed, moved], dragged),
        ([pushed, moved], removed),
        ([pushed, moved, dragged], nothing),
        ([pushed, cancelled], nothing),
        ([pushed, cancelled], dragged),
    ],
    ids=_named,
)
def test_there_is_one_event_whichever_step_the_worker_dies_at(
    synced: Synced, first: list[Step], then: Step
) -> None:
    steps: list[str] = []
    for nth in itertools.count(1):
        visit = synced.book(at(0, 9))
        for step in first:
            step(synced, visit)
        with dying(nth) as death:
            synced.push()
        then(synced, visit)
        if then in (dragged, removed):
            synced.pull(whole=True)
        synced.push()

        synced.assert_agrees()
        assert not any(is_due for *_, is_due in synced.rows())
        if not death.has_come:
            steps = death.steps
            break
        if synced.visits():
            synced.cancel(visit)
            synced.push()
        assert (synced.shown(), synced.rows()) == ([], [])

    write = "DELETE" if cancelled in first else "PATCH" if first else "POST"
    assert {write, "committed"} <= set(steps)


@BOTH
@pytest.mark.parametrize("lost", [{"reset": True}, {"status": 503}, {"status": 500}])
def test_an_answer_that_is_lost_makes_no_second_event(synced: Synced, lost: dict[str, object]) -> None:
    fault = {"when": "after", "times": 1, **lost}

    def goes_wrong(method: str) -> None:
        synced.faults(fault | {"method": method})
        synced.push()
        assert [is_due for *_, is_due in synced.rows()] == [True]
        synced.faults()
        synced.push()
        synced.assert_agrees()

    visit = synced.book(at(0, 9))
    goes_wrong("POST")
    synced.move(visit, at(0, 10))
    goes_wrong("PATCH")
    synced.cancel(visit)
    goes_wrong("DELETE")
    assert synced.shown() == []
    assert synced.notices() == []


@BOTH
def test_what_is_written_says_little_and_mails_nobody(synced: Synced) -> None:
    visit = synced.book(at(0, 9))
    synced.asked()
    synced.push()
    synced.move(visit, at(0, 10))
    synced.push()

    writes = [one for one in synced.asked() if one["method"] in ("POST", "PATCH") and "events" in one["path"]]
    assert [one["method"] for one in writes] == ["POST", "PATCH"]
    text = json.dumps([one["body"] for one in writes])
    for secret in ("John", "Doe", "private matter", "604", "America", "Vancouver"):
        assert secret not in text
    assert "attendees" not in text
    if synced.vendor == "google":
        assert [one["query"]["sendUpdates"] for one in writes] == ["none", "none"]
        assert writes[0]["body"]["extendedProperties"]["private"] == {
            "frontdeskOrg": demo.MAPLE,
            "frontdeskAppointment": str(visit),
            "frontdeskGeneration": "1",
        }
    assert [one.title for one in synced.shown()] == ["Follow-up (booked by frontdesk)"]


@BOTH
def test_a_name_is_in_the_calendar_as_long_as_the_clinic_says_so(synced: Synced) -> None:
    synced.book(at(0, 9))
    synced.push()

    synced.rules(calendar_names=True)
    synced.push()
    assert [one.title for one in synced.shown()] == ["John D. – Follow-up"]

    synced.rules(calendar_names=False)
    synced.push()
    assert [one.title for one in synced.shown()] == ["Follow-up (booked by frontdesk)"]
    synced.assert_agrees()


@ONE
def test_a_callers_booking_is_due_in_its_own_transaction(synced: Synced) -> None:
    clinic = synced.clinic
    booked = clinic.book(providerId="100")
    [(due_since, made)] = clinic.all(
        "SELECT due_since, created_at FROM calendar_events JOIN appointments ON id = appointment_id"
    )
    assert due_since == made
    synced.push()
    synced.assert_agrees()

    clinic.ask("cancel_appointment", appointmentId=booked["appointmentId"])
    assert [is_due for *_, is_due in synced.rows()] == [True]
    synced.push()
    assert synced.shown() == []


@ONE
def test_the_desk_is_told_whom_to_ring_and_only_for_what_was_changed(synced: Synced) -> None:
    def rung(*, answered: str | None = "{}") -> list[int] | None:
        with synced.call() as call:
            if answered is not None:
                call.db.run("UPDATE calendar_events SET due_since = now()")
            return call.db.value(
                "SELECT desk.close_call('c', 't', %(answered)s::text, 'done', 1, 'en', NULL, 0, 'x', NULL,"
                " NULL, NULL, NULL)",
                answered=answered,
            )

    assert rung() is None
    synced.book(at(0, 9))
    assert rung() == [synced.connection_id]
    assert rung(answered=None) is None


@ONE
def test_a_booking_that_comes_to_nothing_leaves_nothing(synced: Synced) -> None:
    clinic = synced.clinic
    clinic.prove_john()
    offer = clinic.ask("find_earliest_appointment", providerId="100")
    clinic.do(
        "ALTER TABLE audit_log ADD CONSTRAINT no_booking CHECK (action <> 'create_appointment') NOT VALID"
    )
    clinic.error(
        "create_appointment",
        demographicId=synced.patient_id,
        providerId="100",
        startTime=offer["startTime"],
        appointmentType=offer["appointmentType"],
        reason="sore throat",
    )
    assert synced.visits() == {}
    assert synced.rows() == []


@ONE
def test_a_provider_without_a_calendar_writes_nothing(synced: Synced) -> None:
    synced.book(at(0, 9), provider=101)
    assert synced.rows() == []


@ONE
def test_a_request_is_in_the_calendar_once_the_clinic_has_said_yes(synced: Synced) -> None:
    synced.rules(booking_mode="approval")
    visit = synced.book(at(0, 9))
    assert synced.rows() == []

    answer = synced.connecting.member.post(f"/appointments/{visit}/approve")
    assert answer.status == 200, answer.body
    synced.push()
    synced.assert_agrees()
    assert len(synced.shown()) == 1


@ONE
def test_a_calendar_that_is_chosen_gets_what_was_booked_before(synced: Synced) -> None:
    [shown] = synced.connecting.shown()
    synced.book(at(0, 9), provider=101)
    assert synced.rows() == []

    assert synced.connecting.choose(shown["id"], (synced.calendar_id, 101)).status == 200
    synced.push()
    assert len(synced.shown()) == 1

    assert synced.connecting.choose(shown["id"], (synced.calendar_id, None)).status == 200
    synced.push()
    assert (synced.shown(), synced.rows()) == ([], [])


@ONE
def test_a_visit_that_goes_to_another_provider_goes_to_their_calendar(synced: Synced) -> None:
    other = synced.connecting.connects("outlook")
    calendar = next(
        one["id"]
        for each in synced.connecting.shown()
        if each["id"] == other
        for one in each["calendars"]
        if one["isPrimary"]
    )
    assert synced.connecting.choose(other, (calendar, 101)).status == 200
    theirs = Synced(synced.connecting, "outlook", synced.account, synced.outlook, other, calendar)
    visit = synced.book(at(0, 9))
    synced.push()
    assert len(synced.shown()) == 1
    for connection in (synced.connection_id, other):
        sync(MAPLE, connection, time.monotonic() + 30)

    synced.move(visit, at(0, 10), provider=101)
    synced.push()

    assert synced.shown() == []
    [(wanted,)] = synced.clinic.all("SELECT wanted_at FROM calendar_connections WHERE id = %s", other)
    assert wanted is not None
    theirs.push()
    assert [(one.appointment_id, one.start) for one in theirs.shown()] == [(visit, at(0, 10))]


@BOTH
def test_an_erased_patients_events_go_and_those_of_the_past_too(synced: Synced) -> None:
    synced.rules(calendar_names=True)
    past, coming = synced.book(at(0, 9)), synced.book(at(1, 9))
    synced.push()
    synced.let_pass(past, "fulfilled")
    synced.push()
    assert len(synced.shown()) == 2

    with synced.call() as call:
        erase(call.db, synced.patient_id)
    synced.push()

    assert synced.shown() == []
    assert synced.rows() == []
    assert coming not in synced.visits()


@ONE
def test_a_visit_that_is_over_is_left_alone(synced: Synced) -> None:
    visit = synced.book(at(0, 9))
    synced.push()
    synced.let_pass(visit, "noshow")
    assert [is_due for *_, is_due in synced.rows()] == [True]
    synced.asked()
    synced.push()
    assert synced.writes() == []
    assert len(synced.shown()) == 1


@BOTH
def test_a_calendar_that_is_taken_away_fails_alone_and_goes_on_once_it_is_back(synced: Synced) -> None:
    synced.book(at(0, 9))
    synced.clinic.do("UPDATE calendars SET vendor_id = vendor_id || 'gone'")
    synced.push()
    synced.push()

    assert synced.clinic.all("SELECT failure FROM calendars WHERE provider_id = 100") == [("withdrawn",)]
    told = synced.clinic.all("SELECT of FROM notifications WHERE kind = 'calendar_disconnected'")
    assert told == [(f"calendar {synced.calendar_id}",)]
    synced.asked()
    synced.push()
    assert synced.writes() == []

    synced.book(at(0, 10))
    synced.clinic.do(
        "UPDATE calendars SET failure = NULL, vendor_id = left(vendor_id, -4) WHERE id = %s",
        synced.calendar_id,
    )
    synced.push()
    synced.assert_agrees()
    assert len(synced.shown()) == 2


@ONE
def test_what_the_vendor_refuses_of_one_visit_keeps_no_other_back(synced: Synced) -> None:
    visits = [synced.book(at(day, 9)) for day in range(3)]
    synced.faults({"method": "POST", "path": "/calendar", "times": 1, "status": 500})
    synced.push()
    assert [one.appointment_id for one in synced.shown()] == visits[1:]
    synced.push()
    synced.assert_agrees()

    for visit in visits:
        synced.move(visit, at(3, 9 + visits.index(visit)))
    synced.faults({"method": "PATCH", "path": "/calendar", "times": 1, "status": 429})
    with pytest.raises(Throttled):
        synced.push()
    synced.push()
    synced.assert_agrees()


@ONE
def test_a_calendar_connected_anew_has_its_events_still(synced: Synced) -> None:
    visit, other = synced.book(at(0, 9)), synced.book(at(0, 11))
    synced.push()
    before = synced.shown()
    assert synced.connecting.member.delete(f"/calendars/{synced.connection_id}").status == 200
    synced.move(visit, at(0, 10))
    synced.cancel(other)
    assert synced.rows() == []

    connection = synced.connecting.connects("google")
    [shown] = synced.connecting.shown()
    calendar = next(one["id"] for one in shown["calendars"] if one["isPrimary"])
    assert synced.connecting.choose(connection, (calendar, 100)).status == 200
    anew = Synced(synced.connecting, "google", synced.account, synced.outlook, connection, calendar)
    anew.settle()

    anew.assert_agrees()
    assert [one.id for one in anew.shown()] == [before[0].id]


@BOTH
def test_one_sync_brings_a_booking_there_and_puts_back_what_was_moved_meanwhile(synced: Synced) -> None:
    moved = synced.book(at(0, 9))
    sync(MAPLE, synced.connection_id, time.monotonic() + 60)
    [event] = synced.shown()
    synced.drag(event.id, at(1, 10))
    booked = synced.book(at(0, 10))

    sync(MAPLE, synced.connection_id, time.monotonic() + 60)

    synced.assert_agrees()
    assert [one.appointment_id for one in synced.shown()] == [moved, booked]
    assert synced.notices() == [(moved, "put_back")]


@BOTH
def test_events_that_the_vendor_never_takes_keep_no_other_waiting_and_are_told(synced: Synced) -> None:
    path = "/calendar/v3" if synced.vendor == "google" else "/v1.0"
    for hour in (9, 10, 11):
        synced.book(at(0, hour))
    synced.faults({"path": path, "method": "POST", "status": 500})
    with pytest.raises(ProviderFailed):
        pushing.push(synced.turn())
    good = synced.book(at(1, 9))
    # It takes one in this round, then fails again: those that failed are not the first any more.
    synced.faults({"path": path, "method": "POST", "status": 500, "after": 1})

    with pytest.raises(ProviderFailed):
        pushing.push(synced.turn())

    assert [one.appointment_id for one in synced.shown()] == [good]


@BOTH
def test_one_event_that_is_forbidden_takes_no_calendar_away(synced: Synced) -> None:
    path = "/calendar/v3" if synced.vendor == "google" else "/v1.0"
    forbidden = {"path": path, "method": "POST", "status": 403, "reason": "forbidden", "times": 1}
    first, second = synced.book(at(0, 9)), synced.book(at(0, 10))
    synced.faults(forbidden)
    with pytest.raises(ProviderFailed):
        pushing.push(synced.turn())

    assert [one.appointment_id for one in synced.shown()] == [second]
    assert synced.clinic.all("SELECT failure FROM calendars WHERE provider_id = 100") == [(None,)]
    synced.push()
    assert [one.appointment_id for one in synced.shown()] == [first, second]
