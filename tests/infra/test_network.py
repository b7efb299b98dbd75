"""What can be reached from where: the template's subnets, groups and names."""

from typing import Any

import pytest

from infra import stages
from infra.network import reachable
from tests.infra.conftest import Synthesised

pytestmark = pytest.mark.slow


def functions_of(stack: Synthesised, place: str) -> set[str]:
    """The folders of functions that stand there, by their security group."""
    [group] = [name for name in stack.all("AWS::EC2::SecurityGroup") if name.startswith(f"Network{place}")]
    return {
        folder
        for folder, made in stack.functions.items()
        if {"Fn::GetAtt": [group, "GroupId"]} in made["Properties"]["VpcConfig"]["SecurityGroupIds"]
    }


def egress(stack: Synthesised, place: str) -> list[dict[str, Any]]:
    """What the group of a place lets out, but for what is said by another group."""
    [group] = [
        made
        for name, made in stack.all("AWS::EC2::SecurityGroup").items()
        if name.startswith(f"Network{place}")
    ]
    return group["Properties"]["SecurityGroupEgress"]


def test_a_tool_that_asks_the_database_alone_has_no_way_out(stack: Synthesised) -> None:
    inside = functions_of(stack, "Inside")
    subnets = {
        ref["Ref"]
        for folder in inside
        for ref in stack.functions[folder]["Properties"]["VpcConfig"]["SubnetIds"]
    }
    tables = {
        made["Properties"]["RouteTableId"]["Ref"]
        for made in stack.all("AWS::EC2::SubnetRouteTableAssociation").values()
        if made["Properties"]["SubnetId"]["Ref"] in subnets
    }

    assert "database.migrate" in inside
    assert len(tables) == len(subnets) == 2
    for route in stack.all("AWS::EC2::Route").values():
        assert route["Properties"]["RouteTableId"]["Ref"] not in tables
    # Out to the database and to AWS's endpoints, each a group of ours; to no address. Where there is such
    # a rule CloudFormation takes away the one by which a group lets everything out.
    [group] = [name for name in stack.all("AWS::EC2::SecurityGroup") if name.startswith("NetworkInside")]
    assert "SecurityGroupEgress" not in stack.all("AWS::EC2::SecurityGroup")[group]["Properties"]
    rules = [
        made["Properties"]
        for made in stack.all("AWS::EC2::SecurityGroupEgress").values()
        if made["Properties"]["GroupId"] == {"Fn::GetAtt": [group, "GroupId"]}
    ]
    assert rules
    assert all("DestinationSecurityGroupId" in rule and "CidrIp" not in rule for rule in rules)


def test_the_port_of_clinics_own_servers_is_open_to_those_who_ask_emrs(stack: Synthesised) -> None:
    asking, _ = stack.asking_emrs

    assert functions_of(stack, "ToEmrs") == {folder.replace("/", ".") for folder in asking}
    assert {rule["FromPort"] for rule in egress(stack, "Outward")} == {443}
    assert {rule["FromPort"] for rule in egress(stack, "ToEmrs")} == {443, 8443}


def test_names_that_nobody_listed_have_no_address(stack: Synthesised) -> None:
    [group] = stack.all("AWS::Route53Resolver::FirewallRuleGroup").values()
    [association] = stack.all("AWS::Route53Resolver::FirewallRuleGroupAssociation").values()
    lists = stack.all("AWS::Route53Resolver::FirewallDomainList")
    allow, block = sorted(group["Properties"]["FirewallRules"], key=lambda rule: rule["Priority"])

    def names(rule: dict[str, Any]) -> list[str]:
        return lists[rule["FirewallDomainListId"]["Fn::GetAtt"][0]]["Properties"]["Domains"]

    assert (allow["Action"], block["Action"], names(block)) == ("ALLOW", "BLOCK", ["*"])
    assert {"*.amazonaws.com", "api.vapi.ai", "graph.microsoft.com", "www.googleapis.com"} <= set(
        names(allow)
    )
    assert "Ref" in association["Properties"]["VpcId"]


def test_an_operators_emrs_and_issuers_can_be_reached() -> None:
    dev = stages.read()["dev"]
    told = dev.model_copy(
        update={
            "emr_hosts": ("oscar.clinic.example",),
            "issuers": (stages.Issuer(issuer="https://people.example/auth", audience=("us",)),),
        }
    )

    assert {"oscar.clinic.example", "people.example"} == reachable(told) - reachable(dev)


def test_flows_are_kept_and_the_default_group_lets_nothing_through(stack: Synthesised) -> None:
    [flow] = stack.all("AWS::EC2::FlowLog").values()

    assert flow["Properties"]["TrafficType"] in ("REJECT", "ALL")
    assert stack.all("Custom::VpcRestrictDefaultSG")
    public = [made["Properties"] for name, made in stack.all("AWS::EC2::Subnet").items() if "Public" in name]
    assert public
    assert not any(one.get("MapPublicIpOnLaunch") for one in public)
