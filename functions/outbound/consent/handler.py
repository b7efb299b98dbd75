"""Lambda behind `PUT /patients/{id}/consent`."""

from frontdesk.members.serving import Request, serve
from frontdesk.outbound import records
from functions.outbound.consent.endpoint import ENDPOINT, Consent, One, Said


@serve(ENDPOINT)
def handler(request: Request[One, Said]) -> Consent:
    """What the patient said."""
    patient_id, may = request.parameters.id, request.body.may_be_called
    records.agree(request.db, patient_id, may=may)
    return Consent(patient_id=patient_id, may_be_called=may)
