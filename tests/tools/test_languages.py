"""What is said, is said in the call's language: every sentence of every tool, in Chinese."""

import re
from dataclasses import fields
from string import Formatter
from typing import Any

import pytest

from frontdesk.speech import sentences
from frontdesk.speech.sentences import ASK, Sentence
from gitops import tools
from tests.clinic import FAMILY, MEILING, Clinic
from tests.tools import visits
from tests.tools.visits import SATURDAY, SUNDAY, at, day

HAN = re.compile(r"[一-鿿]")
ENGLISH = re.compile(r"\b[A-Za-z']+ [a-z']+\b|\b(?:I|you|the|with|at|or|and|is|to)\b")
"""Two words of a sentence, or one that is in most; names and addresses are written in capitals."""

EVERY_SENTENCE = {
    **{name: value for name, value in vars(sentences).items() if isinstance(value, Sentence)},
    **{f"ASK {name}": value for name, value in ASK.items()},
}


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("name", EVERY_SENTENCE)
def test_a_sentence_has_the_same_blanks_in_both_languages(name: str) -> None:
    sentence = EVERY_SENTENCE[name]

    assert {field.name for field in fields(sentence)} == {"en", "zh"}
    assert blanks(sentence.zh) == blanks(sentence.en)
    assert not HAN.search(sentence.en)
    assert re.fullmatch(r"(?:\{\w+\}|[一-鿿]|[，。？；：、《》])+", sentence.zh)


def test_the_checks_below_can_tell_english() -> None:
    for sentence in EVERY_SENTENCE.values():
        assert ENGLISH.search(sentence.en) or sentence.en == "Noted.", sentence.en
        assert not ENGLISH.search(sentence.zh)


@pytest.fixture
def chinese(clinic: Clinic) -> Clinic:
    """Maple's line, were Chinese its first language; John calls."""
    clinic.do("UPDATE organizations SET languages = '{zh,en}'")
    return clinic


def said(answer: dict[str, Any]) -> str:
    """What is spoken, having seen that it is Chinese."""
    assert HAN.search(answer["say"]), answer["say"]
    assert not ENGLISH.search(answer["say"]), answer["say"]
    return answer["say"]


def test_a_chinese_caller_is_recognised_offered_a_time_and_booked(chinese: Clinic) -> None:
    chinese.caller = MEILING

    found = chinese.ask("search_patient_by_phone", phone="0000000000")
    assert said(found) == "我找到了陈美玲的档案。"
    proven = chinese.ask("search_patient", name="陈 美 玲", dateOfBirth="一九八五年七月二日")
    assert said(proven) == "谢谢您，陈美玲，我已经找到您的档案。"
    offer = chinese.ask("find_earliest_appointment", startDate=str(day()), timeOfDay="下午")
    assert said(offer).startswith("最早是")
    assert said(offer).endswith("下午一点，陈伟医生。您看可以吗？")
    assert (offer["day"], offer["clinicName"]) == ("星期一", "枫叶诊所")
    booked = visits.create(
        chinese, offer["startTime"], appointmentType="看病", reason="喉咙痛", language="zh"
    )
    assert said(booked).startswith("已为您预约陈伟医生，")
    assert said(booked).endswith("下午一点。")
    listed = chinese.ask("check_appointments", startDate="今天", endDate=str(day()), findAvailable=True)
    assert said(listed).startswith("您有以下预约：")
    assert "普通门诊" in said(listed)
    assert "可以预约的时间：" in said(listed)
    moved = chinese.ask("update_appointment", appointmentId=booked["appointmentId"], newStartTime=at("15:00"))
    assert said(moved).startswith("您的预约已改为陈伟医生，")
    assert said(moved).endswith("下午三点。")
    cancelled = chinese.ask("cancel_appointment", appointmentId=booked["appointmentId"])
    assert said(cancelled).startswith("已取消您")
    again = chinese.ask("cancel_appointment", appointmentId=booked["appointmentId"])
    assert said(again) == "这个预约之前已经取消了。"


@pytest.mark.parametrize("written", ["陈伟医生", None])
def test_a_doctor_has_one_name_in_a_chinese_call(chinese: Clinic, written: str | None) -> None:
    chinese.do("UPDATE providers SET name_zh = %s WHERE id = 100", written)
    chinese.do("DELETE FROM working_hours WHERE provider_id <> 100")
    chinese.prove_john()

    name = written or "Wei Chen 医生"
    offer = chinese.ask("find_earliest_appointment", startDate=str(day()), providerName=name)
    assert name in said(offer)
    assert [offer["providerName"], *(one["providerName"] for one in offer["alternatives"])] == [name] * 3
    booked = visits.create(chinese, offer["startTime"], language="zh")
    assert name in said(booked)
    assert booked["providerName"] == name
    [listed] = chinese.ask("check_appointments", startDate="今天", endDate=str(day()))["appointments"]
    assert listed["providerName"] == name
    assert chinese.ask("get_providers")["providers"][0]["name"] == name


def test_what_the_clinic_says_of_itself_is_chinese(chinese: Clinic) -> None:
    info = chinese.ask("get_clinic_info")
    spoken = info["say"].replace(info["address"], "")  # an address is what stands on the door
    assert HAN.search(spoken)
    assert not ENGLISH.search(spoken)
    assert (info["name"], info["hours"][:5]) == ("枫叶诊所", "星期一到星")
    assert said(chinese.ask("get_providers")) == "您可以预约陈伟医生、夏尔马医生或奥尼尔医生。"
    said(chinese.ask("get_providers", specialty="神经外科"))


def test_every_no_of_the_searches_is_chinese(chinese: Clinic) -> None:
    said(chinese.ask("search_patient_by_phone", phone=MEILING))
    said(chinese.ask("search_patient_by_phone", call="family", caller=FAMILY, phone=""))
    said(chinese.ask("search_patient", name=""))
    said(chinese.ask("search_patient", call="family", caller=FAMILY, name="Field"))
    said(chinese.ask("search_patient", name="Field"))
    said(chinese.ask("search_patient_by_phone", phone="", dateOfBirth="二月三十日"))
    for _ in range(5):
        said(chinese.ask("search_patient_by_phone", phone="", dateOfBirth="1990-01-16"))
    last = chinese.ask("search_patient_by_phone", phone="", dateOfBirth="1990-01-15")
    assert last["transfer"] is True
    said(last)


def test_every_no_to_the_unproven_is_chinese(chinese: Clinic) -> None:
    said(chinese.ask("get_patient"))
    said(chinese.ask("check_appointments", startDate="今天", endDate="明天"))
    said(chinese.ask("cancel_appointment", appointmentId=1))
    said(chinese.ask("update_appointment", appointmentId=1, newStartTime=at("10:00")))
    said(visits.create(chinese, at("10:00"), language="zh"))


def test_every_no_of_booking_is_chinese(chinese: Clinic) -> None:
    john = chinese.prove_john()
    said(chinese.ask("get_patient"))
    said(chinese.ask("get_patient", demographicId=visits.id_of(chinese, "Meiling")))
    said(chinese.ask("check_appointments", startDate="今天", endDate=str(day())))
    visits.insert(chinese, at("10:00"), patient=visits.id_of(chinese, "Meiling"))
    own = visits.insert(chinese, at("11:00"), patient=john)
    wrong: list[dict[str, Any]] = [
        {"startTime": at("10:00")},
        {"startTime": at("12:00")},
        {"startTime": "2020-01-06T10:00:00"},
        {"startTime": at("10:00", day(weeks=40))},
        {"startTime": "two-ish"},
        {"providerId": "999"},
        {"appointmentType": "root canal"},
        {"demographicId": visits.id_of(chinese, "Meiling")},
        {"reason": None},
    ]
    for changes in wrong:
        answer = visits.create(chinese, at("09:00"), **{"language": "zh", **changes})
        assert answer["status"] == "NOT_BOOKED"
        said(answer)
    for start in (at("10:00"), at("12:00"), "2020-01-06T10:00:00", at("10:00", day(weeks=40))):
        said(chinese.ask("update_appointment", appointmentId=own, newStartTime=start))
    said(chinese.ask("update_appointment", appointmentId=own, newStartTime=at("09:00"), newProviderId="999"))
    said(chinese.ask("update_appointment", appointmentId=999_999, newStartTime=at("09:00")))
    said(chinese.ask("cancel_appointment", appointmentId=999_999))
    said(chinese.ask("cancel_appointment", appointmentId="那个"))
    chinese.ask("cancel_appointment", appointmentId=own)
    said(chinese.ask("update_appointment", appointmentId=own, newStartTime=at("09:00")))
    said(chinese.ask("find_earliest_appointment", startDate=str(day(SATURDAY)), endDate=str(day(SUNDAY))))
    said(chinese.ask("find_earliest_appointment", providerName="王医生"))
    said(chinese.ask("find_earliest_appointment", timeOfDay="改天"))
    chinese.do("UPDATE organizations SET horizon_days = 1; DELETE FROM working_hours")
    said(visits.create(chinese, at("09:00"), language="zh"))


def test_registering_waiting_and_the_end_of_the_call_are_chinese(chinese: Clinic) -> None:
    person = {
        "firstName": "伟",
        "lastName": "王",
        "dateOfBirth": "1988年4月9日",
        "gender": "男",
        "phone": "六零四五五五零一五零",
        "address": "12 Example Street",
        "city": "温哥华",
        "postalCode": "V6B 1A1",
        "healthCardType": "NONE",
        "language": "zh",
    }
    for missing in [key for key in person if key != "language"]:
        said(chinese.ask("register_new_patient", **{**person, missing: None}))
    said(chinese.ask("register_new_patient", **{**person, "healthCardType": "BC"}))
    assert said(chinese.ask("register_new_patient", **person)) == "王伟，欢迎您，已经登记好了。"
    said(chinese.ask("register_new_patient", call="another", **person))
    waiting = {key: person[key] for key in ("firstName", "lastName", "phone")}
    said(chinese.ask("add_to_waitlist", **waiting))
    said(chinese.ask("add_to_waitlist", **waiting))
    said(chinese.ask("transfer_call", reason="billing"))
    chinese.do("DELETE FROM transfer_lines")
    said(chinese.ask("transfer_call", reason="billing"))
    said(chinese.ask("log_call_metadata", language="zh", callOutcome="registered"))
    said(chinese.ask("log_call_metadata", language="zh", callOutcome="registered", appointmentId=1))
    chinese.do("UPDATE organizations SET accepting_new_patients = false")
    said(chinese.ask("register_new_patient", call="a-third", **person))


def test_a_call_speaks_the_language_a_tool_was_last_told(clinic: Clinic) -> None:
    clinic.prove_john()
    assert clinic.ask("get_providers")["say"].startswith("You can see ")

    assert said(visits.create(clinic, at("10:00"), language="zh")).startswith("已为您预约")

    said(clinic.ask("get_providers"))
    assert clinic.ask("get_providers", call="call-2")["say"].startswith("You can see ")
    visits.create(clinic, at("11:00"), language="en")
    assert clinic.ask("get_providers")["say"].startswith("You can see ")


@pytest.mark.parametrize("tool", tools.catalogue(), ids=lambda tool: tool.name)
def test_the_first_tool_of_a_call_speaks_the_language_it_is_told(clinic: Clinic, tool: tools.AnyTool) -> None:
    assert HAN.search(clinic.ask(tool.name, **{**tool.example, "language": "zh"})["say"])


def test_a_language_is_understood_by_any_of_its_names(clinic: Clinic) -> None:
    named = {
        "You can see ": ["en", "EN-us", "en_CA", " English ", "英语", "英文", "English (Canada)"],
        "您可以预约": [
            "zh",
            "zh-CN",
            "zh_Hans",
            "Chinese",
            "mandarin",
            "Mandarin Chinese",
            "中文（普通话）",
            "國語",
        ],
    }
    for begins, names in named.items():
        clinic.do("UPDATE organizations SET languages = %s", ["zh" if begins.isascii() else "en"])
        for name in names:
            answer = clinic.ask("get_providers", call=f"in {name}", language=name)
            assert answer["say"].startswith(begins), name


@pytest.mark.parametrize("sent", ["", None, "Klingon", "English or Chinese", "中英文", 7, ["zh"], {"zh": 1}])
def test_what_names_no_language_changes_none_and_stops_nothing(clinic: Clinic, sent: object) -> None:
    clinic.prove_john()
    clinic.ask("get_providers", language="zh")

    said(visits.create(clinic, at("10:00"), language=sent))

    assert visits.standing(clinic) == [(100, at("10:00"))]
    clinic.ask("get_providers", language="en")
    assert clinic.ask("get_providers", language=sent)["say"].startswith("You can see ")


def test_a_new_patient_speaks_what_the_call_does(clinic: Clinic) -> None:
    clinic.ask("get_clinic_info", language="zh")
    example = {tool.name: tool.example for tool in tools.catalogue()}["register_new_patient"]

    new = clinic.ask("register_new_patient", **{**example, "language": None})

    assert clinic.all("SELECT language FROM patients WHERE id = %s", new["id"]) == [("zh",)]


def test_even_a_refusal_is_in_the_language_just_told(clinic: Clinic) -> None:
    clinic.prove_john()

    said(visits.create(clinic, at("12:00"), language="zh"))


def test_a_tool_that_fails_says_so_in_chinese(chinese: Clinic) -> None:
    chinese.ask("get_providers")
    chinese.do("ALTER TABLE working_hours RENAME TO lost_hours")

    error = chinese.error("find_earliest_appointment")

    assert HAN.search(error)
    assert not ENGLISH.search(error)
