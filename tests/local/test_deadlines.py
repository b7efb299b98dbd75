"""Time passing in a rehearsal: as much as is said, at one clinic, for what runs out."""

from datetime import datetime, timedelta
from typing import Any

from local import deadlines, demo
from tests.clinic import Clinic

TEN = timedelta(minutes=10)


def holds(clinic: Clinic) -> list[tuple[datetime, datetime]]:
    return clinic.all("SELECT held_until, created_at FROM appointments WHERE status = 'held' ORDER BY id")


def test_holds_of_that_clinic_and_of_no_other_run_out_sooner(clinic: Clinic, harbour: Clinic) -> None:
    offer = clinic.ask("find_earliest_appointment", call="mine")
    harbour.ask("find_earliest_appointment")
    [(until, made)], theirs = holds(clinic), holds(harbour)

    deadlines.bring_nearer(clinic.owner_url, demo.MAPLE, minutes=10)

    assert holds(clinic) == [(until - TEN, made - TEN)]
    assert holds(harbour) == theirs
    wish: dict[str, Any] = {"startDate": offer["date"], "providerId": offer["providerId"]}
    assert clinic.ask("find_earliest_appointment", call="other", **wish)["startTime"] == offer["startTime"]


def test_a_request_has_to_be_answered_sooner_and_a_visit_stands(clinic: Clinic) -> None:
    clinic.book(call="booked")
    clinic.do("UPDATE organizations SET booking_mode = 'approval'")
    clinic.book(call="asked")
    query = "SELECT pending_until, visit_start, created_at FROM appointments ORDER BY id"
    booked, (until, *rest) = clinic.all(query)

    deadlines.bring_nearer(clinic.owner_url, demo.MAPLE, minutes=10)

    assert clinic.all(query) == [booked, (until - TEN, *rest)]
