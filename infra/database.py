"""The database: Aurora Serverless v2 PostgreSQL, reached directly.

Directly, not through an RDS Proxy: a call's begin, claims, query and commit travel in one flight,
and whether the proxy takes that, and how often `set_config` pins a connection in it, can't be known
without trying. A function keeps one connection, so there are as many as there are environments
alive, well under the 2,000 that Aurora allows from a floor of 0.5 units; IAM sign-in costs one
locally signed URL. What the proxy would add is a hop, a standing price, and shelter from a storm
of new connections. The way back is a `rds.DatabaseProxy` here: functions only know a host name.
"""

from typing import Final, cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.network import Network
from infra.stages import Stage

NAME: Final = "frontdesk"
"""Made by the migrator, so that its owner owns it; Aurora itself would give it to the master user."""
APP_ROLE: Final = "frontdesk_app"
PORT: Final = 5432


class Database(Construct):
    """The cluster, its key and its master secret, which RDS keeps and changes every week."""

    def __init__(self, scope: Construct, stage: Stage, network: Network) -> None:
        super().__init__(scope, "Database")
        # Our own key from the first day: changing it later would mean a new cluster.
        key = kms.Key(self, "Key", enable_key_rotation=True, description=f"frontdesk {stage.name}: database")
        self.cluster = rds.DatabaseCluster(
            self,
            "Cluster",
            engine=rds.DatabaseClusterEngine.aurora_postgres(
                version=rds.AuroraPostgresEngineVersion.VER_18_4
            ),
            writer=rds.ClusterInstance.serverless_v2("Writer"),
            readers=[
                rds.ClusterInstance.serverless_v2(f"Reader{number}", scale_with_writer=True)
                for number in range(1, stage.readers + 1)
            ],
            serverless_v2_min_capacity=0.5,
            serverless_v2_max_capacity=stage.max_capacity_acu,
            port=PORT,
            vpc=network.vpc,
            vpc_subnets=network.inside.subnets,
            storage_encryption_key=key,
            iam_authentication=True,
            manage_master_user_password=True,
            credentials=rds.Credentials.from_username(
                "frontdesk_master",
                encryption_key=key,  # pyright: ignore[reportArgumentType] - jsii renames arguments
            ),
            backup=rds.BackupProps(retention=Duration.days(stage.backup_days)),
            copy_tags_to_snapshot=True,
            monitoring_interval=Duration.seconds(60),
            enable_performance_insights=True,
            performance_insight_encryption_key=key,  # pyright: ignore[reportArgumentType] - jsii renames arguments
            auto_minor_version_upgrade=True,
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
            parameters={
                "rds.force_ssl": "1",
                # What a caller said may stand in a statement or in a DETAIL line: neither goes into the log.
                "log_min_error_statement": "panic",
                "log_error_verbosity": "terse",
            },
        )
        for place in network.places:
            self.cluster.connections.allow_default_port_from(place.group)
        # There is one: RDS was asked to keep it.
        self.master_secret = cast("secretsmanager.ISecret", self.cluster.secret)
        self.environment = {
            "FRONTDESK_DATABASE_HOST": self.cluster.cluster_endpoint.hostname,
            "FRONTDESK_DATABASE_PORT": str(PORT),
            "FRONTDESK_DATABASE_NAME": NAME,
            "FRONTDESK_DATABASE_USER": APP_ROLE,
            "FRONTDESK_DATABASE_AUTH": "iam",
        }

    def admit(self, function: lambda_.Function) -> None:
        """Tells a function where the database is, and lets it sign in as the application's role."""
        self.cluster.grant_connect(function, APP_ROLE)
        for name, value in self.environment.items():
            function.add_environment(name, value)
