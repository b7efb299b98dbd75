"""The secret by which Vapi signs, for a verb that speaks to a desk as Vapi does. It is never shown."""

import json
import os
from contextlib import closing
from typing import Any, Final

from cli.explained import Misnamed

HMAC_SECRET: Final = "VAPI_HMAC_SECRET"  # noqa: S105 - a variable's name


def hmac_secret(arn: str | None) -> str:
    """The one that a stage in AWS believes, by the shell's credentials; without `arn` the environment's.

    Raises `Misnamed`.
    """
    if arn is None:
        given = os.environ.get(HMAC_SECRET)
        if not given:
            raise Misnamed(f"say where Vapi's secret of that desk lies: --secret-arn, or set {HMAC_SECRET}")
        return given
    try:
        told = json.loads(_read(arn))
        # Two are believed while one is rotated; the older one surely is.
        return str(told["hmac"][0])
    except (ValueError, LookupError, TypeError):
        raise Misnamed(f'{arn} does not hold {{"hmac": ["…"], "shared": []}} yet') from None


def _read(arn: str) -> str:
    import boto3  # pyright: ignore[reportMissingTypeStubs]
    from botocore.exceptions import BotoCoreError, ClientError  # pyright: ignore[reportMissingTypeStubs]

    try:
        make: Any = boto3.client  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        with closing(make("secretsmanager", region_name=arn.split(":")[3])) as client:
            return client.get_secret_value(SecretId=arn)["SecretString"]
    except IndexError:
        raise Misnamed(f"{arn} is no ARN of a secret") from None
    except ClientError as refused:
        told: Any = refused.response  # pyright: ignore[reportUnknownMemberType]
        code = told["Error"]["Code"]
        if code == "ResourceNotFoundException":  # there, perhaps, and empty
            return ""
        raise Misnamed(f"{arn} can't be read: {code}") from None
    except BotoCoreError as failed:
        raise Misnamed(f"{arn} can't be read: {failed}") from None
