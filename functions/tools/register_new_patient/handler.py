"""Lambda behind the `register_new_patient` tool."""

from frontdesk.notifications import texts
from frontdesk.patients import names, registration
from frontdesk.serving import Call, serve
from frontdesk.speech import sentences
from functions.tools.register_new_patient.tool import TOOL, Arguments, Registered


@serve(TOOL)
def handler(call: Call[Arguments]) -> Registered:
    """The new patient, or of a repeat in this call the one it registered."""
    asked = call.args
    native_name = (
        asked.last_name + asked.first_name if names.has_han(asked.last_name + asked.first_name) else None
    )
    patient_id = registration.register(
        call,
        registration.Newcomer(
            first_name=asked.first_name,
            last_name=asked.last_name,
            native_name=native_name,
            birth_date=asked.date_of_birth,
            gender=asked.gender,
            phone=asked.phone,
            email=asked.email,
            address=asked.address,
            city=asked.city,
            province=asked.province,
            postal_code=asked.postal_code,
            health_card_type=asked.health_card_type,
            health_card_number=asked.health_card_number,
            language=call.language,
        ),
    )
    return Registered(
        registered=True,
        id=patient_id,
        demographic_id=patient_id,
        first_name=asked.first_name,
        last_name=asked.last_name,
        can_text=texts.can_text(call, asked.phone),
        say=sentences.REGISTERED.say(call.language, name=native_name or asked.first_name),
    )
