"""Lambda behind `GET /audit`."""

from datetime import timedelta
from typing import Final

from frontdesk import zones
from frontdesk.call import between_calls
from frontdesk.endpoint import Csv
from frontdesk.members import audit as members_audit
from frontdesk.members.problems import Problem
from frontdesk.members.serving import Request, serve
from frontdesk.privacy import audit
from functions.privacy.audit.endpoint import ENDPOINT, Period

_MOST: Final = 20_000
_MOST_BYTES: Final = 5 * 1024 * 1024
"""Lambda answers with 6 MB at most."""


@serve(ENDPOINT)
def handler(request: Request[Period]) -> Csv:
    """The entries of those days, by time."""
    asked, zone = request.parameters, between_calls(request.db).clinic.zone
    since = zones.midnight(asked.first, zone)
    until = zones.midnight(asked.last + timedelta(days=1), zone)
    if since >= until:
        raise Problem(400, "`to` is `from` or later.", parameters=["to"])
    text, count = audit.table(request.db, since, until, most=_MOST)
    if count > _MOST or len(text.encode()) > _MOST_BYTES:
        raise Problem(400, "That is too much for one answer; take fewer days.", parameters=["to"])
    members_audit.note(request.db, "audit.exported")
    return Csv(text=text)
