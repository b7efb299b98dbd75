"""From a Lambda event to an endpoint's handler and back: what the member API's functions have in common.

Prove the member, read path and query, open a transaction under the clinic's claims, log, answer. A handler's
error undoes its work and becomes a problem document.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import psycopg
from pydantic import ValidationError

from frontdesk import secrets
from frontdesk.db.claims import clinic_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.endpoint import Endpoint, Parameters
from frontdesk.logs import described, logger
from frontdesk.members import tokens
from frontdesk.members.problems import MEDIA_TYPE, Problem, problem_of
from frontdesk.settings import settings
from frontdesk.tool import Wire

_MARGIN_S: Final = 0.5
"""Left to answer in before the Lambda itself is stopped."""

P = TypeVar("P", bound=Parameters)
Event = dict[str, Any]


@dataclass(frozen=True)
class Request(Generic[P]):
    """What a member asks, in the open transaction of their clinic."""

    parameters: P
    db: Transaction


Handler = Callable[[Request[P]], Wire]
"""An endpoint's own function."""


def serve(endpoint: Endpoint[P]) -> Callable[[Handler[P]], Callable[[Event, Any], Event]]:
    """Makes a Lambda handler of an endpoint's own handler, a function from `Request` to its answer."""
    endpoint.ready()

    def with_handler(handler: Handler[P]) -> Callable[[Event, Any], Event]:
        def lambda_handler(event: Event, context: Any) -> Event:
            began = time.monotonic()
            ends = began + context.get_remaining_time_in_millis() / 1000 - _MARGIN_S
            org_id: UUID | None = None
            try:
                member = tokens.member(_authorization(event), secrets.member_secrets())
                org_id = member.org_id
                parameters = _parameters(endpoint, event)
                deadline = min(began + settings().deadline_s, ends)
                try:
                    answer = _answer(handler, parameters, member, deadline)
                except psycopg.errors.DeadlockDetected:
                    # Undone, and the other one went through: the next try finds it alone.
                    answer = _answer(handler, parameters, member, deadline)
                response = _response(200, answer.model_dump_json(by_alias=True))
            except Exception as error:  # noqa: BLE001 - whatever it is, the member is owed a document
                response = _refusal(error)
            logger.info(
                "member request answered",
                extra={
                    "endpoint": endpoint.route,
                    "outcome": response["statusCode"],
                    "duration_ms": round((time.monotonic() - began) * 1000, 1),
                    "org_id": org_id and str(org_id),
                },
            )
            return response

        return lambda_handler

    return with_handler


def _answer(handler: Handler[P], parameters: P, member: tokens.Member, deadline: float) -> Wire:
    with clinic_transaction(member.org_id, deadline, member=member.id) as db:
        return handler(Request(parameters, db))


def _authorization(event: Event) -> str:
    headers: dict[str, str] = event.get("headers") or {}
    return next((text for name, text in headers.items() if name.lower() == "authorization"), "")


def _parameters(endpoint: Endpoint[P], event: Event) -> P:
    """Path and query as the endpoint has them; a path that can't be read leads nowhere, so that is 404."""
    path: dict[str, str] = event.get("pathParameters") or {}
    query: dict[str, str] = event.get("queryStringParameters") or {}
    try:
        return endpoint.parameters.model_validate_strings(query | path, strict=True)
    except ValidationError as invalid:
        names = [str(error["loc"][0]) for error in invalid.errors(include_url=False, include_input=False)]
        if path.keys() & set(names):
            raise Problem(404, "There is nothing of that id or name.") from None
        raise Problem(400, "These parameters are unknown or can't be read.", parameters=names) from None


def _refusal(error: Exception) -> Event:
    problem = problem_of(error)
    if problem.status >= 500:
        logger.error("a member's request failed", extra=described(error))
    response = _response(problem.status, json.dumps(problem.document), MEDIA_TYPE)
    if problem.status == 401:
        response["headers"]["www-authenticate"] = "Bearer"
    return response


def _response(status: int, body: str, media_type: str = "application/json") -> Event:
    return {"statusCode": status, "headers": {"content-type": media_type}, "body": body}
