"""Owners move, rename and delete our events in their own calendars: what becomes of the visits."""

import itertools
import json
from contextlib import suppress
from datetime import timedelta

import pytest

from frontdesk.calendars import edits
from frontdesk.calendars.google import event_id
from frontdesk.calendars.vendors import Draft, Mark, Span
from local import demo
from tests.calendars.deaths import Killed, dying
from tests.calendars.syncs import Shown, Synced, at
from tests.clinic import Clinic

BOTH = pytest.mark.parametrize("synced", ["google", "outlook"], indirect=True)
ONE = pytest.mark.parametrize("synced", ["google"], indirect=True)


@pytest.fixture
def event(synced: Synced) -> Shown:
    """That of a visit, known on both sides."""
    synced.book(at(0, 9))
    synced.settle()
    [one] = synced.shown()
    return one


def news(clinic: Clinic) -> list[str]:
    """What John is to be told."""
    return [kind for (kind,) in clinic.all("SELECT kind FROM communications ORDER BY id")]


def inbox(synced: Synced) -> list[str]:
    """What the clinic reads of its calendars."""
    listed = synced.connecting.member.get("/notifications").body["notifications"]
    return [one["title"] for one in listed if one["kind"] == "calendar_edited"]


@BOTH
def test_an_event_that_is_moved_is_put_back_unless_the_clinic_says_otherwise(
    synced: Synced, event: Shown
) -> None:
    synced.drag(event.id, at(1, 10))
    synced.settle()

    assert synced.visits() == {event.appointment_id: (at(0, 9), at(0, 9, 15))}
    synced.assert_agrees()
    assert synced.notices() == [(event.appointment_id, "put_back")]
    [told] = inbox(synced)
    assert told.startswith(
        "A provider has moved or deleted it in their calendar, and it was put back: Follow-up"
    )
    assert news(synced.clinic) == []


@BOTH
def test_a_visit_follows_its_event_where_the_clinic_says_so(synced: Synced, event: Shown) -> None:
    synced.rules(calendar_moved="follow")
    synced.drag(event.id, at(1, 10))
    synced.asked()
    synced.pull()

    assert synced.visits() == {event.appointment_id: (at(1, 10), at(1, 10, 15))}
    synced.push()
    assert synced.writes() == [], "what the owner did is not written again"
    synced.assert_agrees()
    assert synced.notices() == [(event.appointment_id, "moved")]
    assert news(synced.clinic) == ["clinic_moved"]
    assert inbox(synced)[0].startswith("Moved by its provider in their calendar; tell the patient: Follow-up")
    assert synced.notices("moved") == []


@ONE
def test_the_patient_hears_of_it_when_they_call_once_and_as_it_stands(synced: Synced, event: Shown) -> None:
    synced.rules(calendar_moved="follow")
    for hour in (10, 11):
        synced.drag(event.id, at(1, hour))
        synced.pull()
    assert news(synced.clinic) == ["clinic_moved", "clinic_moved"]

    said = synced.clinic.ask(
        "search_patient_by_phone", call="call-7", phone="0000000000", dateOfBirth="1990-01-15"
    )["say"]

    assert said.count("The clinic has moved your appointment with Dr. Wei Chen") == 1
    assert "11" in said.partition("The clinic has moved")[2]


@BOTH
@pytest.mark.parametrize(
    "where",
    [at(5, 10), at(1, 10, 7), at(1, 13), at(-21, 10)],
    ids=["a closed day", "off the grid", "over another visit", "the past"],
)
def test_a_visit_does_not_follow_to_where_nobody_could_book_it(
    synced: Synced, event: Shown, where: object
) -> None:
    synced.rules(calendar_moved="follow")
    synced.book(at(1, 13))
    synced.settle()
    synced.drag(event.id, where)  # pyright: ignore[reportArgumentType]
    synced.settle()

    assert synced.visits()[event.appointment_id] == (at(0, 9), at(0, 9, 15))
    synced.assert_agrees()
    assert synced.notices() == [(event.appointment_id, "not_bookable")]
    assert news(synced.clinic) == []


@BOTH
def test_an_event_that_is_made_longer_is_put_back_whatever_the_rule(synced: Synced, event: Shown) -> None:
    synced.rules(calendar_moved="follow")
    synced.drag(event.id, at(0, 9), minutes=45)
    synced.settle()
    synced.assert_agrees()
    synced.drag(event.id, at(1, 9), minutes=45)
    synced.settle()

    assert synced.visits() == {event.appointment_id: (at(1, 9), at(1, 9, 15))}
    synced.assert_agrees()
    assert synced.notices() == [(event.appointment_id, "put_back"), (event.appointment_id, "moved")]


@ONE
def test_an_event_that_is_made_to_last_all_day_is_put_back(synced: Synced, event: Shown) -> None:
    day = str(at(0, 9).date())
    synced.account.change(event.id, start={"date": day}, end={"date": str(at(1, 9).date())})
    synced.settle()
    synced.assert_agrees()


@BOTH
def test_an_event_that_is_deleted_is_made_again_unless_the_clinic_says_otherwise(
    synced: Synced, event: Shown
) -> None:
    synced.remove(event.id)
    synced.settle()

    synced.assert_agrees()
    assert [generation for _, generation, *_ in synced.rows()] == [2]
    assert synced.notices() == [(event.appointment_id, "put_back")]


@BOTH
def test_a_visit_is_cancelled_with_its_event_where_the_clinic_says_so(synced: Synced, event: Shown) -> None:
    synced.rules(calendar_deleted="cancel")
    synced.remove(event.id)
    synced.asked()
    synced.pull()

    assert synced.visits() == {}
    assert synced.rows() == []
    assert synced.writes() == []
    assert synced.notices() == [(event.appointment_id, "cancelled")]
    assert news(synced.clinic) == ["clinic_cancelled"]
    assert inbox(synced)[0].startswith(
        "Cancelled, as its provider deleted it in their calendar; tell the patient:"
    )
    said = synced.clinic.ask(
        "search_patient_by_phone", call="call-7", phone="0000000000", dateOfBirth="1990-01-15"
    )["say"]
    assert "the clinic had to cancel" in said


@BOTH
def test_a_whole_reading_finds_what_was_deleted_while_nobody_looked(synced: Synced, event: Shown) -> None:
    synced.rules(calendar_deleted="cancel")
    synced.remove(event.id)
    synced.pull(whole=True)
    assert synced.visits() == {}


@BOTH
def test_an_event_that_is_only_out_of_the_window_is_not_taken_for_deleted(
    synced: Synced, event: Shown
) -> None:
    synced.rules(calendar_deleted="cancel")
    synced.drag(event.id, at(600, 9))
    synced.settle()

    assert list(synced.visits()) == [event.appointment_id]
    synced.assert_agrees()
    assert synced.notices() == [(event.appointment_id, "put_back")]


@BOTH
def test_an_event_that_is_renamed_stays_as_it_is(synced: Synced, event: Shown) -> None:
    synced.rename(event.id, "Do ring first")
    synced.asked()
    synced.pull()
    synced.push()

    assert synced.writes() == []
    assert [one.title for one in synced.shown()] == ["Do ring first"]
    synced.move(event.appointment_id, at(2, 9))
    synced.settle()
    synced.assert_agrees()
    assert synced.notices() == []


@BOTH
@pytest.mark.parametrize("rule", ["follow", "put_back"])
def test_where_both_sides_changed_a_visit_what_the_desk_did_wins(
    synced: Synced, event: Shown, rule: str
) -> None:
    synced.rules(calendar_moved=rule, calendar_deleted="cancel" if rule == "follow" else "put_back")
    visit = event.appointment_id
    synced.drag(event.id, at(1, 10))
    synced.move(visit, at(2, 11))
    synced.pull()
    synced.settle()
    assert synced.visits() == {visit: (at(2, 11), at(2, 11, 15))}
    synced.assert_agrees()

    [event] = synced.shown()
    synced.remove(event.id)
    synced.move(visit, at(3, 11))
    synced.pull()
    synced.settle()
    assert synced.visits() == {visit: (at(3, 11), at(3, 11, 15))}
    synced.assert_agrees()

    [event] = synced.shown()
    synced.drag(event.id, at(1, 10))
    synced.cancel(visit)
    synced.pull()
    synced.settle()
    assert (synced.shown(), synced.visits()) == ([], {})
    assert [edit for _, edit in synced.notices()] == ["put_back", "put_back"]


@BOTH
def test_what_a_pull_says_twice_is_done_once(synced: Synced, event: Shown) -> None:
    synced.rules(calendar_moved="follow")
    before = synced.position
    synced.drag(event.id, at(1, 10))
    for _ in range(3):
        synced.pull()
        synced.clinic.do("UPDATE calendars SET position = %s WHERE id = %s", before, synced.calendar_id)
    synced.settle()
    assert synced.notices() == [(event.appointment_id, "moved")]
    assert news(synced.clinic) == ["clinic_moved"]
    synced.assert_agrees()


@BOTH
def test_whichever_step_the_worker_dies_at_an_edit_has_its_effect_once(synced: Synced) -> None:
    synced.rules(calendar_moved="follow", calendar_deleted="cancel")
    steps: list[str] = []
    for nth in itertools.count(1):
        moved, deleted = synced.book(at(0, 9)), synced.book(at(0, 10))
        synced.settle()
        events = {one.appointment_id: one.id for one in synced.shown()}
        synced.drag(events[moved], at(1, 10))
        synced.remove(events[deleted])
        with dying(nth) as death:
            synced.pull()
        synced.settle()

        assert synced.visits() == {moved: (at(1, 10), at(1, 10, 15))}
        synced.assert_agrees()
        assert sorted(synced.notices()) == [(moved, "moved"), (deleted, "cancelled")]
        assert sorted(news(synced.clinic)) == ["clinic_cancelled", "clinic_moved"]
        if not death.has_come:
            steps = death.steps
            break
        synced.cancel(moved)
        synced.settle()
        synced.clinic.do("DELETE FROM notifications")
        synced.clinic.do("DELETE FROM communications")
    assert steps.count("committed") > 3


@BOTH
def test_a_second_event_of_a_visit_is_deleted_wherever_it_comes_from(synced: Synced, event: Shown) -> None:
    turn = synced.turn()
    [(vendor_id,)] = synced.clinic.all("SELECT vendor_id FROM calendars WHERE provider_id = 100")
    for visit, generation in ((event.appointment_id, 9), (4711, 1)):
        draft = Draft(
            Mark(demo.MAPLE, visit, generation), Span(at(3, 9), at(3, 9) + timedelta(hours=1)), "Old", ""
        )
        turn.ask(lambda access, draft=draft: turn.vendor.create(access, vendor_id, draft))
    assert len(synced.shown()) == 3

    synced.pull()

    assert synced.shown() == [event]
    assert synced.notices() == []


@ONE
def test_another_clinics_event_in_the_same_calendar_is_none_of_ours(synced: Synced, event: Shown) -> None:
    theirs = Mark(demo.HARBOUR, event.appointment_id, 1)
    turn = synced.turn()
    [(vendor_id,)] = synced.clinic.all("SELECT vendor_id FROM calendars WHERE provider_id = 100")
    draft = Draft(theirs, Span(at(3, 9), at(3, 10)), "Theirs", "")
    turn.ask(lambda access: turn.vendor.create(access, vendor_id, draft))
    read = turn.ask(lambda access: turn.vendor.event(access, vendor_id, event_id(theirs)))

    edits.heard(turn, synced.calendar_id, [read], False, Span(at(0, 0), at(9, 0)))

    assert len(synced.shown()) == 2


@ONE
def test_an_event_of_a_visit_that_is_over_is_its_owners_to_tidy_away(synced: Synced, event: Shown) -> None:
    synced.rules(calendar_moved="follow", calendar_deleted="cancel")
    synced.let_pass(event.appointment_id, "arrived")
    synced.drag(event.id, at(1, 10))
    synced.pull()
    synced.remove(event.id)
    synced.pull()
    synced.push()
    assert synced.shown() == []
    assert list(synced.visits()) == [event.appointment_id]
    assert synced.notices() == []


@ONE
def test_a_clinic_that_approves_needs_not_approve_its_own_providers_move(
    synced: Synced, event: Shown
) -> None:
    synced.rules(calendar_moved="follow", booking_mode="approval")
    synced.drag(event.id, at(1, 10))
    synced.settle()
    assert synced.visits() == {event.appointment_id: (at(1, 10), at(1, 10, 15))}
    synced.assert_agrees()


@ONE
def test_what_is_noted_of_an_edit_names_nobody(synced: Synced, event: Shown) -> None:
    synced.rename(event.id, "John Doe, 604 555 0123")
    synced.drag(event.id, at(1, 10))
    synced.settle()
    rows = synced.clinic.all("SELECT to_jsonb(n) FROM notifications n WHERE kind = 'calendar_edited'")
    text = json.dumps(rows)
    assert "John" not in text
    assert "555" not in text


@BOTH
def test_a_visit_follows_also_after_an_outage_in_which_its_calendar_grew_old(
    synced: Synced, event: Shown
) -> None:
    synced.rules(calendar_moved="follow", calendar_unknown="withhold")
    synced.clinic.do("UPDATE calendars SET pulled_at = now() - interval '3 hours'")
    synced.drag(event.id, at(1, 10))
    synced.settle()
    assert synced.visits() == {event.appointment_id: (at(1, 10), at(1, 10, 15))}
    synced.assert_agrees()


@pytest.mark.parametrize("synced", ["outlook"], indirect=True)
def test_a_series_that_its_owner_made_of_our_event_is_the_owners(synced: Synced, event: Shown) -> None:
    weekly = {
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]},
        "range": {"type": "numbered", "startDate": f"{at(0, 9):%Y-%m-%d}", "numberOfOccurrences": 4},
    }
    synced.outlook.does("change", id=event.id, event={"recurrence": weekly})
    synced.asked()
    synced.pull()

    assert synced.writes() == [], "nothing of it is deleted"
    assert len(synced.busy()) == 4
    assert event.appointment_id in synced.visits()


@ONE
def test_one_calendar_is_chosen_once_whatever_mailbox_shows_it(synced: Synced, event: Shown) -> None:
    other = {"email": "front@clinic.example", "timeZone": "America/Vancouver"}
    synced.account.told("PUT", "/_account", other)
    synced.account.share("writer", calendar="wei@clinic.example", email=other["email"])
    synced.account.options(account=other["email"])
    synced.connecting.connects("google")
    shown = next(one for one in synced.connecting.shown() if one["account"] == other["email"])
    same = next(one for one in shown["calendars"] if not one["isPrimary"])

    refused = synced.connecting.choose(shown["id"], (same["id"], 101))

    assert refused.status == 409
    assert "another mailbox" in str(refused.body)
    synced.settle()
    synced.assert_agrees()


STEPS = range(1, 9)
"""At which a push of one change is cut off; it has no more."""


@BOTH
@pytest.mark.parametrize("then", [9, 14], ids=["back", "on"])
def test_a_move_that_was_cut_off_is_never_taken_for_its_owners(synced: Synced, then: int) -> None:
    synced.rules(calendar_moved="follow")
    for nth in STEPS:
        day = nth + 2 * (nth // 5)  # not on a weekend
        visit = synced.book(at(day, 9))
        synced.settle()
        synced.move(visit, at(day, 10))
        with suppress(Killed), dying(nth):
            synced.push()

        synced.move(visit, at(day, then))
        synced.pull()
        synced.settle()

        assert synced.visits()[visit][0] == at(day, then)
    synced.assert_agrees()
    assert synced.notices() == []
    assert synced.clinic.all("SELECT kind FROM communications") == []


@BOTH
def test_a_deletion_that_was_cut_off_is_never_taken_for_its_owners(synced: Synced) -> None:
    synced.rules(calendar_deleted="cancel")
    for nth in STEPS:
        day = nth + 2 * (nth // 5)  # not on a weekend
        visit = synced.book(at(day, 9))
        synced.settle()
        synced.move(visit, at(day, 9), provider=101)
        with suppress(Killed), dying(nth):
            synced.push()

        synced.move(visit, at(day, 9), provider=100)
        synced.pull()
        synced.settle()

        assert visit in synced.visits()
    synced.assert_agrees()
    assert synced.notices() == []


@BOTH
def test_an_answer_that_was_lost_accuses_no_owner(synced: Synced) -> None:
    visit = synced.book(at(0, 9))
    synced.settle()
    synced.move(visit, at(1, 10))
    path = "/calendar/v3" if synced.vendor == "google" else "/v1.0"
    synced.faults({"path": path, "method": "PATCH", "when": "after", "reset": True, "times": 1})
    synced.push()
    synced.pull()
    synced.settle()

    synced.assert_agrees()
    assert synced.notices() == []
