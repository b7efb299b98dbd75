"""The function that Vapi posts its server messages to: its Lambda, its route, its rights and its alarm."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from frontdesk.trigger import Messages
from infra.alarms import Alarms
from infra.api import Api
from infra.database import Database
from infra.function import Shared, lambda_function
from infra.queue_function import QueueFunction
from infra.store import Store
from infra.vapi import Vapi

SLOWEST_MS: Final = 6_000
"""Vapi gives up on an `assistant-request` at 7.5 s, however its server is set up."""


class MessageFunction(Construct):
    """The Lambda of `calls/messages`. It stands outward: to the store, to the queue, and to Vapi."""

    def __init__(
        self,
        scope: Construct,
        folder: str,
        definition: Messages,
        shared: Shared,
        *,
        api: Api,
        database: Database,
        store: Store,
        fed: Mapping[str, QueueFunction],
        vapi: Vapi,
        vapi_secrets: secretsmanager.ISecret,
        alarms: Alarms,
    ) -> None:
        super().__init__(scope, folder.replace("/", "-"))
        self.function = lambda_function(
            self,
            folder,
            shared,
            place=shared.network.outward,
            timeout_s=definition.timeout_s,
            environment={"FRONTDESK_VAPI_SECRETS_ARN": vapi_secrets.secret_arn},
        )
        vapi_secrets.grant_read(self.function)
        database.admit(self.function)
        store.admit(self.function, reads=definition.reads, writes=definition.writes)
        if definition.uses_vapi:
            vapi.admit(self.function)
        if definition.sends_to not in fed:
            raise ValueError(f"{folder} sends to {definition.sends_to}, which no queue feeds")
        fed[definition.sends_to].admit(self.function)
        api.serve("POST", definition.path, self.function)
        slow = self.function.metric_duration(statistic="max", period=Duration.minutes(5))
        alarms.above(self, "Slow", slow, SLOWEST_MS, f"{folder}: a message took over {SLOWEST_MS} ms")
        lost = self._count("MessageNotTaken")
        alarms.above(self, "NotTaken", lost, 0, f"{folder}: messages were not taken; Vapi sends them again")
        # Longer than Lambda takes reaches no function: API Gateway refuses it and counts a server's error.
        refused = api.server_errors()
        alarms.above(self, "Refused", refused, 0, f"{folder}: the API answered with an error of its own")

    def _count(self, name: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="frontdesk",
            metric_name=name,
            dimensions_map={"service": "messages"},
            statistic="sum",
            period=Duration.minutes(5),
        )
