"""The stages, dev and prod: the same stacks twice, with what an operator chose for each in `stages.toml`."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self, cast, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from frontdesk.settings import Issuer
from frontdesk.trigger import Model

if TYPE_CHECKING:
    from aws_cdk import RemovalPolicy
    from aws_cdk.aws_logs import RetentionDays

FILE: Final = Path(__file__).parents[1] / "stages.toml"
Name = Literal["dev", "prod"]
_NAMES: Final[tuple[Name, ...]] = get_args(Name)
Host = Annotated[str, Field(pattern=r"^(\*\.)?([a-z0-9-]+\.)+[a-z]{2,}$")]
"""A name, or `*.name` for all below one."""
_RETENTION: Final = {
    7: "ONE_WEEK",
    30: "ONE_MONTH",
    90: "THREE_MONTHS",
    180: "SIX_MONTHS",
    365: "ONE_YEAR",
    731: "TWO_YEARS",
    2192: "SIX_YEARS",
}


class StagesWrong(ValueError):
    """A mistake in the settings file; the message names the key, and the stage where it is one's."""


class Stage(BaseModel):
    """What may differ between dev and prod; everything else is the same, so that dev proves prod.

    What each is for, and what it costs, is said where it is chosen.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    max_capacity_acu: Annotated[float, Field(ge=1, le=256, multiple_of=0.5)]
    readers: Annotated[int, Field(ge=0, le=15)]
    nat_gateways: Annotated[int, Field(ge=1, le=2)]
    kept_warm: Annotated[int, Field(ge=0, le=20)]
    backup_days: Annotated[int, Field(ge=1, le=35)]
    log_retention_days: Literal[7, 30, 90, 180, 365, 731, 2192]
    domain: Annotated[str | None, BeforeValidator(lambda told: told or None)]
    certificate_arn: Annotated[str | None, BeforeValidator(lambda told: told or None)]
    emr_hosts: tuple[Host, ...]
    mail_from: Annotated[str | None, BeforeValidator(lambda told: told or None)]
    issuers: tuple[Issuer, ...]
    google_client_id: str
    microsoft_client_id: str
    embedding_model: Model
    test_clinic: bool
    phi_debug: bool

    @model_validator(mode="after")
    def _is_fit(self) -> Self:
        """Refuses what no mistake may switch on."""
        if self.phi_debug and self.name == "prod":
            raise ValueError("phi_debug prints what callers say; it can't be on in prod")
        if bool(self.domain) != bool(self.certificate_arn):
            raise ValueError(f"domain and certificate_arn go together ({self.name})")
        return self

    @property
    def metrics(self) -> str:
        """The namespace of its own metrics: two stages of one account are not to be added up."""
        return f"frontdesk-{self.name}"

    @property
    def log_retention(self) -> "RetentionDays":
        """As the CDK names it."""
        # Its modules take a second, and the settings are also read by what doesn't need them.
        from aws_cdk.aws_logs import RetentionDays

        return RetentionDays[_RETENTION[self.log_retention_days]]

    @property
    def removal_policy(self) -> "RemovalPolicy":
        """Of what tells of the past, when its stack goes."""
        from aws_cdk import RemovalPolicy

        return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if self.name == "prod" else RemovalPolicy.DESTROY


def read(file: Path = FILE) -> Mapping[Name, Stage]:
    """Both stages. Raises `StagesWrong` for the first mistake."""
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise StagesWrong(f"{file.name}: {error}") from None
    for key, both in told.items():
        if key not in Stage.model_fields or key == "name":
            raise StagesWrong(f"{file.name}: {key}: there is no such key")
        if not isinstance(both, dict) or set(cast("dict[str, Any]", both)) != set(_NAMES):
            raise StagesWrong(f"{file.name}: {key}: wants a value for each stage, {{ dev = …, prod = … }}")
    return {name: _stage(name, told, file) for name in _NAMES}


def _stage(name: Name, told: Mapping[str, Mapping[Name, Any]], file: Path) -> Stage:
    try:
        return Stage.model_validate({**{key: both[name] for key, both in told.items()}, "name": name})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(step) for step in first["loc"])
        why = "is missing" if first["type"] == "missing" else f"{first['msg']} ({name})"
        raise StagesWrong(f"{file.name}: {key}: {why}" if key else f"{file.name}: {why}") from None
