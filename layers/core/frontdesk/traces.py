"""What this work is part of: Vapi's call by its id, and the trace, as X-Ray and as OpenTelemetry write it.

The call's id stands in every log line of its work, in the SQL session that does it (`application_name`) and
in the messages that come of it. Vapi makes it at random, so it says nothing of anybody without our database.

Lambda names its own in `_X_AMZN_TRACE_ID`; a message carries that of whoever sent it, for Lambda only links
the two. Nothing is imported for it: a tracer costs 400 ms of a cold start. AWS, "Tracing header", and
OpenTelemetry, "Trace Context in non-OTLP Log Formats"; both read 2026-11-22.
"""

import os
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final

CALL: Final = "call_id"
"""Of the message attribute that carries the call's id."""
_VARIABLE: Final = "_X_AMZN_TRACE_ID"
_ROOT: Final = re.compile(r"Root=1-([0-9a-f]{8})-([0-9a-f]{24})")
_PARENT: Final = re.compile(r"Parent=([0-9a-f]{16})")

_LONGEST_NAME: Final = 63
"""Bytes that Postgres keeps of an `application_name`."""

_carried: ContextVar[str | None] = ContextVar("carried", default=None)
_nobody: Final[Mapping[str, str]] = MappingProxyType({})
_work: ContextVar[Mapping[str, str]] = ContextVar("work", default=_nobody)


def header() -> str | None:
    """X-Ray's header, such as `Root=1-…;Parent=…;Sampled=1`; None where nobody traces."""
    return _carried.get() or os.environ.get(_VARIABLE)


@contextmanager
def carried_by(message_header: str | None) -> Generator[None]:
    """Goes on with a message's trace; with this function's own where it carries none."""
    before = _carried.set(message_header)
    try:
        yield
    finally:
        _carried.reset(before)


@contextmanager
def work(**ids: str | None) -> Generator[None]:
    """Work by these ids, as they stand in its log lines: `request_id`, `call_id`, `tool_call_id`.

    What is left out or None is that of the work around it.
    """
    before = _work.set({**_work.get(), **{name: each for name, each in ids.items() if each}})
    try:
        yield
    finally:
        _work.reset(before)


def call_id() -> str | None:
    """Vapi's call that this is work of; None when it is nobody's."""
    return _work.get().get(CALL)


def message_attributes() -> dict[str, dict[str, dict[str, str]]]:
    """The fields of an SQS message that carry this work's call and trace; its body is the receiver's."""
    of, trace = call_id(), header()
    return {
        "MessageAttributes": {CALL: _text(of)} if of else {},
        "MessageSystemAttributes": {"AWSTraceHeader": _text(trace)} if trace else {},
    }


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def session_name(function: str) -> str:
    """What Postgres shows of this work: the id of its call, or of its trace, and which function it is."""
    of = call_id() or log_fields().get("trace_id") or "frontdesk"
    return f"{of} {function}".encode("ascii", "replace")[:_LONGEST_NAME].decode()


def log_fields() -> dict[str, str]:
    """The ids of this work; `trace_id` and `span_id` as OpenTelemetry has them, where anybody traces."""
    traced = header() or ""
    root, parent = _ROOT.search(traced), _PARENT.search(traced)
    fields = {**_work.get()} | ({"trace_id": root[1] + root[2]} if root else {})
    return fields | ({"span_id": parent[1]} if root and parent else {})
