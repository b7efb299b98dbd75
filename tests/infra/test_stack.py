"""The synthesised stack: what each function gets, and what nothing gets.

Most that needs a synthesis is here: the files go to workers of their own, and each would synthesise anew.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from frontdesk.settings import Settings
from frontdesk.tool import VAPI_TIMEOUT_S
from frontdesk.trigger import MAX_RECEIVE_COUNT
from infra.rights import JOIN_VPC, UNSCOPABLE
from infra.routes import invoked, routes, sources, timers, user_pool_triggers
from infra.template import SynthFailed, template
from tests.infra.conftest import Synthesised, calling

pytestmark = pytest.mark.slow
PAGES = {
    "calendars/callback": (
        ("GET", "/calendars/{vendor}/callback"),
        ("POST", "/calendars/{vendor}/callback"),
    ),
    "emr/keys": (("GET", "/emr/jwks.json"),),
}
"""What browsers are sent to, or servers read, in the tree that has it."""
HOOKS = {"calendars/hints": (("POST", "/calendars/{vendor}/hints"),)}
"""Where vendors post that something changed, likewise."""
CONNECTING = (
    *("calendars/callback", "calendars/connections", "calendars/sync"),
    *(f"tools/{verb}_appointment" for verb in ("find_earliest", "create", "update")),
)
"""Who may open the tokens of calendars."""


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
    } | {
        ("POST", one.path): f"functions.{folder.replace('/', '.')}.handler.handler"
        for folder, one in stack.messages.items()
    } | {
        route: f"functions.{folder.replace('/', '.')}.handler.handler"
        for folder, several in (PAGES | HOOKS).items()
        if folder in stack.folders
        for route in several
    } | {
        tuple(route.split(" ")): f"functions.{folder.replace('/', '.')}.handler.handler"
        for folder, one in stack.consoles.items()
        for route in one.routes
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


def test_only_who_proves_members_may_read_the_secret_for_it_and_only_who_vapi_asks_vapis(
    stack: Synthesised,
) -> None:
    def told(variable: str) -> set[str]:
        return {folder for folder, variables in stack.environments.items() if variable in variables}

    def readers(secret: str) -> int:
        return sum(
            secret in json.dumps(made["Properties"]["PolicyDocument"])
            for made in stack.all("AWS::IAM::Policy").values()
        )

    proving = {folder.replace("/", ".") for folder in (*stack.endpoints, *stack.consoles)}
    assert told("FRONTDESK_MEMBER_SECRETS_ARN") == proving
    asked = {f"tools.{tool}" for tool in stack.tools} | {one.replace("/", ".") for one in stack.messages}
    assert told("FRONTDESK_VAPI_SECRETS_ARN") == asked
    connects = {folder.replace("/", ".") for folder in calling(*CONNECTING) if folder in stack.folders}
    for variable in ("GOOGLE_SECRET_ARN", "MICROSOFT_SECRET_ARN", "CALENDARS_KEY_ARN"):
        assert told(f"FRONTDESK_{variable}") == connects
    assert (
        readers("CalendarsGoogle")
        == readers("CalendarsMicrosoft")
        == readers("CalendarsKey")
        == len(connects)
    )
    assert readers("MemberSecrets") == len(proving)
    assert readers("VapiSecrets") == len(asked)


def test_the_pool_calls_its_own_functions_and_they_only_it(stack: Synthesised) -> None:
    called = {moment: one.handler for moment, one in user_pool_triggers(stack.template).items()}
    [pool] = stack.all("AWS::Cognito::UserPool")

    assert called == {
        moment: f"functions.{folder.replace('/', '.')}.handler.handler"
        for moment, folder in stack.signed_up_and_in.items()
    }
    for folder in stack.signed_up_and_in.values():
        function = _logical_id(stack, folder)
        [permission] = [
            made["Properties"]
            for made in stack.all("AWS::Lambda::Permission").values()
            if function in json.dumps(made["Properties"]["FunctionName"])
        ]
        assert permission["Principal"] == "cognito-idp.amazonaws.com"
        assert permission["SourceArn"] == {"Fn::GetAtt": [pool, "Arn"]}
        assert stack.functions[folder.replace("/", ".")]["Properties"]["Timeout"] <= 5, "Cognito's own"
        assert float(stack.environments[folder.replace("/", ".")]["FRONTDESK_DEADLINE_S"]) < 5
    if "PreTokenGeneration" in called:
        [properties] = (made["Properties"] for made in stack.all("AWS::Cognito::UserPool").values())
        assert properties["LambdaConfig"]["PreTokenGenerationConfig"]["LambdaVersion"] == "V2_0"


def test_people_sign_in_by_a_proven_address_and_a_strong_password(stack: Synthesised) -> None:
    [pool] = (made["Properties"] for made in stack.all("AWS::Cognito::UserPool").values())

    assert pool["UsernameAttributes"] == pool["AutoVerifiedAttributes"] == ["email"]
    assert pool["UserAttributeUpdateSettings"] == {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    assert pool["UsernameConfiguration"] == {"CaseSensitive": False}
    password = pool["Policies"]["PasswordPolicy"]
    assert password["MinimumLength"] >= 12
    assert all(on for name, on in password.items() if name.startswith("Require"))
    assert (pool["MfaConfiguration"], pool["DeletionProtection"]) == ("OPTIONAL", "ACTIVE")
    assert (pool["UserPoolTier"], pool["UserPoolAddOns"]) == ("PLUS", {"AdvancedSecurityMode": "ENFORCED"})


def test_nobody_can_write_into_their_own_user_that_they_were_invited_or_proven(stack: Synthesised) -> None:
    [client] = (made["Properties"] for made in stack.all("AWS::Cognito::UserPoolClient").values())

    assert client["WriteAttributes"] == ["custom:clinic_name", "email", "name"]
    assert client["GenerateSecret"] is False
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    # A password goes to Cognito in the clear only from an operator, signed by AWS credentials.
    assert sorted(client["ExplicitAuthFlows"]) == [
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
        "ALLOW_USER_SRP_AUTH",
    ]


def test_every_endpoint_believes_the_pool_and_only_who_invites_may_make_users(stack: Synthesised) -> None:
    [pool] = stack.all("AWS::Cognito::UserPool")
    there = {*stack.endpoints, *stack.consoles}
    invites = {folder.replace("/", ".") for folder in calling("members/invitations") & there}

    for folder in stack.endpoints:
        told = stack.environments[folder.replace("/", ".")]["FRONTDESK_ISSUERS"]["Fn::Join"][1]
        [issuer] = json.loads("".join(part if isinstance(part, str) else "?" for part in told))
        assert issuer == {"issuer": "?", "audience": ["?"], "jwks_url": "?/.well-known/jwks.json"}
        assert {"Fn::GetAtt": [pool, "ProviderURL"]} in told
    assert {
        folder for folder, told in stack.environments.items() if "FRONTDESK_USER_POOL_ID" in told
    } == invites
    granted = [one for one in _statements(stack.template) if "cognito-idp" in json.dumps(one["Action"])]
    assert [(one["Action"], one["Resource"]) for one in granted] == [
        ("cognito-idp:AdminCreateUser", {"Fn::GetAtt": [pool, "Arn"]}) for _ in invites
    ]


def test_a_queue_feeds_its_own_function_a_batch_at_a_time(stack: Synthesised) -> None:
    found = {one.handler.removesuffix(".handler.handler"): one for one in sources(stack.template)}

    assert found.keys() == {f"functions.{folder.replace('/', '.')}" for folder in stack.queues}
    for folder, definition in stack.queues.items():
        source = found[f"functions.{folder.replace('/', '.')}"]
        assert source.reports_failures
        assert (source.batch_size, source.max_concurrency, source.timeout_s) == (
            definition.batch_size,
            definition.max_concurrency,
            definition.timeout_s,
        )


def test_a_message_is_tried_four_times_with_room_for_a_slow_call_and_then_kept(stack: Synthesised) -> None:
    queues = stack.all("AWS::SQS::Queue")

    for source in sources(stack.template):
        properties = queues[source.queue]["Properties"]
        assert properties["VisibilityTimeout"] >= 6 * source.timeout_s
        redrive = properties["RedrivePolicy"]
        assert redrive["maxReceiveCount"] == MAX_RECEIVE_COUNT == 4
        buried = queues[redrive["deadLetterTargetArn"]["Fn::GetAtt"][0]]["Properties"]
        assert buried["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_every_queue_is_encrypted_and_reached_by_tls_only(stack: Synthesised) -> None:
    refusing = [
        made["Properties"]["Queues"]
        for made in stack.all("AWS::SQS::QueuePolicy").values()
        for statement in made["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        and statement["Principal"] == {"AWS": "*"}
    ]
    queues = stack.all("AWS::SQS::Queue")

    assert sorted(queue["Ref"] for one in refusing for queue in one) == sorted(queues)
    assert all(made["Properties"]["SqsManagedSseEnabled"] is True for made in queues.values())


def test_events_reach_the_queues_that_name_them_and_nobody_elses_bus(stack: Synthesised) -> None:
    [(bus, made)] = stack.all("AWS::Events::EventBus").items()
    assert made["Properties"]["Name"].startswith("frontdesk-")
    by_queue = {
        rule["Properties"]["Targets"][0]["Arn"]["Fn::GetAtt"][0]: rule["Properties"]
        for rule in stack.all("AWS::Events::Rule").values()
        if "EventBusName" in rule["Properties"]
    }

    assert len(by_queue) == sum(bool(one.events) for one in stack.queues.values())
    for source in sources(stack.template):
        folder = source.handler.split(".", 1)[1].removesuffix(".handler.handler").replace(".", "/")
        if not stack.queues[folder].events:
            continue
        rule = by_queue[source.queue]
        assert rule["EventBusName"] == {"Ref": bus}
        assert rule["EventPattern"] == {
            "source": ["frontdesk"],
            "detail-type": sorted(stack.queues[folder].events),
        }
        assert rule["Targets"][0]["DeadLetterConfig"]["Arn"] == _buried(stack, source.queue)


def test_what_is_put_below_a_folder_of_the_store_reaches_the_queues_that_name_it(stack: Synthesised) -> None:
    [bucket] = _store(stack)
    # S3 tells the account's own bus, and no other.
    by_queue = {
        rule["Properties"]["Targets"][0]["Arn"]["Fn::GetAtt"][0]: rule["Properties"]
        for rule in stack.all("AWS::Events::Rule").values()
        if "EventBusName" not in rule["Properties"]
    }
    wanted = {folder: one.uploads for folder, one in stack.queues.items() if one.uploads}

    assert len(by_queue) == len(wanted) == 1
    for source in sources(stack.template):
        folder = source.handler.split(".", 1)[1].removesuffix(".handler.handler").replace(".", "/")
        if folder not in wanted:
            continue
        rule = by_queue[source.queue]
        assert rule["EventPattern"] == {
            "source": ["aws.s3"],
            "detail-type": ["Object Created"],
            "detail": {
                "bucket": {"name": [{"Ref": bucket}]},
                "object": {"key": [{"prefix": f"{kept}/"} for kept in sorted(wanted[folder])]},
            },
        }
        assert rule["Targets"][0]["DeadLetterConfig"]["Arn"] == _buried(stack, source.queue)
        [policy] = [
            made["Properties"]["PolicyDocument"]["Statement"]
            for made in stack.all("AWS::SQS::QueuePolicy").values()
            if made["Properties"]["Queues"] == [{"Ref": source.queue}]
        ]
        senders = [
            str(one["Condition"]["ArnEquals"]["aws:SourceArn"])
            for one in policy
            if one["Effect"] == "Allow" and one["Principal"] == {"Service": "events.amazonaws.com"}
        ]
        assert any("Puts" in one for one in senders)


def test_only_who_raises_events_may_and_only_those(stack: Synthesised) -> None:
    allowed = {
        role["Ref"]: statement["Condition"]["StringEquals"]
        for made in stack.all("AWS::IAM::Policy").values()
        for role in made["Properties"]["Roles"]
        for statement in made["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == "events:PutEvents"
    }
    told = {folder for folder, variables in stack.environments.items() if "FRONTDESK_EVENT_BUS" in variables}

    assert told == {folder.replace("/", ".") for folder in stack.raising}
    assert len(allowed) == len(stack.raising)
    for folder, raised in stack.raising.items():
        role = stack.functions[folder.replace("/", ".")]["Properties"]["Role"]["Fn::GetAtt"][0]
        assert allowed[role]["events:source"] == "frontdesk"
        assert set(_listed(allowed[role]["events:detail-type"])) == set(raised)


def test_only_a_queues_own_function_receives_and_only_who_says_so_sends(stack: Synthesised) -> None:
    """Each function's rights on queues, by the queue's logical id."""
    by_role = {
        made["Properties"]["Role"]["Fn::GetAtt"][0]: folder for folder, made in stack.functions.items()
    }
    found: dict[str, set[tuple[str, str]]] = {}
    for made in stack.all("AWS::IAM::Policy").values():
        [role] = made["Properties"]["Roles"]
        for statement in made["Properties"]["PolicyDocument"]["Statement"]:
            rights = {action for action in _listed(statement["Action"]) if action.startswith("sqs:")}
            for right in rights:
                queues = {one["Fn::GetAtt"][0] for one in _listed(statement["Resource"])}
                found.setdefault(by_role[role["Ref"]], set()).update((right, queue) for queue in queues)

    feeding = {
        one.handler.removeprefix("functions.").removesuffix(".handler.handler"): one.queue
        for one in sources(stack.template)
    }
    sending = {folder for folder, told in stack.environments.items() if "FRONTDESK_QUEUE_URL" in told}
    assert found.keys() == sending >= feeding.keys()
    consuming = {
        "ReceiveMessage",
        "DeleteMessage",
        "ChangeMessageVisibility",
        "GetQueueAttributes",
        "GetQueueUrl",
    }
    for folder, rights in found.items():
        told = stack.environments[folder]
        allowed = {("sqs:SendMessage", told["FRONTDESK_QUEUE_URL"]["Ref"])}
        assert ("FRONTDESK_DEAD_LETTER_URL" in told) == (folder in feeding)
        if folder in feeding:
            assert told["FRONTDESK_QUEUE_URL"] == {"Ref": feeding[folder]}
            allowed |= {(f"sqs:{action}", feeding[folder]) for action in consuming}
            allowed.add(("sqs:SendMessage", told["FRONTDESK_DEAD_LETTER_URL"]["Ref"]))
        assert rights == allowed


def test_only_who_uses_vapi_is_given_the_platforms_key(stack: Synthesised) -> None:
    told = {
        folder for folder, variables in stack.environments.items() if "FRONTDESK_VAPI_KEY_ARN" in variables
    }
    readers = [
        made
        for made in stack.all("AWS::IAM::Policy").values()
        for statement in made["Properties"]["PolicyDocument"]["Statement"]
        if any("VapiKey" in str(one) for one in _listed(statement["Resource"]))
    ]

    assert told == {folder.replace("/", ".") for folder in stack.users_of_vapi}
    assert len(readers) == len(told)
    for folder in told:
        assert stack.environments[folder]["FRONTDESK_VAPI_API_URL"] == "https://api.vapi.ai"
        assert stack.environments[folder]["FRONTDESK_PUBLIC_URL"]["Fn::GetAtt"][1] == "ApiEndpoint"


def test_only_who_embeds_may_ask_the_two_models_and_nothing_else_of_either(stack: Synthesised) -> None:
    by_role = {
        made["Properties"]["Role"]["Fn::GetAtt"][0]: folder for folder, made in stack.functions.items()
    }
    encoder = _logical_id(stack, "knowledge/embed")
    asks = _logical_id(stack, "emr/ask")
    titan = ":foundation-model/amazon.titan-embed-text-v2:0"
    found: dict[str, set[tuple[str, str]]] = {}
    for made in stack.all("AWS::IAM::Policy").values():
        for statement in made["Properties"]["PolicyDocument"]["Statement"]:
            for action in _listed(statement["Action"]):
                folder = by_role.get(made["Properties"]["Roles"][0]["Ref"])
                if folder and action.startswith(("bedrock:", "lambda:")):
                    [resource] = _listed(statement["Resource"])
                    if resource == {"Fn::GetAtt": [asks, "Arn"]}:
                        continue  # below
                    named = resource.get("Fn::Join", [0, [""]])[1][-1] or resource["Fn::GetAtt"][0]
                    found.setdefault(folder, set()).add(
                        (action, named[-len(titan) :] if ":" in named else named)
                    )

    both = {("bedrock:InvokeModel", titan), ("lambda:InvokeFunction", encoder)}
    assert found == {folder.replace("/", "."): both for folder in stack.embedding}
    told = {
        folder: one["FRONTDESK_EMBEDDING_MODEL"]
        for folder, one in stack.environments.items()
        if one.get("FRONTDESK_EMBED_FUNCTION") == {"Ref": encoder}
    }
    assert told == dict.fromkeys(found, "amazon.titan-embed-text-v2:0")
    by_operators = _logical_id(stack, "emr/connect")
    assert {one.function for one in invoked(stack.template)} == {encoder, asks, by_operators}


def test_only_who_asks_emrs_may_log_in_there_and_tools_ask_by_its_name(stack: Synthesised) -> None:
    asks, (themselves, others) = _logical_id(stack, "emr/ask"), stack.asking_emrs
    by_role = {
        made["Properties"]["Role"]["Fn::GetAtt"][0]: folder for folder, made in stack.functions.items()
    }
    logging_in: dict[str, list[str]] = {}
    asking: set[str] = set()
    for made in stack.all("AWS::IAM::Policy").values():
        folder = by_role.get(made["Properties"]["Roles"][0]["Ref"], "")
        for statement in made["Properties"]["PolicyDocument"]["Statement"]:
            if _listed(statement["Resource"]) == [{"Fn::GetAtt": [asks, "Arn"]}]:
                assert statement["Action"] == "lambda:InvokeFunction"
                asking.add(folder)
            if "/emr/" in json.dumps(statement["Resource"]):
                assert statement["Action"] == "secretsmanager:GetSecretValue"
                logging_in[folder] = [one["Fn::Join"][1][-1] for one in statement["Resource"]]

    stage = stack.environments["emr.ask"]["FRONTDESK_STAGE"]
    names = [f":secret:frontdesk/{stage}/emr/*", f":secret:frontdesk/{stage}/fhir-keys-??????"]
    assert set(logging_in) == {folder.replace("/", ".") for folder in themselves}
    assert all(
        [one[-len(name) :] for one, name in zip(told, names, strict=True)] == names
        for told in logging_in.values()
    )
    assert asking == {folder.replace("/", ".") for folder in others}
    assert {
        folder
        for folder, one in stack.environments.items()
        if one.get("FRONTDESK_EMR_FUNCTION") == {"Ref": asks}
    } == asking
    assert "FRONTDESK_DATABASE_HOST" in stack.environments["emr.ask"]


def test_no_function_of_ours_may_call_what_operators_connect_emrs_by(stack: Synthesised) -> None:
    connects = _logical_id(stack, "emr/connect")

    statements = _statements(stack.template)
    assert statements
    assert connects not in json.dumps([one["Resource"] for one in statements if "Resource" in one])
    assert not [folder for folder, one in stack.environments.items() if connects in json.dumps(one)]


def test_what_others_call_by_name_has_no_way_out_and_no_right_but_to_its_log(stack: Synthesised) -> None:
    role = stack.functions["knowledge.embed"]["Properties"]["Role"]["Fn::GetAtt"][0]
    [policy] = [
        made["Properties"]["PolicyDocument"]["Statement"]
        for made in stack.all("AWS::IAM::Policy").values()
        if {"Ref": role} in made["Properties"]["Roles"]
    ]

    granted = {action.partition(":")[0] for one in policy for action in _listed(one["Action"])}
    assert granted == {"ec2", "logs", "xray"}
    assert "FRONTDESK_DATABASE_HOST" not in stack.environments["knowledge.embed"]
    assert stack.functions["knowledge.embed"]["Properties"]["MemorySize"] >= 1769, "one whole CPU"


def test_a_rotated_secret_is_noticed_within_a_minute(stack: Synthesised) -> None:
    assert {told["SECRETS_MANAGER_TTL"] for told in stack.environments.values()} == {"60"}


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


def test_what_functions_are_told_is_what_settings_are_read_of(stack: Synthesised) -> None:
    known = {f"FRONTDESK_{field.upper()}" for field in Settings.model_fields}

    for folder, variables in stack.environments.items():
        told = {name for name in variables if name.startswith("FRONTDESK_")}
        assert "FRONTDESK_STAGE" in told
        if folder != "database.migrate":  # which reads what it alone is told by itself
            assert told <= known, folder


def test_no_two_functions_share_a_role_or_a_log(stack: Synthesised) -> None:
    roles = {json.dumps(made["Properties"]["Role"]) for made in stack.functions.values()}
    logs = {json.dumps(made["Properties"]["LoggingConfig"]) for made in stack.functions.values()}

    assert len(roles) == len(logs) == len(stack.functions)
    groups = stack.all("AWS::Logs::LogGroup")
    assert len(groups) == len(logs) + len(["the network's flows", "the API's requests"])
    assert all(group["Properties"]["RetentionInDays"] for group in groups.values())
    assert all("KmsKeyId" in group["Properties"] for group in groups.values())


def test_a_tool_gives_up_before_lambda_does_and_lambda_before_vapi(stack: Synthesised) -> None:
    for tool in stack.tools:
        deadline_s = float(stack.environments[f"tools.{tool}"]["FRONTDESK_DEADLINE_S"])
        timeout_s = stack.functions[f"tools.{tool}"]["Properties"]["Timeout"]
        assert 0 < deadline_s < timeout_s < VAPI_TIMEOUT_S


def test_only_who_asks_somebody_else_or_sends_to_people_has_a_way_out(stack: Synthesised) -> None:
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

    calling = {"ring_outside", "transfer_call"} & set(stack.tools)
    sending = {folder for folder in stack.schedules if folder.startswith("notifications/send_")}
    speaking = {
        *stack.embedding,
        *stack.asking_emrs[0],
        *stack.asking_emrs[1],
        *stack.users_of_vapi,
        *stack.queues,
        *stack.endpoints,
        *stack.consoles,
        *stack.messages,
        *sending,
        *({*PAGES, *CONNECTING} & set(stack.folders)),
    } - {"emr/keys"}  # which shows what is secret's public half, and asks nobody
    # To the queue that they send to.
    speaking |= {folder for folder, one in stack.environments.items() if "FRONTDESK_QUEUE_URL" in one}
    assert outward == {f"tools.{tool}" for tool in calling} | {name.replace("/", ".") for name in speaking}


def test_a_right_on_everything_has_a_written_reason(stack: Synthesised) -> None:
    for statement in _statements(stack.template):
        actions = _listed(statement["Action"])
        assert not [action for action in actions if "*" in action]
        if "*" in _listed(statement["Resource"]):
            assert set(actions) <= set(UNSCOPABLE)


def test_the_right_to_join_the_network_is_lambdas_and_not_our_codes(stack: Synthesised) -> None:
    """Else whoever takes a function over may delete any network interface of the account."""
    by_code = {"Null": {"lambda:SourceFunctionArn": "false"}}
    rights = [
        [
            (one["Effect"], one.get("Condition"))
            for one in made["Properties"]["PolicyDocument"]["Statement"]
            if set(JOIN_VPC) <= {*one["Action"]}
        ]
        for made in stack.all("AWS::IAM::Policy").values()
    ]
    assert [one for one in rights if one] == [[("Allow", None), ("Deny", by_code)]] * len(stack.functions)


def test_only_who_texts_may_and_to_no_topic(stack: Synthesised) -> None:
    may = [one for one in _statements(stack.template) if "sns:Publish" in _listed(one["Action"])]

    if "notifications/send_texts" not in stack.folders:
        assert may == []
        return
    role = stack.functions["notifications.send_texts"]["Properties"]["Role"]["Fn::GetAtt"][0]
    [holder] = [
        made
        for made in stack.all("AWS::IAM::Policy").values()
        if "sns:Publish" in json.dumps(made["Properties"]["PolicyDocument"])
    ]
    assert holder["Properties"]["Roles"] == [{"Ref": role}]
    allowed, denied = may
    assert (allowed["Effect"], allowed["Resource"]) == ("Allow", "*")
    assert denied["Effect"] == "Deny"
    assert json.dumps(denied["Resource"]["Fn::Join"][1][-1]).endswith(':*"')


def test_only_who_mails_may_and_by_no_other_address() -> None:
    """The stages themselves have no address before somebody proves one to SES."""
    made = (
        "import json\nfrom aws_cdk import App, Stack, aws_lambda as l\nfrom infra.to_people import let_mail\n"
        "app = App()\nstack = Stack(app, 'S')\n"
        "for name, sender in (('A', 'desk@clinic.example'), ('B', None)):\n"
        "    code = l.Code.from_inline('x')\n"
        "    f = l.Function(stack, name, runtime=l.Runtime.PYTHON_3_13, handler='x', code=code)\n"
        "    let_mail(f, sender, 'https://api.example')\n"
        "print(json.dumps(app.synth().get_stack_by_name('S').template))"
    )
    run = subprocess.run([sys.executable, "-c", made], capture_output=True, text=True, check=True)

    resources = json.loads(run.stdout)["Resources"]
    [policy] = [one for one in resources.values() if one["Type"] == "AWS::IAM::Policy"]
    [statement] = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Condition"]) == (
        *("ses:SendEmail",),
        {"StringEquals": {"ses:FromAddress": "desk@clinic.example"}},
    )
    ends = {one["Fn::Join"][1][-1] for one in statement["Resource"]}
    assert ends == {":identity/desk@clinic.example", ":identity/clinic.example"}


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
    """What stands in the base waits for the migrator itself, all else for the whole base."""
    [trigger] = stack.all("Custom::Trigger")
    after: dict[str, list[str]] = stack.template["Metadata"]["after"]
    base = next(name for name, before in after.items() if not before)

    assert base.endswith("-base")
    assert all(base in before for name, before in after.items() if name != base)
    for folder, made in stack.functions.items():
        is_in_the_base = folder.replace(".", "/") in stack.signed_up_and_in.values()
        assert (trigger in made.get("DependsOn", ())) == is_in_the_base


def test_no_stack_is_near_the_500_resources_that_cloudformation_takes(stack: Synthesised) -> None:
    counts: dict[str, int] = stack.template["Metadata"]["resources"]

    assert max(counts.values()) <= 400


def test_the_address_is_told(stack: Synthesised) -> None:
    told = {"ApiUrl", "AlarmsArn", "VapiKeyArn", "UserPoolId", "UserPoolClientId"}
    assert told <= stack.template["Outputs"].keys()


def _buried(stack: Synthesised, queue: str) -> Any:
    """The ARN of a queue's dead letters, from where SQS can move messages back, whoever put them there."""
    return stack.all("AWS::SQS::Queue")[queue]["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]


def _store(stack: Synthesised) -> dict[str, Any]:
    """The bucket that isn't another one's log."""
    return {
        name: made
        for name, made in stack.all("AWS::S3::Bucket").items()
        if "LoggingConfiguration" in made["Properties"]
    }


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


# --- The template, as the local stack reads it


def test_a_route_tells_what_its_function_is_given(stack: Synthesised) -> None:
    for route in routes(stack.template):
        if route.path == "/emr/jwks.json":  # reads one secret, and no clinic's rows
            assert not any("DATABASE" in name for name in route.environment)
        else:
            assert route.environment["FRONTDESK_DATABASE_USER"] == "frontdesk_app"
            assert route.environment["FRONTDESK_DATABASE_HOST"] is None
        assert route.memory_mb == 1024
        # Longer than a tool's only where an endpoint asks for it, and never than API Gateway waits.
        assert route.timeout_s == 10 or (route.timeout_s < 29 and "tools" not in route.handler)


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


def test_what_calls_say_lies_private_under_a_key_of_its_own_for_fifteen_days(stack: Synthesised) -> None:
    [(name, bucket)] = _store(stack).items()
    properties = bucket["Properties"]
    [encryption] = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    [policy] = [
        made
        for made in stack.all("AWS::S3::BucketPolicy").values()
        if made["Properties"]["Bucket"] == {"Ref": name}
    ]
    keys = stack.all("AWS::KMS::Key")

    by_default = encryption["ServerSideEncryptionByDefault"]
    assert by_default["SSEAlgorithm"] == "aws:kms"
    assert by_default["KMSMasterKeyID"]["Fn::GetAtt"][0] in keys
    assert keys[by_default["KMSMasterKeyID"]["Fn::GetAtt"][0]]["Properties"]["EnableKeyRotation"] is True
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert {
        "Effect": "Deny",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }.items() <= policy["Properties"]["PolicyDocument"]["Statement"][0].items()
    rules = properties["LifecycleConfiguration"]["Rules"]
    assert {"Prefix": "messages/", "ExpirationInDays": 15, "Status": "Enabled"} in rules
    # What was erased can be had back for a day, and then no more.
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert {
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        "ExpiredObjectDeleteMarker": True,
        "Status": "Enabled",
    } in rules
    seen = properties["LoggingConfiguration"]["DestinationBucketName"]["Ref"]
    assert set(
        stack.all("AWS::S3::Bucket")[seen]["Properties"]["PublicAccessBlockConfiguration"].values()
    ) == {True}
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"


def test_each_function_may_do_with_the_store_what_its_definition_says_and_nobody_lists_it(
    stack: Synthesised,
) -> None:
    by_role = {
        made["Properties"]["Role"]["Fn::GetAtt"][0]: folder for folder, made in stack.functions.items()
    }
    found: dict[str, set[tuple[str, str]]] = {}
    for made in stack.all("AWS::IAM::Policy").values():
        for statement in made["Properties"]["PolicyDocument"]["Statement"]:
            for action in [one for one in _listed(statement["Action"]) if one.startswith("s3:")]:
                for resource in _listed(statement["Resource"]):
                    folder = by_role[made["Properties"]["Roles"][0]["Ref"]]
                    found.setdefault(folder, set()).add((action, resource["Fn::Join"][1][1]))

    wanted: dict[str, set[tuple[str, str]]] = {}
    for folder, action, kept in _kept(stack):
        wanted.setdefault(folder.replace("/", "."), set()).add((action, f"/{kept}/*"))
    told = {folder for folder, one in stack.environments.items() if "FRONTDESK_STORE" in one}
    assert found == wanted
    assert told == wanted.keys()


def _kept(stack: Synthesised) -> set[tuple[str, str, str]]:
    """Who may do what with the store: folder, action, and below what."""
    rights = set(stack.asked_or_timed)
    for folder, one in {**stack.queues, **stack.messages}.items():
        rights |= {(folder, "s3:GetObject", kept) for kept in one.reads}
        rights |= {(folder, "s3:PutObject", kept) for kept in one.writes}
    for folder, one in stack.queues.items():
        rights |= {(folder, "s3:DeleteObject", kept) for kept in one.deletes}
    return rights


def test_the_key_of_originals_is_for_those_who_write_or_read_them_and_nobody_else(stack: Synthesised) -> None:
    [key] = [
        name
        for name, made in stack.all("AWS::KMS::Key").items()
        if "word for word" in str(made["Properties"].get("Description"))
    ]
    by_role = {
        made["Properties"]["Role"]["Fn::GetAtt"][0]: folder for folder, made in stack.functions.items()
    }
    found = {
        (by_role[made["Properties"]["Roles"][0]["Ref"]], action)
        for made in stack.all("AWS::IAM::Policy").values()
        for statement in made["Properties"]["PolicyDocument"]["Statement"]
        if {"Fn::GetAtt": [key, "Arn"]} in _listed(statement["Resource"])
        for action in _listed(statement["Action"])
    }

    of_key = {"s3:GetObject": "kms:Decrypt", "s3:PutObject": "kms:GenerateDataKey"}
    assert found == {
        (folder.replace("/", "."), of_key[action])
        for folder, action, kept in _kept(stack)
        if kept == "originals" and action in of_key
    }
    told = {folder for folder, one in stack.environments.items() if "FRONTDESK_ORIGINALS_KEY_ARN" in one}
    assert told == {folder for folder, action in found if action == "kms:GenerateDataKey"}


def test_messages_that_are_not_taken_wake_somebody(stack: Synthesised) -> None:
    watched = [
        (alarm["Properties"].get("MetricName"), bool(alarm["Properties"].get("AlarmActions")))
        for alarm in stack.all("AWS::CloudWatch::Alarm").values()
    ]

    assert {("MessageNotTaken", True), ("5xx", True)} <= set(watched)
