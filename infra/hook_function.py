"""What a vendor's server posts hints to: its Lambda and its route, without a member's proof."""

from collections.abc import Mapping
from typing import Final

from constructs import Construct

from frontdesk.trigger import Hook
from infra.api import Throttle
from infra.base import Base
from infra.function import Shared, lambda_function
from infra.queue_function import QueueFunction

AT_ONCE: Final = 10
_THROTTLE: Final = Throttle(100, 200)
"""Vendors tell of many changes at once, and tell again what was refused."""


class HookFunction(Construct):
    """The Lambda of `calendars/hints`. It stands outward: SQS isn't in the network."""

    def __init__(
        self,
        scope: Construct,
        folder: str,
        definition: Hook,
        shared: Shared,
        *,
        base: Base,
        fed: Mapping[str, QueueFunction],
    ) -> None:
        super().__init__(scope, folder.replace("/", "-"))
        self.function = lambda_function(
            self,
            folder,
            shared,
            place=shared.network.outward,
            timeout_s=definition.timeout_s,
            at_once=AT_ONCE,
            environment={},
        )
        base.database.admit(self.function)
        if definition.sends_to not in fed:
            raise ValueError(f"{folder} sends to {definition.sends_to}, which no queue feeds")
        fed[definition.sends_to].admit(self.function)
        base.api.serve("POST", definition.path, self.function, _THROTTLE)
