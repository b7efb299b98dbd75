"""The stack of the member API, beside the desk's: calls go on whatever is deployed here."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Environment, Stack, Tags
from constructs import Construct

from frontdesk.endpoint import LAYER, Endpoint
from frontdesk.trigger import Hook, Page
from infra.desk import Desk
from infra.endpoint_function import EndpointFunction
from infra.function import Shared
from infra.hook_function import HookFunction
from infra.packaging import REGION, Bundle
from infra.page_function import PageFunction
from infra.stages import Stage


class MemberApi(Stack):
    """What members ask for and vendors post, named `frontdesk-dev-members`: routes of the desk's API."""

    def __init__(
        self,
        scope: Construct,
        stage: Stage,
        code: Bundle,
        desk: Desk,
        *,
        endpoints: Mapping[str, tuple[Endpoint[Any, Any], ...]],
        pages: Mapping[str, Page],
        hooks: Mapping[str, Hook],
    ) -> None:
        super().__init__(
            scope,
            f"{desk.stack_name}-members",
            env=Environment(region=REGION),
            termination_protection=True,
        )
        Tags.of(self).add("frontdesk:stage", stage.name)
        shared = Shared.in_stack(self, stage, desk.network, code, {LAYER})
        group = Construct(self, "Members")
        for folder, several in endpoints.items():
            made = EndpointFunction(
                *(group, folder, several, shared),
                api=desk.api,
                database=desk.database,
                bus=desk.bus,
                store=desk.store,
                vapi=desk.vapi,
                embedding=desk.embedding,
                member_secrets=desk.member_secrets,
                pool=desk.pool,
                calendars=desk.calendars,
            )
            made.function.node.add_dependency(desk.migration.trigger)
        for folder, page in pages.items():
            shown = PageFunction(
                *(group, folder, page, shared), api=desk.api, database=desk.database, calendars=desk.calendars
            )
            shown.function.node.add_dependency(desk.migration.trigger)
        for folder, hook in hooks.items():
            told = HookFunction(
                *(group, folder, hook, shared), api=desk.api, database=desk.database, fed=desk.fed
            )
            told.function.node.add_dependency(desk.migration.trigger)
