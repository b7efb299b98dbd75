"""The front door: one HTTP API. Who is calling is proved in each function, over the raw body.

An HTTP API, not a REST one: cheaper and quicker, and what REST adds, an authorizer or a request
model, can't help here, for an authorizer never sees the body that Vapi's signature covers.
"""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from frontdesk.endpoint import Method
from infra.stages import Stage


class Api(Construct):
    """The API and its only stage. The throttle is the roof over all clinics: about 400 calls at once."""

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, "Api")
        self.http = apigateway.HttpApi(
            self, "Http", api_name=f"frontdesk-{stage.name}", create_default_stage=False
        )
        self.url = apigateway.HttpStage(
            self,
            "Stage",
            http_api=self.http,
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(rate_limit=200, burst_limit=400),
        ).url

    def server_errors(self) -> cloudwatch.Metric:
        """How many answers were errors of a server: a function's, or the API's own about one."""
        return self.http.metric_server_error(period=Duration.minutes(5), statistic="sum")

    def serve(self, method: Method, path: str, function: lambda_.Function) -> None:
        """Sends this method's requests to this path to the function."""
        self.serve_all([(method, path)], function)

    def serve_all(self, routes: Sequence[tuple[Method, str]], function: lambda_.Function) -> None:
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
            apigateway.HttpRoute(
                function,
                f"{method} {path}",
                http_api=self.http,
                route_key=apigateway.HttpRouteKey.with_(path, apigateway.HttpMethod(method)),
                integration=integration,
            )
