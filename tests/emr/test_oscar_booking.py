"""Two who want one time, and answers that get lost: what stands in OSCAR afterwards.

What a caller of ours does meanwhile is `contract`'s; here it is staff, and OSCAR's own habits.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from frontdesk.emr.emr import Conflict, NoAnswer, NotAllowed, Visit
from frontdesk.errors import ProviderFailed
from local.oscar_clinic import Clinic
from tests.emr.contract import DAY, at, draft, soon
from tests.emr.oscars import PROVIDER, OscarWorld

ADD, UPDATE = "addAppointment", "updateAppointment"


@pytest.fixture
def jane(oscar: OscarWorld) -> str:
    return oscar.chart("Roe", "Jane", date(1988, 5, 6), phones=["604-555-0142"])


def _takes(clock: str, **columns: Any) -> Any:
    """Staff type somebody in on `DAY`."""

    def act(clinic: Clinic) -> None:
        start = datetime.fromisoformat(f"{DAY}T{clock}")
        clinic.type_in({"providerNo": PROVIDER, "start": start, "minutes": 30, "demographicNo": 5} | columns)

    return act


def _warm(oscar: OscarWorld) -> None:
    """Contracts read, logged in."""
    oscar.emr.visits(PROVIDER, DAY, DAY, deadline=soon())
    oscar.asked()


def test_a_booking_takes_three_requests(oscar: OscarWorld, jane: str) -> None:
    _warm(oscar)

    oscar.emr.book(draft(oscar, jane, "09:30"), 1, deadline=soon())

    day = "getAppointmentsForDateRangeAndProvider2"
    assert oscar.asked() == [day, ADD, day]


def test_who_was_put_in_between_our_look_and_our_writing_keeps_the_time(oscar: OscarWorld, jane: str) -> None:
    _warm(oscar)
    oscar.meanwhile(ADD, _takes("09:30"))

    with pytest.raises(Conflict):
        oscar.emr.book(draft(oscar, jane, "09:30"), 1, deadline=soon())

    staffs, ours = oscar.rows()
    assert (staffs["status"], ours["status"]) == ("t", "C")
    assert len(oscar.asked()) == 4


def test_who_is_put_in_after_us_finds_us_there(oscar: OscarWorld, jane: str) -> None:
    _warm(oscar)
    oscar.meanwhile("getAppointmentsForDateRangeAndProvider2", lambda _: None)  # our first look
    oscar.meanwhile("getAppointmentsForDateRangeAndProvider2", _takes("09:30"))

    made = oscar.emr.book(draft(oscar, jane, "09:30"), 1, deadline=soon())

    assert oscar.row(made.id)["status"] == "t"


def test_a_taken_back_booking_asked_for_again_is_not_made_anew(oscar: OscarWorld, jane: str) -> None:
    oscar.meanwhile(ADD, _takes("09:30"))
    for _ in range(2):
        with pytest.raises(Conflict):
            oscar.emr.book(draft(oscar, jane, "09:30"), 1, deadline=soon())

    assert len(oscar.rows()) == 2


def test_where_two_fit_the_third_is_refused(oscar: OscarWorld, jane: str) -> None:
    oscar.staff_book(at(oscar, "09:30"), 30)
    oscar.emr.book(draft(oscar, jane, "09:30", marker="second"), 2, deadline=soon())

    with pytest.raises(Conflict):
        oscar.emr.book(draft(oscar, jane, "09:30", marker="third"), 2, deadline=soon())

    assert oscar.standing() == 2


def test_two_short_visits_one_after_the_other_fill_one_place(oscar: OscarWorld, jane: str) -> None:
    oscar.staff_book(at(oscar, "09:00"), 30)
    oscar.staff_book(at(oscar, "09:30"), 30)

    oscar.emr.book(draft(oscar, jane, "09:00", minutes=60), 2, deadline=soon())

    assert oscar.standing() == 3


@pytest.mark.parametrize("status", ["CS", "N"])
def test_a_signed_cancellation_or_a_no_show_blocks_nobody(oscar: OscarWorld, jane: str, status: str) -> None:
    start = at(oscar, "09:30").astimezone(oscar.zone).replace(tzinfo=None)
    oscar.type_in(start=start.isoformat(), minutes=30, status=status)

    assert oscar.emr.book(draft(oscar, jane, "09:30"), 1, deadline=soon())


def test_an_appointment_without_a_status_blocks(oscar: OscarWorld, jane: str) -> None:
    start = at(oscar, "09:30").astimezone(oscar.zone).replace(tzinfo=None)
    oscar.type_in(start=start.isoformat(), minutes=30, status=None)

    with pytest.raises(Conflict):
        oscar.emr.book(draft(oscar, jane, "09:30"), 1, deadline=soon())


def test_of_sixteen_callers_in_two_processes_one_gets_the_time(oscar: OscarWorld, jane: str) -> None:
    processes = oscar.another(), oscar.another()

    def book(number: int) -> Visit | None:
        wanted = draft(oscar, jane, "10:00", marker=f"v-{number}")
        try:
            return processes[number % 2].book(wanted, 1, deadline=soon())
        except Conflict:
            return None

    with ThreadPoolExecutor(16) as callers:
        got = [one for one in callers.map(book, range(16)) if one]

    assert len(got) == 1
    assert oscar.standing() == 1


@pytest.mark.parametrize("loss", [{"reset": True}, {"status": 502}, {"status": 504}])
def test_an_answer_that_is_lost_after_the_write_is_found_in_the_same_call(
    oscar: OscarWorld, jane: str, loss: dict[str, Any]
) -> None:
    oscar.faults(oscar.fault(f"ScheduleService/{ADD}", when="after", times=1, **loss))

    made = oscar.emr.book(draft(oscar, jane, "09:30"), 1, deadline=soon())

    assert oscar.row(made.id)["remarks"] == "frontdesk:v-1"
    assert oscar.standing() == 1


def test_a_late_answer_is_told_as_unknown_and_asked_again_gives_the_one_visit(
    oscar: OscarWorld, jane: str
) -> None:
    _warm(oscar)
    oscar.faults(oscar.fault(f"ScheduleService/{ADD}", when="after", times=1, latency_s=0.5))

    with pytest.raises(NoAnswer):
        oscar.emr.book(draft(oscar, jane, "09:30"), 1, deadline=soon(0.3))
    again = oscar.emr.book(draft(oscar, jane, "09:30"), 1, deadline=soon())

    assert oscar.standing() == 1
    assert oscar.row(again.id)["remarks"] == "frontdesk:v-1"


def test_a_write_that_never_arrived_is_not_taken_for_done(oscar: OscarWorld, jane: str) -> None:
    oscar.faults(oscar.fault(f"ScheduleService/{ADD}", when="before", times=1, reset=True))

    with pytest.raises(NoAnswer):
        oscar.emr.book(draft(oscar, jane, "09:30"), 1, deadline=soon())
    oscar.emr.book(draft(oscar, jane, "09:30"), 1, deadline=soon())

    assert oscar.standing() == 1


def test_a_look_that_fails_after_the_write_leaves_it_unknown(oscar: OscarWorld, jane: str) -> None:
    path = "ScheduleService/getAppointmentsForDateRangeAndProvider2"
    oscar.faults(oscar.fault(path, after=1, status=502))

    with pytest.raises(NoAnswer):
        oscar.emr.book(draft(oscar, jane, "09:30"), 1, deadline=soon())


def test_two_late_writes_of_one_booking_leave_one(oscar: OscarWorld, jane: str) -> None:
    def late(clinic: Clinic) -> None:  # an earlier attempt of ours arrives only now
        start = datetime.fromisoformat(f"{DAY}T09:30")
        sent = {"providerNo": PROVIDER, "demographicNo": int(jane), "status": "t", "programId": 0}
        sent |= {"remarks": "frontdesk:v-1", "appointmentStartDateTime": start}
        clinic.add(sent | {"appointmentEndDateTime": start + timedelta(minutes=30)}, "frontdesk")

    oscar.meanwhile(ADD, late)

    made = oscar.emr.book(draft(oscar, jane, "09:30"), 1, deadline=soon())

    assert [(str(row["id"]) == made.id, row["status"]) for row in oscar.rows()] == [(True, "t"), (False, "C")]


def test_a_refused_write_is_a_failure_and_nothing_stands(oscar: OscarWorld, jane: str) -> None:
    wanted = draft(oscar, jane, "09:30")._replace(provider_id="1234567")  # a column of 6

    with pytest.raises(ProviderFailed) as refused:
        oscar.emr.book(wanted, 1, deadline=soon())

    assert not isinstance(refused.value, NoAnswer)
    assert oscar.standing() == 0


def test_texts_are_cut_to_their_columns(oscar: OscarWorld, jane: str) -> None:
    long = draft(oscar, jane, "09:30", marker="m" * 40)._replace(reason="r" * 300, patient_name="n" * 90)

    made = oscar.emr.book(long, 1, deadline=soon())

    row = oscar.row(made.id)
    assert (len(row["reason"]), len(row["name"]), made.marker) == (80, 50, "m" * 40)


def test_a_server_that_shifts_times_is_caught_at_the_first_booking(oscar: OscarWorld, jane: str) -> None:
    def shift(clinic: Clinic) -> None:
        row = clinic.appointments[max(clinic.appointments)]
        row["start"] += timedelta(hours=3)
        row["end"] += timedelta(hours=3)

    oscar.meanwhile("getAppointmentsForDateRangeAndProvider2", lambda _: None)
    oscar.meanwhile("getAppointmentsForDateRangeAndProvider2", shift)

    with pytest.raises(NotAllowed):
        oscar.emr.book(draft(oscar, jane, "09:30"), 1, deadline=soon())

    assert oscar.standing() == 0


# Moving and cancelling


def test_a_move_gives_way_to_who_was_put_in_meanwhile_and_goes_back(oscar: OscarWorld, jane: str) -> None:
    made = oscar.emr.book(draft(oscar, jane, "09:30"), 1, deadline=soon())
    oscar.meanwhile(UPDATE, _takes("11:00"))

    with pytest.raises(Conflict):
        oscar.emr.move(made, draft(oscar, jane, "11:00"), 1, deadline=soon())

    assert oscar.emr.visit(made.id, deadline=soon()) == made


def test_a_move_keeps_what_staff_wrote(oscar: OscarWorld, jane: str) -> None:
    booked = oscar.staff_book(at(oscar, "09:30"), 30, patient_id=jane)
    before = oscar.stored(booked)

    visit = oscar.emr.visit(booked, deadline=soon())
    oscar.emr.move(visit, draft(oscar, jane, "11:00"), 1, deadline=soon())

    after = oscar.stored(booked)
    assert (before.pop("start")[11:], before.pop("end")[11:]) == ("09:30:00", "09:59")
    assert (after.pop("start")[11:], after.pop("end")[11:]) == ("11:00:00", "11:29")
    assert after == before
    assert (after["notes"], after["remarks"]) == ("", "ask for a card")


def test_ends_do_not_creep_however_often_a_visit_is_written(oscar: OscarWorld, jane: str) -> None:
    made = oscar.emr.book(draft(oscar, jane, "09:30"), 1, deadline=soon())
    for clock in ("10:00", "10:30", "09:30"):
        made = oscar.emr.move(made, draft(oscar, jane, clock), 1, deadline=soon())
    oscar.emr.cancel(made, deadline=soon())

    assert oscar.row(made.id)["end"][11:] == "09:59:59"


@pytest.mark.parametrize("loss", [{"reset": True}, {"status": 502}])
def test_a_cancellation_whose_answer_is_lost_is_found_done(
    oscar: OscarWorld, jane: str, loss: dict[str, Any]
) -> None:
    made = oscar.emr.book(draft(oscar, jane, "09:30"), 1, deadline=soon())
    oscar.faults(oscar.fault(f"ScheduleService/{UPDATE}", when="after", times=1, **loss))

    oscar.emr.cancel(made, deadline=soon())

    assert oscar.row(made.id)["status"] == "C"


def test_a_visit_that_has_begun_is_not_cancelled(oscar: OscarWorld, jane: str) -> None:
    made = oscar.emr.book(draft(oscar, jane, "09:30"), 1, deadline=soon())
    oscar.type_in(id=int(made.id), status="H", minutes=30)

    with pytest.raises(Conflict):
        oscar.emr.cancel(made, deadline=soon())


def test_a_printed_day_sheet_is_no_change(oscar: OscarWorld, jane: str) -> None:
    made = oscar.emr.book(draft(oscar, jane, "09:30"), 1, deadline=soon())
    oscar.type_in(id=int(made.id), status="T", minutes=30)

    oscar.emr.cancel(made, deadline=soon())

    assert oscar.row(made.id)["status"] == "C"


def test_all_of_a_booking_is_over_by_its_deadline(oscar: OscarWorld, jane: str) -> None:
    _warm(oscar)
    oscar.be_slow(0.15)

    began = time.monotonic()
    with pytest.raises(NoAnswer):  # the second look has no time left
        oscar.emr.book(draft(oscar, jane, "09:30"), 1, deadline=soon(0.4))

    assert time.monotonic() - began < 0.5
