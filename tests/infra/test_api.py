"""The API's door: what it lets through, and what it writes down."""

import json
import subprocess
import sys

import pytest

from infra.routes import resources, routes
from tests.infra.conftest import Synthesised

pytestmark = pytest.mark.slow


def test_every_route_has_a_roof_and_who_isnt_vapi_a_lower_one(stack: Synthesised) -> None:
    [door] = stack.all("AWS::ApiGatewayV2::Stage").values()
    roof = door["Properties"]["DefaultRouteSettings"]
    own = door["Properties"].get("RouteSettings", {})
    known = {f"{route.method} {route.path}" for route in routes(stack.template)}

    assert (roof["ThrottlingRateLimit"], roof["ThrottlingBurstLimit"]) == (200, 400)
    assert own.keys() <= known
    assert {route for route in known if "/vapi/" not in route and "/bells/hear" not in route} == own.keys()
    assert all(one["ThrottlingRateLimit"] < 200 for one in own.values())


def test_the_access_log_has_no_path_query_or_sender(stack: Synthesised) -> None:
    [door] = stack.all("AWS::ApiGatewayV2::Stage").values()
    log = json.loads(door["Properties"]["AccessLogSettings"]["Format"])

    assert {"requestId", "routeKey", "status", "responseLatency"} <= log.keys()
    for word in ("path", "query", "Ip", "identity", "Agent", "body", "claims"):
        assert not [value for value in log.values() if word.lower() in value.lower()]


def test_a_members_token_is_looked_at_before_a_function_starts(stack: Synthesised) -> None:
    [authorizer] = stack.all("AWS::ApiGatewayV2::Authorizer").values()
    guarded = {
        made["Properties"]["RouteKey"]
        for made in stack.all("AWS::ApiGatewayV2::Route").values()
        if made["Properties"].get("AuthorizationType") == "JWT"
    }

    [client] = stack.all("AWS::Cognito::UserPoolClient")
    assert authorizer["Properties"]["JwtConfiguration"]["Audience"] == [{"Ref": client}]
    assert guarded == {f"{method} {path}" for several in stack.endpoints.values() for method, path in several}


def test_a_name_of_our_own_comes_beside_the_one_that_vapi_was_told() -> None:
    """A stage that takes calls is given a name: were the first one gone at once, nobody would be answered."""
    made = (
        "import json\nfrom aws_cdk import App, Stack, aws_kms as kms\n"
        "from infra import stages\nfrom infra.api import Api, Door\n"
        "arn = 'arn:aws:acm:ca-central-1:123456789012:certificate/c'\n"
        "update = {'domain': 'desk.clinic.example', 'certificate_arn': arn}\n"
        "stage = stages.read()['prod'].model_copy(update=update)\n"
        "app = App()\nstack = Stack(app, 'S')\n"
        "api = Api(stack, stage)\nDoor(stack, stage, api, kms.Key(stack, 'K'))\n"
        "print(json.dumps([api.url, app.synth().get_stack_by_name('S').template]))"
    )
    run = subprocess.run([sys.executable, "-c", made], capture_output=True, text=True, check=True)
    url, template = json.loads(run.stdout)
    [api], [name], [mapping] = (
        [*resources(template, f"AWS::ApiGatewayV2::{kind}").values()]
        for kind in ("Api", "DomainName", "ApiMapping")
    )

    assert url == "https://desk.clinic.example"
    assert not api["Properties"].get("DisableExecuteApiEndpoint")
    assert name["Properties"]["DomainName"] == "desk.clinic.example"
    assert mapping["Properties"]["Stage"]["Ref"] in resources(template, "AWS::ApiGatewayV2::Stage")
    assert "DomainTarget" in template["Outputs"]
