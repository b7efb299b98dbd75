"""Lambda behind `GET /agents`, `/agents/{agent_id}`, `/agent-choices` and `/tools/status`."""

from typing import get_args

from frontdesk.agents import agent as agents
from frontdesk.agents import choices, definitions, status
from frontdesk.agents.wire import Choices, Named, ShownAgent, ToolsStatus, Voice, shown
from frontdesk.calls.wire import TransferReason
from frontdesk.endpoint import Nothing
from frontdesk.members.serving import Request, routed, serve
from frontdesk.settings import settings
from functions.agents.reading.endpoint import CHOICES, LIST, READ, STATUS, Agents


@serve(LIST)
def everybody(request: Request[Nothing]) -> Agents:
    """All of them."""
    return Agents(agents=[shown(agent) for agent in agents.all_of(request.db)])


@serve(READ)
def read(request: Request[Named]) -> ShownAgent:
    """As it was saved last, and how far that has come."""
    return shown(agents.one(request.db, request.parameters.agent_id))


@serve(CHOICES)
def may_be(request: Request[Nothing]) -> Choices:  # noqa: ARG001 - the same for everybody
    """What an agent may be made of."""
    return Choices(
        voices=[
            Voice(id=each.id, name=each.name, languages=list(each.languages), sample=dict(each.sample))
            for each in choices.VOICES.values()
        ],
        models=list(choices.MODELS),
        transfer_reasons=list(get_args(TransferReason)),
        hottest=choices.HOTTEST,
    )


@serve(STATUS)
def tools(request: Request[Nothing]) -> ToolsStatus:
    """Which tools the clinic is linked to, beside what they are today."""
    return status.of_clinic(request.db, definitions.published(request.db, settings().public_url))


handler = routed(everybody, read, may_be, tools)
