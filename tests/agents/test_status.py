"""`frontdesk tools status` and `GET /tools/status`: who is linked to what, and how far it has come."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from frontdesk.agents import definitions, registry, syncing
from local import demo
from local.addresses import Addresses, HmacPlan
from local.directory import claimed
from tests.agents.conftest import URL, Platform
from tests.clinic import Clinic
from tests.conftest import Database
from tests.member import Member, token

ALL = sorted(definitions.released())
MAPLE, HARBOUR = Member(token(demo.MAPLE)), Member(token(demo.HARBOUR))


@pytest.fixture(autouse=True)
def told(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKEND_URL", f"{URL}/")


def status(*options: str) -> Result:
    return CliRunner().invoke(app, ["tools", "status", *options])


def found(*options: str) -> dict[str, Any]:
    result = status("--json", *options)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def of_maple() -> dict[str, Any]:
    [clinic] = found("--org", demo.MAPLE)["organizations"]
    return clinic


def states(clinic: dict[str, Any]) -> set[str]:
    return {tool["state"] for tool in clinic["tools"]}


def test_a_clinics_tools_are_told_with_hash_id_and_since_when(platform: Platform) -> None:
    saved = platform.save()
    platform.sync(saved)
    live = registry.read().live

    clinic = of_maple()

    assert [tool["toolName"] for tool in clinic["tools"]] == ALL
    for tool in clinic["tools"]:
        its = live[tool["toolName"]]
        assert (tool["vapiToolId"], tool["definitionHash"]) == (its.vapi_tool_id, its.definition_hash[:12])
        assert tool["linkedAt"].startswith("20")
    assert states(clinic) == {"current"}
    [agent] = clinic["agents"]
    assert (agent["id"], agent["sync"], agent["version"]) == (str(saved.agent_id), "synced", 1)


def test_the_endpoint_says_the_same_of_its_own_clinic_and_nothing_of_another(platform: Platform) -> None:
    platform.sync(platform.save(name="Reception at Maple"))

    answer = MAPLE.get("/tools/status")

    assert (answer.status, answer.body) == (200, of_maple())
    others = HARBOUR.get("/tools/status")
    assert others.status == 200
    assert (others.body["organizationId"], others.body["agents"]) == (demo.HARBOUR, [])
    assert states(others.body) == {"missing"}
    assert "Maple" not in json.dumps(others.body)
    assert Member("").get("/tools/status").status == 401


def test_a_deploy_that_changes_a_tool_makes_its_link_outdated_until_it_is_moved(platform: Platform) -> None:
    saved = platform.save()
    platform.sync(saved)
    platform.publish(get_patient="Says more.")

    [outdated] = [tool["toolName"] for tool in of_maple()["tools"] if tool["state"] == "outdated"]
    assert (outdated, found()["platform"]["toRegister"]) == ("get_patient", ["get_patient"])

    platform.sync(saved)
    platform_now = found()["platform"]
    assert states(of_maple()) == {"current"}
    [old] = platform_now["superseded"]
    assert (old["toolName"], old["unlinkedAt"]) == ("get_patient", None)
    assert "still links it" in old["why"]
    registry.note_links([])
    [old] = found()["platform"]["superseded"]
    assert "may still be running" in old["why"]


def test_agents_are_told_as_pending_and_degraded_with_the_reason(platform: Platform) -> None:
    first, second = platform.save(name="Day"), platform.save(name="Night")
    syncing.degrade(second, "Vapi says 422: voice is unknown")

    told = of_maple()
    assert [(agent["sync"], agent["syncError"]) for agent in told["agents"]] == [
        ("pending", None),
        ("degraded", "Vapi says 422: voice is unknown"),
    ]
    assert found()["platform"]["agentsBehind"] == 2
    shown = status("--org", "Maple Clinic").stdout
    assert f"pending  Day  {first.agent_id}, assistant, version 0 of 1" in shown
    assert "Vapi says 422: voice is unknown" in shown


def test_for_eyes_there_is_a_table_a_clinic_and_a_line_for_the_platform(platform: Platform) -> None:
    platform.sync(platform.save())

    lines = status().stdout.splitlines()

    assert lines[0] == f"platform  {len(ALL)} tools registered, 0 superseded, 0 agents behind"
    [row] = [line.split() for line in lines if line.startswith("  get_patient ")]
    live = registry.read().live["get_patient"]
    assert row[:4] == ["get_patient", "current", live.definition_hash[:12], live.vapi_tool_id]
    assert row[4:] in [["linked", str(seconds), "s", "ago"] for seconds in range(30)]
    at = lines.index(f"Harbour Clinic  {demo.HARBOUR}")
    assert lines[at + 1] == "  no agents"


def test_who_names_no_clinic_is_told_which_there_are(platform: Platform) -> None:
    result = status("--org", "Mapel")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "no clinic 'Mapel'; there are: " in result.stderr
    assert "Maple Clinic" in result.stderr


def test_a_name_that_two_clinics_have_is_not_guessed_at(platform: Platform, maple: Clinic) -> None:
    maple.do("UPDATE organizations SET name = 'Harbour Clinic' WHERE id = %s", maple.org_id)

    result = status("--org", "Harbour Clinic")

    assert result.exit_code == 2
    assert f"name one by its id: {demo.MAPLE}, {demo.HARBOUR}" in result.stderr


def test_a_running_stack_says_itself_where_everything_is(
    platform: Platform, database: Database, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BACKEND_URL")
    monkeypatch.setenv("FRONTDESK_DATABASE_URL", "postgresql://127.0.0.1:1/elsewhere")
    platform_of_stack = (platform.vapi.url, platform.vapi.key)
    stack = Addresses(URL, *platform_of_stack, "", HmacPlan(""), database.owner_url, database.app_url, [])
    with claimed(tmp_path):
        stack.write(tmp_path)
        assert len(found("--data", str(tmp_path))["organizations"]) == 3
    assert "no stack runs on" in status("--data", str(tmp_path)).stderr
