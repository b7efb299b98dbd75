"""One tool in the cloud, all made from its definition."""

from typing import Any, Final

from constructs import Construct

from frontdesk.tool import Need, Tool
from infra.base import Base
from infra.function import Shared, lambda_function
from infra.function_alarms import BUDGET_MS
from infra.release import Releases
from infra.work import Work

AT_ONCE: Final = 20
"""Of each tool. At 0.3 s an answer that is 60 a second, what some thousand calls at once ask of one."""
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
        releases: Releases,
    ) -> None:
        super().__init__(scope, tool.name)
        reaches_out = tool.needs - {Need.DATABASE}
        self.function = lambda_function(
            self,
            f"tools/{tool.name}",
            shared,
            place=shared.network.outward if reaches_out else shared.network.inside,
            timeout_s=tool.timeout_s,
            at_once=AT_ONCE,
            environment={
                "FRONTDESK_DEADLINE_S": str(tool.deadline_s),
                "FRONTDESK_VAPI_SECRETS_ARN": base.vapi_secrets.arn,
            },
        )
        base.vapi_secrets.admit(self.function)
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
        live = releases.live(self, self.function, f"tools/{tool.name}", slowest_ms=BUDGET_MS)
        base.api.serve("POST", f"/vapi/tools/{tool.name}", live)
