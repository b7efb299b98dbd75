"""`GET /audit`: who did what, as CSV."""

from pydantic import Field

from frontdesk.endpoint import Csv, Day, Endpoint, Parameters


class Period(Parameters):
    first: Day = Field(alias="from")
    """The clinic's local date."""
    last: Day = Field(alias="to")
    """Included."""


ENDPOINT = Endpoint(method="GET", path="/audit", parameters=Period, answer=Csv, role="admin", deadline_s=20.0)
