"""Tools at a clinic on OSCAR, beside what all clinics have in common (`test_desks`): requests and doubts."""

import time
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest

from frontdesk.call import between_calls
from frontdesk.db.claims import clinic_transaction
from frontdesk.emr import syncing
from frontdesk.privacy import erasing
from frontdesk.scheduling import holds
from local.oscar_clinic import Clinic as OscarClinic
from tests.clinic import JOHN
from tests.conftest import Database
from tests.emr.desks import CALLER, Desk, at, days, oscar_desk, wanted
from tests.emr.oscars import PROVIDER, Place
from tests.member import Member, token

BORN = date(1988, 5, 6)
NEWCOMER = {
    "firstName": "Nell",
    "lastName": "Barsley",
    "dateOfBirth": "1990-02-03",
    "gender": "F",
    "phone": CALLER,
    "address": "12 Example Street",
    "city": "Vancouver",
    "postalCode": "V5K 0A1",
    "healthCardType": "NONE",
    "language": "en",
}


@pytest.fixture
def desk(database: Database, oscar_at: Place) -> Iterator[Desk]:
    with oscar_desk(database, oscar_at) as made:
        yield made


@pytest.fixture
def patient(desk: Desk) -> int:
    """Jane Roe, proven."""
    desk.staff.chart("Roe", "Jane", BORN)
    desk.read()
    found = desk.prove()
    desk.world.asked()
    return found


def visits(desk: Desk) -> list[tuple[Any, ...]]:
    """Status, start and cause of each row of ours that is no hold."""
    rows = desk.line.all(
        "SELECT status, to_char(visit_start AT TIME ZONE 'America/Vancouver', 'HH24:MI'), cancel_reason"
        " FROM appointments WHERE status <> 'held' ORDER BY id"
    )
    return list(rows)


# What is asked


def test_a_diary_that_was_just_read_is_not_asked_again(desk: Desk, patient: int) -> None:
    assert desk.find()["startTime"][11:16] == "09:00"
    assert desk.world.asked() == []


def test_one_that_was_read_long_ago_is_asked_once_for_what_would_be_offered(desk: Desk, patient: int) -> None:
    desk.staff.book(desk.day, "09:00", desk.staff.chart("Doe", "Ann", date(1960, 1, 2)))
    desk.line.do("UPDATE emr_providers SET visits_read_at = now() - interval '3 minutes'")
    desk.world.asked()

    assert desk.find()["startTime"][11:16] == "09:30"
    assert desk.world.asked() == ["getAppointmentsForDateRangeAndProvider2"]


def test_between_readings_of_all_days_this_week_is_read_and_what_is_later_stays(
    desk: Desk, patient: int
) -> None:
    desk.staff.book(desk.day, "09:00", desk.staff.chart("Doe", "Ann", date(1960, 1, 2)))
    desk.read()
    were_near: list[bool] = []
    for _ in range(2):  # a reading of all may be due just now, but not twice
        desk.line.do("UPDATE emr_connections SET due_at = now(), syncing_until = NULL")
        syncing.sync(UUID(desk.line.org_id), time.monotonic() + 60)
        [[is_near]] = desk.line.all("SELECT near_read_at > visits_read_at FROM emr_providers")
        were_near.append(is_near)

    assert any(were_near)
    assert desk.find()["startTime"][11:16] == "09:30"


def test_a_booking_costs_three_requests_and_a_lost_race_no_more_than_five(desk: Desk, patient: int) -> None:
    offer = desk.find()
    assert desk.book(patient, offer)["status"] == "BOOKED"
    assert len(desk.world.asked()) == 3

    late = desk.find()
    desk.world.meanwhile("addAppointment", _seat(late["startTime"]))
    answer = desk.book(patient, late)

    assert answer["status"] == "NOT_BOOKED"
    assert late["startTime"] not in [one["startTime"] for one in answer["alternatives"]]
    assert len(desk.world.asked()) <= 6
    assert visits(desk) == [("booked", "09:00", None)]


def _seat(wall: str) -> Callable[[OscarClinic], None]:
    """Staff put somebody in at that very moment."""

    def act(clinic: OscarClinic) -> None:
        clinic.type_in({"providerNo": PROVIDER, "start": datetime.fromisoformat(wall), "minutes": 30})

    return act


def test_a_number_that_nobody_has_is_asked_of_the_index_alone(desk: Desk, patient: int) -> None:
    answer = desk.line.ask("search_patient_by_phone", call="another", caller=JOHN)

    assert answer["found"] is False
    assert desk.world.asked() == []


def test_without_an_index_the_emr_itself_is_asked(desk: Desk) -> None:
    desk.staff.chart("Roe", "Jane", BORN)
    desk.world.asked()

    assert desk.line.ask("search_patient_by_phone", dateOfBirth="1988-05-06")["proven"] is True
    assert "searchDemographicsByAttributes" in desk.world.asked()


def test_who_asks_again_in_the_same_call_is_known(desk: Desk, patient: int) -> None:
    assert desk.prove() == patient
    assert desk.world.asked() == []


# Charts


def test_a_name_in_capitals_is_said_as_one_writes_it(desk: Desk, patient: int) -> None:
    found = desk.line.ask("search_patient", call="another", name="Jane Roe", dateOfBirth="1988-05-06")

    assert (found["firstName"], found["lastName"], found["id"]) == ("Jane", "Roe", patient)


@pytest.mark.parametrize("heard", ["Jain Roe", "Roe Jane", "Roe"])
def test_a_name_that_was_misheard_finds_the_chart(desk: Desk, patient: int, heard: str) -> None:
    found = desk.line.ask("search_patient", call="another", caller=JOHN, name=heard)

    assert found["id"] == patient


def test_a_chart_without_a_number_or_a_birth_date_is_nobodys(desk: Desk) -> None:
    desk.staff.chart("Roe", "Jane", BORN, phones=("", ""))
    desk.world.chart("Poe", "Ann", BORN, phones=["604-555-0142"], yearOfBirth="", monthOfBirth="")
    desk.read()

    for search, words in (("search_patient_by_phone", {}), ("search_patient", {"name": "Jane Roe"})):
        assert desk.line.ask(search, dateOfBirth="1988-05-06", **words)["found"] is False
    assert desk.line.all("SELECT FROM patients WHERE birth_date = %s", BORN) == []


def test_who_has_died_since_is_found_no_more(desk: Desk, patient: int) -> None:
    [[chart]] = desk.line.all("SELECT emr_id FROM emr_patients WHERE patient_id = %s", patient)
    desk.world.app.inner.clinic.charts[int(chart)]["patientStatus"] = "DE"
    desk.line.do("UPDATE emr_patients SET read_at = now() - interval '1 hour'")

    assert desk.line.ask("search_patient_by_phone", call="another")["found"] is False
    assert desk.line.all("SELECT FROM emr_phones WHERE phone = %s", CALLER) == []


def test_who_was_here_before_the_emr_is_the_same_person_there(desk: Desk) -> None:
    [[known]] = desk.line.all(
        "INSERT INTO patients (org_id, first_name, last_name, birth_date, gender, phone)"
        " VALUES (%s, 'Jané', 'Roe', %s, 'F', %s) RETURNING id",
        *(desk.line.org_id, BORN, CALLER),
    )
    desk.staff.chart("Roe", "Jane", BORN)
    desk.read()

    assert desk.prove() == known


# Registering


def test_who_has_a_chart_is_not_registered_again_and_proves_nothing(desk: Desk) -> None:
    desk.world.chart("Barsley", "Nell", date(1990, 2, 3), phones=["604-555-0199"])
    desk.read()
    before = desk.staff.charts()

    answer = desk.line.ask("register_new_patient", **NEWCOMER)

    assert (answer["registered"], answer["duplicate"]) == (False, True), answer
    assert desk.staff.charts() == before
    assert desk.line.all("SELECT proven_patient_id, failed_proofs FROM calls") == [(None, 1)]


def test_anothers_health_card_gives_nobodys_chart(desk: Desk) -> None:
    card = "9900000004"
    desk.world.chart("Poe", "Ann", date(1950, 1, 1), phones=["604-555-0199"], hin=card, hcType="BC")
    desk.read()

    told = NEWCOMER | {"healthCardType": "BC", "healthCardNumber": card}
    answer = desk.line.ask("register_new_patient", **told)

    assert (answer["registered"], answer["duplicate"]) == (False, True), answer
    assert desk.line.all("SELECT proven_patient_id FROM calls") == [(None,)]
    assert desk.line.ask("search_patient_by_phone")["found"] is False


def test_who_says_they_are_somebody_who_has_died_gets_nobodys_chart(desk: Desk) -> None:
    desk.world.chart("Barsley", "Nell", date(1990, 2, 3), phones=["604-555-0142"], is_active=False)
    desk.read()

    answer = desk.line.ask("register_new_patient", **NEWCOMER)

    assert answer["registered"] is False, answer
    assert desk.line.all("SELECT proven_patient_id FROM calls") == [(None,)]


def test_a_namesake_of_the_same_day_is_another_person(desk: Desk) -> None:
    [[known]] = desk.line.all(
        "INSERT INTO patients (org_id, first_name, last_name, birth_date, gender, phone)"
        " VALUES (%s, 'Jane', 'Roe', %s, 'F', '+16045550199') RETURNING id",
        *(desk.line.org_id, BORN),
    )
    desk.staff.chart("Roe", "Jane", BORN)
    desk.read()

    assert desk.prove() != known


def test_a_registration_whose_answer_is_lost_is_made_once(desk: Desk) -> None:
    desk.read()
    before = desk.staff.charts()
    desk.world.lose_answer()

    first, again = (desk.line.ask("register_new_patient", **NEWCOMER) for _ in range(2))

    assert (first["registered"], again["registered"], first["id"]) == (True, True, again["id"])
    assert desk.staff.charts() == before + 1


def test_an_oscar_that_lets_nobody_be_registered_says_so(desk: Desk) -> None:
    desk.read()
    desk.world.faults({"method": "POST", "path": "/oscar19/ws/services/demographics", "status": 401})

    answer = desk.line.ask("register_new_patient", **NEWCOMER)

    assert (answer["registered"], answer["transfer"]) == (False, True), answer
    desk.world.faults()
    assert desk.line.ask("register_new_patient", **NEWCOMER)["registered"] is True


# Visits


def test_a_visit_that_staff_have_moved_is_looked_at_before_it_is_cancelled(desk: Desk, patient: int) -> None:
    booked = desk.book(patient, desk.find())
    [[there]] = desk.line.all(
        "SELECT emr_id FROM emr_visits WHERE appointment_id = %s", booked["appointmentId"]
    )
    desk.world.staff_move(there, at(desk.day, "11:00"))

    refused = desk.line.ask("cancel_appointment", appointmentId=booked["appointmentId"])

    assert refused["cancelled"] is False, refused
    assert "has changed" in refused["say"]
    desk.read()
    assert [one["startTime"][11:16] for one in desk.listed()] == ["11:00"]
    assert desk.line.ask("cancel_appointment", appointmentId=booked["appointmentId"], reason="so")[
        "cancelled"
    ]
    assert desk.staff.standing() == []


def test_a_visit_moves_onto_a_part_of_its_own_time(desk: Desk, patient: int) -> None:
    booked = desk.book(patient, desk.find())

    moved = desk.line.ask(
        "update_appointment", appointmentId=booked["appointmentId"], newStartTime=f"{desk.day}T09:15:00"
    )

    assert moved["status"] == "BOOKED", moved
    assert (desk.staff.standing(), visits(desk)) == (["09:15"], [("booked", "09:15", None)])


def test_where_a_visit_was_to_move_staff_were_faster_and_it_stands(desk: Desk, patient: int) -> None:
    booked = desk.book(patient, desk.find())
    desk.staff.book(desk.day, "11:00", desk.staff.chart("Doe", "Ann", date(1960, 1, 2)))

    answer = desk.line.ask(
        "update_appointment", appointmentId=booked["appointmentId"], newStartTime=f"{desk.day}T11:00:00"
    )

    assert answer["booked"] is False, answer
    assert f"{desk.day}T09:00" not in str(answer["alternatives"])
    assert desk.staff.standing() == ["09:00", "11:00"]
    assert visits(desk) == [("booked", "09:00", None)]
    assert desk.line.all("SELECT FROM appointments WHERE status = 'held'") == []


def test_of_a_visit_in_doubt_nothing_is_promised_until_a_reading_knows(desk: Desk, patient: int) -> None:
    offer = desk.find()
    desk.world.faults(desk.world.fault("ScheduleService/addAppointment", latency_s=4.2))
    told = desk.line.asked("create_appointment", wanted(patient, offer), id="one-id")
    desk.world.faults()

    assert "didn't tell me whether" in told["result"]
    assert visits(desk) == [("pending", "09:00", None)]
    # Vapi repeats the call: the same answer, and nothing is asked.
    desk.world.asked()
    assert desk.line.asked("create_appointment", wanted(patient, offer), id="one-id") == told
    assert desk.world.asked() == []
    # Nobody else is offered that time, and the doubtful visit can't be cancelled.
    assert desk.find(call="another", caller=JOHN)["startTime"][11:16] == "09:30"
    [[doubtful]] = desk.line.all("SELECT id FROM appointments WHERE status = 'pending'")
    refused = desk.line.ask("cancel_appointment", appointmentId=doubtful)
    assert refused["cancelled"] is False
    assert refused["transfer"] is True
    assert ("emr_unsure", "booking") in desk.line.all("SELECT kind, of FROM notifications")


def test_who_asks_again_while_nobody_knows_hears_that_nobody_knows(desk: Desk, patient: int) -> None:
    offer = desk.find()
    desk.staff.lose_all()
    desk.book(patient, offer)

    again = desk.book(patient, offer)

    assert (again["booked"], again["transfer"]) == (False, True), again
    assert "didn't tell me whether" in again["say"]
    assert visits(desk) == [("pending", "09:00", None)]
    # Its time may come: what the EMR was asked for, no sweep of ours ends.
    desk.line.do(
        "UPDATE appointments SET pending_until = now() - interval '1 minute' WHERE status = 'pending'"
    )
    with clinic_transaction(UUID(desk.line.org_id), time.monotonic() + 5) as db:
        assert holds.lapse(between_calls(db)) == []
    desk.staff.mend()
    desk.line.do("UPDATE emr_visits SET asked_at = now() - interval '20 seconds'")  # nobody is at it any more
    desk.read()
    assert (visits(desk), desk.staff.standing()) == ([("booked", "09:00", None)], ["09:00"])


def test_a_visit_from_before_the_emr_that_staff_typed_in_is_the_same_visit(desk: Desk, patient: int) -> None:
    [[provider]] = desk.line.all("SELECT provider_id FROM emr_providers")
    [[chart]] = desk.line.all("SELECT emr_id FROM emr_patients WHERE patient_id = %s", patient)
    span = f"[{at(desk.day, '10:00').isoformat()},{at(desk.day, '10:30').isoformat()})"
    [[known]] = desk.line.all(
        "INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, visit, occupied)"
        " SELECT org_id, %s, %s, id, 'booked', %s, %s FROM appointment_types LIMIT 1 RETURNING id",
        *(provider, patient, span, span),
    )
    refused = desk.line.ask("cancel_appointment", appointmentId=known)
    desk.staff.book(desk.day, "10:00", chart)
    desk.read()

    cancelled = desk.line.ask("cancel_appointment", appointmentId=known, reason="so")

    assert refused["cancelled"] is False, refused  # it isn't in the EMR, so we can't say that it is over
    assert cancelled["cancelled"] is True
    assert desk.staff.standing() == []


def test_a_diary_that_has_not_been_read_for_long_is_not_told_from(desk: Desk, patient: int) -> None:
    desk.line.do("UPDATE emr_connections SET synced_at = now() - interval '11 minutes'")

    first, *_, last = days()
    answer = desk.line.ask("check_appointments", startDate=str(first), endDate=str(last))

    assert answer["found"] is False
    assert answer["transfer"] is True


def test_who_has_no_diary_in_the_emr_is_offered_to_nobody(desk: Desk, patient: int) -> None:
    desk.line.do("DELETE FROM emr_providers")

    assert desk.find()["found"] is False


def test_a_code_that_is_not_for_that_kind_of_visit_is_not_offered(desk: Desk, patient: int) -> None:
    desk.line.do(
        "INSERT INTO emr_types (org_id, type_id, codes) SELECT org_id, id, '{P}' FROM appointment_types"
        " WHERE name = 'General consultation' ON CONFLICT (org_id, type_id) DO UPDATE SET codes = '{P}'"
    )

    assert desk.find(appointmentType="General consultation")["found"] is False


# The clinic's own people


def test_what_is_decided_in_the_emr_is_not_decided_here(desk: Desk, patient: int) -> None:
    member = Member(token(desk.line.org_id))
    booked = desk.book(patient, desk.find())

    decided = member.post(f"/appointments/{booked['appointmentId']}/arrived")
    approving = member.patch("/organization", {"bookingMode": "approval"})

    assert (decided.status, approving.status) == (409, 422)
    assert "EMR" in decided.body["detail"]
    assert "bookingMode" in str(approving.body)


def test_who_is_erased_here_is_no_more_linked_to_a_chart(desk: Desk, patient: int) -> None:
    desk.book(patient, desk.find())

    with clinic_transaction(UUID(desk.line.org_id), time.monotonic() + 5) as db:
        assert erasing.erase(db, patient)["deleted"]["chartLinks"] == 1
    assert desk.line.all("SELECT FROM emr_patients") == []
    assert desk.line.all("SELECT FROM emr_phones WHERE phone = %s", CALLER) == []
    desk.read()
    assert desk.staff.standing() == ["09:00"]  # the chart and its visits are the clinic's to erase there
    assert [status for status, *_ in visits(desk)] == ["cancelled"]
