"""Vapi's own Python SDK, pointed at the stand-in. Its parts are imported at their use, in seconds."""

from collections.abc import Iterator

import httpx
import pytest
import vapi
from vapi import tools
from vapi.core import api_error

from tests.vapi_account import VapiAccount, vapi_account

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=[False, True], ids=["as sent", "with defaults"])
def account(request: pytest.FixtureRequest) -> Iterator[VapiAccount]:
    with vapi_account(defaults=request.param) as running:
        yield running


@pytest.fixture(scope="module")
def sdk(account: VapiAccount) -> "Iterator[vapi.Vapi]":
    with httpx.Client() as client:
        yield vapi.Vapi(token=account.key, base_url=account.url, httpx_client=client)


def test_a_tool(sdk: "vapi.Vapi") -> None:
    made = sdk.tools.create(
        request=tools.CreateToolsRequest_Function(function=vapi.OpenAiFunction(name="one"))
    )
    changed = sdk.tools.update(
        made.id, request=tools.UpdateToolsRequestBody_Function(function=vapi.OpenAiFunction(name="another"))
    )

    assert changed.dict()["function"] == {"name": "another"}
    assert [one.dict() for one in sdk.tools.list()] == [changed.dict()]
    assert sdk.tools.get(made.id).dict() == changed.dict()
    assert sdk.tools.delete(made.id).dict() == changed.dict()
    with pytest.raises(api_error.ApiError) as gone:
        sdk.tools.get(made.id)
    assert gone.value.status_code == 404


def test_an_assistant(sdk: "vapi.Vapi") -> None:
    model = vapi.CreateAssistantDtoModel_Openai(
        model="gpt-4o", temperature=0.3, messages=[vapi.OpenAiMessage(role="system", content="Be brief.")]
    )
    made = sdk.assistants.create(name="router", model=model, server_messages=["tool-calls"])
    changed = sdk.assistants.update(made.id, name="entry")

    assert changed.name == "entry"
    assert changed.model == made.model
    assert sdk.assistants.list(created_at_ge=made.created_at) == [changed]
    assert sdk.assistants.list(created_at_gt=made.created_at) == []
    assert sdk.assistants.get(made.id) == changed
    assert sdk.assistants.delete(made.id) == changed


def test_a_squad(sdk: "vapi.Vapi") -> None:
    assistant = sdk.assistants.create(name="router")
    member = vapi.SquadMemberDto(
        assistant_id=assistant.id, assistant_overrides=vapi.AssistantOverrides(first_message="Hello.")
    )
    made = sdk.squads.create(name="frontdesk", members=[member])
    changed = sdk.squads.update(made.id, members=[member, member])

    assert changed.name == "frontdesk"
    assert len(changed.members) == 2
    assert sdk.squads.list() == [changed]
    assert sdk.squads.get(made.id) == changed
    assert sdk.squads.delete(made.id) == changed


def test_a_structured_output(sdk: "vapi.Vapi") -> None:
    outputs = sdk.structured_outputs
    made = outputs.structured_output_controller_create(name="outcome", schema=vapi.JsonSchema(type="string"))
    changed = outputs.structured_output_controller_update(
        made.id, schema_override="true", schema=vapi.JsonSchema(type="object")
    )

    assert changed.schema_.type == "object"
    page = outputs.structured_output_controller_find_all(limit=10)
    assert page.results == [changed]
    assert page.metadata.total_items == 1
    assert outputs.structured_output_controller_find_one(made.id) == changed
    assert outputs.structured_output_controller_remove(made.id) == changed


def test_what_is_refused_is_an_error_of_the_sdk(sdk: "vapi.Vapi") -> None:
    with pytest.raises(api_error.ApiError) as refused:
        sdk.assistants.create(name="x" * 41)

    assert refused.value.status_code == 400
    assert refused.value.body["message"] == ["name must be shorter than or equal to 40 characters"]
