"""Structured logs that a caller can't be found in: ids, durations and outcomes, never words.

Powertools writes the JSON; this module decides what may stand in it.
"""

import logging
import os
import traceback
from collections.abc import Mapping
from typing import Any, Final, cast

import psycopg
from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from frontdesk import traces
from frontdesk.settings import settings

PHI_KEYS: Final = frozenset(
    {
        "address",
        "callernumber",
        "callerphone",
        "city",
        "dateofbirth",
        "email",
        "firstname",
        "healthcardnumber",
        "healthcardprovince",
        "lastname",
        "name",
        "nativename",
        "notes",
        "patient",
        "phone",
        "postalcode",
        "reason",
        "say",
        "summary",
        "transcript",
    }
)
"""Keys whose values never leave, however they are written: `first_name`, `firstName`, `First-Name`."""
_MARK: Final = "[PHI-DEBUG]"


class _Formatter(LambdaPowertoolsFormatter):
    def serialize(self, log: dict[str, Any]) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]
        told = {name: each for name, each in traces.log_fields().items() if log.get(name) is None}
        return super().serialize(redacted(log) | told)  # pyright: ignore[reportArgumentType]


logger: Final = Logger(
    service=os.environ.get("POWERTOOLS_SERVICE_NAME", "frontdesk"),
    logger_formatter=_Formatter(),
    log_uncaught_exceptions=False,
)

# Leaving a pipeline by another error, the driver logs Postgres' own text, with the row that is in it.
logging.getLogger("psycopg").disabled = True
# Nor who is asked: a calendar's address is somebody's mail address, and queries carry tokens.
logging.getLogger("httpx").disabled = True


def redacted(value: Any) -> Any:
    """The value without what stands under a PHI key, at any depth."""
    if isinstance(value, Mapping):
        items = cast("Mapping[Any, Any]", value).items()
        return {key: "***" if _is_phi(str(key)) else redacted(below) for key, below in items}
    if isinstance(value, list | tuple):
        return [redacted(below) for below in cast("list[Any]", value)]
    return value


def debug_phi(label: str, words: Any) -> None:
    """Prints callers' words where a stack's debug switch is on, each line marked; never in prod."""
    if settings().phi_debug and settings().stage != "prod":
        for line in f"{label}: {words}".splitlines():
            print(_MARK, line)  # noqa: T201 - not through the logger, whose values are redacted


def described(error: BaseException) -> dict[str, Any]:
    """What may be logged of an error: its type, where it came from, and Postgres' code and constraint.

    Never its text: Postgres puts rows into DETAIL, pydantic puts arguments into its messages.
    """
    frames = traceback.extract_tb(error.__traceback__)
    about: dict[str, Any] = {
        "error": type(error).__name__,
        "at": [f"{f.filename.rsplit('/', 3)[-1]}:{f.lineno} {f.name}" for f in frames[-4:]],
    }
    if isinstance(error, psycopg.Error):
        about["sqlstate"] = error.sqlstate
        about["constraint"] = error.diag.constraint_name
    if error.__cause__ is not None:
        about["cause"] = described(error.__cause__)
    return about


def _is_phi(key: str) -> bool:
    return key.replace("_", "").replace("-", "").casefold() in PHI_KEYS
