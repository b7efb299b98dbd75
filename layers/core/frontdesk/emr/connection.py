"""A clinic's EMR, opened: how it is reached stands in its row, what is secret of that in Secrets Manager.

Opened ones are kept, with their connections and logins, until row or secret change (`version`).
"""

import json
import ssl
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from frontdesk import aws, outside
from frontdesk.db import queries
from frontdesk.db.claims import clinic_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.emr import fhir_server, oscar_server
from frontdesk.emr.emr import Emr, EmrName, NotAllowed, Status
from frontdesk.emr.fhir_login import Key
from frontdesk.errors import DeadlineExceeded, Declined, ProviderFailed
from frontdesk.settings import settings
from frontdesk.zones import zone

if TYPE_CHECKING:
    from frontdesk.emr.fhir import Fhir
    from frontdesk.emr.oscar import Oscar

SQL: Final = queries.beside(__file__)

PORTS: Final = (443, 8443)
"""OSCAR's Tomcat is often behind the second one; FHIR servers are asked on the first alone."""

D = TypeVar("D", bound=BaseModel)


class NotAnEmr(Declined):
    """No EMR can be reached by that description."""

    fact = "That does not describe an EMR."


class _Description(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Code(_Description):
    """As `oscar_server.Code`."""

    letter: str = Field(min_length=1, max_length=1)
    minutes: int | None = Field(None, ge=1, le=720)


class OscarServer(_Description):
    """`emr_connections.server` of an OSCAR: `oscar_server.Server` without what is secret."""

    base_url: str
    flavour: oscar_server.Flavour
    codes: tuple[Code, ...] = Field(min_length=1)
    ca_pem: str | None = None
    provider_ids: tuple[str, ...] | None = None
    statuses: dict[str, Status] = {}
    program_id: int = 0


class FhirServer(_Description):
    """`emr_connections.server` of a FHIR server: `fhir_server.Server`."""

    base: str
    client_id: str
    key_id: str
    strategy: fhir_server.Strategy
    scopes: tuple[str, ...] = fhir_server.SCOPES
    login_host: str = ""
    ca_pem: str | None = None


class Access(_Description):
    """As `oscar_server.Access`."""

    client_key: str
    client_secret: str = Field(repr=False)
    token: str = Field(repr=False)
    token_secret: str = Field(repr=False)


class Login(_Description):
    """The secret of a clinic's OSCAR."""

    user: str
    password: str = Field(repr=False)
    access: Access | None = None


class Row(NamedTuple):
    """`emr_connections`, and the clinic's zone."""

    emr: EmrName
    server: dict[str, Any]
    connected_at: datetime
    version: int
    time_zone: str


class _Opened(NamedTuple):
    key: tuple[datetime, int]
    emr: "Oscar | Fhir"


_opened: dict[UUID, _Opened] = {}
_opening: Final = Lock()


def opened(org_id: UUID, *, ends: float) -> Emr:
    """The clinic's EMR; may be asked by several threads. Raises as `made`, and `NotAllowed` of none.

    `ends` is on the clock of `time.monotonic`.
    """
    with clinic_transaction(org_id, ends) as db:
        described = row(db)
    return kept(org_id, described, ends=ends)


def row(db: Transaction) -> Row:
    """What is known of the clinic's EMR. Raises `NotAllowed` where there is none."""
    found = db.one(Row, SQL["connection"])
    if found is None:
        raise NotAllowed("the clinic has no EMR")
    return found


def kept(org_id: UUID, described: Row, *, ends: float) -> Emr:
    """The clinic's EMR, opened if that hasn't been done, or if it is another one since. Raises as `made`."""
    key = described.connected_at, described.version
    there = _opened.get(org_id)
    if there is not None and there.key == key:
        return there.emr
    # Outside the lock: one clinic's slow names or secrets are no other's business.
    mine = _Opened(key, made(org_id, described.emr, described.server, described.time_zone, ends=ends))
    with _opening:
        there = _opened.get(org_id)
        if there is not None and there.key == key:
            mine, there = there, mine  # somebody was faster
        _opened[org_id] = mine
    if there is not None:
        there.emr.close()
    return mine.emr


def made(
    org_id: UUID, emr: EmrName, server: Mapping[str, Any], time_zone: str, *, ends: float
) -> "Oscar | Fhir":
    """An EMR by its description, nothing of it asked yet.

    Raises `NotAnEmr` for what is no description, `NotAllowed` for an address that isn't public or a login
    that isn't there, and `ProviderFailed`.
    """
    if time.monotonic() > ends:
        raise DeadlineExceeded("no time was left to open the EMR")
    if emr == "oscar":
        from frontdesk.emr.oscar import Oscar  # zeep and lxml, which FHIR does without

        return Oscar(oscar(org_id, server, time_zone))
    from frontdesk.emr.fhir import Fhir  # PyJWT and cryptography, which OSCAR does without

    keys = fhir_keys()
    described = fhir(server, time_zone)
    if described.key_id not in {key.id for key in keys}:
        raise NotAllowed("there is no key of ours by that id")
    return Fhir(described, keys)


def oscar(org_id: UUID, server: Mapping[str, Any], time_zone: str) -> oscar_server.Server:
    """An OSCAR's description, whole; raises as `made`."""
    told = _read(OscarServer, server)
    url = told.base_url.rstrip("/")
    _check_address(url, PORTS)
    login = _login(org_id)
    try:
        return oscar_server.Server(
            base_url=url,
            flavour=told.flavour,
            time_zone=time_zone,
            user=login.user,
            password=login.password,
            codes=tuple(oscar_server.Code(one.letter, one.minutes) for one in told.codes),
            ca_pem=told.ca_pem,
            access=login.access and oscar_server.Access(**login.access.model_dump()),
            provider_ids=None if told.provider_ids is None else frozenset(told.provider_ids),
            statuses=tuple(told.statuses.items()),
            program_id=told.program_id,
        )
    except ValueError as wrong:
        raise NotAnEmr(f"That does not describe an EMR. {wrong}") from None


def fhir(server: Mapping[str, Any], time_zone: str) -> fhir_server.Server:
    """A FHIR server's description; raises as `made`."""
    told = _read(FhirServer, server)
    url = told.base.rstrip("/")
    _check_address(url, PORTS[:1])
    return fhir_server.Server(
        base=url,
        client_id=told.client_id,
        key_id=told.key_id,
        strategy=told.strategy,
        zone=zone(time_zone),
        scopes=told.scopes,
        login_host=told.login_host,
        ca_pem=told.ca_pem,
    )


def place(emr: EmrName, server: Mapping[str, Any]) -> str:
    """Where the described EMR is: its base, without a slash at the end. Raises `NotAnEmr`."""
    url = _read(OscarServer, server).base_url if emr == "oscar" else _read(FhirServer, server).base
    return url.rstrip("/")


def secret_name(org_id: UUID) -> str:
    """Of a clinic's login at its OSCAR, in Secrets Manager: JSON as `Login`."""
    return f"frontdesk/{settings().stage}/emr/{org_id}"


def keys_name() -> str:
    """Of our own keys, by which FHIR servers know us: a JSON list of `{"id", "pem"}`."""
    return f"frontdesk/{settings().stage}/fhir-keys"


def fhir_keys() -> list[Key]:
    """Our own; none where nobody has made one. Raises `ProviderFailed`."""
    text = _secret(keys_name())
    try:
        return [Key(one["id"], one["pem"]) for one in json.loads(text or "[]")]
    except (ValueError, LookupError, TypeError):
        raise ProviderFailed("our keys for FHIR are not what they should be") from None


def _read(kind: type[D], server: Mapping[str, Any]) -> D:
    try:
        described = kind.model_validate(server)
        if ca_pem := getattr(described, "ca_pem", None):
            ssl.create_default_context(cadata=ca_pem)
    except ValidationError as invalid:
        wrong = (f"`{'.'.join(map(str, one['loc']))}`: {one['msg']}" for one in invalid.errors())
        raise NotAnEmr("That does not describe an EMR. " + "; ".join(wrong) + ".") from None
    except (ssl.SSLError, ValueError):
        raise NotAnEmr("That does not describe an EMR. `ca_pem`: no certificate.") from None
    return described


def _check_address(url: str, ports: Iterable[int]) -> None:
    """Whatever was typed, no address of our own network is asked."""
    try:
        outside.checked(url, hosts=(urlsplit(url).hostname or "",), ports=ports)
    except (outside.AddressRefused, ValueError) as refused:
        why = refused if isinstance(refused, outside.AddressRefused) else "not an address"
        of = " or ".join(map(str, ports))
        raise NotAllowed(f"the EMR's address: {why}. It is https, on port {of}, at a public one") from None


def _login(org_id: UUID) -> Login:
    text = _secret(secret_name(org_id))
    if text is None:
        raise NotAllowed("there is no login of ours to this OSCAR in Secrets Manager")
    try:
        return Login.model_validate_json(text)
    except ValidationError:
        raise NotAllowed("our login to this OSCAR, in Secrets Manager, is not what it should be") from None


def _secret(name: str) -> str | None:
    try:
        return aws.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    except aws.FAILED as failed:
        if aws.name_of(failed) == "ResourceNotFoundException":
            return None
        raise ProviderFailed(f"Secrets Manager: {aws.name_of(failed)}") from None
