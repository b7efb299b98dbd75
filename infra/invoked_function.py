"""One function that others of ours, or operators, call: its Lambda, which stands inside and may do nothing.

But for one that asks EMRs: that stands outward, and may ask the database and for our logins there.
"""

from constructs import Construct

from frontdesk.trigger import Invoked
from infra.database import Database
from infra.emr_logins import let_log_in
from infra.function import Shared, lambda_function


class InvokedFunction(Construct):
    """The Lambda of a folder such as `knowledge/embed`."""

    def __init__(
        self, scope: Construct, folder: str, definition: Invoked, shared: Shared, *, database: Database
    ) -> None:
        super().__init__(scope, folder.replace("/", "-"))
        network = shared.network
        self.function = lambda_function(
            self,
            folder,
            shared,
            place=network.to_emrs if definition.asks_emrs else network.inside,
            timeout_s=definition.timeout_s,
            at_once=definition.at_once,
            environment={},
            layer=definition.layer,
            memory_mb=definition.memory_mb,
        )
        if definition.asks_emrs:
            database.admit(self.function)
            let_log_in(self.function, shared.stage)
