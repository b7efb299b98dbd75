"""The verbs `frontdesk vapi`, as a person and a program see them: what is printed, and the exit code."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina
from typer.testing import CliRunner, Result

from cli.main import app
from local.addresses import Addresses, HmacPlan
from local.directory import claimed
from tests.gitops import engine
from tests.gitops.engine import Desk
from tests.vapi_account import VapiAccount, vapi_account

GREETER = "assistants/greeter"


@pytest.fixture(scope="module")
def account() -> Iterator[VapiAccount]:
    with vapi_account() as found:
        yield found


@pytest.fixture
def desk(account: VapiAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The small tree, an empty account, and an environment that names it."""
    monkeypatch.setenv("VAPI_PRIVATE_KEY", account.key)
    monkeypatch.setenv("VAPI_BASE_URL", account.url)
    monkeypatch.setenv("BACKEND_URL", engine.VARIABLES["BACKEND_URL"])
    monkeypatch.setenv("COLUMNS", "100")
    return engine.desk(tmp_path / "resources", engine.emptied(account))


def run(desk: Desk, verb: str, *more: str, env: str = "test") -> Result:
    return CliRunner().invoke(app, ["vapi", verb, "--tree", str(desk.root), "--env", env, *more])


def said(desk: Desk, verb: str, *more: str) -> Any:
    return json.loads(run(desk, verb, "--json", *more).stdout)


def refusal(result: Result) -> str:
    """What a verb says that could not begin: one line, on stderr, and exit code 1."""
    assert (result.exit_code, result.stdout) == (1, ""), result.output
    assert len(result.stderr.splitlines()) == 1
    return result.stderr


def test_a_plan_exits_with_2_until_it_is_pushed_and_then_with_0(desk: Desk) -> None:
    planned = run(desk, "plan")
    assert planned.exit_code == 2
    assert "  create  assistants/greeter" in planned.stdout
    assert planned.stdout.endswith("6 to create. Nothing was written.\n")
    assert desk.at_vapi.writes() == []
    assert not (desk.root / ".vapi-state.test.json").exists()

    pushed = run(desk, "push")
    assert pushed.exit_code == 0
    assert "✓ create   assistants/greeter" in pushed.stdout
    assert "6 done; 0 were so already." in pushed.stdout

    again = run(desk, "plan")
    assert (again.exit_code, again.stdout) == (0, "6 as they are. Nothing was written.\n")


def test_a_plan_shows_what_was_edited_here_and_what_drifted_there(desk: Desk) -> None:
    desk.edit(f"{GREETER}.md", "You greet callers.", "# Identity\n\nYou greet callers.")
    run(desk, "push")
    desk.edit(f"{GREETER}.md", "You greet callers.", "You greet callers [warmly].")
    desk.edit("tools/lookup.yml", "Finds the caller.", "Finds who calls.")
    desk.change_at_vapi("assistants/booker", {"model": {"temperature": 0.9}})
    shown = run(desk, "plan")
    assert shown.exit_code == 2
    lines = [line.strip() for line in shown.stdout.splitlines()]
    assert "-You greet callers." in lines
    assert "+You greet callers [warmly]." in lines
    assert 'function.description  "Finds the caller." → "Finds who calls."' in lines
    assert "model.temperature (edited at Vapi)  Vapi: 0.9  here: 0.3" in lines
    # That the assistants name the new tool is said, but not by ids.
    assert lines.count("model.toolIds  follows a new id or address") == 2
    assert "1 to replace, 1 to update" in lines[-1] or "1 to update, 1 to replace" in lines[-1]
    assert "`pull` brings what was edited at Vapi into the files" in lines[-1]


def test_a_long_difference_is_cut_at_24_lines(desk: Desk) -> None:
    run(desk, "push")
    desk.edit(f"{GREETER}.md", "You greet callers.", "\n".join(f"Rule {number}." for number in range(60)))
    lines = run(desk, "plan").stdout.splitlines()
    assert len([line for line in lines if "+Rule" in line or "-You" in line]) <= 24
    assert any(line.strip().startswith("… ") and line.endswith("more lines") for line in lines)


def test_a_tree_with_mistakes_exits_with_1_and_says_where(desk: Desk) -> None:
    desk.edit("squads/desk.yml", "assistantId: booker", "assistantId: bookre")
    planned = run(desk, "plan")
    assert planned.exit_code == 1
    assert "squads/desk.yml:" in planned.stdout
    assert "refers to assistants/bookre, and there is no such file" in planned.stdout
    pushed = run(desk, "push")
    assert pushed.exit_code == 1
    assert "refers to assistants/bookre, and there is no such file" in pushed.stderr
    assert desk.at_vapi.writes() == []


def test_a_conflict_makes_a_pull_and_a_push_exit_with_1(desk: Desk) -> None:
    run(desk, "push")
    assert (run(desk, "pull").exit_code, run(desk, "pull").stdout) == (0, "The files are as Vapi is.\n")
    desk.edit(f"{GREETER}.md", "Hello.", "Hello here.")
    desk.change_at_vapi(GREETER, {"firstMessage": "Hello there."})
    pulled = run(desk, "pull")
    assert pulled.exit_code == 1
    assert (
        'firstMessage (edited here and at Vapi)  Vapi: "Hello there."  here: "Hello here."' in pulled.stdout
    )
    assert run(desk, "push").exit_code == 1
    assert run(desk, "apply").exit_code == 1
    assert run(desk, "push", "--overwrite").exit_code == 0
    assert run(desk, "plan").exit_code == 0


def test_apply_brings_their_edits_and_sends_ours(desk: Desk) -> None:
    run(desk, "push")
    desk.edit(f"{GREETER}.md", "Hello.", "Hello here.")
    desk.change_at_vapi("assistants/booker", {"firstMessage": "Yes?"})
    applied = run(desk, "apply")
    assert applied.exit_code == 0
    assert 'firstMessage  absent → "Yes?"' in applied.stdout
    assert desk.item(GREETER)["firstMessage"] == "Hello here."
    assert "firstMessage: Yes?" in (desk.root / "assistants/booker.md").read_text()


def test_delete_asks_and_refuses_what_is_still_needed(desk: Desk) -> None:
    run(desk, "push")
    assert "squads/desk refers to it" in refusal(run(desk, "delete", "assistants/booker", "--yes"))
    assert run(desk, "delete", "assistants/booker", "--dependents").exit_code == 1  # nobody said yes
    assert (desk.root / "assistants/booker.md").exists()
    assert run(desk, "delete", "assistants/booker", "--dependents", "--yes").exit_code == 0
    assert not (desk.root / "assistants/booker.md").exists()
    assert desk.at_vapi.all("squad") == []


def test_every_verb_tells_programs_the_same_in_json(desk: Desk) -> None:
    desk.write({"evals/a.yml": "name: a\n"})
    planned = said(desk, "plan")
    assert {step["name"]: step["action"] for step in planned["steps"]}["squads/desk"] == "create"
    assert (planned["is_empty"], planned["problems"], len(planned["notes"])) == (False, [], 1)
    pushed = said(desk, "push")
    assert {step["ended"] for step in pushed["steps"]} == {"done"}
    assert pushed["writes"] == 6
    desk.change_at_vapi(GREETER, {"firstMessage": "Good day."})
    (drifted,) = [step for step in said(desk, "plan")["steps"] if step["action"] == "drifted"]
    assert drifted["changes"] == [
        {"path": "firstMessage", "by": "there", "file": "Hello.", "remote": "Good day."}
    ]
    (row,) = [row for row in said(desk, "status") if row["name"] == GREETER]
    assert (row["file"], row["id"], row["drift"]) == ("same", desk.id(GREETER), ["firstMessage"])
    (news,) = said(desk, "pull")
    assert (news["name"], news["what"]) == (GREETER, "changed")
    desk.edit("squads/desk.yml", "assistantId: booker", "assistantId: bookre")
    (problem,) = said(desk, "plan")["problems"]
    assert (problem["file"], problem["line"]) == ("squads/desk.yml", 9)


def test_status_lists_files_and_where_they_stand(desk: Desk) -> None:
    run(desk, "push")
    desk.write({"assistants/night.yml": "name: Night\n", "squads/desk.yml": None})
    desk.change_at_vapi(GREETER, {"firstMessage": "Good day."})
    shown = run(desk, "status")
    assert shown.exit_code == 0
    rows = {line.split()[0]: line.split()[1:] for line in shown.stdout.splitlines()}
    assert rows["assistants/night"] == ["new", "not", "yet", "never"]
    assert rows[GREETER] == ["same", "drifted", "0", "min", "ago"]
    assert rows["squads/desk"][0] == "none"
    assert rows["tools/lookup"][:2] == ["same", desk.id("tools/lookup")[:8]]


def test_the_environment_names_the_state_file(desk: Desk) -> None:
    assert run(desk, "push", env="prod.eu").exit_code == 0
    assert (desk.root / ".vapi-state.prod.eu.json").exists()
    assert "--env is a name" in refusal(run(desk, "plan", env="../../prod"))


def test_each_thing_that_keeps_a_verb_from_beginning_is_said_in_one_line(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "assistents names no kind and no resource of" in refusal(run(desk, "push", "assistents"))
    assert "exclude each other" in refusal(run(desk, "push", "--overwrite", "--keep-remote"))
    assert "exclude each other" in refusal(run(desk, "apply", "--overwrite", "--keep-remote"))
    nowhere = CliRunner().invoke(app, ["vapi", "plan", "--tree", str(tmp_path / "nowhere")])
    assert "nowhere is not a folder; name the tree with --tree" in refusal(nowhere)
    (desk.root / ".vapi-state.test.json").write_text("{")
    assert "take it back from git, or delete it" in refusal(run(desk, "plan"))
    (desk.root / ".vapi-state.test.json").unlink()
    monkeypatch.setenv("VAPI_PRIVATE_KEY", "a-public-key")
    assert "Vapi says 401: Invalid Key." in refusal(run(desk, "plan"))
    monkeypatch.setenv("VAPI_PRIVATE_KEY", "")
    assert "set VAPI_PRIVATE_KEY to the private key of the test account" in refusal(run(desk, "plan"))


def test_a_host_that_is_not_there_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAPI_BASE_URL", "http://127.0.0.1:9")
    with stamina.set_testing(True, attempts=1):
        assert "127.0.0.1:9 can't be reached" in refusal(run(desk, "plan"))
    monkeypatch.setenv("VAPI_BASE_URL", "api.vapi.ai")
    assert "VAPI_BASE_URL must begin with https://" in refusal(run(desk, "plan"))


def test_the_running_stack_says_itself_where_it_is_but_the_environment_wins(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VAPI_PRIVATE_KEY")
    data = tmp_path / "data"
    none = refusal(run(desk, "plan", "--data", str(data), env="local"))
    assert "start one with `frontdesk dev`, or set VAPI_PRIVATE_KEY" in none
    stack = Addresses(
        api_url="https://stack.example",
        vapi_url=desk.at_vapi.url,
        vapi_private_key=desk.at_vapi.key,
        vapi_secret="",
        vapi_hmac=HmacPlan(""),
        database_url="",
        app_database_url="",
        organizations=[],
    )
    monkeypatch.delenv("VAPI_BASE_URL")
    monkeypatch.delenv("BACKEND_URL")
    with claimed(data):
        stack.write(data)
        assert run(desk, "push", "--data", str(data), env="local").exit_code == 0
        monkeypatch.setenv("BACKEND_URL", "https://mine.example")
        assert run(desk, "push", "--data", str(data), env="local").exit_code == 0
    servers = [tool["server"]["url"] for tool in desk.at_vapi.all("tool") if "server" in tool]
    assert servers == ["https://mine.example/lookup", "https://stack.example/lookup"]


def test_help_says_what_each_verb_does() -> None:
    shown = CliRunner().invoke(app, ["vapi", "--help"], env={"COLUMNS": "100"}).stdout
    for verb in ("plan", "push", "pull", "apply", "delete", "status", "call"):
        assert f" {verb} " in shown


def test_a_plan_begins_without_what_it_does_not_need() -> None:
    program = "import sys; import cli.main, cli.vapi_shown, gitops.push, gitops.pull; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    heavy = {
        "psycopg",
        "aws_cdk",
        "boto3",
        "uvicorn",
        "websockets",
        "vapi",
        "pydantic",
        "infra.template",
        "holidays",
    }
    assert heavy & set(loaded.split()) == set()
