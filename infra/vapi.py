"""What a function is given that speaks to Vapi on the platform's behalf."""

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager

from infra.api import Api


class Vapi:
    """The one account of the platform: its key, its address, and where it reaches us."""

    def __init__(self, key: secretsmanager.ISecret, api: Api) -> None:
        self._key = key
        self._environment = {
            "FRONTDESK_VAPI_KEY_ARN": key.secret_arn,
            "FRONTDESK_VAPI_API_URL": "https://api.vapi.ai",
            "FRONTDESK_PUBLIC_URL": api.http.api_endpoint,
        }

    def admit(self, function: lambda_.Function) -> None:
        """Tells a function all that, and lets it read the key."""
        self._key.grant_read(function)
        for name, value in self._environment.items():
            function.add_environment(name, value)
