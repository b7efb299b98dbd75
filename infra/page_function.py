"""A page that others send browsers to: its Lambda and its route, without a member's proof."""

from constructs import Construct

from frontdesk.trigger import Page
from infra.api import Api
from infra.calendars import Calendars
from infra.database import Database
from infra.function import Shared, lambda_function


class PageFunction(Construct):
    """The Lambda of `calendars/callback`. It stands outward: to KMS and to the vendors."""

    def __init__(
        self,
        scope: Construct,
        folder: str,
        definition: Page,
        shared: Shared,
        *,
        api: Api,
        database: Database,
        calendars: Calendars,
    ) -> None:
        super().__init__(scope, folder.replace("/", "-"))
        self.function = lambda_function(
            self,
            folder,
            shared,
            place=shared.network.outward,
            timeout_s=definition.timeout_s,
            environment={"FRONTDESK_PUBLIC_URL": api.http.api_endpoint},
        )
        database.admit(self.function)
        if definition.connects:
            calendars.admit(self.function)
        api.serve("GET", definition.path, self.function)
