"""What a pull brings into the files, what it leaves alone, and that it is the same every time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from frontdesk.vapi.kinds import KINDS
from gitops import documents
from gitops.pull import News, Pulled
from gitops.state import StateWrong
from tests.gitops import engine
from tests.gitops.engine import Desk
from tests.vapi_account import VapiAccount, vapi_account

GREETER = "assistants/greeter"


@pytest.fixture(scope="module")
def account() -> Iterator[VapiAccount]:
    with vapi_account(defaults=True) as found:
        yield found


@pytest.fixture
def empty(account: VapiAccount, tmp_path: Path) -> Desk:
    """No files, and an account with nothing in it."""
    return Desk(tmp_path, engine.emptied(account))


@pytest.fixture
def pushed(empty: Desk) -> Desk:
    """The small tree, and all of it at Vapi."""
    empty.write(engine.TREE)
    assert empty.push().is_well
    return empty


def files(desk: Desk) -> dict[str, bytes]:
    """Every byte of the tree, the state too."""
    return {
        str(file.relative_to(desk.root)): file.read_bytes() for file in desk.root.rglob("*") if file.is_file()
    }


def said(news: list[News]) -> dict[str, Pulled]:
    return {each.name: each.what for each in news}


def document(desk: Desk, name: str) -> dict[str, Any]:
    file = desk.root / name
    return documents.parse(documents.text_of(file), file.suffix)


def make_assistant(desk: Desk, name: str, **more: Any) -> dict[str, Any]:
    messages = [{"role": "system", "content": "You help."}]
    model = {"provider": "openai", "model": "gpt-4o", "messages": messages}
    return desk.at_vapi.create("assistant", {"name": name, "model": model, **more})


def test_after_a_push_a_pull_changes_no_byte(pushed: Desk) -> None:
    before = files(pushed)
    assert pushed.pull() == []
    assert pushed.pull() == []
    assert files(pushed) == before
    assert pushed.plan().is_empty


def test_an_edit_at_vapi_comes_into_the_file_and_nothing_else_changes(pushed: Desk) -> None:
    pushed.edit(f"{GREETER}.md", "firstMessage: Hello.", "# What they hear.\nfirstMessage: Hello.  # short")
    pushed.push()
    before = files(pushed)
    pushed.change_at_vapi(GREETER, {"model": {"temperature": 0.9}})
    assert said(pushed.pull()) == {GREETER: Pulled.CHANGED}
    after = files(pushed)
    old = before[f"{GREETER}.md"]
    assert after[f"{GREETER}.md"] == old.replace(b"temperature: 0.3", b"temperature: 0.9")
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {f"{GREETER}.md", ".vapi-state.test.json"}
    assert pushed.pull() == []
    assert files(pushed) == after
    assert pushed.plan().is_empty


def test_a_prompt_edited_at_vapi_comes_into_the_body(pushed: Desk) -> None:
    prompt = "You greet callers.\n\n---\n\nAnd you are kind."
    pushed.change_at_vapi(GREETER, {"model": {"messages": [{"role": "system", "content": prompt}]}})
    pushed.pull()
    text = (pushed.root / f"{GREETER}.md").read_text()
    assert text == engine.TREE[f"{GREETER}.md"].replace("You greet callers.", prompt)


def test_a_prompt_that_a_body_cant_hold_stays_whole_in_the_same_file(pushed: Desk) -> None:
    for messages in ([{"role": "system", "content": "Line\r\nends \n"}], [{"role": "user", "content": "Hi"}]):
        pushed.change_at_vapi(GREETER, {"model": {"messages": messages}})
        assert said(pushed.pull()) == {GREETER: Pulled.CHANGED}
        assert document(pushed, f"{GREETER}.md")["model"]["messages"] == messages
        assert pushed.plan().is_empty


def test_windows_line_ends_stay(pushed: Desk) -> None:
    file = pushed.root / f"{GREETER}.md"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    before = file.read_bytes()
    assert pushed.plan().is_empty
    pushed.change_at_vapi(GREETER, {"firstMessage": "Good day."})
    pushed.pull()
    assert file.read_bytes() == before.replace(b"Hello.", b"Good day.")


def test_edits_here_stay_and_edits_at_vapi_join_them(pushed: Desk) -> None:
    pushed.edit(f"{GREETER}.md", "You greet callers.", "You greet callers warmly.")
    pushed.change_at_vapi(GREETER, {"firstMessage": "Good day."})
    assert said(pushed.pull()) == {GREETER: Pulled.CHANGED}
    text = (pushed.root / f"{GREETER}.md").read_text()
    assert "firstMessage: Good day." in text
    assert "You greet callers warmly." in text
    # The edit here is still to be pushed, and is no drift.
    (step,) = [step for step in pushed.plan().steps if step.is_work]
    assert (step.name, step.action, [change.name for change in step.changes]) == (
        GREETER,
        "update",
        ["model.messages"],
    )
    assert pushed.push().is_well
    assert pushed.pull() == []


def test_what_both_edited_is_shown_every_time_and_not_overwritten(pushed: Desk) -> None:
    pushed.edit(f"{GREETER}.md", "Hello.", "Hello from here.")
    pushed.change_at_vapi(GREETER, {"firstMessage": "Hello from there.", "endCallMessage": "Bye."})
    news = pushed.pull()
    assert [(each.what, [change.name for change in each.changes]) for each in news] == [
        (Pulled.CHANGED, ["endCallMessage"]),
        (Pulled.CONFLICT, ["firstMessage"]),
    ]
    held = document(pushed, f"{GREETER}.md")
    assert (held["firstMessage"], held["endCallMessage"]) == ("Hello from here.", "Bye.")
    assert said(pushed.pull()) == {GREETER: Pulled.CONFLICT}
    assert pushed.push().ended(GREETER) == "stopped"
    # Somebody decides.
    pushed.edit(f"{GREETER}.md", "Hello from here.", "Hello from there.")
    assert pushed.pull() == []
    assert pushed.push().is_well
    assert pushed.plan().is_empty


def test_an_edit_here_and_a_mapping_gone_at_vapi_is_a_conflict(pushed: Desk) -> None:
    pushed.edit(f"{GREETER}.md", "name: Greeter", "name: Greeter\nvoice: {provider: azure, voiceId: a}")
    pushed.push()
    pushed.edit(f"{GREETER}.md", "voiceId: a", "voiceId: b")
    pushed.change_at_vapi(GREETER, {"voice": "none", "firstMessage": "Good day."})
    news = pushed.pull()
    assert Pulled.CONFLICT in [each.what for each in news]
    held = document(pushed, f"{GREETER}.md")
    assert held["firstMessage"] == "Good day."
    assert held["voice"] == {"provider": "azure", "voiceId": "b"}


def test_a_field_removed_at_vapi_goes_from_the_file(pushed: Desk) -> None:
    pushed.change_at_vapi(GREETER, {"firstMessage": None, "artifactPlan": None})
    pushed.pull()
    text = (pushed.root / f"{GREETER}.md").read_text()
    assert "firstMessage" not in text
    assert "artifactPlan" not in text
    assert "You greet callers." in text
    assert pushed.plan().is_empty


def test_a_file_removed_here_stays_removed_until_it_is_named(pushed: Desk) -> None:
    pushed.write({f"{GREETER}.md": None, "squads/desk.yml": None})
    gone = {GREETER: Pulled.REMOVED_HERE, "squads/desk": Pulled.REMOVED_HERE}
    assert said(pushed.pull()) == gone
    assert said(pushed.pull()) == gone
    assert not (pushed.root / f"{GREETER}.md").exists()
    assert said(pushed.pull(GREETER)) == {GREETER: Pulled.NEW}
    # As the state knows what the file said, what Vapi added by itself stays out.
    assert document(pushed, f"{GREETER}.md") == documents.parse(engine.TREE[f"{GREETER}.md"], ".md")


def test_what_was_deleted_at_vapi_is_said_and_its_file_stays(pushed: Desk) -> None:
    pushed.at_vapi.http.delete(f"/squad/{pushed.id('squads/desk')}").raise_for_status()
    assert said(pushed.pull()) == {"squads/desk": Pulled.GONE}
    assert (pushed.root / "squads/desk.yml").exists()


def test_new_ones_get_a_file_named_after_them(empty: Desk) -> None:
    made = make_assistant(empty, "Frau Müller / Büro 2 (陈)")
    empty.at_vapi.create("squad", {"name": "Desk", "members": [{"assistantId": made["id"]}]})
    news = empty.pull()
    assert said(news) == {"assistants/frau-müller-büro-2-陈": Pulled.NEW, "squads/desk": Pulled.NEW}
    assert document(empty, "squads/desk.yml")["members"] == [{"assistantId": "frau-müller-büro-2-陈"}]
    before = files(empty)
    assert empty.pull() == []
    assert files(empty) == before
    assert empty.plan().is_empty


def test_two_of_one_name_get_ids_that_stay(empty: Desk) -> None:
    first, second = (
        make_assistant(empty, "Twin", firstMessage="1"),
        make_assistant(empty, "twin!", firstMessage="2"),
    )
    ids = {"twin": first["id"], f"twin-{second['id'][:8]}": second["id"]}
    empty.pull()
    assert {id_: empty.id(f"assistants/{id_}") for id_ in ids} == ids
    make_assistant(empty, "TWIN")
    empty.pull()
    assert {id_: empty.id(f"assistants/{id_}") for id_ in ids} == ids
    assert len(list((empty.root / "assistants").iterdir())) == 3


HOSTILE = [
    *("../../../etc/passwd", "..", "/etc/passwd", ".hidden", "a/../../b", "C:\\x", "x\x00y", "~root", "-rf"),
    *("\u202egnp.exe", "", "   ", "名" * 40, "a.bkp.b", "11111111-2222-4333-8444-555555555555"),
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leads_out_of_its_folder(empty: Desk, name: str) -> None:
    make_assistant(empty, name)
    (news,) = empty.pull()
    outside = {file for file in empty.root.rglob("*") if file.is_file()} - {
        empty.root / ".vapi-state.test.json"
    }
    assert {file.parent for file in outside} == {empty.root / "assistants"}
    assert news.what is Pulled.NEW
    assert empty.read()[0].problems == []
    assert [each.name for each in empty.read()[0]] == [news.name]


def test_a_state_file_cant_lead_out_of_the_tree_either(pushed: Desk) -> None:
    file = pushed.root / ".vapi-state.test.json"
    file.write_text(file.read_text().replace('"greeter"', '"../../outside"'))
    pushed.write({f"{GREETER}.md": None})
    with pytest.raises(StateWrong, match="outside of assistants/"):
        pushed.pull("assistants/../../outside")
    assert not (pushed.root.parent / "outside.md").exists()


def test_what_belongs_to_vapi_itself_is_not_pulled(empty: Desk) -> None:
    assert empty.at_vapi.all("eval/simulation/personality") != []
    assert empty.pull(*(kind.folder for kind in KINDS)) == []


def test_addresses_come_back_as_variables_and_credentials_by_name(empty: Desk) -> None:
    (credential,) = empty.at_vapi.all("credential")
    empty.at_vapi.create(
        "tool",
        {
            "type": "function",
            "function": {
                "name": "look_up",
                "description": "At https://api.example/x and https://api.example.",
            },
            "server": {"url": "https://api.example/look_up", "credentialId": credential["id"]},
        },
    )
    empty.pull()
    tool = document(empty, "tools/look_up.yml")
    assert tool["server"] == {"url": "${BACKEND_URL}/look_up", "credentialId": "frontdesk-hmac"}
    assert tool["function"]["description"] == "At ${BACKEND_URL}/x and ${BACKEND_URL}."


def test_a_pull_after_the_address_changed_does_not_write_the_old_one_down(pushed: Desk) -> None:
    pushed.variables["BACKEND_URL"] = "https://new.example"
    before = files(pushed)
    assert pushed.pull() == []
    pushed.change_at_vapi("tools/lookup", {"server": {"timeoutSeconds": 5}})
    pushed.change_at_vapi(GREETER, {"firstMessage": "Ask at https://api.example/help."})
    pushed.pull()
    after = files(pushed)
    assert after["tools/lookup.yml"] == before["tools/lookup.yml"].replace(b"Seconds: 20", b"Seconds: 5")
    assert document(pushed, f"{GREETER}.md")["firstMessage"] == "Ask at ${BACKEND_URL}/help."
    # What is left to do is to push the new address, and no drift is seen in it.
    steps = [step for step in pushed.plan().steps if step.is_work]
    assert {change.by for step in steps for change in step.changes} == {"link"}
    assert pushed.push().is_well
    assert pushed.item("tools/lookup")["server"]["url"] == "https://new.example/lookup"
    assert pushed.item(GREETER)["firstMessage"] == "Ask at https://new.example/help."
    assert pushed.pull() == []
    assert pushed.plan().is_empty


def test_ignored_ones_are_not_pulled_nor_followed(empty: Desk) -> None:
    made = make_assistant(empty, "Legacy one")
    empty.at_vapi.create("squad", {"name": "Desk", "members": [{"assistantId": made["id"]}]})
    empty.write({".vapi-ignore": "assistants/legacy-*\n"})
    assert said(empty.pull()) == {"squads/desk": Pulled.NEW}
    assert document(empty, "squads/desk.yml")["members"] == [{"assistantId": made["id"]}]
    assert empty.plan().is_empty
    assert said(empty.pull()) == {}


def test_ignored_ones_are_not_pushed_nor_pruned(pushed: Desk) -> None:
    pushed.write({".vapi-ignore": "squads/desk\n"})
    pushed.edit("squads/desk.yml", "name: Desk", "name: Office")
    assert pushed.plan(prune=True).is_empty
    pushed.write({"squads/desk.yml": None})
    assert pushed.plan(prune=True).is_empty
    pushed.change_at_vapi("squads/desk", {"name": "Counter"})
    assert pushed.pull() == []


def test_a_scoped_pull_brings_what_was_named_and_no_more(pushed: Desk) -> None:
    made = make_assistant(pushed, "Night shift")
    pushed.at_vapi.create("squad", {"name": "Night", "members": [{"assistantId": made["id"]}]})
    pushed.change_at_vapi(GREETER, {"firstMessage": "Good day."})
    pushed.change_at_vapi("assistants/booker", {"firstMessage": "Good day."})
    assert said(pushed.pull("assistants/booker")) == {"assistants/booker": Pulled.CHANGED}
    assert said(pushed.pull("squads")) == {"squads/night": Pulled.NEW}
    # Its member has no file yet, so it stands there by Vapi's id, until it has one.
    assert document(pushed, "squads/night.yml")["members"] == [{"assistantId": made["id"]}]
    assert pushed.plan().problems == []
    assert said(pushed.pull()) == {
        GREETER: Pulled.CHANGED,
        "assistants/night-shift": Pulled.NEW,
        "squads/night": Pulled.CHANGED,
    }
    assert document(pushed, "squads/night.yml")["members"] == [{"assistantId": "night-shift"}]


@pytest.mark.parametrize(
    "word", ["simulations", "simulations/", "personalities", "simulations/personalities"]
)
def test_simulations_come_when_they_are_named(empty: Desk, word: str) -> None:
    assistant = {"model": {"provider": "openai", "model": "gpt-4o"}}
    empty.at_vapi.create("eval/simulation/personality", {"name": "Polite Elder", "assistant": assistant})
    assert empty.pull() == []
    assert said(empty.pull(word)) == {"simulations/personalities/polite-elder": Pulled.NEW}


def test_without_a_state_file_equal_files_are_recognised(pushed: Desk) -> None:
    before = files(pushed)
    (pushed.root / ".vapi-state.test.json").unlink()
    assert pushed.pull() == []
    after = files(pushed)
    assert before.keys() == after.keys()
    del before[".vapi-state.test.json"], after[".vapi-state.test.json"]
    assert before == after
    assert pushed.plan().is_empty


def test_without_a_state_file_what_differs_is_a_conflict(pushed: Desk) -> None:
    (pushed.root / ".vapi-state.test.json").unlink()
    pushed.edit(f"{GREETER}.md", "Hello.", "Hello!")
    news = pushed.pull()
    assert [(each.name, each.what, [change.by for change in each.changes]) for each in news] == [
        (GREETER, Pulled.CONFLICT, ["unknown"])
    ]


def test_a_tool_that_has_a_successor_is_not_brought_back(pushed: Desk) -> None:
    pushed.edit("tools/lookup.yml", "Finds the caller.", "Finds who is calling.")
    assert pushed.push().is_well
    assert len(pushed.at_vapi.all("tool")) == 3
    before = files(pushed)
    assert pushed.pull() == []
    assert files(pushed) == before
    (pushed.root / ".vapi-state.test.json").unlink()
    assert pushed.pull() == []
    assert len(list((pushed.root / "tools").iterdir())) == 2
