"""Events on the stage's own bus: what happened, told to whoever listens, without waiting for them."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json

from frontdesk import aws
from frontdesk.logs import described, logger
from frontdesk.settings import settings
from frontdesk.trigger import SOURCE


def raise_event(detail_type: str, detail: BaseModel | Mapping[str, Any]) -> bool:
    """Whether the bus took the event. Never raises: a schedule heals what got lost, and the log says so.

    Args:
        detail_type: what happened, such as `AgentSaved`; the function's definition says that it raises it.
        detail: ids and versions. No caller's words: a dead-letter queue keeps them for two weeks.
    """
    entry = {
        "EventBusName": settings().event_bus,
        "Source": SOURCE,
        "DetailType": detail_type,
        "Detail": to_json(detail, by_alias=True).decode(),
    }
    try:
        answer = aws.client("events").put_events(Entries=[entry])
    except aws.FAILED as failed:
        logger.error("an event was not handed over", extra={"event": detail_type, **described(failed)})
        return False
    if answer["FailedEntryCount"]:
        code = answer["Entries"][0].get("ErrorCode")
        logger.error("an event was not handed over", extra={"event": detail_type, "error": code})
        return False
    return True
