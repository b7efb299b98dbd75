"""What the local stack reads out of a template."""

from infra.routes import Route, routes


def test_routes_come_in_order_and_with_their_function() -> None:
    resources = {
        "Code": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Handler": "a.b", "Timeout": 3, "MemorySize": 128},
        },
        "Way": {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {"IntegrationUri": {"Fn::GetAtt": ["Code", "Arn"]}},
        },
        **{
            key.strip("/"): {
                "Type": "AWS::ApiGatewayV2::Route",
                "Properties": {
                    "RouteKey": f"GET {key}",
                    "Target": {"Fn::Join": ["", ["integrations/", {"Ref": "Way"}]]},
                },
            }
            for key in ("/z", "/a")
        },
    }

    assert routes({"Resources": resources}) == [
        Route(
            method="GET",
            path=path,
            function="Code",
            handler="a.b",
            environment={},
            timeout_s=3,
            memory_mb=128,
        )
        for path in ("/a", "/z")
    ]
