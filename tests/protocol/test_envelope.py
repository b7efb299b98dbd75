"""What may arrive at a tool's function: whole messages, several calls at once, and what is no message."""

import json
from pathlib import Path
from typing import Any

import pytest

from frontdesk.serving import LONGEST_BODY
from frontdesk.speech import sentences
from tests.clinic import HARBOUR_NUMBER, MAPLE_NUMBER, Clinic, invoke, signed
from tests.protocol.tables import changed, counted

EVENTS = Path(__file__).parents[2] / "events"
LINE_NOT_SET_UP = sentences.LINE_NOT_SET_UP.en


def results(clinic: Clinic, tool: str, message: dict[str, Any]) -> list[dict[str, Any]]:
    status, answer = clinic.post(tool, json.dumps({"message": message}).encode())
    assert status == 200
    return answer["results"]


def function(name: str, id: str = "call_1", **arguments: Any) -> dict[str, Any]:
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def test_a_real_message_is_answered(clinic: Clinic) -> None:
    body = (EVENTS / "vapi_tool_calls.json").read_bytes()

    status, answer = clinic.post("search_patient_by_phone", body)

    [item] = answer["results"]
    assert (status, item["name"], item["toolCallId"]) == (200, "search_patient_by_phone", "call_0001")
    assert json.loads(item["result"])["firstName"] == "John"


def test_a_real_message_from_later_in_a_call_is_answered_for_its_own_call_only(clinic: Clinic) -> None:
    """Its history tells of earlier tool calls, which are not asked again."""
    body = (EVENTS / "vapi_tool_calls_later_in_call.json").read_bytes()

    _, answer = clinic.post("get_providers", body)

    [item] = answer["results"]
    assert item["toolCallId"] == "call_0003"
    assert [p["name"] for p in json.loads(item["result"])["providers"]] == ["Dr. James O'Neil"]
    assert clinic.post("search_patient_by_phone", body)[1] == {"results": []}


@pytest.mark.parametrize("name", ["toolCallList", "toolCalls", "toolWithToolCallList"])
def test_each_list_alone_is_answered(clinic: Clinic, name: str) -> None:
    one = function("get_providers", specialty="dermatology")
    tool = {"id": "the-tools-own-id", "type": "function", "function": {"name": "get_providers"}}
    message = clinic.message("get_providers", {})
    del message["toolCallList"], message["toolCalls"]
    message[name] = [{**tool, "toolCall": one} if name == "toolWithToolCallList" else one]

    [item] = results(clinic, "get_providers", message)

    assert item["toolCallId"] == "call_1"
    assert [p["providerId"] for p in json.loads(item["result"])["providers"]] == ["102"]


def test_all_three_lists_at_once_are_one_call_and_one_registered_person(clinic: Clinic) -> None:
    one = function("add_to_waitlist", firstName="Ada", lastName="Lind", phone="+16045550177")
    message = clinic.message("add_to_waitlist", {})
    message |= {"toolCallList": [one], "toolCalls": [one], "toolWithToolCallList": [{"toolCall": one}]}

    [item] = results(clinic, "add_to_waitlist", message)

    assert json.loads(item["result"])["wasAlready"] is False
    assert clinic.all("SELECT count(*) FROM waitlist") == [(1,)]
    assert clinic.all("SELECT count(*) FROM tool_calls") == [(1,)]


def test_several_calls_are_answered_in_the_order_asked_and_none_sinks_the_others(clinic: Clinic) -> None:
    message = clinic.message("add_to_waitlist", {})
    message["toolCallList"] = [
        function("add_to_waitlist", "a", firstName="Ada", lastName="Lind", phone="+16045550177"),
        function("add_to_waitlist", "b", firstName="No", lastName="Number", phone="12"),
        {"id": "c", "function": {"name": "add_to_waitlist", "arguments": "[1]"}},
        {"function": {"name": "add_to_waitlist", "arguments": {}}},
        function("add_to_waitlist", "e", firstName="Eve", lastName="Moss", phone="+16045550178"),
    ]

    items = results(clinic, "add_to_waitlist", message)

    assert [item["toolCallId"] for item in items] == ["a", "b", "c", "", "e"]
    assert [("result" in item, "error" in item) for item in items] == [
        (True, False),
        (True, False),
        (False, True),
        (False, True),
        (True, False),
    ]
    assert [json.loads(items[n]["result"])["waitlisted"] for n in (0, 1, 4)] == [True, False, True]
    assert clinic.all("SELECT first_name FROM waitlist ORDER BY id") == [("Ada",), ("Eve",)]


def test_other_tools_calls_in_the_message_are_left_to_their_own_functions(clinic: Clinic) -> None:
    message = clinic.message("get_providers", {})
    message["toolCallList"] = [
        function("get_clinic_info", "a"),
        function("get_providers", "b"),
        function("no_such_tool", "c"),
        function("get_providers", "d"),
    ]

    assert [i["toolCallId"] for i in results(clinic, "get_providers", message)] == ["b", "d"]
    assert [i["toolCallId"] for i in results(clinic, "get_clinic_info", message)] == ["a"]
    assert results(clinic, "cancel_appointment", message) == []


def test_a_call_without_an_id_is_not_made(clinic: Clinic) -> None:
    before = counted(clinic.owner_url)
    message = clinic.message("add_to_waitlist", {})
    message["toolCallList"] = [function("add_to_waitlist", firstName="A", lastName="B", phone="+16045550177")]
    del message["toolCallList"][0]["id"]

    [item] = results(clinic, "add_to_waitlist", message)

    assert item["error"] == "The tool call has no id, so nothing was done."
    assert counted(clinic.owner_url) == before


def test_arguments_that_are_no_object_are_an_error_and_change_nothing(clinic: Clinic) -> None:
    before = counted(clinic.owner_url)

    for sent in ([], ["a"], "[]", "{", 3, True, "[" * 100_000, '{"name":' * 20_000):
        item = clinic.asked("cancel_appointment", sent)
        assert item["error"] == "The arguments are not an object; send them as one. Nothing was done."
    assert counted(clinic.owner_url) == before


def test_proven_bodies_that_are_no_tool_calls_get_an_error_with_status_200(clinic: Clinic) -> None:
    before = counted(clinic.owner_url)

    for body in (
        b"",
        b"not json",
        b"{",
        b"[]",
        b'"text"',
        b"NaN",
        b"[" * 100_000,
        b'{"message":' * 80_000,
        b'{"message":{"type":"tool-calls"}}',
        b'{"message":{"type":"tool-calls","toolCallList":[]}}',
        b'{"message":{"type":"status-update","status":"ended"}}',
    ):
        status, answer = clinic.post("create_appointment", body)
        assert (status, set(answer)) == (200, {"error"}), body[:40]
        assert answer["error"].endswith(".")
        assert "\n" not in answer["error"]
    assert counted(clinic.owner_url) == before


def test_arguments_nested_however_deep_are_answered_without_failing(clinic: Clinic) -> None:
    """The reader, the hash and the validator each have a depth of their own."""
    for depth in (50, 200, 400, 800, 900, 950, 980, 1_500, 4_000, 10_000, 20_000, 100_000):
        message = json.dumps({"message": clinic.message("get_providers", {"specialty": "@"})})
        body = message.replace('"@"', "[" * depth + "]" * depth).encode()
        status, answer = clinic.post("get_providers", body)
        assert status == 200
        if "error" in answer:
            assert answer["error"] == "The body is not JSON."
        else:
            [item] = answer["results"]
            assert json.loads(item["result"])["found"] is False, depth


def test_a_number_that_json_does_not_know_is_only_an_argument_not_understood(clinic: Clinic) -> None:
    body = json.dumps({"message": clinic.message("cancel_appointment", {"appointmentId": float("nan")})})
    assert "NaN" in body

    [item] = clinic.post("cancel_appointment", body.encode())[1]["results"]

    assert json.loads(item["result"])["cancelled"] is False


def test_a_body_over_the_limit_is_refused_with_413_and_one_at_the_limit_is_read(clinic: Clinic) -> None:
    message = clinic.message("get_clinic_info", {})
    body = json.dumps({"message": message}).encode()
    fits = body + b" " * (LONGEST_BODY - len(body))

    assert clinic.post("get_clinic_info", fits)[0] == 200
    status, answer = clinic.post("get_clinic_info", fits + b" ")
    assert (status, set(answer)) == (413, {"error"})


def test_bare_arguments_get_plain_json_back(clinic: Clinic) -> None:
    body = b'{"specialty": "dermatology"}'
    headers = signed(body) | {"x-called-number": MAPLE_NUMBER, "x-call-id": "call-9"}

    status, answer = clinic.post("get_providers", body, headers)

    assert status == 200
    assert [p["providerId"] for p in answer["providers"]] == ["102"]
    assert answer["say"].startswith("You can see")
    assert clinic.all("SELECT id, kind FROM calls") == [("bare-call-9", "bare")]


def test_bare_arguments_count_the_caller_as_unproven_even_on_a_patients_number(clinic: Clinic) -> None:
    clinic.do("UPDATE organizations SET identity_proof = 'phone'")
    body = b'{"phone": "0000000000"}'
    headers = signed(body) | {"x-called-number": MAPLE_NUMBER, "x-caller-number": str(clinic.caller)}

    _, answer = clinic.post("search_patient_by_phone", body, headers)

    assert answer["found"] is False
    assert "John" not in json.dumps(answer)
    assert clinic.ask("search_patient_by_phone", phone="0000000000")["found"] is True


def test_bare_arguments_that_name_a_call_are_not_proven_by_it(clinic: Clinic) -> None:
    """A signature covers the body, not the headers: a replayed body could name anybody's call."""
    clinic.prove_john()
    body = b'{"startDate": "2026-01-01", "endDate": "2030-01-01"}'

    _, answer = clinic.post(
        "check_appointments",
        body,
        signed(body) | {"x-called-number": MAPLE_NUMBER, "x-call-id": clinic.call},
    )

    assert (answer["found"], answer["appointments"]) == (False, [])
    assert "date of birth" in answer["say"]


def test_bare_arguments_without_a_clinic_or_for_no_clinic_find_a_line_not_set_up(clinic: Clinic) -> None:
    before = counted(clinic.owner_url)

    for more in ({}, {"x-called-number": "+16045550999"}, {"x-called-number": "é"}):
        assert clinic.post("get_clinic_info", b"{}", signed(b"{}") | more) == (
            200,
            {"error": LINE_NOT_SET_UP},
        )
    assert counted(clinic.owner_url) == before


def test_a_bare_refusal_is_plain_json_too(clinic: Clinic) -> None:
    body = b'{"appointmentId": 1}'
    answer = clinic.post("cancel_appointment", body, signed(body) | {"x-called-number": MAPLE_NUMBER})[1]

    assert answer["cancelled"] is False
    assert answer["say"]


def test_a_caller_without_a_number_is_nobody_known_and_can_still_ask(clinic: Clinic) -> None:
    clinic.caller = None

    assert clinic.ask("search_patient_by_phone", phone="0000000000")["found"] is False
    assert clinic.ask("find_earliest_appointment")["found"] is True
    assert clinic.all("SELECT caller_number FROM calls") == [(None,)]


def test_a_withheld_number_is_no_number(clinic: Clinic) -> None:
    for number, hidden in enumerate(("+266696687", "anonymous", "Restricted", "+7378742833", "0000000000")):
        clinic.ask("get_clinic_info", caller=hidden, call=f"call-{number}")

    assert clinic.all("SELECT DISTINCT caller_number FROM calls") == [(None,)]


def test_the_called_number_is_known_however_it_is_written(clinic: Clinic) -> None:
    for clinic.number in (
        "+16045550100",
        "(604) 555-0100",
        "1-604-555-0100",
        "604.555.0100",
        "+1 604 555 0100",
        " 16045550100 ",
        "（６０４）５５５－０１００",
        "＋１６０４５５５０１００",
        "tel:+1-604-555-0100",
    ):
        assert clinic.ask("get_clinic_info")["name"] == "Maple Clinic", clinic.number


def test_a_number_that_is_no_clinics_reaches_no_clinic(clinic: Clinic) -> None:
    """Not the first one, nor the one whose assistant answered."""
    clinic.do("INSERT INTO vapi_entries (vapi_id, org_id) VALUES ('squad-1', %s)", clinic.org_id)
    before = counted(clinic.owner_url)
    message = clinic.message("get_clinic_info", {})
    message["call"]["squadId"] = "squad-1"

    for dialled in ("+16045550101", "+1604555010", "+160455501000", "604", "x", "\x00", "'", "%", " "):
        message["phoneNumber"] = {"number": dialled}
        [item] = results(clinic, "get_clinic_info", message)
        assert item.get("error") == LINE_NOT_SET_UP, dialled
    assert counted(clinic.owner_url) == before


def test_no_called_number_and_no_known_id_reaches_no_clinic(clinic: Clinic) -> None:
    clinic.number = ""

    assert clinic.error("get_clinic_info") == LINE_NOT_SET_UP


@pytest.mark.parametrize("key", ["squadId", "assistantId"])
def test_a_call_from_the_browser_finds_its_clinic_by_squad_or_assistant(
    clinic: Clinic, harbour: Clinic, key: str
) -> None:
    clinic.do("INSERT INTO vapi_entries (vapi_id, org_id) VALUES ('maples', %s)", clinic.org_id)
    harbour.do("INSERT INTO vapi_entries (vapi_id, org_id) VALUES ('harbours', %s)", harbour.org_id)
    clinic.number, clinic.caller, clinic.kind = "", None, "webCall"

    for vapi_id, name in (("maples", "Maple Clinic"), ("harbours", "Harbour Clinic")):
        message = clinic.message("get_clinic_info", {}, call=f"web-{vapi_id}")
        message["call"][key] = vapi_id
        [item] = results(clinic, "get_clinic_info", message)
        assert json.loads(item["result"])["name"] == name
    message["call"][key] = "nobodys"
    assert results(clinic, "get_clinic_info", message)[0]["error"] == LINE_NOT_SET_UP


def test_only_an_inbound_telephone_call_makes_the_callers_number_count(clinic: Clinic) -> None:
    for clinic.kind in ("webCall", "vapi.websocketCall", "outboundPhoneCall", ""):
        for phone in ("0000000000", str(clinic.caller)):
            assert clinic.ask("search_patient_by_phone", call=clinic.kind, phone=phone)["found"] is False

    clinic.kind = "inboundPhoneCall"
    assert clinic.ask("search_patient_by_phone", call="call-2", phone="0000000000")["found"] is True


def test_what_the_model_says_of_the_clinic_changes_nothing(clinic: Clinic, harbour: Clinic) -> None:
    answer = clinic.ask(
        "get_clinic_info", orgId=harbour.org_id, org_id=harbour.org_id, phoneNumber=HARBOUR_NUMBER
    )

    assert answer["name"] == "Maple Clinic"


def test_a_call_id_of_any_kind_is_kept_or_stood_in_for(clinic: Clinic) -> None:
    strange = ["", "é" * 300, "\x00", "a\nb", "\ud800", "; DROP TABLE calls"]

    for call_id in strange:
        message = clinic.message("get_clinic_info", {})
        message["call"]["id"] = call_id
        [item] = results(clinic, "get_clinic_info", message)
        assert json.loads(item["result"])["name"] == "Maple Clinic"
    assert clinic.all("SELECT count(*) FROM calls") == [(len(strange),)]


def test_a_tool_call_id_of_any_kind_comes_back_as_it_was(clinic: Clinic) -> None:
    for tool_call_id in ("é" * 300, "\x00", "a\nb", "x" * 10_000, "'; DROP TABLE calls; --"):
        assert clinic.asked("get_clinic_info", {}, id=tool_call_id)["toolCallId"] == tool_call_id


def test_an_answer_can_always_be_sent_as_utf8(clinic: Clinic) -> None:
    """The runtime encodes the body; half a character in an id must not keep it from that."""
    body = json.dumps({"message": clinic.message("get_clinic_info", {}, id="\ud800")}).encode()

    answer = invoke("get_clinic_info", body, signed(body))

    assert json.loads(answer["body"].encode())["results"][0]["toolCallId"] == "\ud800"


def test_what_a_call_changes_is_its_own_record_only(clinic: Clinic) -> None:
    before = counted(clinic.owner_url)

    clinic.ask("get_clinic_info")

    assert changed(before, counted(clinic.owner_url)) == {"calls", "tool_calls", "audit_log"}


@pytest.mark.parametrize("kind", ["inboundPhoneCall", "outboundPhoneCall"])
def test_a_telephone_call_without_a_called_number_is_never_guessed_to_be_somebodys(
    clinic: Clinic, kind: str
) -> None:
    clinic.do("INSERT INTO vapi_entries (vapi_id, org_id) SELECT 'the-shared-squad', id FROM organizations")
    message = clinic.message("get_clinic_info", {})
    message["phoneNumber"] = {"id": "a-number-of-vapis"}
    message["call"] |= {"type": kind, "squadId": "the-shared-squad"}

    _, answer = clinic.post("get_clinic_info", json.dumps({"message": message}).encode())

    assert "isn't set up" in answer["results"][0]["error"]
