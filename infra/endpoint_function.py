"""The endpoints of one folder in the cloud: their Lambda and their routes."""

from typing import Any, Final

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
_THROTTLES: Final[dict[Method, Throttle]] = {
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
        raises = tuple(dict.fromkeys(event for one in endpoints for event in one.raises))
        uses_vapi = any(one.uses_vapi for one in endpoints)
        self.function = lambda_function(
            self,
            folder,
            shared,
            place=shared.network.outward,  # to the issuers' keys, to the bus, and to Vapi
            timeout_s=max(one.timeout_s for one in endpoints),
            at_once=AT_ONCE,
            environment={
                "FRONTDESK_MEMBER_SECRETS_ARN": base.member_secrets.arn,
                "FRONTDESK_ISSUERS": base.pool.issuers,
                # Where Vapi finds us: for tools, and for calls to an attached number.
                "FRONTDESK_PUBLIC_URL": base.api.url,
            },
            layer=LAYER,
        )
        base.member_secrets.admit(self.function)
        if any(one.invites for one in endpoints):
            base.pool.let_invite(self.function)
        base.database.admit(self.function)
        base.store.admit(
            self.function,
            reads=dict.fromkeys(kept for one in endpoints for kept in one.reads),
            writes=dict.fromkeys(kept for one in endpoints for kept in one.writes),
        )
        if raises:
            work.bus.admit(self.function, raises)
        if uses_vapi:
            base.vapi.admit(self.function)
        if any(one.embeds for one in endpoints):
            work.embedding.admit(self.function)
        if any(one.connects for one in endpoints):
            base.calendars.admit(self.function)
        base.api.serve_all(
            [(one.method, one.path) for one in endpoints], self.function, _THROTTLES, base.pool.authorizer
        )
