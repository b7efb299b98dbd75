"""From a Lambda event to a tool's handler and back: what all tools have in common, once.

Prove the origin on the raw body, read any of Vapi's shapes, have each tool call answered, log and measure
it, answer with status 200. Only this module, `vapi.requests` and `members.serving` know Lambda events;
`answering` takes one tool call through the database.
"""

import gc
import json
import time
from collections.abc import Callable
from typing import Any, Final, Generic, NamedTuple, TypeVar
from uuid import uuid4

from aws_lambda_powertools.metrics import Metrics, MetricUnit

from frontdesk import measures, traces
from frontdesk.answering import Answering, Handler, Result, storable
from frontdesk.call import Call
from frontdesk.errors import Unclear
from frontdesk.logs import debug_phi, logger
from frontdesk.settings import settings
from frontdesk.speech.language import language_heard
from frontdesk.tool import Tool, ToolArguments
from frontdesk.vapi import messages, requests
from frontdesk.vapi.requests import Event

__all__ = ["Call", "serve"]

LONGEST_BODY: Final = 1_000_000
"""Bytes; a long call's history with nine assistants' prompts is a third of that."""

A = TypeVar("A", bound=ToolArguments)

metrics: Final = Metrics(namespace=measures.NAMESPACE)
"""By tool, under the stage's namespace: how long each took, and what it came to."""


class Served(NamedTuple, Generic[A]):
    """A Lambda handler of one tool."""

    tool: Tool[A]
    handler: Handler[A]
    """The tool's own, for who has a call and a transaction already: a rehearsal."""
    answered: Callable[[Event, Any], Event]

    def __call__(self, event: Event, context: Any) -> Event:
        """API Gateway's response to its event."""
        return self.answered(event, context)


def serve(tool: Tool[A]) -> Callable[[Handler[A]], Served[A]]:
    """Makes a Lambda handler of a tool's own handler, a function from `Call` to `Answer`."""
    tool.ready()

    def with_handler(handler: Handler[A]) -> Served[A]:
        def lambda_handler(event: Event, context: Any) -> Event:
            with traces.work(request_id=context.aws_request_id):
                return answered(event, context)

        def answered(event: Event, context: Any) -> Event:
            headers, body = requests.headers(event), requests.body(event)
            if refused := requests.refusal(body, headers, longest=LONGEST_BODY):
                return refused
            ends = requests.ends(context)
            try:
                sent = messages.read(body)
                if not isinstance(sent.get("message"), dict):
                    return _answer_bare(tool, handler, sent, headers, ends)
                asked = messages.tool_calls(sent["message"])
            except Unclear as unclear:
                return requests.response(200, {"error": unclear.fact})
            return requests.response(
                200,
                {
                    "results": [
                        {
                            "name": tool.name,
                            "toolCallId": one.id,
                            "error" if result.is_error else "result": result.text,
                        }
                        for one in asked.calls
                        # Another tool's calls in the same message are answered by that tool's function.
                        if one.name == tool.name
                        for result in [_answer(tool, handler, one, asked.conversation, ends)]
                    ]
                },
            )

        # Everything imported is here to stay, so no later collection need look at it again.
        gc.freeze()
        gc.enable()
        return Served(tool, handler, lambda_handler)

    return with_handler


def _answer_bare(
    tool: Tool[A], handler: Handler[A], arguments: dict[str, Any], headers: dict[str, str], ends: float
) -> Event:
    """The second format: bare arguments in, plain JSON out, as Vapi's `apiRequest` tools and curl have it."""
    conversation = messages.bare_conversation(headers)
    result = _answer(
        tool, handler, messages.ToolCall(f"bare-{uuid4()}", tool.name, arguments), conversation, ends
    )
    return requests.response(200, {"error": result.text} if result.is_error else json.loads(result.text))


def _answer(
    tool: Tool[A], handler: Handler[A], asked: messages.ToolCall, of: messages.Conversation, ends: float
) -> Result:
    """One tool call, whatever happens to it; logged and measured."""
    began = time.monotonic()
    deadline = min(began + settings().deadline_s, ends)
    told = language_heard((asked.arguments or {}).get("language"))
    answering = Answering(tool, handler, asked, of, deadline, told, ends)
    with traces.work(call_id=storable(of.id), tool_call_id=asked.id):
        return _answered(tool, asked, of, answering, began)


def _answered(
    tool: Tool[A], asked: messages.ToolCall, of: messages.Conversation, answering: Answering, began: float
) -> Result:
    if not asked.id:
        result = Result("The tool call has no id, so nothing was done.", "unclear", is_error=True)
    elif asked.arguments is None:
        result = Result(
            "The arguments are not an object; send them as one. Nothing was done.", "unclear", True
        )
    else:
        result = answering.answer()
    took_ms = round((time.monotonic() - began) * 1000, 1)
    logger.info(
        "tool call answered",
        extra={
            "tool": tool.name,
            "outcome": result.outcome,
            "duration_ms": took_ms,
            "call_id": of.id,
            "tool_call_id": asked.id,
            "org_id": answering.org_id,
        },
    )
    debug_phi(f"{tool.name} arguments", asked.arguments)
    debug_phi(f"{tool.name} result", result.text)
    metrics.add_dimension(name="tool", value=tool.name)
    metrics.add_metric(name="duration", unit=MetricUnit.Milliseconds, value=took_ms)
    metrics.add_metric(name=result.outcome, unit=MetricUnit.Count, value=1)
    metrics.flush_metrics()
    if result.booking:
        measures.booked(result.booking)
    return result
