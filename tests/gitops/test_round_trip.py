"""The law of round trips: a tree that was pushed and pulled into an empty folder says what it said before."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gitops import documents
from gitops import tree as trees
from gitops.documents import Document
from gitops.kinds import (
    ASSISTANTS,
    KINDS,
    OUTPUTS,
    PERSONALITIES,
    SCENARIOS,
    SIMULATIONS,
    SQUADS,
    SUITES,
    TOOLS,
    Kind,
)
from gitops.references import Key, Names
from gitops.tree import Tree
from tests.gitops import engine
from tests.gitops.engine import Desk
from tests.gitops.test_documents import CHARACTERS, DOCUMENTS, TEXTS
from tests.vapi_account import VapiAccount, vapi_account

EVERYTHING = [kind.folder for kind in KINDS]
LAW = settings(deadline=None, max_examples=5, suppress_health_check=list(HealthCheck), phases=[Phase.generate])

Files = dict[Key, tuple[str, Document]]
"""Suffix and content of each file."""

IDS = st.from_regex(r"[a-zé中0-9_-]{1,8}(/[a-zé中_-][a-z0-9_.-]{0,5}[a-z])?", fullmatch=True)
NAMES = st.text(CHARACTERS, min_size=1, max_size=40) | TEXTS.filter(bool).map(lambda text: text[:40])
FUNCTION_NAMES = st.from_regex(r"[a-zA-Z0-9_-]{1,64}", fullmatch=True)
PROMPTS = (
    TEXTS
    | st.lists(TEXTS, max_size=8).map("\n".join)
    | st.sampled_from(
        [
            "# Identity\n\n" + "You help. " * 300,
            "{% if transport.conversationType == 'chat' %}写{% endif %}\n\n---\n\nx: y",
        ]
    )
)
URLS = st.sampled_from(
    ["${BACKEND_URL}/tools/x", "https://${HOST}/y", "${BACKEND_URL}", "https://else.example/z"]
)
SERVERS = st.fixed_dictionaries(
    {"url": URLS},
    optional={
        "timeoutSeconds": st.integers(1, 300),
        "credentialId": st.just("frontdesk-hmac"),
        "headers": st.dictionaries(NAMES, TEXTS, max_size=2),
    },
)
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["request-start", "request-failed"]), "content": TEXTS},
        optional={"blocking": st.booleans()},
    ),
    max_size=2,
)
VARIABLES = {"BACKEND_URL": "https://api.example", "HOST": "host.example"}


@st.composite
def files(draw: st.DrawFn) -> Files:
    """A tree that Vapi would take: real fields, wild content, references in all directions."""
    made: Files = {}

    def ids(kind: Kind, most: int = 3) -> list[str]:
        found = draw(st.lists(IDS, max_size=most, unique_by=str.casefold))
        # A folder and a file may share a name, a file and its twin may not.
        return found

    def some(found: list[str]) -> Any:
        return st.lists(st.sampled_from(found), max_size=3, unique=True) if found else st.just([])

    def put(kind: Kind, id_: str, document: Document) -> None:
        fits = documents.suffix_for(document) if kind is ASSISTANTS else ".yml"
        suffix = draw(st.sampled_from([fits, ".yml", ".yaml"]))
        made[kind.name, id_] = suffix, document

    def named(found: list[str], names: Any = NAMES) -> Iterator[tuple[str, str]]:
        return zip(
            found, draw(st.lists(names, min_size=len(found), max_size=len(found), unique=True)), strict=True
        )

    tools, outputs, assistants = ids(TOOLS), ids(OUTPUTS, 2), ids(ASSISTANTS)
    others = {"kind": st.just("assistant"), "assistantId": st.sampled_from(assistants)} if assistants else {}
    for id_, name in named(tools, FUNCTION_NAMES):
        function = {
            "name": name,
            "description": draw(TEXTS),
            "parameters": {"type": "object", "properties": draw(DOCUMENTS)},
        }
        kind = draw(st.sampled_from(["function", "function", "endCall", "handoff"]))
        if kind == "function":
            made_one = {
                "type": kind,
                "function": function,
                "server": draw(SERVERS),
                "messages": draw(MESSAGES),
            }
        elif kind == "handoff" and others:
            destination = {
                "type": "assistant",
                "assistantId": draw(st.sampled_from(assistants)),
                "description": draw(TEXTS),
            }
            made_one = {"type": kind, "function": {"name": name}, "destinations": [destination]}
        else:
            made_one = {"type": "endCall", "messages": [{"type": "request-start", "content": name}]}
        put(TOOLS, id_, made_one)
    for id_, name in named(outputs):
        more = draw(
            st.fixed_dictionaries({}, optional={"assistantIds": some(assistants), "description": TEXTS})
        )
        put(
            OUTPUTS,
            id_,
            {"name": name, "type": "ai", "schema": {"type": "object", "properties": draw(DOCUMENTS)}, **more},
        )
    member_names: dict[str, str] = {}
    for id_, name in named(assistants):
        member_names[id_] = name
        system = [{"role": "system", "content": draw(PROMPTS)}] if draw(st.booleans()) else []
        model = {
            "provider": "openai",
            "model": "gpt-4o",
            "messages": [*system, *draw(st.lists(st.just({"role": "user", "content": "Hi"}), max_size=1))],
        }
        more = draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "firstMessage": TEXTS,
                    "voice": st.none()
                    | st.just({"provider": "azure", "voiceId": "zh-CN-XiaoxiaoNeural", "speed": 1.0}),
                    "server": SERVERS,
                    "endCallPhrases": st.lists(NAMES, max_size=3),
                    "artifactPlan": st.fixed_dictionaries({"structuredOutputIds": some(outputs)}),
                    "metadata": DOCUMENTS,
                    "startSpeakingPlan": st.just({}),
                },
            )
        )
        extra = draw(
            st.fixed_dictionaries({}, optional={"toolIds": some(tools), "temperature": st.floats(0, 2)})
        )
        put(ASSISTANTS, id_, {"name": name, "model": {**model, **extra}, **more})
    for id_, name in named(ids(SQUADS, 2) if assistants else []):
        destination = {
            "type": "assistant",
            "assistantName": draw(st.sampled_from([*member_names.values()])),
            "firstMessage": "",
        }
        append = [{"type": "handoff", "destinations": [destination], "messages": draw(MESSAGES)}]
        members = [
            {
                "assistantId": each,
                "assistantOverrides": {"tools:append": append, "variableValues": draw(DOCUMENTS)},
            }
            for each in draw(st.lists(st.sampled_from(assistants), min_size=1, max_size=3, unique=True))
        ]
        put(SQUADS, id_, {"name": name, "members": members})
    personalities, scenarios, simulations = ids(PERSONALITIES, 1), ids(SCENARIOS, 2), ids(SIMULATIONS, 2)
    for id_, name in named(personalities):
        put(
            PERSONALITIES,
            id_,
            {
                "name": name,
                "assistant": {
                    "model": {
                        "provider": "openai",
                        "model": "gpt-4o",
                        "messages": [{"role": "system", "content": draw(PROMPTS)}],
                    }
                },
            },
        )
    for id_, name in named(scenarios):
        evaluations = [
            {"structuredOutputId": each, "comparator": "=", "value": draw(TEXTS | st.booleans())}
            for each in outputs
        ]
        put(SCENARIOS, id_, {"name": name, "instructions": draw(PROMPTS), "evaluations": evaluations})
    for id_, name in named(simulations if personalities and scenarios else []):
        put(
            SIMULATIONS,
            id_,
            {"name": name, "personalityId": personalities[0], "scenarioId": draw(st.sampled_from(scenarios))},
        )
    for id_, name in named(ids(SUITES, 1)):
        put(SUITES, id_, {"name": name, "simulationIds": simulations if personalities and scenarios else []})
    return made


def written(root: Path, tree: Files) -> Tree:
    for (kind, id_), (suffix, document) in tree.items():
        folder = next(each.folder for each in KINDS if each.name == kind)
        file = root / folder / f"{id_}{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(documents.render(document, suffix), encoding="utf-8", newline="")
    found = trees.load(root)
    assert trees.faults(found) == []
    return found


def said(tree: Tree) -> dict[str, str]:
    """What each file says, as JSON."""
    return {each.name: json.dumps(each.document, sort_keys=True) for each in tree}


def said_by_name(tree: Tree) -> list[str]:
    """The same with every id replaced by the name of what it stands for, and without what Vapi drops."""
    ids = {each.key: f"@{trees.called(each.kind, each.document)}" for each in tree}
    names = Names(ids, {"frontdesk-hmac": "frontdesk-hmac"}, {name: f"${{{name}}}" for name in VARIABLES})
    held = [(each.kind.name, names.to_wire(each.document)) for each in tree]
    return sorted(
        json.dumps(
            [kind, {key: value for key, value in document.items() if value is not None}], sort_keys=True
        )
        for kind, document in held
    )


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "defaults"])
def account(request: pytest.FixtureRequest) -> Iterator[VapiAccount]:
    with vapi_account(defaults=request.param) as found:
        yield found


@pytest.fixture(scope="module")
def plain() -> Iterator[VapiAccount]:
    with vapi_account() as found:
        yield found


def pushed(root: Path, account: VapiAccount, tree: Files) -> tuple[Desk, Tree]:
    desk = Desk(root / "one", engine.emptied(account), dict(VARIABLES))
    desk.root.mkdir()
    before = written(desk.root, tree)
    outcome = desk.push(*EVERYTHING)
    assert outcome.is_well, outcome.notes()
    assert desk.plan(*EVERYTHING).is_empty
    assert desk.pull(*EVERYTHING) == []
    return desk, before


@LAW
@given(files())
def test_with_the_state_file_every_file_comes_back_as_it_was(account: VapiAccount, tree: Files) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk, before = pushed(Path(folder), account, tree)
        other = Desk(Path(folder) / "two", account, dict(VARIABLES))
        other.root.mkdir()
        shutil.copy(desk.root / ".vapi-state.test.json", other.root)
        other.pull(*EVERYTHING)
        after, _ = other.read()
        assert after.problems == []
        assert said(after) == said(before)
        assert other.plan(*EVERYTHING).is_empty


@LAW
@given(files())
def test_without_it_they_come_back_under_ids_made_from_their_names(plain: VapiAccount, tree: Files) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _, before = pushed(Path(folder), plain, tree)
        other = Desk(Path(folder) / "two", plain, dict(VARIABLES))
        other.root.mkdir()
        other.pull(*EVERYTHING)
        after, _ = other.read()
        assert after.problems == []
        assert said_by_name(after) == said_by_name(before)
        assert other.plan(*EVERYTHING).is_empty
        assert other.pull(*EVERYTHING) == []
