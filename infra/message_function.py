"""The function that Vapi posts its server messages to: its Lambda, its route and its rights."""

from constructs import Construct

from frontdesk.trigger import Messages
from infra.base import Base
from infra.function import Shared, lambda_function
from infra.work import Work


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
    ) -> None:
        super().__init__(scope, folder.replace("/", "-"))
        self.function = lambda_function(
            self,
            folder,
            shared,
            place=shared.network.outward,
            timeout_s=definition.timeout_s,
            environment={"FRONTDESK_VAPI_SECRETS_ARN": base.vapi_secrets.secret_arn},
        )
        base.vapi_secrets.grant_read(self.function)
        base.database.admit(self.function)
        base.store.admit(self.function, reads=definition.reads, writes=definition.writes)
        if definition.uses_vapi:
            base.vapi.admit(self.function)
        if definition.embeds:
            work.embedding.admit(self.function)
        if definition.sends_to not in work.fed:
            raise ValueError(f"{folder} sends to {definition.sends_to}, which no queue feeds")
        work.fed[definition.sends_to].admit(self.function)
        base.api.serve("POST", definition.path, self.function)
