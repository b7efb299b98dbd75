"""What callers hear and what stands in the diary, whether that is here, in OSCAR or on a FHIR server."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from tests.clinic import JOHN
from tests.conftest import Database
from tests.emr.desks import CALLER, Desk, days, door_of_fhir, fhir_desk, oscar_desk, own_desk
from tests.emr.fhir_clinic import Door
from tests.emr.oscars import Place

JANE, JUNE = date(1988, 5, 6), date(2015, 9, 1)


@pytest.fixture(scope="module")
def door() -> Iterator[tuple[str, Door]]:
    with door_of_fhir() as door:
        yield door


@pytest.fixture(params=["here", "oscar", "fhir"])
def desk(request: pytest.FixtureRequest, database: Database, oscar_at: Place) -> Iterator[Desk]:
    """Jane Roe's clinic; she calls."""
    kind: str = request.param
    if kind == "fhir":
        made = fhir_desk(database, request.getfixturevalue("door"))
    else:
        made = own_desk(database) if kind == "here" else oscar_desk(database, oscar_at)
    with made as desk:
        yield desk


@pytest.fixture(params=["oscar", "fhir"])
def away(request: pytest.FixtureRequest, database: Database, oscar_at: Place) -> Iterator[Desk]:
    """Of a clinic whose diary is elsewhere."""
    kind: str = request.param
    made = (
        fhir_desk(database, request.getfixturevalue("door"))
        if kind == "fhir"
        else oscar_desk(database, oscar_at)
    )
    with made as desk:
        yield desk


def offered(answer: dict[str, Any]) -> list[str]:
    """The starts that were told."""
    return [answer["startTime"], *(one["startTime"] for one in answer["alternatives"])]


class TestWhoCalls:
    def test_a_number_names_and_a_birth_date_proves(self, desk: Desk) -> None:
        desk.staff.chart("Roe", "Jane", JANE)
        desk.read()

        named = desk.line.ask("search_patient_by_phone", phone="0000000000")
        proven = desk.line.ask("search_patient_by_phone", phone="0000000000", dateOfBirth="1988-05-06")

        assert named["found"]
        assert named["firstName"].title() == "Jane"
        assert named.get("dateOfBirth") is None
        assert proven["dateOfBirth"] == "1988-05-06"
        assert proven["id"] == named["id"]

    def test_a_wrong_birth_date_proves_nobody(self, desk: Desk) -> None:
        desk.staff.chart("Roe", "Jane", JANE)
        desk.read()

        answer = desk.line.ask("search_patient_by_phone", phone="0000000000", dateOfBirth="1988-05-07")

        assert answer.get("dateOfBirth") is None
        assert (
            desk.line.ask("check_appointments", startDate=str(days()[0]), endDate=str(days()[2]))["found"]
            is False
        )

    def test_of_two_on_one_telephone_the_birth_date_says_who(self, desk: Desk) -> None:
        desk.staff.chart("Roe", "Jane", JANE)
        desk.staff.chart("Roe", "June", JUNE)
        desk.read()

        both = desk.line.ask("search_patient_by_phone", phone="0000000000")
        one = desk.line.ask("search_patient_by_phone", phone="0000000000", dateOfBirth="2015-09-01")

        assert "dateOfBirth" not in both or both["dateOfBirth"] is None
        assert one["firstName"].title() == "June"

    def test_nobody_finds_who_has_died(self, away: Desk) -> None:
        away.staff.chart("Roe", "Jane", JANE, is_active=False)
        away.read()

        answer = away.line.ask("search_patient_by_phone", phone="0000000000", dateOfBirth="1988-05-06")

        assert answer["found"] is False

    def test_a_chart_made_since_the_last_reading_is_found_by_name(self, away: Desk) -> None:
        away.read()
        away.staff.chart("Roe", "Jane", JANE)

        answer = away.line.ask("search_patient", name="Jane Roe", dateOfBirth="1988-05-06")

        assert answer["found"], answer

    def test_a_new_patient_has_a_chart_and_can_book(self, desk: Desk) -> None:
        desk.read()
        before = desk.staff.charts()

        made = desk.line.ask(
            "register_new_patient",
            firstName="Nell",
            lastName="Barsley",
            dateOfBirth="1990-02-03",
            gender="F",
            phone=CALLER,
            address="12 Example Street",
            city="Vancouver",
            postalCode="V5K 0A1",
            healthCardType="NONE",
            language="en",
        )

        assert made["registered"] is True, made
        assert desk.staff.charts() == before + 1
        assert desk.book(made["id"], desk.find())["status"] == "BOOKED"


class TestVisits:
    @pytest.fixture
    def patient(self, desk: Desk) -> int:
        desk.staff.chart("Roe", "Jane", JANE)
        desk.read()
        return desk.prove()

    def test_the_earliest_is_when_the_doctor_works(self, desk: Desk, patient: int) -> None:
        offer = desk.find()

        assert offer["startTime"] == f"{desk.day}T09:00:00"

    def test_what_is_booked_stands_in_the_diary_and_is_listed(self, desk: Desk, patient: int) -> None:
        booked = desk.book(patient, desk.find())

        assert (booked["status"], booked["startTime"]) == ("BOOKED", f"{desk.day}T09:00:00")
        assert desk.staff.standing() == ["09:00"]
        [one] = desk.listed()
        assert (one["appointmentId"], one["startTime"]) == (booked["appointmentId"], booked["startTime"])
        desk.read()
        assert [one["appointmentId"] for one in desk.listed()] == [booked["appointmentId"]]

    def test_the_same_booking_again_is_the_first(self, desk: Desk, patient: int) -> None:
        offer = desk.find()

        first, again = (desk.book(patient, offer) for _ in range(2))

        assert first["appointmentId"] == again["appointmentId"]
        assert desk.staff.standing() == ["09:00"]

    def test_a_booked_time_is_offered_to_nobody_else(self, desk: Desk, patient: int) -> None:
        desk.book(patient, desk.find())

        assert desk.find(call="another", caller=JOHN)["startTime"] == f"{desk.day}T09:30:00"

    def test_a_visit_moves(self, desk: Desk, patient: int) -> None:
        booked = desk.book(patient, desk.find())

        moved = desk.line.ask(
            "update_appointment",
            appointmentId=booked["appointmentId"],
            newStartTime=f"{desk.day}T11:00:00",
        )

        assert (moved["status"], moved["startTime"]) == ("BOOKED", f"{desk.day}T11:00:00")
        assert desk.staff.standing() == ["11:00"]
        desk.read()
        assert [one["startTime"] for one in desk.listed()] == [f"{desk.day}T11:00:00"]
        assert desk.find(call="another", caller=JOHN)["startTime"] == f"{desk.day}T09:00:00"

    def test_a_visit_is_cancelled_and_its_time_is_free(self, desk: Desk, patient: int) -> None:
        booked = desk.book(patient, desk.find())

        answer = desk.line.ask("cancel_appointment", appointmentId=booked["appointmentId"])
        again = desk.line.ask("cancel_appointment", appointmentId=booked["appointmentId"], reason="sure")

        assert answer["cancelled"] is True
        assert again["wasAlready"] is True
        assert desk.staff.standing() == []
        assert desk.listed() == []
        assert desk.find(call="another", caller=JOHN)["startTime"] == f"{desk.day}T09:00:00"

    @pytest.mark.parametrize("act", ["move", "cancel"])
    def test_what_staff_booked_is_the_callers_too(self, desk: Desk, act: str) -> None:
        chart = desk.staff.chart("Roe", "Jane", JANE)
        desk.staff.book(desk.day, "10:00", chart)
        desk.read()
        desk.prove()

        [one] = desk.listed()
        assert one["startTime"] == f"{desk.day}T10:00:00"
        if act == "cancel":
            answer = desk.line.ask("cancel_appointment", appointmentId=one["appointmentId"])
            assert answer["cancelled"] is True
            assert desk.staff.standing() == []
        else:
            new = f"{desk.day}T11:00:00"
            answer = desk.line.ask("update_appointment", appointmentId=one["appointmentId"], newStartTime=new)
            assert answer["status"] == "BOOKED", answer
            assert desk.staff.standing() == ["11:00"]

    def test_what_staff_booked_is_offered_to_nobody(self, desk: Desk) -> None:
        chart = desk.staff.chart("Roe", "Jane", JANE)
        desk.staff.book(desk.day, "09:00", chart)
        desk.read()

        assert f"{desk.day}T09:00:00" not in offered(desk.find(call="another", caller=JOHN))

    def test_who_comes_too_late_hears_so_and_of_other_times(self, desk: Desk, patient: int) -> None:
        other = desk.staff.chart("Doe", "Ann", date(1960, 1, 2), phones=(JOHN,))
        offer = desk.find()
        # What is held for a call stays its own where we keep the diary; staff elsewhere don't see that.
        desk.line.do("DELETE FROM appointments WHERE status = 'held'")
        desk.staff.book(desk.day, "09:00", other)

        answer = desk.book(patient, offer)

        assert (answer["booked"], answer["status"]) == (False, "NOT_BOOKED"), answer
        assert desk.staff.standing() == ["09:00"]
        assert answer["alternatives"]
        assert "09:00" not in [one["startTime"][11:16] for one in answer["alternatives"]]


class TestTrouble:
    @pytest.fixture
    def patient(self, away: Desk) -> int:
        away.staff.chart("Roe", "Jane", JANE)
        away.read()
        return away.prove()

    def test_a_lost_answer_is_told_as_that_and_settled_by_the_next_reading(
        self, away: Desk, patient: int
    ) -> None:
        offer = away.find()
        away.staff.lose_all()

        answer = away.book(patient, offer)

        assert (answer["booked"], answer["transfer"]) == (False, True), answer
        assert "didn't tell me whether" in answer["say"]
        assert away.staff.standing() == ["09:00"]
        away.staff.mend()
        away.read()
        assert [one["startTime"] for one in away.listed()] == [offer["startTime"]]
        assert away.staff.standing() == ["09:00"]

    def test_of_a_write_whose_answer_alone_is_lost_the_caller_notices_nothing(
        self, away: Desk, patient: int
    ) -> None:
        offer = away.find()
        away.world.lose_answer()

        assert away.book(patient, offer)["status"] == "BOOKED"

        away.read()
        assert away.staff.standing() == ["09:00"]
        assert [one["startTime"] for one in away.listed()] == [offer["startTime"]]

    def test_an_emr_that_is_down_is_told_truly_and_a_person_offered(self, away: Desk, patient: int) -> None:
        offer = away.find()
        away.world.be_down()

        answer = away.book(patient, offer)

        assert (answer["booked"], answer["transfer"]) == (False, True), answer
        assert "can't reach the clinic's own system" in answer["say"]
        assert away.line.all("SELECT FROM appointments WHERE status IN ('booked', 'pending')") == []

    def test_of_a_number_nobody_can_look_up_nothing_is_said(self, away: Desk, patient: int) -> None:
        away.line.do("UPDATE emr_patients SET read_at = now() - interval '1 hour'")
        away.world.be_down()

        answer = away.line.ask("search_patient_by_phone", phone="0000000000", call="another")

        assert (answer["found"], answer["transfer"]) == (False, True), answer
        assert "can't reach" in answer["say"]

    def test_who_waits_hears_the_end_within_four_seconds(self, database: Database, oscar_at: Place) -> None:
        """Of a write that takes 3.3 s the answer is heard; of one of 4.1 s that nobody knows."""
        with oscar_desk(database, oscar_at) as desk:
            desk.staff.chart("Roe", "Jane", JANE)
            desk.read()
            patient = desk.prove()
            offer = desk.find()
            desk.world.faults(desk.world.fault("ScheduleService/addAppointment", latency_s=3.3, when="after"))
            assert desk.book(patient, offer)["status"] == "BOOKED"
            desk.world.faults(desk.world.fault("ScheduleService/addAppointment", latency_s=4.1, when="after"))
            answer = desk.book(patient, desk.find(startDate=str(days()[1])))

            assert (answer["booked"], answer["transfer"]) == (False, True), answer
            assert "didn't tell me whether" in answer["say"]
