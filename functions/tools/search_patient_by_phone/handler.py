"""Lambda behind the `search_patient_by_phone` tool."""

from frontdesk.patients import communications, search
from frontdesk.patients.wire import PatientAnswer
from frontdesk.serving import Call, serve
from functions.tools.search_patient_by_phone.tool import TOOL, Arguments


@serve(TOOL)
def handler(call: Call[Arguments]) -> PatientAnswer:
    """Whom the number belongs to, and whether the birth date proves it."""
    return communications.with_news(
        call, search.by_phone(call, call.args.phone, born=call.args.date_of_birth)
    )
