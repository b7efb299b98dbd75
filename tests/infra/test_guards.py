"""What holds of everything of a kind in the stacks: encrypted, closed to the world, and watched."""

import json
from typing import Any

import pytest

from tests.infra.conftest import Synthesised

pytestmark = pytest.mark.slow


def test_what_keeps_anything_has_a_key_of_ours_that_turns_over(stack: Synthesised) -> None:
    """But the log of who read the store, which S3 writes under its own, and queues, which have SQS's."""
    seen = {
        made["Properties"]["LoggingConfiguration"]["DestinationBucketName"]["Ref"]
        for made in stack.all("AWS::S3::Bucket").values()
        if "LoggingConfiguration" in made["Properties"]
    }
    stores = {name: made for name, made in stack.all("AWS::S3::Bucket").items() if name not in seen}
    keys = {
        key
        for kind in ("RDS::DBCluster", "SecretsManager::Secret", "SNS::Topic", "Logs::LogGroup")
        for made in stack.all(f"AWS::{kind}").values()
        for key in _keys_of(made)
    } | {key for made in stores.values() for key in _keys_of(made)}

    assert len(seen) == len(stores) == 1
    for made in (*stores.values(), *stack.all("AWS::SecretsManager::Secret").values()):
        assert _keys_of(made)
    for kind in ("RDS::DBCluster", "SNS::Topic", "Logs::LogGroup"):
        assert all(_keys_of(made) for made in stack.all(f"AWS::{kind}").values()), kind
    assert keys <= stack.all("AWS::KMS::Key").keys()
    for made in stack.all("AWS::KMS::Key").values():
        assert made["Properties"]["EnableKeyRotation"] is True


def _keys_of(made: dict[str, Any]) -> set[str]:
    """The keys that a resource is told to use."""
    properties = made["Properties"]
    rules = properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
    told = [
        *(properties.get(name) for name in ("KmsKeyId", "KmsMasterKeyId")),
        *(rule["ServerSideEncryptionByDefault"].get("KMSMasterKeyID") for rule in rules),
    ]
    return {key["Fn::GetAtt"][0] for key in told if key}


def test_no_bucket_can_be_made_public_and_all_are_reached_by_tls_only(stack: Synthesised) -> None:
    buckets = stack.all("AWS::S3::Bucket")
    refusing = {
        made["Properties"]["Bucket"]["Ref"]
        for made in stack.all("AWS::S3::BucketPolicy").values()
        for statement in made["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        and (statement["Principal"], statement["Action"]) == ({"AWS": "*"}, "s3:*")
    }

    assert refusing == buckets.keys()
    for made in buckets.values():
        closed = made["Properties"]["PublicAccessBlockConfiguration"]
        assert set(closed.values()) == {True}
        assert len(closed) == 4


def test_nobody_outside_the_network_can_open_a_connection_into_it(stack: Synthesised) -> None:
    rules = [
        *(made["Properties"] for made in stack.all("AWS::EC2::SecurityGroupIngress").values()),
        *(
            rule
            for made in stack.all("AWS::EC2::SecurityGroup").values()
            for rule in made["Properties"].get("SecurityGroupIngress", [])
        ),
    ]

    assert rules
    for rule in rules:
        assert "SourceSecurityGroupId" in rule
        assert not rule.keys() & {"CidrIp", "CidrIpv6", "SourcePrefixListId"}
    for made in stack.all("AWS::EC2::Subnet").values():
        assert made["Properties"]["MapPublicIpOnLaunch"] is False
    assert not stack.all("AWS::Lambda::Url")


def test_nothing_may_be_used_by_just_anybody(stack: Synthesised) -> None:
    """A policy that says `*` of who may, refuses; but a key's, which is closed by what it says beside."""
    for name, made in stack.template["Resources"].items():
        if made["Type"] == "AWS::Lambda::Permission":
            assert made["Properties"]["Principal"].endswith(".amazonaws.com"), name
            assert "SourceArn" in made["Properties"], name
        for kind in ("PolicyDocument", "AssumeRolePolicyDocument"):
            document: dict[str, list[dict[str, Any]]] = made["Properties"].get(kind, {"Statement": []})
            for statement in document["Statement"]:
                who = statement.get("Principal")
                assert who not in ("*", {"AWS": "*"}) or statement["Effect"] == "Deny", name


def test_every_function_and_every_queue_has_an_alarm(stack: Synthesised) -> None:
    watched = json.dumps([made["Properties"] for made in stack.all("AWS::CloudWatch::Alarm").values()])

    ours = {
        name for name, made in stack.all("AWS::Lambda::Function").items() if made in stack.functions.values()
    }
    assert len(ours) == len(stack.functions)
    for name in (*ours, *stack.all("AWS::SQS::Queue")):
        assert f'"{name}"' in watched, name
