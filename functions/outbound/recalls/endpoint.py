"""`POST /recalls`: patients to be called in again, from a CSV file, first looked at, then taken."""

from typing import Literal

from frontdesk.endpoint import Endpoint, Parameters
from frontdesk.tool import Wire


class How(Parameters):
    dry_run: bool = True
    """Only says what would become of each line."""
    skip_refused: bool = False
    """Takes the others; else a file with a line that is refused is not taken at all."""


class Line(Wire):
    """What becomes of one line; nothing that stands in it is repeated."""

    line: int
    """Where it begins; the first, of the names, is 1."""
    status: Literal["new", "same", "refused"]
    detail: str
    """Of a refused one why."""


class Report(Wire):
    """Every line, and how many there are of each kind."""

    dry_run: bool
    """True when nothing was written."""
    new: int
    same: int
    refused: int
    lines: list[Line]


ENDPOINT = Endpoint(
    method="POST",
    path="/recalls",
    parameters=How,
    body=str,
    answer=Report,
    role="admin",
    largest_body=5 * 1024 * 1024,
    deadline_s=25,
)
