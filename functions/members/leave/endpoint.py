"""`DELETE /members/{id}`: a member leaves, or an owner removes them."""

from frontdesk.endpoint import Endpoint, Parameters
from frontdesk.tool import Wire


class Asked(Parameters):
    id: str
    """`me` is whoever asks."""


class Left(Wire):
    id: str


ENDPOINT = Endpoint(method="DELETE", path="/members/{id}", parameters=Asked, answer=Left)
