"""Pages of the clinic's own people: their Lambda, with the rights of what it calls, and their routes."""

from collections.abc import Mapping
from math import ceil
from typing import Any, cast

from constructs import Construct

from frontdesk.endpoint import Endpoint, Method
from frontdesk.trigger import Console
from infra.base import Base
from infra.discovery import CONSOLE_LAYER
from infra.endpoint_function import AT_ONCE, THROTTLES, admit, told
from infra.function import Shared, lambda_function
from infra.work import Work


class ConsoleFunction(Construct):
    """The Lambda of a folder such as `console/today`. Who asks is proven in it, by a cookie."""

    def __init__(
        self,
        scope: Construct,
        folder: str,
        console: Console,
        endpoints: Mapping[str, tuple[Endpoint[Any, Any], ...]],
        shared: Shared,
        *,
        base: Base,
        work: Work,
    ) -> None:
        super().__init__(scope, folder.replace("/", "-"))
        called = [one for used in console.uses for one in endpoints.get(used, ())]
        self.function = lambda_function(
            self,
            folder,
            shared,
            place=shared.network.outward,  # to the pool's tokens, and where what it calls asks
            timeout_s=ceil(max([console.deadline_s, *(one.deadline_s for one in called)])) + 2,
            at_once=AT_ONCE,
            environment={
                **told(base),
                "FRONTDESK_SIGN_IN_URL": base.pool.sign_in_url,
                "FRONTDESK_SIGN_IN_CLIENT_ID": base.pool.client_id,
            },
            layer=CONSOLE_LAYER,
        )
        admit(self.function, called, base, work)
        routes = [cast("tuple[Method, str]", tuple(route.split(" ", 1))) for route in console.routes]
        base.api.serve_all(routes, self.function, THROTTLES)
