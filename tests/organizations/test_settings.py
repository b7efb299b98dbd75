"""`GET` and `PATCH /organization`: merged field by field, under one version."""

from typing import Any

import pytest

from local import demo
from tests.clinic import Clinic
from tests.conftest import Database
from tests.member import Answer, Member, token

MEMBER = Member(token())


def change(body: Any, **headers: str) -> Answer:
    return MEMBER.patch("/organization", body, **headers)


def test_the_clinic_is_shown_with_its_version(clinic: Clinic) -> None:
    answer = MEMBER.get("/organization")

    assert (answer.status, answer.headers["etag"]) == (200, '"1"')
    shown = answer.body
    assert (shown["name"], shown["nameZh"], shown["timeZone"]) == (
        *("Maple Clinic", "枫叶诊所"),
        "America/Vancouver",
    )
    assert shown["transferLines"][0] == {
        "reason": None,
        "weekday": 1,
        "starts": "09:00:00",
        "ends": "17:00:00",
        "number": "+16045550190",
    }
    assert (shown["caps"], shown["retentionDays"]) == ([], 3650)


def test_what_is_sent_is_changed_and_the_rest_stays(clinic: Clinic) -> None:
    before = MEMBER.get("/organization").body

    answer = change({"noticeMin": 120, "nameZh": None, "languages": ["zh", "en"], "hoursText": "By night."})

    changed = {"noticeMin": 120, "nameZh": None, "languages": ["zh", "en"], "hoursText": "By night."}
    assert (answer.status, answer.headers["etag"]) == (200, '"2"')
    assert answer.body == before | changed | {"version": 2}
    assert MEMBER.get("/organization").body == answer.body
    assert clinic.all(
        "SELECT change ->> 'member' IS NOT NULL FROM audit_log WHERE action = %s", _CHANGED
    ) == [(True,)]


_CHANGED = "organization.changed"


def test_the_next_call_goes_by_what_was_changed(clinic: Clinic) -> None:
    change(
        {
            "name": "Oak Clinic",
            "hoursText": "Weekdays from nine, and walk-ins until four",
            "phoneNumber": None,
        }
    )

    told = clinic.ask("get_clinic_info", language="en")

    assert (told["name"], told["phone"]) == ("Oak Clinic", None)
    assert told["hours"] == "Weekdays from nine, and walk-ins until four"
    assert "walk-ins until four" in told["say"]
    assert "walk-ins" not in clinic.ask("get_clinic_info", language="zh")["say"]


def test_lists_are_replaced_whole(clinic: Clinic) -> None:
    line = {"reason": "billing", "number": "(604) 555-0199"}
    cap = {"providerId": 100, "period": "day", "most": 3}

    answer = change({"transferLines": [line], "caps": [cap]})

    assert [one["number"] for one in answer.body["transferLines"]] == ["+16045550199"]
    assert answer.body["caps"] == [{**cap, "typeId": None}]
    assert change({"caps": []}).body["caps"] == []
    assert len(MEMBER.get("/organization").body["transferLines"]) == 1


def test_how_calendars_outside_are_gone_by_is_the_clinics_to_say(clinic: Clinic) -> None:
    usual = {
        "calendarFreshMin": 30,
        "calendarUnknown": "withhold",
        "calendarMoved": "put_back",
        "calendarDeleted": "put_back",
        "calendarTitles": False,
        "calendarNames": False,
    }
    assert usual.items() <= MEMBER.get("/organization").body.items()
    wanted = {
        "calendarFreshMin": 11,
        "calendarUnknown": "offer",
        "calendarMoved": "follow",
        "calendarDeleted": "cancel",
        "calendarTitles": True,
        "calendarNames": True,
    }

    assert change(wanted).status == 200

    assert wanted.items() <= MEMBER.get("/organization").body.items()


def test_of_two_who_saw_the_same_the_second_is_told(clinic: Clinic) -> None:
    seen = MEMBER.get("/organization").headers["etag"]

    assert change({"cleanupMin": 5}, if_match=seen).status == 200
    late = change({"cleanupMin": 10, "transferLines": []}, if_match=seen)

    assert (late.status, late.body["title"]) == (412, "Precondition Failed")
    assert MEMBER.get("/organization").body["cleanupMin"] == 5
    assert len(MEMBER.get("/organization").body["transferLines"]) > 1
    assert change({"cleanupMin": 10}).status == 200
    assert change({"cleanupMin": 15}, if_match="*").status == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "\u0000"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"timeZone": "Mars/Olympus"}, "timeZone"),
        ({"timeZone": "america/vancouver"}, "timeZone"),
        ({"timeZone": "../../etc/passwd"}, "timeZone"),
        ({"languages": []}, "languages"),
        ({"languages": ["fr"]}, "languages.0"),
        ({"languages": ["en", "en"]}, "languages"),
        ({"region": "QQ"}, "region"),
        ({"noticeMin": -1}, "noticeMin"),
        ({"noticeMin": "5"}, "noticeMin"),
        ({"horizonDays": 731}, "horizonDays"),
        ({"slotIntervalMin": 0}, "slotIntervalMin"),
        ({"retentionDays": 29}, "retentionDays"),
        ({"bookingMode": "whim"}, "bookingMode"),
        ({"calendarFreshMin": 10}, "calendarFreshMin"),
        ({"calendarFreshMin": 1441}, "calendarFreshMin"),
        ({"calendarUnknown": "follow"}, "calendarUnknown"),
        ({"calendarMoved": "cancel"}, "calendarMoved"),
        ({"calendarDeleted": "follow"}, "calendarDeleted"),
        ({"holidayProvince": "ZZ"}, "holidayProvince"),
        ({"phoneNumber": "911"}, "phoneNumber"),
        ({"transferLines": [{"number": "Jane"}]}, "transferLines.0.number"),
        ({"transferLines": [{"number": "+19005550123"}]}, "transferLines.0.number"),
        ({"phoneNumber": "+449098790123"}, "phoneNumber"),
        ({"transferLines": [{"number": "+16045550199", "starts": "09:00"}]}, "transferLines.0"),
        ({"transferLines": [{"number": "+16045550199", "weekday": 8}]}, "transferLines.0.weekday"),
        ({"transferLines": [{"number": "+16045550199", "reason": "Jane"}]}, "transferLines.0.reason"),
        ({"caps": [{"providerId": 999, "period": "day", "most": 1}]}, "caps"),
        ({"caps": [{"providerId": 200, "period": "day", "most": 1}]}, "caps"),
        ({"version": 7}, "version"),
        ({"orgId": demo.HARBOUR}, "orgId"),
        ({"id": demo.HARBOUR}, "id"),
    ],
)
def test_what_cant_be_is_refused_by_the_fields_name_and_nothing_changes(
    clinic: Clinic, body: dict[str, Any], field: str
) -> None:
    before = MEMBER.get("/organization").body

    answer = change(body | {"cleanupMin": 7})

    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
    [error] = answer.body["errors"]
    assert error["field"] == field
    assert not [word for word in ("Jane", "Mars", "passwd", "caps_", "violates") if word in error["detail"]]
    assert MEMBER.get("/organization").body == before


def test_who_only_looks_changes_nothing(clinic: Clinic) -> None:
    clinic.lower_the_owner("viewer")

    assert MEMBER.get("/organization").status == 200
    assert change({"cleanupMin": 5}).status == 403


def test_every_zone_there_is_and_none_that_there_isnt(database: Database) -> None:
    assert change({"timeZone": "Asia/Shanghai"}).body["timeZone"] == "Asia/Shanghai"
    assert change({"timeZone": "localtime"}).status == 422
