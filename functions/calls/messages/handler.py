"""Lambda behind `POST /vapi/messages`: every server message of Vapi but tool calls."""

from frontdesk.calls.receiving import handler

__all__ = ["handler"]
