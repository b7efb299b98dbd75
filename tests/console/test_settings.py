"""`/console/settings`: what a clinic chooses, and what becomes of two who choose at once."""

import pytest

from functions.console.settings.fields import TABS
from functions.organizations.settings.endpoint import Changes
from tests.clinic import Clinic
from tests.console.browsing import Browser, Seen

CLINIC = "/console/settings/clinic"
RULES = "/console/settings/rules"


def named(clinic: Clinic) -> str:
    return clinic.all("SELECT name FROM organizations WHERE id = %s", clinic.org_id)[0][0]


def shown(seen: Seen, name: str) -> list[str]:
    return seen.page.xpath(f"//*[@name='{name}']/@value")


def test_every_setting_there_is_has_its_place_on_one_tab() -> None:
    known = {field.alias for field in Changes.model_fields.values()}
    placed = [field.name for tab in TABS.values() for field in tab.fields]
    assert len(placed) == len(set(placed))
    assert known == set(placed)


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_that_is_saved_as_it_stands_changes_nothing(clinic: Clinic, tab: str) -> None:
    before = clinic.all("SELECT to_jsonb(o) - 'version' - 'updated_at' FROM organizations o")
    path = f"/console/settings/{tab}"
    assert Browser.of().submit(path, path).to == f"{path}?done=saved"
    assert clinic.all("SELECT to_jsonb(o) - 'version' - 'updated_at' FROM organizations o") == before


def test_what_is_refused_is_said_where_it_stands_and_nothing_typed_is_lost(clinic: Clinic) -> None:
    seen = Browser.of().submit(CLINIC, CLINIC, {"name": "Rosewood", "timeZone": "Vancouver"})
    assert seen.status == 422
    assert shown(seen, "name") == ["Rosewood"]
    assert "IANA names" in seen.page.xpath("//*[@id='f-timeZone-wrong']")[0].text
    assert named(clinic) == "Maple Clinic"


def test_of_two_at_once_the_second_is_told_sees_both_and_can_send_again(clinic: Clinic) -> None:
    first, second = Browser.of(), Browser.of()
    mine, theirs = first.get(CLINIC).form(CLINIC), second.get(CLINIC).form(CLINIC)
    assert first.post(CLINIC, {**mine, "name": "Rosewood"}).status == 303

    seen = second.post(CLINIC, {**theirs, "name": "Cedar"})

    assert seen.status == 412
    assert shown(seen, "name") == ["Cedar"]
    assert "Saved meanwhile: Rosewood" in seen.words
    assert named(clinic) == "Rosewood"
    assert second.post(CLINIC, {**seen.form(CLINIC), "name": "Cedar"}).status == 303
    assert named(clinic) == "Cedar"


def test_rules_can_be_tried_without_being_saved(clinic: Clinic) -> None:
    browser = Browser.of()
    before = clinic.all("SELECT slot_interval_min FROM organizations")

    seen = browser.submit(RULES, RULES, {"slotIntervalMin": "60", "cleanupMin": "15", "show": "1"})

    assert seen.status == 200
    all_day = ["9:00 AM", "10:00 AM", "11:00 AM", "1:00 PM", "2:00 PM", "3:00 PM", "4:00 PM"]
    starts = seen.page.xpath("//section[@id='sample']//ul")
    assert [one.xpath("li/text()") for one in starts] == [all_day, all_day[1:]]
    assert shown(seen, "slotIntervalMin") == ["60"]
    assert clinic.all("SELECT slot_interval_min FROM organizations") == before


def test_a_week_is_saved_whole_and_keeps_the_dates_of_their_own(clinic: Clinic) -> None:
    browser = Browser.of()
    path = "/console/settings/people/100"
    form = browser.get(path).form(f"{path}/hours")
    form["starts-6"], form["ends-6"] = ["10:00", "", ""], ["12:00", "", ""]
    form |= {"date": ["2030-12-24"], "dateStarts": [""], "dateEnds": [""]}

    assert browser.post(f"{path}/hours", form).to == f"{path}?done=saved"

    hours = clinic.all(
        "SELECT weekday, count(*) FROM working_hours WHERE provider_id = 100 GROUP BY 1 ORDER BY 1"
    )
    assert hours == [(1, 2), (2, 2), (3, 2), (4, 2), (5, 2), (6, 1)]
    assert "nobody is seen" in browser.get(path).words
    half = {**form, "ends-6": ["", "", ""], "date": [""]}
    refused = browser.post(f"{path}/hours", half)
    assert refused.status == 422
    assert refused.page.xpath("//input[@name='starts-6']/@value")[0] == "10:00"


def test_what_was_not_taken_of_one_form_leaves_the_other_on_the_page_as_it_was(clinic: Clinic) -> None:
    browser = Browser.of()
    path = "/console/settings/people/100"
    week, who = (browser.get(path).form(action) for action in (f"{path}/hours", path))

    of_name = browser.post(path, {**who, "name": [""]})
    of_week = browser.post(f"{path}/hours", {**week, "ends-1": ["", "", ""], "gone": ["2030-01-01"]})

    assert (of_name.status, of_week.status) == (422, 422)
    csrf = {"csrf": week["csrf"]}
    assert of_name.form(f"{path}/hours") | csrf == week
    assert of_week.form(path) | csrf == who | csrf


def test_a_provider_and_a_kind_of_visit_are_added_and_changed(clinic: Clinic) -> None:
    browser = Browser.of()
    made = browser.submit(
        "/console/settings/people",
        "/console/settings/people",
        {"name": "Dr. Ana Wong", "languages": ["en", "zh"]},
    )
    assert "Dr. Ana Wong" in browser.follow(made).words
    types = "/console/settings/types"
    assert browser.submit(types, types, {"name": "Flu shot", "durationMin": "5"}).status == 303
    [(kind,)] = clinic.all("SELECT id FROM appointment_types WHERE name = 'Flu shot'")
    changed = browser.submit(types, f"{types}/{kind}", {"durationMin": "7"})
    assert changed.status == 303
    assert clinic.all("SELECT duration_min, is_active FROM appointment_types WHERE id = %s", kind) == [
        (7, True)
    ]
    refused = browser.submit(types, f"{types}/{kind}", {"durationMin": "0"})
    assert refused.status == 422
    assert refused.form(f"{types}/{kind}")["durationMin"] == ["0"]
    assert refused.form(types)["durationMin"] == ["30"]


def test_of_two_who_change_a_week_or_a_kind_of_visit_the_second_sees_the_firsts_and_may_go_on(
    clinic: Clinic,
) -> None:
    mine, theirs = Browser.of(), Browser.of()
    path, types = "/console/settings/people/100", "/console/settings/types"
    week = mine.get(path).form(f"{path}/hours")
    theirs.submit(path, f"{path}/hours", {"starts-6": ["10:00", "", ""], "ends-6": ["12:00", "", ""]})

    typed = {"starts-1": ["08:15", "", ""], "ends-1": ["11:15", "", ""], "date": ["2030-12-24"]}
    seen = mine.post(f"{path}/hours", {**week, **typed})

    assert seen.status == 412
    assert "Saturday: 10:00–12:00" in seen.words
    again = seen.form(f"{path}/hours")
    assert (again["starts-1"][0], again["date"]) == ("08:15", ["2030-12-24"])
    assert clinic.all("SELECT starts FROM working_hours WHERE provider_id = 100 AND weekday = 6") != []
    assert mine.post(f"{path}/hours", again).status == 303
    assert clinic.all("SELECT starts FROM working_hours WHERE provider_id = 100 AND weekday = 6") == []

    [(kind,)] = clinic.all("SELECT id FROM appointment_types WHERE name = 'General consultation'")
    form = mine.get(types).form(f"{types}/{kind}")
    theirs.submit(types, f"{types}/{kind}", {"durationMin": "25"})
    seen = mine.post(f"{types}/{kind}", {**form, "durationMin": ["50"]})
    assert seen.status == 412
    assert "25 min" in seen.words
    assert seen.form(f"{types}/{kind}")["durationMin"] == ["50"]
    assert mine.post(f"{types}/{kind}", seen.form(f"{types}/{kind}")).status == 303
    assert clinic.all("SELECT duration_min FROM appointment_types WHERE id = %s", kind) == [(50,)]


def test_the_last_owner_stays_and_hears_why(clinic: Clinic) -> None:
    browser = Browser.of()
    [(me,)] = clinic.all("SELECT user_id FROM members WHERE org_id = %s", clinic.org_id)
    seen = browser.post(f"/console/settings/members/{me}/remove")
    assert seen.status == 409
    assert "at least one owner" in seen.words


def test_who_leaves_is_told_so_and_sees_no_more_of_the_clinic(clinic: Clinic) -> None:
    admin = "7a1d3c58-93a4-4f0e-8c11-5d2e9b6f0a77"
    clinic.do("INSERT INTO members (org_id, user_id, role) VALUES (%s, %s, 'admin')", clinic.org_id, admin)
    browser = Browser.of(sub=admin)
    seen = browser.submit("/console/settings/members", f"/console/settings/members/{admin}/remove")
    assert seen.status == 200
    assert "You don't work at Maple Clinic any more" in seen.words
    assert seen.form("/console/sign-out")
    assert browser.get("/console/today").status == 403


def test_the_audit_log_is_taken_as_a_table(clinic: Clinic) -> None:
    clinic.book()
    browser = Browser.of()
    seen = browser.submit("/console/settings/privacy", "/console/settings/audit")
    assert seen.headers["content-type"] == "text/csv; charset=utf-8"
    assert seen.headers["content-disposition"].startswith("attachment; filename*=UTF-8''audit-")
    assert seen.text.startswith("id,at,actor_kind,")
    assert browser.post("/console/settings/audit", {"from": "", "to": ""}).status == 422


def test_a_callers_number_that_is_blocked_stands_in_no_address(clinic: Clinic) -> None:
    browser = Browser.of()
    page = "/console/settings/numbers"
    assert browser.submit(page, "/console/settings/blocked-callers", {"number": "604 555 0177"}).status == 303
    seen = browser.get(page)
    assert "+1 604 555 0177" in seen.words
    assert not [one for one in seen.page.xpath("//@action|//@href") if "5550177" in one]
    unblock = "/console/settings/blocked-callers/unblock"
    assert browser.submit(page, unblock).status == 303
    assert clinic.all("SELECT * FROM blocked_callers") == []


def test_where_people_answer_is_a_table_whose_empty_rows_are_none(clinic: Clinic) -> None:
    browser = Browser.of()
    path = "/console/settings/booking"
    form = browser.get(path).form(path)
    names = ("reason", "weekday", "starts", "ends", "number")
    first = {name: form[f"transferLines-{name}"][0] for name in names}
    assert first["number"] != ""
    row = ("billing", "2", "09:00", "12:00", "604 555 0188")
    typed = {f"transferLines-{name}": [first[name], value] for name, value in zip(names, row, strict=True)}

    assert browser.post(path, {**form, **typed}).status == 303

    lines = clinic.all(
        "SELECT reason, weekday, number FROM transfer_lines WHERE org_id = %s AND reason = 'billing'",
        clinic.org_id,
    )
    assert ("billing", 2, "+16045550188") in lines
    wrong = {**typed, "transferLines-number": [first["number"], "soon"]}
    refused = browser.post(path, {**browser.get(path).form(path), **wrong})
    assert refused.status == 422
    assert "soon" in refused.page.xpath("//input[@name='transferLines-number']/@value")


def test_the_most_visits_of_a_day_are_kept_and_taken_away(clinic: Clinic) -> None:
    browser = Browser.of()
    form = browser.get(RULES).form(RULES)
    caps = {"caps-providerId": "100", "caps-typeId": "", "caps-period": "day", "caps-most": "7"}
    assert browser.post(RULES, {**form, **caps}).status == 303
    assert [form_["caps-most"] for form_ in [browser.get(RULES).form(RULES)]] == [["7", "", ""]]
    again = browser.get(RULES).form(RULES)
    assert browser.post(RULES, {**again, "caps-most": ["", "", ""]}).status == 303
    assert browser.get(RULES).form(RULES)["caps-most"] == ["", ""]


def test_a_clinic_on_an_emr_sees_how_it_stands(clinic: Clinic) -> None:
    clinic.do("UPDATE organizations SET emr = 'oscar'")
    seen = Browser.of().get("/console/settings/calendars")
    assert seen.status == 200
    assert "Your EMR oscar" in seen.words


def test_what_another_changed_and_oneself_did_not_stays_as_they_left_it(clinic: Clinic) -> None:
    """Also after one has been told, and sends again."""
    first, second = Browser.of(), Browser.of()
    theirs = second.get(CLINIC).form(CLINIC)
    assert first.submit(CLINIC, CLINIC, {"address": "1 First Street"}).status == 303

    told = second.post(CLINIC, {**theirs, "name": "Cedar"})
    assert told.status == 412
    assert second.post(CLINIC, told.form(CLINIC)).status == 303

    assert clinic.all("SELECT name, address FROM organizations WHERE id = %s", clinic.org_id) == [
        ("Cedar", "1 First Street")
    ]


def test_a_day_of_many_stretches_keeps_them_all_and_each_its_place(clinic: Clinic) -> None:
    [(place,)] = clinic.all(
        "INSERT INTO locations (org_id, name) VALUES (%s, 'Upstairs') RETURNING id", clinic.org_id
    )
    clinic.do("DELETE FROM working_hours WHERE provider_id = 100 AND weekday = 1")
    for hour in range(8, 14):
        clinic.do(
            "INSERT INTO working_hours (org_id, provider_id, weekday, starts, ends, location_id)"
            " VALUES (%s, 100, 1, make_time(%s, 0, 0), make_time(%s, 30, 0), %s)",
            *(clinic.org_id, hour, hour, place),
        )
    browser = Browser.of()
    path = "/console/settings/people/100"
    form = browser.get(path).form(f"{path}/hours")
    form["starts-1"][0] = "07:30"

    assert browser.post(f"{path}/hours", form).status == 303

    hours = clinic.all(
        "SELECT to_char(starts, 'HH24:MI'), location_id FROM working_hours"
        " WHERE provider_id = 100 AND weekday = 1 ORDER BY 1"
    )
    assert hours == [(at, place) for at in ("07:30", "09:00", "10:00", "11:00", "12:00", "13:00")]


def test_a_second_stretch_of_a_date_stands_beside_the_first(clinic: Clinic) -> None:
    browser = Browser.of()
    path = "/console/settings/people/100"
    for starts, ends in (("09:00", "11:00"), ("13:00", "15:00")):
        typed = {"date": "2030-12-24", "dateStarts": starts, "dateEnds": ends}
        assert browser.submit(path, f"{path}/hours", typed).status == 303
    words = browser.get(path).words
    assert "09:00–11:00" in words
    assert "13:00–15:00" in words
