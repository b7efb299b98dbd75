"""A page that others send browsers to, or read: its Lambda and its route, without a member's proof."""

from typing import Final

from constructs import Construct

from frontdesk.endpoint import Method
from frontdesk.trigger import Page
from infra.api import Throttle
from infra.base import Base
from infra.emr_logins import let_show_keys
from infra.function import Shared, lambda_function

AT_ONCE: Final = 10
_THROTTLE: Final = Throttle(10, 20)
"""Anybody may come here, and hardly anybody has to."""


class PageFunction(Construct):
    """The Lambda of `calendars/callback`, which stands outward (KMS, the vendors); or of `emr/keys`."""

    def __init__(
        self,
        scope: Construct,
        folder: str,
        definition: Page,
        shared: Shared,
        *,
        base: Base,
    ) -> None:
        super().__init__(scope, folder.replace("/", "-"))
        self.function = lambda_function(
            self,
            folder,
            shared,
            place=shared.network.inside if definition.shows_keys else shared.network.outward,
            timeout_s=definition.timeout_s,
            at_once=AT_ONCE,
            environment={"FRONTDESK_PUBLIC_URL": base.api.url},
            layer=definition.layer,
        )
        if definition.shows_keys:
            let_show_keys(self.function, shared.stage)
        else:
            base.database.admit(self.function)
        if definition.connects:
            base.calendars.admit(self.function)
        methods: tuple[Method, ...] = ("GET", "POST") if definition.connects else ("GET",)
        base.api.serve_all(
            [(method, definition.path) for method in methods],
            self.function,
            dict.fromkeys(methods, _THROTTLE),
        )
