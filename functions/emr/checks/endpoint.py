"""`POST /emr/check`: whether the clinic's EMR answers, how quickly, and what callers can have of it."""

from frontdesk.emr.emr import EmrName
from frontdesk.endpoint import Endpoint, Nothing
from frontdesk.tool import Wire


class Read(Wire):
    """One thing that was read there."""

    what: str
    ms: int
    found: str | None
    """Null: it could not be read."""
    failed: str | None


class Checked(Wire):
    """Nothing of it was changed, and no chart or visit is shown: only how many there are."""

    emr: EmrName
    product: str
    """As it calls itself; empty: it didn't answer."""
    readings: list[Read]
    can: list[str]
    """What callers can have, of `by_phone`, `by_name`, `register`, `openings`, `visits`, `book`, `move` and
    `cancel`."""
    wrong: list[str]
    """What needs somebody, beside readings that failed."""
    warnings: list[str]
    """What somebody should know who runs frontdesk or the EMR."""


CHECK = Endpoint(
    method="POST",
    path="/emr/check",
    parameters=Nothing,
    answer=Checked,
    role="admin",
    deadline_s=20.0,
    asks_emr=True,
)
ENDPOINTS = (CHECK,)
