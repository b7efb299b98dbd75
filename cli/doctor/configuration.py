"""What functions are told: that it can be read as they read it, and that no secret is missing."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError  # pyright: ignore[reportMissingTypeStubs]
from pydantic import ValidationError

from cli.doctor.finding import Finding, State, unknown, well
from cli.doctor.place import Place
from cli.doctor.questions import EXAMPLES
from cli.doctor.services import holds_something, secret_text
from frontdesk import settings

_AREA: Final = "configuration"
_STACKS: Final = ("base", "work", "calls", "members", "console")
_FILL: Final = '`aws secretsmanager put-secret-value`; docs/deploying.md, "Then, once"'
_EMPTY_WITHOUT: Final = {
    "FRONTDESK_GOOGLE_SECRET_ARN": "FRONTDESK_GOOGLE_CLIENT_ID",
    "FRONTDESK_MICROSOFT_SECRET_ARN": "FRONTDESK_MICROSOFT_CLIENT_ID",
}
"""Which need nothing in them where that other variable is empty: the stage has no client there."""
_MAY_BE_EMPTY: Final = "FRONTDESK_MEMBER_SECRETS_ARN"
"""Only an old Supabase project signs by a shared secret."""


def look(place: Place) -> Iterator[Finding]:
    """Of the stack here, what it wrote down; of a stage, what each of its functions has."""
    if place.stack is None:
        yield from _deployed(place)
        return
    told = {
        "vapi_private_key": place.stack.vapi_private_key,
        "vapi_secret": place.stack.vapi_secret,
        "vapi_hmac": place.stack.vapi_hmac.secret,
        "database_url": place.stack.database_url,
        "app_database_url": place.stack.app_database_url,
    }
    yield _present(told)


def _present(told: Mapping[str, str]) -> Finding:
    missing = tuple(sorted(name for name, value in told.items() if not value.strip()))
    if missing:
        return Finding(
            _AREA,
            "secrets",
            State.FAIL,
            f"{len(missing)} are empty",
            "delete the stack's directory and start anew",
            missing,
        )
    return well(_AREA, "secrets", f"{len(told)} present")


def _deployed(place: Place) -> Iterator[Finding]:
    try:
        environments = _environments(place)
    except (BotoCoreError, ClientError) as failed:
        yield unknown(
            _AREA,
            "functions",
            type(failed).__name__,
            "credentials of the stage's account in the shell, and a deployed stage",
        )
        return
    unread: list[str] = []
    arns: dict[str, set[str]] = {}
    for name, environment in environments.items():
        try:
            read = settings.read(environment)
        except (ValidationError, ValueError) as error:
            which = (
                [".".join(map(str, one["loc"])) for one in error.errors()]
                if isinstance(error, ValidationError)
                else []
            )
            unread.append(f"{name}: {', '.join(which) or 'unreadable'}")
            continue
        if "FRONTDESK_STAGE" in environment and read.stage != place.stage:
            unread.append(f"{name}: stage {read.stage}")
        for variable, value in environment.items():
            if variable in _EMPTY_WITHOUT and not environment.get(_EMPTY_WITHOUT[variable]):
                continue
            if variable.startswith("FRONTDESK_") and ":secretsmanager:" in value:
                arns.setdefault(variable, set()).add(value)
    if unread:
        yield Finding(
            _AREA,
            "functions",
            State.FAIL,
            f"{len(unread)} of {len(environments)} are told what they can't read",
            "deploy again",
            tuple(unread[:EXAMPLES]),
        )
    else:
        yield well(_AREA, "functions", f"{len(environments)}, told what they can read, stage {place.stage}")
    yield from _secrets(place, arns)


def _secrets(place: Place, arns: Mapping[str, set[str]]) -> Iterator[Finding]:
    for variable, several in sorted(arns.items()):
        name = variable.removeprefix("FRONTDESK_").removesuffix("_ARN").lower()
        for arn in sorted(several):
            try:
                is_there = holds_something(secret_text(place, arn))
            except ClientError as failed:
                code = failed.response.get("Error", {}).get("Code", "")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
                if code != "ResourceNotFoundException":
                    yield unknown(
                        _AREA,
                        name,
                        f"may not be seen ({code})",
                        "ask for secretsmanager:GetSecretValue, or look there",
                    )
                    continue
                is_there = False
            if is_there or variable == _MAY_BE_EMPTY:
                yield well(_AREA, name, "present" if is_there else "empty: nobody signs by a shared secret")
            else:
                yield Finding(_AREA, name, State.FAIL, "empty", _FILL)


def _environments(place: Place) -> dict[str, dict[str, str]]:
    """The variables of each function of the stage, by its name."""
    cloudformation, functions = place.client("cloudformation"), place.client("lambda")
    found: dict[str, dict[str, str]] = {}
    for stack in _STACKS:
        pages: Any = cloudformation.get_paginator("list_stack_resources").paginate(
            StackName=f"frontdesk-{place.stage}-{stack}"
        )
        for page in pages:
            for one in page["StackResourceSummaries"]:
                if one["ResourceType"] != "AWS::Lambda::Function":
                    continue
                told = functions.get_function_configuration(FunctionName=one["PhysicalResourceId"])
                variables: dict[str, str] = told.get("Environment", {}).get("Variables", {})
                if any(name.startswith("FRONTDESK_") for name in variables):
                    found[one["PhysicalResourceId"]] = variables
    return found
