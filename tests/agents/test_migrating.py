"""`frontdesk tools migrate`: what an operator reads, and what stands at Vapi and in the database after it."""

import json
import time
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from frontdesk.agents import definitions, reconciling, registry
from local import demo
from tests.agents.conftest import URL, Platform
from tests.clinic import Clinic

ALL = sorted(definitions.released())
INLINE = {"type": "function", "function": {"name": "get_patient"}}
RETIRED = {"type": "function", "function": {"name": "bookClinicAppointment"}}
OWN = {
    "type": "function",
    "function": {"name": "ring_the_bell"},
    "server": {"url": "https://bells.example.com"},
}
PROMPT = [{"role": "system", "content": "You answer at Maple Clinic."}]


@pytest.fixture(autouse=True)
def told(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAPI_PRIVATE_KEY", platform.vapi.key)
    monkeypatch.setenv("VAPI_BASE_URL", platform.vapi.url)
    monkeypatch.setenv("BACKEND_URL", URL)


def migrate(*options: str) -> Result:
    return CliRunner().invoke(app, ["tools", "migrate", "--rate", "10000", *options])


def report(*options: str, exit_code: int = 0) -> dict[str, Any]:
    result = migrate("--json", *options)
    assert result.exit_code == exit_code, result.output
    return json.loads(result.stdout)


def counts(found: dict[str, Any]) -> list[int]:
    return [found[key] for key in ("scanned", "withAssistants", "migrated", "alreadyRight", "failed")]


def old_assistant(platform: Platform, clinic: Clinic, **model: Any) -> str:
    """As the old system made it: its tools inline, nothing linked."""
    made = platform.vapi.create(
        "assistant",
        {
            "name": "Old",
            "model": {
                "provider": "openai",
                "model": "gpt-4o",
                "temperature": 0.5,
                "messages": PROMPT,
                "tools": [INLINE, RETIRED],
                **model,
            },
        },
    )
    answers_for(clinic, made["id"])
    return made["id"]


def answers_for(clinic: Clinic, vapi_id: str) -> None:
    clinic.do("INSERT INTO vapi_entries (vapi_id, org_id) VALUES (%s, %s)", vapi_id, clinic.org_id)


def assistant(platform: Platform, id_: str) -> dict[str, Any]:
    return next(each for each in platform.vapi.all("assistant") if each["id"] == id_)


def org_tools(clinic: Clinic) -> list[Any]:
    return clinic.all("SELECT tool_name FROM org_tools WHERE org_id = %s ORDER BY 1", clinic.org_id)


def test_an_assistant_of_old_is_linked_to_every_tool_and_keeps_all_else(
    platform: Platform, maple: Clinic
) -> None:
    id_ = old_assistant(platform, maple)
    before = assistant(platform, id_)

    found = report("--apply")

    assert counts(found) == [3, 1, 1, 0, 0]
    after = assistant(platform, id_)
    assert sorted(after["model"]["toolIds"]) == sorted(id_ for [id_] in platform.tools().values())
    assert len(platform.tools()) == len(ALL)
    assert "tools" not in after["model"]
    same = ("provider", "model", "temperature", "messages")
    assert [after["model"][key] for key in same] == [before["model"][key] for key in same]
    assert org_tools(maple) == [(name,) for name in ALL]


def test_a_clinic_of_old_is_moved_with_all_others_when_a_definition_changes(
    platform: Platform, maple: Clinic
) -> None:
    id_ = old_assistant(platform, maple)
    report("--apply")
    platform.publish(get_patient="Says more.")

    for saved in reconciling.agents_behind():
        platform.sync(saved)

    after = assistant(platform, id_)
    assert set(after["model"]["toolIds"]) == set(registry.read().ids)
    assert after["model"]["messages"] == PROMPT, "only a save writes the rest of it"
    assert len(platform.assistants()) == 1


def test_without_apply_it_says_what_it_would_do_and_writes_nothing(platform: Platform, maple: Clinic) -> None:
    id_ = old_assistant(platform, maple)
    platform.vapi.forget()

    dry = report()
    told = migrate().stdout

    assert (platform.vapi.writes(), org_tools(maple), dry["applied"]) == ([], [], False)
    assert (counts(dry), dry["registered"]) == ([3, 1, 1, 0, 0], ALL)
    assert f"would register {len(ALL)} tools" in told
    assert f"to migrate  {id_}" in told
    assert "`--apply` does it" in told
    done = report("--apply")
    assert {key: done[key] for key in ("registered", "organizations")} == {
        key: dry[key] for key in ("registered", "organizations")
    }, "and then it does just that"
    assert counts(report()) == [3, 1, 0, 1, 0]


def test_retired_tools_and_copies_go_wherever_they_stand_and_the_clinics_own_stays(
    platform: Platform, maple: Clinic
) -> None:
    linked = [platform.vapi.create("tool", each)["id"] for each in (INLINE, RETIRED, OWN)]
    words = [{"role": "system", "content": "Then call bookClinicAppointment."}]
    id_ = old_assistant(
        platform,
        maple,
        tools=[INLINE, OWN, {"type": "endCall"}],
        toolIds=linked,
        messages=words,
    )

    [clinic] = report("--apply", "--org", "maple clinic")["organizations"]

    model = assistant(platform, id_)["model"]
    assert set(model["toolIds"]) == {linked[2], *registry.read().ids}
    assert [each["function"]["name"] for each in model["tools"]] == ["ring_the_bell"]
    assert model["messages"] == words
    [told] = clinic["assistants"]
    assert "its prompt still names bookClinicAppointment" in told["note"]
    assert "keeps inline tools of its own: ring_the_bell" in told["note"]


def test_a_retired_tool_stays_where_nothing_took_its_place(platform: Platform, maple: Clinic) -> None:
    fewer = definitions.released()
    del fewer["create_appointment"]
    definitions.publish(platform.owner_url, fewer)
    id_ = old_assistant(platform, maple)

    report("--apply")

    [kept] = assistant(platform, id_)["model"]["tools"]
    assert kept["function"]["name"] == "bookClinicAppointment"


def test_fifty_three_clinics_twice_and_the_second_time_nothing_is_written(
    platform: Platform, maple: Clinic
) -> None:
    with psycopg.connect(platform.owner_url) as owner:
        for number in range(50):
            org_id = str(uuid4())
            owner.execute(
                "SELECT set_config('request.jwt.claims', %s, true)",
                [json.dumps({"app_metadata": {"org_id": org_id}})],
            )
            owner.execute(
                "INSERT INTO organizations (id, name, time_zone) VALUES (%s, %s, 'America/Vancouver')",
                [org_id, f"Clinic {number:02}"],
            )
            made = platform.vapi.create(
                "assistant",
                {"model": {"provider": "openai", "model": "gpt-4o", "messages": PROMPT, "tools": [INLINE]}},
            )
            owner.execute("INSERT INTO vapi_entries (vapi_id, org_id) VALUES (%s, %s)", [made["id"], org_id])
    for org_id in (demo.MAPLE, demo.HARBOUR, demo.GARDEN):
        platform.sync(platform.save(org_id))
    platform.vapi.forget()

    first = report("--apply")

    assert counts(first) == [53, 53, 50, 3, 0]
    assert first["writes"] == len(platform.vapi.writes()) == 50
    wanted = sorted(registry.read().ids)
    assert all(sorted(each["model"]["toolIds"]) == wanted for each in platform.assistants())
    platform.vapi.forget()
    rows = maple.all("SELECT xmin::text, org_id, tool_name FROM org_tools ORDER BY 2, 3")

    second = report("--apply")

    assert (counts(second), second["writes"], platform.vapi.writes()) == ([53, 53, 0, 53, 0], 0, [])
    assert maple.all("SELECT xmin::text, org_id, tool_name FROM org_tools ORDER BY 2, 3") == rows


def test_what_fails_at_one_clinic_stops_no_other_and_the_next_run_goes_on(
    platform: Platform, maple: Clinic, harbour: Clinic
) -> None:
    failing, fine = old_assistant(platform, maple), old_assistant(platform, harbour)
    platform.vapi.faults({"method": "PATCH", "path": f"/assistant/{failing}", "status": 400})

    found = report("--apply", exit_code=1)

    assert counts(found) == [3, 2, 1, 0, 1]
    ended = {each["name"]: each["assistants"][0] for each in found["organizations"] if each["assistants"]}
    assert ended["Maple Clinic"]["ended"] == "failed"
    assert "400" in ended["Maple Clinic"]["note"]
    assert len(assistant(platform, fine)["model"]["toolIds"]) == len(ALL)
    assert org_tools(maple) == []
    platform.vapi.faults()
    platform.vapi.forget()
    assert counts(report("--apply")) == [3, 2, 1, 1, 0]
    assert [one["path"] for one in platform.vapi.writes()] == [f"/assistant/{failing}"]


def test_told_to_wait_it_waits(platform: Platform, maple: Clinic) -> None:
    id_ = old_assistant(platform, maple)
    platform.vapi.faults({"method": "PATCH", "status": 429, "headers": {"Retry-After": "0"}, "times": 2})

    assert counts(report("--apply")) == [3, 1, 1, 0, 0]
    assert len(assistant(platform, id_)["model"]["toolIds"]) == len(ALL)


def test_squads_and_what_is_gone_are_told_and_are_no_failure(platform: Platform, maple: Clinic) -> None:
    member = old_assistant(platform, maple)
    squad = platform.vapi.create("squad", {"name": "frontdesk", "members": [{"assistantId": member}]})
    for id_ in (squad["id"], "00000000-0000-4000-8000-00000000dead"):
        answers_for(maple, id_)

    found = report("--apply")

    assert counts(found) == [3, 0, 0, 0, 0]
    [clinic] = [each for each in found["organizations"] if each["name"] == "Maple Clinic"]
    assert {each["id"]: each["note"] for each in clinic["assistants"]} == {
        member: "of the shared squad, which `frontdesk vapi push` links",
        squad["id"]: "a squad; `frontdesk vapi push` links its assistants",
        "00000000-0000-4000-8000-00000000dead": "not at Vapi any more",
    }
    assert assistant(platform, member)["model"]["tools"] == [INLINE, RETIRED]


def test_an_agent_that_is_being_synced_is_left_alone_and_told(platform: Platform, maple: Clinic) -> None:
    saved = platform.save()
    platform.sync(saved)
    [made] = platform.assistants()
    platform.vapi.edit("assistant", made["id"], {"model": {"toolIds": []}})
    maple.do("UPDATE agents SET leased_by = gen_random_uuid(), leased_until = now() + interval '1 min'")

    found = report("--apply", exit_code=1)
    assert "somebody else syncs this agent" in json.dumps(found["organizations"])

    maple.do("UPDATE agents SET leased_until = now() - interval '1 s'")
    assert counts(report("--apply")) == [3, 1, 1, 0, 0]
    assert len(platform.assistants()[0]["model"]["toolIds"]) == len(ALL)
    assert maple.all("SELECT leased_by FROM agents") == [(None,)]


def test_a_tool_that_was_deleted_in_the_dashboard_is_registered_anew(
    platform: Platform, maple: Clinic
) -> None:
    id_ = old_assistant(platform, maple)
    report("--apply")
    [gone] = platform.tools()["get_patient"]
    platform.vapi.http.delete(f"/tool/{gone}").raise_for_status()

    assert report()["registered"] == ["get_patient"]
    assert counts(report("--apply")) == [3, 1, 1, 0, 0]

    [made] = platform.tools()["get_patient"]
    assert made in assistant(platform, id_)["model"]["toolIds"]
    assert gone not in assistant(platform, id_)["model"]["toolIds"]


def test_it_goes_no_faster_than_it_is_told(platform: Platform, maple: Clinic) -> None:
    for _ in range(5):
        old_assistant(platform, maple)
    report("--apply", "--org", demo.MAPLE)
    [made] = platform.vapi.all("assistant")[:1]
    platform.vapi.edit("assistant", made["id"], {"model": {"toolIds": []}})
    platform.vapi.forget()
    began = time.monotonic()

    migrate("--apply", "--rate", "20")

    asked = len(platform.vapi.requests())
    assert asked == 5, "three lists, one assistant read and written"
    assert time.monotonic() - began >= (asked - 1) / 20


@pytest.mark.parametrize(
    ("variable", "said"),
    [("VAPI_PRIVATE_KEY", "set VAPI_PRIVATE_KEY to the private key"), ("BACKEND_URL", "set BACKEND_URL")],
)
def test_who_says_too_little_is_told_what_to_set(
    monkeypatch: pytest.MonkeyPatch, variable: str, said: str
) -> None:
    monkeypatch.delenv(variable)

    result = migrate()

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_a_public_key_is_told_from_a_private_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAPI_PRIVATE_KEY", "a-public-key")

    result = migrate("--apply")

    assert result.exit_code == 2
    assert "VAPI_PRIVATE_KEY must be a private key of the account" in result.stderr


def test_an_agent_goes_on_by_its_own_assistant(platform: Platform, maple: Clinic) -> None:
    """One that was given the assistant it had before: its record alone says so."""
    saved = platform.save()
    id_ = old_assistant(platform, maple)
    maple.do("DELETE FROM vapi_entries")
    maple.do("UPDATE agents SET vapi_assistant_id = %s WHERE id = %s", id_, UUID(str(saved.agent_id)))

    assert counts(report("--apply")) == [3, 1, 1, 0, 0]
    assert counts(report("--apply")) == [3, 1, 0, 1, 0]
