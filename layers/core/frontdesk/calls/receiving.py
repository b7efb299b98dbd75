"""From a Lambda event to the answer of `POST /vapi/messages`: what waits is answered, the rest is taken.

Vapi sends every message but tool calls here. A message that could not be kept is answered 503, and Vapi's
`backoffPlan` sends it again; everything else that is proven is 200, for a refusal would only be repeated.

Measured, in the stage's namespace, by message: `MessageAnswered`, `MessageTaken`, `MessageIgnored`
(known, and nothing follows), `MessageUnknown`, `MessageUnreadable`, `MessageTooLarge`, `MessageNotTaken`;
of an `assistant-request` whether
anybody answered it (`Answered`, 1 or 0), how (`arrival.Answer.how`) and how long that took; `CallEnded`; of a
`knowledge-base-request` what came of it (`questions.Answer.how`).
"""

import gc
import time
from typing import Any, Final, cast

from aws_lambda_powertools.metrics import Metrics, MetricUnit

from frontdesk import measures, traces
from frontdesk.answering import storable
from frontdesk.calls import allowed, arrival, destinations, intake, questions
from frontdesk.errors import ProviderFailed, Unclear
from frontdesk.logs import described, logger
from frontdesk.vapi import messages, requests
from frontdesk.vapi.requests import Event

LONGEST_BODY: Final = 6 * 1024 * 1024
"""Bytes: what Lambda takes. A report of a long call has five million."""

_BY_NOBODY: Final = ("no_line", "nobody")
"""Ways to answer a call that are none."""
_COUNTED: Final = {"hang": "Hang", "end-of-call-report": "CallEnded"}
"""Of what is taken, what is counted by itself."""

metrics: Final = Metrics(namespace=measures.NAMESPACE)


def handler(event: Event, context: Any) -> Event:
    """API Gateway's response to one message."""
    with traces.work(request_id=context.aws_request_id):
        return _handled(event, context)


def _handled(event: Event, context: Any) -> Event:
    body = requests.body(event)
    if refused := requests.refusal(body, requests.headers(event), longest=LONGEST_BODY):
        if refused["statusCode"] == 413:
            logger.error("a message was too large", extra={"bytes": len(body)})
            _count("MessageTooLarge")
        else:
            measures.count(measures.REFUSED)
        return refused
    try:
        sent = messages.read(body)
    except Unclear as unclear:
        _count("MessageUnreadable")
        return requests.response(200, {"error": unclear.fact})
    message: Any = sent.get("message")
    # Any other than an object is a message of no type.
    one = cast("dict[str, Any]", message) if isinstance(message, dict) else {}
    with traces.work(call_id=storable(_id_of_call(one))):
        return _answered(one, requests.ends(context))


def _id_of_call(message: dict[str, Any]) -> str:
    """As it was sent; empty of what names no call."""
    call = message.get("call")
    named = cast("dict[str, Any]", call).get("id") if isinstance(call, dict) else None
    return named if isinstance(named, str) else ""


def _answered(message: dict[str, Any], ends: float) -> Event:
    match kind := allowed.plain_type(message):
        case "assistant-request":
            return requests.response(200, _rang(message, ends))
        case "transfer-destination-request":
            return _told(kind, destinations.of_transfer(message))
        case "handoff-destination-request":
            return _told(kind, destinations.of_handoff(message))
        case "knowledge-base-request":
            return _known(message, ends)
        case _ if kind in allowed.KEPT:
            return _taken(kind, message)
        case _:
            # A name from outside is no dimension: anybody could make any number of them.
            _count("MessageIgnored" if kind in allowed.IGNORED else "MessageUnknown")
            return requests.response(200, {})


def _rang(message: dict[str, Any], ends: float) -> dict[str, Any]:
    began = time.monotonic()
    answer = arrival.answer(message, ends)
    took_ms = round((time.monotonic() - began) * 1000, 1)
    logger.info(
        "call answered",
        extra={
            "call_id": messages.conversation(message).id,
            "org_id": answer.org_id,
            "outcome": answer.how,
            "duration_ms": took_ms,
        },
    )
    metrics.add_metric(name="Answered", unit=MetricUnit.Count, value=int(answer.how not in _BY_NOBODY))
    metrics.flush_metrics()
    metrics.add_dimension(name="answered", value=answer.how)
    metrics.add_metric(name="answering", unit=MetricUnit.Milliseconds, value=took_ms)
    _count("MessageAnswered")
    return answer.body


def _known(message: dict[str, Any], ends: float) -> Event:
    began = time.monotonic()
    answer = questions.answer(message, ends)
    logger.info(
        "question answered",
        extra={
            "call_id": messages.conversation(message).id,
            "org_id": answer.org_id,
            "outcome": answer.how,
            "duration_ms": round((time.monotonic() - began) * 1000, 1),
        },
    )
    metrics.add_dimension(name="knowledge", value=answer.how)
    _count("MessageAnswered")
    return requests.response(200, answer.body)


def _told(kind: str, body: dict[str, Any]) -> Event:
    logger.info("message answered", extra={"type": kind, "outcome": next(iter(body))})
    _count("MessageAnswered")
    return requests.response(200, body)


def _taken(kind: str, message: dict[str, Any]) -> Event:
    call_id = messages.conversation(message).id
    # Of no call; said in full a moment later; what the desk's own voice said stands in the report.
    if not call_id or message.get("transcriptType") == "partial" or _is_of_assistant(kind, message):
        _count("MessageIgnored")
        return requests.response(200, {})
    try:
        taken = intake.take(message)
    except ProviderFailed as failed:
        logger.error("a message was not taken", extra={"type": kind, "call_id": call_id, **described(failed)})
        _count("MessageNotTaken")
        return requests.response(503, {"error": "The message could not be kept. Send it again."})
    logger.info("message taken", extra={"type": kind, "call_id": call_id, "content": taken.content_hash})
    _count("MessageTaken")
    if counted := _COUNTED.get(kind):
        _count(counted)
    return requests.response(200, {})


def _is_of_assistant(kind: str, message: dict[str, Any]) -> bool:
    return kind == "transcript" and message.get("role") == "assistant"


def _count(name: str) -> None:
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
    metrics.flush_metrics()


# Everything imported is here to stay, so no later collection need look at it again.
gc.freeze()
gc.enable()
