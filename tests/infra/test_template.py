"""The template as the local stack reads it: kept while nothing changed, made again when something did."""

import json
import shutil
from pathlib import Path

import pytest

from infra.routes import Route, routes
from infra.template import SynthFailed, template, whole
from tests.infra.conftest import Synthesised

pytestmark = pytest.mark.slow


def test_a_route_tells_what_its_function_is_given(stack: Synthesised) -> None:
    for route in routes(stack.template):
        assert route.environment["FRONTDESK_DATABASE_USER"] == "frontdesk_app"
        assert route.environment["FRONTDESK_DATABASE_HOST"] is None
        assert route.memory_mb == 1024
        # Longer than a tool's only where an endpoint asks for it, and never than API Gateway waits.
        assert route.timeout_s == 10 or (route.timeout_s < 29 and "tools" not in route.handler)


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


def test_a_template_is_made_again_only_when_a_definition_changed(new_tree: Path, tmp_path: Path) -> None:
    template("prod", functions_in=new_tree)
    tree = shutil.copytree(new_tree, tmp_path / "tree")
    cache = tree / "build" / "template-prod.json"
    kept = json.loads(cache.read_text())
    cache.write_text(json.dumps(kept | {"template": {"Resources": "kept"}}))
    (tree / "functions" / "tools" / "ring_outside" / "handler.py").write_text("# how it works\n")

    assert template("prod", functions_in=tree) == {"Resources": "kept"}

    definition = tree / "functions" / "tools" / "ring_outside" / "tool.py"
    definition.write_text(definition.read_text().replace('name="ring_outside"', 'name="ring_inside"'))
    with pytest.raises(SynthFailed, match="a tool has the name of its folder"):
        template("prod", functions_in=tree)
