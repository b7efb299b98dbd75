"""What a function is given that has a question to a clinic's EMR: the one function that may ask it."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import CfnOutput
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.invoked_function import InvokedFunction

ASK: Final = "emr/ask"
"""The folder of the one function that asks EMRs while a caller waits."""
CONNECT: Final = "emr/connect"
"""The folder of the one that operators call."""


class Emrs:
    """The one function that is asked in place of an EMR."""

    def __init__(self, scope: Construct, invoked: Mapping[str, InvokedFunction]) -> None:
        self._invoked = invoked
        if CONNECT in invoked:
            CfnOutput(scope, "EmrConnectFunction", value=invoked[CONNECT].function.function_name)

    def admit(self, function: lambda_.Function) -> None:
        """Lets a function ask there, and tells it by which name."""
        if ASK not in self._invoked:
            raise ValueError(f"{function.node.path} asks EMRs, and there is no {ASK}")
        asked = self._invoked[ASK].function
        function.add_to_role_policy(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[asked.function_arn])
        )
        function.add_environment("FRONTDESK_EMR_FUNCTION", asked.function_name)
