"""One function that others of ours call: its Lambda, which stands inside and may do nothing."""

from constructs import Construct

from frontdesk.trigger import Invoked
from infra.function import Shared, lambda_function


class InvokedFunction(Construct):
    """The Lambda of a folder such as `knowledge/embed`."""

    def __init__(self, scope: Construct, folder: str, definition: Invoked, shared: Shared) -> None:
        super().__init__(scope, folder.replace("/", "-"))
        self.function = lambda_function(
            self,
            folder,
            shared,
            place=shared.network.inside,
            timeout_s=definition.timeout_s,
            environment={},
            layer=definition.layer,
            memory_mb=definition.memory_mb,
        )
