"""Lambda behind `GET /calls/{id}/original`."""

from frontdesk.call import between_calls
from frontdesk.calls import archive
from frontdesk.members.serving import Request, serve
from functions.calls.originals.endpoint import ENDPOINT, One, Original, Said


@serve(ENDPOINT)
def handler(request: Request[One]) -> Original:
    """What was said, unredacted; each reading is written down."""
    zone = between_calls(request.db).clinic.zone
    turns = [Said.model_validate(turn) for turn in archive.original(request.db, request.parameters.id)]
    return Original(turns=[turn.model_copy(update={"at": turn.at.astimezone(zone)}) for turn in turns])
