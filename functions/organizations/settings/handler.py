"""Lambda behind `/organization`."""

from frontdesk import events
from frontdesk.calls.entries import ClinicChanged
from frontdesk.db.transaction import Transaction
from frontdesk.endpoint import Nothing
from frontdesk.members.serving import Request, routed, serve
from frontdesk.organizations import settings
from functions.organizations.settings.endpoint import CHANGE, READ, Changes, Organization


@serve(READ)
def read(request: Request[Nothing]) -> Organization:
    """The settings as they stand."""
    return _shown(request.db)


@serve(CHANGE)
def change(request: Request[Nothing, Changes]) -> Organization:
    """The settings from now on."""
    settings.change(
        request.db, request.body.model_dump(mode="json", exclude_unset=True), seen=request.if_match
    )
    changed = ClinicChanged(org_id=request.member.org_id)
    request.afterwards.append(lambda: events.raise_event("ClinicChanged", changed))
    if "languages" in request.body.model_fields_set:
        request.afterwards.append(lambda: events.raise_event("DigestOutdated", changed))
    return _shown(request.db)


def _shown(db: Transaction) -> Organization:
    return Organization.model_validate(settings.read(db))


handler = routed(read, change)
