"""How a clinic's OSCAR is described: where it is, how it is entered, and what of it callers may book."""

from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from frontdesk import zones
from frontdesk.emr.emr import Status

Flavour = Literal["oscar19", "openo", "juno"]

STATUSES: Final[dict[str, Status]] = {
    "t": "booked",
    "T": "booked",
    "H": "arrived",
    "P": "arrived",
    "E": "fulfilled",
    "B": "fulfilled",
    "N": "noshow",
    "C": "cancelled",
}
"""By the first letter, whose case counts; what isn't here is `booked` unless the clinic says otherwise."""


class Code(NamedTuple):
    """A template code that callers may book; case counts. Not to be taken for a status: `C` is both."""

    letter: str
    minutes: int | None = None
    """Of one visit; None as OSCAR has it. To be given where OSCAR has the letter twice, as it may."""


class Access(NamedTuple):
    """To REST, by OAuth 1.0a: what a person has approved in the browser. It lapses with the REST client's."""

    client_key: str
    client_secret: str
    token: str
    token_secret: str


@dataclass(frozen=True)
class Server:
    """One clinic's. Nothing secret of it is shown by `repr`."""

    base_url: str
    """https, with the context and no slash at the end: `https://oscar.clinic.example:8443/oscar`."""
    flavour: Flavour
    time_zone: str
    """The clinic's, in which its people type times; the server's own may be another, and isn't asked."""
    user: str
    password: str = field(repr=False)
    codes: tuple[Code, ...]
    """Bookable ones."""
    ca_pem: str | None = field(default=None, repr=False)
    """What must have signed its certificate, or the certificate itself; None: any public authority."""
    access: Access | None = field(default=None, repr=False)
    """None: nobody can be registered, but at Juno."""
    provider_ids: frozenset[str] | None = None
    """Those who see patients; None: all of type doctor but the system's own accounts."""
    statuses: tuple[tuple[str, Status], ...] = ()
    """The clinic's own, before `STATUSES`."""
    program_id: int = 0
    """That patients are admitted to and visits are written in."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for what can't be an OSCAR's address, or no zone."""
        parts = urlsplit(self.base_url)
        is_here = parts.scheme == "http" and parts.hostname == "127.0.0.1"
        if not (parts.scheme == "https" or is_here) or not parts.hostname or parts.username or parts.query:
            raise ValueError("An OSCAR's address is https, with a host and a context.")
        zones.zone(self.time_zone)

    @property
    def zone(self) -> ZoneInfo:
        """Of the clinic."""
        return zones.zone(self.time_zone)

    def status(self, code: str | None) -> Status:
        """What a stored status means; its second letter says who signed, and doesn't matter here."""
        return (STATUSES | dict(self.statuses)).get((code or "t")[:1], "booked")
