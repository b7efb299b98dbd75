"""Lambda behind the `get_patient` tool."""

from frontdesk.patients import identity
from frontdesk.patients.patient import by_id
from frontdesk.serving import Call, serve
from frontdesk.speech import sentences
from functions.tools.get_patient.tool import TOOL, Arguments, PatientFile


@serve(TOOL)
def handler(call: Call[Arguments]) -> PatientFile:
    """The file of the patient this call has proven to be."""
    patient = by_id(call.db, identity.proven_patient(call, call.args.demographic_id))
    if patient is None:
        raise identity.NotProven(say=sentences.NO_PATIENT.say(call.language))
    return PatientFile(
        found=True,
        id=patient.id,
        first_name=patient.first_name,
        last_name=patient.last_name,
        date_of_birth=patient.birth_date,
        gender=patient.gender,
        phone=patient.phone,
        email=patient.email,
        address=patient.address,
        city=patient.city,
        province=patient.province,
        postal_code=patient.postal_code,
        health_card_type=patient.health_card_type,
        language=patient.language,
        say=sentences.PATIENT_FILE.say(call.language, name=patient.called_in(call.language)),
    )
