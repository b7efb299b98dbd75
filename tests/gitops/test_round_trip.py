"""The law of round trips: a tree that was pushed and pulled into an empty folder says what it said before."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from frontdesk.vapi.kinds import (
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
from gitops import documents
from gitops import tree as trees
from gitops.documents import Document
from gitops.references import Key, Names
from gitops.tree import Tree
from tests.gitops import engine
from tests.gitops.engine import Desk
from tests.gitops.test_documents import CHARACTERS, DOCUMENTS, TEXTS
from tests.vapi_account import VapiAccount, vapi_account

pytestmark = pytest.mark.slow

EVERYTHING = [kind.folder for kind in KINDS]
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
LAW = settings(deadline=None, max_examples=5, suppress_health_check=SLOW, phases=[Phase.generate])

Files = dict[Key, tuple[str, Document]]
"""Suffix and content of each file."""

IDS = st.from_regex(r"[a-zé中0-9_-]{1,8}(/[a-zé中_-][a-z0-9_.-]{0,5}[a-z])?", fullmatch=True)
NAMES = st.text(CHARACTERS, min_size=1, max_size=40) | TEXTS.filter(bool).map(lambda text: text[:40])
FUNCTION_NAMES = st.from_regex(r"[a-zA-Z0-9_-]{1,64}", fullmatch=True)
LONG_PROMPT = "# Identity\n\n" + "You help. " * 300
LIQUID_PROMPT = "{% if transport.conversationType == 'chat' %}写{% endif %}\n\n---\n\nx: y"
PROMPTS = TEXTS | st.lists(TEXTS, max_size=8).map("\n".join) | st.sampled_from([LONG_PROMPT, LIQUID_PROMPT])
URLS = st.sampled_from(
    ["${BACKEND_URL}/tools/x", "https://${HOST}/y", "${BACKEND_URL}", "https://else.example/z"]
)
VARIABLES = {"BACKEND_URL": "https://api.example", "HOST": "host.example"}

Fields = dict[str, st.SearchStrategy[Any]]


def mapping(optional: Fields | None = None, /, **always: Any) -> st.SearchStrategy[Document]:
    """A mapping with those fields, of which the optional ones may be missing; what is no strategy stays."""
    fields: Fields = {
        key: each if isinstance(each, st.SearchStrategy) else st.just(each) for key, each in always.items()
    }
    return st.fixed_dictionaries(fields, optional=optional or {})


def some(found: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(found), max_size=3, unique=True) if found else st.just([])


SERVERS = mapping(
    {
        "timeoutSeconds": st.integers(1, 300),
        "credentialId": st.just("frontdesk-hmac"),
        "headers": st.dictionaries(NAMES, TEXTS, max_size=2),
    },
    url=URLS,
)
SILENCES = st.lists(mapping({"blocking": st.booleans()}, type="request-start", content=TEXTS), max_size=2)
SYSTEM = st.lists(mapping(role="system", content=PROMPTS), max_size=1)
USER = st.lists(st.just({"role": "user", "content": "Hi"}), max_size=1)
PROPERTIES = st.dictionaries(TEXTS, mapping(type="string", description=TEXTS), max_size=3)
SCHEMAS = mapping(type="object", properties=PROPERTIES)
VOICE = {"provider": "azure", "voiceId": "zh-CN-XiaoxiaoNeural", "speed": 1.0}


def tool(name: str, assistants: list[str]) -> st.SearchStrategy[Document]:
    """Of our own server; of Vapi's own, without a name; or one that names an assistant, made later."""
    function = mapping(name=name, description=TEXTS, parameters=SCHEMAS)
    ours = mapping(type="function", function=function, server=SERVERS, messages=SILENCES)
    nameless = st.just({"type": "endCall", "messages": [{"type": "request-start", "content": name}]})
    if not assistants:
        return ours | nameless
    destination = mapping(type="assistant", assistantId=st.sampled_from(assistants), description=TEXTS)
    return (
        ours
        | nameless
        | mapping(type="handoff", function={"name": name}, destinations=st.tuples(destination).map(list))
    )


def assistant(name: str, tools: list[str], outputs: list[str]) -> st.SearchStrategy[Document]:
    model = mapping(
        {"toolIds": some(tools), "temperature": st.floats(0, 2)},
        provider="openai",
        model="gpt-4o",
        messages=st.tuples(SYSTEM, USER).map(lambda both: both[0] + both[1]),
    )
    more: Fields = {
        "firstMessage": TEXTS,
        "voice": st.none() | st.just(VOICE),
        "server": SERVERS,
        "endCallPhrases": st.lists(NAMES, max_size=3),
        "artifactPlan": mapping(structuredOutputIds=some(outputs)),
        "metadata": DOCUMENTS,
        "startSpeakingPlan": st.just({}),
    }
    return mapping(more, name=name, model=model)


def squad(name: str, assistants: list[str], called: list[str]) -> st.SearchStrategy[Document]:
    silent = st.just({"firstMessage": ""})
    destination = mapping(
        {"assistantOverrides": silent}, type="assistant", assistantName=st.sampled_from(called)
    )
    handoff = mapping(type="handoff", destinations=st.tuples(destination).map(list), messages=SILENCES)
    overrides = mapping({"tools:append": st.tuples(handoff).map(list)}, variableValues=DOCUMENTS)
    member = mapping(assistantId=st.sampled_from(assistants), assistantOverrides=overrides)
    return mapping(name=name, members=st.lists(member, min_size=1, max_size=3))


@st.composite
def files(draw: st.DrawFn) -> Files:
    """A tree that Vapi would take: real fields, wild content, references in all directions."""
    made: Files = {}

    def ids(most: int) -> list[str]:
        return draw(st.lists(IDS, max_size=most, unique_by=str.casefold))

    def put(
        kind: Kind, ids: list[str], make: Callable[[str], st.SearchStrategy[Document]], names: Any = NAMES
    ) -> list[str]:
        """Makes one of each id; gives their names."""
        called: list[str] = draw(st.lists(names, min_size=len(ids), max_size=len(ids), unique=True))
        for id_, name in zip(ids, called, strict=True):
            document = draw(make(name))
            fits = documents.suffix_for(document) if kind is ASSISTANTS else ".yml"
            made[kind.name, id_] = draw(st.sampled_from([fits, ".yml", ".yaml"])), document
        return called

    tools, outputs, assistants = ids(3), ids(2), ids(3)
    put(TOOLS, tools, lambda name: tool(name, assistants), FUNCTION_NAMES)
    output: Fields = {"assistantIds": some(assistants), "description": TEXTS}
    put(OUTPUTS, outputs, lambda name: mapping(output, name=name, type="ai", schema=SCHEMAS))
    called = put(ASSISTANTS, assistants, lambda name: assistant(name, tools, outputs))
    put(SQUADS, ids(2) if assistants else [], lambda name: squad(name, assistants, called))

    personalities, scenarios = ids(1), ids(2)
    caller = mapping(model=mapping(provider="openai", model="gpt-4o", messages=SYSTEM))
    put(PERSONALITIES, personalities, lambda name: mapping(name=name, assistant=caller))
    judged = [mapping(structuredOutputId=each, comparator="=", value=TEXTS) for each in outputs]
    evaluations = st.tuples(*judged).map(list)
    put(SCENARIOS, scenarios, lambda name: mapping(name=name, instructions=PROMPTS, evaluations=evaluations))
    simulations = ids(2) if personalities and scenarios else []
    put(
        SIMULATIONS,
        simulations,
        lambda name: mapping(
            name=name, personalityId=st.sampled_from(personalities), scenarioId=st.sampled_from(scenarios)
        ),
    )
    put(SUITES, ids(1), lambda name: mapping(name=name, simulationIds=some(simulations)))
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
    # Of the variables, an empty folder without a state can only know the one that every tree may use.
    values = {**VARIABLES, "BACKEND_URL": "${BACKEND_URL}"}
    names = Names(ids, {"frontdesk-hmac": "frontdesk-hmac"}, values)
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
