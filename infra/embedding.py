"""What a function is given that makes vectors of texts."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from frontdesk.knowledge.embedding import TITAN
from infra.invoked_function import InvokedFunction
from infra.stages import Stage

EMBED: Final = "knowledge/embed"
"""The folder of the function that holds the universal sentence encoder."""


class Embedding:
    """Both models, for a clinic's documents may be of either; which one new clinics get, the stage says."""

    def __init__(self, stage: Stage, invoked: Mapping[str, InvokedFunction]) -> None:
        self._stage = stage
        self._invoked = invoked

    def admit(self, function: lambda_.Function) -> None:
        """Lets a function ask Bedrock for that one model, and call the one function that holds the other."""
        if EMBED not in self._invoked:
            raise ValueError(f"{function.node.path} embeds, and there is no {EMBED}")
        encoder = self._invoked[EMBED].function
        titan = Stack.of(function).format_arn(
            service="bedrock", account="", resource="foundation-model", resource_name=TITAN
        )
        for action, resource in (
            ("bedrock:InvokeModel", titan),
            ("lambda:InvokeFunction", encoder.function_arn),
        ):
            function.add_to_role_policy(iam.PolicyStatement(actions=[action], resources=[resource]))
        function.add_environment("FRONTDESK_EMBEDDING_MODEL", self._stage.embedding_model)
        function.add_environment("FRONTDESK_EMBED_FUNCTION", encoder.function_name)
