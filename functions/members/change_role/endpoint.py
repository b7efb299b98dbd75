"""`PATCH /members/{id}`: gives a member another role."""

from frontdesk.endpoint import Body, Endpoint, Parameters, Role
from frontdesk.tool import Wire


class Asked(Parameters):
    id: str


class Change(Body):
    role: Role


class Changed(Wire):
    id: str
    role: Role


ENDPOINT = Endpoint(
    method="PATCH", path="/members/{id}", parameters=Asked, body=Change, answer=Changed, role="owner"
)
