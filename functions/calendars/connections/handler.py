"""Lambda behind `/calendars` and what lies below it, but for the callback and the hints."""

from frontdesk import zones
from frontdesk.calendars import connecting, status
from frontdesk.db.transaction import Transaction
from frontdesk.endpoint import Nothing
from frontdesk.members.problems import not_taken
from frontdesk.members.serving import Request, routed, serve
from functions.calendars.connections.endpoint import (
    CHOOSE,
    CONFLICTS,
    CONNECT,
    DISCONNECT,
    LIST,
    Choices,
    Conflict,
    Conflicts,
    Connection,
    Connections,
    Consent,
    Disconnected,
    One,
    To,
)

WHY = {
    "unfinished": "Connecting it was begun and not finished; connect it again.",
    "consent_gone": "Its owner, or the vendor, has ended the consent; its owner has to connect it again.",
    "forbidden": "An administrator of its organization has to allow it; then connect it again.",
    "unreadable": "What was kept of the consent can't be read any more; its owner has to connect it again.",
}
"""Why a mailbox has to be connected again."""


@serve(LIST)
def listing(request: Request[Nothing]) -> Connections:
    """All of them."""
    return _shown(request.db)


@serve(CONFLICTS)
def conflicts(request: Request[Nothing]) -> Conflicts:
    """What is in the way of visits that stand."""
    found, zone = status.conflicts(request.db)
    return Conflicts(
        conflicts=[
            Conflict(
                appointment_id=one.appointment_id,
                calendar_id=one.calendar_id,
                provider_id=one.provider_id,
                start=zones.wall_text(one.start, zone),
                end=zones.wall_text(one.end, zone),
                title=one.title,
            )
            for one in found
        ]
    )


@serve(CONNECT)
def connect(request: Request[To]) -> Consent:
    """Where the member consents."""
    member = request.member
    url = connecting.consent_url(
        request.db, request.parameters.vendor, org_id=member.org_id, member_id=member.id
    )
    return Consent(url=url)


@serve(CHOOSE)
def choose(request: Request[One, Choices]) -> Connections:
    """All of them, as they are now."""
    chosen = {one.id: one.provider_id for one in request.body.calendars}
    if len(chosen) != len(request.body.calendars):
        raise not_taken(("calendars", "Each calendar can be named once."))
    connecting.choose(request.db, request.parameters.id, chosen)
    return _shown(request.db)


@serve(DISCONNECT)
def disconnect(request: Request[One]) -> Disconnected:
    """It is gone."""
    id_ = request.parameters.id
    is_withdrawn = connecting.disconnect(request.db, request.member.org_id, id_, request.deadline)
    return Disconnected(id=id_, is_withdrawn=is_withdrawn)


def _shown(db: Transaction) -> Connections:
    return Connections(
        connections=[
            Connection.model_validate(
                one._asdict()
                | {
                    "status": "reconnect_needed" if one.failure else "connected",
                    "failure": WHY[one.failure] if one.failure else None,
                    "calendars": [each._asdict() for each in calendars],
                }
            )
            for one, calendars in status.everything(db)
        ]
    )


handler = routed(listing, conflicts, connect, choose, disconnect)
