"""The endpoints of one folder in the cloud: their Lambda and their routes."""

from typing import Any

from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from frontdesk.endpoint import LAYER, Endpoint
from infra.api import Api
from infra.bus import Bus
from infra.calendars import Calendars
from infra.database import Database
from infra.embedding import Embedding
from infra.function import Shared, lambda_function
from infra.member_pool import MemberPool
from infra.store import Store
from infra.vapi import Vapi


class EndpointFunction(Construct):
    """The Lambda of a folder such as `appointments/listing`, behind the routes of its definition."""

    def __init__(
        self,
        scope: Construct,
        folder: str,
        endpoints: tuple[Endpoint[Any, Any], ...],
        shared: Shared,
        *,
        api: Api,
        database: Database,
        bus: Bus,
        store: Store,
        vapi: Vapi,
        embedding: Embedding,
        member_secrets: secretsmanager.ISecret,
        pool: MemberPool,
        calendars: Calendars,
    ) -> None:
        super().__init__(scope, folder.replace("/", "-"))
        raises = tuple(dict.fromkeys(event for one in endpoints for event in one.raises))
        uses_vapi = any(one.uses_vapi for one in endpoints)
        self.function = lambda_function(
            self,
            folder,
            shared,
            place=shared.network.outward,  # to the issuers' keys, to the bus, and to Vapi
            timeout_s=max(one.timeout_s for one in endpoints),
            environment={
                "FRONTDESK_MEMBER_SECRETS_ARN": member_secrets.secret_arn,
                "FRONTDESK_ISSUERS": pool.issuers,
                # Where Vapi finds us: for tools, and for calls to an attached number.
                "FRONTDESK_PUBLIC_URL": api.http.api_endpoint,
            },
            layer=LAYER,
        )
        member_secrets.grant_read(self.function)
        if any(one.invites for one in endpoints):
            pool.let_invite(self.function)
        database.admit(self.function)
        store.admit(
            self.function,
            reads=dict.fromkeys(kept for one in endpoints for kept in one.reads),
            writes=dict.fromkeys(kept for one in endpoints for kept in one.writes),
        )
        if raises:
            bus.admit(self.function, raises)
        if uses_vapi:
            vapi.admit(self.function)
        if any(one.embeds for one in endpoints):
            embedding.admit(self.function)
        if any(one.connects for one in endpoints):
            calendars.admit(self.function)
        api.serve_all([(one.method, one.path) for one in endpoints], self.function)
