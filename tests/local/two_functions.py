"""Two functions of one process, to see that each has its own variables."""

import json
import os
from typing import Any

from frontdesk.settings import settings


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    found = {"own": os.environ.get("OWN"), "queue": settings().queue_url}
    return {"statusCode": 200, "body": json.dumps(found)}
