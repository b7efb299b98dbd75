"""A function to see a worker through."""

import json
import os
from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    if event.get("body") == "raise":
        raise RuntimeError("as asked")
    if event.get("body") == "die":
        os._exit(3)
    found = {
        "pid": os.getpid(),
        "route": event["routeKey"],
        "parameters": event.get("pathParameters"),
        "environment": os.environ.get("ECHO"),
        "function": context.function_name,
        "left_ms": context.get_remaining_time_in_millis(),
    }
    return {"statusCode": 200, "body": json.dumps(found)}
