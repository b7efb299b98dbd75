"""Lambda behind `/calendars`, `/calendars/{vendor}/connect` and `/calendars/{id}`."""

from frontdesk.calendars import connecting
from frontdesk.db.transaction import Transaction
from frontdesk.members.problems import not_taken
from frontdesk.members.serving import Request, routed, serve
from functions.calendars.connections.endpoint import (
    CHOOSE,
    CONNECT,
    DISCONNECT,
    LIST,
    Calendar,
    Choices,
    Connection,
    Connections,
    Consent,
    Disconnected,
    Nothing,
    One,
    To,
)

_WHY = {
    "unfinished": "Connecting it was begun and not finished; connect it again.",
    "consent_gone": "Its owner, or the vendor, has ended the consent; its owner has to connect it again.",
    "forbidden": "An administrator of its organization has to allow it; then connect it again.",
    "unreadable": "What was kept of the consent can't be read any more; its owner has to connect it again.",
}


@serve(LIST)
def listing(request: Request[Nothing]) -> Connections:
    """All of them."""
    return _shown(request.db)


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
            Connection(
                id=one.id,
                vendor=one.vendor,
                account=one.account,
                status="reconnect_needed" if one.failure else "connected",
                failure=_WHY[one.failure] if one.failure else None,
                connected_at=one.connected_at,
                calendars=[Calendar.model_validate(each._asdict()) for each in calendars],
            )
            for one, calendars in connecting.everything(db)
        ]
    )


handler = routed(listing, connect, choose, disconnect)
