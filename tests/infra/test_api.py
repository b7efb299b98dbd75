"""The API's door: what it lets through, and what it writes down."""

import json

import pytest

from infra.routes import routes
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
