"""The stack twice: dev with the functions on disk, and prod with two folders that nobody knew of."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from frontdesk.endpoint import Endpoint
from frontdesk.tool import Need
from frontdesk.trigger import Console, Messages, Queue
from infra import discovery
from infra.packaging import Bundle, NoInterpreter, bundle
from infra.routes import resources
from infra.template import template

TOOL = """
from frontdesk.tool import Answer, Need, Tool, ToolArguments


class Arguments(ToolArguments):
    loudness: int


TOOL = Tool(
    name="{name}",
    description="Rings.",
    arguments=Arguments,
    answer=Answer,
    needs=frozenset({{{needs}}}),
    example=Arguments(loudness=3),
)
"""

TRIGGER = """
from datetime import timedelta

from frontdesk.trigger import Schedule

TRIGGER = Schedule(every=timedelta(minutes=90), layer="brass", embeds=True)
"""
HELD = """
from frontdesk.trigger import Invoked

TRIGGER = Invoked(layer="clapper", timeout_s=7, memory_mb=2048)
"""
ASKING = """
from frontdesk.trigger import Invoked

TRIGGER = Invoked(asks_emrs=True)
"""
HEARING = """
from frontdesk.trigger import Messages

TRIGGER = Messages(
    path="/bells/hear",
    sends_to="bells/on_bell_tuned",
    reads=("entries",),
    writes=("messages",),
    uses_vapi=True,
    embeds=True,
)
"""
FED = """
from frontdesk.trigger import Console, Messages, Queue

TRIGGER = Queue(
    events=("BellTuned", "BellCast"),
    batch_size=5,
    max_concurrency=3,
    uses_vapi=True,
    reads=("messages",),
    writes=("entries", "originals"),
    deletes=("entries",),
    raises=("BellRung",),
    uploads=("documents", "recordings"),
    embeds=True,
)
"""
SENDING = """
from datetime import timedelta

from frontdesk.trigger import Schedule

TRIGGER = Schedule(every=timedelta(minutes=15), sends_to="bells/on_bell_tuned", uses_vapi=True,
    deletes=("recordings",))
"""
ENDPOINT = """
from frontdesk.endpoint import Endpoint, Parameters
from frontdesk.tool import Wire

ENDPOINTS = (
    Endpoint(method="PUT", path="/bells/{id}", parameters=Parameters, answer=Wire, raises=("BellTuned",)),
    Endpoint(method="GET", path="/bells", parameters=Parameters, answer=Wire, reads=("originals",),
        embeds=True),
)
"""


GREETER = """
from frontdesk.trigger import UserPool

TRIGGER = UserPool("PostConfirmation")
"""


@pytest.fixture(scope="session")
def for_lambda(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """What is deployed."""
    try:
        return bundle(tmp_path_factory.mktemp("lambda"), "lambda")
    except NoInterpreter as error:
        pytest.skip(str(error))  # CI has it on one of its interpreters


@dataclass(frozen=True)
class Synthesised:
    template: dict[str, Any]
    tools: list[str]
    folders: list[str]
    schedules: dict[str, str]
    """Rates as Scheduler writes them, by folder."""
    queues: dict[str, Queue]
    """By folder."""
    messages: dict[str, Messages]
    """What Vapi posts its messages to, by folder."""
    asked_or_timed: set[tuple[str, str, str]]
    """What endpoints and schedules may do with the store: folder, action, and below what."""
    raising: dict[str, set[str]]
    """What endpoints and queues' functions raise, by folder; those that raise nothing are left out."""
    users_of_vapi: list[str]
    """The folders of functions that are given the platform's key."""
    embedding: set[str]
    """The folders of functions that make vectors of texts."""
    asking_emrs: tuple[set[str], set[str]]
    """Functions that ask clinics' EMRs themselves, and those that ask by another's name."""
    endpoints: dict[str, list[tuple[str, str]]]
    """Methods and paths, by folder."""
    signed_up_and_in: dict[str, str]
    """What the user pool calls, by the name of the moment."""
    layers: dict[str, str]
    """The dependency groups that functions ask for, by folder."""
    consoles: dict[str, Console]
    """The clinic's pages, by folder."""

    def all(self, kind: str) -> dict[str, Any]:
        return resources(self.template, kind)

    @property
    def functions(self) -> dict[str, Any]:
        """Ours, by folder; the CDK adds one of its own, which calls the migrator."""
        return {
            made["Properties"]["Handler"].removeprefix("functions.").removesuffix(".handler.handler"): made
            for made in self.all("AWS::Lambda::Function").values()
            if made["Properties"]["Handler"].startswith("functions.")
        }

    @property
    def environments(self) -> dict[str, dict[str, Any]]:
        """What each of our functions is told, by folder."""
        return {name: made["Properties"]["Environment"]["Variables"] for name, made in self.functions.items()}


def rate(every: timedelta) -> str:
    """As Scheduler writes it, in the largest unit that fits."""
    for unit, length in (
        ("day", timedelta(days=1)),
        ("hour", timedelta(hours=1)),
        ("minute", timedelta(minutes=1)),
    ):
        if not every % length:
            count = every // length
            return f"rate({count} {unit}{'s' if count > 1 else ''})"
    raise ValueError(every)


def _asked(folder: str) -> tuple[Endpoint[Any, Any], ...]:
    """The endpoints of a folder; of a tool's, none."""
    return discovery.endpoints().get(folder, ())


def _for_members(does: Callable[[Endpoint[Any, Any]], bool]) -> set[str]:
    """Folders whose endpoints do so, and those of pages that call such."""
    themselves = {folder for folder, several in discovery.endpoints().items() if any(map(does, several))}
    pages = discovery.consoles().items()
    return themselves | {
        folder for folder, page in pages if any(does(one) for used in page.uses for one in _asked(used))
    }


def calling(*called: str) -> set[str]:
    """Those folders, and the pages that call one of them: what it may, they may."""
    pages = discovery.consoles().items()
    return {*called, *(folder for folder, one in pages if {*called} & {*one.uses})}


def new_functions(folder: Path) -> Path:
    """A tree of its own: three tools, two schedules, one of everything else, and the migrator."""
    needs = {
        "name_the_bell": "Need.DATABASE, Need.EMBEDDER",
        "ring_outside": "Need.DATABASE, Need.LIVE_CONTROL",
        "ring_the_bell": "Need.DATABASE, Need.EMR",
    }
    for name, needed in needs.items():
        made = folder / "functions" / "tools" / name
        made.mkdir(parents=True)
        (made / "tool.py").write_text(TOOL.format(name=name, needs=needed))
        (made / "handler.py").touch()
    others = {
        "database/migrate": "",
        "bells/greet": GREETER,
        "bells/hear": HEARING,
        "bells/on_bell_tuned": FED,
        "bells/polish": TRIGGER,
        "bells/reconcile": SENDING,
        "bells/tune": ENDPOINT,
        "emr/ask": ASKING,
        "emr/connect": ASKING,
        "knowledge/embed": HELD,
    }
    for name, definition in others.items():
        made = folder / "functions" / name
        made.mkdir(parents=True)
        (made / "handler.py").touch()
        if definition:
            (made / f"{'endpoint' if definition == ENDPOINT else 'trigger'}.py").write_text(definition)
    (folder / "functions" / "__init__.py").touch()
    return folder


@pytest.fixture(scope="session")
def new_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_functions(tmp_path_factory.mktemp("tree"))


@pytest.fixture(scope="session", params=["on disk", "new folders"])
def stack(request: pytest.FixtureRequest, new_tree: Path) -> Synthesised:
    if request.param == "on disk":
        return Synthesised(
            template(),
            [tool.name for tool in discovery.tools()],
            discovery.folders(),
            {folder: rate(one.every) for folder, one in discovery.schedules().items()},
            discovery.queues(),
            discovery.messages(),
            {
                *((folder, "s3:GetObject", "originals") for folder in calling("calls/originals")),
                *((folder, "s3:PutObject", "documents") for folder in calling("knowledge/documents")),
                ("privacy/delete_elsewhere", "s3:DeleteObject", "documents"),
                ("privacy/delete_elsewhere", "s3:DeleteObject", "originals"),
                ("privacy/delete_elsewhere", "s3:DeleteObject", "recordings"),
            },
            {
                folder: raised
                for folder, several in discovery.endpoints().items()
                if (raised := {event for one in several for event in one.raises})
            }
            | {folder: {*one.raises} for folder, one in discovery.queues().items() if one.raises}
            | {
                folder: raised
                for folder, page in discovery.consoles().items()
                if (raised := {event for used in page.uses for one in _asked(used) for event in one.raises})
            },
            sorted(
                [folder for folder, one in discovery.triggers() if one.uses_vapi]
                + [folder for folder, one in discovery.messages().items() if one.uses_vapi]
                + [*_for_members(lambda one: one.uses_vapi)]
            ),
            {
                *(f"tools/{tool.name}" for tool in discovery.tools() if Need.EMBEDDER in tool.needs),
                *(folder for folder, one in discovery.triggers() if one.embeds),
                *(folder for folder, one in discovery.messages().items() if one.embeds),
                *_for_members(lambda one: one.embeds),
            },
            (
                {"emr/ask", "emr/connect", "emr/sync"},
                {
                    *(f"tools/{tool.name}" for tool in discovery.tools() if Need.EMR in tool.needs),
                    *_for_members(lambda one: one.asks_emr),
                },
            ),
            {
                folder: [(one.method, one.path) for one in several]
                for folder, several in discovery.endpoints().items()
            },
            {
                "PostConfirmation": "members/post_confirmation",
                "PreTokenGeneration": "members/pre_token_generation",
            },
            {
                "scheduling/keep_holidays": "holidays",
                "knowledge/embed": "embedder",
                "knowledge/on_document_uploaded": "documents",
                "emr/ask": "emr",
                "emr/connect": "emr",
                "emr/sync": "emr",
                "emr/keys": "members",
                **dict.fromkeys(discovery.endpoints(), "members"),
                **dict.fromkeys(discovery.consoles(), "console"),
            },
            discovery.consoles(),
        )
    tools = ["name_the_bell", "ring_outside", "ring_the_bell"]
    bells = [f"bells/{name}" for name in ("greet", "hear", "on_bell_tuned", "polish", "reconcile", "tune")]
    others = ["database/migrate", "emr/ask", "emr/connect", "knowledge/embed"]
    folders = [*bells, *others, *(f"tools/{tool}" for tool in tools)]
    return Synthesised(
        template("prod", functions_in=new_tree),
        *(tools, folders),
        {"bells/polish": "rate(90 minutes)", "bells/reconcile": "rate(15 minutes)"},
        {
            "bells/on_bell_tuned": Queue(
                ("BellTuned", "BellCast"),
                *(5, 3),
                uses_vapi=True,
                reads=("messages",),
                writes=("entries", "originals"),
                deletes=("entries",),
                raises=("BellRung",),
                uploads=("documents", "recordings"),
                embeds=True,
            )
        },
        {
            "bells/hear": Messages(
                *("/bells/hear", "bells/on_bell_tuned"),
                reads=("entries",),
                writes=("messages",),
                uses_vapi=True,
                embeds=True,
            )
        },
        {
            ("bells/tune", "s3:GetObject", "originals"),
            ("bells/reconcile", "s3:DeleteObject", "recordings"),
        },
        {"bells/tune": {"BellTuned"}, "bells/on_bell_tuned": {"BellRung"}},
        ["bells/hear", "bells/on_bell_tuned", "bells/reconcile"],
        {"bells/hear", "bells/on_bell_tuned", "bells/polish", "bells/tune", "tools/name_the_bell"},
        ({"emr/ask", "emr/connect"}, {"tools/ring_the_bell"}),
        {"bells/tune": [("PUT", "/bells/{id}"), ("GET", "/bells")]},
        {"PostConfirmation": "bells/greet"},
        {"bells/polish": "brass", "bells/tune": "members", "knowledge/embed": "clapper"},
        {},
    )
