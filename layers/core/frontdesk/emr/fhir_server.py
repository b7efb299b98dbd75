"""How a clinic's FHIR server is described, by whoever connects it."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

Strategy = Literal["transaction", "post_only", "operation", "read_only"]
"""How a visit is written.

`transaction`: the visit and its slots in one bundle, each slot only if nobody changed it (HAPI, most).
`post_only`: the visit alone, and the server keeps its slots (Oracle Health).
`operation`: `Appointment/$find` and `$book`, as Argonaut and IHE shaped them (Epic).
`read_only`: not at all (OpenEMR).
"""


@dataclass(frozen=True)
class Server:
    """One clinic's."""

    base: str
    """Its FHIR base, without a slash at the end; R4."""
    client_id: str
    """Ours there."""
    key_id: str
    """Of our key that signs."""
    strategy: Strategy
    zone: ZoneInfo
    """The clinic's: of its days; FHIR's instants carry their offsets."""
    scopes: tuple[str, ...]
    """SMART's, such as `system/Patient.crus`; Oracle Health and older ones want `system/Patient.read`."""
    login_host: str = ""
    """The token endpoint's where it isn't the base's, as at Oracle Health."""
    ca_pem: str | None = field(default=None, repr=False)
    """What must have signed its certificate; None: any public authority."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Those that may be asked."""
        own = urlsplit(self.base).hostname or ""
        return (own, self.login_host) if self.login_host else (own,)


SCOPES: tuple[str, ...] = (
    "system/Patient.crs",
    "system/Practitioner.rs",
    "system/PractitionerRole.rs",
    "system/Schedule.rs",
    "system/Slot.rus",
    "system/Appointment.crus",
)
"""All that is needed, in the form of SMART 2."""
