"""The state file: what it keeps, whose it reads, and what it says when it can't."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gitops import state
from gitops.state import Entry, StateWrong, entry_of

ID = "11111111-2222-4333-8444-555555555555"
ROUTER = ("assistants", "sales/router")


def write(root: Path, content: Any) -> Path:
    file = root / ".vapi-state.dev.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "entry",
    [
        ID,
        {"uuid": ID, "lastPulledHash": "abc", "lastPulledAt": "2026-01-05T09:00:00Z"},
        {"uuid": ID},
        {"uuid": ID, "latestVersion": 7},
    ],
)
def test_all_generations_of_the_public_engines_file_are_read(tmp_path: Path, entry: Any) -> None:
    write(
        tmp_path, {"assistants": {"sales/router": entry}, "credentials": {"hmac": {"uuid": "a-credential"}}}
    )
    held = state.load(tmp_path, "dev")
    assert held.entries == {ROUTER: Entry(ID)}
    assert held.credentials == {"hmac": "a-credential"}


def test_sections_of_others_stay(tmp_path: Path) -> None:
    evals = {"greets": {"uuid": "an-eval"}}
    file = write(tmp_path, {"evals": evals, "assistants": {}})
    held = state.load(tmp_path, "dev")
    held.record(ROUTER, Entry(ID))
    assert json.loads(file.read_text())["evals"] == evals
    assert json.loads(file.read_text())["assistants"] == {"sales/router": {"uuid": ID}}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    entry = entry_of({"a.b": {"c\\": 1}, "n": None}, {"a.b": {"c\\": 2, "d": 3}}, ID)
    held = state.load(tmp_path, "dev")
    held.record(ROUTER, entry)
    held.record_account({"hmac": "a-credential"}, {"BACKEND_URL": "https://api.example"})
    held.record(("tools", "look_up"), Entry("old"))
    held.supersede(("tools", "look_up"), Entry("new"))
    again = state.load(tmp_path, "dev")
    assert again.entries == {ROUTER: entry, ("tools", "look_up"): Entry("new")}
    assert (again.credentials, again.variables) == (held.credentials, held.variables)
    assert again.superseded == held.superseded
    again.forget(ROUTER)
    again.forget_superseded("old")
    assert list(state.load(tmp_path, "dev").entries) == [("tools", "look_up")]


def test_the_same_again_changes_no_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = state.load(tmp_path, "dev")
    held.record(ROUTER, entry_of({"name": "a"}, {"name": "a"}, ID))
    before = held.file.stat().st_ino, held.file.read_bytes()
    monkeypatch.setattr(state, "now", lambda: "2031-01-01T00:00:00Z")
    again = state.load(tmp_path, "dev")
    again.record(ROUTER, entry_of({"name": "a"}, {"name": "a"}, ID))
    assert (held.file.stat().st_ino, held.file.read_bytes()) == before


def test_the_order_of_recording_is_not_seen(tmp_path: Path) -> None:
    texts: list[bytes] = []
    for order in (1, -1):
        held = state.load(tmp_path / str(order), "dev")
        for id_ in ["b", "a", "c"][::order]:
            held.record(("tools", id_), Entry(id_))
        texts.append(held.file.read_bytes())
    assert texts[0] == texts[1]


def test_what_is_recorded_together_is_written_once_even_when_it_is_cut_short(tmp_path: Path) -> None:
    held = state.load(tmp_path, "dev")
    with suppress(KeyboardInterrupt), held.together():
        held.record(ROUTER, Entry(ID))
        assert not held.file.exists()
        raise KeyboardInterrupt
    assert state.load(tmp_path, "dev").entries == {ROUTER: Entry(ID)}
    inode = held.file.stat().st_ino
    with held.together():
        held.record(ROUTER, Entry(ID))
    assert held.file.stat().st_ino == inode


def test_a_crash_while_writing_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = state.load(tmp_path, "dev")
    held.record(ROUTER, Entry(ID))

    def crash(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "replace", crash)
    with pytest.raises(OSError):
        held.forget(ROUTER)
    assert state.load(tmp_path, "dev").entries == {ROUTER: Entry(ID)}
    assert list(tmp_path.iterdir()) == [held.file]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        '<<<<<<< ours\n{"assistants": {}}\n',
        "[]",
        '"text"',
        {"assistants": []},
        {"assistants": {"a": {}}},
        {"assistants": {"a": {"uuid": 5}}},
        {"assistants": {"a": None}},
        {"superseded": {"a": {}}},
    ],
)
def test_a_file_that_cant_be_read_is_named_with_what_to_do(tmp_path: Path, content: Any) -> None:
    file = write(tmp_path, content)
    with pytest.raises(StateWrong, match="take it back from git, or delete it") as wrong:
        state.load(tmp_path, "dev")
    assert str(file) in str(wrong.value)


def test_each_environment_has_its_own(tmp_path: Path) -> None:
    state.load(tmp_path, "dev").record(ROUTER, Entry(ID))
    assert state.load(tmp_path, "prod").entries == {}
