"""A function to see the clock through: it writes down each event, and fails the first time."""

import json
import os
from pathlib import Path
from typing import Any


def handler(event: dict[str, Any], context: Any) -> None:
    seen = Path(os.environ["TICKS"])
    is_first = not seen.exists()
    with seen.open("a") as file:
        left_ms = context.get_remaining_time_in_millis()
        file.write(json.dumps({"pid": os.getpid(), "left_ms": left_ms, "event": event}) + "\n")
    if is_first:
        raise RuntimeError("as asked")
    if os.environ.get("DIES"):
        os._exit(3)
