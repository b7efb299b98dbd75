"""The trace that this work is part of, as X-Ray hands it on and as OpenTelemetry writes it.

Lambda names its own in `_X_AMZN_TRACE_ID`; a message carries that of whoever sent it, for Lambda only links
the two. Nothing is imported for it: a tracer costs 400 ms of a cold start. AWS, "Tracing header", and
OpenTelemetry, "Trace Context in non-OTLP Log Formats"; both read 2026-11-22.
"""

import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_VARIABLE: Final = "_X_AMZN_TRACE_ID"
_ROOT: Final = re.compile(r"Root=1-([0-9a-f]{8})-([0-9a-f]{24})")
_PARENT: Final = re.compile(r"Parent=([0-9a-f]{16})")

_carried: ContextVar[str | None] = ContextVar("carried", default=None)


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


def log_fields() -> dict[str, str]:
    """`trace_id` and `span_id` as OpenTelemetry has them in a log line; empty where nobody traces."""
    traced = header() or ""
    root, parent = _ROOT.search(traced), _PARENT.search(traced)
    fields = {"trace_id": root[1] + root[2]} if root else {}
    return fields | ({"span_id": parent[1]} if root and parent else {})
