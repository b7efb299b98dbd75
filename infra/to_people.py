"""What leaves for people: texts by SNS, mail by SES. Only a function that says so may send either."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from infra.rights import TEXT


def let_text(function: lambda_.Function) -> None:
    """Lets a function text telephone numbers, and publish to no topic."""
    function.add_to_role_policy(iam.PolicyStatement(actions=list(TEXT), resources=["*"]))
    topics = Stack.of(function).format_arn(service="sns", resource="*")
    function.add_to_role_policy(
        iam.PolicyStatement(effect=iam.Effect.DENY, actions=["sns:Publish"], resources=[topics])
    )


def let_mail(function: lambda_.Function, sender: str | None, public_url: str) -> None:
    """Lets a function mail by the stage's address, and by no other; where there is none, nobody is mailed."""
    function.add_environment("FRONTDESK_PUBLIC_URL", public_url)
    if sender is None:
        return
    function.add_environment("FRONTDESK_MAIL_FROM", sender)
    function.add_to_role_policy(
        iam.PolicyStatement(
            actions=["ses:SendEmail"],
            resources=[
                Stack.of(function).format_arn(service="ses", resource="identity", resource_name=identity)
                for identity in (sender, sender.partition("@")[2])
            ],
            conditions={"StringEquals": {"ses:FromAddress": sender}},
        )
    )
