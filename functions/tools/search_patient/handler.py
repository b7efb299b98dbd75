"""Lambda behind the `search_patient` tool."""

from frontdesk.patients import communications, search
from frontdesk.patients.wire import PatientAnswer
from frontdesk.serving import Call, serve
from functions.tools.search_patient.tool import TOOL, Arguments


@serve(TOOL)
def handler(call: Call[Arguments]) -> PatientAnswer:
    """Who is called like that, and whether the birth date proves it."""
    heard = " ".join(filter(None, (call.args.first_name, call.args.name)))
    return communications.with_news(call, search.by_name(call, heard, born=call.args.date_of_birth))
