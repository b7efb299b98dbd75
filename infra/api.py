"""The front door: one HTTP API. Who is calling is proved in each function, over the raw body.

An HTTP API, not a REST one: cheaper and quicker, and what REST adds, an authorizer or a request
model, can't help here, for an authorizer never sees the body that Vapi's signature covers.
"""

import json
from collections.abc import Sequence
from typing import Final, NamedTuple

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigatewayv2_authorizers import HttpJwtAuthorizer
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from frontdesk.endpoint import Method
from infra.log_group import log_group
from infra.stages import Stage

_LOGGED: Final = {
    name: f"$context.{name}"
    for name in (
        *("requestId", "extendedRequestId", "requestTimeEpoch", "routeKey", "status", "protocol"),
        *("responseLatency", "responseLength", "integrationLatency", "integrationStatus"),
        *("integrationErrorMessage", "error.responseType", "authorizer.error"),
    )
}
"""Of each request. Neither its path, which has ids, nor its query, its sender's address or its words."""


class Throttle(NamedTuple):
    """Of one route: requests a second, and how many at once."""

    rate: int
    burst: int


ROOF: Final = Throttle(200, 400)
"""Of all routes of the call path each: about 400 calls at once."""


class Api(Construct):
    """The API. Its stage (`Door`) stands in the last stack, for it names routes, and they come before it."""

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, "Api")
        self.routes: dict[str, Throttle] = {}
        """The throttle of each route that isn't the roof's, by its key."""
        # API Gateway's own name goes on answering beside ours: Vapi has it until it is told otherwise.
        self.http = apigateway.HttpApi(
            self, "Http", api_name=f"frontdesk-{stage.name}", create_default_stage=False
        )
        self.url: str = f"https://{stage.domain}" if stage.domain else self.http.api_endpoint
        """Without a slash at its end."""

    def server_errors(self) -> cloudwatch.Metric:
        """How many answers were errors of a server: a function's, or the API's own about one."""
        return self.http.metric_server_error(period=Duration.minutes(5), statistic="sum")

    def serve(
        self, method: Method, path: str, function: lambda_.Function | lambda_.Alias, throttle: Throttle = ROOF
    ) -> None:
        """Sends this method's requests to this path to the function."""
        self.serve_all([(method, path)], function, {method: throttle})

    def serve_all(
        self,
        routes: Sequence[tuple[Method, str]],
        function: lambda_.Function | lambda_.Alias,
        throttles: dict[Method, Throttle],
        authorizer: HttpJwtAuthorizer | None = None,
    ) -> None:
        """Likewise for several, by one integration; who may call the function is the API.

        The routes stand beside the function, which may be in another stack than the API.
        """
        name = routes[0][1].rsplit("/", 1)[-1]
        integration = HttpLambdaIntegration(
            name,
            function,  # pyright: ignore[reportArgumentType] - jsii renames arguments
            scope_permission_to_route=False,  # one a function: a stack has room for 500 resources
        )
        for method, path in routes:
            key = f"{method} {path}"
            if throttles[method] != ROOF:
                self.routes[key] = throttles[method]
            apigateway.HttpRoute(
                function,
                key,
                http_api=self.http,
                route_key=apigateway.HttpRouteKey.with_(path, apigateway.HttpMethod(method)),
                integration=integration,
                authorizer=authorizer,  # pyright: ignore[reportArgumentType] - jsii renames arguments
            )


class Door(Construct):
    """The API's only stage: what it lets through at once, what it writes down, and its own name."""

    def __init__(self, scope: Construct, stage: Stage, api: Api, key: kms.Key) -> None:
        super().__init__(scope, "Door")
        kept = log_group(self, "Log", stage, "api", key)
        opened = apigateway.CfnStage(
            self,
            "Stage",
            api_id=api.http.api_id,
            stage_name="$default",
            auto_deploy=True,
            default_route_settings=_settings(ROOF),
            route_settings={route: _named(throttle) for route, throttle in sorted(api.routes.items())},
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=kept.log_group_arn, format=json.dumps(_LOGGED)
            ),
        )
        if stage.domain and stage.certificate_arn:
            self._name(stage.domain, stage.certificate_arn, api, opened)

    def _name(self, domain: str, certificate_arn: str, api: Api, opened: apigateway.CfnStage) -> None:
        named = apigateway.DomainName(
            self,
            "Name",
            domain_name=domain,
            certificate=acm.Certificate.from_certificate_arn(self, "Certificate", certificate_arn),
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
        )
        apigateway.CfnApiMapping(
            self, "Mapping", api_id=api.http.api_id, domain_name=named.name, stage=opened.ref
        )
        CfnOutput(self, "Target", value=named.regional_domain_name).override_logical_id("DomainTarget")


def _settings(throttle: Throttle) -> apigateway.CfnStage.RouteSettingsProperty:
    return apigateway.CfnStage.RouteSettingsProperty(
        throttling_rate_limit=throttle.rate, throttling_burst_limit=throttle.burst
    )


def _named(throttle: Throttle) -> dict[str, int]:
    """As CloudFormation has it: the map of routes is free JSON, which the CDK passes on as it is."""
    return {"ThrottlingRateLimit": throttle.rate, "ThrottlingBurstLimit": throttle.burst}
