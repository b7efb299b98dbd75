"""One tool in the cloud, all made from its definition."""

from typing import Any, Final

from constructs import Construct

from frontdesk.tool import Need, Tool
from infra.base import Base
from infra.function import Shared, lambda_function
from infra.work import Work

SYNC: Final = "calendars/sync"
"""Whose queue hears of visits that belong into a calendar."""


class ToolFunction(Construct):
    """The Lambda, the route and the rights that one tool's definition asks for."""

    def __init__(
        self,
        scope: Construct,
        tool: Tool[Any],
        shared: Shared,
        *,
        base: Base,
        work: Work,
    ) -> None:
        super().__init__(scope, tool.name)
        reaches_out = tool.needs - {Need.DATABASE}
        self.function = lambda_function(
            self,
            f"tools/{tool.name}",
            shared,
            place=shared.network.outward if reaches_out else shared.network.inside,
            timeout_s=tool.timeout_s,
            environment={
                "FRONTDESK_DEADLINE_S": str(tool.deadline_s),
                "FRONTDESK_VAPI_SECRETS_ARN": base.vapi_secrets.secret_arn,
            },
        )
        base.vapi_secrets.grant_read(self.function)
        if Need.DATABASE in tool.needs:
            base.database.admit(self.function)
        if Need.EMBEDDER in tool.needs:
            work.embedding.admit(self.function)
        if Need.EMR in tool.needs:
            work.emrs.admit(self.function)
        if Need.CALENDARS in tool.needs:
            base.calendars.admit(self.function)
        if Need.CALENDAR_QUEUE in tool.needs:
            work.fed[SYNC].admit(self.function)
        base.api.serve("POST", f"/vapi/tools/{tool.name}", self.function)
