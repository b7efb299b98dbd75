"""How new code comes to callers, and how many of it there may be."""

import pytest

from infra.routes import routes
from tests.infra.conftest import Synthesised

pytestmark = pytest.mark.slow

CONNECTIONS = {1: 189, 4: 823, 8: 1669, 16: 2000, 32: 2000}
"""That Aurora takes from a ceiling in capacity units, with a floor of 0.5: Aurora's user guide,
"Maximum connections for Aurora Serverless v2", read 2026-11-23."""
KEPT_BACK = 30
"""For the server's own people: monitoring, the superuser, an operator."""
ACCOUNT = 1000
"""Functions at once in an account, unless it asked for more; Lambda keeps 100 for those without a share."""


def test_what_a_caller_waits_for_is_released_by_its_alias_and_taken_back_by_its_alarms(
    stack: Synthesised,
) -> None:
    called = {
        route.function
        for route in routes(stack.template)
        if "/vapi/" in route.path or route.path == "/bells/hear"
    }
    aliases = {
        made["Properties"]["FunctionName"]["Ref"]: name
        for name, made in stack.all("AWS::Lambda::Alias").items()
    }
    groups = stack.all("AWS::CodeDeploy::DeploymentGroup")
    is_prod = "prod" in str(stack.template["Metadata"])

    assert aliases.keys() == called
    assert len(groups) == len(aliases)
    for group in groups.values():
        properties = group["Properties"]
        assert ("Canary10Percent5Minutes" in str(properties["DeploymentConfigName"])) == is_prod
        assert properties["AutoRollbackConfiguration"]["Enabled"] is True
        assert "DEPLOYMENT_STOP_ON_ALARM" in properties["AutoRollbackConfiguration"]["Events"]
        alarms = {one["Name"]["Ref"] for one in properties["AlarmConfiguration"]["Alarms"]}
        assert {next(word for word in ("Slow", "Failing") if word in name) for name in alarms} == {
            "Slow",
            "Failing",
        }
    for name in aliases.values():
        update = stack.template["Resources"][name]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        assert update["DeploymentGroupName"]["Ref"] in groups


def test_what_is_kept_warm_is_the_version_for_an_alias_that_is_can_not_lead_to_two(
    stack: Synthesised,
) -> None:
    """Lambda: "Alias with weights can not be used with Provisioned Concurrency"."""
    is_prod = "prod" in str(stack.template["Metadata"])
    for alias in stack.all("AWS::Lambda::Alias").values():
        version = stack.template["Resources"][alias["Properties"]["FunctionVersion"]["Fn::GetAtt"][0]]
        warm = version["Properties"].get("ProvisionedConcurrencyConfig", {})

        assert "ProvisionedConcurrencyConfig" not in alias["Properties"]
        assert warm.get("ProvisionedConcurrentExecutions", 0) == (1 if is_prod else 0)


def test_a_release_is_judged_by_its_own_version_so_one_that_fails_can_be_followed_by_its_mending(
    stack: Synthesised,
) -> None:
    alarms = stack.all("AWS::CloudWatch::Alarm")
    for alias in stack.all("AWS::Lambda::Alias").values():
        update = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        group = stack.template["Resources"][update["DeploymentGroupName"]["Ref"]]["Properties"]
        function = alias["Properties"]["FunctionName"]
        judging = {one["Name"]["Ref"] for one in group["AlarmConfiguration"]["Alarms"]}

        assert judging <= set(alias["DependsOn"]), "they are told of the version before it is called"
        for name in judging:
            told = {one["Name"]: one["Value"] for one in alarms[name]["Properties"]["Dimensions"]}
            assert told == {
                "FunctionName": function,
                "Resource": {"Fn::Join": ["", [function, ":live"]]},
                "ExecutedVersion": alias["Properties"]["FunctionVersion"],
            }


def test_all_functions_at_once_are_neither_too_many_for_the_database_nor_for_the_account(
    stack: Synthesised,
) -> None:
    shares = {
        folder: made["Properties"]["ReservedConcurrentExecutions"] for folder, made in stack.functions.items()
    }
    connected = sum(
        share for folder, share in shares.items() if "FRONTDESK_DATABASE_HOST" in stack.environments[folder]
    )
    [cluster] = stack.all("AWS::RDS::DBCluster").values()
    ceiling = cluster["Properties"]["ServerlessV2ScalingConfiguration"]["MaxCapacity"]

    assert connected + KEPT_BACK <= CONNECTIONS[ceiling]
    assert sum(shares.values()) <= ACCOUNT - 100


def test_a_queue_never_hands_out_more_than_its_function_may_take(stack: Synthesised) -> None:
    for made in stack.all("AWS::Lambda::EventSourceMapping").values():
        function = stack.template["Resources"][made["Properties"]["FunctionName"]["Ref"]]
        most = made["Properties"]["ScalingConfig"]["MaximumConcurrency"]
        assert function["Properties"]["ReservedConcurrentExecutions"] >= most
