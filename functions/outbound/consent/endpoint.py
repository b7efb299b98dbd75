"""`PUT /patients/{id}/consent`: whether a patient agreed to be called by machine."""

from frontdesk.endpoint import Body, Endpoint, Id, Parameters
from frontdesk.tool import Wire


class One(Parameters):
    id: Id


class Said(Body):
    may_be_called: bool | None
    """True: they agreed. False: never. Null: nobody asked, so only about what they asked for themselves."""


class Consent(Wire):
    """What holds from now on."""

    patient_id: int
    may_be_called: bool | None


ENDPOINT = Endpoint(
    method="PUT", path="/patients/{id}/consent", parameters=One, body=Said, answer=Consent, role="admin"
)
