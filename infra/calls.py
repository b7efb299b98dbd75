"""The stack that calls need while somebody is on the line: the tools, and Vapi's messages."""

from collections.abc import Iterable, Mapping
from typing import Any

from aws_cdk import App
from constructs import Construct

from frontdesk.tool import Tool
from frontdesk.trigger import Messages
from infra.base import Base
from infra.message_function import MessageFunction
from infra.release import Releases
from infra.stack import StageStack
from infra.tool_function import ToolFunction
from infra.work import Work


class Calls(StageStack):
    """`frontdesk-dev-calls`: routes of the base's API."""

    def __init__(
        self,
        app: App,
        base: Base,
        work: Work,
        *,
        tools: Iterable[Tool[Any]],
        messages: Mapping[str, Messages],
    ) -> None:
        super().__init__(app, base.stage, "calls")
        shared = base.shared_in(self)
        releases = Releases(self, base.stage, base.alarms)
        group = Construct(self, "Tools")
        for tool in tools:
            ToolFunction(group, tool, shared, base=base, work=work, releases=releases)
        group = Construct(self, "Messages")
        for folder, definition in messages.items():
            MessageFunction(group, folder, definition, shared, base=base, work=work, releases=releases)
