"""The stack of the clinic's page: calls and the member API go on whatever is deployed here."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import App
from constructs import Construct

from frontdesk.endpoint import Endpoint
from frontdesk.trigger import Console
from infra.base import Base
from infra.console_function import ConsoleFunction
from infra.discovery import CONSOLE_LAYER
from infra.stack import StageStack
from infra.work import Work


class ConsoleStack(StageStack):
    """`frontdesk-dev-console`: the pages of a clinic's own people, by routes of the base's API."""

    def __init__(
        self,
        app: App,
        base: Base,
        work: Work,
        *,
        consoles: Mapping[str, Console],
        endpoints: Mapping[str, tuple[Endpoint[Any, Any], ...]],
    ) -> None:
        super().__init__(app, base.stage, "console")
        self.add_dependency(base)  # also where nothing of it is used: all else waits for the migrator there
        shared = base.shared_in(self, {CONSOLE_LAYER} if consoles else ())
        group = Construct(self, "Console")
        for folder, console in consoles.items():
            ConsoleFunction(group, folder, console, endpoints, shared, base=base, work=work)
