"""Every shape of a tool-call message, read as one."""

import json
from typing import Any

import pytest

from frontdesk.errors import Unclear
from frontdesk.vapi import messages

ASKED = {"specialty": "dermatology"}
CALL = messages.ToolCall("call_1", "get_providers", ASKED)
ITEMS: dict[str, dict[str, Any]] = {
    "under function, an object": {"function": {"name": "get_providers", "arguments": ASKED}},
    "under function, a string": {"function": {"name": "get_providers", "arguments": json.dumps(ASKED)}},
    "under function, as parameters": {"function": {"name": "get_providers", "parameters": ASKED}},
    "flat, an object": {"name": "get_providers", "arguments": ASKED},
    "flat, a string": {"name": "get_providers", "arguments": json.dumps(ASKED)},
    "flat, as parameters": {"name": "get_providers", "parameters": ASKED},
}
WRAPPER: dict[str, Any] = {
    "id": "id-of-the-tool",
    "type": "function",
    "async": False,
    "server": {"url": "https://tools.example.invalid", "secret": "REDACTED"},
    "function": {"name": "get_providers", "parameters": {"type": "object", "properties": {}}},
}


@pytest.mark.parametrize("name", ["toolCallList", "toolCalls"])
@pytest.mark.parametrize("item", ITEMS.values(), ids=ITEMS)
def test_a_call_is_read_from_either_plain_list_in_every_shape(name: str, item: dict[str, Any]) -> None:
    read = messages.tool_calls({"type": "tool-calls", name: [{"id": "call_1", "type": "function", **item}]})

    assert read.calls == (CALL,)


@pytest.mark.parametrize("item", ITEMS.values(), ids=ITEMS)
def test_inside_a_tools_own_definition_it_is_the_calls_id_that_counts(item: dict[str, Any]) -> None:
    wrapped = {**WRAPPER, "toolCall": {"id": "call_1", "type": "function", **item}}

    assert messages.tool_calls({"toolWithToolCallList": [wrapped]}).calls == (CALL,)


def test_a_wrapped_call_without_a_name_of_its_own_has_the_tools() -> None:
    under_function = {**WRAPPER, "toolCall": {"id": "call_1", "parameters": ASKED}}
    flat = {"type": "function", "name": "get_providers", "toolCall": {"id": "call_1", "parameters": ASKED}}

    assert messages.tool_calls({"toolWithToolCallList": [under_function]}).calls == (CALL,)
    assert messages.tool_calls({"toolWithToolCallList": [flat]}).calls == (CALL,)


def test_three_lists_that_describe_the_same_call_are_one_call() -> None:
    one = {"id": "call_1", "type": "function", **ITEMS["under function, an object"]}

    read = messages.tool_calls(
        {"toolCalls": [one], "toolCallList": [one], "toolWithToolCallList": [{**WRAPPER, "toolCall": one}]}
    )

    assert read.calls == (CALL,)


def test_an_empty_list_or_one_that_is_none_leaves_the_next_to_be_read() -> None:
    one = {"id": "call_1", **ITEMS["flat, an object"]}

    read = messages.tool_calls({"toolCallList": [], "toolCalls": None, "toolWithToolCallList": [one]})

    assert read.calls == (CALL,)


@pytest.mark.parametrize("sent", ["", "  ", "{}", {}, None])
def test_arguments_that_say_nothing_are_none_at_all(sent: Any) -> None:
    item = {"id": "call_1", "function": {"name": "get_providers", "arguments": sent}}

    assert messages.tool_calls({"toolCallList": [item]}).calls[0].arguments == {}


@pytest.mark.parametrize("sent", ["[]", [], ["a"], "3", 3, True, "null", "{", "[" * 100_000, '"text"'])
def test_arguments_that_are_no_object_are_told_from_empty_ones(sent: Any) -> None:
    item = {"id": "call_1", "function": {"name": "get_providers", "arguments": sent}}

    assert messages.tool_calls({"toolCallList": [item]}).calls[0].arguments is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"not json",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 5_000,
        b'"text"',
        b"[]",
    ],
    ids=["empty", "cut", "words", "bytes", "brackets", "objects", "digits", "text", "list"],
)
def test_a_body_without_a_json_object_is_said_to_be_unclear(body: bytes) -> None:
    with pytest.raises(Unclear):
        messages.read(body)


@pytest.mark.parametrize("message", [{}, {"toolCallList": []}, {"toolCallList": "x"}, {"type": "hang"}])
def test_a_message_without_tool_calls_is_said_to_be_unclear(message: dict[str, Any]) -> None:
    with pytest.raises(Unclear):
        messages.tool_calls(message)


def test_of_an_envelope_full_of_wrong_types_nothing_is_believed() -> None:
    wrong: Any = {"call": [], "customer": "x", "phoneNumber": 3}
    worse: Any = {"call": {"id": 7, "type": {}, "customer": [], "monitor": 1, "squadId": []}}

    nothing = messages.Conversation("", "", "", "", (), "")
    assert messages.conversation(wrong) == messages.conversation(worse) == nothing


def test_the_callers_and_the_called_number_are_found_in_either_place() -> None:
    beside = {"customer": {"number": "+16045550123"}, "phoneNumber": {"number": "+16045550100"}}

    for message in (beside, {"call": beside}):
        read = messages.conversation(message)
        assert (read.caller_number, read.called_number) == ("+16045550123", "+16045550100")
