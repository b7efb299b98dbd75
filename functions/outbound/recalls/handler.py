"""Lambda behind `POST /recalls`."""

from collections import Counter

from frontdesk.members.serving import Request, serve
from frontdesk.outbound import recalls
from functions.outbound.recalls.endpoint import ENDPOINT, How, Line, Report


@serve(ENDPOINT)
def handler(request: Request[How, str]) -> Report:
    """What becomes of each line, or became of it."""
    asked = request.parameters
    lines = recalls.run(request.db, request.body, is_dry=asked.dry_run, skips_refused=asked.skip_refused)
    counts = Counter(line.status for line in lines)
    return Report(
        dry_run=asked.dry_run,
        **{status: counts[status] for status in ("new", "same", "refused")},
        lines=[Line.model_validate(line._asdict()) for line in lines],
    )
