"""What a function is given that speaks to Vapi on the platform's behalf."""

from aws_cdk import aws_lambda as lambda_

from infra.api import Api
from infra.secret import Secret


class Vapi:
    """The one account of the platform: its key, its address, and where it reaches us."""

    def __init__(self, key: Secret, api: Api) -> None:
        self._key = key
        self._environment = {
            "FRONTDESK_VAPI_KEY_ARN": key.arn,
            "FRONTDESK_VAPI_API_URL": "https://api.vapi.ai",
            "FRONTDESK_PUBLIC_URL": api.url,
        }

    def admit(self, function: lambda_.Function) -> None:
        """Tells a function all that, and lets it read the key."""
        self._key.admit(function)
        for name, value in self._environment.items():
            function.add_environment(name, value)
