"""`/providers`, `/time-off`, `/appointment-types`: who sees patients, and when; what is booked stands."""

from typing import Any

import pytest

from tests.clinic import Clinic
from tests.member import Answer, Member, token

MEMBER = Member(token())
MONDAY = {"weekday": 1, "starts": "09:00", "ends": "12:00"}


def offered(clinic: Clinic) -> set[str]:
    return {one["providerId"] for one in clinic.ask("get_providers")["providers"]}


def hours(*weekly: dict[str, Any], dates: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"weekly": weekly, "dates": dates}


def fields(answer: Answer) -> list[str]:
    assert answer.status == 422, answer.body
    return [error["field"] for error in answer.body["errors"]]


def test_a_new_provider_with_hours_is_offered_to_the_next_caller(clinic: Clinic) -> None:
    answer = MEMBER.post("/providers", {"name": "Dr. Ida Frost", "specialty": "cardiology"})

    assert (answer.status, answer.body["languages"], answer.body["futureVisits"]) == (201, ["en"], 0)
    made = answer.body["id"]
    assert str(made) in offered(clinic)
    week = [{**MONDAY, "weekday": day} for day in range(1, 8)]
    assert MEMBER.put(f"/providers/{made}/hours", hours(*week)).status == 200
    found = clinic.ask("find_earliest_appointment", providerName="Frost")
    assert (found["found"], found["providerId"]) == (True, str(made))


def test_who_is_deactivated_is_offered_no_more_and_keeps_what_is_booked(clinic: Clinic) -> None:
    booked = clinic.book(providerId="101")

    answer = MEMBER.patch("/providers/101", {"isActive": False})

    assert (answer.body["isActive"], answer.body["futureVisits"]) == (False, 1)
    assert "101" not in offered(clinic)
    visits = clinic.all("SELECT status FROM appointments WHERE id = %s", booked["appointmentId"])
    assert visits == [("booked",)]
    assert [one["id"] for one in MEMBER.get("/providers").body["providers"]] == [100, 101, 102]
    assert MEMBER.patch("/providers/101", {"isActive": True, "nameZh": None}).body["nameZh"] is None


def test_hours_are_replaced_whole(clinic: Clinic) -> None:
    day_off = {"day": "2030-01-07"}
    other = {"day": "2030-01-14", "starts": "22:00", "ends": "02:00"}

    answer = MEMBER.put("/providers/100/hours", hours(MONDAY, dates=(day_off, other)))

    assert answer.body == MEMBER.get("/providers/100/hours").body
    assert answer.body == {
        "version": 2,
        "weekly": [{"weekday": 1, "starts": "09:00:00", "ends": "12:00:00", "locationId": None}],
        "dates": [
            {"day": "2030-01-07", "starts": None, "ends": None, "locationId": None},
            {"day": "2030-01-14", "starts": "22:00:00", "ends": "02:00:00", "locationId": None},
        ],
    }
    assert MEMBER.put("/providers/100/hours", hours()).body == {"version": 3, "weekly": [], "dates": []}
    assert len(MEMBER.get("/providers/101/hours").body["weekly"]) == 10


def test_of_two_on_one_provider_the_second_learns_of_the_first_whatever_it_is_they_change(
    clinic: Clinic,
) -> None:
    seen = MEMBER.get("/providers/100/hours").headers["etag"]
    assert seen == MEMBER.get("/providers/100").headers["etag"] == '"1"'
    theirs = MEMBER.put("/providers/100/hours", hours(MONDAY), if_match=seen)

    assert theirs.headers["etag"] == '"2"'
    assert MEMBER.put("/providers/100/hours", hours(), if_match=seen).status == 412
    assert MEMBER.patch("/providers/100", {"isActive": False}, if_match=seen).status == 412
    assert clinic.all("SELECT count(*) FROM working_hours WHERE provider_id = 100") == [(1,)]
    assert clinic.all("SELECT is_active FROM providers WHERE id = 100") == [(True,)]
    assert MEMBER.patch("/providers/100", {"nameZh": None}, if_match='"2"').body["version"] == 3
    assert MEMBER.put("/providers/999/hours", hours(), if_match=seen).status == 404


def test_of_two_on_one_kind_of_visit_the_second_learns_of_the_first(clinic: Clinic) -> None:
    [kind, *_] = MEMBER.get("/appointment-types").body["appointmentTypes"]
    path, seen = f"/appointment-types/{kind['id']}", f'"{kind["version"]}"'

    assert MEMBER.patch(path, {"durationMin": 25}, if_match=seen).headers["etag"] == '"2"'

    assert MEMBER.patch(path, {"durationMin": 50}, if_match=seen).status == 412
    assert clinic.all("SELECT duration_min FROM appointment_types WHERE id = %s", kind["id"]) == [(25,)]
    assert MEMBER.patch("/appointment-types/999", {"durationMin": 5}, if_match=seen).status == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (hours({**MONDAY, "weekday": 0}), "weekly.0.weekday"),
        (hours({**MONDAY, "starts": "25:00"}), "weekly.0.starts"),
        (hours({**MONDAY, "starts": "09:00Z"}), "weekly.0.starts"),
        (hours({**MONDAY, "starts": 540}), "weekly.0.starts"),
        (hours({**MONDAY, "locationId": 999}), "weekly"),
        (hours(MONDAY, MONDAY), ""),
        (hours(dates=({"day": "2030-01-07"}, {"day": "2030-01-07", "starts": "09:00", "ends": "10:00"})), ""),
        (hours(dates=({"day": "2030-02-30"},)), "dates.0.day"),
        (hours(dates=({"day": "2030-01-07", "starts": "09:00"},)), "dates.0"),
        (hours(dates=({"day": "2030-01-07", "locationId": 999},)), "dates"),
        ({"weekly": []}, "dates"),
    ],
)
def test_hours_that_cant_be_are_refused_and_the_old_ones_stay(
    clinic: Clinic, body: dict[str, Any], field: str
) -> None:
    before = MEMBER.get("/providers/100/hours").body

    assert fields(MEMBER.put("/providers/100/hours", body)) == [field]
    assert MEMBER.get("/providers/100/hours").body == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"languages": []}, "languages"),
        ({"languages": ["fr"]}, "languages.0"),
        ({"isActive": "no"}, "isActive"),
        ({"id": 100}, "id"),
    ],
)
def test_a_provider_that_cant_be_is_refused(clinic: Clinic, body: dict[str, Any], field: str) -> None:
    assert fields(MEMBER.post("/providers", {"name": "Dr. Ida Frost", **body})) == [field]
    assert fields(MEMBER.patch("/providers/100", body)) == [field]


def test_time_off_closes_and_says_what_is_booked_in_it(clinic: Clinic) -> None:
    booked = clinic.book()
    day = booked["startTime"][:10]

    answer = MEMBER.post("/time-off", {"startTime": f"{day}T00:00:00", "endTime": f"{day}T23:59:00"})

    assert (answer.status, answer.body["visits"], answer.body["providerId"]) == (201, 1, None)
    assert (answer.body["startTime"], answer.body["endTime"]) == (f"{day}T00:00:00", f"{day}T23:59:00")
    assert not clinic.ask("find_earliest_appointment", call="c2", startDate=day, endDate=day)["found"]
    assert MEMBER.get("/time-off").body["timeOff"] == [answer.body]
    assert MEMBER.delete(f"/time-off/{answer.body['id']}").body == {"id": answer.body["id"]}
    assert MEMBER.get("/time-off").body["timeOff"] == []
    assert MEMBER.delete(f"/time-off/{answer.body['id']}").status == 404
    other = {"providerId": 102, "startTime": f"{day}T00:00:00", "endTime": f"{day}T23:59:00"}
    visits = MEMBER.post("/time-off", other).body["visits"]
    assert visits == (1 if booked["providerId"] == "102" else 0)


def test_a_time_with_an_offset_is_that_instant(clinic: Clinic) -> None:
    answer = MEMBER.post(
        "/time-off", {"startTime": "2030-01-07T12:00:00-05:00", "endTime": "2030-01-07T18:00:00Z"}
    )

    assert (answer.body["startTime"], answer.body["endTime"]) == (
        "2030-01-07T10:00:00",
        "2030-01-07T11:00:00",
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"endTime": "2030-01-07T09:00:00"}, "endTime"),
        ({"endTime": "9999-01-07T09:00:00"}, "endTime"),
        ({"startTime": "0001-01-01T00:00:00+14:00"}, "startTime"),
        ({"startTime": "soon"}, "startTime"),
        ({"startTime": 0}, "startTime"),
        ({"providerId": 999}, "providerId"),
        ({"providerId": 200}, "providerId"),
    ],
)
def test_time_off_that_cant_be_is_refused(clinic: Clinic, change: dict[str, Any], field: str) -> None:
    body = {"startTime": "2030-01-07T09:00:00", "endTime": "2030-01-07T10:00:00", **change}

    assert fields(MEMBER.post("/time-off", body)) == [field]
    assert MEMBER.get("/time-off").body["timeOff"] == []


def test_a_shorter_type_is_for_who_books_from_now_on(clinic: Clinic) -> None:
    booked = clinic.book()
    [one] = [t for t in _types() if t["name"] == booked["appointmentType"]]
    took = (
        "SELECT extract(epoch FROM upper(visit) - lower(visit))::int / 60 FROM appointments WHERE status = %s"
    )

    answer = MEMBER.patch(f"/appointment-types/{one['id']}", {"durationMin": 10})

    assert (answer.status, answer.body) == (200, one | {"durationMin": 10, "version": 2})
    assert clinic.all(took, "booked") == [(one["durationMin"],)]
    clinic.ask("find_earliest_appointment", call="c2", appointmentType=one["name"])
    assert clinic.all(took, "held") == [(10,)]


def test_a_type_that_is_new_can_be_booked_and_one_put_away_cant(clinic: Clinic) -> None:
    answer = MEMBER.post("/appointment-types", {"name": "Flu shot", "durationMin": 5, "alsoCalled": ["jab"]})

    assert (answer.status, answer.body["modes"]) == (201, ["in_person", "virtual"])
    assert clinic.ask("find_earliest_appointment", appointmentType="jab")["appointmentType"] == "Flu shot"
    MEMBER.patch(f"/appointment-types/{answer.body['id']}", {"isActive": False})
    assert clinic.ask("find_earliest_appointment", appointmentType="jab")["found"] is False


def test_two_types_of_one_name_cant_be_told_apart(clinic: Clinic) -> None:
    assert MEMBER.post("/appointment-types", {"name": "Physical", "durationMin": 5}).status == 409
    [other] = [t for t in _types() if t["name"] == "Follow-up"]
    assert MEMBER.patch(f"/appointment-types/{other['id']}", {"name": "Physical"}).status == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"durationMin": 0}, "durationMin"),
        ({"durationMin": 721}, "durationMin"),
        ({"bufferAfterMin": -1}, "bufferAfterMin"),
        ({"modes": []}, "modes"),
        ({"modes": ["by_letter"]}, "modes.0"),
        ({"alsoCalled": ["x"] * 51}, "alsoCalled"),
        ({"instructions": "x" * 1001}, "instructions"),
        ({"name": None}, "name"),
    ],
)
def test_a_type_that_cant_be_is_refused(clinic: Clinic, body: dict[str, Any], field: str) -> None:
    before = _types()

    assert fields(MEMBER.post("/appointment-types", {"name": "Flu shot", "durationMin": 5, **body})) == [
        field
    ]
    assert fields(MEMBER.patch(f"/appointment-types/{before[0]['id']}", body)) == [field]
    assert _types() == before


def test_what_is_not_there_is_404(clinic: Clinic) -> None:
    assert {
        MEMBER.get("/providers/999").status,
        MEMBER.patch("/providers/999", {"name": "X"}).status,
        MEMBER.get("/providers/999/hours").status,
        MEMBER.put("/providers/999/hours", hours()).status,
        MEMBER.patch("/appointment-types/999999", {"name": "X"}).status,
        MEMBER.delete("/time-off/999").status,
    } == {404}


def test_who_only_looks_changes_nothing(clinic: Clinic) -> None:
    clinic.lower_the_owner("viewer")

    assert {MEMBER.get(path).status for path in ("/providers", "/time-off", "/appointment-types")} == {200}
    assert {
        MEMBER.post("/providers", {"name": "X"}).status,
        MEMBER.put("/providers/100/hours", hours()).status,
        MEMBER.post("/time-off", {"startTime": "2030-01-01T00:00", "endTime": "2030-01-02T00:00"}).status,
        MEMBER.post("/appointment-types", {"name": "X", "durationMin": 5}).status,
    } == {403}


def _types() -> list[dict[str, Any]]:
    return MEMBER.get("/appointment-types").body["appointmentTypes"]
