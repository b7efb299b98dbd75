"""What the local stack reads out of a template."""

import pytest

from infra.routes import Route, routes
from infra.template import whole


def test_what_one_stack_imports_of_another_refers_to_it_as_if_they_were_one() -> None:
    vpc = {"Type": "AWS::EC2::VPC"}
    output = {"Value": {"Ref": "Vpc"}, "Export": {"Name": "desk:Vpc"}}
    function = {"Properties": {"In": [{"Fn::ImportValue": "desk:Vpc"}]}}

    one = whole(
        {
            "desk": {"Resources": {"Vpc": vpc}, "Outputs": {"O": output}},
            "members": {"Resources": {"F": function}},
        }
    )

    assert one["Resources"] == {"Vpc": vpc, "F": {"Properties": {"In": [{"Ref": "Vpc"}]}}}
    assert one["Metadata"]["resources"] == {"desk": 1, "members": 1}
    with pytest.raises(ValueError, match="Vpc stands in two stacks"):
        whole({"desk": {"Resources": {"Vpc": vpc}}, "members": {"Resources": {"Vpc": {}}}})


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
