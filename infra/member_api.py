"""The stack of the member API: calls go on whatever is deployed here."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import App
from constructs import Construct

from frontdesk.endpoint import LAYER, Endpoint
from frontdesk.trigger import Hook, Page
from infra.base import Base
from infra.endpoint_function import EndpointFunction
from infra.hook_function import HookFunction
from infra.page_function import PageFunction
from infra.stack import StageStack
from infra.work import Work


class MemberApi(StageStack):
    """`frontdesk-dev-members`: what members ask for and vendors post, by routes of the base's API."""

    def __init__(
        self,
        app: App,
        base: Base,
        work: Work,
        *,
        endpoints: Mapping[str, tuple[Endpoint[Any, Any], ...]],
        pages: Mapping[str, Page],
        hooks: Mapping[str, Hook],
    ) -> None:
        super().__init__(app, base.stage, "members")
        shared = base.shared_in(self, {LAYER})
        group = Construct(self, "Members")
        for folder, several in endpoints.items():
            EndpointFunction(group, folder, several, shared, base=base, work=work)
        for folder, page in pages.items():
            PageFunction(group, folder, page, shared, base=base)
        for folder, hook in hooks.items():
            HookFunction(group, folder, hook, shared, base=base, fed=work.fed)
