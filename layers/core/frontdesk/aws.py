"""Clients of AWS's services, for the functions that raise events or are fed by a queue.

boto3 is in Lambda's own runtime, not in our layers. It is imported at such a function's start, not at its
first request, and costs 400 ms: no tool imports this module.
"""

from functools import cache
from typing import Any, Final, Literal

import boto3  # pyright: ignore[reportMissingTypeStubs]
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]
from botocore.exceptions import BotoCoreError, ClientError  # pyright: ignore[reportMissingTypeStubs]

FAILED: Final = (BotoCoreError, ClientError)
"""What a request may raise: it did not arrive, or was refused."""
_PATIENCE: Final = Config(
    connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2, "mode": "standard"}
)


@cache
def client(service: Literal["events", "s3", "sqs"]) -> Any:
    """This process's client of a service; made once, for that takes 50 ms."""
    return boto3.client(service, config=_PATIENCE)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
