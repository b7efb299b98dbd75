"""One endpoint of the member API in the cloud: its Lambda and its route."""

from typing import Any

from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from frontdesk.endpoint import LAYER, Endpoint
from frontdesk.tool import LAMBDA_TIMEOUT_S
from infra.api import Api
from infra.bus import Bus
from infra.database import Database
from infra.function import Shared, lambda_function
from infra.member_pool import MemberPool


class EndpointFunction(Construct):
    """The Lambda of a folder such as `appointments/listing`, behind the route of its definition."""

    def __init__(
        self,
        scope: Construct,
        folder: str,
        endpoint: Endpoint[Any],
        shared: Shared,
        *,
        api: Api,
        database: Database,
        bus: Bus,
        member_secrets: secretsmanager.ISecret,
        pool: MemberPool,
    ) -> None:
        super().__init__(scope, folder.replace("/", "-"))
        self.function = lambda_function(
            self,
            folder,
            shared,
            place=shared.network.outward,  # to the issuers' keys, and to the bus
            timeout_s=LAMBDA_TIMEOUT_S,
            environment={
                "FRONTDESK_MEMBER_SECRETS_ARN": member_secrets.secret_arn,
                "FRONTDESK_ISSUERS": pool.issuers,
            },
            layer=LAYER,
        )
        member_secrets.grant_read(self.function)
        if endpoint.invites:
            pool.let_invite(self.function)
        database.admit(self.function)
        if endpoint.raises:
            bus.admit(self.function, endpoint.raises)
        api.serve(endpoint.method, endpoint.path, self.function)
