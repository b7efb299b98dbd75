"""The function that Vapi posts its server messages to: its Lambda, its route and its rights."""

from typing import Final

from constructs import Construct

from frontdesk.trigger import Messages
from infra.base import Base
from infra.function import Shared, lambda_function
from infra.release import Releases
from infra.work import Work

AT_ONCE: Final = 40
"""Half of what is posted here is kept and answered in some milliseconds."""
SLOWEST_MS: Final = 6_000
"""Vapi gives up on an `assistant-request` at 7.5 s, however its server is set up."""


class MessageFunction(Construct):
    """The Lambda of `calls/messages`. It stands outward: to the store, to the queue, and to Vapi."""

    def __init__(
        self,
        scope: Construct,
        folder: str,
        definition: Messages,
        shared: Shared,
        *,
        base: Base,
        work: Work,
        releases: Releases,
    ) -> None:
        super().__init__(scope, folder.replace("/", "-"))
        self.function = lambda_function(
            self,
            folder,
            shared,
            place=shared.network.outward,
            timeout_s=definition.timeout_s,
            at_once=AT_ONCE,
            environment={"FRONTDESK_VAPI_SECRETS_ARN": base.vapi_secrets.arn},
        )
        base.vapi_secrets.admit(self.function)
        base.database.admit(self.function)
        base.store.admit(self.function, reads=definition.reads, writes=definition.writes)
        if definition.uses_vapi:
            base.vapi.admit(self.function)
        if definition.embeds:
            work.embedding.admit(self.function)
        if definition.sends_to not in work.fed:
            raise ValueError(f"{folder} sends to {definition.sends_to}, which no queue feeds")
        work.fed[definition.sends_to].admit(self.function)
        live = releases.live(self, self.function, folder, slowest_ms=SLOWEST_MS)
        base.api.serve("POST", definition.path, live)
