"""Where functions stand: a private network with one room that has a way out and one that has none."""

from dataclasses import dataclass

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from infra.stages import Stage


@dataclass(frozen=True)
class Place:
    """A set of subnets and what may be reached from them."""

    subnets: ec2.SubnetSelection
    group: ec2.SecurityGroup


class Network(Construct):
    """The VPC. Only Secrets Manager is reachable from `inside`; `outward` reaches HTTPS servers too.

    Functions share one security group per place: Lambda shares network interfaces by subnet and
    group, so fourteen functions need no more addresses than one.
    """

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, "Network")
        isolated, egress = ec2.SubnetType.PRIVATE_ISOLATED, ec2.SubnetType.PRIVATE_WITH_EGRESS
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            max_azs=2,
            nat_gateways=stage.nat_gateways,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="Inside", subnet_type=isolated, cidr_mask=22),
                ec2.SubnetConfiguration(name="Outward", subnet_type=egress, cidr_mask=22),
                ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=26),
            ],
        )
        self.inside = self._place("Inside", isolated)
        self.outward = self._place("Outward", egress)
        self.outward.group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.HTTPS, "Servers outside")
        # Clinics' own servers, OSCAR above all, are often behind this one.
        self.outward.group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(8443), "Clinics' EMRs")
        # S3 without the way out: what calls say doesn't pass through a gateway that is paid by the byte.
        self.vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        secrets = self.vpc.add_interface_endpoint(
            "SecretsManager",
            service=ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
            subnets=self.inside.subnets,
            open=False,
        )
        for place in (self.inside, self.outward):
            secrets.connections.allow_default_port_from(place.group)

    def _place(self, name: str, subnet_type: ec2.SubnetType) -> Place:
        group = ec2.SecurityGroup(
            self,
            name,
            vpc=self.vpc,
            allow_all_outbound=False,
            description=f"Functions that stand {name.lower()}",
        )
        return Place(ec2.SubnetSelection(subnet_type=subnet_type), group)
