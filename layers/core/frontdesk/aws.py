"""Clients of AWS's services, for functions that raise events, are fed by a queue, send to people, or embed.

boto3 is in Lambda's own runtime, not in our layers. It is imported at such a function's start, not at its
first request, and costs 400 ms: no tool imports this module at its start but one that embeds.
"""

from functools import cache
from typing import Any, Final, Literal

import boto3  # pyright: ignore[reportMissingTypeStubs]
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError  # pyright: ignore[reportMissingTypeStubs]

FAILED: Final = (BotoCoreError, ClientError)
"""What a request may raise: it did not arrive, or was refused."""
_PATIENCE: Final = Config(
    connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2, "mode": "standard"}
)


_ONCE: Final = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})
"""A second try of a text or a mail whose answer got lost would be a second text or mail."""
_HURRY: Final = Config(connect_timeout=0.5, read_timeout=1, retries={"total_max_attempts": 1})
"""For when somebody is on the line."""
_SOON: Final = Config(
    connect_timeout=0.5, read_timeout=1, retries={"total_max_attempts": 2, "mode": "standard"}
)
"""KMS answers within some ten milliseconds, and a caller may be waiting."""
_OWN_DEADLINE: Final = Config(connect_timeout=1, read_timeout=10, retries={"total_max_attempts": 1})
"""For who keeps a deadline and asks again by itself. A function that answers may have to start first."""
_CONFIGS: Final = {
    "bedrock-runtime": _OWN_DEADLINE,
    "kms": _SOON,
    "lambda": _OWN_DEADLINE,
    "secretsmanager": _SOON,
    "sesv2": _ONCE,
    "sns": _ONCE,
}
Service = Literal["bedrock-runtime", "events", "kms", "lambda", "s3", "secretsmanager", "sesv2", "sns", "sqs"]


@cache
def client(service: Service, *, in_a_hurry: bool = False) -> Any:
    """This process's client of a service; made once, for that takes 50 ms.

    One `in_a_hurry` asks once and gives up after 1.5 s.
    """
    config = _HURRY if in_a_hurry else _CONFIGS.get(service, _PATIENCE)
    return boto3.client(service, config=config)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def code_of(refused: ClientError) -> str:
    """The service's own name of why it refused. Its message may hold what was sent, a number say."""
    return refused.response.get("Error", {}).get("Code", "")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def name_of(failed: BotoCoreError | ClientError) -> str:
    """Why a request failed, in one word: the service's own, or botocore's for one that got no answer."""
    return code_of(failed) if isinstance(failed, ClientError) else type(failed).__name__


def is_passing(failed: BotoCoreError | ClientError) -> bool:
    """Whether a later try may work: no answer, too many requests, or the service's own fault."""
    if not isinstance(failed, ClientError):
        return isinstance(failed, HTTPClientError)  # and not a wrong argument, or no credentials
    status = int(failed.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    return status in (408, 429) or status >= 500
