"""Lambda behind `/calls` and `/calls/{id}`."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from frontdesk.calls import story
from frontdesk.db.transaction import Transaction
from frontdesk.members.serving import Request, routed, serve
from functions.calls.stories.endpoint import (
    LIST,
    READ,
    RESOLVE,
    Changes,
    Listed,
    Moment,
    Notice,
    One,
    Output,
    Page,
    Search,
    Story,
    Visit,
)


@serve(LIST)
def listing(request: Request[Search]) -> Page:
    """One page, newest first."""
    asked = request.parameters
    page = story.calls(
        request.db,
        story.Asked(asked.first, asked.last, asked.flagged, asked.outcome, asked.patient_id, asked.language),
        after=story.Place.of(asked.cursor) if asked.cursor else None,
        limit=asked.limit,
    )
    return Page(
        calls=[Listed(**_local(one, page.zone)) for one in page.calls],
        next_cursor=page.ends and page.ends.cursor,
    )


@serve(READ)
def read(request: Request[One]) -> Story:
    """All of one call."""
    return _shown(request.db, request.parameters.id)


@serve(RESOLVE)
def resolve(request: Request[One, Changes]) -> Story:
    """The call, with these flags seen to."""
    story.resolve(request.db, request.parameters.id, request.body.resolved_flags)
    return _shown(request.db, request.parameters.id)


def _shown(db: Transaction, call_id: str) -> Story:
    told = story.story(db, call_id)
    fields = _local(told.summary, told.zone)
    outputs: dict[str, Any] = fields.pop("structured") or {}
    return Story(
        **fields,
        structured=[
            Output(name=name, value=json.dumps(value, ensure_ascii=False)) for name, value in outputs.items()
        ],
        timeline=[Moment(**_local(one, told.zone)) for one in told.timeline],
        appointments=[_visit(one, told.zone) for one in told.visits],
        notices=[Notice(**_local(one, told.zone)) for one in told.notices],
    )


def _visit(visit: story.Visit, zone: ZoneInfo) -> Visit:
    fields = _local(visit, zone)
    starts_at, ends_at = fields.pop("starts_at"), fields.pop("ends_at")
    fields["provider_id"] = str(visit.provider_id)
    return Visit(**fields, start_time=starts_at, end_time=ends_at)


def _local(row: Any, zone: ZoneInfo) -> dict[str, Any]:
    """The row's fields, its instants as the clinic's clock shows them."""
    fields: dict[str, Any] = row._asdict()
    return {
        name: value.astimezone(zone) if isinstance(value, datetime) else value
        for name, value in fields.items()
    }


handler = routed(listing, read, resolve)
