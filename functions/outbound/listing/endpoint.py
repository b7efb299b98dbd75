"""`GET /outbound-calls`: the calls that the clinic makes, and what came of them."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from frontdesk.endpoint import Endpoint, Id, Parameters
from frontdesk.outbound.wire import Purpose, Status
from frontdesk.tool import Wire


class Asked(Parameters):
    status: Status | None = None
    """All if left out."""
    before: Id | None = None
    """A page's `nextBefore`; the rest is asked as before."""
    limit: Annotated[int, Field(ge=1, le=100)] = 25


class Attempt(Wire):
    """One time that it was tried."""

    asked_at: datetime
    call_id: str | None
    """Null: nobody knows yet whether Vapi made it, or it never did."""
    ended_reason: str | None
    """In Vapi's words, or `frontdesk-…`; null while it lasts."""


class OutboundCall(Wire):
    """By ids; whom one is about is in `/patients/{id}`."""

    id: int
    purpose: Purpose
    status: Status
    patient_id: int | None
    appointment_id: int | None
    number: str
    """Its last four digits."""
    attempts: int
    next_at: datetime
    """Of a waiting one: not before."""
    outcome: str | None
    """`confirmed`, `moved`, `cancelled`, `booked`, `told`, `answered`, `voicemail`, `busy`, `no_answer`,
    `failed`; of one that was never made, why not."""
    created_at: datetime
    ended_at: datetime | None
    tries: list[Attempt]


class Page(Wire):
    """Newest first."""

    outbound_calls: list[OutboundCall]
    next_before: int | None
    """Null on the last page."""


ENDPOINT = Endpoint(method="GET", path="/outbound-calls", parameters=Asked, answer=Page)
