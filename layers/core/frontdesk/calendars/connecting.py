"""A member connects a mailbox: to the vendor's page, back with a code, and then whose which calendar is.

The browser that comes back has no member's token. What it brings is the state that we gave it: sealed by KMS,
for one member of one clinic, good once and for ten minutes. Whose browser it is no state can tell: anybody
may have been sent to the vendor's page. So they are told who asks, and only their yes connects anything.
"""

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Final, NamedTuple
from uuid import UUID, uuid4

import psycopg

from frontdesk.calendars import channels, due, google, tokens
from frontdesk.calendars.sealing import Unreadable, seal, unseal
from frontdesk.calendars.tokens import SQL, vendor
from frontdesk.calendars.turn import Turn
from frontdesk.calendars.vendors import ConsentGone, Forbidden, Listed, Tokens, VendorName
from frontdesk.db.claims import clinic_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.endpoint import ROLES
from frontdesk.errors import Declined, FrontdeskError, ProviderFailed, Unknown
from frontdesk.logs import logger
from frontdesk.members import audit, membership
from frontdesk.settings import settings

MINUTES: Final = 10
"""What somebody has to sign in at the vendor and agree."""
_NEEDED: Final[Mapping[VendorName, tuple[str, ...]]] = {
    "google": google.SCOPES,
    "outlook": ("Calendars.ReadWrite",),
}
"""Google lets a person tick some and not others."""
_USE: Final = "calendar consent"
_REVOKING_S: Final = 12
"""Kept for withdrawing a consent at a slow vendor, and for forgetting it here."""
_LONGEST: Final = 2048
"""Bytes of a sealed state."""
_OVER: Final = "This page was used before, or is over. Begin again in frontdesk."


class NoSuchConnection(Unknown):
    fact = "There is no calendar connection of that id."


class NotSetUp(Declined):
    fact = "This platform isn't registered with that vendor yet; ask its operator."


class AnothersCalendar(Declined):
    fact = "That provider has a calendar already; take it from them first."


class ChosenElsewhere(Declined):
    fact = "That calendar is chosen already, by way of another mailbox that it is shared with."


class Unfinished(FrontdeskError):
    """Why nothing was connected, in words for the person in front of the browser."""


class Asked(NamedTuple):
    """Who asks for a mailbox."""

    clinic: str
    email: str | None
    """Of the member who began; None where they have proven none."""


class _Whose(NamedTuple):
    provider_id: int


class _Consent(NamedTuple):
    verifier: str
    is_in_time: bool


class _Disconnected(NamedTuple):
    vendor: VendorName
    refresh_token: list[bytes] | None
    is_anothers_too: bool


def consent_url(db: Transaction, name: VendorName, *, org_id: UUID, member_id: str) -> str:
    """Where the member consents. Raises `NotSetUp`, `ProviderFailed`."""
    given = settings()
    if not (given.google_client_id if name == "google" else given.microsoft_client_id):
        raise NotSetUp
    verifier, consent = secrets.token_urlsafe(48), uuid4()
    db.run(
        SQL["begin_consent"],
        consent_id=consent,
        vendor=name,
        member_id=member_id,
        verifier=verifier,
        minutes=MINUTES,
    )
    with db.released():
        [state] = seal(json.dumps([str(org_id), member_id, str(consent)]), use=_USE)
    digest = hashlib.sha256(verifier.encode()).digest()
    return vendor(name).consent_url(
        state=_text(state), challenge=_text(digest), redirect_url=redirect_url(name)
    )


def redirect_url(name: VendorName) -> str:
    """Where the vendor sends the browser back to; registered there, word for word."""
    return f"{settings().public_url}/calendars/{name}/callback"


def asked(name: VendorName, query: Mapping[str, str], deadline: float) -> Asked:
    """Who would be let in by what a browser came back with; nothing is done or used up.

    Raises `Unfinished`, `ProviderFailed`.
    """
    org_id, member_id, consent_id = _whose(query.get("state", ""))
    with clinic_transaction(org_id, deadline, member=member_id) as db:
        found = db.one(Asked, SQL["who_asks"], consent_id=consent_id, vendor=name, member_id=member_id)
    if found is None:
        raise Unfinished(_OVER)
    return found


def finish(name: VendorName, query: Mapping[str, str], deadline: float) -> str:
    """Connects what a browser came back with, once the mailbox's owner has been told who asks.

    The clinic's name. Raises `Unfinished`, `ProviderFailed`.
    """
    org_id, member_id, consent_id = _whose(query.get("state", ""))
    with clinic_transaction(org_id, deadline, member=member_id) as db:
        consent = db.one(
            _Consent, SQL["take_consent"], consent_id=consent_id, vendor=name, member_id=member_id
        )
        role = membership.role_of(db, member_id)
        clinic: str = db.value(SQL["clinic_name"]) or ""
    if consent is None or not consent.is_in_time:
        raise Unfinished(_OVER)
    if role is None or ROLES.index(role) < ROLES.index("admin"):
        raise Unfinished("Who began this may not connect calendars at this clinic any more.")
    given, listed = _given(name, query, consent.verifier)
    account = _account(listed)
    with clinic_transaction(org_id, deadline, member=member_id) as db:
        connection_id: int = db.value(SQL["connection_of"], vendor=name, account=account, member_id=member_id)
    sealed = tokens.sealed(given, org_id, connection_id)
    with clinic_transaction(org_id, deadline, member=member_id) as db:
        if not db.run(SQL["connect"], id=connection_id, member_id=member_id, **sealed):
            raise Unfinished("It was disconnected in the same moment. Begin again in frontdesk.")
        db.run(SQL["drop_calendars"], id=connection_id, kept=[one.id for one in listed])
        for one in listed:
            shown = one._asdict()
            db.run(SQL["keep_calendar"], connection_id=connection_id, vendor_id=shown.pop("id"), **shown)
        # What was booked while nobody could write there.
        db.run(SQL["make_visits_due"], provider_ids=list(_providers(db, connection_id, None)))
        audit.note(db, "calendar.connected", of=connection_id)
    return clinic


def choose(db: Transaction, connection_id: int, chosen: Mapping[int, int | None]) -> None:
    """Says whose these calendars are, by id; None is nobody.

    Raises `NoSuchConnection`, `Unknown` for a calendar or a provider, `AnothersCalendar`, `ChosenElsewhere`.
    """
    if db.value(SQL["lock_connection"], id=connection_id) is None:
        raise NoSuchConnection
    providers = _providers(db, connection_id, list(chosen))
    if db.run(SQL["free_calendars"], id=connection_id, chosen=list(chosen)) != len(chosen):
        raise Unknown("There is no calendar of that id at this connection.")
    for id_, provider_id in chosen.items():
        if provider_id is None:
            continue
        if db.value(SQL["has_provider"], id=provider_id) is None:
            raise Unknown("There is no provider of that id.")
        if db.value(SQL["is_chosen_elsewhere"], id=id_):
            raise ChosenElsewhere
        try:
            db.run(SQL["choose"], id=id_, connection_id=connection_id, provider_id=provider_id)
        except psycopg.errors.UniqueViolation:
            raise AnothersCalendar from None
        providers.add(provider_id)
    db.run(SQL["forget_unchosen"], connection_id=connection_id)
    db.run(SQL["make_visits_due"], provider_ids=list(providers))
    due.want(db, connection_id)
    audit.note(db, "calendar.chosen", of=connection_id)


def _providers(db: Transaction, connection_id: int, chosen: list[int] | None) -> set[int]:
    """Whose these calendars are, or all of the connection's."""
    return {
        whose.provider_id for whose in db.all(_Whose, SQL["providers_of"], id=connection_id, chosen=chosen)
    }


def disconnect(db: Transaction, org_id: UUID, connection_id: int, deadline: float) -> bool:
    """Forgets the connection and all that hangs on it; whether its consent is withdrawn at the vendor too.

    Not at Microsoft, which has no way to; nor where another clinic's connection lives by the same person's
    consent, which Google knows only as one. Raises `NoSuchConnection`.
    """
    found = db.one(_Disconnected, SQL["to_disconnect"], id=connection_id)
    if found is None:
        raise NoSuchConnection
    is_withdrawn = False
    open_channels = channels.of(db, connection_id)
    with db.released():
        # First, for who has no tokens can stop none.
        turn = Turn(org_id, connection_id, vendor(found.vendor), deadline)
        channels.stop(turn, open_channels, until=deadline - _REVOKING_S)
        if found.vendor == "google" and found.refresh_token and not found.is_anothers_too:
            try:
                refresh = tokens.opened(found.refresh_token, org_id, connection_id, "refresh")
                vendor(found.vendor).revoke(refresh)
                is_withdrawn = True
            except (ProviderFailed, Unreadable) as failed:
                about = {"connection_id": connection_id, "why": type(failed).__name__}
                logger.warning("a consent could not be withdrawn", extra=about)
    db.run(SQL["disconnect"], id=connection_id)
    audit.note(db, "calendar.disconnected", of=connection_id)
    return is_withdrawn


def _whose(state: str) -> tuple[UUID, str, UUID]:
    try:
        raw = base64.urlsafe_b64decode(state + "=" * (-len(state) % 4))
        # KMS would refuse one without end for another reason, and none at all too.
        org_id, member_id, consent = json.loads(unseal([raw[:_LONGEST] or b"?"], use=_USE))
        return UUID(org_id), member_id, UUID(consent)
    except (Unreadable, binascii.Error, ValueError):
        raise Unfinished("This address isn't one of ours. Begin again in frontdesk.") from None


def _given(name: VendorName, query: Mapping[str, str], verifier: str) -> tuple[Tokens, list[Listed]]:
    """What the consent gave. Raises `Unfinished`, `ProviderFailed`."""
    ask_an_administrator = Unfinished(
        "An administrator of your organization has to allow this. Ask them, then begin again in frontdesk."
    )
    if "code" not in query:
        error, about = query.get("error"), query.get("error_description", "")
        if error in ("consent_required", "admin_policy_enforced") or about.startswith("AADSTS9009"):
            raise ask_an_administrator
        raise Unfinished("It was not allowed, so nothing is connected.")
    client = vendor(name)
    try:
        given = client.tokens(code=query["code"], verifier=verifier, redirect_url=redirect_url(name))
        lacks = [need for need in _NEEDED[name] if not any(one.endswith(need) for one in given.scopes)]
        if lacks or given.refresh is None:
            raise Unfinished("Not all that is needed was allowed. Begin again, and leave every box ticked.")
        return given, client.calendars(given.access)
    except ConsentGone:
        raise Unfinished("The vendor didn't take it. Begin again in frontdesk.") from None
    except Forbidden:
        raise ask_an_administrator from None


def _account(listed: list[Listed]) -> str:
    first = next((one for one in listed if one.is_primary), None)
    if first is None:
        raise Unfinished("This account has no calendar of its own.")
    return (first.owner or first.id).lower()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
