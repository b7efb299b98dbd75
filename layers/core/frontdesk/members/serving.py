"""From a Lambda event to an endpoint's handler and back: what the member API's functions have in common.

Prove the member, read path and query, open a transaction under the clinic's claims, log, answer. A handler's
error undoes its work and becomes a problem document.
"""

import base64
import binascii
import hashlib
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Generic, NamedTuple, cast
from uuid import UUID

import psycopg
from pydantic import ValidationError
from typing_extensions import TypeVar  # typing's own has no default before Python 3.13

from frontdesk import measures, secrets, traces
from frontdesk.db.claims import clinic_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.endpoint import Csv, Endpoint, Parameters, Versioned
from frontdesk.logs import described, logger
from frontdesk.members import membership, tokens
from frontdesk.members.membership import Member
from frontdesk.members.problems import MEDIA_TYPE, Problem, problem_of, unread
from frontdesk.settings import settings
from frontdesk.tool import Wire

MARGIN_S: Final = 0.5
"""Left to answer in before the Lambda itself is stopped."""

_VERSION: Final = re.compile(r'(?:W/)?"(\d{1,18})"')

P = TypeVar("P", bound=Parameters)
W = TypeVar("W", bound=Wire, default=Wire)
B = TypeVar("B", default=None)
T = TypeVar("T")
Event = dict[str, Any]


@dataclass(frozen=True)
class Request(Generic[P, B]):
    """What a member asks, in the open transaction of their clinic."""

    parameters: P
    body: B
    db: Transaction
    member: Member
    if_match: int | None
    """The version that the sender has seen; None when no `If-Match` was sent, or `*`."""
    deadline: float
    """On the clock of `time.monotonic`; what is waited for must be over by then."""
    afterwards: list[Callable[[], object]] = field(default_factory=list[Callable[[], object]])
    """What is done once the transaction has been committed, before the member is answered."""


class Served(NamedTuple, Generic[W]):
    """A Lambda handler of one route."""

    endpoint: Endpoint[Any, Any]
    handler: Callable[[Request[Any, Any]], W]
    """The endpoint's own, for who has a member and a transaction already: the console."""
    answered: Callable[[Event, Any], Event]

    def __call__(self, event: Event, context: Any) -> Event:
        """API Gateway's response to its event."""
        return self.answered(event, context)


def routed(*served: Served[Any]) -> Callable[[Event, Any], Event]:
    """The Lambda handler of a folder with several endpoints: API Gateway says which is meant."""
    by_route = {one.endpoint.route: one for one in served}
    return lambda event, context: by_route[event["routeKey"]](event, context)


def serve(endpoint: Endpoint[P, B]) -> Callable[[Callable[[Request[P, B]], W]], Served[W]]:
    """Makes a Lambda handler of an endpoint's own handler, a function from `Request` to its answer."""
    endpoint.ready()

    def with_handler(handler: Callable[[Request[P, B]], W]) -> Served[W]:
        def lambda_handler(event: Event, context: Any) -> Event:
            with traces.work(request_id=context.aws_request_id):
                return in_time(event, context)

        def in_time(event: Event, context: Any) -> Event:
            began = time.monotonic()
            ends = began + context.get_remaining_time_in_millis() / 1000 - MARGIN_S
            org_id: UUID | None = None
            try:
                member = tokens.member(_authorization(event), secrets.member_secrets)
                org_id = member.org_id
                asked = (_parameters(endpoint, event), _body(endpoint, event))
                version = _if_match(event)
                deadline = min(began + max(settings().deadline_s, endpoint.deadline_s), ends)

                def work(db: Transaction, afterwards: list[Callable[[], object]]) -> W:
                    membership.check(db, member, endpoint.role)
                    return handler(Request(*asked, db, member, version, deadline, afterwards))

                answer = in_transaction(member, deadline, address(event), work)
                if isinstance(answer, Csv):
                    response = _response(endpoint.status, answer.text, "text/csv; charset=utf-8")
                else:
                    response = _response(endpoint.status, answer.model_dump_json(by_alias=True))
                if isinstance(answer, Versioned):
                    response["headers"]["etag"] = f'"{answer.version}"'
                if endpoint.is_polled:
                    response = _unless_seen(response, header(event, "if-none-match"))
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

        return Served(endpoint, handler, lambda_handler)

    return with_handler


def in_transaction(
    member: Member,
    deadline: float,
    source: str,
    work: Callable[[Transaction, list[Callable[[], object]]], T],
) -> T:
    """What `work` gives in a transaction under the member's claims; what it puts in its list comes after."""

    def once() -> T:
        afterwards: list[Callable[[], object]] = []
        with clinic_transaction(member.org_id, deadline, member=member.id, source=source) as db:
            answer = work(db, afterwards)
        for do in afterwards:
            do()
        return answer

    try:
        return once()
    except psycopg.errors.DeadlockDetected:
        # Undone, and the other one went through: the next try finds it alone.
        return once()


def _authorization(event: Event) -> str:
    return header(event, "authorization")


def address(event: Event) -> str:
    """Where the request came from, as API Gateway saw it: no header can say otherwise."""
    return str(event.get("requestContext", {}).get("http", {}).get("sourceIp") or "unknown")


def header(event: Event, wanted: str) -> str:
    """The request's header of that name, in lower case; empty when there is none."""
    headers: dict[str, str] = event.get("headers") or {}
    return next((text for name, text in headers.items() if name.lower() == wanted), "")


def query(event: Event) -> dict[str, str]:
    """The request's query."""
    return event.get("queryStringParameters") or {}


def _parameters(endpoint: Endpoint[P, B], event: Event) -> P:
    """Path and query as the endpoint has them; a path that can't be read leads nowhere, so that is 404."""
    path: dict[str, str] = event.get("pathParameters") or {}
    try:
        return endpoint.parameters.model_validate_strings(query(event) | path, strict=True)
    except ValidationError as invalid:
        names = [str(error["loc"][0]) for error in invalid.errors(include_url=False, include_input=False)]
        if path.keys() & set(names):
            raise Problem(404, "There is nothing of that id or name.") from None
        raise Problem(400, "These parameters are unknown or can't be read.", parameters=names) from None


def _body(endpoint: Endpoint[P, B], event: Event) -> B:
    """The body as the endpoint has it; errors name the fields, never what was sent in them."""
    if endpoint.body is None:
        return cast("B", None)
    text: str = event.get("body") or ""
    try:
        raw = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
        if len(raw) > endpoint.largest_body:
            raise Problem(413, f"At most {endpoint.largest_body // 1024} kB are taken.")
        if endpoint.body is str:
            return cast("B", raw.decode("utf-8-sig"))
        return cast("B", cast("type[Wire]", endpoint.body).model_validate_json(raw))
    except (UnicodeError, binascii.Error):
        raise Problem(400, "The body is not UTF-8.") from None
    except ValidationError as invalid:
        raise unread(invalid) from None


def _if_match(event: Event) -> int | None:
    """The version that the sender has seen, of an `If-Match`; one of no version can't match, so 412."""
    text = header(event, "if-match").strip()
    if text in ("", "*"):
        return None
    if not (found := _VERSION.fullmatch(text)):
        raise Problem(412, "Nothing here has that `ETag`; read it again.")
    return int(found[1])


def _unless_seen(response: Event, seen: str) -> Event:
    """The answer with a tag made of it, and no body when the asker has seen just that (RFC 9110, 13.1.2)."""
    tag = f'"{hashlib.sha256(response["body"].encode()).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if seen.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in seen.split(",")]:
        return {"statusCode": 304, "headers": headers, "body": ""}
    return response | {"headers": response["headers"] | headers}


def _refusal(error: Exception) -> Event:
    problem = problem_of(error)
    if problem.status >= 500:
        logger.error("a member's request failed", extra=described(error))
        measures.failed(error)
    response = _response(problem.status, json.dumps(problem.document), MEDIA_TYPE)
    if problem.status == 401:
        response["headers"]["www-authenticate"] = "Bearer"
    return response


def _response(status: int, body: str, media_type: str = "application/json") -> Event:
    return {"statusCode": status, "headers": {"content-type": media_type}, "body": body}
