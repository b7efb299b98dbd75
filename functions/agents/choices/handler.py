"""Lambda behind `GET /agent-choices`."""

from typing import get_args

from frontdesk.agents import choices
from frontdesk.agents.wire import Choices, Voice
from frontdesk.calls.wire import TransferReason
from frontdesk.endpoint import Parameters
from frontdesk.members.serving import Request, serve
from functions.agents.choices.endpoint import ENDPOINT


@serve(ENDPOINT)
def handler(request: Request[Parameters]) -> Choices:  # noqa: ARG001 - the same for everybody
    """The lists."""
    return Choices(
        voices=[
            Voice(id=each.id, name=each.name, languages=list(each.languages), sample=dict(each.sample))
            for each in choices.VOICES.values()
        ],
        models=list(choices.MODELS),
        transfer_reasons=list(get_args(TransferReason)),
        hottest=choices.HOTTEST,
    )
