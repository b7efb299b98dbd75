"""Clients of AWS's services, for functions that raise events, are fed by a queue, or send texts or mail.

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


_ONCE: Final = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})
"""A second try of a text or a mail whose answer got lost would be a second text or mail."""
_HURRY: Final = Config(connect_timeout=0.5, read_timeout=1, retries={"total_max_attempts": 1})
"""For when somebody is on the line."""


@cache
def client(service: Literal["events", "s3", "sesv2", "sns", "sqs"], *, in_a_hurry: bool = False) -> Any:
    """This process's client of a service; made once, for that takes 50 ms.

    One `in_a_hurry` asks once and gives up after 1.5 s.
    """
    config = _HURRY if in_a_hurry else _ONCE if service in ("sns", "sesv2") else _PATIENCE
    return boto3.client(service, config=config)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def code_of(refused: ClientError) -> str:
    """The service's own name of why it refused. Its message may hold what was sent, a number say."""
    return refused.response.get("Error", {}).get("Code", "")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
