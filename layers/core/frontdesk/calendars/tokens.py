"""The one way to a connection's access token: refreshed by one function at a time, kept before it is used.

No transaction is open while KMS or the vendor is awaited; a lease keeps the others off meanwhile. A function
that dies leaves the refresh token that was there, and the lease runs out.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Final, Literal, NamedTuple
from uuid import UUID

from frontdesk.calendars.google import Google
from frontdesk.calendars.outlook import Outlook
from frontdesk.calendars.sealing import Unreadable, seal, unseal
from frontdesk.calendars.vendors import ConsentGone, Forbidden, Tokens, Vendor, VendorName
from frontdesk.db import queries
from frontdesk.db.claims import clinic_transaction
from frontdesk.errors import DeadlineExceeded, FrontdeskError, ProviderFailed
from frontdesk.logs import logger
from frontdesk.notifications.notices import note

SQL: Final = queries.beside(__file__)
MARGIN: Final = timedelta(minutes=2)
"""A token that is over sooner is refreshed: who asked for it needs some time yet."""
LEASE: Final = timedelta(seconds=25)
"""Longer than the vendor's timeout and KMS's; the vendor may be asked with the same token again after it."""
_WAIT_S: Final = 0.1
_HURRY_S: Final = 1.0
"""A request's time while a caller waits; their tool has four seconds for everything."""
_VENDORS: Final[Mapping[VendorName, type[Google | Outlook]]] = {"google": Google, "outlook": Outlook}

Failure = Literal["unfinished", "consent_gone", "forbidden", "unreadable"]


class NotConnected(FrontdeskError):
    """There is no such connection any more."""


class ReconnectNeeded(FrontdeskError):
    """A person has to connect again; the clinic was told, and the vendor isn't asked any more."""


class _Held(NamedTuple):
    vendor: VendorName
    failure: Failure | None
    version: int
    access_token: list[bytes] | None
    is_fresh: bool | None


class _Leased(NamedTuple):
    refresh_token: list[bytes]
    leased_until: datetime


@cache
def vendor(name: VendorName, *, in_a_hurry: bool = False) -> Vendor:
    """This process's client of that vendor; one `in_a_hurry`, for when somebody is on the line."""
    return _VENDORS[name](timeout_s=_HURRY_S) if in_a_hurry else _VENDORS[name]()


def sealed(tokens: Tokens, org_id: UUID, connection_id: int) -> dict[str, object]:
    """Tokens as the connection's row has them; `refresh` is None where the one there was stays."""
    return {
        "refresh": tokens.refresh and _seal(tokens.refresh, org_id, connection_id, "refresh"),
        "access": _seal(tokens.access, org_id, connection_id, "access"),
        "expires_at": tokens.expires_at,
    }


def opened(parts: Sequence[bytes], org_id: UUID, connection_id: int, use: str) -> str:
    """A token of the connection's row. Raises `Unreadable`."""
    return unseal(parts, org_id=str(org_id), connection_id=str(connection_id), use=use)


def access(
    org_id: UUID,
    connection_id: int,
    deadline: float,
    *,
    refused: str | None = None,
    in_a_hurry: bool = False,
) -> str:
    """An access token that is good for two minutes at least, as far as we know.

    Call it with no transaction open.

    Args:
        org_id: whose.
        connection_id: of which.
        deadline: on the clock of `time.monotonic`.
        refused: the one that the vendor just answered with `AccessExpired`: it is not given again.
        in_a_hurry: whether somebody is on the line: then another function that refreshes is awaited a second.

    Raises `NotConnected`, `ReconnectNeeded`, `ProviderFailed`, `Throttled`, `DeadlineExceeded`.
    """
    patience = min(deadline, time.monotonic() + _HURRY_S) if in_a_hurry else deadline
    while True:
        with clinic_transaction(org_id, deadline) as db:
            held = db.one(_Held, SQL["held"], id=connection_id, margin=MARGIN)
        if held is None:
            raise NotConnected
        if held.failure:
            raise ReconnectNeeded(held.failure)
        try:
            if held.access_token and held.is_fresh:
                token = opened(held.access_token, org_id, connection_id, "access")
                if token != refused:
                    return token
            with clinic_transaction(org_id, deadline) as db:
                leased = db.one(_Leased, SQL["lease"], id=connection_id, version=held.version, lease=LEASE)
            if leased:
                asked = vendor(held.vendor, in_a_hurry=True) if in_a_hurry else vendor(held.vendor)
                if token := _refresh(org_id, connection_id, deadline, asked, leased):
                    return token
                continue
        except (ConsentGone, Forbidden, Unreadable) as final:
            _need_reconnect(org_id, connection_id, deadline, held.version, final)
            continue
        if time.monotonic() + _WAIT_S > patience:
            raise DeadlineExceeded("another function is still refreshing the tokens")
        time.sleep(_WAIT_S)


def _refresh(org_id: UUID, connection_id: int, deadline: float, asked: Vendor, leased: _Leased) -> str | None:
    """Gets new tokens and keeps them; the one for access.

    It is good now, also where a clock that is wrong, or a vendor, has it end sooner than we'd want. None: the
    lease was lost, and those that are there are newer.
    """
    lease = {"id": connection_id, "leased_until": leased.leased_until}
    try:
        refresh = opened(leased.refresh_token, org_id, connection_id, "refresh")
        tokens = asked.refreshed(refresh)
        kept = sealed(tokens, org_id, connection_id)
    except ProviderFailed:  # nobody has to wait until the lease runs out
        with clinic_transaction(org_id, deadline) as db:
            db.run(SQL["let_go"], **lease)
        raise
    with clinic_transaction(org_id, deadline) as db:
        return tokens.access if db.run(SQL["keep_tokens"], **lease, **kept) else None


def _need_reconnect(
    org_id: UUID, connection_id: int, deadline: float, version: int, final: FrontdeskError
) -> None:
    """Forgets the tokens and tells the clinic, once; nothing if somebody connected it anew meanwhile."""
    failure: Failure = (
        "forbidden"
        if isinstance(final, Forbidden)
        else "unreadable"
        if isinstance(final, Unreadable)
        else "consent_gone"
    )
    with clinic_transaction(org_id, deadline) as db:
        if db.run(SQL["need_reconnect"], id=connection_id, version=version, failure=failure):
            note(db, "calendar_disconnected", of=str(connection_id))
            about = {"org_id": str(org_id), "connection_id": connection_id, "why": failure}
            logger.warning("a calendar has to be connected again", extra=about)


def _seal(token: str, org_id: UUID, connection_id: int, use: str) -> list[bytes]:
    return seal(token, org_id=str(org_id), connection_id=str(connection_id), use=use)
