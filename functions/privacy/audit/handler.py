"""Lambda behind `GET /audit`."""

from typing import Final

from frontdesk.endpoint import Csv
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
    asked = request.parameters
    if asked.last < asked.first:
        raise Problem(400, "`to` is `from` or later.", parameters=["to"])
    text, count = audit.table(request.db, asked.first, asked.last, most=_MOST)
    if count > _MOST or len(text.encode()) > _MOST_BYTES:
        raise Problem(400, "That is too much for one answer; take fewer days.", parameters=["to"])
    return Csv(text=text)
