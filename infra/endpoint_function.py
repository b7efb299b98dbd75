"""The endpoints of one folder in the cloud: their Lambda and their routes."""

from collections.abc import Sequence
from typing import Any, Final

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from frontdesk.endpoint import LAYER, Endpoint, Method
from infra.api import Throttle
from infra.base import Base
from infra.function import Shared, lambda_function
from infra.work import Work

AT_ONCE: Final = 5
"""Of each subject: members are people at their desks."""
_READS: Final = Throttle(50, 100)
_WRITES: Final = Throttle(20, 40)
THROTTLES: Final[dict[Method, Throttle]] = {
    "GET": _READS,
    "POST": _WRITES,
    "PUT": _WRITES,
    "PATCH": _WRITES,
    "DELETE": _WRITES,
}


class EndpointFunction(Construct):
    """The Lambda of a folder such as `appointments/listing`, behind the routes of its definition."""

    def __init__(
        self,
        scope: Construct,
        folder: str,
        endpoints: tuple[Endpoint[Any, Any], ...],
        shared: Shared,
        *,
        base: Base,
        work: Work,
    ) -> None:
        super().__init__(scope, folder.replace("/", "-"))
        self.function = lambda_function(
            self,
            folder,
            shared,
            place=shared.network.outward,  # to the issuers' keys, to the bus, and to Vapi
            timeout_s=max(one.timeout_s for one in endpoints),
            at_once=AT_ONCE,
            environment=told(base),
            layer=LAYER,
        )
        admit(self.function, endpoints, base, work)
        base.api.serve_all(
            [(one.method, one.path) for one in endpoints], self.function, THROTTLES, base.pool.authorizer
        )


def told(base: Base) -> dict[str, str]:
    """What a function is told that answers members."""
    return {
        "FRONTDESK_MEMBER_SECRETS_ARN": base.member_secrets.arn,
        "FRONTDESK_ISSUERS": base.pool.issuers,
        # Where Vapi finds us: for tools, and for calls to an attached number.
        "FRONTDESK_PUBLIC_URL": base.api.url,
    }


def admit(
    function: lambda_.Function, endpoints: Sequence[Endpoint[Any, Any]], base: Base, work: Work
) -> None:
    """Lets a function do what these endpoints do, and read what proves their members."""
    raises = tuple(dict.fromkeys(event for one in endpoints for event in one.raises))
    base.member_secrets.admit(function)
    if any(one.invites for one in endpoints):
        base.pool.let_invite(function)
    base.database.admit(function)
    base.store.admit(
        function,
        reads=dict.fromkeys(kept for one in endpoints for kept in one.reads),
        writes=dict.fromkeys(kept for one in endpoints for kept in one.writes),
    )
    if raises:
        work.bus.admit(function, raises)
    if any(one.uses_vapi for one in endpoints):
        base.vapi.admit(function)
    if any(one.embeds for one in endpoints):
        work.embedding.admit(function)
    if any(one.asks_emr for one in endpoints):
        work.emrs.admit(function)
    if any(one.connects for one in endpoints):
        base.calendars.admit(function)
