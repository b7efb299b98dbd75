"""Whatever a model sends, every tool answers: a result or a question, and only its own tables change."""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontdesk.tool import Tool
from tests.clinic import Clinic
from tests.protocol.tables import OF_EVERY_CALL, changed, counted

pytestmark = pytest.mark.slow

TOOLS = sorted(
    path.parent.name for path in (Path(__file__).parents[2] / "functions" / "tools").glob("*/tool.py")
)
WRITES = {
    "add_to_waitlist": {"waitlist", "notifications"},
    "cancel_appointment": {"notifications", "text_messages"},
    "create_appointment": {"appointments", "notifications", "text_messages"},
    "find_earliest_appointment": {"appointments"},
    "forget_me": {"caller_memories", "memory_refusals"},
    "log_call_metadata": {"call_outcomes", "appointments"},
    "register_new_patient": {"patients", "patient_name_keys"},
    "stop_calling": {"do_not_call"},
    "transfer_call": {"transfers", "notifications"},
    "update_appointment": {"notifications", "text_messages"},
}
"""The tables in which a tool may gain or lose rows, beside the records of every call."""
NASTY: tuple[Any, ...] = (
    "'; DROP TABLE patients; --",
    "' OR '1'='1",
    "1); DELETE FROM appointments; SELECT (1",
    "$$; TRUNCATE calls; $$",
    "\\'; SELECT pg_sleep(60); --",
    "%s %(org_id)s %% {0} {name} {name.__class__}",
    "(SELECT phone FROM patients LIMIT 1)",
    "*/ UNION SELECT * FROM patients /*",
    "\x00",
    "a\x00b",
    "\ud800",
    "\u202e\u2066evil",
    "🙂🏽‍♀️" * 40,
    "مرحبا",
    "陈" * 999,
    "x" * 100_000,
    "9" * 400,
    "1e999",
    "-1",
    "0",
    "９２２３３７２０３６８５４７７５８０８",
    "2019-02-30",
    "9999-12-31",
    "0001-01-01",
    "2026-03-08T02:30:00",
    "2026-11-01T01:30:00-08:00",
    "2026-03-02T25:61:61",
    "{}",
    "null",
    "any",
    "任何",
    0,
    -1,
    1.5,
    1e308,
    float("nan"),
    float("inf"),
    2**63,
    10**30,
    True,
    [],
    [None, 1, {"a": "b"}],
    ["2026-03-02"] * 1000,
    {},
    {"$gt": ""},
)


def definition(name: str) -> Tool[Any]:
    return importlib.import_module(f"functions.tools.{name}.tool").TOOL


def sample(tool: Tool[Any], clinic: Clinic) -> dict[str, Any]:
    """The definition's own example as sent, with the ids of a caller who is proven in the call `proven`."""
    tool.ready()
    good = dict(tool.example)
    booked = clinic.book(call="proven")
    next_offer = clinic.ask("find_earliest_appointment", call="proven")
    real = {
        "demographicId": clinic.prove_john(call="proven"),
        "appointmentId": booked["appointmentId"],
        "startTime": next_offer["startTime"],
        "newStartTime": next_offer["startTime"],
        "startDate": next_offer["date"],
        "endDate": next_offer["date"],
    }
    return {**good, **{key: real[key] for key in real.keys() & set(fields(tool))}}


def fields(tool: Tool[Any]) -> list[str]:
    return [str(info.alias) for info in tool.arguments.model_fields.values()]


def assert_answered(clinic: Clinic, tool: str, arguments: Any, *, call: str) -> None:
    item = clinic.asked(tool, arguments, call=call)
    assert "result" in item, (item, arguments)
    answer = json.loads(item["result"])
    assert answer["say"]
    assert len(item["result"].splitlines()) == 1
    assert "sqlstate" not in item["result"]


def nasty_arguments(tool: Tool[Any], good: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for nasty in NASTY:
        for name in fields(tool):
            yield {**good, name: nasty}
        # Shorter, or fifteen of them would be over what a body may hold.
        yield dict.fromkeys(fields(tool), nasty[:10_000] if isinstance(nasty, str) else nasty)


@pytest.mark.parametrize("name", TOOLS)
def test_no_word_in_any_argument_fails_a_tool_or_touches_another_table(clinic: Clinic, name: str) -> None:
    tool = definition(name)
    good, before = sample(tool, clinic), counted(clinic.owner_url)

    for number, arguments in enumerate(nasty_arguments(tool, good)):
        # Searches by a wrong birth date end a call after five, so they get one each.
        assert_answered(clinic, name, arguments, call=f"call-{number}" if "search" in name else "proven")

    assert changed(before, counted(clinic.owner_url)) <= OF_EVERY_CALL | WRITES.get(name, set())
    assert clinic.all("SELECT DISTINCT outcome FROM tool_calls WHERE outcome IN ('failed', 'running')") == []


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=40)
    | st.dates().map(str)
    | st.sampled_from(["en", "zh", "any", "tomorrow", "2:30 PM", "+16045550123", "BC", "100", "陈医生"]),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=10), below, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize("name", TOOLS)
def test_arbitrary_json_is_answered_by_every_tool(clinic: Clinic, name: str) -> None:
    tool = definition(name)
    good = sample(tool, clinic)

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(
        sent=st.fixed_dictionaries({}, optional=dict.fromkeys(fields(tool), JSON)),
        is_repaired=st.booleans(),
        is_proven=st.booleans(),
    )
    def ask(sent: dict[str, Any], is_repaired: bool, is_proven: bool) -> None:
        arguments = {**good, **sent} if is_repaired else sent
        assert_answered(clinic, name, arguments, call="proven" if is_proven else "another")

    ask()
