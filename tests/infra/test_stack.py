"""The synthesised stack: what each function gets, and what nothing gets."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from frontdesk.tool import VAPI_TIMEOUT_S
from infra.rights import UNSCOPABLE
from infra.routes import routes, timers
from tests.infra.conftest import Synthesised

pytestmark = pytest.mark.slow


def test_every_folder_is_one_function(stack: Synthesised) -> None:
    assert sorted(stack.functions) == sorted(folder.replace("/", ".") for folder in stack.folders)


def test_every_tool_and_every_endpoint_has_one_route_to_its_own_function(stack: Synthesised) -> None:
    found = {(route.method, route.path): route.handler for route in routes(stack.template)}

    assert found == {
        ("POST", f"/vapi/tools/{tool}"): f"functions.tools.{tool}.handler.handler" for tool in stack.tools
    } | {
        route: f"functions.{folder.replace('/', '.')}.handler.handler"
        for folder, several in stack.endpoints.items()
        for route in several
    }


def test_every_schedule_calls_its_own_function_at_its_rate(stack: Synthesised) -> None:
    by_function = {
        made["Properties"]["Target"]["Arn"]["Fn::GetAtt"][0]: made["Properties"]
        for made in stack.all("AWS::Scheduler::Schedule").values()
    }

    assert len(by_function) == len(stack.schedules)
    for folder, rate in stack.schedules.items():
        properties = by_function[_logical_id(stack, folder)]
        assert properties["ScheduleExpression"] == rate
        assert properties["FlexibleTimeWindow"] == {"Mode": "OFF"}
        assert properties["State"] == "ENABLED"


def test_a_scheduled_run_is_neither_repeated_nor_kept_waiting(stack: Synthesised) -> None:
    """Neither by Scheduler, before it hands the run over, nor by Lambda's queue, after that."""
    once = {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}
    configured = {
        made["Properties"]["FunctionName"]["Ref"]: made["Properties"]
        for made in stack.all("AWS::Lambda::EventInvokeConfig").values()
    }

    for schedule in stack.all("AWS::Scheduler::Schedule").values():
        assert schedule["Properties"]["Target"]["RetryPolicy"] == once
    for folder in stack.schedules:
        assert configured[_logical_id(stack, folder)].items() >= once.items()


def test_a_run_ends_before_the_next_begins(stack: Synthesised) -> None:
    for timer in timers(stack.template):
        assert timer.timeout_s < timer.every_s


def test_a_schedule_may_call_its_own_function_and_nothing_else(stack: Synthesised) -> None:
    for schedule in stack.all("AWS::Scheduler::Schedule").values():
        target = schedule["Properties"]["Target"]
        role = target["RoleArn"]["Fn::GetAtt"][0]
        trusts = stack.all("AWS::IAM::Role")[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert [trust["Principal"] for trust in trusts] == [{"Service": "scheduler.amazonaws.com"}]
        assert all("aws:SourceAccount" in trust["Condition"]["StringEquals"] for trust in trusts)
        [policy] = [
            made["Properties"]["PolicyDocument"]["Statement"]
            for made in stack.all("AWS::IAM::Policy").values()
            if {"Ref": role} in made["Properties"]["Roles"]
        ]
        assert [statement["Action"] for statement in policy] == ["lambda:InvokeFunction"]
        named = set(re.findall(r'"Fn::GetAtt": \["(\w+)"', json.dumps(policy)))
        assert named == {target["Arn"]["Fn::GetAtt"][0]}


def test_only_who_proves_members_may_read_the_secret_for_it_and_only_tools_vapis(stack: Synthesised) -> None:
    def told(variable: str) -> set[str]:
        return {folder for folder, variables in stack.environments.items() if variable in variables}

    def readers(secret: str) -> int:
        return sum(
            secret in json.dumps(made["Properties"]["PolicyDocument"])
            for made in stack.all("AWS::IAM::Policy").values()
        )

    assert told("FRONTDESK_MEMBER_SECRETS_ARN") == {folder.replace("/", ".") for folder in stack.endpoints}
    assert told("FRONTDESK_VAPI_SECRETS_ARN") == {f"tools.{tool}" for tool in stack.tools}
    assert readers("MemberSecrets") == len(stack.endpoints)
    assert readers("VapiSecrets") == len(stack.tools)


def test_every_function_runs_on_arm_with_the_compiled_python(stack: Synthesised) -> None:
    for made in stack.functions.values():
        properties = made["Properties"]
        assert properties["Runtime"] == "python3.13"
        assert properties["Architectures"] == ["arm64"]
        assert properties["MemorySize"] >= 1024
        assert properties["TracingConfig"] == {"Mode": "Active"}


def test_heavy_packages_are_given_to_whom_asks_for_them_and_to_nobody_else(stack: Synthesised) -> None:
    groups = set(stack.layers.values())
    made = stack.all("AWS::Lambda::LayerVersion")
    of_group = {group: next(name for name in made if name.startswith(f"Layers{group}")) for group in groups}
    of_all = set(made) - set(of_group.values())

    assert len(of_all) == 2, "the packages of every function, and our own code"
    for folder, function in stack.functions.items():
        asked_for = stack.layers.get(folder.replace(".", "/"))
        ours = {layer["Ref"] for layer in function["Properties"]["Layers"] if "Ref" in layer}
        assert ours & set(made) == of_all | ({of_group[asked_for]} if asked_for else set())


def test_no_two_functions_share_a_role_or_a_log(stack: Synthesised) -> None:
    roles = {json.dumps(made["Properties"]["Role"]) for made in stack.functions.values()}
    logs = {json.dumps(made["Properties"]["LoggingConfig"]) for made in stack.functions.values()}

    assert len(roles) == len(logs) == len(stack.functions)
    groups = stack.all("AWS::Logs::LogGroup")
    assert len(groups) == len(logs)
    assert all(group["Properties"]["RetentionInDays"] for group in groups.values())


def test_a_tool_gives_up_before_lambda_does_and_lambda_before_vapi(stack: Synthesised) -> None:
    for tool in stack.tools:
        deadline_s = float(stack.environments[f"tools.{tool}"]["FRONTDESK_DEADLINE_S"])
        timeout_s = stack.functions[f"tools.{tool}"]["Properties"]["Timeout"]
        assert 0 < deadline_s < timeout_s < VAPI_TIMEOUT_S


def test_every_tool_has_an_alarm_on_its_own_p95(stack: Synthesised) -> None:
    watched = [
        alarm["Properties"]["Dimensions"][0]["Value"]["Ref"]
        for alarm in stack.all("AWS::CloudWatch::Alarm").values()
        if (alarm["Properties"]["ExtendedStatistic"], alarm["Properties"]["Threshold"]) == ("p95", 500)
    ]

    assert sorted(watched) == sorted(_logical_id(stack, f"tools/{tool}") for tool in stack.tools)


def test_only_a_tool_that_controls_the_live_call_has_a_way_out(stack: Synthesised) -> None:
    open_groups = {
        name
        for name, group in stack.all("AWS::EC2::SecurityGroup").items()
        for rule in group["Properties"].get("SecurityGroupEgress", [])
        if rule.get("CidrIp") == "0.0.0.0/0"
    }
    outward = {
        folder
        for folder, made in stack.functions.items()
        for group in made["Properties"]["VpcConfig"]["SecurityGroupIds"]
        if group["Fn::GetAtt"][0] in open_groups
    }

    assert outward <= {"tools.ring_outside", "tools.transfer_call"}
    assert ("tools.ring_outside" in outward) == ("ring_outside" in stack.tools)


def test_a_right_on_everything_has_a_written_reason(stack: Synthesised) -> None:
    for statement in _statements(stack.template):
        actions = _listed(statement["Action"])
        assert not [action for action in actions if "*" in action]
        if "*" in _listed(statement["Resource"]):
            assert set(actions) <= set(UNSCOPABLE)


def test_only_the_migrator_may_read_the_master_secret(stack: Synthesised) -> None:
    readers = [
        policy["Properties"]["Roles"]
        for policy in stack.all("AWS::IAM::Policy").values()
        if "MasterUserSecret" in json.dumps(policy)
    ]

    assert readers == [
        [{"Ref": role}] for role in stack.all("AWS::IAM::Role") if role.startswith("Migration")
    ]


def test_no_secret_stands_in_the_template(stack: Synthesised) -> None:
    text = json.dumps(stack.template)
    assert "SecretString" not in text
    assert "MasterUserPassword" not in text.replace("ManageMasterUserPassword", "")
    assert "resolve:secretsmanager" not in text
    for told in stack.environments.values():
        for name, value in told.items():
            assert not isinstance(value, str) or not name.endswith(("_ARN", "_PASSWORD", "_SECRET", "_KEY"))


def test_no_function_logs_its_event(stack: Synthesised) -> None:
    for told in stack.environments.values():
        assert told["POWERTOOLS_LOGGER_LOG_EVENT"] == "false"


def test_the_database_is_encrypted_awake_and_hard_to_lose(stack: Synthesised) -> None:
    [cluster] = stack.all("AWS::RDS::DBCluster").values()
    properties = cluster["Properties"]

    assert properties["StorageEncrypted"] is True
    assert properties["EnableIAMDatabaseAuthentication"] is True
    assert properties["DeletionProtection"] is True
    assert properties["ServerlessV2ScalingConfiguration"]["MinCapacity"] >= 0.5
    assert cluster["DeletionPolicy"] == "Retain"
    for instance in stack.all("AWS::RDS::DBInstance").values():
        assert instance["Properties"]["PubliclyAccessible"] is False


def test_nothing_but_the_migrator_changes_before_the_schema_has(stack: Synthesised) -> None:
    [trigger] = stack.all("Custom::Trigger")

    for folder, made in stack.functions.items():
        assert (trigger in made["DependsOn"]) == (folder != "database.migrate")


def test_there_is_room_for_twice_the_functions(stack: Synthesised) -> None:
    a_tool = 8
    rest = len(stack.template["Resources"]) - a_tool * len(stack.tools)

    assert rest + a_tool * 40 < 500


def test_the_address_is_told(stack: Synthesised) -> None:
    assert "ApiUrl" in stack.template["Outputs"]


def _logical_id(stack: Synthesised, folder: str) -> str:
    """What the template calls the function of a folder."""
    made = stack.functions[folder.replace("/", ".")]
    return next(name for name, one in stack.all("AWS::Lambda::Function").items() if one is made)


def _statements(template: dict[str, Any]) -> list[dict[str, Any]]:
    """Of every policy of a role; a key's own policy says `*` and means itself."""
    documents = [
        inline["PolicyDocument"]
        for made in template["Resources"].values()
        if made["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::Role")
        for inline in [made["Properties"], *made["Properties"].get("Policies", [])]
        if "PolicyDocument" in inline
    ]
    return [statement for document in documents for statement in document["Statement"]]


def _listed(value: Any) -> list[Any]:
    return [*value] if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]


def test_prod_can_not_be_made_to_print_callers_words() -> None:
    switched_on = (
        "from dataclasses import replace\nfrom infra.stages import STAGES\n"
        "replace(STAGES['dev'], phi_debug=True)\nreplace(STAGES['prod'], phi_debug=True)"
    )
    refused = subprocess.run([sys.executable, "-c", switched_on], capture_output=True, text=True)

    assert "line 4" in refused.stderr, "and in dev it can be switched on"
    assert "can't be on in prod" in refused.stderr
