"""The stages: one stack, twice, with different room."""

from dataclasses import dataclass
from typing import Final, Literal

from aws_cdk.aws_logs import RetentionDays

from frontdesk.trigger import Model


@dataclass(frozen=True)
class Stage:
    """What may differ between dev and prod; everything else is the same, so that dev proves prod."""

    name: Literal["dev", "prod"]
    max_capacity_acu: float
    """Aurora's ceiling; the floor is 0.5 everywhere, for at 0 it sleeps and takes 15 s to wake."""
    readers: int
    """Readers in other zones, ready to take over as the writer."""
    nat_gateways: int
    backup_days: int
    log_retention: RetentionDays
    issuers: tuple[dict[str, object], ...] = ()
    """Whose tokens of members are believed besides our own user pool's: `frontdesk.settings.Issuer`s."""
    mail_from: str | None = None
    """Who clinics are mailed by: an address whose domain SES has proven for this account; None: nobody is."""
    embedding_model: Model = "amazon.titan-embed-text-v2:0"
    """What makes the vectors of a clinic's first documents; those there keep theirs until embedded anew."""
    google_client_id: str = ""
    microsoft_client_id: str = ""
    """Our clients there, for clinics' calendars (docs/calendars.md); empty: it can't be connected."""
    phi_debug: bool = False
    """Prints callers' words in the functions' logs, each line marked; for a stage without real callers."""

    def __post_init__(self) -> None:
        """Refuses what no mistake may switch on."""
        if self.phi_debug and self.name == "prod":
            raise ValueError("phi_debug prints what callers say; it can't be on in prod")


STAGES: Final = {
    stage.name: stage
    for stage in (
        Stage(
            "dev",
            max_capacity_acu=4,
            readers=0,
            nat_gateways=1,
            backup_days=7,
            log_retention=RetentionDays.ONE_MONTH,
        ),
        Stage(
            "prod",
            max_capacity_acu=32,
            readers=1,
            nat_gateways=2,
            backup_days=35,
            log_retention=RetentionDays.ONE_YEAR,
        ),
    )
}
