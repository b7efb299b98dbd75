"""The waitlist fills: a freed time is kept for one who waits for such a one, in order, then for the next."""

from datetime import UTC, datetime
from typing import Any

import pytest

from functions.scheduling.sweep.handler import handler as sweep
from tests.clinic import FAMILY, JOHN, MEILING, Clinic, Context
from tests.member import Member, token
from tests.tools import visits
from tests.tools.visits import TUESDAY, at, create, day

ON_MONDAY = {"startDate": str(day()), "endDate": str(day())}
MORNING = {**ON_MONDAY, "timeOfDay": "morning", "providerId": "100"}


@pytest.fixture
def booked(clinic: Clinic) -> int:
    """John's visit in a morning that has nothing else free; its id."""
    clinic.prove_john()
    made = create(clinic, at("09:00"))["appointmentId"]
    for hour in range(9, 12):
        for minute in (0, 30):
            if (hour, minute) != (9, 0):
                visits.insert(clinic, at(f"{hour:02}:{minute:02}"), patient=visits.id_of(clinic, "Robin"))
    return made


def wait(clinic: Clinic, name: str, phone: str, **wish: Any) -> int:
    """Somebody finds nothing that suits and is put on the list; the entry's id."""
    call = f"{name} waits"
    answer = clinic.ask("find_earliest_appointment", call=call, caller=phone, **{**MORNING, **wish})
    assert answer["found"] is False, answer
    return clinic.ask(
        "add_to_waitlist", call=call, caller=phone, firstName=name, lastName="Waiting", phone=phone
    )["waitlistId"]


def cancel(clinic: Clinic, appointment: int) -> None:
    assert clinic.ask("cancel_appointment", appointmentId=appointment)["cancelled"] is True


def kept(clinic: Clinic) -> list[tuple[int, str | None]]:
    """For which entry a time is kept, and by which call."""
    return clinic.all("SELECT waitlist_id, call_id FROM appointments WHERE waitlist_id IS NOT NULL")


def calls_back(clinic: Clinic, phone: str, call: str = "back", **wish: Any) -> dict[str, Any]:
    return clinic.ask("find_earliest_appointment", call=call, caller=phone, **wish)


def run_out(clinic: Clinic) -> None:
    clinic.do(
        "UPDATE appointments SET held_until = now() - interval '1 second' WHERE waitlist_id IS NOT NULL"
    )


def test_a_freed_time_is_kept_for_who_waits_for_it_and_booked_by_them(clinic: Clinic, booked: int) -> None:
    entry = wait(clinic, "Mei", MEILING)

    cancel(clinic, booked)

    assert kept(clinic) == [(entry, None)]
    meiling = visits.id_of(clinic, "Meiling")
    # Nobody else is offered it, nor may have it.
    assert calls_back(clinic, JOHN, "john again", **MORNING)["found"] is False
    taken = create(
        clinic, at("09:00"), call="john again", caller=JOHN, demographicId=visits.id_of(clinic, "John")
    )
    assert taken["booked"] is False
    offer = calls_back(clinic, MEILING)
    assert offer["startTime"] == at("09:00")
    assert offer["say"].startswith("A time has come free, and we kept it for you: ")
    answer = create(clinic, at("09:00"), call="back", caller=MEILING, demographicId=meiling)
    assert answer["status"] == "BOOKED"
    assert clinic.all("SELECT status FROM waitlist") == [("booked",)]
    assert clinic.all("SELECT outcome FROM waitlist_offers") == [("booked",)]


@pytest.mark.parametrize(
    "other",
    [
        {"providerId": "101", "timeOfDay": "before 8"},
        {"timeOfDay": "Tuesday before 9"},
        {"startDate": str(day(TUESDAY)), "endDate": str(day(TUESDAY)), "timeOfDay": "before 9"},
    ],
)
def test_it_is_kept_for_nobody_whom_it_does_not_suit(
    clinic: Clinic, booked: int, other: dict[str, Any]
) -> None:
    wait(clinic, "Mei", MEILING, **other)

    cancel(clinic, booked)

    assert kept(clinic) == []


def test_a_visit_too_long_for_the_time_is_not_kept(clinic: Clinic, booked: int) -> None:
    wait(clinic, "Mei", MEILING, appointmentType="Physical")

    cancel(clinic, booked)

    assert kept(clinic) == []


def test_who_asked_for_nothing_in_particular_takes_what_comes(clinic: Clinic, booked: int) -> None:
    entry = clinic.ask(
        "add_to_waitlist", call="x", caller=MEILING, firstName="Mei", lastName="Any", phone=MEILING
    )["waitlistId"]

    cancel(clinic, booked)

    assert kept(clinic) == [(entry, None)]


def test_one_after_the_other_in_the_order_they_came(clinic: Clinic, booked: int) -> None:
    first, second = wait(clinic, "Mei", MEILING), wait(clinic, "Robin", FAMILY)
    cancel(clinic, booked)
    assert kept(clinic) == [(first, None)]

    run_out(clinic)
    assert sweep({}, Context())["kept"] == 1
    assert kept(clinic) == [(second, None)]

    run_out(clinic)
    assert sweep({}, Context())["kept"] == 0
    # Both are on the list still, for other times; this one is anybody's.
    assert clinic.all("SELECT status FROM waitlist") == [("waiting",), ("waiting",)]
    assert clinic.all("SELECT DISTINCT outcome FROM waitlist_offers") == [("passed",)]
    assert calls_back(clinic, JOHN, **MORNING)["startTime"] == at("09:00")


def test_who_books_another_time_after_all_gives_it_to_the_next(clinic: Clinic, booked: int) -> None:
    first, second = wait(clinic, "Mei", MEILING), wait(clinic, "Robin", FAMILY)
    cancel(clinic, booked)
    assert calls_back(clinic, MEILING)["startTime"] == at("09:00")

    other = calls_back(clinic, MEILING, timeOfDay="afternoon", **ON_MONDAY)
    assert other["startTime"] == at("13:00")
    assert kept(clinic) == [(first, None)]
    meiling = visits.id_of(clinic, "Meiling")
    assert create(clinic, at("13:00"), call="back", caller=MEILING, demographicId=meiling)["booked"] is True

    assert kept(clinic) == [(second, None)]
    assert clinic.all("SELECT status FROM waitlist ORDER BY id") == [("booked",), ("offered",)]


@pytest.mark.parametrize("way", ["move", "decline", "lapse"])
def test_whatever_frees_a_time_wakes_the_list(clinic: Clinic, booked: int, way: str) -> None:
    entry = wait(clinic, "Mei", MEILING)
    if way == "move":
        clinic.ask("update_appointment", appointmentId=booked, newStartTime=at("14:00"))
    else:
        clinic.do(
            "UPDATE appointments SET status = 'pending', pending_until = now() + %s::interval WHERE id = %s",
            *("1 hour" if way == "decline" else "-1 second", booked),
        )
        if way == "decline":
            Member(token()).post(f"/appointments/{booked}/decline")
        else:
            sweep({}, Context())

    assert kept(clinic) == [(entry, None)]


def test_a_patient_who_waits_hears_of_it_as_soon_as_they_say_who_they_are(
    clinic: Clinic, booked: int
) -> None:
    def proves(call: str) -> str:
        return clinic.ask(
            "search_patient_by_phone",
            call=call,
            caller=MEILING,
            phone="0000000000",
            dateOfBirth="1985-07-02",
        )["say"]

    proves("Mei waits")
    wait(clinic, "Mei", MEILING)
    cancel(clinic, booked)

    assert "A time you were waiting for has come free" in proves("back")


def test_who_is_on_the_list_waits_for_what_they_want_now(clinic: Clinic, booked: int) -> None:
    entry = wait(clinic, "Mei", MEILING, timeOfDay="before 8")
    assert wait(clinic, "Mei", MEILING) == entry

    cancel(clinic, booked)

    assert kept(clinic) == [(entry, None)]


def test_a_kept_time_is_theirs_from_any_telephone_once_they_say_who_they_are(
    clinic: Clinic, booked: int
) -> None:
    born = {"name": "Meiling Chen", "dateOfBirth": "1985-07-02"}
    clinic.ask("search_patient", call="Mei waits", caller=MEILING, **born)
    wait(clinic, "Mei", MEILING)
    cancel(clinic, booked)
    elsewhere = "+16045550177"
    assert calls_back(clinic, elsewhere, "x", **MORNING)["found"] is False

    clinic.ask("search_patient", call="x", caller=elsewhere, **born)

    assert calls_back(clinic, elsewhere, "x", **MORNING)["startTime"] == at("09:00")
    assert create(clinic, at("09:00"), call="x", caller=elsewhere)["booked"] is True


def test_a_kept_time_is_booked_without_a_search_or_for_another_kind(clinic: Clinic, booked: int) -> None:
    wait(clinic, "Mei", MEILING)
    cancel(clinic, booked)
    meiling = visits.id_of(clinic, "Meiling")

    answer = create(
        clinic,
        at("09:00"),
        call="back",
        caller=MEILING,
        demographicId=meiling,
        appointmentType="Follow-up",
    )

    assert answer["booked"] is True
    assert kept(clinic) == []


def test_two_of_one_family_are_each_offered_their_own(clinic: Clinic, booked: int) -> None:
    other = visits.insert(clinic, at("09:00"), patient=visits.id_of(clinic, "John"), provider=101)
    for minutes in range(30, 180, 30):
        clock = f"{9 + minutes // 60:02}:{minutes % 60:02}"
        visits.insert(clinic, at(clock), patient=visits.id_of(clinic, "Robin"), provider=101)
    wait(clinic, "Robin", FAMILY)
    wait(clinic, "Casey", FAMILY, providerId="101")
    cancel(clinic, booked)
    cancel(clinic, other)

    assert calls_back(clinic, FAMILY, "casey", providerId="101")["say"].startswith("A time has come free")
    assert calls_back(clinic, FAMILY, "robin", providerId="100")["say"].startswith("A time has come free")


@pytest.mark.parametrize("since", ["notice", "time off"])
def test_a_kept_time_is_offered_as_long_as_it_can_be_had(clinic: Clinic, booked: int, since: str) -> None:
    wait(clinic, "Mei", MEILING)
    cancel(clinic, booked)
    if since == "notice":
        # It was enough when the time was kept.
        clinic.do("UPDATE appointments SET created_at = created_at - interval '1 hour' WHERE status = 'held'")
        ahead = visits.instant(clinic, at("09:00")) - datetime.now(UTC)
        clinic.do("UPDATE organizations SET notice_min = %s", int(ahead.total_seconds() // 60) + 5)
    else:
        clinic.do(
            "INSERT INTO time_off (org_id, provider_id, starts_at, ends_at) VALUES (%s, 100, %s, %s)",
            *(clinic.org_id, visits.instant(clinic, at("08:00")), visits.instant(clinic, at("13:00"))),
        )

    offer = calls_back(clinic, MEILING, **MORNING)

    assert offer["found"] is (since == "notice")
    meiling = visits.id_of(clinic, "Meiling")
    answer = create(clinic, at("09:00"), call="back", caller=MEILING, demographicId=meiling)
    assert answer["booked"] is offer["found"]


def test_a_request_that_a_search_finds_lapsed_wakes_the_list(clinic: Clinic, booked: int) -> None:
    entry = wait(clinic, "Mei", MEILING)
    clinic.do("UPDATE organizations SET booking_mode = 'approval'")
    clinic.do(
        "UPDATE appointments SET status = 'pending', pending_until = now() - interval '1 second'"
        " WHERE id = %s",
        booked,
    )

    assert calls_back(clinic, JOHN, "john")["found"] is True

    assert kept(clinic) == [(entry, None)]


def test_a_visit_is_cancelled_though_its_time_was_offered_and_left(clinic: Clinic, booked: int) -> None:
    first, second = wait(clinic, "Mei", MEILING), wait(clinic, "Robin", FAMILY)
    cancel(clinic, booked)
    # The hold is gone and the offer not settled: what a crash, or a sweep to come, leaves.
    clinic.do("DELETE FROM appointments WHERE waitlist_id IS NOT NULL")
    again = create(clinic, at("09:00"), call="john", caller=JOHN, demographicId=visits.id_of(clinic, "John"))

    cancel(clinic, again["appointmentId"])

    assert kept(clinic) == [(second, None)]
    assert clinic.all("SELECT status FROM waitlist WHERE id = %s", first) == [("waiting",)]


def test_another_clinics_list_is_not_woken(clinic: Clinic, harbour: Clinic, booked: int) -> None:
    harbour.ask("add_to_waitlist", firstName="Jane", lastName="Roe", phone=MEILING)

    cancel(clinic, booked)

    assert harbour.all("SELECT status FROM waitlist") == [("waiting",)]
    assert kept(clinic) == []
