"""The schema's turn in a deploy: after the database, before the functions that expect it.

If it fails, so does the deploy, and the functions stay as they were; migrations only add what the
version before can live with, so nothing is undone.
"""

from typing import Final

from aws_cdk import Duration
from aws_cdk.triggers import Trigger
from constructs import Construct

from infra.database import Database
from infra.function import Shared, lambda_function

TIMEOUT_S: Final = 600


class Migration(Construct):
    """The migrator, called whenever its code or a migration changed. Alone, it may read the master secret."""

    def __init__(self, scope: Construct, shared: Shared, database: Database) -> None:
        super().__init__(scope, "Migration")
        self.function = function = lambda_function(
            self,
            "database/migrate",
            shared,
            place=shared.network.inside,
            timeout_s=TIMEOUT_S,
            at_once=1,
            environment={
                **database.environment,
                "FRONTDESK_MASTER_SECRET_ARN": database.master_secret.secret_arn,
                **({"FRONTDESK_TEST_CLINIC": "true"} if shared.stage.test_clinic else {}),
            },
        )
        database.master_secret.grant_read(function)
        self.trigger = Trigger(
            self,
            "Trigger",
            handler=function,
            timeout=Duration.seconds(TIMEOUT_S),
            execute_after=[database, shared.network],
        )
