"""`/notifications`: polled for nothing until something changes, and read by the clinic as one."""

from typing import Any

import pytest

from tests.clinic import Clinic
from tests.member import Member, token
from tests.tools.visits import at, create

MEMBER = Member(token())
NOTE = "INSERT INTO notifications (org_id, kind) SELECT %s, 'call_lost' FROM generate_series(1, %s)"


def ids(clinic: Clinic) -> list[int]:
    return [one for (one,) in clinic.all("SELECT id FROM notifications ORDER BY id DESC")]


def test_a_notice_says_what_happened_by_the_clinics_clock_and_no_name(clinic: Clinic) -> None:
    clinic.do("DELETE FROM notifications")
    clinic.prove_john()
    booked = create(clinic, at("09:30"))
    clinic.do("UPDATE notifications SET at = '2026-07-01T17:05:00Z'")

    [shown] = MEMBER.get("/notifications").body["notifications"]

    title = shown.pop("title")
    assert title.startswith(f"Booked by a caller: General consultation with {booked['providerName']}, ")
    assert title.endswith("9:30 AM")
    assert "Doe" not in title
    assert shown == {
        "id": ids(clinic)[0],
        "kind": "booked",
        "at": "2026-07-01T10:05:00",
        "read": False,
        "callId": "call-1",
        "appointmentId": booked["appointmentId"],
        "startTime": booked["startTime"],
        "agentId": None,
        "waitlistId": None,
    }


def test_a_broken_promise_says_which_kind_it_is(clinic: Clinic) -> None:
    clinic.prove_john()
    visit = create(clinic, at("09:30"))["appointmentId"]
    for of, appointment in (("", None), ("outcome_differs", None), ("not_told", visit)):
        clinic.do(
            "INSERT INTO notifications (org_id, kind, call_id, appointment_id, of)"
            " VALUES (%s, 'promise_broken', 'call-1', %s, %s)",
            *(clinic.org_id, appointment, of),
        )

    not_told, differs, broken = [one["title"] for one in MEMBER.get("/notifications").body["notifications"]][
        :3
    ]

    assert broken == "A caller was told something else than what is in the diary"
    assert differs == "A call was logged as something else than what was done in it"
    assert not_told.startswith("A caller was not told what was done: General consultation with Dr. ")


def test_a_poll_is_304_until_something_changes(clinic: Clinic) -> None:
    clinic.do(NOTE, clinic.org_id, 2)
    first = MEMBER.get("/notifications")
    tag = first.headers["etag"]

    for seen in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = MEMBER.get("/notifications", if_none_match=seen)
        assert (again.status, again.body, again.headers["etag"]) == (304, None, tag)
    assert MEMBER.get("/notifications", if_none_match='"other"').status == 200

    changes = [
        lambda: clinic.do(NOTE, clinic.org_id, 1),
        lambda: MEMBER.patch(f"/notifications/{ids(clinic)[0]}", {"read": True}),
        lambda: clinic.do("UPDATE notifications SET read_at = NULL"),
    ]
    for change in changes:
        change()
        answer = MEMBER.get("/notifications", if_none_match=tag)
        assert answer.status == 200
        tag = answer.headers["etag"]


def test_pages_go_back_to_the_first_without_gap_or_repeat(clinic: Clinic) -> None:
    clinic.do(NOTE, clinic.org_id, 7)
    seen: list[int] = []
    query: dict[str, Any] = {}
    while True:
        page = MEMBER.get("/notifications", limit=3, **query).body
        seen += [one["id"] for one in page["notifications"]]
        if page["nextCursor"] is None:
            break
        query = {"cursor": page["nextCursor"]}

    assert seen == ids(clinic)
    assert len(seen) == 7


def test_what_wants_somebody_is_found_below_any_number_of_bookings(clinic: Clinic) -> None:
    clinic.do("DELETE FROM notifications")
    clinic.do(NOTE, clinic.org_id, 1)
    [lost] = ids(clinic)
    for kind in ("booked", "waitlisted"):
        clinic.do(NOTE.replace("call_lost", kind), clinic.org_id, 100)

    def asked() -> list[int]:
        return [one["id"] for one in MEMBER.get("/notifications", wanting="true").body["notifications"]]

    assert asked() == [lost]
    MEMBER.patch(f"/notifications/{lost}", {"read": True})
    assert asked() == []


def test_what_one_member_has_read_is_read_and_can_be_unread(clinic: Clinic) -> None:
    clinic.do(NOTE, clinic.org_id, 3)
    newest, middle, oldest = ids(clinic)

    def unread() -> list[int]:
        return [one["id"] for one in MEMBER.get("/notifications", unread="true").body["notifications"]]

    assert MEMBER.post("/notifications/read", {"upTo": middle}).body == {"marked": 2}
    assert MEMBER.post("/notifications/read", {"upTo": middle}).body == {"marked": 0}
    assert unread() == [newest]
    assert MEMBER.patch(f"/notifications/{oldest}", {"read": False}).body["read"] is False
    assert unread() == [newest, oldest]
    assert MEMBER.patch(f"/notifications/{newest}", {"read": True}).body["read"] is True
    by = clinic.all("SELECT id, read_by IS NOT NULL FROM notifications ORDER BY id")
    assert by == [(oldest, False), (middle, True), (newest, True)]


@pytest.mark.parametrize("query", [{"limit": 0}, {"cursor": "x"}, {"since": "today"}, {"unread": "perhaps"}])
def test_a_query_that_cant_be_read_is_400(clinic: Clinic, query: dict[str, str]) -> None:
    assert MEMBER.get("/notifications", **query).status == 400


def test_another_clinics_notice_is_not_there_and_a_viewer_marks_none(clinic: Clinic, harbour: Clinic) -> None:
    harbour.do(NOTE, harbour.org_id, 1)
    [theirs] = ids(harbour)

    assert MEMBER.patch(f"/notifications/{theirs}", {"read": True}).status == 404
    assert MEMBER.post("/notifications/read", {"upTo": theirs}).body == {"marked": 0}
    assert MEMBER.get("/notifications").body == {"notifications": [], "nextCursor": None}
    clinic.lower_the_owner("viewer")
    assert MEMBER.get("/notifications").status == 200
    assert MEMBER.post("/notifications/read", {"upTo": 1}).status == 403
