"""Where functions stand: a private network with one room without a way out, and two with one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import urlsplit

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_route53resolver as resolver
from constructs import Construct

from frontdesk.settings import Settings
from infra.log_group import log_group
from infra.stages import Stage

_EMR_PORTS: Final = (8443,)
"""Beside HTTPS's own: clinics' own servers, OSCAR above all, are often behind this one."""


@dataclass(frozen=True)
class Place:
    """A set of subnets and what may be reached from them."""

    subnets: ec2.SubnetSelection
    group: ec2.SecurityGroup


class Network(Construct):
    """The VPC. From `inside` only the database and Secrets Manager are reached; from `outward` HTTPS too.

    Who stands in `to_emrs` reaches the ports of clinics' own servers as well. Functions share one security
    group per place: Lambda shares network interfaces by subnet and group, so seventy functions need no more
    addresses than one. What has no name in `reachable` has no address here: its name isn't resolved.
    """

    def __init__(self, scope: Construct, stage: Stage, logs_key: kms.Key) -> None:
        super().__init__(scope, "Network")
        isolated, egress = ec2.SubnetType.PRIVATE_ISOLATED, ec2.SubnetType.PRIVATE_WITH_EGRESS
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            max_azs=2,
            nat_gateways=stage.nat_gateways,
            restrict_default_security_group=True,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="Inside", subnet_type=isolated, cidr_mask=22),
                ec2.SubnetConfiguration(name="Outward", subnet_type=egress, cidr_mask=22),
                ec2.SubnetConfiguration(
                    name="Public",
                    subnet_type=ec2.SubnetType.PUBLIC,
                    cidr_mask=26,
                    map_public_ip_on_launch=False,  # only the NAT gateways stand there
                ),
            ],
        )
        self.inside = self._place("Inside", isolated)
        self.outward = self._place("Outward", egress)
        self.to_emrs = self._place("ToEmrs", egress)
        for place in (self.outward, self.to_emrs):
            place.group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.HTTPS, "Servers outside")
        for port in _EMR_PORTS:
            self.to_emrs.group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(port), "Clinics' EMRs")
        # S3 without the way out: what calls say doesn't pass through a gateway that is paid by the byte.
        self.vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        secrets = self.vpc.add_interface_endpoint(
            "SecretsManager",
            service=ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
            subnets=self.inside.subnets,
            open=False,
        )
        for place in self.places:
            secrets.connections.allow_default_port_from(place.group)
        self._keep_flows(stage, logs_key)
        self._resolve_only(reachable(stage))

    @property
    def places(self) -> tuple[Place, ...]:
        """All there are."""
        return self.inside, self.outward, self.to_emrs

    def _place(self, name: str, subnet_type: ec2.SubnetType) -> Place:
        group = ec2.SecurityGroup(
            self,
            name,
            vpc=self.vpc,
            allow_all_outbound=False,
            description=f"Functions that stand {name.lower()}",
        )
        return Place(ec2.SubnetSelection(subnet_type=subnet_type), group)

    def _keep_flows(self, stage: Stage, key: kms.Key) -> None:
        """Keeps who reached whom; in dev what was refused, which is what one looks for there."""
        kept = log_group(self, "Flows", stage, "network", key)
        service = iam.ServicePrincipal("vpc-flow-logs.amazonaws.com")
        role = iam.Role(self, "FlowsRole", assumed_by=service)  # pyright: ignore[reportArgumentType] - jsii renames arguments
        self.vpc.add_flow_log(
            "Flow",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(kept, role),  # pyright: ignore[reportArgumentType] - jsii renames arguments
            traffic_type=ec2.FlowLogTrafficType.ALL
            if stage.name == "prod"
            else ec2.FlowLogTrafficType.REJECT,
        )

    def _resolve_only(self, names: Iterable[str]) -> None:
        """Has the VPC's resolver answer for these names, and say of any other that there is none."""
        allowed = resolver.CfnFirewallDomainList(self, "Reachable", domains=sorted(names))
        any_name = resolver.CfnFirewallDomainList(self, "AnyName", domains=["*"])
        rules = resolver.CfnFirewallRuleGroup(
            self,
            "Names",
            firewall_rules=[
                resolver.CfnFirewallRuleGroup.FirewallRuleProperty(
                    action="ALLOW",
                    priority=100,
                    firewall_domain_list_id=allowed.attr_id,
                    # Vendors stand behind others' names, which change; the name that we asked for is theirs.
                    firewall_domain_redirection_action="TRUST_REDIRECTION_DOMAIN",
                ),
                resolver.CfnFirewallRuleGroup.FirewallRuleProperty(
                    action="BLOCK",
                    block_response="NXDOMAIN",
                    priority=200,
                    firewall_domain_list_id=any_name.attr_id,
                ),
            ],
        )
        resolver.CfnFirewallRuleGroupAssociation(
            self,
            "NamesHere",
            firewall_rule_group_id=rules.attr_id,
            vpc_id=self.vpc.vpc_id,
            priority=101,
        )


def reachable(stage: Stage) -> set[str]:
    """The hosts that functions reach, and `*.name` for those below one: AWS, and whom their settings name."""
    told = [field.default for field in Settings.model_fields.values()]
    addresses = [one for one in told if isinstance(one, str) and one.startswith("https://")]
    addresses += [url for one in stage.issuers for url in (one.issuer, one.jwks_url) if url]
    listed = [name for one in told if isinstance(one, tuple) for name in cast("tuple[str, ...]", one)]
    hosts = {host for one in addresses if (host := urlsplit(one).hostname)}
    return {"*.amazonaws.com", "*.amazoncognito.com", *hosts, *listed, *stage.emr_hosts}
