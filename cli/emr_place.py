"""Where clinics' EMRs are asked, and where what is secret of them lies: a stack here, or a stage in AWS."""

import json
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self
from uuid import UUID

from cli.explained import Misnamed
from local import addresses

_REGION: Final = "ca-central-1"
_OUTPUT: Final = "EmrConnectFunction"
_API: Final = "ApiUrl"
_PATIENCE_S: Final = 60
_KEYS: Final = "fhir-keys"


class Stage(StrEnum):
    """Of those that are deployed."""

    DEV = "dev"
    PROD = "prod"


class Place:
    """One platform's EMR function, secrets, and address."""

    def __init__(
        self,
        stage: str,
        function: str,
        api_url: str,
        options: dict[str, Any],
        known: Iterable[dict[str, Any]],
    ) -> None:
        """`options` are of boto3's clients, `known` the clinics whose names may be used for their ids."""
        self.api_url = api_url
        self._stage, self._function, self._options, self._known = stage, function, options, list(known)
        self._clients: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """To be closed with the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hangs up."""
        for one in self._clients.values():
            one.close()

    @classmethod
    def found(cls, stage: Stage | None, data: Path | None) -> Self:
        """The stage in AWS, by the shell's credentials; else the stack that runs on `data`.

        Raises `Misnamed` and `NotRunning`.
        """
        if stage is None:
            stack = addresses.read(data or addresses.DEFAULT_DIRECTORY)
            told = stack.emr
            options: dict[str, Any] = {
                "region_name": told["AWS_DEFAULT_REGION"],
                "aws_access_key_id": told["AWS_ACCESS_KEY_ID"],
                "aws_secret_access_key": told["AWS_SECRET_ACCESS_KEY"],
                "endpoints": {
                    "lambda": told["AWS_ENDPOINT_URL_LAMBDA"],
                    "secretsmanager": told["AWS_ENDPOINT_URL"],
                },
            }
            return cls(
                "local", told["FRONTDESK_EMR_CONNECT_FUNCTION"], stack.api_url, options, stack.organizations
            )
        with cls(stage.value, "", "", {"region_name": _REGION}, []) as bare:
            outputs = bare.outputs()
        if _OUTPUT not in outputs:
            raise Misnamed(f"frontdesk-{stage.value}-work is from before there were EMRs; deploy it again")
        return cls(stage.value, outputs[_OUTPUT], outputs[_API], {"region_name": _REGION}, [])

    def outputs(self) -> dict[str, str]:
        """Of the stage's stacks in AWS: of the base, and of what has the function that asks."""
        from botocore.exceptions import BotoCoreError, ClientError  # pyright: ignore[reportMissingTypeStubs]

        told: dict[str, str] = {}
        for name in (f"frontdesk-{self._stage}-base", f"frontdesk-{self._stage}-work"):
            try:
                found = self._client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
            except (BotoCoreError, ClientError) as failed:
                raise Misnamed(f"{name} can't be seen in AWS ({type(failed).__name__}): {failed}") from failed
            told |= {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}
        return told

    def clinic(self, org: str) -> str:
        """The id of a clinic by its name, where names are known, or by itself; raises `Misnamed`."""
        named = [one["id"] for one in self._known if org.casefold() in (one["id"], one["name"].casefold())]
        if len(named) == 1:
            return named[0]
        try:
            return str(UUID(org))
        except ValueError:
            there = ", ".join(one["name"] for one in self._known)
            known = f"there are: {there}" if there else "in AWS a clinic is named by its id"
            raise Misnamed(f"no clinic {org!r}; {known}") from None

    def ask(self, verb: str, org_id: str, **more: Any) -> Any:
        """What the EMR function does at our word; raises `Misnamed` with what it says, if that is no."""
        from botocore.exceptions import BotoCoreError, ClientError  # pyright: ignore[reportMissingTypeStubs]

        event = {"verb": verb, "org_id": org_id, **more}
        try:
            answer = self._client("lambda").invoke(
                FunctionName=self._function, Payload=json.dumps(event).encode()
            )
            told: Any = json.loads(answer["Payload"].read())
        except (BotoCoreError, ClientError, ValueError) as failed:
            raise Misnamed(
                f"the EMR function can't be asked ({type(failed).__name__}); see its log"
            ) from failed
        if "FunctionError" in answer:
            raise Misnamed(f"the EMR function failed ({told.get('errorType', 'unknown')}); see its log")
        if "refused" in told:
            raise Misnamed(told["refused"])
        return told["done"]

    def login(self, org_id: str) -> dict[str, Any] | None:
        """What is secret of a clinic's EMR; None: nothing is there."""
        return self._secret(f"emr/{org_id}")

    def keep_login(self, org_id: str, login: dict[str, Any] | None) -> None:
        """In place of what was there; None takes it away."""
        self._keep(f"emr/{org_id}", login)

    def keys(self) -> list[dict[str, str]]:
        """Our private keys at FHIR servers, the oldest first."""
        return self._secret(_KEYS) or []

    def keep_keys(self, keys: list[dict[str, str]]) -> None:
        """In place of those."""
        self._keep(_KEYS, keys)

    def _secret(self, name: str) -> Any:
        client = self._client("secretsmanager")
        try:
            text = client.get_secret_value(SecretId=f"frontdesk/{self._stage}/{name}")["SecretString"]
        except client.exceptions.ResourceNotFoundException:
            return None
        return json.loads(text)

    def _keep(self, name: str, value: Any) -> None:
        client, whole = self._client("secretsmanager"), f"frontdesk/{self._stage}/{name}"
        if value is None:
            client.delete_secret(SecretId=whole, ForceDeleteWithoutRecovery=True)
            return
        text = json.dumps(value)
        try:
            client.put_secret_value(SecretId=whole, SecretString=text)
        except client.exceptions.ResourceNotFoundException:
            client.create_secret(Name=whole, SecretString=text)

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self._made(service)
        return self._clients[service]

    def _made(self, service: str) -> Any:
        import boto3  # pyright: ignore[reportMissingTypeStubs]
        from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]

        options = {name: value for name, value in self._options.items() if name != "endpoints"}
        config = Config(connect_timeout=5, read_timeout=_PATIENCE_S, retries={"total_max_attempts": 1})
        url = self._options.get("endpoints", {}).get(service)
        make: Any = boto3.client  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        return make(service, endpoint_url=url, config=config, **options)
