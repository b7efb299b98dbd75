"""What is looked at: the stack that runs here, or a stage in AWS by the shell's credentials."""

import os
from pathlib import Path
from typing import Any, Final, NamedTuple

from cli.emr_place import Stage
from local import addresses
from local.addresses import Addresses

_REGION: Final = "ca-central-1"
_DATABASE: Final = "FRONTDESK_DATABASE_URL"
_VAPI_KEY: Final = "VAPI_PRIVATE_KEY"


class Place(NamedTuple):
    """One platform, and how each part of it is reached."""

    stage: str
    database_url: str | None
    """The functions' own role's; None: nobody said which."""
    vapi_url: str
    vapi_key: str | None
    aws: dict[str, Any]
    """What boto3's clients are given."""
    stack: Addresses | None
    """Of the stack that runs here."""

    def client(self, service: str) -> Any:
        """Of one of AWS's services; asks once, and gives up after some seconds."""
        import boto3  # pyright: ignore[reportMissingTypeStubs]
        from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]

        make: Any = boto3.client  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        config = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 2})
        return make(service, config=config, **self.aws)


def found(stage: Stage | None, data: Path | None) -> Place:
    """The stage, with the database that the environment names; else the stack. Raises `NotRunning`."""
    if stage is not None:
        return Place(
            stage=stage.value,
            database_url=os.environ.get(_DATABASE) or None,
            vapi_url=os.environ.get("VAPI_BASE_URL") or "https://api.vapi.ai",
            vapi_key=os.environ.get(_VAPI_KEY) or None,
            aws={"region_name": _REGION},
            stack=None,
        )
    stack = addresses.read(data or addresses.DEFAULT_DIRECTORY)
    told = stack.embedder
    return Place(
        stage="local",
        database_url=stack.app_database_url,
        vapi_url=stack.vapi_url,
        vapi_key=stack.vapi_private_key,
        aws={
            "region_name": told["AWS_DEFAULT_REGION"],
            "aws_access_key_id": told["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": told["AWS_SECRET_ACCESS_KEY"],
            "endpoint_url": told["AWS_ENDPOINT_URL"],
        },
        stack=stack,
    )
